"""Students who need attention: each reason alone, together with others, and at its limit."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bandup.analysis.attempts import latest_overall_means
from bandup.analysis.attention import students_needing_attention
from bandup.analysis.bands import Skill
from bandup.analysis.progress import Certainty

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NO_WAITING = pd.DataFrame({"user_id": [], "waited_seconds": []})


def why(
    *,
    n: int = 5,
    rise: float = 0.0,
    certainty: Certainty = Certainty.NO_CLEAR_CHANGE,
    mean: float = 6.5,
    weakest_mean: float = 6.5,
    days: float = 1,
    waited: float | None = None,
    target: float = 6.5,
    own: dict[str, float] | None = None,
    user: str = "an",
) -> list[str]:
    """The reasons given for one student of writing."""
    students = pd.DataFrame(
        {
            "user_id": [user],
            "writing_attempts": [n],
            "speaking_attempts": [0],
            "last_activity": pd.Series([NOW - timedelta(days=days)]).astype("datetime64[ms, UTC]"),
        }
    )
    changes = pd.DataFrame(
        {
            "user_id": [user],
            "n": [n],
            "rise": [rise],
            "certainty": [certainty],
            "weakest": ["lexical_band"],
            "weakest_mean": [weakest_mean],
        }
    )
    none = changes.head(0)
    waiting = NO_WAITING if waited is None else pd.DataFrame({"user_id": [user], "waited_seconds": [waited]})
    table = students_needing_attention(
        students,
        {Skill.WRITING: changes, Skill.SPEAKING: none},
        {Skill.WRITING: pd.Series({user: mean}), Skill.SPEAKING: pd.Series(dtype="float64")},
        waiting,
        target,
        NOW,
        own,
    )
    assert table["reasons"].tolist() == [row.count(";") + 1 for row in table["why"]]
    return [reason for row in table["why"] for reason in row.split("; ")]


STALLED = "Writing: no clear change in 5 graded attempts, 0.5 under target"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, []),
        ({"mean": 6.0}, [STALLED]),
        ({"mean": 6.1}, []),
        ({"mean": 6.0, "n": 2}, []),
        ({"mean": 6.0, "certainty": Certainty.LIKELY, "rise": 1.0}, []),
        ({"certainty": Certainty.LIKELY, "rise": -1.0}, ["Writing down 1.0 over 5 graded attempts"]),
        ({"weakest_mean": 5.5}, ["Lexical Resource 1.0 under target"]),
        ({"weakest_mean": 5.6}, []),
        ({"weakest_mean": 5.5, "target": 6.0}, []),
        ({"weakest_mean": 5.5, "own": {"an": 6.0}}, []),
        ({"weakest_mean": 6.0, "own": {"an": 7.0}}, [STALLED, "Lexical Resource 1.0 under target"]),
        ({"mean": 6.0, "own": {"an": 6.0, "binh": 9.0}}, []),
        ({"mean": 6.0, "own": {"binh": 4.0}}, [STALLED]),
        ({"days": 14}, ["last active 14 days ago"]),
        ({"days": 13.9}, []),
        ({"days": 30, "n": 2}, []),
        ({"waited": 3 * 86_400}, ["waiting for a result for 3 days"]),
        ({"waited": float("nan")}, ["waiting for a result"]),
        ({"waited": 3 * 86_400, "user": "unknown"}, []),
        (
            {"mean": 6.0, "weakest_mean": 5.0, "days": 18},
            [STALLED, "Lexical Resource 1.5 under target", "last active 18 days ago"],
        ),
    ],
)
def test_each_reason_has_its_limit(conditions: dict[str, object], expected: list[str]) -> None:
    assert why(**conditions) == expected


def test_most_reasons_first_then_the_largest_gap_then_the_id() -> None:
    users = ["c", "a", "b", "d"]
    changes = pd.DataFrame(
        {
            "user_id": users,
            "n": [5, 5, 5, 5],
            "rise": 0.0,
            "certainty": Certainty.NO_CLEAR_CHANGE,
            "weakest": "grammar_band",
            "weakest_mean": [5.0, 5.0, 4.0, 5.5],
        }
    )
    students = pd.DataFrame(
        {
            "user_id": users,
            "writing_attempts": 5,
            "speaking_attempts": 0,
            "last_activity": pd.Series([NOW - timedelta(days=age) for age in (1, 1, 1, 20)]).astype(
                "datetime64[ms, UTC]"
            ),
        }
    )
    means = {Skill.WRITING: pd.Series(7.0, index=users), Skill.SPEAKING: pd.Series(dtype="float64")}
    by_skill = {Skill.WRITING: changes, Skill.SPEAKING: changes.head(0)}
    table = students_needing_attention(students, by_skill, means, NO_WAITING, 6.5, NOW)
    assert table["user_id"].tolist() == ["d", "b", "a", "c"]
    assert table["reasons"].tolist() == [2, 1, 1, 1]


def test_no_students() -> None:
    students = pd.DataFrame(
        {
            "user_id": pd.Series(dtype="str"),
            "writing_attempts": pd.Series(dtype="int64"),
            "speaking_attempts": pd.Series(dtype="int64"),
            "last_activity": pd.Series(dtype="datetime64[ms, UTC]"),
        }
    )
    changes = pd.DataFrame({name: [] for name in ("user_id", "n", "rise", "certainty", "weakest", "weakest_mean")})
    means = {skill: pd.Series(dtype="float64") for skill in Skill}
    assert students_needing_attention(students, dict.fromkeys(Skill, changes), means, NO_WAITING, 6.5, NOW).empty


def test_latest_means_are_of_the_latest_five_dated_attempts() -> None:
    at = [pd.Timestamp(NOW) + timedelta(days=day) for day in range(7)]
    attempts = pd.DataFrame({"user_id": "an", "at": [*at, pd.NaT], "overall_band": [1, 1, 5, 6, 7, 6, 6, 9]})
    assert latest_overall_means(attempts).to_dict() == {"an": 6.0}

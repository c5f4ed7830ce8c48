"""Students who need attention: each reason alone, together with others, and at its limit."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bandup.analysis.attempts import latest_overall_means
from bandup.analysis.attention import students_needing_attention
from bandup.analysis.bands import Skill
from bandup.analysis.certainty import Certainty

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NO_WAITING = pd.DataFrame({"user_id": [], "waited_seconds": []})
RISING = 2.0


def students_of(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"writing_attempts": 5, "speaking_attempts": 0, "longest_break": 3.0} | columns).astype(
        {"last_activity": "datetime64[ms, UTC]"}
    )


def changes_of(**columns: object) -> pd.DataFrame:
    """Students without a clear change who may rise by two bands."""
    unclear = {"change": 0.0, "lower": -1.0, "upper": 1.0, "most": RISING, "certainty": Certainty.NO_CLEAR_CHANGE}
    return pd.DataFrame({"n": 6} | unclear | {"weakest": None, "weakest_below": None} | columns)


def attention(
    *,
    mean: float = 6.5,
    days: float = 1,
    longest_break: float = 3.0,
    attempts: int = 5,
    waited: float | None = None,
    target: float = 6.5,
    own: dict[str, float] | None = None,
    user: str = "an",
    **change: object,
) -> pd.DataFrame:
    """What is said of one student of writing."""
    last = pd.Series([pd.Timestamp(NOW) - timedelta(days=days)])
    students = students_of(user_id=[user], last_activity=last, longest_break=longest_break, writing_attempts=[attempts])
    changes = changes_of(user_id=[user], **change)
    waiting = NO_WAITING if waited is None else pd.DataFrame({"user_id": [user], "waited_seconds": [waited]})
    return students_needing_attention(
        students,
        {Skill.WRITING: changes, Skill.SPEAKING: changes.head(0)},
        {Skill.WRITING: pd.Series({user: mean}), Skill.SPEAKING: pd.Series(dtype="float64")},
        waiting,
        target,
        NOW,
        own,
    )


FLAT = {"most": 0.4, "mean": 6.0}
NOT_RISING = "Writing up 0.4 at most, 6 graded attempts, 0.5 under target"
FALLING = {"certainty": Certainty.LIKELY, "change": -0.8, "lower": -1.3, "upper": -0.2}


@pytest.mark.parametrize(
    ("conditions", "reasons", "why"),
    [
        ({}, "", ""),
        (FLAT, "not_rising", NOT_RISING),
        (FLAT | {"most": 0.5}, "", ""),
        (FLAT | {"most": -0.2}, "not_rising", "Writing not up, 6 graded attempts, 0.5 under target"),
        (FLAT | {"n": 5}, "", ""),
        (FLAT | {"mean": 6.1}, "", ""),
        (FLAT | {"own": {"an": 6.0, "binh": 9.0}}, "", ""),
        (FLAT | {"own": {"binh": 4.0}}, "not_rising", NOT_RISING),
        (FLAT | {"mean": 6.5, "target": 7.0}, "not_rising", NOT_RISING),
        (FALLING, "falling", "Writing likely down 0.8 (−1.3 to −0.2), 6 graded attempts"),
        (FALLING | {"certainty": Certainty.PERHAPS}, "", ""),
        (FALLING | {"change": 0.8}, "", ""),
        ({"days": 14}, "silent", "silent for 14 days, never more than 3 before"),
        ({"days": 13.9}, "", ""),
        ({"days": 20, "longest_break": 20.5}, "", ""),
        ({"days": 20, "longest_break": 19.5}, "silent", "silent for 20 days, never more than 19 before"),
        ({"days": 30, "attempts": 2}, "", ""),
        ({"waited": 3 * 86_400}, "waiting", "waiting for a result for 3 days"),
        ({"waited": float("nan")}, "waiting", "waiting for a result"),
        ({"waited": 3 * 86_400, "user": "unknown"}, "", ""),
        ({"weakest": "lexical_band", "weakest_below": 0.8}, "", ""),
        (
            FLAT | FALLING | {"days": 18, "waited": 3_600},
            "waiting falling silent not_rising",
            "waiting for a result for 1 hour; Writing likely down 0.8 (−1.3 to −0.2), 6 graded attempts; "
            f"silent for 18 days, never more than 3 before; {NOT_RISING}",
        ),
    ],
)
def test_each_reason_has_its_limit(conditions: dict[str, object], reasons: str, why: str) -> None:
    table = attention(**conditions)
    assert table[["reasons", "why"]].to_numpy().tolist() == ([[reasons, why]] if reasons else [])


def test_a_weak_criterion_is_a_remark_on_who_is_named() -> None:
    table = attention(**FLAT, weakest="lexical_band grammar_band", weakest_below=0.44)
    assert table["remark"].tolist() == [
        "weakest in writing: Lexical Resource and Grammatical Range and Accuracy, 0.4 under the attempt’s mean"
    ]
    assert attention(**FLAT)["remark"].tolist() == [""]


def test_the_gap_is_that_of_the_skill_furthest_under_the_target() -> None:
    assert attention(days=20, mean=5.25)["gap"].tolist() == [1.2]  # as shown: 6.5 less 5.3
    assert attention(days=20, mean=float("nan"))["gap"].isna().all()


def test_the_most_urgent_reason_first_then_the_largest_gap_then_the_id() -> None:
    users = ["c", "a", "b", "d", "e", "f"]
    ages = (1, 1, 1, 20, 1, 1)
    students = students_of(user_id=users, last_activity=[pd.Timestamp(NOW) - timedelta(days=age) for age in ages])
    changes = changes_of(user_id=users, most=[0.1, 0.1, 0.1, RISING, 0.1, RISING]).assign(
        certainty=[Certainty.NO_CLEAR_CHANGE] * 4 + [Certainty.LIKELY] + [Certainty.NO_CLEAR_CHANGE],
        change=[0.0] * 4 + [-0.5, 0.0],
    )
    means = {
        Skill.WRITING: pd.Series([5.5, 5.5, 5.0, 6.5, 6.0, 9.0], index=users),
        Skill.SPEAKING: pd.Series(dtype="float64"),
    }
    waiting = pd.DataFrame({"user_id": ["f"], "waited_seconds": [60.0]})
    by_skill = {Skill.WRITING: changes, Skill.SPEAKING: changes.head(0)}
    table = students_needing_attention(students, by_skill, means, waiting, 6.5, NOW)
    assert table["user_id"].tolist() == ["f", "e", "d", "b", "a", "c"]
    assert table["reasons"].tolist() == ["waiting", "falling not_rising", "silent", *["not_rising"] * 3]


def test_no_students() -> None:
    students = students_of(user_id=pd.Series(dtype="str"), last_activity=pd.Series(dtype="datetime64[ms, UTC]"))
    changes = changes_of(user_id=pd.Series(dtype="str"))
    means = {skill: pd.Series(dtype="float64") for skill in Skill}
    table = students_needing_attention(students, dict.fromkeys(Skill, changes), means, NO_WAITING, 6.5, NOW)
    assert table.empty
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "user_id": "str", "why": "str", "reasons": "str", "remark": "str", "gap": "float64"
    }  # fmt: skip


def test_latest_means_are_of_the_latest_five_dated_attempts() -> None:
    at = [pd.Timestamp(NOW) + timedelta(days=day) for day in range(7)]
    attempts = pd.DataFrame({"user_id": "an", "at": [*at, pd.NaT], "overall_band": [1, 1, 5, 6, 7, 6, 6, 9]})
    assert latest_overall_means(attempts).to_dict() == {"an": 6.0}

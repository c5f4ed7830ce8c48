from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bandup.analysis import practice
from bandup.analysis.practice import PracticeGaps
from bandup.analysis.time_windows import in_zone
from tests.items import NOW, evaluations, item, job, speaking, writing


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


def essay(number: int, when: int, **more) -> dict:
    return writing(**{"evaluation_id": f"e{number}", "created_at": when} | more)


# Saturday 14 March 2026 is NOW
FEW = evaluations(
    essay(1, at(2026, 2, 1, 23)),
    essay(2, at(2026, 2, 2, 0)),
    essay(3, at(2026, 2, 3)),
    speaking(evaluation_id="s1", audio_url="s3://b/uploads/speaking_audio/u1/20260304_101500_a.webm", created_at=900),
)


def test_every_iso_week_from_the_first_to_now():
    expected = pd.DataFrame(
        {
            "week": pd.to_datetime(
                ["2026-01-26", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02", "2026-03-09"]
            ).astype("datetime64[ms]"),
            "writing": [1, 2, 0, 0, 0, 0, 0],
            "speaking": [0, 0, 0, 0, 0, 1, 0],
        }
    )
    pd.testing.assert_frame_equal(practice.attempts_per_week(FEW, NOW), expected)


def test_gaps_and_description():
    assert practice.practice_gaps(FEW, NOW) == PracticeGaps(28, FEW["at"][2], FEW["at"][3], 9)
    assert practice.describe_practice(FEW, NOW) == (
        "4 attempts, graded or not, in 3 of 7 weeks; the longest gap 28 days (3 Feb 2026 to 4 Mar 2026). "
        "The last attempt was 9 days ago."
    )


def test_of_equal_gaps_the_latest():
    rows = evaluations(*(essay(day, at(2026, 2, day)) for day in (1, 8, 15)))
    assert practice.practice_gaps(rows, NOW).longest_from == rows["at"][1]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (evaluations(), "No attempt of known time yet."),
        (evaluations(essay(1, 0)), "No attempt of known time yet."),
        (
            evaluations(essay(1, at(2026, 3, 13))),
            "1 attempt, graded or not, this week. The last attempt was within the last 24 hours.",
        ),
        (
            evaluations(essay(1, at(2026, 3, 12))),
            "1 attempt, graded or not, this week. The last attempt was 1 day ago.",
        ),
        (
            evaluations(essay(1, at(2026, 3, 13, 10)), essay(2, at(2026, 3, 13, 11))),
            "2 attempts, graded or not, this week. The last attempt was within the last 24 hours.",
        ),
    ],
    ids=["none", "undated", "today", "yesterday", "two"],
)
def test_describe_few_attempts(rows, words):
    assert practice.describe_practice(rows, NOW) == words


def test_no_attempt_and_one_attempt_have_no_longest_gap():
    assert practice.practice_gaps(evaluations(), NOW) == PracticeGaps(None, None, None, None)
    assert practice.practice_gaps(evaluations(essay(1, at(2026, 3, 4))), NOW) == PracticeGaps(None, None, None, 9)
    table = practice.attempts_per_week(evaluations(), NOW)
    assert table.empty
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        "week": "datetime64[ms]",
        "writing": "int64",
        "speaking": "int64",
    }


def test_every_state_counts_but_a_job_only_once():
    rows = evaluations(
        essay(1, at(2026, 3, 2), user_id="u1"),
        item(
            evaluation_id="e1",
            user_id="unknown",
            evaluation_type="writing",
            status="processing",
            started_at=at(2026, 3, 2),
        ),
        job("failed", evaluation_id="e2", started_at=at(2026, 3, 3)),
        job("processing", evaluation_id="e3", started_at=at(2026, 3, 4)),
        essay(4, at(2026, 3, 5), evaluation_type="flashcard"),
        essay(5, at(2026, 3, 5), overall_band="error"),
    )
    assert set(rows["state"].astype("str")) >= {"superseded", "failed", "stuck", "empty"}
    assert practice.attempts_per_week(rows, NOW)["writing"].sum() == 4


def test_attempts_in_the_future_are_not_dated():
    assert practice.practice_attempts(evaluations(essay(1, NOW + timedelta(hours=1)))).empty


def test_times_after_now_have_a_week_and_no_negative_gap():
    rows = evaluations(essay(1, at(2026, 3, 13)), essay(2, at(2026, 3, 14, 8)))
    early = NOW - timedelta(days=8)
    assert practice.attempts_per_week(rows, early)["writing"].to_list() == [2]
    assert practice.practice_gaps(rows, early).current == 0


def test_now_in_another_zone_is_the_same_moment():
    zone = pd.Timestamp(NOW).tz_convert("Asia/Ho_Chi_Minh").to_pydatetime()
    pd.testing.assert_frame_equal(practice.attempts_per_week(FEW, zone), practice.attempts_per_week(FEW, NOW))


@pytest.mark.parametrize(
    ("zone", "writing"),
    [
        ("UTC", [1, 2]),
        ("Asia/Ho_Chi_Minh", [0, 3]),  # Sunday 23:00 of UTC is Monday there
        ("America/New_York", [2, 1]),  # Monday 00:00 of UTC is Sunday there
    ],
)
def test_weeks_are_those_of_the_time_zone_of_the_attempts(zone, writing):
    weeks = practice.attempts_per_week(in_zone(FEW, ZoneInfo(zone)), NOW).set_index("week")["writing"]
    assert weeks.reindex(pd.to_datetime(["2026-01-26", "2026-02-02"]), fill_value=0).to_list() == writing


def test_weeks_begin_at_midnight_where_clocks_change():
    """New York's clocks go forward on 8 March 2026: weeks of 168 hours would begin at one o'clock after that."""
    rows = evaluations(essay(1, at(2026, 2, 2)), essay(2, at(2026, 3, 13)))
    weeks = practice.attempts_per_week(in_zone(rows, ZoneInfo("America/New_York")), NOW)
    assert weeks["week"].dt.strftime("%d %b %H:%M").to_list()[-2:] == ["02 Mar 00:00", "09 Mar 00:00"]
    assert weeks["writing"].to_list() == [1, 0, 0, 0, 0, 1]


def test_the_order_of_rows_does_not_matter():
    pd.testing.assert_frame_equal(practice.attempts_per_week(FEW.iloc[::-1], NOW), practice.attempts_per_week(FEW, NOW))
    assert practice.practice_gaps(FEW.iloc[::-1], NOW) == practice.practice_gaps(FEW, NOW)

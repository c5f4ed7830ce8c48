from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from bandup.analysis.job_list import all_jobs
from bandup.analysis.time_windows import Window, frequency, in_window, undated_count
from tests.items import NOW, before, evaluations, flashcard_sets, job

TIMES = {
    "future": before(hours=-3),
    "now": before(seconds=0),
    "24h": before(hours=24),
    "24h+1s": before(hours=24, seconds=1),
    "7d": before(days=7),
    "7d+1s": before(days=7, seconds=1),
    "30d": before(days=30),
    "30d+1s": before(days=30, seconds=1),
    "unknown": ...,
}
ROWS = [job("failed", evaluation_id=name, started_at=time) for name, time in TIMES.items()]
ALL = all_jobs(evaluations(*ROWS), flashcard_sets())


@pytest.mark.parametrize(("window", "number"), [(Window.DAY, 3), (Window.WEEK, 5), (Window.MONTH, 7), (Window.ALL, 9)])
def test_a_window_includes_its_boundary(window, number):
    found = in_window(ALL, window, NOW)
    first = 0 if window is Window.ALL else 1
    assert found["id"].to_list() == [*TIMES][first:number]
    assert found.index.to_list() == list(range(first, number))
    assert found.dtypes.equals(ALL.dtypes)


def test_now_may_be_in_any_zone():
    earlier = NOW - timedelta(days=1)
    assert in_window(ALL, Window.DAY, earlier)["id"].to_list() == ["24h", "24h+1s"]
    hanoi = NOW.astimezone(timezone(timedelta(hours=7)))
    assert in_window(ALL, Window.DAY, hanoi)["id"].to_list() == ["now", "24h"]


@pytest.mark.parametrize("window", [*Window])
def test_no_jobs(window):
    empty = all_jobs(evaluations(), flashcard_sets())
    assert in_window(empty, window, NOW).empty
    assert undated_count(empty, NOW) == 0


def test_jobs_at_an_unknown_time_or_in_the_future_are_counted():
    assert undated_count(ALL, NOW) == 2
    assert undated_count(ALL, NOW + timedelta(hours=3)) == 1
    assert undated_count(in_window(ALL, Window.MONTH, NOW), NOW) == 0


def test_a_time_to_the_millisecond():
    exact = ALL.assign(at=pd.Series([NOW - timedelta(hours=24, milliseconds=1)] * 9, dtype="datetime64[ms, UTC]"))
    assert in_window(exact, Window.DAY, NOW).empty
    assert len(in_window(exact, Window.DAY, NOW - timedelta(milliseconds=1))) == 9


def test_values_labels_and_bars():
    assert [*Window] == ["24h", "7d", "30d", "all"]
    assert [window.label for window in Window] == ["Last 24 hours", "Last 7 days", "Last 30 days", "All time"]
    assert [window.length for window in Window] == [timedelta(1), timedelta(7), timedelta(30), None]
    assert [frequency(window) for window in Window] == ["h", "D", "D", "D"]
    assert Window("7d") is Window.WEEK
    assert datetime(2026, 3, 14, 9, 5, tzinfo=UTC) == NOW

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from bandup.analysis.time_windows import Window, in_zone
from bandup.charts import jobs_chart, theme
from tests.charts.samples import HOSTILE, assert_tables_text_is_inert, points, sentence, shown_texts


def frame_of(*pairs: tuple[str | None, str | None]) -> pd.DataFrame:
    at, state = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return pd.DataFrame(
        {
            "at": pd.Series(pd.to_datetime(at, utc=True)).astype("datetime64[ms, UTC]"),
            "state": pd.Series(state, dtype="object").astype("category"),
        }
    )


UNTIL = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
FEW = frame_of(
    ("2026-03-01T10:59:59Z", "failed"),
    ("2026-03-01T10:00:00Z", "failed"),
    ("2026-03-01T10:30:00Z", "stuck"),
    ("2026-03-01T11:00:00Z", "succeeded"),
    ("2026-03-02T00:00:00Z", "empty"),
    (None, "failed"),
    (None, "succeeded"),
)


def as_rows(counts: pd.DataFrame) -> list[list]:
    return [[f"{at:%Y-%m-%d %H:%M}", state, count] for at, state, count in counts.itertuples(index=False)]


def test_counts_by_hour_and_by_day():
    assert as_rows(jobs_chart.states_over_time_data(FEW, freq="h")) == [
        ["2026-03-01 10:00", "failed", 2],
        ["2026-03-01 10:00", "stuck", 1],
        ["2026-03-02 00:00", "empty", 1],
    ]
    assert as_rows(jobs_chart.states_over_time_data(FEW, freq="D")) == [
        ["2026-03-01 00:00", "failed", 2],
        ["2026-03-01 00:00", "stuck", 1],
        ["2026-03-02 00:00", "empty", 1],
    ]
    assert jobs_chart.states_over_time_data(FEW, freq="D")["at"].dtype == "datetime64[ms]"


def test_days_and_hours_are_in_the_local_time_of_the_jobs():
    local = in_zone(FEW, ZoneInfo("Asia/Kolkata"))  # five and a half hours ahead
    assert as_rows(jobs_chart.states_over_time_data(local, freq="h")) == [
        ["2026-03-01 15:00", "failed", 1],
        ["2026-03-01 16:00", "failed", 1],
        ["2026-03-01 16:00", "stuck", 1],
        ["2026-03-02 05:00", "empty", 1],
    ]
    fig = jobs_chart.states_over_time(local, until=UNTIL, freq="h")
    assert fig.data[0].hovertext[0] == "01 Mar 2026, 15:00 Asia/Kolkata<br>Failed: 1"
    eastern = in_zone(FEW, ZoneInfo("America/New_York"))
    assert [row[0] for row in as_rows(jobs_chart.states_over_time_data(eastern, freq="D"))] == ["2026-03-01 00:00"] * 3


def test_an_unexpected_or_missing_state_is_unknown():
    frame = frame_of(("2026-03-01T10:00Z", HOSTILE), ("2026-03-01T10:00Z", None))
    assert as_rows(jobs_chart.states_over_time_data(frame, freq="D")) == [["2026-03-01 00:00", "unknown", 2]]
    fig = jobs_chart.states_over_time(frame, until=UNTIL, freq="D")
    assert_tables_text_is_inert(fig)
    assert not any("evil" in text for text in shown_texts(fig))


@pytest.mark.parametrize(
    ("last", "freq", "starts"),
    [
        ("2026-02-18T02:29Z", "h", ["2026-01-07 10:00", "2026-02-18 02:00"]),
        ("2026-02-18T02:30Z", "h", ["2026-01-07 00:00", "2026-02-18 00:00"]),
        ("2026-02-19T00:00Z", "D", ["2026-01-07 00:00", "2026-02-19 00:00"]),
        ("2026-05-01T00:00Z", "h", ["2026-01-07 00:00", "2026-05-01 00:00"]),
        ("2030-05-01T00:00Z", "D", ["2026-01-05 00:00", "2030-04-29 00:00"]),
        ("2099-05-17T00:00Z", "h", ["2026-01-01 00:00", "2099-05-01 00:00"]),
    ],
)
def test_a_long_time_range_is_drawn_in_longer_periods(last, freq, starts):
    frame = frame_of(("2026-01-07T10:30Z", "failed"), (last, "failed"))
    assert [row[0] for row in as_rows(jobs_chart.states_over_time_data(frame, freq=freq))] == starts


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (frame_of(), "No jobs."),
        (frame_of(("2026-03-01T10:00Z", "succeeded"), (None, "succeeded")), "All jobs succeeded."),
        (frame_of((None, "failed"), (None, "stuck")), "Nothing to draw: 2 jobs at an unknown time did not succeed."),
    ],
)
def test_nothing_to_draw(frame, expected):
    assert jobs_chart.states_over_time_data(frame, freq="h").empty
    assert sentence(jobs_chart.states_over_time(frame, until=UNTIL, freq="h")) == expected
    assert jobs_chart.states_over_time_alt(frame, freq="h") == expected


@pytest.mark.parametrize("dark", [False, True])
def test_a_stack_of_bars_per_state(dark):
    fig = jobs_chart.states_over_time(FEW, until=UNTIL, freq="D", dark=dark)
    assert fig.layout.barmode == "stack"
    assert [trace.name for trace in fig.data] == ["✕ Failed 2 of 3", "◷ Stuck 1", "○ Empty 1"]
    failed, stuck, _ = fig.data
    assert list(failed.x) == [np.datetime64("2026-03-01", "ms")]
    assert list(failed.y) == [2]
    assert failed.marker.color == theme.STATE_STYLES["failed"].color(dark=dark)
    assert failed.marker.pattern.shape != stuck.marker.pattern.shape
    assert failed.hovertext[0] == "01 Mar 2026<br>Failed: 2"
    assert fig.layout.yaxis.range is None
    assert fig.layout.yaxis.rangemode == "tozero"
    assert any("1 job at an unknown time: not drawn." in text for text in shown_texts(fig))


def test_a_single_bar_is_not_as_wide_as_the_figure():
    fig = jobs_chart.states_over_time(frame_of(("2026-03-01T10:30Z", "failed")), until=UNTIL, freq="h")
    first, last = (pd.Timestamp(end) for end in fig.layout.xaxis.range)
    assert last - first >= pd.Timedelta(hours=jobs_chart.MIN_BARS)
    assert first <= pd.Timestamp("2026-03-01 10:00") < last


def axis_of(frame: pd.DataFrame, **arguments) -> tuple[str, str]:
    fig = jobs_chart.states_over_time(frame, **arguments)
    first, last = (end[:16] for end in fig.layout.xaxis.range)
    return first, last


@pytest.mark.parametrize(
    ("zone", "until", "window", "freq", "axis"),
    [
        ("UTC", "2026-03-02T09:05Z", "24h", "h", ("2026-03-01 09:00", "2026-03-02 10:00")),
        ("UTC", "2026-03-02T09:05Z", "7d", "D", ("2026-02-23 00:00", "2026-03-03 00:00")),
        ("UTC", "2026-03-02T09:05Z", "30d", "D", ("2026-01-31 00:00", "2026-03-03 00:00")),
        ("UTC", "2026-03-02T09:05Z", "all", "D", ("2026-02-19 00:00", "2026-03-03 00:00")),
        ("Asia/Ho_Chi_Minh", "2026-03-02T09:05Z", "24h", "h", ("2026-03-01 16:00", "2026-03-02 17:00")),
        ("Asia/Kolkata", "2026-03-02T09:05Z", "24h", "h", ("2026-03-01 14:00", "2026-03-02 15:00")),
        ("Pacific/Auckland", "2026-03-02T11:30Z", "7d", "D", ("2026-02-24 00:00", "2026-03-04 00:00")),
        # clocks go forward on 8 March at 02:00 in New York, back on 1 November
        ("America/New_York", "2026-03-08T18:05Z", "24h", "h", ("2026-03-07 13:00", "2026-03-08 15:00")),
        ("America/New_York", "2026-11-01T18:05Z", "24h", "h", ("2026-10-31 14:00", "2026-11-01 14:00")),
    ],
)
def test_the_time_axis_is_the_window_and_ends_with_the_read(zone, until, window, freq, axis):
    read_at = pd.Timestamp(until)
    failed = frame_of((str(read_at - pd.Timedelta(minutes=40)), "failed"))
    length = Window(window).length
    frame = in_zone(failed, ZoneInfo(zone))
    assert axis_of(frame, freq=freq, until=read_at.to_pydatetime(), length=length) == axis


def test_a_job_in_the_future_is_still_shown():
    frame = frame_of(("2026-03-02T08:30Z", "failed"), ("2026-03-02T13:30Z", "failed"))
    assert axis_of(frame, freq="h", until=UNTIL, length=timedelta(1)) == ("2026-03-01 09:00", "2026-03-02 14:00")


def test_many():
    random = np.random.default_rng(3)
    at = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(random.uniform(0, 2_000, 10_000), unit="D")
    frame = pd.DataFrame({"at": at, "state": random.choice(list(theme.STATE_STYLES), 10_000)})
    frame["at"] = frame["at"].astype("datetime64[ms, UTC]")
    counts = jobs_chart.states_over_time_data(frame, freq="h")
    assert counts["count"].sum() == (frame["state"] != "succeeded").sum()
    assert counts["at"].nunique() <= jobs_chart.MAX_BARS
    fig = jobs_chart.states_over_time(frame, until=UNTIL, freq="h")
    assert points(fig) == len(counts)
    assert any("One bar per week" in text for text in shown_texts(fig))


def test_alternative_text_gives_the_numbers():
    assert jobs_chart.states_over_time_alt(FEW, freq="D") == (
        "5 jobs did not succeed: 3 failed, 1 stuck, 1 empty; most in one day: 3 (01 Mar 2026); "
        "1 of them at an unknown time, not drawn."
    )
    assert jobs_chart.states_over_time_alt(FEW.head(1), freq="h") == (
        "1 job did not succeed: 1 failed; most in one hour: 1 (01 Mar 2026, 10:00 UTC)."
    )

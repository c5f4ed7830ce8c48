"""Jobs that did not succeed, over time."""

from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.practice import week_start
from bandup.analysis.time_windows import is_dated
from bandup.charts import theme
from bandup.charts.drawable_attempts import undated_notes
from bandup.formatting import counted, short_date
from bandup.memo import memoized

Frequency = Literal["h", "D"]
MAX_BARS = 1_000
"""The most periods between the first and the last job; with more, the periods are made longer."""
MIN_BARS = 12
"""The time axis has room for at least this many periods, so that a single bar is not as wide as the figure."""

_NAMES = {"h": "hour", "D": "day", "W": "week", "M": "month"}
_LENGTHS = {period: pd.Timedelta(hours=hours) for period, hours in zip(_NAMES, (1, 24, 7 * 24, 28 * 24), strict=True)}


def states_over_time_data(jobs: pd.DataFrame, *, freq: Frequency) -> pd.DataFrame:
    """Count the jobs that did not succeed per period and state; periods without such jobs have no row.

    Takes a frame with `at` (datetime64[ms] in any zone; rows with NaT are left out) and `state` (str or category; a
    missing or unknown value counts as `unknown`). Returns `at` (datetime64[ms] without a zone, the start of the period),
    `state` (str) and `count` (int64), ordered by time, then as in `theme.STATE_STYLES`. A period is an hour (`h`) or a
    day (`D`) in the local time of `at`; if that makes more than `MAX_BARS` periods between the first and the last job,
    it is a day, a week (from Monday) or a month.
    """
    return _counts(jobs, freq)[0]


@memoized
def states_over_time(
    jobs: pd.DataFrame,
    *,
    freq: Frequency,
    until: datetime,
    length: timedelta | None = None,
    dark: bool = False,
) -> go.Figure:
    """Stacked bars of the jobs that did not succeed, one colour and pattern per state, by `states_over_time_data`'s periods.

    The time axis shows the window of `length` (None: from the first bar on) that ends at `until` (aware): it ends with the
    period of `until`, or with the last bar if that is later. The legend gives the number of jobs drawn in each state (`11
    of 14` where the time of some is unknown); a note counts the jobs whose time is unknown.
    """
    counts, period = _counts(jobs, freq)
    if counts.empty:
        return theme.empty_figure(_nothing_drawn(jobs), dark=dark)
    bar_length, period_name = _LENGTHS[period], partial(_period_name, period=period, zone=str(jobs["at"].dt.tz))
    fig = theme.figure(dark=dark, height=320)
    in_state = _not_succeeded(jobs)["state"].value_counts().reindex([*theme.STATE_STYLES], fill_value=0)
    for state, style in theme.STATE_STYLES.items():
        of_state = counts[counts["state"] == state].set_index("at")["count"].rename(style.label)
        drawn, of_all = f"{of_state.sum():,}", f" of {in_state[state]:,}" if in_state[state] > of_state.sum() else ""
        name = f"{style.glyph} {style.label} {drawn}{of_all}"
        marker = theme.bar_marker(style.color(dark=dark), style.pattern, dark=dark)
        if len(of_state):
            fig.add_trace(theme.period_bars(of_state, bar_length, period_name, gap=0.07, name=name, marker=marker))
    totals = counts.groupby("at")["count"].sum()
    # in local time, as the bars are; the window begins its length before `until` even where clocks were changed between
    end = pd.Timestamp(until)
    ends = pd.Series([end if length is None else end - length, end]).dt.tz_convert(jobs["at"].dt.tz)
    window_start, window_end = _period_starts(ends, period)
    last = max(window_end, totals.index[-1]) + bar_length
    first = min(totals.index[0], last - MIN_BARS * bar_length) if length is None else min(window_start, totals.index[0])
    time_axis = theme.time_axis(first, last)
    count_axis = theme.count_axis(int(totals.max()))
    fig.update_layout(barmode="stack", showlegend=True, xaxis=time_axis, yaxis=count_axis, margin_l=44)
    notes = undated_notes(_undated(jobs), "job")
    if period != freq:
        notes.append(f"One bar per {_NAMES[period]}: bars per {_NAMES[freq]} would be more than {MAX_BARS:,}.")
    theme.add_notes(fig, notes, dark=dark)
    return fig


@memoized
def states_over_time_alt(jobs: pd.DataFrame, *, freq: Frequency) -> str:
    """One sentence: how many jobs did not succeed, by state, the period with the most, how many have no known time."""
    counts, period = _counts(jobs, freq)
    if counts.empty:
        return _nothing_drawn(jobs)
    by_state = _not_succeeded(jobs)["state"].value_counts()
    parts = [f"{by_state[state]:,} {state}" for state in theme.STATE_STYLES if state in by_state]
    totals = counts.groupby("at")["count"].sum()
    worst = _period_name(totals.index[int(totals.argmax())], period, str(jobs["at"].dt.tz))
    undated = _undated(jobs)
    not_drawn = f"; {undated:,} of them at an unknown time, not drawn" if undated else ""
    return (
        f"{counted(int(by_state.sum()), 'job')} did not succeed: {', '.join(parts)}; "
        f"most in one {_NAMES[period]}: {int(totals.max()):,} ({worst}){not_drawn}."
    )


def _not_succeeded(jobs: pd.DataFrame) -> pd.DataFrame:
    """`at` (NaT in the future too) and `state` (str, one of `theme.STATE_STYLES`) of the jobs that did not succeed."""
    state = jobs["state"].astype("object")
    state = state.where(state.isin(theme.STATE_STYLES), "unknown").astype("str")
    rows = pd.DataFrame({"at": jobs["at"].where(is_dated(jobs)), "state": state})
    return rows[rows["state"] != "succeeded"]


def _counts(jobs: pd.DataFrame, freq: Frequency) -> tuple[pd.DataFrame, str]:
    """The counts, and their period: the shortest from `freq` on that makes no more than `MAX_BARS` bars."""
    rows = _not_succeeded(jobs).dropna(subset=["at"])
    span = rows["at"].max() - rows["at"].min()
    periods = list(_LENGTHS)[list(_LENGTHS).index(freq) :]
    period = next((period for period in periods if span / _LENGTHS[period] < MAX_BARS), periods[-1])
    rows = rows.assign(
        at=_period_starts(rows["at"], period), state=pd.Categorical(rows["state"], [*theme.STATE_STYLES])
    )
    counts = rows.groupby(["at", "state"], observed=True).size().rename("count").reset_index()
    return counts.astype({"at": "datetime64[ms]", "state": "str", "count": "int64"}), period


def _period_starts(at: pd.Series, period: str) -> pd.Series:
    """The start of the period of each time, in the local time of `at` (datetime64[ms] without a zone)."""
    local = theme.naive_local_times(at)
    if period == "M":
        starts: pd.Series = local.dt.to_period("M").dt.to_timestamp()
        return starts
    return week_start(local) if period == "W" else local.dt.floor(period)


def _undated(jobs: pd.DataFrame) -> int:
    return int(_not_succeeded(jobs)["at"].isna().sum())


def _nothing_drawn(jobs: pd.DataFrame) -> str:
    undated = _undated(jobs)
    if undated:
        return f"Nothing to draw: {counted(undated, 'job')} at an unknown time did not succeed."
    return "No jobs." if jobs.empty else "All jobs succeeded."


def _period_name(start: pd.Timestamp, period: str, zone: str) -> str:
    if period == "h":
        return f"{short_date(start)}, {start.strftime('%H:00')} {zone}"
    if period == "M":
        return start.strftime("%b %Y")
    return ("week from " if period == "W" else "") + short_date(start)

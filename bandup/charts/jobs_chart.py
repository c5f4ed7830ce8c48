"""Jobs that did not succeed, over time."""

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.charts import theme
from bandup.formatting import counted, short_date
from bandup.memo import memoized

Frequency = Literal["h", "D"]
MAX_BARS = 1_000
"""The most periods between the first and the last job; with more, the periods are made longer."""
MIN_BARS = 12
"""The time axis has room for at least this many periods, so that a single bar is not as wide as the figure."""

_LENGTHS = {
    "h": pd.Timedelta(hours=1),
    "D": pd.Timedelta(days=1),
    "W": pd.Timedelta(days=7),
    "M": pd.Timedelta(days=28),
}
_NAMES = {"h": "hour", "D": "day", "W": "week", "M": "month"}


def states_over_time_data(jobs: pd.DataFrame, *, freq: Frequency) -> pd.DataFrame:
    """Count the jobs that did not succeed per period and state; periods without such jobs have no row.

    Takes a frame with `at` (datetime64[ms] in any zone; rows with NaT are left out) and `state` (str or category; a
    missing or unknown value counts as `unknown`). Returns `at` (datetime64[ms] without a zone, the start of the period),
    `state` (str) and `count` (int64), ordered by time, then as in `theme.STATE_STYLES`. A period is an hour (`h`) or a
    day (`D`) in the local time of `at`; if that makes more than `MAX_BARS` periods between the first and the last job,
    it is a day, a week (from Monday) or a month.
    """
    return _counts(jobs, _period(jobs, freq))


@memoized
def states_over_time(jobs: pd.DataFrame, *, freq: Frequency, dark: bool = False) -> go.Figure:
    """Stacked bars of the jobs that did not succeed, per hour or day (local time of `at`), one colour and pattern per state.

    The legend gives the number of jobs in each state. Periods are those of `states_over_time_data`; a note counts the
    jobs whose time is unknown.
    """
    period = _period(jobs, freq)
    counts = _counts(jobs, period)
    if counts.empty:
        return theme.empty_figure(_nothing_drawn(jobs), dark=dark)
    length, zone = _LENGTHS[period], str(jobs["at"].dt.tz)
    fig = theme.figure(dark=dark, height=320)
    for state, style in theme.STATE_STYLES.items():
        of_state = counts[counts["state"] == state]
        if len(of_state):
            fig.add_trace(_bars(of_state, style, period, zone, dark=dark))
    totals = counts.groupby("at")["count"].sum()
    padding = length * max(1, (MIN_BARS - len(totals)) / 2)
    fig.update_layout(
        barmode="stack",
        showlegend=True,
        xaxis=theme.time_axis(totals.index[0], totals.index[-1] + length, padding=padding),
        yaxis=theme.count_axis(int(totals.max())),
        margin_l=44,
    )
    undated = _undated(jobs)
    notes = [f"{counted(undated, 'job')} at an unknown time: not drawn."] if undated else []
    if period != freq:
        notes.append(f"One bar per {_NAMES[period]}: bars per {_NAMES[freq]} would be more than {MAX_BARS:,}.")
    theme.add_notes(fig, notes, dark=dark)
    return fig


@memoized
def states_over_time_alt(jobs: pd.DataFrame, *, freq: Frequency) -> str:
    """One sentence: how many jobs did not succeed, by state, the period with the most, how many have no known time."""
    period = _period(jobs, freq)
    counts = _counts(jobs, period)
    if counts.empty:
        return _nothing_drawn(jobs)
    by_state = counts.groupby("state")["count"].sum()
    parts = [
        f"{by_state[state]:,} {style.label.lower()}" for state, style in theme.STATE_STYLES.items() if state in by_state
    ]
    totals = counts.groupby("at")["count"].sum()
    worst = _period_name(totals.index[int(totals.argmax())], period, str(jobs["at"].dt.tz))
    undated = _undated(jobs)
    not_drawn = f"; {undated:,} at an unknown time, not drawn" if undated else ""
    return (
        f"{counted(int(totals.sum()), 'job')} did not succeed: {', '.join(parts)}; "
        f"most in one {_NAMES[period]}: {int(totals.max()):,} ({worst}){not_drawn}."
    )


def _bars(of_state: pd.DataFrame, style: theme.StateStyle, period: str, zone: str, *, dark: bool) -> go.Bar:
    """The bars of one state. `of_state`: its rows of the data."""
    milliseconds = _LENGTHS[period] / pd.Timedelta(milliseconds=1)
    hover_texts = [
        f"{_period_name(start, period, zone)}<br>{style.label}: {count:,}"
        for start, count in zip(of_state["at"], of_state["count"], strict=True)
    ]
    return go.Bar(
        x=of_state["at"].to_numpy(),
        y=of_state["count"].to_numpy(),
        width=milliseconds * 0.86,
        offset=milliseconds * 0.07,
        marker=theme.bar_marker(style.color(dark=dark), style.pattern, dark=dark),
        name=f"{style.glyph} {style.label} {of_state['count'].sum():,}",
        hoverinfo="text",
        hovertext=np.array(hover_texts, dtype=object),
        textposition="none",
    )


def _not_succeeded(jobs: pd.DataFrame) -> pd.DataFrame:
    """`at` and `state` (str, one of `theme.STATE_STYLES`) of the jobs that did not succeed."""
    state = jobs["state"].astype("object")
    state = state.where(state.isin(theme.STATE_STYLES), "unknown").astype("str")
    rows = pd.DataFrame({"at": jobs["at"], "state": state})
    return rows[rows["state"] != "succeeded"]


def _period(jobs: pd.DataFrame, freq: Frequency) -> str:
    """The shortest period from `freq` on that makes no more than `MAX_BARS` bars."""
    at = _not_succeeded(jobs)["at"].dropna()
    periods = list(_LENGTHS)[list(_LENGTHS).index(freq) :]
    if at.empty:
        return freq
    span = at.max() - at.min()
    return next((period for period in periods if span / _LENGTHS[period] < MAX_BARS), periods[-1])


def _counts(jobs: pd.DataFrame, period: str) -> pd.DataFrame:
    rows = _not_succeeded(jobs).dropna(subset=["at"])
    starts = theme.naive_local_times(rows["at"])
    if period == "M":
        starts = starts.dt.to_period("M").dt.to_timestamp()
    elif period == "W":
        starts = starts.dt.floor("D") - pd.to_timedelta(starts.dt.day_of_week, unit="D")
    else:
        starts = starts.dt.floor(period)
    rows = rows.assign(at=starts.astype("datetime64[ms]"))
    counts = rows.groupby(["at", "state"]).size().rename("count").reset_index()
    order = {state: position for position, state in enumerate(theme.STATE_STYLES)}
    return counts.sort_values(
        ["at", "state"], key=lambda column: column.map(order) if column.name == "state" else column, ignore_index=True
    ).astype({"count": "int64"})


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

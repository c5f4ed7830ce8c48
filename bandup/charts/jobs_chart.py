"""Jobs that did not succeed, over time."""

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.charts import theme
from bandup.memo import memoized

Frequency = Literal["h", "D"]
MAX_BARS = 1_000
"""Most periods between the first and the last job; a longer time is drawn in longer periods."""
FEWEST_BARS = 12
"""Periods a time axis has room for at least, so that a single bar isn't as wide as the figure."""

_LENGTHS = {
    "h": pd.Timedelta(hours=1),
    "D": pd.Timedelta(days=1),
    "W": pd.Timedelta(days=7),
    "M": pd.Timedelta(days=28),
}
_NAMES = {"h": "hour", "D": "day", "W": "week", "M": "month"}


def states_over_time_data(jobs: pd.DataFrame, *, freq: Frequency) -> pd.DataFrame:
    """Jobs that did not succeed per period and state, periods without such jobs left out.

    Takes a frame with `at` (datetime64[ms] of any zone, NaT: left out) and `state` (str or category; a missing or unheard-of
    state counts as `unknown`). Returns `at` (datetime64[ms] without a zone, the period's start), `state` (str) and
    `count` (int64), in order of time and then of `theme.STATE_STYLES`. A period is an hour (`h`) or a day (`D`) on the
    clock that `at` is on; where that makes more than 1,000 periods between the first and the last job, it is a day, a week (from Monday) or a month.
    """
    return _counts(jobs, _period(jobs, freq))


@memoized
def states_over_time(jobs: pd.DataFrame, *, freq: Frequency, dark: bool = False) -> go.Figure:
    """Stacked bars of the jobs that did not succeed, per hour or day (the clock of `at`) and state; states differ by pattern too.

    The legend gives each state's number. Periods, and what is left out, are those of `states_over_time_data`; jobs
    without a known time are not drawn but counted below.
    """
    period = _period(jobs, freq)
    counts = _counts(jobs, period)
    without_time = _without_time(jobs)
    if counts.empty:
        return theme.empty_figure(_nothing(jobs), dark=dark)
    length, zone = _LENGTHS[period], str(jobs["at"].dt.tz)
    milliseconds = length / pd.Timedelta(milliseconds=1)
    drawn = theme.figure(dark=dark, height=320)
    for state, style in theme.STATE_STYLES.items():
        of_state = counts[counts["state"] == state]
        if of_state.empty:
            continue
        starts = of_state["at"]
        drawn.add_trace(
            go.Bar(
                x=starts.to_numpy(),
                y=of_state["count"].to_numpy(),
                width=milliseconds * 0.86,
                offset=milliseconds * 0.07,
                marker={
                    "color": style.color(dark=dark),
                    "line": {"width": 0},
                    "pattern": {
                        "shape": style.pattern,
                        "fillmode": "overlay",
                        "fgcolor": theme.palette(dark=dark).background,
                        "size": 6,
                        "solidity": 0.3,
                    },
                },
                name=f"{style.glyph} {style.label} {of_state['count'].sum():,}",
                hoverinfo="text",
                hovertext=np.array(
                    [
                        f"{_period_name(start, period, zone)}<br>{style.label}: {count:,}"
                        for start, count in zip(starts, of_state["count"], strict=True)
                    ],
                    dtype=object,
                ),
                textposition="none",
            )
        )
    highest = int(counts.groupby("at")["count"].sum().max())
    drawn.update_layout(
        barmode="stack",
        showlegend=True,
        xaxis=theme.time_axis(
            counts["at"].min(),
            counts["at"].max() + length,
            padding=length * max(1, (FEWEST_BARS - counts["at"].nunique()) / 2),
        ),
        yaxis={"rangemode": "tozero", "showgrid": True, "nticks": 5, "fixedrange": True, "tickformat": ",d"}
        | ({"dtick": 1} if highest <= 5 else {}),
        margin_l=44,
    )
    notes = [f"{without_time:,} without a known time not drawn."] if without_time else []
    if period != freq:
        notes.append(f"A bar is a {_NAMES[period]}: by the {_NAMES[freq]} there would be more than {MAX_BARS:,}.")
    theme.add_notes(drawn, notes, dark=dark)
    return drawn


@memoized
def states_over_time_alt(jobs: pd.DataFrame, *, freq: Frequency) -> str:
    """One plain sentence: how many jobs did not succeed, by state, the worst period, and how many have no known time."""
    period = _period(jobs, freq)
    counts = _counts(jobs, period)
    if counts.empty:
        return _nothing(jobs)
    by_state = counts.groupby("state")["count"].sum()
    parts = [
        f"{by_state[state]:,} {style.label.lower()}" for state, style in theme.STATE_STYLES.items() if state in by_state
    ]
    by_period = counts.groupby("at")["count"].sum()
    total, most = int(by_period.sum()), int(by_period.max())
    jobs_word = "job" if total == 1 else "jobs"
    worst = _period_name(by_period.index[int(by_period.argmax())], period, str(jobs["at"].dt.tz))
    without_time = _without_time(jobs)
    left_out = f"; {without_time:,} without a known time not drawn" if without_time else ""
    return f"{total:,} {jobs_word} not succeeded: {', '.join(parts)}; most in one {_NAMES[period]}: {most:,} ({worst}){left_out}."


def _not_succeeded(jobs: pd.DataFrame) -> pd.DataFrame:
    state = jobs["state"].astype("object")
    known = state.where(state.isin(theme.STATE_STYLES), "unknown").astype("str")
    found = pd.DataFrame({"at": jobs["at"], "state": known})
    return found[found["state"] != "succeeded"]


def _period(jobs: pd.DataFrame, freq: Frequency) -> str:
    at = _not_succeeded(jobs)["at"].dropna()
    periods = list(_LENGTHS)[list(_LENGTHS).index(freq) :]
    if at.empty:
        return freq
    span = at.max() - at.min()
    return next((period for period in periods if span / _LENGTHS[period] < MAX_BARS), periods[-1])


def _counts(jobs: pd.DataFrame, period: str) -> pd.DataFrame:
    found = _not_succeeded(jobs).dropna(subset=["at"])
    starts = theme.wall_clock(found["at"])
    if period == "M":
        starts = starts.dt.to_period("M").dt.to_timestamp()
    elif period == "W":
        starts = starts.dt.floor("D") - pd.to_timedelta(starts.dt.day_of_week, unit="D")
    else:
        starts = starts.dt.floor(period)
    found = found.assign(at=starts.astype("datetime64[ms]"))
    counts = found.groupby(["at", "state"]).size().rename("count").reset_index()
    order = {state: place for place, state in enumerate(theme.STATE_STYLES)}
    return counts.sort_values(
        ["at", "state"], key=lambda column: column.map(order) if column.name == "state" else column, ignore_index=True
    ).astype({"count": "int64"})


def _without_time(jobs: pd.DataFrame) -> int:
    return int(_not_succeeded(jobs)["at"].isna().sum())


def _nothing(jobs: pd.DataFrame) -> str:
    without_time = _without_time(jobs)
    if without_time:
        return f"No job to draw: {without_time:,} not succeeded, without a known time."
    return "No jobs." if jobs.empty else "All jobs succeeded."


def _period_name(start: pd.Timestamp, period: str, zone: str) -> str:
    if period == "h":
        return f"{start.strftime('%d %b %Y, %H:00')} {zone}"
    if period == "M":
        return start.strftime("%b %Y")
    return ("week from " if period == "W" else "") + start.strftime("%d %b %Y")

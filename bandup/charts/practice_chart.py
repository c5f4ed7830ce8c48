"""How regularly a student practises: attempts per week."""

from datetime import datetime

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis import practice
from bandup.analysis.bands import Skill
from bandup.analysis.states import State
from bandup.analysis.time_windows import is_dated
from bandup.charts import theme
from bandup.charts.drawable_attempts import undated_notes
from bandup.formatting import short_date
from bandup.memo import memoized

MAX_WEEKS = 53
"""The most weeks that are drawn: the latest."""
MIN_WEEKS = 8
"""The time axis has room for at least this many weeks, so that a single bar is not as wide as the figure."""

_MIN_GAP_DAYS = 14
"""Shorter gaps are not drawn."""
_PATTERNS = {Skill.WRITING: "", Skill.SPEAKING: "/"}
_WEEK = pd.Timedelta(weeks=1)


def practice_per_week_data(evaluations: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """The latest `MAX_WEEKS` rows of `bandup.analysis.practice.attempts_per_week`."""
    return practice.attempts_per_week(evaluations, now).tail(MAX_WEEKS).reset_index(drop=True)


@memoized
def practice_per_week(evaluations: pd.DataFrame, now: datetime, *, dark: bool = False) -> go.Figure:
    """A stacked bar per week (from Monday, local time of `at`) of one student's attempts; a dot for a week without any.

    The longest gap is drawn if it is at least two weeks and within the weeks shown. Attempts at an unknown time are left
    out. `now` is aware.
    """
    weeks = practice_per_week_data(evaluations, now)
    totals = weeks[[*Skill]].sum(axis=1)
    if weeks.empty or not totals.any():
        return theme.empty_figure(_nothing_drawn(evaluations), dark=dark)
    fig = theme.figure(dark=dark, height=210)
    starts = theme.naive_local_times(weeks["week"])
    for skill in Skill:
        counts = weeks.set_index(starts)[skill.value].rename(skill.capitalize())
        name = f"{counts.name} {counts.sum():,}"
        marker = theme.bar_marker(theme.palette(dark=dark).accents[skill], _PATTERNS[skill], dark=dark)
        if counts.any():
            fig.add_trace(theme.period_bars(counts, _WEEK, _week_name, gap=0.1, name=name, marker=marker))
    idle = starts[totals == 0]
    fig.add_scatter(
        x=(idle + _WEEK / 2).to_numpy(),
        y=np.zeros(len(idle)),
        mode="markers",
        marker={"size": 4, "color": theme.palette(dark=dark).muted},
        showlegend=False,
        cliponaxis=False,
        **theme.hover(f"Week from {short_date(start)}: no attempts" for start in idle),
    )
    first, last = weeks["week"].iloc[0], weeks["week"].iloc[-1] + _WEEK
    # it ends with the week of `now`: later weeks are not without practice, they have not come yet
    time_axis = theme.time_axis(min(first, last - MIN_WEEKS * _WEEK), last)
    highest = int(totals.max())
    count_axis = {"range": [0, highest * 1.12], "nticks": 4, "fixedrange": True, "tickformat": ",d"}
    count_axis |= {"dtick": 1} if highest <= 3 else {}
    fig.update_layout(barmode="stack", showlegend=True, xaxis=time_axis, yaxis=count_axis, margin_t=34)
    _draw_gap(fig, practice.practice_gaps(evaluations, now), first, highest, dark=dark)
    theme.add_notes(fig, _notes(evaluations, now), dark=dark)
    return fig


@memoized
def practice_per_week_alt(evaluations: pd.DataFrame, now: datetime) -> str:
    """Sentences: the attempts per skill, the number of active weeks, the longest gap, the time since the last attempt."""
    weeks = practice.attempts_per_week(evaluations, now)
    if weeks.empty:
        sentence = _nothing_drawn(evaluations)
        return f"Practice per week: {sentence[0].lower()}{sentence[1:]}"
    skills = ", ".join(f"{skill.capitalize()} {weeks[skill.value].sum():,}" for skill in Skill)
    return f"Practice per week ({skills}): {practice.describe_practice(evaluations, now)}"


def _week_name(start: pd.Timestamp) -> str:
    return f"Week {start.strftime('%G-W%V')}, from {short_date(start)}"


def _draw_gap(fig: go.Figure, gaps: practice.PracticeGaps, first: pd.Timestamp, highest: int, *, dark: bool) -> None:
    """Draw the longest gap as a labelled line over its weeks. `first`: the start of the first week shown."""
    if gaps.longest is None or gaps.longest < _MIN_GAP_DAYS or gaps.longest_from is None or gaps.longest_to is None:
        return
    start, end = (practice.week_start(pd.Series([at])).iloc[0] for at in (gaps.longest_from, gaps.longest_to))
    if start < first:
        return
    ends = theme.naive_local_times(pd.Series([start + _WEEK, end]))
    height, color = highest * 0.4, theme.palette(dark=dark).muted
    line = {"color": color, "width": 1}
    fig.add_scatter(
        x=ends.to_numpy(),
        y=np.full(2, height),
        mode="lines+markers",
        line=line,
        marker={"symbol": "line-ns", "size": 8, "line": line},
        hoverinfo="skip",
        showlegend=False,
    )
    middle = theme.plotly_time(ends.iloc[0] + (ends.iloc[1] - ends.iloc[0]) / 2)
    theme.add_text(fig, f"{gaps.longest} days", middle, height, color, yshift=2, yanchor="bottom")


def _notes(evaluations: pd.DataFrame, now: datetime) -> list[str]:
    weeks = len(practice.attempts_per_week(evaluations, now))
    notes = [f"The latest {MAX_WEEKS} of {weeks:,} weeks."] if weeks > MAX_WEEKS else []
    is_undated = ~is_dated(evaluations) & evaluations["evaluation_type"].astype("str").isin([*Skill])
    is_undated &= evaluations["state"].astype("str").ne(State.SUPERSEDED)
    return notes + undated_notes(int(is_undated.sum()))


def _nothing_drawn(evaluations: pd.DataFrame) -> str:
    attempts = practice.practice_attempts(evaluations)
    if attempts.empty:
        return "No attempt with a known time yet."
    return f"No attempt in the latest {MAX_WEEKS} weeks; the last on {short_date(attempts['at'].iloc[-1])}."

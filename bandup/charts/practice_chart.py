"""How regularly a student practises."""

from datetime import datetime

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis import practice
from bandup.analysis.bands import Skill
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized

MOST_WEEKS = 53
"""So many weeks are drawn, the latest."""
FEWEST_WEEKS = 8
"""The axis has room for so many weeks at least, so that a single bar isn't as wide as the figure."""

_LONG_GAP = 14
"""A gap of so many days or more is drawn."""
_PATTERNS = {Skill.WRITING: "", Skill.SPEAKING: "/"}
_WEEK = pd.Timedelta(weeks=1)


def practice_rhythm_data(evaluations: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """What `practice_rhythm` draws: the latest `MOST_WEEKS` rows of `bandup.analysis.practice.weekly`."""
    return practice.weekly(evaluations, now).tail(MOST_WEEKS).reset_index(drop=True)


@memoized
def practice_rhythm(evaluations: pd.DataFrame, now: datetime, *, dark: bool = False) -> go.Figure:
    """A bar per week (from Monday, on the clock of `at`) of one student's attempts, writing below speaking; a dot for a week without.

    The longest gap is drawn where it is two weeks or more and inside the weeks shown. Attempts of unknown time are left
    out. `now` is aware.
    """
    weeks = practice_rhythm_data(evaluations, now)
    each = weeks[[*Skill]].sum(axis=1)
    if weeks.empty or not each.any():
        return theme.empty_figure(_nothing(evaluations), dark=dark)
    colors = theme.palette(dark=dark)
    drawn = theme.figure(dark=dark, height=210)
    starts = theme.wall_clock(weeks["week"])
    milliseconds = _WEEK / pd.Timedelta(milliseconds=1)
    for skill in Skill:
        numbers = weeks[skill.value].to_numpy()
        if not numbers.any():
            continue
        drawn.add_trace(
            go.Bar(
                x=starts.to_numpy(),
                y=numbers,
                width=milliseconds * 0.8,
                offset=milliseconds * 0.1,
                marker={
                    "color": colors.accents[skill],
                    "line": {"width": 0},
                    "pattern": {
                        "shape": _PATTERNS[skill],
                        "fillmode": "overlay",
                        "fgcolor": colors.background,
                        "size": 6,
                        "solidity": 0.3,
                    },
                },
                name=f"{skill.capitalize()} {numbers.sum():,}",
                hoverinfo="text",
                hovertext=np.array(
                    [
                        f"Week {week.strftime('%G-W%V')}, from {week.strftime('%d %b %Y')}<br>{skill.capitalize()}: {number:,}"
                        for week, number in zip(starts, numbers, strict=True)
                    ],
                    dtype=object,
                ),
                textposition="none",
            )
        )
    idle = starts[each == 0]
    drawn.add_trace(
        go.Scatter(
            x=(idle + _WEEK / 2).to_numpy(),
            y=np.zeros(len(idle)),
            mode="markers",
            marker={"size": 4, "color": colors.muted},
            hoverinfo="text",
            hovertext=np.array([f"Week from {week.strftime('%d %b %Y')}: none" for week in idle], dtype=object),
            showlegend=False,
            cliponaxis=False,
        )
    )
    first, last = weeks["week"].iloc[0], weeks["week"].iloc[-1] + _WEEK
    highest = int(each.max())
    drawn.update_layout(
        barmode="stack",
        showlegend=True,
        xaxis=theme.time_axis(first, last, padding=_WEEK * max(0.5, (FEWEST_WEEKS - len(weeks)) / 2)),
        yaxis={"range": [0, highest * 1.12], "nticks": 4, "fixedrange": True, "tickformat": ",d"}
        | ({"dtick": 1} if highest <= 3 else {}),
        margin_t=34,
    )
    _draw_gap(drawn, practice.gaps(evaluations, now), first, highest, dark=dark)
    theme.add_notes(drawn, _notes(evaluations, now), dark=dark)
    return drawn


@memoized
def practice_rhythm_alt(evaluations: pd.DataFrame, now: datetime) -> str:
    """Plain sentences: attempts per skill, in how many weeks, the longest gap and the current one."""
    weeks = practice.weekly(evaluations, now)
    if weeks.empty:
        return f"Practice by the week: {_nothing(evaluations)[0].lower()}{_nothing(evaluations)[1:]}"
    skills = ", ".join(f"{skill.capitalize()} {weeks[skill.value].sum():,}" for skill in Skill)
    return f"Practice by the week ({skills}): {practice.in_words(evaluations, now)}"


def _draw_gap(drawn: go.Figure, found: practice.Gaps, first: pd.Timestamp, highest: int, *, dark: bool) -> None:
    if found.longest is None or found.longest < _LONG_GAP or found.longest_from is None or found.longest_to is None:
        return
    start, end = (practice.monday(pd.Series([at])).iloc[0] for at in (found.longest_from, found.longest_to))
    if start < first:
        return
    ends = theme.wall_clock(pd.Series([start + _WEEK, end]))
    height, color = highest * 0.4, theme.palette(dark=dark).muted
    drawn.add_trace(
        go.Scatter(
            x=ends.to_numpy(),
            y=np.full(2, height),
            mode="lines+markers",
            line={"color": color, "width": 1},
            marker={"symbol": "line-ns", "size": 8, "line": {"color": color, "width": 1}},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    drawn.add_annotation(
        text=f"{found.longest} days",
        x=(ends.iloc[0] + (ends.iloc[1] - ends.iloc[0]) / 2).strftime("%Y-%m-%d %H:%M:%S"),
        y=height,
        yshift=2,
        yanchor="bottom",
        showarrow=False,
        font={"color": color, "size": theme.SMALL_FONT_SIZE},
    )


def _notes(evaluations: pd.DataFrame, now: datetime) -> list[str]:
    notes = []
    weeks = len(practice.weekly(evaluations, now))
    if weeks > MOST_WEEKS:
        notes.append(f"The latest {MOST_WEEKS} of {weeks:,} weeks.")
    return notes + _without_time(evaluations)


def _without_time(evaluations: pd.DataFrame) -> list[str]:
    undated = evaluations["at"].isna() & evaluations["evaluation_type"].astype("str").isin([*Skill])
    undated &= evaluations["state"].astype("str").ne("superseded")
    number = int(undated.sum())
    return [f"{drawable_attempts.counted(number, 'attempt')} without a known time not drawn."] if number else []


def _nothing(evaluations: pd.DataFrame) -> str:
    found = practice.practised(evaluations)
    if found.empty:
        return "No attempt with a known time yet."
    return f"No attempt in the latest {MOST_WEEKS} weeks; the last on {found['at'].iloc[-1].strftime('%d %b %Y')}."

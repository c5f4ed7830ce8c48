"""Bands over time: the overall band of both skills, and the four criteria of one."""

import math
import textwrap
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bandup.analysis.bands import CRITERIA, Skill, criterion_name, format_band
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized

_LABEL_GAP = 1.1
"""Bands between the labels at the end of two series, so that two lines of text do not touch."""
_TIME_PADDING = pd.Timedelta(days=4)


def overall_over_time_data(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The attempts that `overall_over_time` draws, writing before speaking, each in order of time.

    Takes a frame with the columns of `data.schema.EVALUATIONS` and `state`. Returns `skill` (str), `at`
    (datetime64[ms], its zone), `band` (float64), `suspect` (bool), `task`, `at_source`, `evaluation_id`, `user_id` (str).
    Left out: rows of another type, without a time or without an overall band on the scale.
    """
    return pd.concat(
        [drawable_attempts.drawable(evaluations, skill, "overall_band").assign(skill=skill.value) for skill in Skill],
        ignore_index=True,
    )


def overall_over_time(evaluations: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """The overall band of each attempt over time (the clock of `at`), writing and speaking, on the whole scale of 0 to 9.

    A marker per attempt (circle: writing, diamond: speaking; hollow: suspect), a thin line through the attempts that
    are not suspect, a label at the end of each series. `customdata` holds `[evaluation_id, user_id]` as stored. More
    than 2,000 attempts at a skill are thinned evenly, which the figure says; more than 200 have no line. Attempts
    with a band and no time are not drawn but counted below.
    """
    rows = overall_over_time_data(evaluations)
    if rows.empty:
        return theme.empty_figure("No attempt with a time and a band yet.", dark=dark)
    drawn = theme.figure(dark=dark, height=400)
    series = {skill: rows[rows["skill"] == skill.value] for skill in Skill}
    for skill, of_skill in series.items():
        for trace in _traces(of_skill, skill, f"{skill.capitalize()}:", theme.MAX_POINTS // len(Skill), dark=dark):
            drawn.add_trace(trace)
    for label in _end_labels({skill: of_skill for skill, of_skill in series.items() if len(of_skill)}, dark=dark):
        drawn.add_annotation(**label)
    drawn.update_layout(
        xaxis=theme.time_axis(rows["at"].min(), rows["at"].max(), padding=_TIME_PADDING),
        yaxis=theme.band_axis(),
        showlegend=False,
        margin_r=86,
    )
    drawn.add_annotation(**_axis_name("Overall band", dark=dark))
    missing = sum(drawable_attempts.without_time(evaluations, skill, "overall_band") for skill in Skill)
    theme.add_notes(drawn, _notes(list(series.values()), theme.MAX_POINTS // len(Skill), missing), dark=dark)
    return drawn


@memoized
def overall_over_time_alt(evaluations: pd.DataFrame) -> str:
    """One plain sentence: for each skill how many attempts, the first and the latest band, the range, how many suspect."""
    rows = overall_over_time_data(evaluations)
    return "; ".join(_series_in_words(skill, rows[rows["skill"] == skill.value]) for skill in Skill) + "."


def criteria_over_time_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The points that `criteria_over_time` draws: criterion by criterion in the official order, each in order of time.

    Returns `criterion` (str, the attribute's name) and the columns of `overall_over_time_data` but `skill`. Left out:
    rows of another type or without a time, and, criterion by criterion, those without that band on the scale.
    """
    return pd.concat(
        [
            drawable_attempts.drawable(evaluations, skill, criterion).assign(criterion=criterion)
            for criterion in CRITERIA[Skill(skill)]
        ],
        ignore_index=True,
    )


@memoized
def criteria_over_time(
    evaluations: pd.DataFrame, skill: Skill, *, columns: Literal[1, 2] = 2, dark: bool = False
) -> go.Figure:
    """The four criteria of a skill over time (the clock of `at`), a panel each, all on the scale of 0 to 9 and the same time.

    `columns` is how many panels stand side by side: 2 is readable from 390 px on, 1 makes a taller figure with room
    for each. Markers, lines, `customdata` and what is left out are those of `overall_over_time`; more than 1,000
    attempts are thinned evenly, which the figure says.
    """
    skill = Skill(skill)
    rows = criteria_over_time_data(evaluations, skill)
    if rows.empty:
        return theme.empty_figure(f"No {skill.value} attempt with a time and criteria yet.", dark=dark)
    panels = {criterion: rows[rows["criterion"] == criterion] for criterion in CRITERIA[skill]}
    lines = math.ceil(len(panels) / columns)
    limit = theme.MAX_POINTS // len(panels)
    drawn = make_subplots(
        rows=lines,
        cols=columns,
        shared_yaxes=True,
        horizontal_spacing=0.07,
        vertical_spacing=0.24 if columns == 2 else 0.09,
    )
    drawn.layout.template = theme.template(dark=dark)
    task_type = drawable_attempts.shared_task_type(evaluations[drawable_attempts.of_skill(evaluations, skill)])
    for number, (criterion, of_criterion) in enumerate(panels.items()):
        name = criterion_name(criterion, task_type)
        for trace in _traces(of_criterion, skill, f"{name}:", limit, dark=dark):
            drawn.add_trace(trace, row=number // columns + 1, col=number % columns + 1)
        axis = "" if number == 0 else str(number + 1)
        drawn.add_annotation(
            text=f"<b>{'<br>'.join(textwrap.wrap(name, 20 if columns == 2 else 40))}</b>",
            xref=f"x{axis} domain",
            yref=f"y{axis} domain",
            x=0,
            y=1,
            yshift=4,
            xanchor="left",
            yanchor="bottom",
            align="left",
            showarrow=False,
            font={"size": theme.FONT_SIZE, "color": theme.palette(dark=dark).ink},
        )
    time_axis = theme.time_axis(rows["at"].min(), rows["at"].max(), padding=_TIME_PADDING)
    drawn.update_xaxes(time_axis | ({"nticks": 4} if columns == 2 else {}))
    drawn.update_yaxes(theme.band_axis())
    drawn.update_layout(height=580 if columns == 2 else 900, showlegend=False, margin_t=52 if columns == 2 else 32)
    missing = max(drawable_attempts.without_time(evaluations, skill, criterion) for criterion in CRITERIA[skill])
    fullest = max(panels.values(), key=len)
    theme.add_notes(drawn, _notes([fullest], limit, missing), dark=dark)
    return drawn


@memoized
def criteria_over_time_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One plain sentence: for each criterion how many attempts, and its first and latest band."""
    skill = Skill(skill)
    rows = criteria_over_time_data(evaluations, skill)
    if rows.empty:
        return f"{skill.capitalize()} criteria: no attempts with a time and criteria."
    task_type = drawable_attempts.shared_task_type(evaluations[drawable_attempts.of_skill(evaluations, skill)])
    parts = []
    for criterion in CRITERIA[skill]:
        graded = rows[(rows["criterion"] == criterion) & ~rows["suspect"]]
        name = criterion_name(criterion, task_type)
        parts.append(f"{name}, {drawable_attempts.counted(len(graded), 'attempt')}{_from_to(graded)}")
    suspect = rows.loc[rows["suspect"], "evaluation_id"].nunique()
    left_out = f"; {suspect} suspect not counted" if suspect else ""
    return f"{skill.capitalize()} criteria: {'; '.join(parts)}{left_out}."


def _traces(rows: pd.DataFrame, skill: Skill, name: str, limit: int, *, dark: bool) -> list[go.Scatter]:
    """The line through the attempts that are not suspect, and a marker for each attempt."""
    rows = drawable_attempts.thinned(rows, limit)
    dense = len(rows) > theme.MAX_LINE_POINTS
    colors = theme.palette(dark=dark)
    color, symbol = colors.accents[skill], theme.SKILL_MARKERS[skill]
    graded = rows[~rows["suspect"]]
    traces = []
    if not dense:
        traces.append(
            go.Scatter(
                x=theme.wall_clock(graded["at"]).to_numpy(),
                y=graded["band"].to_numpy(),
                mode="lines",
                line={"color": color, "width": 1.2},
                opacity=0.55,
                hoverinfo="skip",
                cliponaxis=False,
                name=skill.value,
            )
        )
    traces.append(
        go.Scatter(
            x=theme.wall_clock(rows["at"]).to_numpy(),
            y=rows["band"].to_numpy(),
            mode="markers",
            marker={
                "symbol": np.where(rows["suspect"], f"{symbol}-open", symbol),
                "size": 6 if dense else 9,
                "color": color,
                "opacity": 0.4 if dense else 1,
                "line": {
                    "color": colors.background,
                    "width": np.where(rows["suspect"], 1.8, 0.0 if dense else 1.0),
                },
            },
            customdata=drawable_attempts.identities(rows),
            hovertext=drawable_attempts.hover_texts(rows, name),
            hoverinfo="text",
            cliponaxis=False,
            name=skill.value,
        )
    )
    return traces


def _end_labels(series: dict[Skill, pd.DataFrame], *, dark: bool) -> list[dict[str, object]]:
    """A label in the right margin for each series at the height of its latest band, apart enough to be read."""
    latest = {skill: _latest(rows) for skill, rows in series.items()}
    heights = {
        skill: rows["band"].iloc[-1] if math.isnan(latest[skill]) else latest[skill] for skill, rows in series.items()
    }
    order = sorted(heights, key=lambda skill: (heights[skill], skill is Skill.WRITING))
    if len(order) == 2 and heights[order[1]] - heights[order[0]] < _LABEL_GAP:
        middle = sum(heights.values()) / 2
        middle = min(max(middle, _LABEL_GAP), 9 - _LABEL_GAP)
        heights = {order[0]: middle - _LABEL_GAP / 2, order[1]: middle + _LABEL_GAP / 2}
    return [
        {
            "text": f"{theme.SKILL_GLYPHS[skill]} <b>{skill.capitalize()}</b><br>"
            + ("suspect only" if math.isnan(latest[skill]) else f"latest {latest[skill]:.1f}"),
            "xref": "paper",
            "x": 1,
            "xshift": 6,
            "xanchor": "left",
            "yref": "y",
            "y": min(max(height, 0.5), 8.5),
            "yanchor": "middle",
            "align": "left",
            "showarrow": False,
            "font": {"color": theme.palette(dark=dark).accents[skill], "size": theme.SMALL_FONT_SIZE},
        }
        for skill, height in heights.items()
    ]


def _axis_name(text: str, *, dark: bool) -> dict[str, object]:
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "yshift": 6,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": theme.palette(dark=dark).muted, "size": theme.SMALL_FONT_SIZE},
    }


def _notes(series: list[pd.DataFrame], limit: int, missing: int) -> list[str]:
    """What a reader must know of the points: the hollow ones, those thinned out, those without a time."""
    notes = []
    if any(rows["suspect"].any() for rows in series):
        notes.append(drawable_attempts.SUSPECT_NOTE)
    total, drawn = sum(len(rows) for rows in series), sum(min(len(rows), limit) for rows in series)
    if drawn < total:
        notes.append(f"{drawn:,} of {total:,} attempts drawn, evenly spaced.")
    if missing:
        notes.append(f"{drawable_attempts.counted(missing, 'attempt')} without a known time not drawn.")
    return notes


def _latest(rows: pd.DataFrame) -> float:
    graded = rows.loc[~rows["suspect"], "band"]
    return float(graded.iloc[-1]) if len(graded) else math.nan


def _series_in_words(skill: Skill, rows: pd.DataFrame) -> str:
    graded = rows[~rows["suspect"]]
    name = skill.capitalize()
    if rows.empty:
        return f"{name}: no attempts with a time and a band"
    words = f"{name}: {drawable_attempts.counted(len(graded), 'attempt')}{_from_to(graded)}"
    if len(graded) > 1:
        first, last = (graded["at"].iloc[end].strftime("%d %b %Y") for end in (0, -1))
        low, high = format_band(graded["band"].min()), format_band(graded["band"].max())
        words += f", {first} to {last}, lowest {low}, highest {high}"
    suspect = len(rows) - len(graded)
    return words + (f", and {suspect} suspect" if suspect else "")


def _from_to(graded: pd.DataFrame) -> str:
    if graded.empty:
        return ""
    first, last = graded["band"].iloc[0], graded["band"].iloc[-1]
    return f" at {format_band(first)}" if len(graded) == 1 else f" from {format_band(first)} to {format_band(last)}"

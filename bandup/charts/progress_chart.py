"""Bands over time: the overall band of both skills, and the four criteria of one."""

import math
import textwrap
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bandup.analysis import attempts
from bandup.analysis.bands import CRITERIA, HIGHEST_BAND, Skill, criterion_name, format_band
from bandup.analysis.grader_drift import model_changes_of_student
from bandup.analysis.progress import Trend
from bandup.charts import drawable_attempts, overlays, theme
from bandup.formatting import counted, short_date
from bandup.memo import memoized

HOW_TO_READ = """
The dashed line is the change as the sentence says it; the darker wedge around it is its interval, which holds the true
change of 95 in 100 students. The lighter band is noise: 19 of 20 days lie in it without any change of level. Noise is
learnt from the whole class and the student together, and the attempts of one day count once. Of 100 students without any
change, 5 are called *perhaps* up or down on one day, and about 31 at some time in a term of 20 attempts; *likely* is said
of 4 at some time in such a term. What a new grading model or another task explains is left out of the change, and nothing
is claimed that holds only with it or only without it. Hollow points are the grader’s default answer, hollow stars are
teachers’ own bands; neither is counted.
Writing and speaking are different tests and never averaged. The bands are an AI’s estimates in practice, not IELTS results.
"""

Graded = Mapping[Skill, pd.DataFrame]
"""A student's graded attempts per skill, as returned by `bandup.analysis.attempts.graded_attempts`."""

TIME_PADDING = pd.Timedelta(days=4)
"""The time axis starts this long before the first attempt at least, and ends this long after the last."""
_LABEL_GAP = 1.1
"""The least distance in bands between the labels of two series, so that their text does not overlap."""


def overall_over_time_data(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The attempts that `overall_over_time` draws, writing before speaking, each in order of time.

    Takes a frame with the columns of `data.schema.EVALUATIONS` and `state`. Returns `skill` (str), `at`
    (datetime64[ms] in its zone), `band` (float64), `suspect` (bool), `task`, `at_source`, `evaluation_id`, `user_id`
    (str). Rows of another type, without a time or without an overall band on the scale are left out.
    """
    return pd.concat(
        [drawable_attempts.drawable(evaluations, skill, "overall_band").assign(skill=skill.value) for skill in Skill],
        ignore_index=True,
    )


def overall_over_time(evaluations: pd.DataFrame, *, dark: bool = False) -> go.Figure:
    """The overall band of each attempt at writing and speaking over time (local time of `at`), on the scale of 0 to 9.

    A marker per attempt (hollow: suspect), a thin line through the attempts that are not suspect, a label at the end of
    each series. `customdata` holds `[evaluation_id, user_id]` as stored. More than 2,000 attempts at a skill are
    downsampled evenly; a series of more than 200 has no line. Notes count what is not drawn.
    """
    rows = overall_over_time_data(evaluations)
    if rows.empty:
        return theme.empty_figure("No attempt with a time and a band yet.", dark=dark)
    fig = theme.figure(dark=dark, height=400)
    limit = theme.MAX_POINTS // len(Skill)
    series = {skill: rows[rows["skill"] == skill.value] for skill in Skill}
    for skill, of_skill in series.items():
        fig.add_traces(_traces(of_skill, skill, f"{skill.capitalize()}:", limit, dark=dark))
    _add_end_labels(fig, {skill: of_skill for skill, of_skill in series.items() if len(of_skill)}, dark=dark)
    time_axis = theme.time_axis(rows["at"].min(), rows["at"].max(), padding=TIME_PADDING)
    fig.update_layout(xaxis=time_axis, yaxis=theme.band_axis(), showlegend=False, margin_r=86)
    theme.add_heading(fig, "Overall band", theme.palette(dark=dark).muted, yref="paper", yshift=6)
    undated = sum(drawable_attempts.count_undated(evaluations, skill, "overall_band") for skill in Skill)
    theme.add_notes(fig, _notes(list(series.values()), limit, undated), dark=dark)
    return fig


@memoized
def overall_with_trends(
    evaluations: pd.DataFrame, graded: Graded, trends: Mapping[Skill, Trend | None], target: float, *, dark: bool
) -> go.Figure:
    """`overall_over_time` with each skill's trend, its interval and noise, the target, and the changes of the grader's model."""
    fig = overall_over_time(evaluations, dark=dark)
    overlays.mark_teacher_bands(fig, evaluations, dark=dark)
    changes = []
    for skill, skill_attempts in graded.items():
        changes += model_changes_of_student(skill_attempts)
        if (trend := trends[skill]) is not None:
            overlays.mark_trend(fig, trend, dark=dark)
    if any(len(attempts.dated(skill_attempts)) for skill_attempts in graded.values()):
        overlays.mark_target(fig, target, dark=dark)
        overlays.mark_model_changes(fig, sorted(changes, key=lambda change: change.at), dark=dark)
    return fig


@memoized
def overall_over_time_alt(evaluations: pd.DataFrame) -> str:
    """One sentence: per skill the number of attempts, the first and latest band, the range, the suspect attempts."""
    rows = overall_over_time_data(evaluations)
    return "; ".join(_describe_series(skill, rows[rows["skill"] == skill.value]) for skill in Skill) + "."


def criteria_over_time_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The points that `criteria_over_time` draws: criteria in the official order, each in order of time.

    Returns `criterion` (str, the attribute's name) and the columns of `overall_over_time_data` except `skill`. Rows of
    another type or without a time are left out; so are, for each criterion, rows without that band on the scale.
    """
    return pd.concat(
        [drawable_attempts.drawable(evaluations, skill, name).assign(criterion=name) for name in CRITERIA[skill]],
        ignore_index=True,
    )


@memoized
def criteria_over_time(
    evaluations: pd.DataFrame, skill: Skill, *, columns: Literal[1, 2] = 2, dark: bool = False
) -> go.Figure:
    """The four criteria of a skill over time (local time of `at`), one panel each, all with the same two axes.

    `columns` is the number of panels side by side: 2 is readable from a width of 390 px, 1 makes a taller figure with
    larger panels. Markers, lines, `customdata` and the rows left out are those of `overall_over_time`; more than 1,000
    attempts are downsampled evenly, which a note says.
    """
    rows = criteria_over_time_data(evaluations, skill)
    if rows.empty:
        return theme.empty_figure(f"No {skill} attempt with a time and criteria yet.", dark=dark)
    panels = {criterion: rows[rows["criterion"] == criterion] for criterion in CRITERIA[skill]}
    limit = theme.MAX_POINTS // len(panels)
    is_wide = columns == 2
    spacing = {"horizontal_spacing": 0.07, "vertical_spacing": 0.24 if is_wide else 0.09}
    fig = make_subplots(rows=math.ceil(len(panels) / columns), cols=columns, shared_yaxes=True, **spacing)
    fig.layout.template = theme.template(dark=dark)
    task_type = drawable_attempts.shared_task_type(evaluations[drawable_attempts.is_of_skill(evaluations, skill)])
    for number, (criterion, of_criterion) in enumerate(panels.items()):
        name = criterion_name(criterion, task_type)
        for trace in _traces(of_criterion, skill, f"{name}:", limit, dark=dark):
            fig.add_trace(trace, row=number // columns + 1, col=number % columns + 1)
        axis = "" if number == 0 else str(number + 1)
        heading = f"<b>{'<br>'.join(textwrap.wrap(name, 20 if is_wide else 40))}</b>"
        position = {"xref": f"x{axis} domain", "yref": f"y{axis} domain", "align": "left"}
        theme.add_heading(fig, heading, theme.palette(dark=dark).ink, font_size=theme.FONT_SIZE, **position)
    time_axis = theme.time_axis(rows["at"].min(), rows["at"].max(), padding=TIME_PADDING)
    fig.update_xaxes(time_axis | ({"nticks": 4} if is_wide else {}))
    fig.update_yaxes(theme.band_axis())
    fig.update_layout(height=580 if is_wide else 900, showlegend=False, margin_t=52 if is_wide else 32)
    undated = max(drawable_attempts.count_undated(evaluations, skill, criterion) for criterion in CRITERIA[skill])
    longest = max(panels.values(), key=len)
    theme.add_notes(fig, _notes([longest], limit, undated), dark=dark)
    return fig


@memoized
def criteria_over_time_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One sentence: per criterion the number of attempts and the first and latest band."""
    rows = criteria_over_time_data(evaluations, skill)
    if rows.empty:
        return f"{skill.capitalize()} criteria: no attempts with a time and criteria."
    task_type = drawable_attempts.shared_task_type(evaluations[drawable_attempts.is_of_skill(evaluations, skill)])
    parts = []
    for criterion in CRITERIA[skill]:
        graded = rows[(rows["criterion"] == criterion) & ~rows["suspect"]]
        parts.append(
            f"{criterion_name(criterion, task_type)}, {counted(len(graded), 'graded attempt')}{_from_to(graded)}"
        )
    suspect = rows.loc[rows["suspect"], "evaluation_id"].nunique()
    not_counted = f"; {suspect} suspect not counted" if suspect else ""
    return f"{skill.capitalize()} criteria: {'; '.join(parts)}{not_counted}."


def _traces(rows: pd.DataFrame, skill: Skill, name: str, limit: int, *, dark: bool) -> list[go.Scatter]:
    """A line through the attempts that are not suspect (omitted if there are too many), and a marker per attempt."""
    rows = drawable_attempts.downsampled(rows, limit)
    is_dense = len(rows) > theme.MAX_LINE_POINTS
    colors, suspect = theme.palette(dark=dark), rows["suspect"]
    color, symbol = colors.accents[skill], theme.SKILL_MARKERS[skill]
    times, bands = theme.naive_local_times(rows["at"]), rows["band"]
    shared = {"cliponaxis": False, "name": skill.value}
    line = go.Scatter(
        x=times[~suspect].to_numpy(),
        y=bands[~suspect].to_numpy(),
        mode="lines",
        line={"color": color, "width": 1.2},
        opacity=0.55,
        hoverinfo="skip",
        **shared,
    )
    markers = go.Scatter(
        x=times.to_numpy(),
        y=bands.to_numpy(),
        mode="markers",
        marker={
            "symbol": np.where(suspect, f"{symbol}-open", symbol),
            "size": 6 if is_dense else 9,
            "color": color,
            "opacity": 0.4 if is_dense else 1,
            "line": {"color": colors.background, "width": np.where(suspect, 1.8, 0.0 if is_dense else 1.0)},
        },
        customdata=drawable_attempts.item_keys(rows),
        **shared,
        **theme.hover(drawable_attempts.hover_texts(rows, name)),
    )
    return [markers] if is_dense else [line, markers]


def _add_end_labels(fig: go.Figure, series: dict[Skill, pd.DataFrame], *, dark: bool) -> None:
    """Label each series in the right margin at the height of its latest band, moved apart where they would overlap."""
    latest = {skill: rows.loc[~rows["suspect"], "band"].tail(1) for skill, rows in series.items()}
    heights = {
        skill: float((latest[skill] if len(latest[skill]) else rows["band"]).iloc[-1]) for skill, rows in series.items()
    }
    order = sorted(heights, key=lambda skill: (heights[skill], skill is Skill.WRITING))
    if len(order) == 2 and heights[order[1]] - heights[order[0]] < _LABEL_GAP:
        middle = min(max(sum(heights.values()) / 2, _LABEL_GAP), HIGHEST_BAND - _LABEL_GAP)
        heights = {order[0]: middle - _LABEL_GAP / 2, order[1]: middle + _LABEL_GAP / 2}
    position = {"xref": "paper", "xshift": 6, "xanchor": "left", "yref": "y", "yanchor": "middle", "align": "left"}
    for skill, height in heights.items():
        band = f"latest {format_band(latest[skill].iloc[0])}" if len(latest[skill]) else "suspect only"
        text = f"{theme.SKILL_GLYPHS[skill]} <b>{skill.capitalize()}</b><br>{band}"
        theme.add_text(fig, text, 1, min(max(height, 0.5), 8.5), theme.palette(dark=dark).accents[skill], **position)


def _notes(series: list[pd.DataFrame], limit: int, undated: int) -> list[str]:
    """The notes on hollow points, downsampled points and attempts without a time, where there are any."""
    notes = []
    if any(rows["suspect"].any() for rows in series):
        notes.append(drawable_attempts.SUSPECT_NOTE)
    total, drawn = sum(len(rows) for rows in series), sum(min(len(rows), limit) for rows in series)
    if drawn < total:
        notes.append(f"{drawn:,} of {total:,} attempts drawn, evenly spaced.")
    return notes + drawable_attempts.undated_notes(undated)


def _describe_series(skill: Skill, rows: pd.DataFrame) -> str:
    if rows.empty:
        return f"{skill.capitalize()}: no attempts with a time and a band"
    graded = rows[~rows["suspect"]]
    sentence = f"{skill.capitalize()}: {counted(len(graded), 'graded attempt')}{_from_to(graded)}"
    if len(graded) > 1:
        at, bands = graded["at"], graded["band"]
        sentence += f", {short_date(at.iloc[0])} to {short_date(at.iloc[-1])}"
        sentence += f", lowest {format_band(bands.min())}, highest {format_band(bands.max())}"
    suspect = len(rows) - len(graded)
    return sentence + (f", and {suspect} suspect" if suspect else "")


def _from_to(graded: pd.DataFrame) -> str:
    if graded.empty:
        return ""
    first, last = graded["band"].iloc[0], graded["band"].iloc[-1]
    return f" at {format_band(first)}" if len(graded) == 1 else f" from {format_band(first)} to {format_band(last)}"

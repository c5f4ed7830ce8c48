"""What is drawn over a figure of bands over time: the trend with its noise band, the target, changes of model."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import Skill, format_band
from bandup.analysis.grader_drift import ModelChange
from bandup.analysis.progress import Trend, trend_line
from bandup.analysis.second_marks import TEACHER_BAND
from bandup.charts import drawable_attempts, theme
from bandup.charts.drawable_models import MAX_NAME_LENGTH
from bandup.formatting import counted, short_date, truncated

NOISE_OPACITY = 0.1
SLOPE_OPACITY = 0.22
MAX_MODEL_CHANGES = 6
"""The most model changes that are marked: the latest."""
_NUMBERS = "①②③④⑤⑥"


def mark_trend(fig: go.Figure, trend: Trend, *, dark: bool) -> None:
    """Draw a trend below the points of a figure: a dashed line, darker the interval of its slope, lighter the noise."""
    rows = trend_line(trend)
    middle = rows["at"].iloc[0] + (rows["at"].iloc[1] - rows["at"].iloc[0]) * trend.centre
    slope_times = theme.naive_local_times(pd.Series([rows["at"].iloc[0], middle, rows["at"].iloc[1]])).to_numpy()
    color = theme.palette(dark=dark).accents[trend.skill]
    shared = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    shared["x"] = theme.naive_local_times(rows["at"]).to_numpy()
    noise, slope = (
        {"fill": "tonexty", "fillcolor": theme.with_opacity(color, opacity)}
        for opacity in (NOISE_OPACITY, SLOPE_OPACITY)
    )
    dashed = {"color": color, "width": 2, "dash": "dash"}

    def bow_tie(side: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        ends = rows[side].clip(*theme.BAND_RANGE)
        return np.array([ends.iloc[0], trend.level, ends.iloc[1]])

    traces = [
        go.Scatter(y=rows["noise_lower"].clip(*theme.BAND_RANGE).to_numpy(), **shared),
        go.Scatter(y=rows["noise_upper"].clip(*theme.BAND_RANGE).to_numpy(), **shared | noise),
        go.Scatter(y=bow_tie("slope_lower"), **shared | {"x": slope_times}),
        go.Scatter(y=bow_tie("slope_upper"), **shared | slope | {"x": slope_times}),
        go.Scatter(y=rows["line"].to_numpy(), **shared | {"line": dashed}),
    ]
    points = fig.data
    fig.data = []
    fig.add_traces([*traces, *points])


def mark_teacher_bands(fig: go.Figure, evaluations: pd.DataFrame, *, dark: bool) -> None:
    """Draw teachers' overall bands as hollow stars at their attempts' times; nothing where the frame has none."""
    if TEACHER_BAND not in evaluations:
        return
    for skill in Skill:
        rows = evaluations[
            drawable_attempts.is_drawable(evaluations, skill, "overall_band") & evaluations[TEACHER_BAND].notna()
        ]
        if rows.empty:
            continue
        texts = [f"{skill.capitalize()}: a teacher’s own band {format_band(band)}" for band in rows[TEACHER_BAND]]
        fig.add_scatter(
            x=theme.naive_local_times(rows["at"]).to_numpy(),
            y=rows[TEACHER_BAND].to_numpy(),
            mode="markers",
            marker={
                "symbol": "star-open",
                "size": 11,
                "color": theme.palette(dark=dark).accents[skill],
                "line": {"width": 1.6},
            },
            customdata=drawable_attempts.item_keys(rows),
            cliponaxis=False,
            name=skill.value,
            **theme.hover(texts),
        )


def mark_target(fig: go.Figure, target: float, *, dark: bool) -> None:
    """Draw the target band as a thin, labelled line across a figure of bands."""
    color = theme.palette(dark=dark).muted
    font = {"color": color, "size": theme.SMALL_FONT_SIZE}
    fig.add_hline(
        y=target,
        line={"color": color, "width": 1.4, "dash": "longdash"},
        layer="below",
        annotation={"text": f"target {format_band(target)}", "font": font, "xanchor": "left", "x": 0, "yshift": 9},
    )


def mark_model_changes(fig: go.Figure, changes: Sequence[ModelChange], *, dark: bool) -> None:
    """Mark each change of model on a student's figure with a numbered dotted line, and explain the numbers below.

    `changes`: as returned by `bandup.analysis.grader_drift.model_changes_of_student`; a note counts those that are not
    marked. Every panel with a time axis gets the lines.
    """
    axes = [axis.plotly_name.removeprefix("xaxis") for axis in fig.select_xaxes() if axis.type == "date" and axis.range]
    if not axes or not changes:
        return
    color = theme.palette(dark=dark).muted
    line = {"color": color, "width": 1.2, "dash": "dot"}
    notes = []
    for index, (change, number) in enumerate(zip(changes[-MAX_MODEL_CHANGES:], _NUMBERS, strict=False)):
        before, after = (truncated(model, MAX_NAME_LENGTH) for model in (change.before, change.after))
        notes.append(f"{number} Graded by {after} from {short_date(change.at)}, by {before} before.")
        x, yshift = theme.plotly_time(change.at), 15 * (index % 3)
        for axis in axes:
            refs = {"xref": f"x{axis}", "yref": f"y{axis} domain"}
            fig.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, layer="below", line=line, **refs)
            corner = {"xanchor": "left", "yanchor": "bottom", "yshift": yshift}
            theme.add_text(fig, number, x, 0, color, font_size=theme.FONT_SIZE, **refs, **corner)
    if len(changes) > MAX_MODEL_CHANGES:
        notes.append(f"{counted(len(changes) - MAX_MODEL_CHANGES, 'earlier change')} of model: not marked.")
    theme.add_notes(fig, notes, dark=dark)

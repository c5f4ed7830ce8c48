"""What is drawn over a figure of bands over time: the trend with its noise band, the target, changes of model."""

from collections.abc import Sequence

import plotly.graph_objects as go

from bandup.analysis.grader_drift import ModelChange
from bandup.analysis.progress import Trend, noise_band
from bandup.charts import theme
from bandup.charts.drawable_models import MAX_NAME_LENGTH
from bandup.formatting import counted, short_date, truncated

NOISE_OPACITY = 0.13
MAX_MODEL_CHANGES = 6
"""The most model changes that are marked: the latest."""
_NUMBERS = "①②③④⑤⑥"


def mark_trend(fig: go.Figure, trend: Trend, *, dark: bool) -> None:
    """Draw a trend as a dashed line, and the noise around it as a shaded band, below the points of a figure."""
    rows = noise_band(trend)
    color = theme.palette(dark=dark).accents[trend.skill]
    shared = {
        "x": theme.naive_local_times(rows["at"]).to_numpy(),
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    fill = {"fill": "tonexty", "fillcolor": theme.with_opacity(color, NOISE_OPACITY)}
    dashed = {"color": color, "width": 2, "dash": "dash"}
    traces = [
        go.Scatter(y=rows["lower"].clip(*theme.BAND_RANGE).to_numpy(), **shared),
        go.Scatter(y=rows["upper"].clip(*theme.BAND_RANGE).to_numpy(), **shared | fill),
        go.Scatter(y=rows["line"].to_numpy(), **shared | {"line": dashed}),
    ]
    points = fig.data
    fig.data = []
    fig.add_traces([*traces, *points])


def mark_target(fig: go.Figure, target: float, *, dark: bool) -> None:
    """Draw the target band as a thin, labelled line across a figure of bands."""
    color = theme.palette(dark=dark).muted
    fig.add_hline(
        y=target,
        line={"color": color, "width": 1.4, "dash": "longdash"},
        layer="below",
        annotation={
            "text": f"target {target:.1f}",
            "font": {"color": color, "size": theme.SMALL_FONT_SIZE},
            "xanchor": "left",
            "x": 0,
            "yshift": 9,
        },
    )


def mark_model_changes(fig: go.Figure, changes: Sequence[ModelChange], *, dark: bool) -> None:
    """Mark each change of model on a student's figure with a numbered dotted line, and explain the numbers below.

    `changes`: as returned by `bandup.analysis.grader_drift.model_changes_of_student`; only the latest
    `MAX_MODEL_CHANGES` are marked, and a note counts the others. Every panel with a time axis gets the lines; a figure
    without one stays unchanged.
    """
    time_axes = [axis for axis in fig.select_xaxes() if axis.type == "date" and axis.range]
    if not time_axes or not changes:
        return
    color = theme.palette(dark=dark).muted
    notes = []
    for index, change in enumerate(changes[-MAX_MODEL_CHANGES:]):
        before, after = (truncated(model, MAX_NAME_LENGTH) for model in (change.before, change.after))
        notes.append(f"{_NUMBERS[index]} Graded by {after} from {short_date(change.at)}, by {before} before.")
        for axis in time_axes:
            _mark(fig, index, change, axis.plotly_name.removeprefix("xaxis"), color)
    if len(changes) > MAX_MODEL_CHANGES:
        notes.append(f"{counted(len(changes) - MAX_MODEL_CHANGES, 'earlier change')} of model: not marked.")
    theme.add_notes(fig, notes, dark=dark)


def _mark(fig: go.Figure, index: int, change: ModelChange, axis_number: str, color: str) -> None:
    """Draw one numbered line on the panel whose axes have this number (empty for the first)."""
    x, xref, yref = theme.plotly_time(change.at), f"x{axis_number}", f"y{axis_number} domain"
    fig.add_shape(
        type="line",
        xref=xref,
        yref=yref,
        x0=x,
        x1=x,
        y0=0,
        y1=1,
        layer="below",
        line={"color": color, "width": 1.2, "dash": "dot"},
    )
    fig.add_annotation(
        text=_NUMBERS[index],
        xref=xref,
        x=x,
        xanchor="left",
        yref=yref,
        y=0,
        yanchor="bottom",
        yshift=15 * (index % 3),
        showarrow=False,
        font={"color": color, "size": theme.FONT_SIZE},
    )

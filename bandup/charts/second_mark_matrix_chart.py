"""Teachers' bands against the AI's: how many marks lie in each cell of the two scales."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.agreement import band_matrix
from bandup.analysis.bands import BAND_STEP, Skill, format_band
from bandup.charts import theme
from bandup.formatting import counted
from bandup.memo import memoized

_CELL = 30
"""Pixels of a cell's height."""


def second_mark_matrix_data(marks: pd.DataFrame) -> pd.DataFrame:
    """The counts of `bandup.analysis.agreement.band_matrix` over the bands that occur, and half a band around them.

    Rows are the teachers' bands, columns the AI's. `marks`: `grader`, `teacher` (float64).
    """
    counts = band_matrix(marks)
    if marks.empty:
        return counts.iloc[:0, :0]
    bands = marks[["grader", "teacher"]].to_numpy()
    shown = counts.index[(counts.index >= bands.min() - BAND_STEP) & (counts.index <= bands.max() + BAND_STEP)]
    around: pd.DataFrame = counts.loc[shown, shown]
    return around


@memoized
def second_mark_matrix(marks: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A cell per pair of bands with its number of marks, darker for more; equal bands lie on the outlined diagonal."""
    counts = second_mark_matrix_data(marks)
    if counts.empty:
        return theme.empty_figure(f"No blind mark of {skill} yet.", dark=dark)
    colors = theme.palette(dark=dark)
    values = counts.to_numpy()
    labels = [format_band(band) for band in counts.index]
    rows, columns = np.nonzero(values)
    shares = values[rows, columns] / values.max()
    fig = theme.figure(dark=dark, height=_CELL * len(labels) + 110)
    fills = [theme.mix(colors.background, colors.accents[skill], 0.25 + 0.75 * share) for share in shares]
    fig.add_scatter(
        x=columns,
        y=rows,
        mode="markers+text",
        marker={"symbol": "square", "size": _CELL - 4, "color": fills, "opacity": 1},
        text=[str(count) for count in values[rows, columns]],
        textfont={"color": [theme.ink_on(fill) for fill in fills], "size": theme.SMALL_FONT_SIZE},
        cliponaxis=False,
        **theme.hover(
            f"{counted(int(values[row, column]), 'mark')}: teacher {labels[row]}, AI {labels[column]}"
            for row, column in zip(rows, columns, strict=True)
        ),
    )
    for position in range(len(labels)):
        fig.add_shape(
            type="rect",
            x0=position - 0.5,
            x1=position + 0.5,
            y0=position - 0.5,
            y1=position + 0.5,
            line={"color": colors.muted, "width": 1},
            layer="below",
        )
    axis = {
        "tickvals": list(range(len(labels))),
        "ticktext": labels,
        "range": [-0.6, len(labels) - 0.4],
        "zeroline": False,
        "fixedrange": True,
    }
    fig.update_layout(xaxis=axis, yaxis=axis, showlegend=False)
    fig.update_layout(xaxis_title_text="The AI’s band", margin_t=32)
    theme.add_heading(fig, "The teacher’s band", colors.muted, yref="paper", yshift=6)
    return fig


@memoized
def second_mark_matrix_alt(marks: pd.DataFrame, skill: Skill) -> str:
    """One sentence: the number of marks, how many agree, and how many lie above and below."""
    apart = marks["grader"] - marks["teacher"]
    return (
        f"{skill.capitalize()}: {counted(len(marks), 'blind mark')}, {int(apart.eq(0).sum())} with the same band, "
        f"{int(apart.gt(0).sum())} where the AI is higher, {int(apart.lt(0).sum())} where it is lower."
    )

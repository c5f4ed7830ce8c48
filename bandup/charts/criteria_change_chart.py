"""The change in each criterion: the latest attempts compared with those before them."""

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import Skill, criterion_name
from bandup.charts import theme
from bandup.formatting import signed
from bandup.memo import memoized

ROW_HEIGHT = 58
"""Pixels."""


def criteria_change_data(comparison: pd.DataFrame) -> pd.DataFrame:
    """The rows of `comparison` that have a mean of the latest attempts."""
    return comparison[comparison["latest_mean"].notna()].reset_index(drop=True)


@memoized
def criteria_change(comparison: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A dumbbell per criterion: the earlier mean hollow, the latest mean filled, a line for the change between them.

    `comparison`: as returned by `bandup.analysis.blocks.compare_blocks`. The line is thick, and the label says so,
    where the change is likely more than noise.
    """
    rows = criteria_change_data(comparison)
    if rows.empty:
        return theme.empty_figure("No attempt with a time and a band yet.", dark=dark)
    fig = theme.figure(dark=dark, height=70 + ROW_HEIGHT * len(rows))
    for number, (_, row) in enumerate(rows.iterrows()):
        level = len(rows) - 1 - number
        for trace in _dumbbell(row, level, skill, dark=dark):
            fig.add_trace(trace)
        fig.add_annotation(
            text=f"{criterion_name(row['criterion'])}  <b>{row['latest_mean']:.1f}</b>{_change(row)}",
            x=0,
            xref="x domain",
            xanchor="left",
            y=level,
            yshift=20,
            showarrow=False,
            font={"size": theme.SMALL_FONT_SIZE},
        )
    fig.update_layout(
        xaxis=theme.band_axis(),
        yaxis={"visible": False, "range": [-0.5, len(rows) - 0.2], "fixedrange": True},
        showlegend=False,
    )
    theme.add_notes(fig, ["Hollow: before. Filled: latest. Thick: likely more than noise."], dark=dark)
    return fig


@memoized
def criteria_change_alt(comparison: pd.DataFrame, skill: Skill) -> str:
    """The change in each criterion as text."""
    sentences = " ".join(comparison["sentence"])
    return (
        f"{skill.capitalize()}, latest attempts against those before: {sentences}" if sentences else "No attempts yet."
    )


def _dumbbell(row: pd.Series, level: int, skill: Skill, *, dark: bool) -> list[go.Scatter]:
    """The line between the means and their markers; only the latest marker where there is no earlier mean."""
    colors = theme.palette(dark=dark)
    accent, latest, before = colors.accents[skill], row["latest_mean"], row["before_mean"]
    traces = []
    if pd.notna(before):
        line = {"color": accent, "width": 6} if row["certain"] else {"color": colors.muted, "width": 1.5}
        traces.append(go.Scatter(x=[before, latest], y=[level, level], mode="lines", line=line, hoverinfo="skip"))
        traces.append(_marker(before, level, "circle-open", accent, f"{row['before_n']} before: mean {before:.2f}"))
    traces.append(_marker(latest, level, "circle", accent, f"latest {row['latest_n']}: mean {latest:.2f}"))
    return traces


def _marker(mean: float, level: int, symbol: str, color: str, text: str) -> go.Scatter:
    return go.Scatter(
        x=[mean],
        y=[level],
        mode="markers",
        marker={"symbol": symbol, "size": 13, "color": color, "line": {"width": 2, "color": color}},
        hoverinfo="text",
        hovertext=text,
    )


def _change(row: pd.Series) -> str:
    if pd.isna(row["before_mean"]):
        return ""
    return f"  {signed(row['change'])}" + (", likely more than noise" if row["certain"] else "")

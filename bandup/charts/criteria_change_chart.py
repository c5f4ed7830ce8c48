"""The change in each criterion: the latest attempts compared with those before them."""

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import Skill, criterion_name, format_band
from bandup.analysis.certainty import CLAIMED
from bandup.charts import theme
from bandup.formatting import shown_difference, signed
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
    where the change is perhaps or likely more than noise. There is only the latest mean where there is nothing before.
    """
    rows = criteria_change_data(comparison)
    if rows.empty:
        return theme.empty_figure("No attempt with a time and a band yet.", dark=dark)
    fig = theme.figure(dark=dark, height=70 + ROW_HEIGHT * len(rows))
    colors = theme.palette(dark=dark)
    accent = colors.accents[skill]
    for level, (_, row) in zip(reversed(range(len(rows))), rows.iterrows(), strict=True):
        latest, before = row["latest_mean"], row["before_mean"]
        if pd.notna(before):
            line = (
                {"color": accent, "width": 6} if row["certainty"] in CLAIMED else {"color": colors.muted, "width": 1.5}
            )
            fig.add_scatter(x=[before, latest], y=[level, level], mode="lines", line=line, hoverinfo="skip")
            fig.add_trace(
                _marker(before, level, "circle-open", accent, f"{row['before_n']} before: mean {format_band(before)}")
            )
        fig.add_trace(_marker(latest, level, "circle", accent, f"latest {row['latest_n']}: mean {format_band(latest)}"))
        text = f"{criterion_name(row['criterion'])}  <b>{format_band(latest)}</b>{_change(row)}"
        theme.add_text(fig, text, 0, level, None, xref="x domain", xanchor="left", yshift=20)
    levels = {"visible": False, "range": [-0.5, len(rows) - 0.2], "fixedrange": True}
    fig.update_layout(xaxis=theme.band_axis(), yaxis=levels, showlegend=False)
    theme.add_notes(fig, ["Hollow: before. Filled: latest. Thick: perhaps or likely more than noise."], dark=dark)
    return fig


@memoized
def criteria_change_alt(comparison: pd.DataFrame, skill: Skill) -> str:
    """The change in each criterion as text."""
    sentences = " ".join(comparison["sentence"])
    return (
        f"{skill.capitalize()}, latest attempts against those before: {sentences}" if sentences else "No attempts yet."
    )


def _marker(mean: float, level: int, symbol: str, color: str, text: str) -> go.Scatter:
    marker = {"symbol": symbol, "size": 13, "color": color, "line": {"width": 2, "color": color}}
    return go.Scatter(x=[mean], y=[level], mode="markers", marker=marker, hoverinfo="text", hovertext=text)


def _change(row: pd.Series) -> str:
    """The change between the two means as they are shown."""
    if pd.isna(row["before_mean"]):
        return ""
    change = shown_difference(row["latest_mean"], row["before_mean"])
    return f"  {signed(change) if change else 'level'}" + (
        f", {row['certainty']}" if row["certainty"] in CLAIMED and change else ""
    )

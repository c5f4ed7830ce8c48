"""The latest attempts against those before them, criterion by criterion."""

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import Skill, criterion_name
from bandup.charts import theme
from bandup.memo import memoized

ROW_HEIGHT = 58


@memoized
def latest_against_before(blocks: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A dumbbell per criterion: hollow the mean before, filled the mean of the latest, between them the change.

    `blocks`: as of `bandup.analysis.progress.blocks`. A change that is more than noise is drawn thick and says so; one that
    is not is drawn thin. Rows without a mean of the latest attempts are left out.
    """
    rows = blocks[blocks["latest_mean"].notna()].reset_index(drop=True)
    if rows.empty:
        return theme.empty_figure("No attempt with a time and a band yet.", dark=dark)
    colors = theme.palette(dark=dark)
    accent = colors.accents[skill]
    drawn = theme.figure(dark=dark, height=70 + ROW_HEIGHT * len(rows))
    for number, (_, row) in enumerate(rows.iterrows()):
        level = len(rows) - 1 - number
        has_before = pd.notna(row["before_mean"])
        if has_before:
            drawn.add_trace(
                go.Scatter(
                    x=[row["before_mean"], row["latest_mean"]],
                    y=[level, level],
                    mode="lines",
                    line={"color": accent if row["certain"] else colors.muted, "width": 6 if row["certain"] else 1.5},
                    hoverinfo="skip",
                )
            )
        marks = [(row["latest_mean"], "circle", f"latest {row['latest_n']}: mean {row['latest_mean']:.2f}")]
        if has_before:
            marks.insert(
                0, (row["before_mean"], "circle-open", f"{row['before_n']} before: mean {row['before_mean']:.2f}")
            )
        for x, symbol, said in marks:
            drawn.add_trace(
                go.Scatter(
                    x=[x],
                    y=[level],
                    mode="markers",
                    marker={"symbol": symbol, "size": 13, "color": accent, "line": {"width": 2, "color": accent}},
                    hoverinfo="text",
                    hovertext=said,
                )
            )
        drawn.add_annotation(
            text=f"{criterion_name(row['criterion'])}  <b>{row['latest_mean']:.1f}</b>{_change(row) if has_before else ''}",
            x=0,
            xref="x domain",
            xanchor="left",
            y=level,
            yshift=20,
            showarrow=False,
            font={"size": theme.SMALL_FONT_SIZE},
        )
    drawn.update_layout(
        xaxis=theme.band_axis(),
        yaxis={"visible": False, "range": [-0.5, len(rows) - 0.2], "fixedrange": True},
        showlegend=False,
    )
    theme.add_notes(drawn, ["Hollow: before. Filled: latest. Thick: likely more than noise."], dark=dark)
    return drawn


@memoized
def latest_against_before_alt(blocks: pd.DataFrame, skill: Skill) -> str:
    """The changes in words, criterion by criterion."""
    said = " ".join(blocks["in_words"])
    return f"{skill.capitalize()}, latest attempts against those before: {said}" if said else "No attempts yet."


def _change(row: pd.Series) -> str:
    signed = f"{row['change']:+.1f}".replace("-", "−")
    return f"  {signed}, likely more than noise" if row["certain"] else f"  {signed}"

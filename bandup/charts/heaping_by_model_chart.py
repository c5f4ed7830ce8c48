"""Heaping: how often each grader model gives each half band."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bandup.analysis import grader_drift
from bandup.analysis.bands import HIGHEST_BAND, LOWEST_BAND, Skill, format_band
from bandup.charts import theme
from bandup.charts.drawable_models import MAX_NAME_LENGTH, MIN_BAND_RANGE, model_label, most_used, omitted_notes
from bandup.formatting import counted, fixed, percent, truncated
from bandup.memo import memoized

_PANEL_HEIGHT, _HEADING_HEIGHT = 90, 58
"""Pixels."""
_MAX_LABELLED_BARS = 14
"""With more bars in a panel, their labels would overlap on a screen 390 px wide."""


def heaping_by_model_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """`bandup.analysis.grader_drift.heaping` of the `MAX_MODELS` models with the most attempts."""
    table = grader_drift.heaping(evaluations, skill)
    return most_used(table, table.groupby("model_used")["of"].first())


@memoized
def heaping_by_model(evaluations: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A panel per model with the share of its attempts at each half band: whole bands filled, half bands hollow.

    All panels share both axes; the band axis is cut to the bands that were given. The heading of each panel gives the
    model, the number of its attempts and the percentage of them at whole bands.
    """
    rows = heaping_by_model_data(evaluations, skill)
    if rows.empty:
        return theme.empty_figure(f"No graded {skill} attempt yet.", dark=dark)
    models = list(rows["model_used"].unique())
    low, high = _band_range(rows)
    height = (_PANEL_HEIGHT + _HEADING_HEIGHT) * len(models) - _HEADING_HEIGHT
    fig = make_subplots(rows=len(models), cols=1, shared_xaxes=True, vertical_spacing=_HEADING_HEIGHT / height)
    fig.layout.template = theme.template(dark=dark)
    for number, model in enumerate(models, start=1):
        of_model = rows[(rows["model_used"] == model) & rows["band"].between(low, high)]
        fig.add_trace(_bars(of_model, skill, dark=dark), row=number, col=1)
        yref = f"y{number if number > 1 else ''} domain"
        theme.add_heading(fig, _heading(of_model), theme.palette(dark=dark).ink, yref=yref, align="left")
    fig.update_xaxes(theme.band_axis() | theme.NO_GRID | {"range": [low - 0.4, high + 0.4]})
    highest = float(rows["share"].max()) * 100 * 1.22
    fig.update_yaxes(range=[0, highest], nticks=4, ticksuffix=" %", rangemode="tozero", showgrid=True, fixedrange=True)
    fig.update_layout(height=height + 76, showlegend=False, margin_t=46, margin_b=30, margin_l=48)
    all_attempts = grader_drift.heaping(evaluations, skill).groupby("model_used")["of"].first()
    notes = ["Share of each model’s graded attempts. Filled: whole bands; hollow: half bands."]
    theme.add_notes(fig, notes + omitted_notes(all_attempts, models), dark=dark)
    return fig


@memoized
def heaping_by_model_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One sentence: per model the attempts, the most frequent band and the share at whole bands; names as stored."""
    rows = heaping_by_model_data(evaluations, skill)
    if rows.empty:
        return f"{skill.capitalize()} bands by model: no graded attempts."
    parts = []
    for model, of_model in rows.groupby("model_used", sort=False):
        mode = of_model.iloc[int(of_model["n"].to_numpy().argmax())]
        whole = of_model.loc[of_model["band"] % 1 == 0, "share"].sum()
        parts.append(
            f"{truncated(str(model), MAX_NAME_LENGTH)}, {counted(int(mode['of']), 'graded attempt')}, most often "
            f"{format_band(mode['band'])} ({percent(mode['share'], 0)}), {percent(whole, 0)} at whole bands"
        )
    return f"{skill.capitalize()} bands by model: {'; '.join(parts)}."


def _band_range(rows: pd.DataFrame) -> tuple[float, float]:
    """The lowest and the highest band that were given, widened if they are less than `MIN_BAND_RANGE` apart."""
    bands = rows.loc[rows["n"] > 0, "band"]
    low, high = float(bands.min()), float(bands.max())
    if high - low < MIN_BAND_RANGE:
        return max(LOWEST_BAND, low - 1.5), min(HIGHEST_BAND, high + 1.5)
    return low, high


def _bars(of_model: pd.DataFrame, skill: Skill, *, dark: bool) -> go.Bar:
    """The bars of one panel. `of_model`: the model's rows of the data, one per bar."""
    colors = theme.palette(dark=dark)
    accent = colors.accents[skill]
    whole = of_model["band"].to_numpy() % 1 == 0
    share = of_model["share"].to_numpy() * 100
    is_labelled = (share >= 0.5) & (len(of_model) <= _MAX_LABELLED_BARS)
    labels = [fixed(value, 0) if label else "" for value, label in zip(share, is_labelled, strict=True)]
    texts = (
        f"<b>{model_label(row['model_used'])}</b><br>"
        f"Band {format_band(row['band'])}: {row['n']:,} of {row['of']:,}, {percent(row['share'])}"
        for row in of_model.to_dict("records")
    )
    return go.Bar(
        x=of_model["band"].to_numpy(),
        y=share,
        width=0.4,
        marker={
            "color": np.where(whole, accent, theme.TRANSPARENT),
            "line": {"color": accent, "width": np.where(whole | (share == 0), 0.0, 1.5)},
        },
        text=np.array(labels, dtype=object),
        textposition="outside",
        textfont={"color": colors.muted, "size": theme.SMALL_FONT_SIZE},
        cliponaxis=False,
        **theme.hover(texts),
    )


def _heading(of_model: pd.DataFrame) -> str:
    attempts = counted(int(of_model["of"].iloc[0]), "graded attempt")
    whole = of_model.loc[of_model["band"] % 1 == 0, "share"].sum()
    return f"<b>{model_label(of_model['model_used'].iloc[0])}</b><br>{attempts}, {percent(whole, 0)} at whole bands"

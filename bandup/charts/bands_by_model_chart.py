"""Grader drift: the mean overall band that each grader model gave over time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis import grader_drift
from bandup.analysis.bands import Skill
from bandup.charts import theme
from bandup.charts.drawable_attempts import undated_notes
from bandup.charts.drawable_models import MAX_NAME_LENGTH, MIN_BAND_RANGE, model_label, most_used, omitted_notes
from bandup.formatting import counted, short_date, truncated, with_interval
from bandup.memo import memoized

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "x")
_HEIGHT = 380
"""Pixels."""
_PERIOD_LENGTHS = {"week": pd.Timedelta(days=7), "month": pd.Timedelta(days=30), "year": pd.Timedelta(days=365)}


def bands_by_model_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """`bandup.analysis.grader_drift.severity_over_time` of the `MAX_MODELS` models with the most attempts."""
    table = grader_drift.severity_over_time(evaluations, skill)
    return most_used(table, table.groupby("model_used")["n"].sum())


@memoized
def bands_by_model(evaluations: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """The mean overall band per model and week, month or year (UTC), with 95 % intervals; each student counts once.

    A mean of fewer than `bandup.analysis.grader_drift.MIN_STUDENTS_PER_MODEL` students is hollow and has no interval. The
    band axis is cut to the data, but is at least `MIN_BAND_RANGE` bands high. Attempts at an unknown time are left out.
    """
    rows = bands_by_model_data(evaluations, skill)
    if rows.empty:
        return theme.empty_figure(f"No graded {skill} attempt with a time yet.", dark=dark)
    severity = grader_drift.severity(evaluations, skill)
    models = list(rows["model_used"].unique())
    period = _PERIOD_LENGTHS[rows["period"].iloc[0]]
    start, end = rows["at"].min(), rows["at"].max() + period
    fig = theme.figure(dark=dark, height=_HEIGHT)
    fig.update_layout(
        xaxis=theme.time_axis(start, end, padding=period / 4),
        yaxis=theme.band_axis() | {"range": _band_range(rows)},
        legend={"orientation": "h", "x": 0, "y": 1.12, "yanchor": "bottom"},
        showlegend=True,
    )
    rows = _side_by_side(rows, period)
    for number, model in enumerate(models):
        of_model = rows[rows["model_used"] == model]
        color, symbol = _color(number, len(models), skill, dark=dark), _SYMBOLS[number]
        fig.add_trace(_means(of_model, color, symbol, dark=dark))
    muted = theme.palette(dark=dark).muted
    theme.add_heading(fig, "Mean overall band (part of the scale)", muted, yref="y domain", yshift=6)
    theme.add_notes(fig, _notes(rows, severity), dark=dark)
    return fig


@memoized
def bands_by_model_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One sentence: per model the attempts, students, mean with interval, first and last day; names as stored."""
    severity = grader_drift.severity(evaluations, skill)
    dated = severity[severity["first"].notna()]
    if dated.empty:
        return f"{skill.capitalize()} by model: no graded attempts with a time."
    drawn_models = most_used(dated, dated.set_index("model_used")["n"])
    parts = [
        f"{truncated(row['model_used'], MAX_NAME_LENGTH)}, {_sample_size(row)}, {_mean(row)}, "
        f"{short_date(row['first'])} to {short_date(row['last'])}"
        for row in drawn_models.to_dict("records")
    ]
    omitted = len(severity) - len(drawn_models)
    more = f"; {counted(omitted, 'more model')} not drawn" if omitted else ""
    return f"{skill.capitalize()} by model: {'; '.join(parts)}{more}."


def _side_by_side(rows: pd.DataFrame, period: pd.Timedelta) -> pd.DataFrame:
    """The rows with the time `x` of each mean: models of one period are apart, so that intervals do not overlap."""
    by_period = rows.groupby("at")["model_used"]
    offset = by_period.cumcount() - (by_period.transform("size") - 1) / 2
    return rows.assign(x=rows["centre"] + offset * 0.1 * period)


def _means(rows: pd.DataFrame, color: str, symbol: str, *, dark: bool) -> go.Scatter:
    """One model's means with their intervals."""
    is_hollow = rows["low"].isna().to_numpy()
    outline = {"color": theme.palette(dark=dark).background, "width": np.where(is_hollow, 1.8, 1.0)}
    symbols = np.where(is_hollow, f"{symbol}-open", symbol)
    texts = (
        f"<b>{model_label(row['model_used'])}</b><br>{_period_name(row['at'], row['period'])}<br>"
        f"{_mean(row)}<br>{_sample_size(row)}"
        for row in rows.to_dict("records")
    )
    return go.Scatter(
        x=theme.naive_local_times(rows["x"]).to_numpy(),
        y=rows["mean"].to_numpy(),
        mode="lines+markers",
        line={"color": color, "width": 1},
        marker={"symbol": symbols, "size": 9, "color": color, "line": outline},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (rows["high"] - rows["mean"]).fillna(0).to_numpy(),
            "arrayminus": (rows["mean"] - rows["low"]).fillna(0).to_numpy(),
            "color": color,
            "thickness": 1.4,
            "width": 0,
        },
        cliponaxis=False,
        name=model_label(rows["model_used"].iloc[0]),
        **theme.hover(texts),
    )


def _color(number: int, models: int, skill: Skill, *, dark: bool) -> str:
    """The accent colour for the newest model; two neutral colours in turn for the others, which differ by symbol."""
    colors = theme.palette(dark=dark)
    if number == models - 1:
        return colors.accents[skill]
    return colors.muted if number % 2 == models % 2 else colors.ink


def _band_range(rows: pd.DataFrame) -> list[float]:
    """The range of the band axis: means and intervals with a margin, widened to `MIN_BAND_RANGE`, on the scale."""
    lowest = float(rows["low"].fillna(rows["mean"]).min()) - 0.25
    highest = float(rows["high"].fillna(rows["mean"]).max()) + 0.25
    missing = max(0.0, MIN_BAND_RANGE - (highest - lowest)) / 2
    lower, upper = theme.BAND_RANGE
    return [max(lower, lowest - missing), min(upper, highest + missing)]


def _notes(rows: pd.DataFrame, severity: pd.DataFrame) -> list[str]:
    models = list(rows["model_used"].unique())
    undated = int(severity.loc[severity["model_used"].isin(models), "n"].sum() - rows["n"].sum())
    notes = [
        f"Mean per {rows['period'].iloc[0]}; vertical lines: 95 % intervals.",
    ]
    if rows["low"].isna().any():
        notes.append(f"Hollow: fewer than {grader_drift.MIN_STUDENTS_PER_MODEL} students, no interval.")
    return (
        notes + undated_notes(undated, "graded attempt") + omitted_notes(severity.set_index("model_used")["n"], models)
    )


def _period_name(start: pd.Timestamp, period: str) -> str:
    if period == "year":
        return start.strftime("%Y")
    return start.strftime("%b %Y") if period == "month" else f"week from {short_date(start)}"


def _mean(row: Mapping[Any, Any] | pd.Series) -> str:
    """The mean and, where there is one, its interval; `row`: of severity, overall or over time."""
    return f"mean {with_interval(row['mean'], row['low'], row['high'])}"


def _sample_size(row: Mapping[Any, Any] | pd.Series) -> str:
    return f"{counted(int(row['n']), 'graded attempt')} by {counted(int(row['students']), 'student')}"

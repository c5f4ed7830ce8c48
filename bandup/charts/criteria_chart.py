"""The criteria of a skill: the bands of the latest attempts in each, with their mean."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.attempts import LATEST_ATTEMPTS
from bandup.analysis.bands import CRITERIA, LOWEST_BAND, Skill, criterion_name, format_band, is_valid_band
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized

_FIRST_DOT, _DOT_STEP, _LAST_DOT = 0.14, 0.1, 0.42
"""Offsets of the dots below a row's line, in rows: dots of one band are a step apart, or closer if there are many."""
_HEADING_SHIFT = 38
"""Pixels between a row's line and its heading above it."""


def latest_attempts(evaluations: pd.DataFrame, skill: Skill, *, latest: int) -> pd.DataFrame:
    """The latest `latest` attempts at a skill: rows of the frame, oldest first.

    Suspect attempts and attempts without a time or without an overall band on the scale are left out.
    """
    is_drawable = drawable_attempts.is_drawable(evaluations, skill, "overall_band")
    rows = evaluations[is_drawable & ~drawable_attempts.is_suspect(evaluations)]
    return rows.sort_values(["at", "evaluation_id"], kind="stable").tail(latest)


def criteria_breakdown_data(evaluations: pd.DataFrame, skill: Skill, *, latest: int = LATEST_ATTEMPTS) -> pd.DataFrame:
    """The criteria of the latest attempts, lowest mean first; ties in the official order.

    Returns a row per criterion that has a band: `criterion` (str, the attribute's name), `mean`, `lowest`, `highest`
    (float64, bands) and `n` (int64, attempts with that band). The mean is not rounded.
    The attempts are those of `latest_attempts`; a band off the scale counts as missing.
    """
    rows = latest_attempts(evaluations, skill, latest=latest)
    columns = ((criterion, _bands(rows, criterion)) for criterion in CRITERIA[skill])
    table = [(name, bands.mean(), len(bands), bands.min(), bands.max()) for name, bands in columns if len(bands)]
    dtypes = {"criterion": "str", "mean": "float64", "n": "int64", "lowest": "float64", "highest": "float64"}
    summary = pd.DataFrame(table, columns=[*dtypes]).astype(dtypes)
    return summary.sort_values("mean", kind="stable", ignore_index=True)


@memoized
def criteria_breakdown(
    evaluations: pd.DataFrame, skill: Skill, *, latest: int = LATEST_ATTEMPTS, dark: bool = False
) -> go.Figure:
    """A row per criterion of a skill's latest attempts, lowest mean on top: a dot per attempt and the mean as a number.

    A line with the mean on it spans the lowest to the highest band; the dots are below it, those of one band under one
    another. At most the latest 1,000 attempts are used; the title gives their number.
    """
    latest = min(latest, theme.MAX_POINTS // len(CRITERIA[skill]))
    summary = criteria_breakdown_data(evaluations, skill, latest=latest)
    if summary.empty:
        return theme.empty_figure(f"No {skill} attempt with a time and criteria yet.", dark=dark)
    rows = latest_attempts(evaluations, skill, latest=latest)
    task_type = drawable_attempts.shared_task_type(rows)
    fig = theme.figure(dark=dark, height=92 * len(summary) + 80)
    for level, (_, row) in enumerate(summary.iterrows()):
        name = criterion_name(row["criterion"], task_type)
        bands = np.sort(_bands(rows, row["criterion"]).to_numpy())
        fig.add_traces(_row_traces(level, name, row, bands, skill, dark=dark))
        position = {"xanchor": "left", "yanchor": "middle", "yshift": _HEADING_SHIFT, "font_size": theme.FONT_SIZE}
        theme.add_text(fig, name, LOWEST_BAND, level, theme.palette(dark=dark).ink, **position)
    fig.update_layout(
        title_text=f"{skill.capitalize()}: {_latest_in_words(len(rows))}",
        xaxis=theme.band_axis(),
        yaxis={"range": [len(summary) - 0.5, -0.5], "visible": False, "fixedrange": True},
        showlegend=False,
        margin={"t": 50, "l": 16, "b": 30},
    )
    return fig


@memoized
def criteria_breakdown_alt(evaluations: pd.DataFrame, skill: Skill, *, latest: int = LATEST_ATTEMPTS) -> str:
    """One sentence: the number of attempts, and the mean and range of each criterion, lowest mean first."""
    summary = criteria_breakdown_data(evaluations, skill, latest=latest)
    if summary.empty:
        return f"{skill.capitalize()} criteria: no attempts with a time and criteria."
    rows = latest_attempts(evaluations, skill, latest=latest)
    task_type = drawable_attempts.shared_task_type(rows)
    parts = [
        f"{criterion_name(criterion, task_type)} mean {format_band(mean)} ({format_band(lowest)} to {format_band(highest)})"
        for criterion, mean, _, lowest, highest in summary.to_numpy()
    ]
    return f"{skill.capitalize()}, {_latest_in_words(len(rows))}, weakest criterion first: {', '.join(parts)}."


def _row_traces(
    level: int, name: str, row: pd.Series, bands: npt.NDArray[np.float64], skill: Skill, *, dark: bool
) -> list[go.Scatter]:
    """The line from the lowest to the highest band, a dot per attempt, and the mean. `row`: of the data."""
    colors = theme.palette(dark=dark)
    mean, lowest, highest = row["mean"], row["lowest"], row["highest"]
    line = go.Scatter(
        x=np.array([lowest, highest]),
        y=np.array([level, level]),
        mode="lines",
        line={"color": colors.muted, "width": 2},
        hoverinfo="skip",
        cliponaxis=False,
    )
    outline = {"color": colors.muted, "width": 1.5}
    dots = go.Scatter(
        x=bands,
        y=level + _dot_offsets(bands),
        mode="markers",
        marker={"symbol": "circle", "size": 8, "color": colors.background, "line": outline},
        cliponaxis=False,
        **theme.hover(f"{name}: one attempt at {format_band(band)}" for band in bands),
    )
    accent, outline = colors.accents[skill], {"color": colors.background, "width": 2}
    mean_marker = go.Scatter(
        x=np.array([mean]),
        y=np.array([level]),
        mode="markers+text",
        marker={"symbol": theme.SKILL_MARKERS[skill], "size": 15, "color": accent, "line": outline},
        text=np.array([f"<b>{format_band(mean)}</b>"], dtype=object),
        textposition="top center",
        textfont={"color": accent, "size": theme.FONT_SIZE},
        cliponaxis=False,
        **theme.hover(
            [
                f"{name}: mean {format_band(mean)} of {row['n']}, lowest {format_band(lowest)}, highest {format_band(highest)}"
            ]
        ),
    )
    return [line, dots, mean_marker]


def _bands(rows: pd.DataFrame, criterion: str) -> pd.Series:
    bands: pd.Series = rows.loc[is_valid_band(rows[criterion]), criterion].astype("float64")
    return bands


def _dot_offsets(bands: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far below its row's line each dot is, in rows, so that dots of the same band do not overlap."""
    offsets = np.zeros(len(bands))
    for band in np.unique(bands):
        same = bands == band
        last = min(_FIRST_DOT + _DOT_STEP * (same.sum() - 1), _LAST_DOT)
        offsets[same] = np.linspace(_FIRST_DOT, last, same.sum())
    return offsets


def _latest_in_words(number: int) -> str:
    return "the only graded attempt" if number == 1 else f"the latest {number:,} graded attempts"

"""The criteria of a skill: where its latest attempts stand in each."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import CRITERIA, LOWEST_BAND, Skill, criterion_name, is_valid_band
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized

_FIRST_DOT, _DOT_STEP, _LAST_DOT = 0.14, 0.1, 0.42
"""Where the dots of attempts with one band hang below a row's line, in shares of a row: many stand closer."""


def latest_attempts(evaluations: pd.DataFrame, skill: Skill, *, latest: int) -> pd.DataFrame:
    """The latest `latest` attempts at a skill: rows of the frame, oldest first.

    Left out: suspect attempts, and those without a time or without an overall band on the scale.
    """
    wanted = (
        drawable_attempts.of_skill(evaluations, skill)
        & evaluations["at"].notna()
        & is_valid_band(evaluations["overall_band"])
        & ~drawable_attempts.is_suspect(evaluations)
    )
    return evaluations[wanted].sort_values(["at", "evaluation_id"], kind="stable").tail(latest)


def criteria_breakdown_data(evaluations: pd.DataFrame, skill: Skill, *, latest: int = 5) -> pd.DataFrame:
    """The criteria of the latest attempts, weakest mean first; of equal means the official order.

    Returns a row per criterion that has a band: `criterion` (str, the attribute's name), `mean`, `lowest`, `highest`
    (float64, bands) and `n` (int64, attempts with that band). The mean is raw: no rounding of it is published. For
    which attempts count see `latest_attempts`; a band off the scale counts as missing.
    """
    rows = latest_attempts(evaluations, skill, latest=latest)
    found = []
    for criterion in CRITERIA[Skill(skill)]:
        bands = _bands(rows, criterion)
        if len(bands):
            found.append((criterion, bands.mean(), len(bands), bands.min(), bands.max()))
    summary = pd.DataFrame(found, columns=["criterion", "mean", "n", "lowest", "highest"]).astype(
        {"criterion": "str", "mean": "float64", "n": "int64", "lowest": "float64", "highest": "float64"}
    )
    return summary.sort_values("mean", kind="stable", ignore_index=True)


@memoized
def criteria_breakdown(evaluations: pd.DataFrame, skill: Skill, *, latest: int = 5, dark: bool = False) -> go.Figure:
    """A row per criterion of a skill's latest attempts, the weakest on top: a dot per attempt, the mean as a number.

    The line spans lowest to highest with the mean on it; below it hang the attempts, those of one band under one
    another. At most the latest 1,000 attempts count, and the title says how many do.
    """
    skill = Skill(skill)
    latest = min(latest, theme.MAX_POINTS // len(CRITERIA[skill]))
    summary = criteria_breakdown_data(evaluations, skill, latest=latest)
    if summary.empty:
        return theme.empty_figure(f"No {skill.value} attempt with a time and criteria yet.", dark=dark)
    rows = latest_attempts(evaluations, skill, latest=latest)
    colors = theme.palette(dark=dark)
    drawn = theme.figure(dark=dark, height=92 * len(summary) + 80)
    names = [criterion_name(criterion, drawable_attempts.shared_task_type(rows)) for criterion in summary["criterion"]]
    for place, criterion in enumerate(summary["criterion"]):
        bands = np.sort(_bands(rows, criterion).to_numpy())
        lowest, highest, mean = (float(summary[column].iloc[place]) for column in ("lowest", "highest", "mean"))
        drawn.add_trace(
            go.Scatter(
                x=np.array([lowest, highest]),
                y=np.array([place, place]),
                mode="lines",
                line={"color": colors.muted, "width": 2},
                hoverinfo="skip",
                cliponaxis=False,
            )
        )
        drawn.add_trace(
            go.Scatter(
                x=bands,
                y=place + _hanging(bands),
                mode="markers",
                marker={
                    "symbol": "circle",
                    "size": 8,
                    "color": colors.background,
                    "line": {"color": colors.muted, "width": 1.5},
                },
                hoverinfo="text",
                hovertext=np.array([f"{names[place]}: one attempt at {band:.1f}" for band in bands], dtype=object),
                cliponaxis=False,
            )
        )
        drawn.add_trace(
            go.Scatter(
                x=np.array([mean]),
                y=np.array([place]),
                mode="markers+text",
                marker={
                    "symbol": theme.SKILL_MARKERS[skill],
                    "size": 15,
                    "color": colors.accents[skill],
                    "line": {"color": colors.background, "width": 2},
                },
                text=np.array([f"<b>{mean:.2f}</b>"], dtype=object),
                textposition="top center",
                textfont={"color": colors.accents[skill], "size": theme.FONT_SIZE},
                hoverinfo="text",
                hovertext=np.array(
                    [
                        f"{names[place]}: mean {mean:.2f} of {summary['n'].iloc[place]}, "
                        f"lowest {lowest:.1f}, highest {highest:.1f}"
                    ],
                    dtype=object,
                ),
                cliponaxis=False,
            )
        )
    _lay_out_rows(drawn, names, rise=38, dark=dark)
    drawn.update_layout(
        title_text=f"{skill.capitalize()}: {_latest_in_words(len(rows))}",
        margin_t=50,
    )
    return drawn


@memoized
def criteria_breakdown_alt(evaluations: pd.DataFrame, skill: Skill, *, latest: int = 5) -> str:
    """One plain sentence: how many attempts, and each criterion's mean and range, weakest first."""
    skill = Skill(skill)
    summary = criteria_breakdown_data(evaluations, skill, latest=latest)
    if summary.empty:
        return f"{skill.capitalize()} criteria: no attempts with a time and criteria."
    rows = latest_attempts(evaluations, skill, latest=latest)
    names = [criterion_name(criterion, drawable_attempts.shared_task_type(rows)) for criterion in summary["criterion"]]
    parts = [
        f"{name} mean {mean:.2f} ({lowest:.1f} to {highest:.1f})"
        for name, mean, lowest, highest in zip(
            names, summary["mean"], summary["lowest"], summary["highest"], strict=True
        )
    ]
    return f"{skill.capitalize()}, {_latest_in_words(len(rows))}, weakest criterion first: {', '.join(parts)}."


def _lay_out_rows(drawn: go.Figure, names: list[str], *, rise: int, dark: bool) -> None:
    """A horizontal axis of bands, and a row per name from the top: the name stands `rise` pixels above its line."""
    for place, name in enumerate(names):
        drawn.add_annotation(
            text=name,
            x=LOWEST_BAND,
            y=place,
            yshift=rise,
            xanchor="left",
            yanchor="middle",
            showarrow=False,
            font={"color": theme.palette(dark=dark).ink, "size": theme.FONT_SIZE},
        )
    drawn.update_layout(
        xaxis=theme.band_axis(),
        yaxis={"range": [len(names) - 0.5, -0.5], "visible": False, "fixedrange": True},
        showlegend=False,
        margin_l=16,
        margin_b=30,
    )


def _bands(rows: pd.DataFrame, criterion: str) -> pd.Series:
    bands: pd.Series = rows.loc[is_valid_band(rows[criterion]), criterion].astype("float64")
    return bands


def _hanging(bands: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far below its row's line each attempt hangs, in rows: attempts of one band under one another."""
    offsets = np.zeros(len(bands))
    for band in np.unique(bands):
        same = bands == band
        last = min(_FIRST_DOT + _DOT_STEP * (same.sum() - 1), _LAST_DOT)
        offsets[same] = np.linspace(_FIRST_DOT, last, same.sum())
    return offsets


def _latest_in_words(number: int) -> str:
    return "the only attempt" if number == 1 else f"the latest {number:,} attempts"

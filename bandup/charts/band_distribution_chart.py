"""The distribution of overall bands: how many attempts reached each band."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import BAND_STEP, BAND_VALUES, Skill, format_band, is_valid_band
from bandup.charts import drawable_attempts, theme
from bandup.formatting import counted
from bandup.memo import memoized


def band_distribution_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """Count the attempts at a skill per overall band: 19 rows, one per half band from 0 to 9, including zero counts.

    Returns `band` (float64), `count` (int64, attempts that are not suspect) and `suspect` (int64). Attempts without a
    time count; attempts without an overall band on the scale do not.
    """
    rows = evaluations[drawable_attempts.is_of_skill(evaluations, skill) & is_valid_band(evaluations["overall_band"])]
    steps = (rows["overall_band"].to_numpy(dtype="float64") / BAND_STEP).astype(int)
    suspect = drawable_attempts.is_suspect(rows).to_numpy()
    count, suspect_count = (np.bincount(steps[mask], minlength=len(BAND_VALUES)) for mask in (~suspect, suspect))
    return pd.DataFrame({"band": BAND_VALUES, "count": count, "suspect": suspect_count})


@memoized
def band_distribution(evaluations: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A bar per half band from 0 to 9 with the number of attempts; suspect attempts are stacked on top, hollow.

    The title gives the number of graded attempts, the most frequent band if there is only one, and that of default answers.
    """
    counts = band_distribution_data(evaluations, skill)
    graded, suspect = int(counts["count"].sum()), int(counts["suspect"].sum())
    if graded + suspect == 0:
        return theme.empty_figure(f"No {skill} attempt with an overall band yet.", dark=dark)
    color = theme.palette(dark=dark).accents[skill]
    fig = theme.figure(dark=dark, height=300)
    fig.add_trace(_bars(counts, "count", "graded attempt", {"color": color, "line": {"color": color, "width": 0}}))
    if suspect:
        outline = {"color": color, "width": np.where(counts["suspect"].to_numpy() > 0, 1.5, 0.0)}
        fig.add_trace(_bars(counts, "suspect", "default answer", {"color": theme.TRANSPARENT, "line": outline}))
    ends = [-BAND_STEP, BAND_VALUES[-1] + BAND_STEP]
    _, modes = _modes(counts)
    most_frequent = f", most often {modes[0]}" if len(modes) == 1 else ""
    defaults = f", {counted(suspect, 'default answer')}" if suspect else ""
    fig.update_layout(
        title_text=f"{skill.capitalize()}: {counted(graded, 'graded attempt')}{most_frequent}{defaults}",
        barmode="stack",
        showlegend=False,
        xaxis=theme.band_axis() | theme.NO_GRID | {"range": ends},
        yaxis=theme.count_axis(int((counts["count"] + counts["suspect"]).max())),
        margin={"l": 44, "b": 30, "t": 52},
    )
    theme.add_notes(fig, [drawable_attempts.SUSPECT_NOTE] if suspect else [], dark=dark)
    return fig


@memoized
def band_distribution_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One sentence: the number of attempts, the lowest, highest and most frequent band, the number of suspect attempts."""
    counts = band_distribution_data(evaluations, skill)
    graded, suspect = int(counts["count"].sum()), int(counts["suspect"].sum())
    name = skill.capitalize()
    and_suspect = f", and {suspect:,} suspect" if suspect else ""
    if graded == 0:
        return f"{name}: no attempts with an overall band{and_suspect}."
    reached = counts.loc[counts["count"] > 0, "band"]
    count, modes = _modes(counts)
    each = " each" if len(modes) > 1 else ""
    return (
        f"{name}: {counted(graded, 'graded attempt')} from {format_band(reached.min())} to {format_band(reached.max())}, "
        f"most often {' and '.join(modes)} ({count:,} of {graded:,}{each}){and_suspect}."
    )


def _bars(counts: pd.DataFrame, column: str, noun: str, marker: dict[str, object]) -> go.Bar:
    numbers = counts[column].to_numpy()
    texts = [
        f"Band {format_band(band)}: {counted(number, noun)}"
        for band, number in zip(counts["band"], numbers, strict=True)
    ]
    return go.Bar(
        x=counts["band"].to_numpy(),
        y=numbers,
        width=BAND_STEP * 0.8,
        marker=marker,
        textposition="none",
        name=noun,
        **theme.hover(texts),
    )


def _modes(counts: pd.DataFrame) -> tuple[int, list[str]]:
    """The highest number of attempts at one band, and the bands with that number."""
    highest = int(counts["count"].max())
    return highest, [format_band(band) for band in counts.loc[counts["count"] == highest, "band"]]

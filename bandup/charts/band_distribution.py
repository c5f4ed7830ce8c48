"""How many attempts reached which band."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import BAND_STEP, BAND_VALUES, Skill, format_band, is_valid_band
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized


def band_distribution_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """Attempts at a skill per overall band: 19 rows, one per half step from 0 to 9, zero counts included.

    Returns `band` (float64), `count` (int64, attempts not suspect) and `suspect` (int64). Attempts without a time
    count; those without an overall band on the scale don't.
    """
    rows = evaluations[drawable_attempts.of_skill(evaluations, skill) & is_valid_band(evaluations["overall_band"])]
    steps = (rows["overall_band"].to_numpy(dtype="float64") / BAND_STEP).astype(int)
    suspect = drawable_attempts.is_suspect(rows).to_numpy()
    return pd.DataFrame(
        {
            "band": np.array(BAND_VALUES),
            "count": np.bincount(steps[~suspect], minlength=len(BAND_VALUES)).astype("int64"),
            "suspect": np.bincount(steps[suspect], minlength=len(BAND_VALUES)).astype("int64"),
        }
    )


@memoized
def band_distribution(evaluations: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A bar per half band from 0 to 9, its height the number of attempts; hollow on top: suspect attempts.

    The number of attempts and the commonest band, where it is one, stand in the title. Attempts without a time are among them.
    """
    skill = Skill(skill)
    counts = band_distribution_data(evaluations, skill)
    graded, suspect = int(counts["count"].sum()), int(counts["suspect"].sum())
    if graded + suspect == 0:
        return theme.empty_figure(f"No {skill.value} attempt with an overall band yet.", dark=dark)
    color = theme.palette(dark=dark).accents[skill]
    drawn = theme.figure(dark=dark, height=300)
    for column, opacity, word in (("count", 1.0, "attempt"), ("suspect", 0.0, "suspect attempt")):
        if column == "suspect" and not suspect:
            continue
        numbers = counts[column].to_numpy()
        drawn.add_trace(
            go.Bar(
                x=counts["band"].to_numpy(),
                y=numbers,
                width=BAND_STEP * 0.8,
                marker={
                    "color": color if opacity else "rgba(0,0,0,0)",
                    "line": {"color": color, "width": 0 if opacity else np.where(numbers > 0, 1.5, 0.0)},
                },
                hoverinfo="text",
                hovertext=np.array(
                    [
                        f"Band {band:.1f}: {drawable_attempts.counted(number, word)}"
                        for band, number in zip(counts["band"], numbers, strict=True)
                    ],
                    dtype=object,
                ),
                textposition="none",
                name=word,
            )
        )
    highest = int((counts["count"] + counts["suspect"]).max())
    axis = theme.band_axis()
    drawn.update_layout(
        title_text=f"{skill.capitalize()}: {drawable_attempts.counted(graded + suspect, 'attempt')}{_most_often(counts)}",
        barmode="stack",
        showlegend=False,
        xaxis=axis
        | {"range": [-BAND_STEP, BAND_VALUES[-1] + BAND_STEP], "showgrid": False, "minor": {"showgrid": False}},
        yaxis={"rangemode": "tozero", "showgrid": True, "nticks": 5, "fixedrange": True, "tickformat": ",d"}
        | ({"dtick": 1} if highest <= 5 else {}),
        margin_l=44,
        margin_b=30,
        margin_t=52,
    )
    theme.add_notes(drawn, [drawable_attempts.SUSPECT_NOTE] if suspect else [], dark=dark)
    return drawn


@memoized
def band_distribution_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One plain sentence: how many attempts, the commonest band, the lowest and the highest, how many suspect."""
    skill = Skill(skill)
    counts = band_distribution_data(evaluations, skill)
    graded, suspect = int(counts["count"].sum()), int(counts["suspect"].sum())
    name = skill.capitalize()
    left_out = f", and {suspect:,} suspect" if suspect else ""
    if graded == 0:
        return f"{name}: no attempts with an overall band{left_out}."
    reached = counts.loc[counts["count"] > 0, "band"]
    most, commonest = _commonest(counts)
    each = " each" if len(commonest) > 1 else ""
    low, high = format_band(reached.min()), format_band(reached.max())
    return f"{name}: {drawable_attempts.counted(graded, 'attempt')} from {low} to {high}, most often {' and '.join(commonest)} ({most:,} of {graded:,}{each}){left_out}."


def _commonest(counts: pd.DataFrame) -> tuple[int, list[str]]:
    """The most attempts at one band, and the bands that have so many."""
    most = int(counts["count"].max())
    return most, [format_band(band) for band in counts.loc[counts["count"] == most, "band"]]


def _most_often(counts: pd.DataFrame) -> str:
    """The commonest band for a title; nothing where none is, or several are."""
    most, bands = _commonest(counts)
    return f", most often {bands[0]}" if most > 0 and len(bands) == 1 else ""

"""The bands of one attempt as a row of numbers on the scale, readable at a glance and by a screen reader."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from bandup.analysis.bands import (
    CRITERIA,
    HIGHEST_BAND,
    Skill,
    criteria_mean,
    criterion_meaning,
    criterion_name,
    format_band,
)
from bandup.templating import render
from bandup.ui.html import band_class, element


def scoreboard(bands: Mapping[str, float], stored: Mapping[str, str], skill: Skill, task_type: str | None) -> Markup:
    """The overall band and the skill's four criteria, each with a bar on the scale of 0 to 9.

    `bands`: by attribute name, NaN where missing. `stored`: the same attributes as they are stored; an unreadable one
    is shown as it is. The mean of the criteria is shown unrounded: how IELTS would round it is not published.
    """
    return render(
        "scoreboard.html",
        skill=skill,
        overall=_values("overall_band", bands, stored),
        mean=criteria_mean(bands, skill),
        criteria=[
            {
                "name": criterion_name(column, task_type),
                "meaning": criterion_meaning(column),
                "width": f"{_share_of_scale(bands.get(column)):.1%}",
                **_values(column, bands, stored),
            }
            for column in CRITERIA[skill]
        ],
    )


def badge(band: float | None) -> Markup:
    """One band on the colour of the scale, without colour where it is missing. Its class is of `bandup.ui.html.style`."""
    scale_class = "" if band is None or pd.isna(band) else f" {band_class(band)}"
    return element("span", format_band(band), f"b-band{scale_class}")


def _share_of_scale(band: float | None) -> float:
    return 0.0 if band is None or pd.isna(band) else float(band) / HIGHEST_BAND


def _values(column: str, bands: Mapping[str, float], stored: Mapping[str, str]) -> dict[str, str]:
    """`band` as text; `note`: what was stored where that is not a band, `missing` where nothing was stored."""
    band = bands.get(column)
    note = ""
    if band is None or pd.isna(band):
        note = f"stored: {stored[column][:60]}" if stored.get(column, "").strip() else "missing"
    return {"band": format_band(band), "note": note}

"""The bands of one attempt as a row of numbers on the scale, readable at a glance and by a screen reader."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from bandup.analysis.bands import (
    CRITERIA,
    HIGHEST_BAND,
    Skill,
    criteria_mean,
    criterion_name,
    format_band,
    format_mean,
    meaning,
)
from bandup.ui.html import band_class, element, joined


def scoreboard(bands: Mapping[str, float], stored: Mapping[str, str], skill: Skill, task_type: str | None) -> Markup:
    """The overall band and the skill's four criteria, each with a bar on the scale of 0 to 9.

    `bands`: by attribute name, NaN where missing. `stored`: the same attributes as they were stored, so that an
    unreadable one can be shown for what it is.
    """
    rows = joined(_criterion(column, bands, stored, task_type) for column in CRITERIA[skill])
    overall = joined(
        [
            element("div", "Overall band", "b-label"),
            element("div", format_band(bands.get("overall_band")), "b-overall"),
            _as_stored("overall_band", bands, stored),
            _mean(bands, skill),
        ]
    )
    return Markup('<div class="b-scoreboard b-{}"><div class="b-total">{}</div><dl>{}</dl></div>').format(
        skill, overall, rows
    )


def badge(band: float | None) -> Markup:
    """One band on the colour of the scale, which `bandup.ui.html.style` gives its class; without colour where missing."""
    place = "" if band is None or pd.isna(band) else f" {band_class(band)}"
    return element("span", format_band(band), f"b-band{place}")


def _mean(bands: Mapping[str, float], skill: Skill) -> Markup:
    """The criteria's mean as it is: no rounding of it to an overall band is published."""
    mean = criteria_mean(bands, skill)
    return Markup("") if mean is None else element("div", f"mean of the criteria {format_mean(mean)}", "b-note")


def _criterion(column: str, bands: Mapping[str, float], stored: Mapping[str, str], task_type: str | None) -> Markup:
    band = bands.get(column)
    share = 0.0 if band is None or pd.isna(band) else float(band) / HIGHEST_BAND
    return Markup(
        '<div class="b-row"><dt title="{}">{}</dt><dd><span class="b-bar"><span style="width:{:.1%}"></span></span>'
        '<span class="b-number">{}</span>{}</dd></div>'
    ).format(
        meaning(column), criterion_name(column, task_type), share, format_band(band), _as_stored(column, bands, stored)
    )


def _as_stored(column: str, bands: Mapping[str, float], stored: Mapping[str, str]) -> Markup:
    """What was stored where it is no band; nothing where it is one, `missing` where nothing was stored."""
    band = bands.get(column)
    if band is not None and pd.notna(band):
        return Markup("")
    said = f"stored: {stored[column][:60]}" if stored.get(column, "").strip() else "missing"
    return element("span", said, "b-note")

"""One attempt's bands as a scoreboard, and its feedback, whatever its shape, laid out for reading."""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd
from markupsafe import Markup

from bandup.analysis import bands as band_scale
from bandup.analysis.bands import BAND_COLUMNS, CRITERIA, Skill, criterion_name, format_band
from bandup.templating import render
from bandup.ui import html
from data.flags import DEFAULT_CRITERION_FLAGS
from data.records import CriterionFeedback, Evaluation, Feedback

DEFAULT_NOTE = "the grader’s default, not a grade"


def show_scoreboard(row: pd.Series, evaluation: Evaluation) -> bool:
    """Show an attempt's bands. Return False if its type is unknown, and so are its criteria."""
    evaluation_type = str(row["evaluation_type"])
    if evaluation_type not in {*Skill}:
        return False
    defaults = {column for column, flag in DEFAULT_CRITERION_FLAGS.items() if int(row["flags"]) & flag}
    html.show(scoreboard(bands_of(row), evaluation.stored_bands, Skill(evaluation_type), row["task_type"], defaults))
    return True


def bands_of(row: pd.Series) -> dict[str, float]:
    """The bands of an evaluation by attribute name, NaN where missing."""
    return {column: float(row[column]) for column in BAND_COLUMNS}


def scoreboard(
    bands: Mapping[str, float],
    stored: Mapping[str, str],
    skill: Skill,
    task_type: str | None,
    defaults: Collection[str] = (),
) -> Markup:
    """The overall band and the skill's four criteria, each with a bar on the scale of 0 to 9.

    `bands`: as of `bands_of`. `stored`: the attributes as they are stored; an unreadable one is shown as it is. The mean of
    the criteria is shown unrounded: how IELTS would round it is not published. `defaults`: criteria that hold the grader's
    default; they are marked, and there is no mean with them.
    """
    return render(
        "scoreboard.html",
        skill=skill,
        overall=_values("overall_band", bands, stored),
        mean=None if defaults else band_scale.criteria_mean(bands, skill),
        criteria=[
            {
                "name": criterion_name(column, task_type),
                "meaning": band_scale.criterion_meaning(column),
                **_values(column, bands, stored),
                **({"note": DEFAULT_NOTE} if column in defaults else {}),
            }
            for column in CRITERIA[skill]
        ],
    )


def badge(band: float | None) -> Markup:
    """One band on the colour of the scale, without colour where it is missing. Its class is of `bandup.ui.html.style`."""
    scale_class = "" if band is None or pd.isna(band) else f" {html.band_class(band)}"
    return html.element("span", format_band(band), f"b-band{scale_class}")


def _values(column: str, bands: Mapping[str, float], stored: Mapping[str, str]) -> dict[str, str]:
    """`band` as text, `width` of its bar, `note`: what was stored where that is not a band, or `missing`."""
    band = bands.get(column, math.nan)
    note, share = "", band / band_scale.HIGHEST_BAND
    if math.isnan(band):
        note, share = f"stored: {stored[column][:60]}" if stored.get(column, "").strip() else "missing", 0.0
    return {"band": format_band(band), "note": note, "width": f"{share:.1%}"}


def feedback_panel(
    feedback: Feedback, bands: Mapping[str, float], task_type: str | None, *, with_examples: bool = True
) -> Markup:
    """The whole feedback, with or without the quoted examples. `bands`: as of `bands_of`, shown beside the criteria's names."""
    return render(
        "feedback_panel.html",
        feedback=feedback if with_examples else replace(feedback, quoted_examples=()),
        criteria=[criterion_values(criterion, bands, task_type) for criterion in feedback.criteria],
        other_band="" if _is_number(feedback.overall_band, bands.get("overall_band")) else feedback.overall_band,
    )


def criterion_values(
    criterion: CriterionFeedback, bands: Mapping[str, float], task_type: str | None
) -> dict[str, object]:
    """What the macro `criterion_feedback` shows; `other_band` is the feedback's own band where the stored one differs."""
    band = bands.get(criterion.column)
    return {
        "name": criterion_name(criterion.column, task_type),
        "badge": badge(band),
        "other_band": "" if _is_number(criterion.band, band) else criterion.band,
        "remarks": criterion.remarks,
    }


def _is_number(text: str, number: float | None) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False

"""Does the grader drift? Each model's mean, spread and use of the half bands, and what its changes did."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis import drift
from analysis.bands import Skill
from charts import drift as charts
from components import figures, markup, page
from components.markup import element
from components.text import counted

HEADINGS = ("Model", "Mean overall band", "Spread (standard deviation)", "Of")


def compared(evaluations: pd.DataFrame, skill: Skill, once: Callable[..., Any]) -> None:
    """The skill's graders side by side, behind a heading that opens. `once` keeps what was worked out before."""
    opened = st.expander("Does the grader drift? Bands by model", on_change="rerun", key="drift")
    if not opened.open:
        return
    dark = figures.is_dark()
    with opened:
        page.note(drift.HOW_TO_READ)
        for sentence in once(drift.model_changes, evaluations, skill)["in_words"]:
            page.note(sentence)
        markup.show(severities(once(drift.severity, evaluations, skill)))
        for figure, alt in (
            (charts.bands_by_model, charts.bands_by_model_alt),
            (charts.heaping_by_model, charts.heaping_by_model_alt),
        ):
            figures.show(
                once(figure, evaluations, skill, dark=dark), once(alt, evaluations, skill), key=figure.__name__
            )


def severities(severity: pd.DataFrame) -> Markup:
    """A table with a row per model. `severity`: as `analysis.drift.severity` makes it."""
    return markup.table(HEADINGS, (_row(row) for _, row in severity.iterrows()))


def _row(row: pd.Series) -> list[Markup]:
    return [
        element("span", row["model_used"]),
        element("span", _with_interval(row["mean"], row["low"], row["high"])),
        element("span", _with_interval(row["sd"], row["sd_low"], row["sd_high"])),
        element("span", f"{counted(row['n'], 'attempt')} of {counted(row['students'], 'student')}"),
    ]


def _with_interval(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.2f}" if np.isnan(low) else f"{value:.2f} (95 %: {low:.2f} to {high:.2f})"

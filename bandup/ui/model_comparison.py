"""Does the grader drift? Each model's mean, spread and use of the half bands, and what its changes did."""

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import grader_drift
from bandup.analysis.bands import Skill
from bandup.charts import grader_drift_chart
from bandup.formatting import counted
from bandup.ui import figures, html, page
from bandup.ui.html import element

HEADINGS = ("Model", "Mean overall band", "Spread (standard deviation)", "Of")


def compared(evaluations: pd.DataFrame, skill: Skill) -> None:
    """The skill's graders side by side, behind a heading that opens."""
    opened = st.expander("Does the grader drift? Bands by model", on_change="rerun", key="drift")
    if not opened.open:
        return
    dark = figures.is_dark()
    with opened:
        page.note(grader_drift.HOW_TO_READ)
        for sentence in grader_drift.model_changes(evaluations, skill)["in_words"]:
            page.note(sentence)
        html.show(severities(grader_drift.severity(evaluations, skill)))
        for figure, alt in (
            (grader_drift_chart.bands_by_model, grader_drift_chart.bands_by_model_alt),
            (grader_drift_chart.heaping_by_model, grader_drift_chart.heaping_by_model_alt),
        ):
            figures.show(figure(evaluations, skill, dark=dark), alt(evaluations, skill), key=figure.__name__)


def severities(severity: pd.DataFrame) -> Markup:
    """A table with a row per model. `severity`: as `bandup.analysis.grader_drift.severity` makes it."""
    return html.table(HEADINGS, (_row(row) for _, row in severity.iterrows()))


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

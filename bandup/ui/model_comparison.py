"""Does the grader drift? Each model's mean, spread and use of the half bands, and what its changes did."""

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import grader_drift
from bandup.analysis.bands import Skill
from bandup.charts import bands_by_model_chart, heaping_by_model_chart
from bandup.templating import render
from bandup.ui import figures, html, page


def show(evaluations: pd.DataFrame, skill: Skill) -> None:
    """Show the models that graded a skill side by side, in an expander that computes them only when it is open."""
    expander = st.expander("Does the grader drift? Bands by model", on_change="rerun", key="drift")
    if not expander.open:
        return
    dark = figures.is_dark()
    with expander:
        page.note(grader_drift.HOW_TO_READ)
        for sentence in grader_drift.model_changes(evaluations, skill)["sentence"]:
            page.note(sentence)
        html.show(severity_table(grader_drift.severity(evaluations, skill)))
        for chart, alt in (
            (bands_by_model_chart.bands_by_model, bands_by_model_chart.bands_by_model_alt),
            (heaping_by_model_chart.heaping_by_model, heaping_by_model_chart.heaping_by_model_alt),
        ):
            figures.show(chart(evaluations, skill, dark=dark), alt(evaluations, skill), key=chart.__name__)


def severity_table(severity: pd.DataFrame) -> Markup:
    """A table with a row per model. `severity`: as of `bandup.analysis.grader_drift.severity`."""
    models = [
        {
            "name": row["model_used"],
            "mean": _with_interval(row["mean"], row["low"], row["high"]),
            "spread": _with_interval(row["sd"], row["sd_low"], row["sd_high"]),
            "attempts": row["n"],
            "students": row["students"],
        }
        for _, row in severity.iterrows()
    ]
    return render("model_table.html", models=models)


def _with_interval(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.2f}" if np.isnan(low) else f"{value:.2f} (95 %: {low:.2f} to {high:.2f})"

"""The class by criterion: each student's mean bands against the target, how the bands are distributed, and the graders."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from bandup.analysis import criteria_matrix
from bandup.analysis.bands import Skill
from bandup.charts import band_distribution_chart, criteria_matrix_chart
from bandup.ui import figures, model_comparison, page


def show(evaluations: pd.DataFrame, skill: Skill, target: float, targets: Mapping[str, float]) -> str | None:
    """Show the class in one skill. Return the id of the student whose row was clicked, or None.

    `evaluations`: with states; `target`: the class's target band; `targets`: students' own targets by id.
    """
    dark = figures.is_dark()
    by_criterion, by_band = st.columns([3, 2], gap="large")
    with by_criterion:
        means = criteria_matrix.means_by_student(evaluations, skill)
        page.note(f"{criteria_matrix.describe_class(means, skill)} Click a row to open the student.".strip())
        clicked = figures.show_clickable(
            criteria_matrix_chart.criteria_matrix(means, skill, target=target, targets=targets, dark=dark),
            criteria_matrix_chart.criteria_matrix_alt(means, skill, target=target, targets=targets),
            key="matrix",
        )
    with by_band:
        figures.show(
            band_distribution_chart.band_distribution(evaluations, skill, dark=dark),
            band_distribution_chart.band_distribution_alt(evaluations, skill),
        )
        model_comparison.show(evaluations, skill)
    return clicked

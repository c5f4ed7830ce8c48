"""The Grader page: the verdict of second marks in words, table and matrix, and the grader's drift by model."""

import math
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import grader_drift, grader_verdict
from bandup.analysis.agreement import MIN_MARKS_FOR_KAPPA, Agreement, Estimate, describe_agreement
from bandup.analysis.bands import Skill
from bandup.analysis.class_estimates import class_estimates
from bandup.analysis.second_marks import differences, marks_of_verdict
from bandup.charts import bands_by_model_chart, heaping_by_model_chart, second_mark_matrix_chart
from bandup.formatting import counted, fixed, percent, signed, with_interval
from bandup.templating import render
from bandup.ui import clickable_table, figures, html, page
from bandup.ui.clickable_table import band_column, text_column, time_column

HOW_TO_READ = (
    "Only blind marks of attempts that the queue drew are counted, each weighed by the inverse of the probability with which "
    "it was drawn; intervals hold the truth of 95 in 100 samples and leave out one student at a time. A difference above 0 means "
    "that the AI is generous. Weighted kappa is low in a class whose bands are close together, so it is never the verdict alone."
)


def show_sentences(marks: pd.DataFrame) -> None:
    """Say per skill whether the AI is generous. `marks`: every mark (`bandup.analysis.second_marks.marks_table`)."""
    verdict_marks = marks_of_verdict(marks)
    for skill in Skill:
        rows = grader_verdict.verdict_by_part(verdict_marks, skill)
        page.text(describe_agreement(rows[0][2], skill))


def show_verdict(marks: pd.DataFrame, skill: Skill) -> None:
    """Show a skill's agreement by criterion, model and task, the reference values, and the matrix of both bands."""
    verdict_marks = marks_of_verdict(marks)
    rows = grader_verdict.verdict_by_part(verdict_marks, skill)
    people = grader_verdict.teachers_agreement(verdict_marks, skill)
    html.show(verdict_table(rows, people))
    matrix, notes = st.columns([3, 2], gap="large")
    with notes:
        page.note(grader_verdict.against_references(rows[0][2], people))
        if left_out := grader_verdict.describe_left_out(marks, verdict_marks, skill):
            page.note(left_out)
        page.note(HOW_TO_READ)
    with matrix:
        pairs = differences(verdict_marks[verdict_marks["skill"].eq(skill)], "overall_band")
        figures.show(
            second_mark_matrix_chart.second_mark_matrix(pairs, skill, dark=figures.is_dark()),
            second_mark_matrix_chart.second_mark_matrix_alt(pairs, skill),
            key="second_mark_matrix",
        )


def verdict_table(rows: list[tuple[str, str, Agreement]], people: Agreement) -> Markup:
    """A table with a row per part of the verdict, and a last one for teacher against teacher."""
    cells = [{"group": group, "name": name, **_cells(found)} for group, name, found in rows]
    cells.append({"group": "People", "name": "Teacher against teacher", **_cells(people)})
    return render("verdict_table.html", rows=cells)


def _cells(found: Agreement) -> dict[str, str]:
    known, enough = found.n > 0, found.n >= MIN_MARKS_FOR_KAPPA
    too_few = f"from {MIN_MARKS_FOR_KAPPA} marks on"
    return {
        "n": f"{counted(found.n, 'mark')} of {counted(found.students, 'student')}" if known else "none",
        "difference": _with_interval(found.difference, signed),
        "exact": percent(found.exact.value, 0) if found.n >= MIN_MARKS_FOR_KAPPA else "–",
        "near": percent(found.near.value, 0) if known else "–",
        "standardised": _with_interval(found.standardised, partial(signed, decimals=2)) if enough else too_few,
        "kappa": _with_interval(found.kappa, partial(fixed, decimals=2)) if enough else too_few,
    }


def _with_interval(estimate: Estimate, form: Callable[[float], str]) -> str:
    if math.isnan(estimate.value):
        return "–"
    if math.isnan(estimate.low):
        return form(estimate.value)
    return f"{form(estimate.value)} ({form(estimate.low)} to {form(estimate.high)})"


def show_disagreements(marks: pd.DataFrame, skill: Skill) -> pd.Series | None:
    """Show the marks at least one band from the AI's, furthest first; return the one that was clicked, or None."""
    far = grader_verdict.largest_disagreements(marks, skill)
    if far.empty:
        page.empty_state("No mark is a whole band from the AI’s.", "Marks that are far apart are listed here.")
        return None
    return clickable_table.show(
        far,
        "user_id",
        {
            "overall_band": band_column("Teacher", help="The teacher’s overall band"),
            "grader_overall_band": band_column("AI", help="The AI’s overall band"),
            "difference": text_column("AI − teacher"),
            "by": text_column("Marked by"),
            "at": time_column("Marked"),
            "model_used": text_column("Model"),
            "comment": text_column("Comment", width="large"),
        },
        key="disagreements",
        alt=f"{counted(len(far), 'mark')} of {skill} a band or more from the AI’s, furthest first",
        button_label="Student",
    )


def show_drift(evaluations: pd.DataFrame, skill: Skill) -> None:
    """Show the models that graded a skill side by side: what changed between them, their bands and their heaping."""
    dark = figures.is_dark()
    page.note(grader_drift.HOW_TO_READ)
    for sentence in grader_drift.model_changes(evaluations, class_estimates(evaluations, skill))["sentence"]:
        page.note(sentence)
    html.show(severity_table(grader_drift.severity(evaluations, skill)))
    for chart, alt in (
        (bands_by_model_chart.bands_by_model, bands_by_model_chart.bands_by_model_alt),
        (heaping_by_model_chart.heaping_by_model, heaping_by_model_chart.heaping_by_model_alt),
    ):
        figures.show(chart(evaluations, skill, dark=dark), alt(evaluations, skill), key=chart.__name__)


def severity_table(severity: pd.DataFrame) -> Markup:
    """A table with a row per model. `severity`: as of `bandup.analysis.grader_drift.severity`."""
    return render(
        "model_table.html", models=severity.to_dict("records"), with_interval=partial(with_interval, label="95 %: ")
    )

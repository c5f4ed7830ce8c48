"""The terms used on the pages: the scale, trends, the states of a job, and read costs."""

from functools import cache

import streamlit as st
from markupsafe import Markup

from bandup.analysis.bands import BAND_COLUMNS, criterion_meaning, criterion_name
from bandup.analysis.states import State
from bandup.charts.theme import state_label
from bandup.templating import render
from bandup.ui.html import show

TRENDS = {
    "likely": "A change of this size would be seen at most 5 times in 100 if the student’s level had not changed.",
    "no clear change": "The bands differ, but no more than two gradings of the same work would.",
    "noise": "How far apart two gradings of equal work are: 0.43 band for one attempt by IELTS’s published reliability, "
    "or the student’s own scatter where that is larger. Half a band between two attempts is always within it.",
    "default answer": f"{State.SUSPECT.sentence} Left out of every average and trend, and drawn hollow.",
    "target": "The band aimed at: the class target above the list, or a student’s own beside it. Both are part of the "
    "page’s address.",
}
COUNTS = {
    "item": "One stored row of one of the two tables. Nothing is left out: every item is counted as one job.",
    "job": "An item seen as work of the platform, in one of the states below. An essay that was handed in twice is two jobs.",
    "evaluation": "An item of the evaluations table in any state: an essay, a recording, or a flashcard set stored there.",
    "attempt": "An essay or a recording that a student handed in, graded or not.",
    "graded attempt": "An attempt that was completed with a valid overall band. The grader’s default answers are not "
    "among them, unless a page is set to count them.",
    "the latest attempts": "The latest five graded attempts of known time at one skill, or all if there are fewer.",
    "rounding": "Means and differences are shown with one decimal, a half away from zero: 5.25 is 5.3. A difference "
    "is that of the two numbers as they are shown; what is lowest, and what is a clear change, goes by the exact ones.",
}
COSTS = {
    "read capacity unit": "What DynamoDB charges for: half a unit for every 4 KB that a query or a scan goes through.",
    "cached": "Shown from an earlier read that all viewers share; no request was sent to AWS for this view.",
    "index": "A second copy of a table’s items in another order. A narrow one makes reading everyone many times cheaper.",
}


def show_button() -> None:
    """Show the button that opens the glossary."""
    with st.popover("Glossary", type="tertiary"):
        show(_glossary())


@cache
def _glossary() -> Markup:
    sections = {
        "Bands, 0 to 9 in half steps": {criterion_name(column): criterion_meaning(column) for column in BAND_COLUMNS},
        "What is counted": COUNTS,
        "Trends": TRENDS,
        "States of a job": {state_label(state): state.sentence for state in State},
        "Costs": COSTS,
    }
    return render("glossary.html", sections=sections)

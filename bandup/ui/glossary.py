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
    "perhaps": "Of 100 students without any change, 5 get this on one day, and about 31 at some time in a term of 20 "
    "attempts. Look again after a few more attempts.",
    "likely": "Of 100 students without any change who are looked at all term, about 4 get this at some time.",
    "no clear change": "The attempts allow no change as well as the changes in the interval that is given with it.",
    "noise": "How far a day’s band lies from the student’s level, up or down. It is learnt from all students of the class; "
    "before the class was read it is the published error of IELTS examiners, 0.43 band for one attempt.",
    "interval": "The changes that agree with the attempts: it holds the true change of 95 in 100 students.",
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

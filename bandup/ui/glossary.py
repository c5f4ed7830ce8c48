"""What the words on the pages mean: the scale's own terms, the states of a job, and how trends and costs are told."""

from collections.abc import Mapping
from functools import cache

import streamlit as st
from markupsafe import Markup

from bandup.analysis.bands import BAND_COLUMNS, criterion_name, meaning
from bandup.analysis.states import State
from bandup.charts.theme import STATE_STYLES
from bandup.ui.html import described, element, joined, show

TRENDS = {
    "likely": "A change that a student without any change would show at most 5 times in 100.",
    "not told from noise": "The bands differ, but no more than two gradings of the same work would.",
    "noise": "How far two gradings of equal work lie apart: 0.43 band for one attempt by IELTS’s published reliability, or "
    "the student’s own scatter where that is larger. Half a band between two attempts is always within it.",
    "default answer": f"{State.SUSPECT.sentence} Left out of every average and trend, drawn hollow.",
    "target": "The band aimed at: the class’s above the list, or a student’s own beside it. Both stand in the address.",
    "graded attempt": "An essay or a recording that was completed with a valid overall band.",
}
COSTS = {
    "read capacity unit": "What DynamoDB charges for: half of one for every 4 KB that a query or a scan goes through.",
    "from memory": "Shown from what was read before, for everybody; nothing was asked of AWS for this view.",
    "index": "A second order of a table’s items. A narrow one makes reading everyone many times cheaper.",
}


def show_button() -> None:
    """A place that explains the words of all pages."""
    with st.popover("What the words mean", type="tertiary"):
        show(_all_terms())


@cache
def _all_terms() -> Markup:
    bands = {criterion_name(name): meaning(name) for name in BAND_COLUMNS}
    states = {f"{STATE_STYLES[one].glyph} {one}": one.sentence for one in State}
    sections = {
        "Bands, 0 to 9 in half steps": bands,
        "Trends": TRENDS,
        "States of a job": states,
        "Costs": COSTS,
    }
    # in the order of the tab key, so that it can be scrolled by keyboard
    scrolled = Markup('<div class="b-scrolled" role="region" aria-label="What the words mean" tabindex="0">{}</div>')
    return scrolled.format(joined(_terms(title, terms) for title, terms in sections.items()))


def _terms(title: str, terms: Mapping[str, str]) -> Markup:
    return element("section", element("h3", title) + described(terms), "b-terms")

"""The form in which a teacher marks an attempt: a band per criterion by two digits, the overall band, a comment."""

from functools import partial
from typing import NamedTuple

import streamlit as st

from bandup.analysis.band_descriptors import band_descriptors
from bandup.analysis.bands import CRITERIA, Skill, criterion_name, format_band
from bandup.analysis.second_marks import read_band, suggested_overall
from bandup.templating import render
from bandup.ui import html
from bandup.ui.plain_text import plain
from data.review_entries import MAX_TEXT

OVERALL = "overall_band"
FIRST_FIELD = "first_band"
"""The key of what holds the first field, which start_page.js gives the focus."""


class TypedMark(NamedTuple):
    """What a teacher typed: bands by attribute name, and the comment."""

    bands: dict[str, float]
    comment: str


def show(skill: Skill, task_type: str | None, key: str, *, takes_focus: bool) -> TypedMark | None:
    """Show the form; return the mark when it is saved. Enter saves; with an empty overall band it first suggests one."""
    columns = CRITERIA[skill]
    message = st.container()
    with st.form(key):
        for column in (*columns, OVERALL):
            with st.container(key=FIRST_FIELD if takes_focus and column == columns[0] else None):
                # without a help button, which the Tab key would stop at
                st.text_input(
                    criterion_name(column, task_type),
                    key=_field(key, column),
                    placeholder="Enter suggests it from the criteria"
                    if column == OVERALL
                    else "Two digits, such as 65",
                )
        comment = st.text_area("Comment (optional)", key=_field(key, "comment"), height=80, max_chars=MAX_TEXT)
        saved = st.form_submit_button("Save the mark", type="primary", on_click=partial(_suggest_overall, key, skill))
    if not saved:
        return None
    if suggestion := st.session_state.pop(_suggested(key), None):
        message.info(
            f"The four criteria suggest {suggestion} overall. Press Enter again to save, or type another band first."
        )
        return None
    bands = {column: read_band(st.session_state[_field(key, column)]) for column in (*columns, OVERALL)}
    if wrong := [criterion_name(column, task_type) for column, band in bands.items() if band is None]:
        message.error(
            f"Type a band from 0 to 9 in half steps, such as 6.5 or 65, for {plain(', '.join(wrong))}.", icon="⚠️"
        )
        return None
    return TypedMark({column: band for column, band in bands.items() if band is not None}, comment.strip())


def show_descriptors(skill: Skill, task_type: str | None) -> None:
    """Show what separates the bands of the skill's criteria."""
    columns = CRITERIA[skill]
    descriptors = band_descriptors()
    with st.expander("What separates the bands", key="descriptors", expanded=True):
        html.show(
            render(
                "band_descriptors.html",
                names=[criterion_name(column, task_type) for column in columns],
                columns=columns,
                bands=[*descriptors[columns[0]]],
                descriptors=descriptors,
            )
        )


def _suggest_overall(key: str, skill: Skill) -> None:
    """Fill in the overall band that the criteria suggest, where it is empty: the callback of the button."""
    state = st.session_state
    if state[_field(key, OVERALL)].strip():
        return
    bands = {column: read_band(state[_field(key, column)]) for column in CRITERIA[skill]}
    overall = suggested_overall({column: band for column, band in bands.items() if band is not None}, skill)
    if overall is not None:
        state[_field(key, OVERALL)] = state[_suggested(key)] = format_band(overall)


def _field(key: str, column: str) -> str:
    return f"{key}_{column}"


def _suggested(key: str) -> str:
    return f"{key}_suggested"

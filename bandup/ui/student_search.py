"""Going to a student from anywhere: a field that takes an id or a part of one."""

from collections.abc import Callable, Sequence

import streamlit as st

from bandup.ui import links

FIELD, ASKED = "find_student", "student_asked_for"


def show(known: Callable[[], Sequence[str]], *, on_students: bool) -> None:
    """The field; what is typed is gone to. `known`: the ids that are at hand, asked for only when something is typed;
    `on_students`: whether this is the page of everyone, which shows what a search finds.
    """
    st.text_input(
        "Find a student",
        placeholder="Find a student: an id or a part of it",
        label_visibility="collapsed",
        type="search",
        width=300,
        key=FIELD,
        on_change=_take,
    )
    if asked := st.session_state.pop(ASKED, ""):
        if user_id := named(asked, known()):
            st.switch_page(links.STUDENT, query_params=links.student(user_id))
        if not on_students:
            st.switch_page(links.STUDENTS, query_params={links.SEARCH: asked})
        # there the parameter is bound to the search field, and only by the field can it be changed
        st.session_state[links.SEARCH] = asked


def _take() -> None:
    """Remembers what was typed and empties the field: it stands on every page."""
    st.session_state[ASKED] = st.session_state[FIELD].strip()
    st.session_state[FIELD] = ""


def named(asked: str, known: Sequence[str]) -> str | None:
    """The id of the student so called, or of the only one whose id holds what was typed; None where several or none do.

    Where nobody is known yet, what was typed is taken for an id: reading one student is cheap, reading everyone is not.
    """
    if asked in known or not known:
        return asked
    holding = [user_id for user_id in known if asked.casefold() in user_id.casefold()]
    return holding[0] if len(holding) == 1 else None

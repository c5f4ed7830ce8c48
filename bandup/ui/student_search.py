"""The search field at the top of every page, which opens a student by id or part of an id."""

from collections.abc import Callable, Sequence

import streamlit as st

from bandup import text_search
from bandup.ui import address, links

MAX_COMPARED = 50
"""Ids that contain a query among which an equal one is looked for."""
FIELD_KEY, PENDING_KEY, SUBMISSIONS_KEY = "find_student", "pending_student_search", "student_searches"


def show(known_ids: Callable[[], Sequence[str]], *, on_students_page: bool) -> None:
    """Show the field and open what was typed; on the Students page a search that fits several filters the page's list.

    `known_ids` returns the cached student ids and is called only once something was typed.
    """
    st.text_input(
        "Find a student",
        placeholder="Find a student by id or part of it",
        label_visibility="collapsed",
        type="search",
        width=300,
        key=_field_key(),
        on_change=_submit,
    )
    if query := st.session_state.pop(PENDING_KEY, ""):
        if user_id := match_student(query, known_ids()):
            address.go_to(links.STUDENT, links.student(user_id))
        if not on_students_page:
            address.go_to(links.STUDENTS, {links.SEARCH: query})
        address.rerun_with(**{links.SEARCH: query})


def match_student(query: str, known_ids: Sequence[str]) -> str | None:
    """Return the id equal to the query, or the only id that contains it (`bandup.text_search`); None for several or none."""
    if query in known_ids or not known_ids:  # reading one student, which may not exist, is cheap; reading all is not
        return query
    if (pasted := text_search.without_invisible(query)) in known_ids:
        return pasted
    matches = text_search.matching(known_ids, query)
    key = text_search.search_key(query)
    same = (
        [user_id for user_id in matches if text_search.search_key(user_id) == key]
        if len(matches) < MAX_COMPARED
        else []
    )
    return (same or matches)[0] if len(same or matches) == 1 else None


def _field_key() -> str:
    return f"{FIELD_KEY}_{st.session_state.get(SUBMISSIONS_KEY, 0)}"


def _submit() -> None:
    """Store what was typed, and replace the field, which is shown on every page, by an empty one.

    Emptying the field itself would not do: the browser, which opens the student before it draws the empty field, would
    send the text again with its next message, as if it had been submitted twice.
    """
    st.session_state[PENDING_KEY] = st.session_state[_field_key()].strip()
    st.session_state[SUBMISSIONS_KEY] = st.session_state.get(SUBMISSIONS_KEY, 0) + 1

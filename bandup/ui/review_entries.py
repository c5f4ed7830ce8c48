"""Storing an entry of the table of reviews from a form: nothing that was typed is lost, and nothing is stored twice."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
import streamlit as st

from bandup.ui.plain_text import plain
from data.errors import DataError
from data.review_entries import ReviewEntry

PENDING = "review_entry_pending"
"""In the session: the entry whose write failed, or whose response was lost."""

E = TypeVar("E", bound=ReviewEntry)


def store(entry: E, add: Callable[[E], object]) -> bool:
    """Store an entry and return whether that worked; where not, say why. The form keeps what was typed.

    The same content sent again is the same entry: an earlier attempt may have been stored, though its response was lost.
    """
    pending = st.session_state.get(PENDING)
    if isinstance(pending, type(entry)) and msgspec.structs.replace(entry, at=pending.at) == pending:
        entry = pending
    st.session_state[PENDING] = entry
    try:
        add(entry)
    except DataError as error:
        st.error(plain(f"Not stored. {error}"), icon="⚠️")
        return False
    del st.session_state[PENDING]
    return True

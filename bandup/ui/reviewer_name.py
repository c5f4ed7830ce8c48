"""Who writes a mark or a note: the signed-in person, or at the machine a name that is asked for once per session."""

import streamlit as st

KEY = "reviewer_name"
MAX_LENGTH = 80


def ask(signed_in_as: str, place: str = "") -> str:
    """Return the name; where nobody is signed in, show a field for it, and return an empty text until it is filled in.

    `place`: distinguishes the fields of a page that asks in several places.
    """
    if signed_in_as:
        return signed_in_as
    # kept under a key of its own: a widget's state ends with the page that shows it
    name = str(st.session_state.get(KEY, ""))
    if name:
        return name
    typed = st.text_input(
        "Your name",
        key=f"{KEY}_field{place}",
        max_chars=MAX_LENGTH,
        help="Stored with every mark and note that you make",
    )
    if typed.strip():
        st.session_state[KEY] = typed.strip()
        st.rerun()
    return ""

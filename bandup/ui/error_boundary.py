"""Where a named error becomes a sentence on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from bandup.ui.plain_text import plain
from data.errors import DataError


@contextmanager
def show_errors(key: str) -> Iterator[None]:
    """Show a named error as its sentence, with a button to try again. Other errors pass through.

    An error with `agree` asks for permission to spend capacity: its button grants it and tries again. The frame wraps
    every page in this; a fragment needs its own, since it also runs without the frame.
    """
    try:
        yield
    except DataError as error:
        agree = getattr(error, "agree", None)
        if agree is not None:
            st.warning(plain(str(error)), icon="⚠️")
            st.button("Read anyway", on_click=agree, key=f"{key}_agreed")
            return
        st.error(plain(str(error)), icon="⚠️")
        if st.button("Try again", key=key):
            st.rerun()

"""The boundary at which a named error becomes a sentence on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from bandup.ui.plain_text import plain
from data.errors import DataError


@contextmanager
def boundary(key: str) -> Iterator[None]:
    """Shows a named error as the sentence it is, with a way to try again; any other error passes.

    One that bears `agree` asks for leave to spend something: a button gives it and tries again.

    The frame has one around every page. A fragment needs one of its own: it is also run without the frame.
    """
    try:
        yield
    except DataError as error:
        agree = getattr(error, "agree", None)
        if agree is not None:
            st.warning(plain(str(error)), icon="⚠️")
            st.button("Read it this once", on_click=agree, key=f"{key}_agreed")
            return
        st.error(plain(str(error)), icon="⚠️")
        if st.button("Try again", key=key):
            st.rerun()

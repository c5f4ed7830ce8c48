"""The boundary at which a named error becomes a sentence on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.text import plain


@contextmanager
def boundary(named: type[Exception], key: str) -> Iterator[None]:
    """Shows a named error as the sentence it is, with a way to try again; any other error passes.

    The frame has one around every page. A fragment needs one of its own: it is also run without the frame.
    """
    try:
        yield
    except named as error:
        st.error(plain(str(error)), icon="⚠️")
        if st.button("Try again", key=key):
            st.rerun()

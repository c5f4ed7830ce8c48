"""The state of the cached dataset: progress of the first read, then its age and the error of the last refresh."""

from datetime import datetime

import streamlit as st

from bandup.formatting import ago, counted
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import Dataset, RestrictedDataset
from bandup.ui import page
from bandup.ui.plain_text import plain
from data.results import ReadProgress, RefreshView

POLL_SECONDS = 0.15
"""Seconds between two updates of the progress bar."""

Refresh = BackgroundRefresh[Dataset] | RestrictedDataset


def wait_for(refresh: Refresh) -> Dataset:
    """Return the dataset. During the first read, show its progress and a button that cancels it.

    Raises the error of the read if there is no older dataset to show.
    """
    view = refresh.view()
    if view.value is None and view.error is None:
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, text="Reading the tables …")
            st.button("Cancel", on_click=refresh.cancel, key="cancel_read")
        while not refresh.wait(POLL_SECONDS):
            reading = refresh.view().reading
            if reading is not None:
                bar.progress(reading.share, text=_progress_text(reading))
        place.empty()
        view = refresh.view()
    if view.value is None:
        if view.error is None:
            raise RuntimeError("The read ended with neither a value nor an error.")
        raise view.error
    return view.value


def show_age(refresh: Refresh, now: datetime) -> None:
    """Show how old the dataset is, and a button to read it again if the refresh asks for permission."""
    view = refresh.view()
    page.note(age_sentence(view, now))
    agree = getattr(view.error, "agree", None)
    if agree is not None and st.button("Read again anyway", on_click=agree, key="read_again"):
        refresh.request(now=True)


def age_sentence(view: RefreshView[Dataset], now: datetime) -> str:
    """`Read 3 minutes ago`, followed by the error of the last refresh or a word on the one in progress."""
    if view.read_at is None:
        return "Not read yet"
    sentence = f"Read {ago(view.read_at, now)}"
    if view.error is not None:
        sentence += f"; the last refresh failed: {view.error}"
    elif view.reading is not None:
        sentence += "; a refresh is in progress"
    return sentence


def _progress_text(reading: ReadProgress) -> str:
    return plain(f"Reading the tables: {counted(reading.pages, 'page')}, {counted(reading.items, 'item')} so far")

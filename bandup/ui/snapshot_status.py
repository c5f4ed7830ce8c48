"""Waiting for the snapshot of everyone: a progress bar at the first read, its age and errors from then on."""

from datetime import datetime

import streamlit as st

from bandup.formatting import ago, counted
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import Dataset, RestrictedDataset
from bandup.ui import page
from bandup.ui.plain_text import plain
from data.results import ReadProgress, RefreshView

LOOK_EVERY = 0.15
"""Seconds between two looks at a read under way."""


Refresh = BackgroundRefresh[Dataset] | RestrictedDataset


def wait_for(store: Refresh) -> Dataset:
    """The snapshot; while the first read is under way a progress bar with the pages read, and a way to end it.

    Raises what the read raised where there is no older snapshot to show.
    """
    view = store.view()
    if view.value is None and view.error is None:
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, text="Reading the tables …")
            st.button("Cancel the read", on_click=store.cancel, key="cancel_read")
        while not store.wait(LOOK_EVERY):
            reading = store.view().reading
            if reading is not None:
                bar.progress(reading.share, text=_said(reading))
        place.empty()
        view = store.view()
    if view.value is None:
        if view.error is None:
            raise RuntimeError("a read ended with neither a value nor an error")
        raise view.error
    return view.value


def age(store: Refresh, now: datetime) -> None:
    """How old the snapshot is; and a button to read it anew where that asks for leave first."""
    view = store.view()
    page.note(freshness(view, now))
    agree = getattr(view.error, "agree", None)
    if agree is not None and st.button("Read it anew this once", on_click=agree, key="read_anew"):
        store.ask(now=True)


def freshness(view: RefreshView[Dataset], now: datetime) -> str:
    """`Read 3 minutes ago`, and what is wrong with the last read where it failed."""
    if view.read_at is None:
        return "Not read yet"
    said = f"Read {ago(view.read_at, now)}"
    if view.error is not None:
        said += f"; the last refresh failed: {view.error}"
    elif view.reading is not None:
        said += "; a refresh is under way"
    return said


def _said(reading: ReadProgress) -> str:
    return plain(f"Reading the tables: {counted(reading.pages, 'page')}, {counted(reading.items, 'item')} so far")

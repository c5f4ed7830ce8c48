"""Waiting for the snapshot of everyone: a progress bar at the first read, its age and errors from then on."""

from datetime import datetime
from typing import Protocol, TypeVar

import streamlit as st

from components import page
from components.text import ago, counted, plain

T_co = TypeVar("T_co", covariant=True)

LOOK_EVERY = 0.15
"""Seconds between two looks at a read under way."""


class Progress(Protocol):
    """How far a read is."""

    @property
    def pages(self) -> int: ...  # noqa: D102
    @property
    def items(self) -> int: ...  # noqa: D102
    @property
    def share(self) -> float: ...  # noqa: D102


class View(Protocol[T_co]):
    """What there is to show: the latest value, the read under way, the last read's error."""

    @property
    def value(self) -> T_co | None: ...  # noqa: D102
    @property
    def read_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def reading(self) -> Progress | None: ...  # noqa: D102
    @property
    def error(self) -> Exception | None: ...  # noqa: D102


class Store(Protocol[T_co]):
    """Where the snapshot is: `data.snapshots.Snapshots`."""

    def view(self) -> View[T_co]: ...  # noqa: D102
    def wait(self, seconds: float) -> bool: ...  # noqa: D102
    def cancel(self) -> None: ...  # noqa: D102
    def ask(self, *, now: bool = False) -> None: ...  # noqa: D102


def wait_for(store: Store[T_co]) -> T_co:
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


def age(store: Store[object], now: datetime) -> None:
    """How old the snapshot is; and a button to read it anew where that asks for leave first."""
    view = store.view()
    page.note(freshness(view, now))
    agree = getattr(view.error, "agree", None)
    if agree is not None and st.button("Read it anew this once", on_click=agree, key="read_anew"):
        store.ask(now=True)


def freshness(view: View[object], now: datetime) -> str:
    """`Read 3 minutes ago`, and what is wrong with the last read where it failed."""
    if view.read_at is None:
        return "Not read yet"
    said = f"Read {ago(view.read_at, now)}"
    if view.error is not None:
        said += f"; the last refresh failed: {view.error}"
    elif view.reading is not None:
        said += "; a refresh is under way"
    return said


def _said(reading: Progress) -> str:
    return plain(f"Reading the tables: {counted(reading.pages, 'page')}, {counted(reading.items, 'item')} so far")

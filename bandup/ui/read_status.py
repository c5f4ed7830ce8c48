"""The data behind a page: the progress of the first read, then its age, what it cost, and what a month of reads costs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from bandup.formatting import ago, counted, duration, fixed
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import Dataset, DatasetRefresh
from bandup.ui import page
from bandup.ui.plain_text import plain
from data.results import Cost, ReadProgress, RefreshView
from data.settings import Settings

MIN_DOLLARS = 0.0001
MONTH = timedelta(days=30)
POLL_SECONDS = 0.15
"""Seconds between two updates of the progress bar."""

Refresh = BackgroundRefresh[Dataset] | DatasetRefresh


def wait_for(refresh: Refresh) -> Dataset:
    """Return the dataset, showing the first read's progress; raise the read's error if there is no older dataset."""
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
        raise view.error or RuntimeError("The read ended with neither a value nor an error.")
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
    age = f"Read {ago(view.read_at, now)}"
    if view.error is not None:
        return f"{age}; the last refresh failed: {view.error}"
    return age if view.reading is None else f"{age}; a refresh is in progress"


def _progress_text(reading: ReadProgress) -> str:
    return plain(f"Reading the tables: {counted(reading.pages, 'page')}, {counted(reading.items, 'item')} so far")


def show_cost(cost: Cost, this_run: Cost, settings: Settings) -> None:
    """Show what reading everything on the page cost, and how much of it was read in this run rather than cached."""
    page.note(cost_sentence(cost, this_run, settings.price(cost.capacity_units)))


def cost_sentence(cost: Cost, this_run: Cost, dollars: float) -> str:
    """Describe `cost`, the reads behind the page at `dollars` on demand, and `this_run`, the share read just now."""
    parts = [
        counted(cost.requests, "request"),
        f"{fixed(cost.capacity_units)} read capacity units ({in_dollars(dollars)} on demand)",
        *([f"{fixed(cost.received_bytes / 1e6, 2)} MB"] if cost.received_bytes else []),
        f"{fixed(cost.seconds, 2)} s",
    ]
    if not this_run.requests:
        source = "all of it was cached, nothing was read for this view"
    elif this_run.requests < cost.requests:
        source = f"{this_run.requests:,} of the requests were made for this view, the rest was cached"
    else:
        source = "all of it was read for this view"
    return f"The data on this page took {', '.join(parts)}; {source}."


def full_read_sentences(cost: Cost, settings: Settings) -> list[str]:
    """Describe what a read of all items costs, and at most how much a month of them: one sentence each."""
    units = cost.capacity_units
    return [
        f"One read of all items took {fixed(units)} read capacity units, {in_dollars(settings.price(units))}.",
        f"Pages: {monthly_cost(units, settings.refresh_after, settings.price)}.",
        f"The Jobs page: {monthly_cost(units, settings.jobs_refresh_after, settings.price)}.",
    ]


def monthly_cost(units: float, every: timedelta, price: Callable[[float], float]) -> str:
    """Describe what reads of `units` read capacity units each, one per `every`, cost in a month at most."""
    reads, seconds = MONTH / every, every.total_seconds()
    interval = duration(seconds) if seconds >= 60 else f"{seconds:g} seconds"
    return (
        f"refreshed every {interval} while someone is looking, at most {fixed(reads, 0)} times a month: "
        f"about {fixed(reads * units, 0)} units, {in_dollars(price(reads * units))} on demand"
    )


def in_dollars(dollars: float) -> str:
    """`$1.25`, `$0.0034`, `under $0.0001`."""
    if dollars <= 0:
        return "$0"
    if dollars < MIN_DOLLARS:
        return f"under ${MIN_DOLLARS}"
    return f"${fixed(dollars, 2 if dollars >= 1 else 4)}"

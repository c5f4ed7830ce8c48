"""The data behind a page: the progress of the first read, then its age, what it cost, and what a month of reads costs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import streamlit as st

from bandup.formatting import ago, counted, duration, fixed
from bandup.queries.dataset import Dataset, DatasetRefresh, WholeRead
from bandup.ui import page
from bandup.ui.plain_text import plain
from bandup.ui.viewer import local_time, viewer_zone
from data.errors import DataError
from data.results import Cost, ReadProgress, RefreshView, StudentItems
from data.schema import TableKey
from data.settings import Settings

MIN_DOLLARS = 0.0001
MONTH = timedelta(days=30)
POLL_SECONDS = 0.15
"""Seconds between two updates of the progress bar."""
PROGRESS_SECONDS = 1.0
"""Seconds between two looks at a refresh in the background."""
OLD_AFTER_INTERVALS = 3
"""Intervals between two refreshes after which data are shown as old."""
CANCEL_HELP = "Ends the read for everyone who looks at the dashboard; it can be started again"
UNMETERED = "This engine does not meter read capacity, so what it would cost on AWS is not known."


def wait_for(refresh: DatasetRefresh) -> Dataset:
    """Return the dataset, showing the first read's progress; raise the read's error if there is no older dataset.

    Not for a fragment: its buttons wait until the script has ended, and so could not cancel the read.
    """
    view = refresh.view()
    if view.value is None and view.error is None:
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, text="Reading the tables …")
            st.button("Cancel the read", on_click=refresh.cancel, key="cancel_read", help=CANCEL_HELP)
        while not refresh.wait(POLL_SECONDS):
            reading = refresh.view().reading
            if reading is not None:
                bar.progress(reading.share, text=_progress_text(reading))
        place.empty()
        view = refresh.view()
    if view.value is None:
        raise view.error or RuntimeError("The read ended with neither a value nor an error.")
    return view.value


def show_age(refresh: DatasetRefresh, now: datetime, refresh_after: timedelta) -> None:
    """Show how old the dataset is, a button to read it again, and a warning if it is old or can't be read again.

    `refresh_after`: the age at which this page reads it again. While it is read, the progress is shown, and the page is
    drawn again when the read ends.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Refresh now", key="refresh_now", help="Reads both tables again, for everyone who looks at them here"
        ):
            refresh.request(now=True)
            # what the page has drawn above may be renewed, too
            st.rerun()
        view = refresh.view()
        page.note(age_sentence(view, now))
    if warning := old_data_warning(view, now, refresh_after):
        page.warning(*warning)
    agree = getattr(view.error, "agree", None)
    if agree is not None and st.button("Read again anyway", on_click=agree, key="read_again"):
        refresh.request(now=True)
    if view.reading is not None:
        _show_progress(refresh)


def age_sentence(view: RefreshView[Dataset], now: datetime) -> str:
    """`Read 3 minutes ago`, followed by a word on the refresh in progress."""
    if view.read_at is None:
        return "Not read yet"
    age = f"Read {ago(view.read_at, now)}"
    return age if view.reading is None else f"{age}; a refresh is in progress"


def old_data_warning(view: RefreshView[Dataset], now: datetime, refresh_after: timedelta) -> tuple[str, str] | None:
    """What to warn of, and a hint: data that could not be read again, or older than a few intervals of `refresh_after`."""
    if view.read_at is None:
        return None
    what = f"These data are {duration((now - view.read_at).total_seconds())} old"
    if view.error is not None:
        retry = "" if view.reading is None else " Another attempt is in progress."
        since = local_time(view.failing_since, viewer_zone())
        return f"{what}: refreshing them has failed since {since}.", f"{_error_sentence(view.error)}{retry}"
    if now - view.read_at <= OLD_AFTER_INTERVALS * refresh_after:
        return None
    if view.reading is not None:
        return f"{what}.", "A refresh is in progress; the page is drawn again as soon as it ends."
    return f"{what}.", "“Refresh now” reads the tables again."


def _error_sentence(error: Exception) -> str:
    if isinstance(error, DataError):
        return str(error)
    return f"An unexpected error ended the read ({type(error).__name__}); the log of the server says where."


def _show_progress(refresh: DatasetRefresh) -> None:
    """Show the progress of the refresh until it ends, then draw the whole page again."""
    drawings: list[None] = []

    @st.fragment(run_every=PROGRESS_SECONDS)
    def progress() -> None:
        reading = refresh.view().reading
        if reading is not None:
            page.note(_progress_text(reading))
        elif drawings:  # the first drawing is a part of the page's, which has just been drawn
            st.rerun()
        drawings.append(None)

    progress()


def incomplete_sentence(reads: Iterable[StudentItems], names: Mapping[TableKey, str]) -> tuple[str, str] | None:
    """One sentence in two parts: of which tables (`names` by key) items may be missing from students' reads, and why."""
    reasons = {key: reason for read in reads for key, reason in read.incomplete_because.items()}
    if not reasons:
        return None
    tables = " and ".join(names[key] for key in reasons)
    left_out = " and ".join(dict.fromkeys(reasons.values()))
    return f"Some items of {tables} may be missing here:", f"the index that was read leaves out {left_out}."


def show_student_reads(reads: Sequence[StudentItems], whole_read: WholeRead, now: datetime) -> None:
    """Show how old students' items are where they are the dataset's, and what may be missing from them.

    A button completes them: it reads both tables whole.
    """
    settings = whole_read.settings
    if any(read.dataset_read_at for read in reads):
        show_age(whole_read.refresh(), now, settings.refresh_after)
    if (sentence := incomplete_sentence(reads, settings.names)) is None:
        return
    page.warning(*sentence)
    units = whole_read.units()
    cost = f"about {fixed(units)} read capacity units, {in_dollars(settings.price(units))}" if units else "size unknown"
    if st.button(f"Read both tables whole ({plain(cost)})", key="complete"):
        wait_for(whole_read.start())
        st.rerun()


def _progress_text(reading: ReadProgress) -> str:
    return plain(f"Reading the tables: {counted(reading.pages, 'page')}, {counted(reading.items, 'item')} so far")


def show_cost(cost: Cost, this_run: Cost, settings: Settings) -> None:
    """Show what reading everything on the page cost, and how much of it was read in this run rather than cached."""
    dollars = settings.price(cost.capacity_units) if _is_metered(cost, settings) else None
    page.note(cost_sentence(cost, this_run, dollars))


def _is_metered(cost: Cost, settings: Settings) -> bool:
    """Whether capacity units are what DynamoDB would charge. The demo's engine returns the same number for every request."""
    return not (settings.demo or cost.unmetered_requests)


def cost_sentence(cost: Cost, this_run: Cost, dollars: float | None) -> str:
    """Describe `cost`, the reads behind the page, and `this_run`, the share read just now.

    `dollars`: the price of the reads on demand; None if the engine does not meter them.
    """
    units = (
        []
        if dollars is None
        else [f"{fixed(cost.capacity_units)} read capacity units ({in_dollars(dollars)} on demand)"]
    )
    parts = [
        counted(cost.requests, "request"),
        *units,
        *([f"{fixed(cost.received_bytes / 1e6, 2)} MB"] if cost.received_bytes else []),
        f"{fixed(cost.seconds, 2)} s",
    ]
    if not this_run.requests:
        source = "all of it was cached, nothing was read for this view"
    elif this_run.requests < cost.requests:
        source = f"{this_run.requests:,} of the requests were made for this view, the rest was cached"
    else:
        source = "all of it was read for this view"
    unmetered = f" {UNMETERED}" if dollars is None and cost.requests else ""
    return f"The data on this page took {', '.join(parts)}; {source}.{unmetered}"


def full_read_sentences(cost: Cost, settings: Settings) -> list[str]:
    """Describe what a read of all items costs, and at most how much a month of them: one sentence each."""
    if not _is_metered(cost, settings):
        return [UNMETERED]
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

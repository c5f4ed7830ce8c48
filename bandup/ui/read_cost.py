"""What a view cost, in one quiet line."""

from collections.abc import Callable
from datetime import timedelta

from bandup.formatting import counted, duration
from bandup.ui.page import note
from data.results import Cost
from data.settings import Settings

LEAST_DOLLARS = 0.0001
MONTH = timedelta(days=30)


def line(cost: Cost, this_run: Cost, settings: Settings) -> None:
    """What reading everything on the page cost, and how much of it was read in this run; the rest was cached."""
    note(in_words(cost, this_run, settings.price(cost.capacity_units)))


def in_words(cost: Cost, spent: Cost, dollars: float) -> str:
    """`cost` of all that is shown, at `dollars` on demand; `spent` of what was read for this view."""
    parts = [
        counted(cost.requests, "request"),
        f"{cost.capacity_units:,.1f} read capacity units ({in_dollars(dollars)} on demand)",
        *([f"{cost.received_bytes / 1e6:,.2f} MB"] if cost.received_bytes else []),
        f"{cost.seconds:,.2f} s",
    ]
    if not spent.requests:
        whence = "all of it from memory, nothing was read for this view"
    elif spent.requests < cost.requests:
        whence = f"{spent.requests:,} of the requests for this view, the rest from memory"
    else:
        whence = "read for this view"
    return f"What is shown took {', '.join(parts)}; {whence}."


def of_everyone_in_words(cost: Cost, settings: Settings) -> list[str]:
    """What a read of everyone took, and a month of them at most: a sentence each."""
    units = cost.capacity_units
    return [
        f"One read of everyone took {units:,.1f} read capacity units, {in_dollars(settings.price(units))}.",
        f"Pages: {month_in_words(units, settings.refresh_after, settings.price)}.",
        f"The Jobs page: {month_in_words(units, settings.jobs_refresh_after, settings.price)}.",
    ]


def month_in_words(units: float, every: timedelta, price: Callable[[float], float]) -> str:
    """What a month of reads takes at most, one each `every`, each of so many read capacity units."""
    reads = MONTH / every
    often = duration(every.total_seconds()) if every >= timedelta(minutes=1) else f"{every.total_seconds():g} seconds"
    return (
        f"read anew every {often} while somebody looks, at most {reads:,.0f} times a month: "
        f"{reads * units:,.0f} units, {in_dollars(price(reads * units))} on demand"
    )


def in_dollars(dollars: float) -> str:
    """`$1.25`, `$0.0034`, `under $0.0001`."""
    if dollars <= 0:
        return "$0"
    if dollars < LEAST_DOLLARS:
        return f"under ${LEAST_DOLLARS}"
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}"

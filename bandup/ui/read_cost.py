"""What a page's reads cost, in one quiet line, and what a month of full reads costs."""

from collections.abc import Callable
from datetime import timedelta

from bandup.formatting import counted, duration
from bandup.ui.page import note
from data.results import Cost
from data.settings import Settings

MIN_DOLLARS = 0.0001
MONTH = timedelta(days=30)


def show(cost: Cost, this_run: Cost, settings: Settings) -> None:
    """Show what reading everything on the page cost, and how much of it was read in this run rather than cached."""
    note(sentence(cost, this_run, settings.price(cost.capacity_units)))


def sentence(cost: Cost, this_run: Cost, dollars: float) -> str:
    """Describe `cost`, the reads behind the page at `dollars` on demand, and `this_run`, the share read just now."""
    parts = [
        counted(cost.requests, "request"),
        f"{cost.capacity_units:,.1f} read capacity units ({in_dollars(dollars)} on demand)",
        *([f"{cost.received_bytes / 1e6:,.2f} MB"] if cost.received_bytes else []),
        f"{cost.seconds:,.2f} s",
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
        f"One read of all items took {units:,.1f} read capacity units, {in_dollars(settings.price(units))}.",
        f"Pages: {monthly_cost(units, settings.refresh_after, settings.price)}.",
        f"The Jobs page: {monthly_cost(units, settings.jobs_refresh_after, settings.price)}.",
    ]


def monthly_cost(units: float, every: timedelta, price: Callable[[float], float]) -> str:
    """Describe what reads of `units` read capacity units each, one per `every`, cost in a month at most."""
    reads = MONTH / every
    interval = (
        duration(every.total_seconds()) if every >= timedelta(minutes=1) else f"{every.total_seconds():g} seconds"
    )
    return (
        f"refreshed every {interval} while someone is looking, at most {reads:,.0f} times a month: "
        f"{reads * units:,.0f} units, {in_dollars(price(reads * units))} on demand"
    )


def in_dollars(dollars: float) -> str:
    """`$1.25`, `$0.0034`, `under $0.0001`."""
    if dollars <= 0:
        return "$0"
    if dollars < MIN_DOLLARS:
        return f"under ${MIN_DOLLARS}"
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}"

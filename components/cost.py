"""What a view cost, in one quiet line."""

from typing import Protocol

from components.page import note
from components.text import counted


class Cost(Protocol):
    """What a read took: requests, read capacity units, seconds."""

    @property
    def requests(self) -> int: ...  # noqa: D102
    @property
    def capacity_units(self) -> float: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102


def line(cost: Cost, said: str = "") -> None:
    """The cost of what is on the page; `said` is more to say beside it."""
    parts = [
        counted(cost.requests, "request"),
        f"{cost.capacity_units:,.1f} read capacity units",
        f"{cost.seconds * 1000:,.0f} ms",
    ]
    note(" · ".join([*([said] if said else []), "this view took " + ", ".join(parts)]))

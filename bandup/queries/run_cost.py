"""What the reads of the running script cost. A script runs in one thread from beginning to end, so the sum is per thread."""

from threading import local

from data.results import Cost


class _Sum(local):
    cost = Cost()


_sum = _Sum()


def reset() -> None:
    """Start at zero: the frame calls this before it runs a page."""
    _sum.cost = Cost()


def add(cost: Cost) -> Cost:
    """Add the cost of a read, and return it."""
    _sum.cost += cost
    return cost


def total() -> Cost:
    """The cost of the reads since `reset`, without what came from a cache or was read in the background."""
    return _sum.cost

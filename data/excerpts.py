"""Bound what is made of a decoded JSON value: the leaves that a page can show, and how many were left out.

An item has up to 400 KB, but what is made of it may be far larger: each leaf of nested maps becomes a line that repeats the
names above it, and each line becomes elements of a page. The raw item always shows everything.
"""

from collections.abc import Callable
from typing import NamedTuple

from data.json_text import JSON

MAX_LEAVES = 200
"""Values kept of one feedback: twice as many as a grader writes at length, and at most some 1,000 elements of a page."""
MAX_NAME_LENGTH = 120
"""Characters of a name that becomes a heading or stands before a line."""


class Excerpt(NamedTuple):
    """A part of a value with the same nesting, and the number of leaves that it lacks."""

    value: JSON
    omitted: int


def excerpt(value: JSON, most: int = MAX_LEAVES, is_known: Callable[[str], bool] = bool) -> Excerpt:
    """A value with at most `most` leaves (scalars, empty containers): of a list the first ones, of a map some of each part.

    Of a map with more names than that, those that `is_known` come first. Takes linear time. A value with fewer leaves is
    returned as it is.
    """
    leaves: dict[int, int] = {}
    total = _count(value, leaves)
    return Excerpt(value, 0) if total <= most else Excerpt(_first(value, most, leaves, is_known), total - most)


def name_text(name: str) -> str:
    """The name of a part as it is shown: with spaces, and only the beginning of a long one."""
    text = name.replace("_", " ")
    return text if len(text) <= MAX_NAME_LENGTH else f"{text[: MAX_NAME_LENGTH - 1]}…"


def _count(value: JSON, leaves: dict[int, int]) -> int:
    """The number of leaves, and in `leaves` that of each container in the value, by its identity."""
    if not isinstance(value, list | dict) or not value:
        return 1
    elements = value.values() if isinstance(value, dict) else value
    leaves[id(value)] = total = sum(_count(element, leaves) for element in elements)
    return total


def _first(value: JSON, most: int, leaves: dict[int, int], is_known: Callable[[str], bool]) -> JSON:
    """The value with exactly `most` of its more than `most` leaves."""
    if isinstance(value, list):
        elements = []
        for element in value:
            taken = min(leaves.get(id(element), 1), most)
            elements.append(_part(element, taken, leaves, is_known))
            most -= taken
            if not most:
                break
        return elements
    parts = {}
    names = [*value] if len(value) <= most else sorted(value, key=lambda name: not is_known(name))[:most]
    names.sort(key=lambda name: leaves.get(id(value[name]), 1))
    for position, name in enumerate(names):
        # small parts stay whole; the large ones share what is left
        taken = min(leaves.get(id(value[name]), 1), most // (len(names) - position))
        parts[name] = _part(value[name], taken, leaves, is_known)
        most -= taken
    return {name: parts[name] for name in value if name in parts}


def _part(value: JSON, most: int, leaves: dict[int, int], is_known: Callable[[str], bool]) -> JSON:
    return value if leaves.get(id(value), 1) <= most else _first(value, most, leaves, is_known)

"""Reads that a cache of Streamlit keeps only if nothing about them can change: what is absent or unfinished is read again."""

from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")


class NotKept(Exception):
    """Carries what a cached function read but must not keep: Streamlit's caches keep only what is returned."""

    def __init__(self, read: object) -> None:
        self.read = read


def kept(read: T, *, is_final: bool) -> T:
    """The result of a cached function, kept only if it is final: an absent or unfinished item may be there a moment later."""
    if not is_final:
        raise NotKept(read)
    return read


def even_if_not_kept(cached_read: Callable[[], T]) -> T:
    """What a cached function returns, or what it read without keeping it."""
    try:
        return cached_read()
    except NotKept as not_kept:
        return cast("T", not_kept.read)

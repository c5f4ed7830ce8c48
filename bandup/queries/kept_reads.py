"""What is kept of reads: a cache of Streamlit keeps only what can't change; what is absent or unfinished is read again."""

import gc
from collections.abc import Callable
from functools import cache
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


@cache
def freeze_gc_once(_first: str) -> None:
    """After the first read of a kind, exclude what lives as long as the process from garbage collection.

    Streamlit collects all garbage after every script, which takes many times as long as a script that shows cached data
    (benchmarks/README.md).
    """
    gc.collect()
    gc.freeze()

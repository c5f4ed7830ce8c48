"""The memory of this process: one heap for all threads, and what was freed is given back to the system.

The C library of most Linux systems (glibc) gives threads heaps of their own, up to eight per core, and keeps what is freed in
each. A server runs scripts and reads in threads, and every read in new ones, which often find none of what the last ones
left: without this the process is soon twice as large as what it holds (benchmarks/README.md). Heaps that are there already
stay, so a process says so before it starts threads. Where the library is another one nothing is done.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from time import sleep

EVERY_SECONDS = 5.0
"""Giving back takes up to 20 ms with fifty people at work, less than one with none."""
_MOST_HEAPS = -8
"""glibc's M_ARENA_MAX."""


def use_one_arena() -> None:
    """From now on no thread gets a heap of its own."""
    if (limit := _function("mallopt", ctypes.c_int, ctypes.c_int)) is not None:
        limit(_MOST_HEAPS, 1)


def trim_forever() -> None:
    """Gives back what was freed, time and again, for as long as the process lives: scripts and reads free all the time."""
    while True:
        sleep(EVERY_SECONDS)
        trim()


def trim() -> None:
    """Gives freed memory back to the system."""
    if (trim := _function("malloc_trim", ctypes.c_size_t)) is not None:
        trim(0)


@cache
def _function(name: str, *arguments: type) -> Callable[..., int] | None:
    """A function of the C library; None where it has none of this name: musl, macOS, Windows."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    function.argtypes, function.restype = arguments, ctypes.c_int
    found: Callable[..., int] = function
    return found

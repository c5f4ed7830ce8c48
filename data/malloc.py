"""The memory of this process: one malloc arena for all threads, and freed memory returned to the system.

glibc, the C library of most Linux systems, gives threads arenas of their own, up to eight per core, and keeps what is
freed in each. A server reads in new threads again and again, which often can't use what earlier ones freed, so the
process would soon be twice as large as its data (benchmarks/README.md). Nothing here has an effect until it is called.
A process calls `configure` before it starts threads, as arenas that exist stay. With another C library it sets pyarrow's
pool only.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from time import sleep

import pyarrow as pa

TRIM_SECONDS = 5.0
"""Time between two trims. One takes up to 20 ms with fifty people at work, less than 1 ms with none."""
_M_ARENA_MAX = -8


def configure() -> None:
    """Set the memory options of this process: one malloc arena, and pyarrow's allocations from malloc too.

    pyarrow's own pool keeps the memory of a page that was read; malloc's can be trimmed.
    """
    if (mallopt := _c_function("mallopt", ctypes.c_int, ctypes.c_int)) is not None:
        mallopt(_M_ARENA_MAX, 1)
    pa.set_memory_pool(pa.system_memory_pool())


def trim_forever() -> None:
    """Trim every `TRIM_SECONDS` for as long as the process runs: scripts and reads free memory all the time."""
    while True:
        sleep(TRIM_SECONDS)
        trim()


def trim() -> None:
    """Return freed memory to the system."""
    if (malloc_trim := _c_function("malloc_trim", ctypes.c_size_t)) is not None:
        malloc_trim(0)


@cache
def _c_function(name: str, *arguments: type) -> Callable[..., int] | None:
    """A function of the C library; None where it has no such function: musl, macOS, Windows."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    function.argtypes, function.restype = arguments, ctypes.c_int
    c_function: Callable[..., int] = function
    return c_function

"""What the C library kept for threads that are no more is given back to the system."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from data import heap

ROOT = Path(__file__).parents[2]


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than glibc")
def test_freed_memory_is_given_back():
    # in a process of its own, whose heap has no room yet
    code = "from tests.data.test_heap import grown_by_what_was_freed as grown; print(*grown())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    held, after = map(int, done.stdout.split())
    assert held > 80_000_000
    assert after < 20_000_000


def grown_by_what_was_freed() -> tuple[int, int]:
    """By how many bytes this process has grown by 100 MB that were freed, and by how many once they were given back."""
    before = resident()
    # each too small to be mapped alone, freed but for a last one that holds all the others in the heap
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    kept = []
    for _ in range(1_000):
        pointer = library.malloc(100_000)
        ctypes.memset(pointer, 1, 100_000)
        kept.append(pointer)
    for pointer in kept[:-1]:
        library.free(pointer)
    held = resident()
    heap.give_back()
    return held - before, resident() - before


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap._function.cache_clear()
    heap.share()
    heap.give_back()
    heap._function.cache_clear()

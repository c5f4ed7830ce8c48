"""Memory settings: one arena and pyarrow's pool once configured, nothing on import, and freed memory is trimmed."""

import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Barrier, Thread

import pytest

from data import malloc

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than glibc")
def test_freed_memory_is_given_back():
    # in a process of its own, whose heap has no room yet
    code = "from tests.data.test_malloc import grown_by_what_was_freed as grown; print(*grown())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    held, after = map(int, done.stdout.split())
    assert held > 80_000_000
    assert after < 20_000_000


IMPORT_ALL_OF_DATA = """
import importlib, pkgutil, data
for module in pkgutil.walk_packages(data.__path__, "data."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def printed(code: str) -> str:
    """What a process of its own prints."""
    code = f"from data import malloc\n{code}"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="another C library than glibc")
@pytest.mark.parametrize(
    ("start", "least", "most"),
    [
        ("", 5, 9),
        (IMPORT_ALL_OF_DATA, 5, 9),
        ("malloc.configure()", 1, 2),  # a thread of numpy's or pyarrow's may be there already
        ("import dashboard", 1, 2),
    ],
)
def test_threads_share_one_arena_once_that_is_configured(start, least, most):
    code = f"{start}\nfrom tests.data.test_malloc import heaps_of_threads as heaps; print(heaps())"
    assert least <= int(printed(code)) <= most


@pytest.mark.parametrize(
    ("start", "configured"),
    [
        (IMPORT_ALL_OF_DATA, False),
        ("malloc.configure()", True),
        ("import dashboard", True),
        (
            "from click.testing import CliRunner; from bandup.cli.main import main; CliRunner().invoke(main, ['jobs'])",
            True,
        ),
    ],
)
def test_pyarrow_allocates_from_malloc_once_that_is_configured(start, configured):
    code = f"import pyarrow as pa\nbefore = pa.default_memory_pool().backend_name\n{start}\n"
    before, after = printed(code + "print(before, pa.default_memory_pool().backend_name)").split()
    assert before != "system"
    assert (after == "system") == configured


def heaps_of_threads() -> int:
    """How many heaps this process has while it and four threads hold some memory each."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    held = Barrier(5)

    def hold() -> None:
        library.malloc(100_000)
        held.wait()

    threads = [Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    held.wait()
    with tempfile.NamedTemporaryFile() as file:
        library.fopen.restype, library.fclose.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
        stream = library.fopen(file.name.encode(), b"w")
        library.malloc_info(0, stream)
        library.fclose(stream)
        return Path(file.name).read_text().count("<heap nr=")


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
    malloc.trim()
    return held - before, resident() - before


def test_it_is_given_back_time_and_again(monkeypatch):
    done: list[object] = []

    def three_times(seconds: float) -> None:
        if done.count(seconds) == 3:
            sys.exit()
        done.append(seconds)

    monkeypatch.setattr(malloc, "sleep", three_times)
    monkeypatch.setattr(malloc, "trim", lambda: done.append("given back"))
    with pytest.raises(SystemExit):
        malloc.trim_forever()
    assert done == [malloc.TRIM_SECONDS, "given back"] * 3


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    malloc._c_function.cache_clear()
    malloc.configure()
    malloc.trim()
    malloc._c_function.cache_clear()

"""`@memoized`: a pure function is computed once for the same frames, however many sessions and reruns call it.

A frame is the same where it is the same object: pages hand the result of one memoized call to the next. Results are kept
beside the frame that they were computed from and freed with it, so that a new read of the tables frees what was computed
from the old one. Results are shared and must not be changed; `tests/pages/test_shared_frames.py` checks that pages don't.
"""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar, cast

import pandas as pd
import pyarrow as pa

P = ParamSpec("P")
T = TypeVar("T")

MAX_RESULTS = 128
"""Results kept per original frame; the one used longest ago is dropped first."""
MAX_BYTES = 50_000_000
"""Bytes of frames and tables kept per original frame: filtering 100,000 jobs makes some 20 MB per filter."""

Frame = pd.DataFrame | pd.Series


class Results:
    """The results computed from one original frame and from what was computed from it, bounded in number and bytes."""

    def __init__(self, max_results: int = MAX_RESULTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_results = max_results
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._results: OrderedDict[Hashable, _Result] = OrderedDict()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns for these arguments. What it raises is raised again and not kept."""
        key = (function, _key(args), _key(kwargs))
        with self._lock:
            result = self._results.setdefault(key, _Result())
            self._results.move_to_end(key)
            self._evict()
        with result.lock:
            if not result.done:
                value = function(*args, **kwargs)
                # a filter that lets everything through may return its argument: keeping that would keep it alive for ever
                given = [*args, *kwargs.values()]
                result.argument = next((place for place, each in enumerate(given) if each is value), None)
                if result.argument is None:
                    result.value, result.size = value, _size(value)
                result.done = True
                with self._lock:
                    self._evict()
            kept: Any = result.value if result.argument is None else [*args, *kwargs.values()][result.argument]
            return cast("T", kept)

    def _evict(self) -> None:
        """Drop the oldest results beyond the bounds, but never the latest. Called with the lock held."""
        size = sum(result.size for result in self._results.values())
        while len(self._results) > self._max_results or (size > self._max_bytes and len(self._results) > 1):
            size -= self._results.popitem(last=False)[1].size


class _Result:
    def __init__(self) -> None:
        self.lock = Lock()
        self.done = False
        self.size = 0
        self.value: Any = None
        self.argument: int | None = None
        """The place of the argument that the function returned, where it returned one."""


class _SameFrame:
    """A frame as a part of a key: equal to itself alone, and not kept alive by it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = weakref.ref(frame)
        self._hash = id(frame)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameFrame) and (own := self._frame()) is not None and own is other._frame()

    def __hash__(self) -> int:
        return self._hash


_results: dict[int, tuple[weakref.ref[Frame], Callable[[], Results | None]]] = {}
"""By the id of a frame: the frame, and the results that belong to it (computed frames share those of their original)."""
_without_frames = Results()


def memoized(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a pure function of frames, texts, numbers, and lists, tuples and mappings of these.

    Arguments that are neither frames nor hashable raise TypeError. A function without a frame among its arguments shares
    one bounded memory with others of its kind.
    """

    @wraps(function)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        frame = next(_frames([*args, *kwargs.values()]), None)
        results = _without_frames if frame is None else _results_of(frame)
        value = results.call(function, *args, **kwargs)
        if isinstance(value, Frame) and frame is not None and value is not frame:
            _register(value, weakref.ref(results))
        return value

    return remembered


def clear() -> None:
    """Drop every result."""
    global _without_frames
    _results.clear()
    _without_frames = Results()


def _results_of(frame: Frame) -> Results:
    known = _results.get(id(frame))
    if known is not None and known[0]() is frame and (results := known[1]()) is not None:
        return results
    results = Results()
    # two threads may get here at once: the first to register wins
    kept = _register(frame, lambda: results)()
    return results if kept is None else kept


def _register(frame: Frame, results: Callable[[], Results | None]) -> Callable[[], Results | None]:
    place = id(frame)
    known = _results.get(place)
    if known is not None and known[0]() is frame and known[1]() is not None:
        return known[1]
    # called before the id can be another frame's
    entry = (weakref.ref(frame, lambda _: _results.pop(place, None)), results)
    _results[place] = entry
    return results


def _frames(values: object) -> Iterator[Frame]:
    """The frames among some arguments, in order."""
    if isinstance(values, Frame):
        yield values
    elif isinstance(values, Mapping):
        yield from _frames([*values.values()])
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _frames(value)


def _size(value: object) -> int:
    """Bytes of a frame or an Arrow table; anything else counts as nothing. Frames that share columns count each."""
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage().sum())
    return value.nbytes if isinstance(value, pa.Table | pd.Series) else 0


def _key(argument: object) -> Hashable:
    if isinstance(argument, Frame):
        return _SameFrame(argument)
    if isinstance(argument, Mapping):
        return tuple((name, _key(value)) for name, value in argument.items())
    if isinstance(argument, list | tuple):
        return tuple(map(_key, argument))
    if not isinstance(argument, Hashable):
        raise TypeError(f"{type(argument).__name__} is neither a frame nor hashable: pass frames, texts and numbers")
    return argument

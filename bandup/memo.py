"""`@memoized`: a pure function is computed once for the same frames, however many sessions and reruns call it.

Two frames are the same if they are the same object: pages pass the result of one memoized call to the next. Results are
kept with the frame that they were computed from and freed with it, so that a new read of the tables frees what was
computed from the old one. Results are shared and must not be changed; `tests/pages/test_shared_frames.py` checks the pages.
"""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar, cast

import pandas as pd
import pyarrow as pa

P = ParamSpec("P")
T = TypeVar("T")

MAX_RESULTS = 128
"""Results kept per original frame; the least recently used one is dropped first."""
MAX_BYTES = 50_000_000
"""Bytes of frames and tables kept per original frame: filtering 100,000 jobs makes some 20 MB per filter."""

Frame = pd.DataFrame | pd.Series
_SCALARS = frozenset({str, int, float, bool, type(None)})
"""The types of most arguments, which need no further check."""


class Results:
    """The results computed from one original frame and from those derived from it, bounded in number and bytes."""

    def __init__(self, max_results: int = MAX_RESULTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_results = max_results
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._results: OrderedDict[Hashable, _Result] = OrderedDict()
        self._bytes = 0

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns for these arguments. An error is raised again and not kept."""
        key = (function, _key(args), _key(kwargs))
        with self._lock:
            result = self._results.setdefault(key, _Result())
            self._results.move_to_end(key)
            self._evict()
        with result.lock:  # other callers wait here for the first
            if not result.done:
                self._compute(key, result, function, *args, **kwargs)
        kept: Any = result.value if result.argument is None else [*args, *kwargs.values()][result.argument]
        return cast("T", kept)

    def _compute(
        self, key: Hashable, result: "_Result", function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        value = function(*args, **kwargs)
        # a filter that lets everything through may return its argument: keeping it would keep the original alive for ever
        arguments = [*args, *kwargs.values()]
        result.argument = next((index for index, argument in enumerate(arguments) if argument is value), None)
        if result.argument is None:
            result.value = value
            with self._lock:
                if self._results.get(key) is result:  # it may have been dropped in the meantime
                    result.size = _size(value)
                    self._bytes += result.size
                    self._evict()
        result.done = True

    def _evict(self) -> None:
        """Drop the oldest results beyond the bounds, but never the latest. Called with the lock held."""
        while len(self._results) > self._max_results or (self._bytes > self._max_bytes and len(self._results) > 1):
            self._bytes -= self._results.popitem(last=False)[1].size


@dataclass(eq=False)
class _Result:
    lock: Lock = field(default_factory=Lock)
    done: bool = False
    size: int = 0
    value: Any = None
    argument: int | None = None
    """The index of the argument that the function returned, if it returned one."""


class _SameFrame:
    """A frame as a part of a key: equal only to the same frame, and without keeping it alive."""

    def __init__(self, frame: Frame) -> None:
        self._frame = weakref.ref(frame)
        self._hash = id(frame)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameFrame) and (frame := self._frame()) is not None and frame is other._frame()

    def __hash__(self) -> int:
        return self._hash


_results: dict[int, tuple[weakref.ref[Frame], Callable[[], Results | None]]] = {}
"""By the id of a frame: the frame, and the results kept with it (a computed frame shares those of its original)."""
_registering = Lock()
"""Held while a frame is registered. The callback of a freed frame runs in any thread at any time and must not take it."""
_without_frames = Results()


def memoized(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a pure function of frames, texts, numbers, and lists, tuples and mappings of these.

    Arguments that are neither frames nor hashable raise TypeError. Functions without a frame among their arguments share
    one bounded store.
    """

    @wraps(function)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        frame = next(_frames([*args, *kwargs.values()]), None)
        results = _without_frames if frame is None else _results_of(frame)
        value = results.call(function, *args, **kwargs)
        if frame is not None and isinstance(value, Frame) and _registered(value) is None:
            _register(value, results, owner=False)
        return value

    return remembered


def clear() -> None:
    """Drop every result."""
    global _without_frames
    _results.clear()
    _without_frames = Results()


def _registered(frame: Frame) -> Results | None:
    """The results kept with a frame; None where it is not registered, or its original is gone."""
    entry = _results.get(id(frame))
    return entry[1]() if entry is not None and entry[0]() is frame else None


def _results_of(frame: Frame) -> Results:
    return _registered(frame) or _register(frame, Results(), owner=True)


def _register(frame: Frame, results: Results, *, owner: bool) -> Results:
    """Register a frame with its results, and return them; where another thread was first, that thread's.

    An `owner` keeps its results alive; a computed frame only finds those of its original.
    """
    with _registering:
        if (registered := _registered(frame)) is not None:
            return registered
        index = id(frame)

        # runs before another object can get the same id; `pop` is bound, as globals may be gone when the process ends
        def unregister(_: object, pop: Callable[[int, None], object] = _results.pop) -> None:
            pop(index, None)

        _results[index] = (weakref.ref(frame, unregister), (lambda: results) if owner else weakref.ref(results))
        return results


def _frames(values: Iterable[object]) -> Iterator[Frame]:
    """The frames among some arguments, in order."""
    for value in values:
        if type(value) in _SCALARS:
            continue
        if isinstance(value, Frame):
            yield value
        elif isinstance(value, list | tuple):
            yield from _frames(value)
        elif isinstance(value, Mapping):
            yield from _frames(value.values())


def _size(value: object) -> int:
    """Bytes of a frame or an Arrow table; anything else counts as nothing. A column shared by two frames counts twice."""
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage().sum())
    return value.nbytes if isinstance(value, pa.Table | pd.Series) else 0


def _key(argument: object) -> Hashable:
    if type(argument) in _SCALARS:
        return argument
    if isinstance(argument, Frame):
        return _SameFrame(argument)
    if isinstance(argument, list | tuple):
        return tuple([_key(value) for value in argument])
    if isinstance(argument, Mapping):
        return tuple([(name, _key(value)) for name, value in argument.items()])
    if not isinstance(argument, Hashable):
        raise TypeError(f"{type(argument).__name__} is neither a frame nor hashable: pass frames, texts and numbers")
    return argument

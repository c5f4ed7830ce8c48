"""Results worked out once per snapshot: what pages draw again and again out of the same frames."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, ParamSpec, TypeVar

import pandas as pd
import pyarrow as pa

P = ParamSpec("P")
T = TypeVar("T")

MOST_RESULTS = 128
"""So many results are kept; the one that was asked for longest ago goes first."""
MOST_BYTES = 50_000_000
"""So many bytes of frames and tables are kept: a filter that lets 100,000 jobs through makes some 20 MB, each anew."""


class Once:
    """Calls pure functions, once for the same arguments, however many sessions ask at the same time.

    Frames are the same where they are the same object: what this gave for one call can be handed to the next. Results
    are shared and never mutated.
    """

    def __init__(self, most: int = MOST_RESULTS, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._results: OrderedDict[Hashable, _Result] = OrderedDict()

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` gives for these arguments. What it raises is raised again and not kept."""
        key = (function, _key(args), _key(kwargs))
        with self._lock:
            result = self._results.setdefault(key, _Result())
            self._results.move_to_end(key)
            self._forget()
        with result.lock:
            if not result.done:
                result.value, result.done = function(*args, **kwargs), True
                # a filter that lets everything through may give what it was given: that takes nothing more
                given = [*args, *kwargs.values()]
                result.size = 0 if any(result.value is each for each in given) else _size(result.value)
                with self._lock:
                    self._forget()
            value: T = result.value
            return value

    def _forget(self) -> None:
        """Lets go of what is too much, but not of the latest. Called with the lock held."""
        size = sum(result.size for result in self._results.values())
        while len(self._results) > self._most or (size > self._most_bytes and len(self._results) > 1):
            size -= self._results.popitem(last=False)[1].size


class _Result:
    def __init__(self) -> None:
        self.lock = Lock()
        self.done = False
        self.size = 0
        self.value: Any = None


class _Same:
    """A frame as a key: equal to itself alone, and held, so that no other frame gets its identity."""

    def __init__(self, frame: pd.DataFrame | pd.Series) -> None:
        self.frame = frame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.frame is other.frame

    def __hash__(self) -> int:
        return id(self.frame)


def _size(value: object) -> int:
    """Bytes of a frame or an Arrow table; what is neither counts as nothing. Frames that share columns count each."""
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage().sum())
    return value.nbytes if isinstance(value, pa.Table | pd.Series) else 0


def _key(argument: object) -> Hashable:
    if isinstance(argument, pd.DataFrame | pd.Series):
        return _Same(argument)
    if isinstance(argument, Mapping):
        return tuple((name, _key(value)) for name, value in argument.items())
    if isinstance(argument, list | tuple):
        return tuple(map(_key, argument))
    if not isinstance(argument, Hashable):
        raise TypeError(
            f"{type(argument).__name__} can't be told from another one: hand over frames, texts and numbers"
        )
    return argument

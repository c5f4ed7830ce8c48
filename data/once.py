"""Results worked out once per snapshot: what pages draw again and again out of the same frames."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, ParamSpec, TypeVar

import pandas as pd

P = ParamSpec("P")
T = TypeVar("T")

MOST_RESULTS = 128
"""So many results are kept; the one that was asked for longest ago goes first."""


class Once:
    """Calls pure functions, once for the same arguments, however many sessions ask at the same time.

    Frames are the same where they are the same object: what this gave for one call can be handed to the next. Results
    are shared and never mutated.
    """

    def __init__(self, most: int = MOST_RESULTS) -> None:
        self._most = most
        self._lock = Lock()
        self._results: OrderedDict[Hashable, _Result] = OrderedDict()

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` gives for these arguments. What it raises is raised again and not kept."""
        key = (function, _key(args), _key(kwargs))
        with self._lock:
            result = self._results.setdefault(key, _Result())
            self._results.move_to_end(key)
            while len(self._results) > self._most:
                self._results.popitem(last=False)
        with result.lock:
            if not result.done:
                result.value, result.done = function(*args, **kwargs), True
            value: T = result.value
            return value


class _Result:
    def __init__(self) -> None:
        self.lock = Lock()
        self.done = False
        self.value: Any = None


class _Same:
    """A frame as a key: equal to itself alone, and held, so that no other frame gets its identity."""

    def __init__(self, frame: pd.DataFrame | pd.Series) -> None:
        self.frame = frame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.frame is other.frame

    def __hash__(self) -> int:
        return id(self.frame)


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

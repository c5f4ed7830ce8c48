"""Which criteria hold the grader's default: the feedback of essays that may hold one, read once each in this process."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from threading import Lock

import pandas as pd

from bandup.analysis.default_answers import may_hold_defaults, with_default_flags
from data.errors import DataError
from data.paging import MAX_BATCH_KEYS
from data.parsers import empty_criteria
from data.records import Feedback
from data.results import Cost

Key = tuple[str, str]
"""`evaluation_id` and `user_id`."""

ReadFeedbacks = Callable[[Sequence[Key]], tuple[dict[Key, Feedback], Cost]]
"""`data.repository.Repository.feedbacks_by_key`."""

MAX_READ = 500
"""Essays read per refresh of the dataset: five BatchGetItem, about 500 read capacity units. The next refresh goes on."""

MAX_REMEMBERED = 50_000
"""Essays whose result is remembered, about 0.2 kB each; the oldest is dropped."""


class DefaultAnswers:
    """What the feedback of essays said, remembered as long as the process. Every method may be called from any thread."""

    def __init__(self, read: ReadFeedbacks) -> None:
        self._read_feedbacks = read
        self._lock = Lock()
        self._empty: dict[Key, int] = {}

    def remember(self, feedbacks: Iterable[tuple[Key, Feedback]]) -> None:
        """Remember what feedback says that was read for another purpose."""
        with self._lock:
            for key, feedback in feedbacks:
                self._empty[key] = int(empty_criteria(feedback))
            for key in [*islice(self._empty, max(0, len(self._empty) - MAX_REMEMBERED))]:
                del self._empty[key]

    def flagged(self, evaluations: pd.DataFrame, limit: int = MAX_READ) -> tuple[pd.DataFrame, Cost]:
        """The evaluations with the flags of `with_default_flags`, and the cost: at most `limit` essays are read.

        The newest are read first. Where reading fails (not allowed, throttled), the rest stays unchecked.
        """
        with self._lock:
            default_ids = {key[0] for key, empty in self._empty.items() if empty}
        rows = evaluations[may_hold_defaults(evaluations) | evaluations["evaluation_id"].isin(default_ids)]
        if rows.empty:
            return evaluations, Cost()
        newest = rows.sort_values("at", ascending=False, na_position="last", kind="stable")
        keys = [*zip(newest["evaluation_id"], newest["user_id"], strict=True)]
        cost = self._read([key for key in keys if key not in self._empty][:limit])
        known = pd.Series([self._empty.get(key, -1) for key in keys], index=newest.index)
        empty = known.clip(lower=0).reindex(evaluations.index, fill_value=0)
        unchecked = known.lt(0).reindex(evaluations.index, fill_value=False)
        return with_default_flags(evaluations, empty, unchecked), cost

    def _read(self, keys: list[Key]) -> Cost:
        cost = Cost()
        with suppress(DataError):
            for start in range(0, len(keys), MAX_BATCH_KEYS):
                batch = keys[start : start + MAX_BATCH_KEYS]
                feedbacks, batch_cost = self._read_feedbacks(batch)
                cost += batch_cost
                # an item that is gone holds no default
                self.remember((key, feedbacks.get(key, Feedback())) for key in batch)
        return cost

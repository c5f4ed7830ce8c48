"""The entries of the table of reviews, read whole and in the background, and joined with what this process stored.

The table is small. It is read again when it is old; what this process stored is there at once. Both are joined by their
keys, as entries never change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from threading import Lock

import pandas as pd

from bandup import clock
from bandup.analysis.notes import kept_targets, notes_table
from bandup.analysis.second_marks import marks_table
from bandup.queries.background_refresh import BackgroundRefresh
from data.errors import DataError
from data.paging import Client, OnPage
from data.results import Cost
from data.review_entries import CauseAction, HandOff, ReviewEntry
from data.reviews import ReviewsRead, ReviewTable
from data.settings import Settings

MAX_WAIT_SECONDS = 5.0
"""How long a page waits for the first read; after it, the page is shown without reviews, and says so."""


@dataclass(frozen=True, eq=False)
class Reviews:
    """What is stored, in order of time, and the tables of it, which stay the same objects until something is added.

    `problem`: a sentence where the table can't be read, or holds entries that can't; empty else. `cost`: of the last read.
    """

    entries: tuple[ReviewEntry, ...] = ()
    problem: str = ""
    cost: Cost = field(default_factory=Cost)
    _restricted: dict[frozenset[str], "Reviews"] = field(default_factory=dict)

    @cached_property
    def marks(self) -> pd.DataFrame:
        """Every mark, as of `bandup.analysis.second_marks.marks_table`."""
        return marks_table(self.entries)

    @cached_property
    def notes(self) -> pd.DataFrame:
        """Every note, as of `bandup.analysis.notes.notes_table`."""
        return notes_table(self.entries)

    @cached_property
    def targets(self) -> dict[str, float]:
        """The target band kept for each student."""
        return kept_targets(self.entries)

    def of_students(self, students: frozenset[str]) -> "Reviews":
        """Only the entries about these students."""
        if students not in self._restricted:
            entries = tuple(entry for entry in self.entries if getattr(entry, "user_id", None) in students)
            self._restricted[students] = Reviews(entries, self.problem)
        return self._restricted[students]

    def user_ids(self) -> frozenset[str]:
        """The students that entries are about."""
        return frozenset(user_id for entry in self.entries if (user_id := getattr(entry, "user_id", None)))

    def about_causes(self) -> "Reviews":
        """Only the entries about causes of failure, which are for ops."""
        return Reviews(tuple(e for e in self.entries if isinstance(e, CauseAction | HandOff)), self.problem)


class ReviewLog:
    """The entries of one table: read by a background refresh, and joined with what this process stored."""

    def __init__(self, table: ReviewTable, refresh_after: timedelta, now: Callable[[], datetime]) -> None:
        def load(_: OnPage) -> ReviewsRead:
            return table.read()

        self._table = table
        self._refresh = BackgroundRefresh(load, lambda: 0, refresh_after, now)
        self._lock = Lock()
        self._added: dict[tuple[str, str], ReviewEntry] = {}
        self._current: tuple[ReviewsRead | None, str, Reviews] | None = None

    def request(self) -> None:
        """Start the read where it is due, without waiting for it."""
        self._refresh.request()

    def current(self) -> Reviews:
        """What is known; waits only for the first read. Raises an unforeseen error of the read, not a named one."""
        self.request()
        if self._refresh.view().value is None:
            self._refresh.wait(MAX_WAIT_SECONDS)
        view = self._refresh.view()
        if view.error is not None and not isinstance(view.error, DataError):
            raise view.error
        problem = _problem(view.value, view.error)
        with self._lock:
            if self._current is None or self._current[:2] != (view.value, problem):
                self._join(view.value, problem)
            return self._current[2] if self._current else Reviews()

    def add(self, entry: ReviewEntry) -> None:
        """Store an entry, and know it from now on. Raises what `ReviewTable.add` raises."""
        self._table.add(entry)
        with self._lock:
            self._added[entry.subject, entry.at] = entry
            self._current = None

    def read_again(self) -> None:
        """Read the table again now, in the background."""
        self._refresh.request(now=True)

    def _join(self, read: ReviewsRead | None, problem: str) -> None:
        stored = {(entry.subject, entry.at): entry for entry in (read.entries if read else ())}
        self._added = {key: entry for key, entry in self._added.items() if key not in stored}
        entries = sorted({**stored, **self._added}.values(), key=lambda entry: entry.at)
        self._current = (read, problem, Reviews(tuple(entries), problem, Cost() if read is None else read.cost))


_creating = Lock()


def review_log(configured: Settings, client: Client) -> ReviewLog:
    """The log of the table that the settings name; one per process."""
    with _creating:
        return _new_review_log(configured, client)


@lru_cache(maxsize=4)
def _new_review_log(configured: Settings, client: Client) -> ReviewLog:
    return ReviewLog(ReviewTable(client, configured), configured.refresh_after, clock.now)


def _problem(read: ReviewsRead | None, error: Exception | None) -> str:
    if error is not None:
        return f"Second marks and notes can’t be read: {error}"
    if read is None:
        return "Second marks and notes are still being read."
    if read.unreadable:
        return f"{read.unreadable:,} entries of the table of reviews can’t be read here and are left out: a newer version may have written them."
    return ""

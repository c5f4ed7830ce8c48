"""One value that a background thread reads again when it is old, shared by all sessions: the dataset of all students.

One read at a time, however many sessions request it. An old value stays until the next one is read; a read that fails
keeps the old value, records the error, and is logged.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from traceback import format_tb
from typing import Generic, TypeVar

from data.errors import DataError, ReadCancelled
from data.paging import OnPage, ResponsePage
from data.results import ReadProgress, RefreshView

T = TypeVar("T")

log = logging.getLogger(__name__)


class BackgroundRefresh(Generic[T]):
    """Holds the latest value that `load` returned, and reads the next one in its own thread.

    `load` gets a callback for every page; `expected_items` is called once at the start of a read. `forget` is called when
    someone asks for a read now: it clears what else was read before.
    """

    def __init__(
        self,
        load: Callable[[OnPage], T],
        expected_items: Callable[[], int],
        refresh_after: timedelta,
        clock: Callable[[], datetime],
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._forget = forget
        self._load = load
        self._expected_items = expected_items
        self._refresh_after = refresh_after
        self._clock = clock
        self._lock = Lock()
        self._view = RefreshView[T](None, None, None, None)
        self._started_at: datetime | None = None
        self._logged: set[type[Exception]] = set()
        self._cancelled = Event()
        self._done = Event()
        self._done.set()

    def request(self, *, now: bool = False, refresh_after: timedelta | None = None) -> None:
        """Start a read where there is no value, the value is old, or with `now`; not while another read runs.

        A value is old `refresh_after` after its read started; the default is the constructor's. A first read that was
        cancelled starts again only with `now`: the next page that is opened must not undo the cancellation.
        """
        if now:
            self._forget()
        max_age = self._refresh_after if refresh_after is None else refresh_after
        with self._lock:
            view = self._view
            is_old = self._started_at is None or self._clock() - self._started_at >= max_age
            is_due = is_old if view.value is not None else not isinstance(view.error, ReadCancelled)
            if view.reading is not None or not (now or is_due):
                return
            # without a value, the last read failed: its error is no longer shown while the read runs again
            error = None if view.value is None else view.error
            self._view = replace(view, reading=ReadProgress(0, 0, 0), error=error)
            self._started_at = self._clock()
            self._cancelled.clear()
            self._done.clear()
        Thread(target=self._read, name="dataset refresh", daemon=True).start()

    def view(self) -> RefreshView[T]:
        """The current value, progress and error; never waits."""
        return self._view

    def wait(self, seconds: float) -> bool:
        """Wait until no read runs, at most `seconds`. Return whether no read runs."""
        return self._done.wait(seconds)

    def cancel(self) -> None:
        """End the running read at its next page; the current value stays."""
        self._cancelled.set()

    def _read(self) -> None:
        value, error = None, None
        try:
            expected_items = self._expected_items()
            with self._lock:
                self._view = replace(self._view, reading=ReadProgress(0, 0, expected_items))
            value = self._load(self._count)
        except Exception as raised:
            # kept for the pages, which show it or raise it again
            error = raised
        self._log(error)
        with self._lock:
            if error is None:
                self._view = RefreshView(value, self._started_at, None, None)
            else:
                since = self._view.failing_since or self._clock()
                self._view = replace(self._view, reading=None, error=error, failing_since=since)
            # inside the lock, so that it can't mark a read as done that is requested right after
            self._done.set()

    def _log(self, error: Exception | None) -> None:
        """Log a failure, once for each kind until a read succeeds; of an unforeseen error only its place.

        The text of an unforeseen error may hold anything, for instance the headers of a request.
        """
        if error is None:
            if self._logged:
                log.warning("Reading the tables works again.")
            self._logged.clear()
        elif type(error) not in self._logged:
            self._logged.add(type(error))
            details = str(error) if isinstance(error, DataError) else "\n" + "".join(format_tb(error.__traceback__))
            log.warning("Reading the tables failed (%s): %s", type(error).__name__, details.rstrip())

    def _count(self, page: ResponsePage) -> None:
        if self._cancelled.is_set():
            raise ReadCancelled(restart=partial(self.request, now=True))
        with self._lock:
            if reading := self._view.reading:
                reading = replace(reading, pages=reading.pages + 1, items=reading.items + page.count)
                self._view = replace(self._view, reading=reading)

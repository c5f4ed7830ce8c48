"""One value read in the background and shared by all sessions: the light frames of everyone.

Single flight: however many ask, one read runs. A value that has grown old stays on show while the next is read; a
read that fails leaves the old value in place and says why.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from data.paging import OnPage, Page, ReadCancelled
from data.results import ReadProgress, RefreshView

T = TypeVar("T")


class BackgroundRefresh(Generic[T]):
    """Holds the latest value that `load` gave and reads the next one in a thread of its own.

    `load` gets a callback for every page; `expected_items` is asked once at the start of a read.
    """

    def __init__(
        self,
        load: Callable[[OnPage], T],
        expected_items: Callable[[], int],
        refresh_after: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._load = load
        self._expected_items = expected_items
        self._refresh_after = refresh_after
        self._clock = clock
        self._lock = Lock()
        self._value: T | None = None
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._progress: ReadProgress | None = None
        self._error: Exception | None = None
        self._cancelled = Event()
        self._done = Event()
        self._done.set()

    def ask(self, *, now: bool = False, refresh_after: timedelta | None = None) -> None:
        """Starts a read where there is no value yet or it is old (or `now`), unless one is under way.

        Old is what `refresh_after` says, here or, where it is not given, when this was made.
        """
        lasts = self._refresh_after if refresh_after is None else refresh_after
        with self._lock:
            stale = self._tried_at is None or self._clock() - self._tried_at >= lasts
            failed_first = self._value is None and self._done.is_set()
            if self._progress is not None or not (now or stale or failed_first):
                return
            self._progress = ReadProgress(0, 0, 0)
            if self._value is None:
                # nobody is shown the old failure of a read that is being tried again
                self._error = None
            self._tried_at = self._clock()
            self._cancelled.clear()
            self._done.clear()
        Thread(target=self._read, name="snapshot", daemon=True).start()

    def view(self) -> RefreshView[T]:
        """What there is now; never waits."""
        with self._lock:
            return RefreshView(self._value, self._read_at, self._progress, self._error)

    def wait(self, seconds: float) -> bool:
        """Waits until no read is under way, at most so long; whether that is so."""
        return self._done.wait(seconds)

    def cancel(self) -> None:
        """Ends the read under way at its next page; the value on show stays."""
        self._cancelled.set()

    def _read(self) -> None:
        value, error = None, None
        try:
            expected_items = self._expected_items()
            with self._lock:
                self._progress = ReadProgress(0, 0, expected_items)
            value = self._load(self._count)
        except Exception as raised:
            # kept for whoever looks at the view, who shows it or raises it again
            error = raised
        with self._lock:
            if error is None:
                self._value, self._read_at = value, self._clock()
            self._error = error
            self._progress = None
            # inside the lock: a read asked for right after must not be taken for done
            self._done.set()

    def _count(self, page: Page) -> None:
        if self._cancelled.is_set():
            raise ReadCancelled
        with self._lock:
            if self._progress is not None:
                so_far = self._progress
                self._progress = ReadProgress(so_far.pages + 1, so_far.items + page.count, so_far.expected_items)

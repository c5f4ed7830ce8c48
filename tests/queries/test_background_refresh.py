"""One background read at a time; the old value stays until the next one is there, and when a read fails."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Queue
from threading import Barrier, Lock, Semaphore, Thread
from typing import Any

import pytest

from bandup.queries.background_refresh import BackgroundRefresh
from data.errors import ReadCancelled, Throttled
from data.paging import OnPage, ResponsePage
from data.results import Cost, ReadProgress, RefreshView

REFRESH_AFTER = timedelta(minutes=5)
START = datetime(2025, 6, 1, 12, tzinfo=UTC)
SOON = 5.0
"""Seconds after which a test that waits has failed."""


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


class Load:
    """A read that waits for the next event of the test: a page that arrives, the value to return, or the error to raise."""

    def __init__(self) -> None:
        self.count = 0
        self.entered = Semaphore(0)
        self.events = Queue[Any]()
        self.page_done = Semaphore(0)
        self._lock = Lock()

    def __call__(self, on_page: OnPage) -> Any:
        with self._lock:
            self.count += 1
        self.entered.release()
        while True:
            event = self.events.get(timeout=SOON)
            if isinstance(event, Exception):
                raise event
            if not isinstance(event, ResponsePage):
                return event
            try:
                on_page(event)
            finally:
                self.page_done.release()


class Reading:
    """A refresh with a clock and a read that the test controls."""

    def __init__(self) -> None:
        self.clock, self.load = Clock(), Load()
        self.expected: list[Any] = []
        self.refresh = BackgroundRefresh[Any](self.load, self._expected_items, REFRESH_AFTER, self.clock)

    def _expected_items(self) -> int:
        expected = self.expected.pop(0) if self.expected else 0
        if isinstance(expected, Exception):
            raise expected
        return int(expected)

    @property
    def view(self) -> RefreshView[Any]:
        return self.refresh.view()

    def begin(self, *, now: bool = False) -> None:
        """Request a read, and wait until it has begun."""
        self.refresh.request(now=now)
        assert self.load.entered.acquire(timeout=SOON)

    def end(self, event: Any) -> None:
        """Let the read end with this value or error."""
        self.load.events.put(event)
        assert self.refresh.wait(SOON)

    def arrive(self, items: int) -> None:
        """Let a page with this number of items arrive."""
        self.load.events.put(ResponsePage(items, Cost()))
        assert self.load.page_done.acquire(timeout=SOON)

    def read(self, event: Any) -> None:
        self.begin()
        self.end(event)


@pytest.fixture
def reading() -> Iterator[Reading]:
    reading = Reading()
    yield reading
    reading.load.events.put(None)
    reading.refresh.wait(SOON)


def test_before_the_first_request_there_is_no_value_and_no_read(reading):
    assert reading.view == RefreshView(None, None, None, None)
    assert reading.refresh.wait(0)
    assert reading.load.count == 0


def test_the_first_request_reads_and_the_value_has_the_time_the_read_started(reading):
    reading.begin()
    assert reading.view == RefreshView(None, None, ReadProgress(0, 0, 0), None)
    assert not reading.refresh.wait(0)
    reading.clock.advance(timedelta(seconds=7))
    reading.end("first")
    assert reading.view == RefreshView("first", START, None, None)


def test_ten_requests_at_once_start_one_read(reading):
    together = Barrier(10, timeout=SOON)

    def request() -> None:
        together.wait()
        for _ in range(20):
            reading.refresh.request()
            reading.refresh.request(now=True)

    threads = [Thread(target=request) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert reading.load.entered.acquire(timeout=SOON)
    reading.end("shared")
    assert reading.load.count == 1
    assert reading.view.value == "shared"


def test_a_young_value_is_not_read_again_and_an_old_one_is(reading):
    reading.read("first")
    reading.clock.advance(REFRESH_AFTER - timedelta(seconds=1))
    reading.refresh.request()
    assert reading.view.reading is None
    reading.clock.advance(timedelta(seconds=1))
    reading.begin()
    reading.end("second")
    assert reading.view.value == "second"
    assert reading.load.count == 2


def test_a_young_value_is_read_again_on_demand(reading):
    reading.read("first")
    reading.begin(now=True)
    reading.end("second")
    assert reading.view.value == "second"


def test_the_old_value_stays_while_the_next_is_read(reading):
    reading.read("first")
    reading.clock.advance(REFRESH_AFTER)
    reading.begin()
    view = reading.view
    assert (view.value, view.read_at, view.error) == ("first", START, None)
    assert view.reading is not None
    reading.end("second")
    assert reading.view == RefreshView("second", START + REFRESH_AFTER, None, None)


def test_a_read_that_fails_keeps_the_old_value_and_says_why(reading):
    error = Throttled(table="evaluations")
    reading.read("first")
    reading.clock.advance(REFRESH_AFTER)
    reading.read(error)
    assert reading.view == RefreshView("first", START, None, error, START + REFRESH_AFTER)


def test_failures_one_after_the_other_have_the_time_of_the_first(reading):
    reading.read("first")
    for _ in range(3):
        reading.clock.advance(REFRESH_AFTER)
        reading.read(Throttled(table="evaluations"))
    assert reading.view.failing_since == START + REFRESH_AFTER
    reading.clock.advance(REFRESH_AFTER)
    reading.read("second")
    assert reading.view.failing_since is None
    reading.clock.advance(REFRESH_AFTER)
    reading.read(KeyError("Items"))
    assert reading.view.failing_since == START + 5 * REFRESH_AFTER


def test_a_kind_of_failure_is_logged_once_until_a_read_succeeds(reading, caplog):
    secret = "x-amz-security-token: AQoDYXdz"
    reading.read("first")
    for error in (Throttled(table="evaluations"), Throttled(table="evaluations"), KeyError(secret), KeyError(secret)):
        reading.begin(now=True)
        reading.end(error)
    messages = [record.getMessage() for record in caplog.records]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert messages[0].endswith(
        "(Throttled): DynamoDB is throttling requests to evaluations: wait a minute, then try again."
    )
    assert "(KeyError)" in messages[1]
    assert "background_refresh.py" in messages[1], "it says where"
    assert secret not in caplog.text
    caplog.clear()
    reading.begin(now=True)
    reading.end("second")
    reading.begin(now=True)
    reading.end(Throttled(table="evaluations"))
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == [
        "Reading the tables works again.",
        "Reading the tables failed",
    ]


def test_a_refresh_that_failed_is_tried_again_when_due_and_its_error_disappears(reading):
    reading.read("first")
    reading.clock.advance(REFRESH_AFTER)
    reading.read(Throttled(table="evaluations"))
    reading.refresh.request()
    assert reading.view.reading is None
    reading.clock.advance(REFRESH_AFTER)
    reading.read("second")
    assert reading.view == RefreshView("second", START + 2 * REFRESH_AFTER, None, None)


def test_a_first_read_that_failed_is_tried_again_at_the_next_request(reading):
    error = Throttled(table="evaluations")
    reading.read(error)
    assert reading.view == RefreshView(None, None, None, error, START)
    reading.read("second")
    assert reading.view == RefreshView("second", START, None, None)


def test_progress_counts_pages_and_items_against_what_is_expected(reading):
    reading.expected = [200]
    reading.begin()
    assert reading.view.reading == ReadProgress(0, 0, 200)
    reading.arrive(30)
    reading.arrive(20)
    assert reading.view.reading == ReadProgress(2, 50, 200)
    assert reading.view.reading.share == 0.25
    reading.end("value")
    assert reading.view.reading is None


def test_progress_starts_at_zero_with_every_read(reading):
    reading.expected = [100, 80]
    reading.begin()
    reading.arrive(30)
    reading.end("first")
    reading.begin(now=True)
    assert reading.view.reading == ReadProgress(0, 0, 80)
    reading.end("second")


@pytest.mark.parametrize(
    ("progress", "share"),
    [
        (ReadProgress(0, 0, 0), 0.0),
        (ReadProgress(3, 300, 0), 0.0),
        (ReadProgress(1, 50, 100), 0.5),
        (ReadProgress(9, 500, 100), 0.99),
    ],
)
def test_the_share_of_a_read_under_way_is_below_one(progress, share):
    assert progress.share == share


def test_a_cancelled_read_ends_at_its_next_page_and_the_old_value_stays(reading):
    reading.read("first")
    reading.begin(now=True)
    reading.arrive(10)
    reading.refresh.cancel()
    assert reading.view.reading is not None
    reading.arrive(10)
    assert reading.refresh.wait(SOON)
    view = reading.view
    assert (view.value, view.read_at, view.reading) == ("first", START, None)
    assert isinstance(view.error, ReadCancelled)


def test_a_cancelled_read_does_not_cancel_the_next(reading):
    reading.begin()
    reading.refresh.cancel()
    reading.arrive(10)
    assert reading.refresh.wait(SOON)
    reading.clock.advance(REFRESH_AFTER)
    reading.refresh.request()
    assert reading.view.reading is None, "the next page that is opened undid the cancellation"
    reading.view.error.restart()
    assert reading.load.entered.acquire(timeout=SOON)
    reading.arrive(10)
    reading.end("second")
    assert reading.view == RefreshView("second", START + REFRESH_AFTER, None, None)


def test_an_error_of_expected_items_ends_the_read(reading):
    error = Throttled(table="evaluations")
    reading.expected = [error]
    reading.refresh.request()
    assert reading.refresh.wait(SOON)
    assert reading.view == RefreshView(None, None, None, error, START)
    assert reading.load.count == 0
    reading.read("second")
    assert reading.view.value == "second"


def test_an_unknown_error_is_kept_too(reading):
    error = KeyError("Items")
    reading.read(error)
    assert reading.view.error is error


def test_waiting_ends_when_the_time_is_up(reading):
    reading.begin()
    assert not reading.refresh.wait(0.01)
    reading.end("value")
    assert reading.refresh.wait(0)

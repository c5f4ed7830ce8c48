"""The background refresh over an endpoint that counts requests: one read for ten sessions, the old value kept on failure."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from bandup.queries.background_refresh import BackgroundRefresh
from benchmarks import generated_tables, server
from data.connection import Connection
from data.errors import Unreachable
from data.repository import Repository
from data.results import AllItems
from data.settings import from_environment

pytestmark = pytest.mark.server

ITEMS = 300
SOON = 30.0
REFRESH_AFTER = timedelta(minutes=5)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[server.EndpointProcess]:
    with server.endpoint(ITEMS) as started:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in started.environment().items():
            monkeypatch.setenv(name, value)
        yield started


def refresh_of(clock: Clock) -> BackgroundRefresh[AllItems]:
    repository = Repository(Connection(), from_environment(os.environ), clock)
    return BackgroundRefresh(repository.all_items, repository.expected_items, REFRESH_AFTER, clock)


def scans(endpoint: server.EndpointProcess) -> int:
    return endpoint.counts().get("Scan", 0)


def test_ten_sessions_at_once_cause_one_read_and_a_refresh_keeps_the_old_value(endpoint: Any) -> None:
    clock, together = Clock(), Barrier(10)
    refresh = refresh_of(clock)

    def open_page(_: int) -> AllItems | None:
        together.wait()
        refresh.request()
        assert refresh.wait(SOON)
        return refresh.view().value

    with ThreadPoolExecutor(10) as sessions:
        shown = {id(value) for value in sessions.map(open_page, range(10))}
    assert len(shown) == 1
    one_read = scans(endpoint)
    assert one_read == 2  # a page of each table
    first = refresh.view().value
    assert first is not None
    assert len(first.evaluations) == ITEMS

    clock.now += REFRESH_AFTER - timedelta(seconds=1)
    refresh.request()
    assert scans(endpoint) == one_read
    clock.now += timedelta(seconds=1)
    refresh.request()
    # until the read ends, the old value is there with its age
    view = refresh.view()
    assert view.value is first or view.reading is None
    assert refresh.wait(SOON)
    assert scans(endpoint) == 2 * one_read
    assert refresh.view().value is not first


def test_a_refresh_that_fails_keeps_the_old_value_and_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with server.endpoint(ITEMS) as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        refresh = refresh_of(clock)
        refresh.request()
        assert refresh.wait(SOON)
    first = refresh.view()
    clock.now += REFRESH_AFTER
    refresh.request()
    assert refresh.wait(SOON)
    failed = refresh.view()
    assert failed.value is first.value is not None
    assert failed.read_at == first.read_at
    assert isinstance(failed.error, Unreachable)


def test_a_student_by_address_takes_no_scan(endpoint: Any) -> None:
    repository = Repository(Connection(), from_environment(os.environ), Clock())
    assert len(repository.student(generated_tables.LONG_HISTORY_USER).evaluations)
    assert scans(endpoint) == 0
    assert endpoint.counts()["Query"] >= 2

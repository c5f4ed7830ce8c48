"""Reads of everyone in a real browser: cancelled, started again, and drawn as soon as they end."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bandup.pages_list import JOBS
from benchmarks.server import EndpointProcess, endpoint
from tests.browser import serving
from tests.browser.watching import Visits

ITEMS, DELAY = 3_000, 1.5
"""Some pages of the table, each of which takes so many seconds."""
SOON = 30_000


@pytest.fixture(scope="module")
def slow() -> Iterator[EndpointProcess]:
    with endpoint(ITEMS, DELAY) as started:
        yield started


@pytest.fixture
def opened(slow: EndpointProcess, server: Callable[..., str], visit: Visits) -> Callable[[str], Page]:
    """Opens a page of a dashboard that has read nothing, without waiting for the read."""
    address = server(slow.environment(indexed=False) | {"DASHBOARD_JOBS_REFRESH_SECONDS": "3600"})
    return lambda path: visit(address + path, settled=False)


@pytest.mark.parametrize("path", ["/", "/jobs"])
def test_the_first_read_is_cancelled_and_started_again(opened: Callable[[str], Page], path: str) -> None:
    page = opened(path)
    page.get_by_role("button", name="Cancel the read").click(timeout=SOON)
    notice = page.get_by_text("The read of the tables was cancelled, for everyone who looks at the dashboard")
    expect(notice).to_be_visible(timeout=SOON)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("button", name="Read the tables again").click()
    expect(page.get_by_text(re.compile("^Read under a minute ago"))).to_be_visible(timeout=2 * SOON)
    expect(notice).to_have_count(0)


def test_a_refresh_is_shown_and_the_page_is_drawn_again_when_it_ends(opened: Callable[[str], Page]) -> None:
    page = opened("/jobs")
    expect(page.get_by_text(re.compile("^Read under a minute ago"))).to_be_visible(timeout=2 * SOON)
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_text("a refresh is in progress")).to_be_visible(timeout=SOON)
    expect(page.get_by_text(re.compile("Reading the tables: .* so far"))).to_be_visible(timeout=SOON)
    # nobody does anything: the page's own timer is an hour
    expect(page.get_by_text("a refresh is in progress")).to_have_count(0, timeout=SOON)
    expect(page.get_by_text(re.compile("Reading the tables"))).to_have_count(0)


def test_a_failed_read_is_in_the_log_of_the_server(server: Callable[..., str], visit: Visits) -> None:
    nobody_listens = EndpointProcess("http://127.0.0.1:9").environment() | {"AWS_MAX_ATTEMPTS": "1"}
    page = visit(server(nobody_listens) + "/")
    expect(page.get_by_text("DynamoDB can't be reached")).to_be_visible(timeout=SOON)
    log = serving.running[-1].log_lines()
    assert log.count("Reading the tables failed (Unreachable): DynamoDB can't be reached") == 1


def test_what_was_opened_on_jobs_stays_open_through_refreshes(server: Callable[..., str], visit: Visits) -> None:
    page = visit(f"{server({'DASHBOARD_JOBS_REFRESH_SECONDS': '1'})}/jobs?{JOBS.examples['cause']}")
    page.get_by_text("Hand-off").click()
    for _ in range(6):
        expect(page.get_by_role("button", name="Download")).to_be_visible(timeout=1_000)
        page.wait_for_timeout(1_000)

"""The largest pages and the longest ids in real Chromium, on a desktop and on a phone."""

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from benchmarks import server as benchmark_server
from tests import heavy
from tests.browser import serving
from tests.browser.watching import Visits, settle
from tests.data import faulty

OVERFLOW = """() => Math.max(0, ...[document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')]
    .map(element => element.scrollWidth - element.clientWidth))"""
"""Pixels by which the page is wider than its window."""
MAX_ELEMENTS = 12_000
PHONE_HEIGHT = 844
"""Pixels."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with faulty.serving(heavy.tables(heavy.everything(time.time()))) as tables:
        environment = benchmark_server.EndpointProcess(tables.address).environment()
        with serving.dashboard(tmp_path_factory.mktemp("heavy"), environment) as running:
            yield running.address


def must_be_usable(page: Page, text: str) -> None:
    """The text is visible, and the page is not wider than its window and has a limited number of elements."""
    expect(page.get_by_text(text).first).to_be_visible(timeout=20_000)
    settle(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate("document.querySelectorAll('*').length") < MAX_ELEMENTS


@pytest.fixture
def go(served: str, visit: Visits) -> Callable[..., Page]:
    """`go("phone", "student", user_id=…)` opens a page in a view, every time in the same window."""

    def goto(view: str, path: str, **parameters: str | list[str]) -> Page:
        page = visit.watched[0].page if visit.watched else visit(served, view)
        page.goto(f"{served}/{path}?{urlencode(parameters, doseq=True)}")
        settle(page)
        return page

    return goto


@pytest.mark.parametrize("view", ["desktop", "phone"])
def test_the_largest_pages_are_usable(go: Callable[..., Page], view: str) -> None:
    page = go(view, "student", user_id=heavy.BUSY)
    must_be_usable(page, "All 20,000 evaluations")
    page.get_by_text("speaking", exact=True).first.click()
    expect(page).to_have_url(re.compile("skill=speaking"), timeout=20_000)

    page = go(view, "evaluation", evaluation_id=heavy.ESSAY, user_id=heavy.AUTHOR)
    must_be_usable(page, "In paragraph 0 the writer repeats")
    page.get_by_text("Show the raw item").click()
    expect(page.get_by_text('"essay_text"').first).to_be_visible(timeout=20_000)
    must_be_usable(page, "Essay")

    page = go(view, "flashcards", set_id=heavy.CARDS, user_id=heavy.COLLECTOR)
    must_be_usable(page, "5,000 of 5,000 cards")
    page.get_by_text("Study", exact=True).click()
    expect(page.get_by_text("0 of 5,000 cards known")).to_be_visible()
    page.get_by_role("button", name="Turn").click()
    expect(page.get_by_text("Meaning 0.")).to_be_visible()


@pytest.mark.parametrize("view", ["desktop", "phone"])
def test_pages_with_the_longest_ids_are_usable(go: Callable[..., Page], view: str) -> None:
    for user_id in (heavy.LONG_IDS["unbroken"], heavy.LONG_IDS["emoji"]):
        first, *_, failed = heavy.ids_of_few(user_id)
        for text, path, parameters in (
            ("Progress", "student", {"user_id": user_id}),
            ("Feedback", "evaluation", {"evaluation_id": first, "user_id": user_id}),
            ("Feedback", "compare", {"evaluation_id": heavy.ids_of_few(user_id)[:2], "user_id": user_id}),
            ("2 cards", "flashcards", {"set_id": user_id, "user_id": user_id}),
            ("Hand-off", "jobs", {"evaluation_id": failed, "user_id": user_id}),
        ):
            page = go(view, path, **parameters)
            must_be_usable(page, text)
            title_bottom = page.get_by_role("heading", level=1).evaluate(
                "title => title.getBoundingClientRect().bottom"
            )
            assert title_bottom < PHONE_HEIGHT, f"{path}: the title fills the screen"
    for path in ("", "jobs", "tables", "flashcards"):
        must_be_usable(go(view, path), path.capitalize() or "Students")

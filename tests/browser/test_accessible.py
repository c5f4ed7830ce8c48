"""axe finds no violation on any page, light or dark, nor on a phone; all expanders are open."""

import pytest
from playwright.sync_api import Page, expect

from bandup.pages_list import PAGES
from tests.browser.pictures import ADDRESSES
from tests.browser.watching import Visits, axe_violations, settle

PHONE_PAGES = [*(next(iter(page.example_addresses)) for page in PAGES), "flashcard-set", "cause"]
"""One example of each page, and two more that have elements which the others lack."""
CLOSED_EXPANDER = "[data-testid=stExpander] details:not([open])"
DARK_BACKGROUND = "rgb(18, 24, 28)"
POPOVER = "[data-testid=stPopover] button"


def in_group(name: str, view: str) -> object:
    """Parameters of a test that runs in the worker of its view, so that two workers share this file."""
    return pytest.param(name, view, marks=pytest.mark.xdist_group(f"accessible-{view}"))


@pytest.mark.parametrize(
    ("name", "view"),
    [*(in_group(name, "desktop") for name in ADDRESSES), *(in_group(name, "phone") for name in PHONE_PAGES)],
)
def test_every_page_is_accessible(demo: str, visit: Visits, name: str, view: str) -> None:
    page = visit(demo + ADDRESSES[name], view)
    open_expanders(page)
    expect(page.locator(CLOSED_EXPANDER)).to_have_count(0)
    check(page)
    if view == "desktop":
        in_the_dark(page)
        check(page)


@pytest.mark.parametrize("view", ["desktop", "phone"])
@pytest.mark.parametrize(("name", "label"), [("students", "A student’s own target"), ("evaluation", "Glossary")])
def test_popovers_are_accessible(demo: str, visit: Visits, name: str, label: str, view: str) -> None:
    page = visit(demo + ADDRESSES[name], view)
    for change_theme in (None, in_the_dark):
        if change_theme:
            change_theme(page)
        if not page.get_by_test_id("stPopoverBody").is_visible():
            page.locator(POPOVER, has_text=label).click()
        page.get_by_test_id("stPopoverBody").wait_for()
        settle(page)
        check(page)


TRANSITIONS_END = (
    "() => Promise.allSettled(document.getAnimations().filter(one => one.transitionProperty).map(one => one.finished))"
)
"""Colours change over a fraction of a second: axe would measure one in between."""


def check(page: Page) -> None:
    """axe finds nothing, and the page is not wider than the window."""
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def in_the_dark(page: Page) -> None:
    """Change to the dark theme as the system does at night; the figures follow with the next run of the page."""
    page.emulate_media(color_scheme="dark")
    page.keyboard.press("r")
    settle(page)
    page.evaluate(TRANSITIONS_END)
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == DARK_BACKGROUND


def open_expanders(page: Page) -> None:
    """Open all expanders, also those that appear when another is opened."""
    closed = page.locator(CLOSED_EXPANDER)
    for _ in range(40):
        if not closed.count():
            return
        closed.first.locator("summary").click()
        settle(page)

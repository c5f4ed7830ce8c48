"""The main flows by the keyboard alone: nothing here touches the mouse."""

import re
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Page, expect

from tests.browser.watching import Visits, settle

NAME = """() => {
    const at = document.activeElement;
    return `${at.getAttribute('aria-label') ?? ''} ${at.innerText ?? ''} ${at.getAttribute('placeholder') ?? ''}`;
}"""
MOST_TABS = 150
LIST_OPENS = 700
"""Milliseconds."""


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus is called so."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if name in page.evaluate(NAME):
            return
    raise AssertionError(f"{MOST_TABS} tabs do not reach “{name}”")


def enter(page: Page, name: str, then: Callable[[], None]) -> None:
    """Presses Enter on what is called so until what follows is there."""
    until(then, page, name, lambda: page.keyboard.press("Enter"))


def choose(page: Page, name: str, then: Callable[[], None]) -> None:
    """Opens a list and takes an entry, until what follows is there."""

    def take() -> None:
        settle(page)
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(LIST_OPENS)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

    until(then, page, name, take)


def until(then: Callable[[], None], page: Page, name: str, press: Callable[[], None]) -> None:
    """Presses on what is called so until what follows is there: a page drawn anew under the key loses the focus."""
    for _ in range(3):
        tab_to(page, name)
        press()
        with suppress(AssertionError):
            then()
            break
    then()
    settle(page)


def test_from_the_class_to_a_student_to_an_evaluation(demo: str, visit: Visits) -> None:
    page = visit(demo + "/")
    heading = page.get_by_role("heading", name="somchai.rattanakul", level=1)
    enter(page, "somchai.rattanakul", lambda: expect(heading).to_be_visible())

    chosen = page.get_by_role("combobox", name="Evaluation")
    enter(page, "Choose from a list", lambda: expect(chosen).to_be_visible())
    address = re.compile(r"/evaluation\?evaluation_id=.+&user_id=somchai.rattanakul$")
    choose(page, "Evaluation", lambda: expect(page).to_have_url(address))
    expect(page.get_by_role("heading", name=re.compile("Speaking|Writing"), level=1)).to_be_visible()


def test_a_student_is_found_from_anywhere(demo: str, visit: Visits) -> None:
    page = visit(demo + "/tables")
    for typed, address in (
        ("user-456", r"/student\?user_id=user-456$"),
        ("nguyen", r"/\?search=nguyen$"),  # several are called so
        ("minh", r"/\?search=minh$"),  # from a search to another
        ("phuong-linh", r"/student\?user_id=bui.phuong-linh$"),  # the only one
        ("no-such <b>student</b>", r"/\?search=no-such"),
    ):
        tab_to(page, "Find a student")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(address))
        settle(page)
    expect(page.get_by_text("No student’s id contains “no-such <b>student</b>”.")).to_be_visible()


def test_ops_open_a_cause_and_a_job(demo: str, visit: Visits) -> None:
    page = visit(demo + "/jobs")
    enter(page, "✕ failed", lambda: expect(page).to_have_url(re.compile(r"\?state=failed$")))
    cause = page.get_by_role("combobox", name="Cause")
    enter(page, "Choose from a list", lambda: expect(cause).to_be_visible())
    choose(page, "Cause", lambda: expect(page).to_have_url(re.compile(r"cause=")))
    expect(page.get_by_text(re.compile("Hand-off: the ids of"))).to_be_visible()

"""The main flows with the keyboard only."""

import re
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Page, expect

from tests.browser.watching import Visits, settle

FOCUSED_NAME = """() => {
    const element = document.activeElement;
    const attributes = ['aria-label', 'placeholder'].map(name => element.getAttribute(name) ?? '');
    return [element.innerText ?? '', ...attributes].join(' ');
}"""
MAX_TABS = 150
LIST_OPENING_MILLISECONDS = 700


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of this name has the focus."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED_NAME):
            return
    raise AssertionError(f"{MAX_TABS} tabs do not reach “{name}”")


def enter(page: Page, name: str, check: Callable[[], None]) -> None:
    """Press Enter on the element of this name until the check passes."""
    press_until(check, page, name, lambda: page.keyboard.press("Enter"))


def choose(page: Page, name: str, check: Callable[[], None]) -> None:
    """Open the list of this name and choose an entry, until the check passes."""

    def choose_entry() -> None:
        settle(page)
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(LIST_OPENING_MILLISECONDS)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

    press_until(check, page, name, choose_entry)


def press_until(check: Callable[[], None], page: Page, name: str, press: Callable[[], None]) -> None:
    """Press a key on the element of this name until the check passes: a page that is redrawn loses the focus."""
    for _ in range(3):
        tab_to(page, name)
        press()
        with suppress(AssertionError):
            check()
            break
    check()
    settle(page)


def test_a_teacher_opens_a_student_and_an_evaluation(demo: str, visit: Visits) -> None:
    page = visit(demo + "/")
    heading = page.get_by_role("heading", name="somchai.rattanakul", level=1)
    enter(page, "somchai.rattanakul", lambda: expect(heading).to_be_visible())

    evaluations = page.get_by_role("combobox", name="Evaluation")
    enter(page, "Choose from a list", lambda: expect(evaluations).to_be_visible())
    address = re.compile(r"/evaluation\?evaluation_id=.+&user_id=somchai.rattanakul$")
    choose(page, "Evaluation", lambda: expect(page).to_have_url(address))
    expect(page.get_by_role("heading", name=re.compile("Speaking|Writing"), level=1)).to_be_visible()


def test_a_student_is_found_from_every_page(demo: str, visit: Visits) -> None:
    page = visit(demo + "/tables")
    for typed, address in (
        ("user-456", r"/student\?user_id=user-456$"),
        ("nguyen", r"/\?search=nguyen$"),  # several students match
        ("minh", r"/\?search=minh$"),  # a second search
        ("phuong-linh", r"/student\?user_id=bui.phuong-linh$"),  # only one student matches
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
    causes = page.get_by_role("combobox", name="Cause")
    enter(page, "Choose from a list", lambda: expect(causes).to_be_visible())
    choose(page, "Cause", lambda: expect(page).to_have_url(re.compile(r"cause=")))
    expect(page.get_by_text(re.compile("Hand-off: the ids of"))).to_be_visible()


SET = "/flashcards?set_id=flashcard-set-123&user_id=user-456"


def test_the_keys_of_study_mode_work_at_once(demo: str, visit: Visits) -> None:
    page = visit(demo + SET)
    page.get_by_role("radio", name="Study").click()
    answer = page.locator(".b-study-card .b-answer")
    expect(page.locator(".b-study-card")).to_be_visible()
    settle(page)
    expect(answer).to_have_count(0)
    page.keyboard.press("Space")
    expect(answer).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"^1 of \d+ cards? known"))).to_be_visible()
    expect(page).to_have_url(re.compile("view=Study"))
    page.get_by_role("radio", name="Read").click()
    expect(page.locator(".b-study-card")).to_have_count(0)


def test_the_page_itself_has_no_frame_around_the_window(demo: str, visit: Visits) -> None:
    page = visit(demo + "/tables")
    page.locator("[data-testid=stMain]").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    style = page.evaluate(
        "() => { const style = getComputedStyle(document.activeElement);"
        " return [document.activeElement.dataset.testid, style.outlineStyle, style.boxShadow]; }"
    )
    assert style[:2] == ["stMain", "none"]
    assert "0px 3px 0px 0px inset" in style[2], "a line at its top shows the focus"


def test_tab_leaves_a_table_however_many_columns_it_has(demo: str, visit: Visits) -> None:
    page = visit(demo + "/")
    in_table = "document.activeElement.closest('[data-testid=stDataFrame]') !== null"
    inside = []
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        inside.append(page.evaluate(in_table))
        if any(inside) and not inside[-1]:
            break
    assert sum(inside) <= 5, "three buttons above the table, the table, and its cells"

"""The flows of teachers and ops in real Chromium: on the demo, and on tables over HTTP."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from tests import documented
from tests.browser import serving
from tests.browser.watching import Visits, axe_violations, settle

ROW_HEIGHT = 35


def click_row(page: Page, table: int, row: int) -> None:
    """Click the first cell of a row of a table by its coordinates: the grid is drawn on a canvas."""
    settle(page)
    grid = page.get_by_test_id("stDataFrame").nth(table)
    expect(grid.locator("canvas").first).to_be_visible()
    # scroll and measure in one step, as Streamlit may redraw the table in between; its top bar covers the top 200 pixels
    x, y = grid.evaluate(
        """grid => {
            grid.scrollIntoView({block: 'start'});
            document.querySelector('[data-testid="stMain"]').scrollBy(0, -200);
            const box = grid.getBoundingClientRect();
            return [box.x, box.y];
        }"""
    )
    page.mouse.click(x + 40, y + ROW_HEIGHT * (row + 1.5))


def open_row(page: Page, table: int, row: int, address: str) -> None:
    """Click a row until its address is open: a table that is redrawn under the mouse misses the click."""
    for _ in range(3):
        click_row(page, table, row)
        with suppress(AssertionError):
            expect(page).to_have_url(re.compile(address), timeout=8000)
            return
    expect(page).to_have_url(re.compile(address))


def test_a_teacher_opens_a_student_and_an_evaluation(demo: str, visit: Visits) -> None:
    page = visit(demo + "/")
    expect(page.get_by_role("heading", name="Students", level=1)).to_be_visible()
    expect(page.get_by_text("Demo data")).to_be_visible()

    page.get_by_role("searchbox", name="Search").fill("user-456")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?search=user-456$"))
    settle(page)
    open_row(page, 0, 0, r"/student\?user_id=user-456$")
    expect(page.get_by_role("heading", name="user-456", level=1)).to_be_visible()
    settle(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(4)

    open_row(page, 0, 0, r"/evaluation\?evaluation_id=.+&user_id=user-456$")
    expect(page.get_by_role("heading", name=re.compile("Writing|Speaking"), level=1)).to_be_visible()
    settle(page)
    expect(page.get_by_role("heading", name="Feedback")).to_be_visible()

    page.get_by_role("link", name="← Previous attempt").click()
    expect(page.get_by_role("link", name="Next attempt")).to_be_visible()
    page.get_by_role("link", name="This student’s page").click()
    expect(page.get_by_role("heading", name="user-456", level=1)).to_be_visible()


def test_an_unknown_id_links_to_all_students(demo: str, visit: Visits) -> None:
    page = visit(demo + "/student?user_id=nobody")
    expect(page.get_by_role("heading", name="No such student")).to_be_visible()
    page.get_by_role("link", name="All students").click()
    expect(page.get_by_role("heading", name="Students", level=1)).to_be_visible()


def test_the_first_page_after_a_start_has_the_frame(server: Callable[..., str], visit: Visits) -> None:
    page = visit(server() + "/jobs")
    expect(page.get_by_text("Demo data")).to_be_visible()
    expect(page.get_by_role("link", name="frame")).to_have_count(0)


@pytest.fixture(params=["none", "documented", "terraform"])
def environment(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment that names tables of the documented items, with one set of indexes after the other."""
    with serving.tables(request.param, documented.ITEMS) as environment:
        yield environment


def test_the_documented_items_are_shown_over_http(
    environment: dict[str, str], server: Callable[..., str], visit: Visits
) -> None:
    address = server(environment)
    page = visit(address + "/student?user_id=user-456")
    expect(page.get_by_text("Writing: 1 graded essay, the latest at band 7.0")).to_be_visible()
    expect(page.get_by_text("Speaking: 1 graded recording, the latest at band 7.0")).to_be_visible()
    expect(page.get_by_text("Demo data")).to_have_count(0)

    page = visit(address + "/evaluation?evaluation_id=speak-xyz789&user_id=user-456")
    for line in documented.TRANSCRIPT.splitlines():
        expect(page.get_by_text(line)).to_be_visible()
    expect(page.get_by_text("Speaks at length without noticeable effort.")).to_be_visible()

    page = visit(address + "/flashcards?set_id=flashcard-set-123&user_id=user-456")
    for card in documented.CARDS:
        expect(page.get_by_text(card["question"])).to_be_visible()
        expect(page.get_by_text(card["answer"], exact=True)).to_be_visible()


def test_ops_filter_open_a_cause_and_copy_a_command(demo: str, visit: Visits) -> None:
    page = visit(demo + "/jobs")
    page.get_by_role("button", name=re.compile("failed [0-9]")).first.click()
    expect(page).to_have_url(re.compile("state=failed"))
    page.get_by_role("radio", name="30d").click()
    expect(page).to_have_url(re.compile("window=30d"))
    settle(page)

    open_row(page, 0, 0, "cause=")
    expect(page.get_by_role("button", name="All causes")).to_be_visible()
    settle(page)
    open_row(page, 0, 0, r"/jobs\?(evaluation_id|set_id)=.+&user_id=.+")
    expect(page.get_by_role("heading", name="Hand-off")).to_be_visible()
    settle(page)

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    command = page.get_by_test_id("stCode").filter(has_text="aws dynamodb get-item").first
    command.hover()
    command.get_by_role("button", name=re.compile("copy", re.IGNORECASE)).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == command.locator("code").inner_text()
    assert copied.startswith("aws dynamodb get-item --table-name bandup-")
    page.get_by_role("link", name="All jobs").click()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def test_the_jobs_page_refreshes_itself_until_paused(server: Callable[..., str], visit: Visits) -> None:
    page = visit(server({"DASHBOARD_JOBS_REFRESH_SECONDS": "1"}) + "/jobs")
    changes = page.evaluate_handle(
        """() => { const changes = {count: 0};
            new MutationObserver(() => { changes.count += 1; }).observe(
                document.querySelector('[data-testid="stApp"]'), {attributeFilter: ['data-test-script-state']});
            return changes; }"""
    )
    page.wait_for_function("changes => changes.count >= 4", arg=changes, timeout=15_000)  # two reruns
    page.get_by_text("Pause").click()
    before, count = -1, 0
    for _ in range(8):  # the page shows the progress of a read that was under way until it ends
        before, count = count, changes.get_property("count").json_value()
        if count == before:
            break
        page.wait_for_timeout(2500)
    assert count == before, "the page still refreshes itself"


def test_a_set_is_studied_with_the_keyboard(demo: str, visit: Visits) -> None:
    page = visit(demo + "/flashcards?set_id=flashcard-set-123&user_id=user-456&view=Study")
    card = page.locator(".b-study-card")
    question = card.locator(".b-question").inner_text()
    expect(card.locator(".b-answer")).to_have_count(0)
    page.keyboard.press("Space")
    expect(card.locator(".b-answer")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(re.compile("^1 of .* known$"))).to_be_visible()
    expect(card.locator(".b-question")).not_to_have_text(question)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(re.compile("^1 of .* known$"))).to_be_visible()
    assert axe_violations(page) == []

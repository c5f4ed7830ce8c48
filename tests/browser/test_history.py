"""The address is the state of a page: one click is one entry of the history, and Back, Forward and reload show the same."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from bandup.demo import items
from tests.browser.pictures import ADDRESSES
from tests.browser.watching import Visits, settle

LINKS = "[data-testid=stPageLink] a, [data-testid=stHtml] a[href]"
ROW_HEIGHT = 35
PAUSE_MILLISECONDS = 150
"""How long a view must stay the same to be complete."""


def entries(page: Page) -> int:
    """The length of the browser's history."""
    return int(page.evaluate("history.length"))


VIEW = """() => [
    document.title,
    ...[...document.querySelectorAll('h1, h2')].map(heading => heading.innerText),
    ...[...document.querySelectorAll('[data-testid=stMain] input')]
        .filter(input => !input.closest('[class*=_by_keyboard]'))
        .map(input => input.type === 'checkbox' ? String(input.checked) : input.value),
    ...[...document.querySelectorAll('[data-testid=stMain] [aria-checked=true]')].map(option => option.innerText),
]"""
"""What tells one view from another: the tab's title, the headings, the values of the filters and the options chosen."""


def shown(page: Page) -> list[str]:
    """The view, once it is the same twice: the browser's address changes before the script runs."""
    view: list[str] = []
    for _ in range(60):
        settle(page)
        last, view = view, page.evaluate(VIEW)
        if view == last:
            return view
        page.wait_for_timeout(PAUSE_MILLISECONDS)
    pytest.fail(f"The page does not come to rest: {view}")


def follow(page: Page, click: Callable[[], None], address: str | re.Pattern[str]) -> None:
    """Click, and check that this leads to `address` by one entry, and that Back, Forward and reload show the same."""
    before, first, count = page.url, shown(page), entries(page)
    click()
    expect(page).to_have_url(address)
    settle(page)
    after, second = page.url, shown(page)
    assert entries(page) == count + 1
    page.go_back()
    expect(page).to_have_url(before)
    _until(page, first)
    assert entries(page) == count + 1
    page.go_forward()
    expect(page).to_have_url(after)
    _until(page, second)
    page.reload()
    _until(page, second)
    assert page.url == after
    assert entries(page) == count + 1


def _until(page: Page, expected: list[str]) -> None:
    """Wait until the page shows this, and check that it stays so."""
    with suppress(TimeoutError):
        page.wait_for_function(
            f"expected => JSON.stringify(({VIEW})()) === expected", arg=compact(expected), timeout=20_000
        )
    assert shown(page) == expected


def compact(view: list[str]) -> str:
    """A view as JavaScript's `JSON.stringify` writes it."""
    return json.dumps(view, ensure_ascii=False, separators=(",", ":"))


def one_link_per_kind(page: Page) -> dict[str, Locator]:
    """One link of the page for each page and each set of parameters that its links lead to, by address."""
    links: dict[tuple[str, tuple[str, ...]], tuple[str, Locator]] = {}
    for link in page.locator(LINKS).all():
        address = urljoin(page.url, f"./{link.get_attribute('href')}")  # Streamlit's link to the start page is empty
        parts = urlsplit(address)
        if link.is_visible() and address != page.url:
            links.setdefault((parts.path, tuple(sorted(parse_qs(parts.query)))), (address, link))
    return dict(links.values())


@pytest.mark.parametrize("name", ADDRESSES)
def test_links_lead_where_they_say(demo: str, visit: Visits, name: str) -> None:
    page = visit(demo + ADDRESSES[name])
    start, first = page.url, shown(page)
    for address, link in one_link_per_kind(page).items():
        count = entries(page)
        link.click()
        expect(page).to_have_url(address)
        assert entries(page) == count + 1, address
        assert shown(page) != first, address
        page.go_back()
        expect(page).to_have_url(start)
        _until(page, first)
        # the next click replaces the entry that Back left
        page.evaluate("history.pushState({}, '', location.href)")


def click_row(page: Page, table: int = 0, row: int = 0) -> Callable[[], None]:
    """Click the button in a row of a table."""

    def click() -> None:
        frame = page.get_by_test_id("stDataFrame").nth(table)
        frame.scroll_into_view_if_needed()
        box = frame.bounding_box()
        assert box
        page.mouse.click(box["x"] + 60, box["y"] + ROW_HEIGHT * (row + 1.5))

    return click


def choose_by_keyboard(page: Page, table: int = 0) -> Callable[[], None]:
    """Choose the first entry of the list for keyboard users below a table."""

    def choose() -> None:
        page.locator("summary", has_text="Choose from a list with the keyboard").nth(table).press("Enter")
        field = page.get_by_placeholder("Type to search").first
        field.wait_for()
        settle(page)
        field.press("ArrowDown")
        page.wait_for_timeout(700)
        if not page.get_by_role("option").count():  # the page scrolls to the field, which closes its list
            field.press("ArrowDown")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("Enter")

    return choose


@pytest.mark.parametrize("choose", [click_row, choose_by_keyboard], ids=["mouse", "keyboard"])
@pytest.mark.parametrize(
    ("start", "table", "destination"),
    [
        ("/?search=nguyen&target=7.0&skill=speaking", 0, r"/student\?user_id=.*&target=7\.0$"),
        ("/student?user_id=user-456&target=7.0", 0, r"/evaluation\?evaluation_id=.*&user_id=user-456$"),
        ("/flashcards", 0, r"/flashcards\?set_id=.*&user_id="),
        ("/jobs?state=failed&window=all", 0, r"/jobs\?state=failed.*&cause="),
        ("/jobs?state=failed", 1, r"/jobs\?(evaluation|set)_id="),
    ],
    ids=["student", "evaluation", "set", "cause", "job"],
)
def test_a_row_of_a_table_opens_and_back_restores_the_filters(
    demo: str, visit: Visits, start: str, table: int, destination: str, choose: Callable[..., Callable[[], None]]
) -> None:
    page = visit(demo + start)
    follow(page, choose(page, table), re.compile(destination))


def test_a_choice_from_the_keyboard_list_is_followed_once(demo: str, visit: Visits) -> None:
    page = visit(f"{demo}/jobs?state=failed")
    choose_by_keyboard(page, 1)()
    expect(page).to_have_url(re.compile("_id="))
    page.get_by_role("link", name="All jobs").click()
    expect(page).to_have_url(f"{demo}/jobs?state=failed")
    expect(page.get_by_role("heading", name="Causes")).to_be_visible()
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page).to_have_url(f"{demo}/jobs")
    expect(page.get_by_role("heading", name="Causes")).to_be_visible()


@pytest.mark.parametrize("view", ["desktop", "phone"])
def test_each_filter_is_one_entry_of_the_history(demo: str, visit: Visits, view: str) -> None:
    page = visit(f"{demo}/jobs", view)
    follow(page, page.get_by_role("radio", name="7d").click, f"{demo}/jobs?window=7d")
    follow(page, page.get_by_role("button", name="failed").first.click, f"{demo}/jobs?window=7d&state=failed")
    if view == "desktop":
        search = page.get_by_label("Search", exact=True)

        def submit() -> None:
            search.fill("quota")
            search.press("Enter")

        follow(page, submit, f"{demo}/jobs?window=7d&state=failed&find=quota")
        toggle = page.get_by_text("Still broken only")
        follow(page, toggle.click, f"{demo}/jobs?window=7d&state=failed&find=quota&broken=true")


@pytest.mark.parametrize("start", ["/", "/jobs", "/student?user_id=user-456"])
def test_the_finder_opens_a_student_from_every_page(demo: str, visit: Visits, start: str) -> None:
    page = visit(demo + start)
    field = page.get_by_label("Find a student")

    def find() -> None:
        field.fill("le.thi-thu-ha")
        field.press("Enter")

    follow(page, find, f"{demo}/student?user_id=le.thi-thu-ha")
    expect(page.get_by_role("heading", name="le.thi-thu-ha", level=1)).to_be_visible()


def test_quick_steps_back_keep_what_is_forward(demo: str, visit: Visits) -> None:
    page = visit(f"{demo}/student?user_id=user-456&target=7.0")
    click_row(page)()
    expect(page).to_have_url(re.compile("/evaluation"))
    urls = [page.url]
    for _ in range(2):
        shown(page)
        page.get_by_role("link", name="← Previous attempt").click()
        expect(page).not_to_have_url(urls[-1])
        urls.append(page.url)
    view, count = shown(page), entries(page)
    for pause in (30, 100, 400):
        page.evaluate("pause => { history.back(); setTimeout(() => history.back(), pause) }", pause)
        expect(page).to_have_url(urls[0])
        shown(page)
        page.evaluate("history.go(2)")
        expect(page).to_have_url(urls[2])
        _until(page, view)
        assert entries(page) == count


def test_a_redirect_leaves_no_entry_of_its_own(demo: str, visit: Visits) -> None:
    demo_items = (item for table, item in items.generate(datetime.now(UTC)) if table == "evaluations")
    flashcard_set = next(item for item in demo_items if item.get("evaluation_type") == {"S": "flashcard"})
    keys = urlencode({name: flashcard_set[name]["S"] for name in ("evaluation_id", "user_id")})
    page = visit(f"{demo}/jobs")
    count = entries(page)
    page.goto(f"{demo}/evaluation?{keys}")
    expect(page).to_have_url(f"{demo}/flashcards?{keys.replace('evaluation_id', 'set_id')}")
    assert entries(page) == count + 1
    page.go_back()
    expect(page).to_have_url(f"{demo}/jobs")


def test_the_menu_leads_from_an_open_item_to_the_bare_page(demo: str, visit: Visits) -> None:
    page = visit(f"{demo}/flashcards?set_id=flashcard-set-123&user_id=user-456")
    follow(page, page.get_by_role("link", name="Flashcards", exact=True).click, f"{demo}/flashcards")


def test_the_tab_names_what_is_open(demo: str, visit: Visits) -> None:
    titles = [visit(demo + ADDRESSES[name]).title() for name in ("students", "student", "jobs")]
    assert titles == ["Students · BandUp", "user-456 · BandUp", "Jobs · BandUp"]

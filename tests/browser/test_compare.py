"""Comparisons in real Chromium: of two students, of two attempts, on a phone, with hostile texts."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests import documented
from tests.browser import serving
from tests.browser.watching import Visits, axe_violations, settle

HOSTILE = "<img src=x onerror=alert(1)>![i](https://evil.example/i.png)"
WIDER_THAN_THE_SCREEN = """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && element.checkVisibility())
    .map(element => element.outerHTML.slice(0, 90))"""


def choose(page: Page, option: str) -> None:
    """Type into “Compare with” and choose the first option that matches."""
    page.get_by_role("combobox", name="Compare with").fill(option)
    page.get_by_role("option", name=option).first.click()


def test_two_students_are_compared_with_the_same_time_axes(demo: str, visit: Visits) -> None:
    page = visit(demo + "/student?user_id=user-456")
    page.get_by_role("link", name="Compare with another student").click()
    expect(page).to_have_url(re.compile(r"/compare\?user_id=user-456$"))
    choose(page, "minh-anh.nguyen")
    expect(page).to_have_url(re.compile(r"/compare\?user_id=user-456&user_id=minh-anh\.nguyen$"))
    expect(page.get_by_role("heading", name="Two students", level=1)).to_be_visible()
    settle(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    ranges = page.evaluate(
        "() => [...document.querySelectorAll('.js-plotly-plot')].map(plot => plot.layout.xaxis.range)"
    )
    assert ranges[0] == ranges[1]
    assert ranges[2] == ranges[3]
    expect(page.get_by_text("within noise (up to").first).to_be_visible()
    assert axe_violations(page) == []

    page.get_by_role("button", name="Compare with another student").first.click()
    expect(page).to_have_url(re.compile(r"/compare\?user_id=user-456$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Two students", level=1)).to_be_visible()


def test_an_attempt_is_compared_with_the_previous_one(demo: str, visit: Visits) -> None:
    page = visit(demo + "/evaluation?evaluation_id=speak-xyz789&user_id=user-456")
    page.get_by_role("link", name="Compare with the previous attempt").click()
    expect(page).to_have_url(
        re.compile(r"/compare\?evaluation_id=.+&evaluation_id=speak-xyz789&user_id=user-456&user_id=user-456$")
    )
    settle(page)
    expect(page.get_by_role("cell", name="Fluency and Coherence")).to_be_visible()
    expect(page.get_by_role("heading", name="Pronunciation")).to_have_count(2)
    assert axe_violations(page) == []

    page.get_by_role("link", name="This attempt’s page").nth(1).click()
    expect(page).to_have_url(re.compile(r"/evaluation\?evaluation_id=speak-xyz789&user_id=user-456$"))


@pytest.mark.parametrize(
    "address",
    [
        "/compare?user_id=minh-anh.nguyen"
        "&user_id=nguyen-thi-phuong-thao.ielts-intensive-evening-class-b2-ho-chi-minh-city-2026",
        "/compare?evaluation_id=eval-abc123&evaluation_id=speak-xyz789&user_id=user-456",
    ],
)
def test_on_a_phone_the_sides_are_stacked(demo: str, visit: Visits, address: str) -> None:
    page = visit(demo + address, "phone")
    columns = page.get_by_test_id("stColumn")
    first, second = (columns.nth(number).bounding_box() for number in (0, 1))
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"]
    assert page.evaluate(WIDER_THAN_THE_SCREEN) == []
    assert axe_violations(page) == []


@pytest.fixture
def hostile_environment() -> Iterator[dict[str, str]]:
    """The environment that names tables in which one job is stored under two users, with markup as every text."""
    texts = {name: {"S": HOSTILE} for name in ("feedback", "essay_text", "model_used", "task_type")}
    items = [{**documented.WRITING, **texts, "user_id": {"S": user_id}} for user_id in (HOSTILE, "user-456")]
    with serving.tables("none", [("evaluations", item) for item in items]) as environment:
        yield environment


def test_hostile_texts_stay_text(
    hostile_environment: dict[str, str], server: Callable[..., str], visit: Visits
) -> None:
    address = server(hostile_environment)
    page = visit(address + "/student?user_id=user-456", "dark")
    page.get_by_role("link", name="Compare with another student").click()
    choose(page, HOSTILE)
    expect(page.get_by_role("heading", name="onerror=alert(1)").first).to_be_visible()
    settle(page)
    expect(page.get_by_test_id("stMain").locator("img")).to_have_count(0)
    assert axe_violations(page) == []

    same_job = [("evaluation_id", "eval-abc123"), ("user_id", "user-456"), ("user_id", HOSTILE)]
    page = visit(f"{address}/compare?{urlencode([*same_job, same_job[0]])}", "dark")
    expect(page.locator(".b-prose", has_text=HOSTILE)).to_have_count(2)
    expect(page.get_by_test_id("stMain").locator("img")).to_have_count(0)
    assert axe_violations(page) == []

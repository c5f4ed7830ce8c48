"""Second marks in real Chromium: five by the keyboard, two browsers at once, the verdict, and a muted cause."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from playwright.sync_api import Browser, Page, expect

from bandup.demo import items
from data import provision
from data.review_entries import Mark
from data.reviews import ReviewTable
from data.settings import Settings
from tests.browser import serving
from tests.browser.watching import Visits, settle

NAMES = Settings(demo=False, reviews="bandup-reviews")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str], Any]]:
    """A dashboard on tables over HTTP with a table of reviews: its address, the environment of both, and a client."""
    rows = items.generate(datetime.now(UTC), evaluations=150)
    with serving.tables("provisioned", rows) as environment:
        client = boto3.client(
            "dynamodb",
            endpoint_url=environment["AWS_ENDPOINT_URL_DYNAMODB"],
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        provision.apply(client, provision.plan({"reviews": None}, {"reviews": NAMES.reviews}), lambda _: None)
        environment["DYNAMODB_REVIEWS"] = NAMES.reviews
        with serving.dashboard(tmp_path_factory.mktemp("school"), environment) as dashboard:
            yield dashboard.address, environment, client


def marks(client: Any, by: str) -> list[Mark]:
    return [entry for entry in ReviewTable(client, NAMES).read().entries if isinstance(entry, Mark) and entry.by == by]


def say_who(page: Page, name: str) -> None:
    field = page.get_by_role("textbox", name="Your name")
    field.fill(name)
    field.press("Enter")
    expect(field).to_have_count(0)
    settle(page)


def type_bands(page: Page, bands: str = "65") -> None:
    """Type the four criteria, by the keyboard alone, from the field that has the focus."""
    expect(page.locator(".st-key-first_band input")).to_be_focused()
    for position in range(4):
        page.keyboard.type(bands)
        if position < 3:
            page.keyboard.press("Tab")


def save(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.get_by_text("Press Enter again to save")).to_be_visible()
    settle(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second marks")).to_be_visible()
    settle(page)


def test_five_attempts_are_marked_by_the_keyboard_from_the_queue(school: Any, visit: Visits) -> None:
    address, _, client = school
    page = visit(f"{address}/marking")
    say_who(page, "Five")
    expect(page.get_by_text("0 of 50 attempts marked blind")).to_be_visible()
    page.locator("body").press("Enter")
    addresses = set()
    for number in range(5):
        expect(page).to_have_url(re.compile("mark=blind"))
        expect(page.get_by_role("heading", name="Your mark")).to_be_visible()
        settle(page)
        addresses.add(page.url)
        type_bands(page)
        save(page)
        assert len(marks(client, "Five")) == number + 1
        if number < 4:
            page.locator("body").press("Enter")
            expect(page.get_by_role("heading", name="Your mark")).to_be_visible()
    assert len(addresses) == 5
    stored = marks(client, "Five")
    assert all(mark.is_blind and mark.drawn == "queue" and mark.probability for mark in stored)
    page = visit(f"{address}/marking")
    say_who(page, "Five")
    expect(page.get_by_text("5 of 50 attempts marked blind")).to_be_visible()


def test_two_browsers_mark_at_once_and_nothing_is_lost_or_stored_twice(
    school: Any, browser: Browser, visit: Visits
) -> None:
    address, _, client = school
    first = visit(f"{address}/marking")
    say_who(first, "One")
    first.locator("body").press("Enter")
    expect(first.get_by_role("heading", name="Your mark")).to_be_visible()
    target = first.url
    context = browser.new_context()
    second = context.new_page()
    second.goto(target)
    say_who(second, "Two")
    for page in (first, second):
        settle(page)
        type_bands(page)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Press Enter again to save")).to_be_visible()
    for page in (first, second):
        page.keyboard.press("Enter")
    for page in (first, second):
        expect(page.get_by_role("heading", name="Second marks")).to_be_visible()
    assert [len(marks(client, by)) for by in ("One", "Two")] == [1, 1]
    first.reload()
    say_who(first, "One")
    expect(first.get_by_role("columnheader", name="Two")).to_be_visible()
    context.close()


def test_the_verdict_is_read(demo: str, visit: Visits) -> None:
    page = visit(f"{demo}/grader")
    expect(page.get_by_text("Writing: the grader marks 0.2 higher than the teachers")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^Task 2"))
    expect(row).to_contain_text("+0.3")
    page.get_by_test_id("stButtonGroup").get_by_text("speaking").click()
    expect(page).to_have_url(re.compile("skill=speaking"))
    expect(page.get_by_text("8 more marks until the reference values can be compared with")).to_be_visible()


def test_a_cause_is_muted_and_bandup_jobs_follows(school: Any, visit: Visits) -> None:
    address, environment, _ = school

    def muted() -> int:
        clean = {name: text for name, text in os.environ.items() if not name.startswith(serving.PERSONAL_PREFIXES)}
        done = subprocess.run(
            [sys.executable, "-m", "bandup", "jobs", "--json"],
            cwd=Path(__file__).parents[2],
            env=clean | environment,
            capture_output=True,
            check=False,
        )
        found: int = json.loads(done.stdout)["muted"]
        return found

    assert muted() == 0
    page = visit(f"{address}/jobs?state=stuck&cause=left+at+processing+by+an+error+that+was+not+caught")
    page.get_by_text("Owner, note, mute, resolved").click()
    say_who(page, "Olga")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_text(re.compile("muted until"))).to_be_visible()
    jobs = page.get_by_text("Hand-off: the ids of").inner_text()
    assert muted() == int(re.findall(r"ids of (\d+) job", jobs)[0])

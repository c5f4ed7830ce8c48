"""In real Chromium: the copied title of a student finds the student, and the worst items make few elements."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from benchmarks import server as benchmark_server
from tests import heavy, worst_items
from tests.browser import serving
from tests.browser.watching import Visits, settle
from tests.data import faulty
from tests.documented import WRITING

STUDENT = "class:4b@www.school.example"
WORST = ("a name of 150,000 characters over 13,000 leaves", "native feedback", "feedback that is no JSON")
SELECT_TITLE = """() => window.getSelection().selectAllChildren(document.querySelector("h1"))"""
ELEMENTS = "document.querySelectorAll('*').length"
MAX_ELEMENTS = 1_500


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    now = str(int(time.time()) - 3_600)
    own = {STUDENT: {}, "another": {}} | {name: worst_items.evaluations()[name] for name in WORST}
    items = [
        {**WRITING, "evaluation_id": {"S": name}, "user_id": {"S": name}, "created_at": {"N": now}, **attributes}
        for name, attributes in own.items()
    ]
    with faulty.serving(heavy.tables({"evaluations": items})) as tables:
        environment = benchmark_server.EndpointProcess(tables.address).environment()
        with serving.dashboard(tmp_path_factory.mktemp("copied"), environment) as running:
            yield running.address


def test_a_copied_title_finds_the_student(served: str, visit: Visits) -> None:
    page = visit(f"{served}/student?{urlencode({'user_id': STUDENT})}")
    expect(page.get_by_role("heading", name=STUDENT, level=1, exact=True)).to_be_visible(timeout=20_000)
    settle(page)
    page.evaluate(SELECT_TITLE)
    page.keyboard.press("ControlOrMeta+c")
    page.goto(served)
    expect(page.get_by_role("heading", name="Students", level=1)).to_be_visible(timeout=20_000)
    settle(page)
    finder = page.get_by_role("searchbox", name="Find a student")
    finder.focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(finder).to_have_value(STUDENT)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served}/student?{urlencode({'user_id': STUDENT})}")
    page.reload()
    expect(page.get_by_role("heading", name=STUDENT, level=1, exact=True)).to_be_visible(timeout=20_000)


def test_the_worst_items_make_few_elements(served: str, visit: Visits) -> None:
    page = visit(f"{served}/evaluation?{urlencode({'evaluation_id': STUDENT, 'user_id': STUDENT})}")

    def elements() -> int:
        expect(page.get_by_role("heading", name="Feedback")).to_be_visible(timeout=20_000)
        settle(page)
        page.get_by_text("Show the raw item").click()
        settle(page)
        return int(page.evaluate(ELEMENTS))

    base = elements()
    for name in WORST:
        page.goto(f"{served}/evaluation?{urlencode({'evaluation_id': name, 'user_id': name})}")
        assert elements() < base + MAX_ELEMENTS, name

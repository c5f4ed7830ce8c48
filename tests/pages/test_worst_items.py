"""Every page stays usable with the worst items: a bounded number of elements, and about the time of an ordinary item."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup.pages_list import SCRIPTS
from bandup.queries import cached_reads
from benchmarks import server
from tests import heavy, worst_items
from tests.data import faulty
from tests.navigation import titles
from tests.pages.conftest import FRAME, TIMEOUT

MAX_ELEMENTS = 1_500
"""Elements beyond those of the same page of an ordinary item."""
MAX_SECONDS = 5
"""Processor seconds beyond an ordinary item’s page, and as often as that page’s time on a machine that is busy."""
MAX_TIMES = 10


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    with (
        faulty.serving(heavy.tables(worst_items.stored(int(time.time()) - 3_600))) as endpoint,
        pytest.MonkeyPatch.context() as patched,
    ):
        for name, value in server.EndpointProcess(endpoint.address).environment().items():
            patched.setenv(name, value)
        cached_reads.reset_caches()
        yield
    cached_reads.reset_caches()


def elements_of(app: AppTest) -> int:
    """The elements that a page makes: tags of its HTML, lines of its code blocks, buttons of its pills, and its blocks."""
    html = sum(len(re.findall(r"<[a-z]", element.proto.body)) for element in app.get("html"))
    code = sum(element.value.count("\n") + 1 for element in app.code)
    tokens = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]')
    colored = sum(len(tokens.findall(element.value)) for element in app.code if element.language == "json")
    pills = sum(len(group.options) for group in app.get("button_group"))
    return html + code + colored + pills + len(app.markdown) + len(app.button)


class Pages:
    """One session that opens one page after the other."""

    def __init__(self) -> None:
        self.app = AppTest.from_file(FRAME, default_timeout=4 * TIMEOUT).run()

    def open(self, name: str, **parameters: Any) -> tuple[int, float]:
        """The number of elements of a page with its raw item, and the processor seconds that it took."""
        app = self.app
        app.switch_page(str(SCRIPTS / f"{name}.py"))
        app.query_params.clear()
        for key, value in parameters.items():
            app.query_params[key] = value
        app.session_state["raw"] = True
        started = time.process_time()
        app.run()
        seconds = time.process_time() - started
        assert not app.exception, app.exception[0].message
        assert titles(app)
        assert not titles(app)[0].startswith("No such")
        return elements_of(app), seconds


@pytest.fixture(scope="module")
def pages(served: None) -> Pages:
    return Pages()


@pytest.mark.parametrize("what", worst_items.PAGES)
def test_the_worst_items_are_usable(pages: Pages, what: str) -> None:
    page, parameters_of, items = worst_items.PAGES[what]
    base, base_seconds = pages.open(page, **parameters_of(worst_items.ORDINARY))
    too_large, too_slow = {}, {}
    for name in items():
        elements, seconds = pages.open(page, **parameters_of(name))
        if elements > base + MAX_ELEMENTS:
            too_large[name] = elements - base
        if seconds > max(MAX_SECONDS, MAX_TIMES * base_seconds):
            too_slow[name] = seconds
    assert not too_large
    assert not too_slow


def test_lists_of_the_worst_items_are_usable(pages: Pages) -> None:
    for page in ("students", "jobs", "flashcards"):
        elements, _ = pages.open(page)
        assert elements < 2 * MAX_ELEMENTS

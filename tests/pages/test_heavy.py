"""Tables as large and as odd in size as they can be: every page opens, is quick, and sends little to the browser."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from bandup.pages_list import PAGES
from benchmarks import server
from benchmarks.visitor import Run, Visitor
from tests import heavy
from tests.data import faulty

pytestmark = pytest.mark.server

PATHS = [page.address.removeprefix("/") for page in PAGES]
RERUNS = 3


@dataclass(frozen=True)
class Opened:
    """A page's first run and the quickest of its reruns."""

    first: Run
    rerun: Run


Open = Callable[..., Opened]


def opener(address: str) -> Open:
    def opened(page: str, **parameters: str | list[str]) -> Opened:
        path = f"{page}?{urlencode(parameters, doseq=True)}"
        with Visitor(address, path) as visitor:
            first = visitor.run()
            rerun = min((visitor.run() for _ in range(RERUNS)), key=lambda run: run.seconds)
        sys.stdout.write(
            f"{path[:60]}: first run {first.seconds:.2f} s, {first.received_bytes / 1e3:,.0f} kB;"
            f" rerun {rerun.seconds * 1e3:.0f} ms, {rerun.received_bytes / 1e3:,.0f} kB\n"
        )
        return Opened(first, rerun)

    return opened


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Open]]:
    """`serve(items)`: the real server on these items, with an endpoint of its own; returns a function that opens its pages."""
    with ExitStack() as stack:

        def served(items: dict) -> Open:
            endpoint = stack.enter_context(faulty.serving(heavy.tables(items)))
            environment = server.EndpointProcess(endpoint.address).environment()
            return opener(stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", environment)).address)

        yield served


@pytest.fixture(scope="module")
def opened(serve: Callable[..., Open]) -> Open:
    """Opens pages on all that is heavy."""
    return serve(heavy.everything(time.time()))


ATTEMPT = f"attempt-{7:06}"
BUSY = {
    "student": ("student", {"user_id": heavy.BUSY}),
    "one of the attempts": ("evaluation", {"evaluation_id": ATTEMPT, "user_id": heavy.BUSY}),
    "beside another student": ("compare", {"user_id": [heavy.BUSY, heavy.AUTHOR]}),
    "an attempt to put another beside": ("compare", {"evaluation_id": ATTEMPT, "user_id": heavy.BUSY}),
    "everyone": ("", {}),
    "jobs": ("jobs", {"state": "failed"}),
    "flashcards": ("flashcards", {"user_id": heavy.BUSY}),
}


DRAWN = ("student", "beside another student")
"""Pages whose figures draw the attempts."""


@pytest.mark.parametrize("what", BUSY)
def test_a_student_with_20000_evaluations(opened: Open, what: str) -> None:
    page, parameters = BUSY[what]
    page_runs = opened(page, **parameters)
    assert page_runs.first.seconds < 20
    # figures hold at most 4,000 points, a table's first rows come at once
    assert page_runs.first.received_bytes < (3_000_000 if what in DRAWN else 250_000)
    assert page_runs.rerun.seconds < 1.5
    assert page_runs.rerun.received_bytes < 500_000


LONG = {
    "evaluation": ("evaluation", {"evaluation_id": heavy.ESSAY, "user_id": heavy.AUTHOR}),
    "student": ("student", {"user_id": heavy.AUTHOR}),
    "beside another": ("compare", {"evaluation_id": [heavy.ESSAY, f"0{heavy.AUTHOR}"], "user_id": heavy.AUTHOR}),
    "its job": ("jobs", {"evaluation_id": heavy.ESSAY, "user_id": heavy.AUTHOR}),
}


@pytest.mark.parametrize("what", LONG)
def test_an_essay_of_400_kb(opened: Open, what: str) -> None:
    page, parameters = LONG[what]
    page_runs = opened(page, **parameters)
    assert page_runs.first.received_bytes < 1_000_000
    assert page_runs.rerun.seconds < 1
    assert page_runs.rerun.received_bytes < 100_000  # the text is with the browser already


@pytest.mark.parametrize("view", ["Read", "Study"])
def test_a_set_of_5000_cards_is_not_sent_at_once(opened: Open, view: str) -> None:
    page_runs = opened("flashcards", set_id=heavy.CARDS, user_id=heavy.COLLECTOR, view=view)
    assert page_runs.first.received_bytes < 60_000
    assert page_runs.rerun.received_bytes < 60_000
    assert page_runs.rerun.seconds < 0.5


@pytest.mark.parametrize("user_id", heavy.LONG_IDS.values(), ids=heavy.LONG_IDS)
def test_ids_of_1_kb(opened: Open, user_id: str) -> None:
    first, *_, failed = heavy.ids_of_few(user_id)
    pages = [
        opened("student", user_id=user_id),
        opened("evaluation", evaluation_id=first, user_id=user_id),
        opened("compare", user_id=[user_id, heavy.AUTHOR]),
        opened("flashcards", set_id=user_id, user_id=user_id),
        opened("jobs", evaluation_id=failed, user_id=user_id),
    ]
    assert max(runs.first.received_bytes for runs in pages) < 500_000
    assert max(runs.rerun.seconds for runs in pages) < 0.5


def test_tables_without_an_item(serve: Callable[..., Open]) -> None:
    opened = serve({})
    for page in PATHS:
        assert opened(page).rerun.seconds < 0.5
    for page, parameters in BUSY.values():
        opened(page, **parameters)


def test_a_table_with_one_item(serve: Callable[..., Open]) -> None:
    opened = serve(heavy.one_item(time.time()))
    for page in PATHS:
        opened(page)
    (item,) = heavy.one_item(0)["evaluations"]
    own = {"user_id": item["user_id"]["S"]}
    for page, parameters in (
        ("student", own),
        ("evaluation", {"evaluation_id": item["evaluation_id"]["S"], **own}),
        ("compare", {"evaluation_id": item["evaluation_id"]["S"], **own}),
        ("compare", own),
        ("flashcards", own),
        ("jobs", {"evaluation_id": item["evaluation_id"]["S"], **own}),
    ):
        opened(page, **parameters)

"""Fixtures for tests in real Chromium: `demo` and `server` start the dashboard, `visit` opens its pages and watches them."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium, serving
from tests.browser.watching import Contexts, Visits

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on the embedded demo, one for the whole session: tests leave it as they found it."""
    with serving.dashboard(tmp_path_factory.mktemp("demo")) as running:
        yield running.address


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`server(environment, secrets=None)`: starts a dashboard for this test alone and returns its address."""
    with ExitStack() as stack:

        def start(environment: Mapping[str, str] | None = None, secrets: str | None = None) -> str:
            folder = tmp_path_factory.mktemp("server")
            return stack.enter_context(serving.dashboard(folder, environment, secrets)).address

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    executable = chromium.find()
    if executable is None:
        pytest.fail(chromium.MISSING)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=executable, args=chromium.arguments())
        yield chrome
        chrome.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Contexts]:
    """What the pages of all visits are opened in."""
    made = Contexts(browser)
    yield made
    made.close()


@pytest.fixture
def visit(contexts: Contexts, server: Callable[..., str], request: pytest.FixtureRequest) -> Iterator[Visits]:
    """`visit(address, view="desktop")`: the page once it stands still. See `Visits`.

    In the end the test fails if a page logged a console error, threw, or asked another host for anything. Of a test that
    fails, pictures of its pages are left in `pictures/`. (It asks for `server` so that no server stops under an open page.)
    """
    visits = Visits(contexts)
    yield visits
    complaints = visits.complaints
    if complaints or request.node.stash.get(FAILED, False):
        visits.take_pictures(
            request.config.rootpath / "pictures", re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
        )
    visits.close()
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


LONGEST = ("hostile", "accessible", "sign_in", "flows", "heavy", "by_keyboard")
"""The files that take longest: they begin first, so that in the end no worker has one of them left alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last, as Playwright keeps an event loop that others would trip over; of them the longest first."""
    here = Path(__file__).parent
    order = {here / f"test_{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (here in item.path.parents, order.get(item.path, len(order))))
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Tell the fixtures of a test whether it failed, and show the log of every running dashboard with the failure."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        report.sections += [(f"log of the dashboard at {s.address}", s.log_lines()) for s in serving.running]
    return report

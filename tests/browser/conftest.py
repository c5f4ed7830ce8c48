"""Fixtures for tests in real Chromium: `demo` and `server` start the dashboard, `visit` opens and checks its pages."""

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
    """The address of a dashboard on the embedded demo, shared by the whole session: tests must not change it."""
    with serving.dashboard(tmp_path_factory.mktemp("demo")) as dashboard:
        yield dashboard.address


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`server(environment, secrets=None)` starts a dashboard for this test alone and returns its address."""
    with ExitStack() as stack:

        def start(environment: Mapping[str, str] | None = None, secrets: str | None = None) -> str:
            folder = tmp_path_factory.mktemp("server")
            return stack.enter_context(serving.dashboard(folder, environment, secrets)).address

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    executable = chromium.find()
    if executable is None:
        pytest.fail(chromium.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.arguments())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Contexts]:
    """The browser contexts in which all visits open their pages."""
    contexts = Contexts(browser)
    yield contexts
    contexts.close()


@pytest.fixture
def visit(contexts: Contexts, server: Callable[..., str], request: pytest.FixtureRequest) -> Iterator[Visits]:
    """`visit(address, view="desktop")` opens a page and waits until it is complete. See `Visits`.

    Afterwards the test fails if a page logged a console error, threw an exception or sent a request to another host. If
    a test fails, screenshots of its pages are left in `pictures/`. The fixture depends on `server` so that no server
    stops before its pages are closed.
    """
    visits = Visits(contexts)
    yield visits
    complaints = visits.complaints
    if complaints or request.node.stash.get(FAILED, False):
        name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
        visits.take_pictures(request.config.rootpath / "pictures", name)
    visits.close()
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


SLOWEST = ("history", "hostile", "accessible", "refresh", "heavy", "flows", "sign_in", "by_keyboard", "narrow_windows")
"""The slowest files, which run first, so that no worker is left with one of them at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last, because Playwright leaves an event loop running, and the slowest of them first."""
    here = Path(__file__).parent
    order = {here / f"test_{name}.py": position for position, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: (here in item.path.parents, order.get(item.path, len(order))))
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Store whether a test failed, for its fixtures, and add the log of every running dashboard to the report."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        report.sections += [
            (f"log of the dashboard at {dashboard.address}", dashboard.log_lines()) for dashboard in serving.running
        ]
    return report

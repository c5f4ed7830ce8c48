"""Open pages in real Chromium and record console errors, script errors and requests to other hosts."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

VIEWS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
}
IS_SETTLED = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app?.getAttribute('data-test-script-state') === 'notRunning'
        && !document.querySelector('[data-testid="stSkeleton"]')
        && !document.getAnimations().some(animation =>
            animation.playState === 'running' && animation.effect.getComputedTiming().endTime < Infinity);
}"""
SETTLE_SECONDS = 60
MAX_HEIGHT = 6000
"""Pixels: the maximum height of a picture."""
REDRAW_MILLISECONDS = 1000
"""How long figures take to adapt to a new size of the window."""


class Contexts:
    """Browser contexts, one per server and view: the pages of one context share its cache, its cookies and its process."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[tuple[str, str], BrowserContext] = {}

    def __call__(self, host: str, view: str) -> BrowserContext:
        """The context for pages of this server in `view`."""
        if (host, view) not in self._contexts:
            context = self._browser.new_context(**VIEWS[view], accept_downloads=True)
            keep_process(context, f"http://{host}")
            self._contexts[host, view] = context
        return self._contexts[host, view]

    def close(self) -> None:
        """Close all contexts."""
        for context in self._contexts.values():
            context.close()


@dataclass
class WatchedPage:
    """One page and its complaints: console errors, script errors and requests to other hosts."""

    page: Page
    host: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", lambda request: self._on_address(request.url))
        self.page.on("websocket", lambda socket: self._on_address(socket.url))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def _on_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.complaints.append(f"request to another host: {address}")


class Visits:
    """Opens each address in a page of its own, and keeps the complaints of all pages."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.watched: list[WatchedPage] = []

    def __call__(self, address: str, view: str = "desktop", *, settled: bool = True) -> Page:
        """Open `address` in a view (desktop, dark or phone) and return the page, when it has settled unless told otherwise."""
        host = urlsplit(address).netloc
        page = self.contexts(host, view).new_page()
        self.watched.append(WatchedPage(page, host))
        page.goto(address)
        if settled:
            settle(page)
        return page

    @property
    def complaints(self) -> list[str]:
        """The complaints of all pages, each after the address of its page."""
        return [f"{watched.page.url}: {complaint}" for watched in self.watched for complaint in watched.complaints]

    def take_pictures(self, folder: Path, name: str) -> list[Path]:
        """Take a picture of every page that is still open, and return the paths of the pictures."""
        pages = [watched.page for watched in self.watched if not watched.page.is_closed()]
        paths = [folder / f"{name}.{number}.png" for number in range(1, len(pages) + 1)]
        for page, path in zip(pages, paths, strict=True):
            page.screenshot(path=path)
        return paths

    def close(self) -> None:
        """Close every page."""
        for watched in self.watched:
            watched.page.close()


def keep_process(context: BrowserContext, address: str) -> None:
    """Open a page of this server and leave it open, so that the context's later pages run in one process.

    Chromium starts with `--process-per-site`. A process that has Streamlit's scripts compiled opens a page in a third of
    the time; it ends with its last page.
    """
    context.new_page().goto(f"{address}/_stcore/health")


def settle(page: Page) -> None:
    """Wait until Streamlit has run the script, all elements are drawn and no animation is running.

    After a click that changes something, wait for the change first. After a click that only opens something, settling
    keeps the next click from hitting an element that is still moving.
    """
    page.wait_for_function(IS_SETTLED, timeout=SETTLE_SECONDS * 1000)


def fit_window_to_page(page: Page) -> None:
    """Make the window as high as the page's content, so that a picture shows all of it."""
    height = page.evaluate("""() => Math.max(...[...document.querySelectorAll('[data-testid="stMain"]')]
        .map(main => main.scrollHeight))""")
    size = page.viewport_size or {"width": 1440}
    page.set_viewport_size({"width": size["width"], "height": min(int(height), MAX_HEIGHT)})
    page.wait_for_timeout(REDRAW_MILLISECONDS)


def axe_violations(page: Page, ignored_rules: Collection[str] = ()) -> list[str]:
    """What axe finds on the page, one line per violation: rule, impact, advice, and the element.

    Only violations are reported in full: the details of every passed check would be megabytes.
    """
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(str(part) for part in node['target'])}"
        for rule in violations
        if rule["id"] not in ignored_rules
        for node in rule["nodes"]
    ]

"""Pages in real Chromium, watched for what should never happen: console errors, script errors, requests to other hosts."""

import re
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
STILL = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    return app?.getAttribute('data-test-script-state') === 'notRunning'
        && !document.querySelector('[data-testid="stSkeleton"]')
        && !document.getAnimations().some(motion =>
            motion.playState === 'running' && motion.effect.getComputedTiming().endTime < Infinity);
}"""
STILL_SECONDS = 60
MOST_PIXELS = 6000
DRAWING_MILLISECONDS = 1000  # figures draw themselves anew for another size
# On a page opened by its address Streamlit's frontend looks for its server at <page>/_stcore/ first, and gets two 404s.
PROBE = re.compile(r"^/.+/_stcore/(health|host-config)$")


class Contexts:
    """Browser contexts, one per server and view: pages of one share what was loaded before, and no cookie of another's."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._made: dict[tuple[str, str], BrowserContext] = {}

    def __call__(self, host: str, view: str) -> BrowserContext:
        """The context for pages of this server as they are seen in `view`."""
        if (host, view) not in self._made:
            self._made[host, view] = self._browser.new_context(**VIEWS[view], accept_downloads=True)
        return self._made[host, view]

    def close(self) -> None:
        """Close them all."""
        for context in self._made.values():
            context.close()


@dataclass
class Watched:
    """One page, and what it did that it should not."""

    page: Page
    host: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", lambda request: self._on_address(request.url))
        self.page.on("websocket", lambda socket: self._on_address(socket.url))

    def _on_console(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        probe = "404" in message.text and PROBE.match(urlsplit(address).path)
        if message.type == "error" and not probe:
            self.complaints.append(f"console error: {message.text} ({address})")

    def _on_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.complaints.append(f"request to another host: {address}")


class Visits:
    """Opens addresses, each in a page of its own, and keeps what every page did."""

    def __init__(self, contexts: "Contexts") -> None:
        self.contexts = contexts
        self.watched: list[Watched] = []

    def __call__(self, address: str, view: str = "desktop") -> Page:
        """The page at `address` once it stands still, seen as in `view`: desktop, dark or phone."""
        host = urlsplit(address).netloc
        page = self.contexts(host, view).new_page()
        self.watched.append(Watched(page, host))
        page.goto(address)
        settle(page)
        return page

    @property
    def complaints(self) -> list[str]:
        """What should not have happened, over all pages, each with the address that the page was at."""
        return [f"{watched.page.url}: {complaint}" for watched in self.watched for complaint in watched.complaints]

    def take_pictures(self, folder: Path, name: str) -> list[Path]:
        """A picture of every page that is still open."""
        pages = [watched.page for watched in self.watched if not watched.page.is_closed()]
        paths = [folder / f"{name}.{number}.png" for number in range(1, len(pages) + 1)]
        for page, path in zip(pages, paths, strict=True):
            page.screenshot(path=path)
        return paths

    def close(self) -> None:
        """Close every page."""
        for watched in self.watched:
            watched.page.close()


def settle(page: Page) -> None:
    """Wait until Streamlit has run the script and drawn every element, and none is still moving.

    After a click, first wait for what it changes. Where something has only been opened, waiting like this before the next
    click keeps that from falling on what has just moved to its place.
    """
    page.wait_for_function(STILL, timeout=STILL_SECONDS * 1000)


def whole_page(page: Page) -> None:
    """Make the window as high as what the page scrolls, so that a picture shows all of it."""
    height = page.evaluate("""() => Math.max(...[...document.querySelectorAll('[data-testid="stMain"]')]
        .map(main => main.scrollHeight))""")
    size = page.viewport_size or {"width": 1440}
    page.set_viewport_size({"width": size["width"], "height": min(int(height), MOST_PIXELS)})
    page.wait_for_timeout(DRAWING_MILLISECONDS)


def axe_violations(page: Page, leave_out: Collection[str] = ()) -> list[str]:
    """What axe finds on the page, a line each: rule, impact, what it asks for, and where. `leave_out`: rules not wanted."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(str(part) for part in node['target'])}"
        for rule in found
        if rule["id"] not in leave_out
        for node in rule["nodes"]
    ]

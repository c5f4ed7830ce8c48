"""The start page of Streamlit's frontend, as the dashboard serves it at the path of every page."""

import re
from importlib import resources
from pathlib import Path

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bandup.pages_list import PAGES

SCRIPT = Path(__file__).with_name("start_page.js")
"""Tells the frontend where its server is, which it would first look for below the path of the page; and follows links."""

FONT_PRELOAD = re.compile(r"<link\b[^>]*\bas=\"font\"[^>]*>\s*")
"""170 KB of a font that the theme of .streamlit/config.toml replaces by the system's own."""


def index_html() -> str:
    """Streamlit's start page with our script and title.

    It is read at every start: an upgrade may change it, and the hash of its inline script with it.
    """
    html = resources.files("streamlit").joinpath("static", "index.html").read_text(encoding="utf-8")
    html = FONT_PRELOAD.sub("", html.replace("<title>Streamlit</title>", "<title>BandUp results</title>"))
    return html.replace("<head>", f"<head><script>{SCRIPT.read_text('utf-8')}</script>", 1)


class StartPage:
    """ASGI middleware that serves `html` as the start page of the frontend, at the path of every page."""

    def __init__(self, app: ASGIApp, home: str, html: str) -> None:
        self.app = app
        self.paths = {home, *(f"{home}{page.name}" for page in PAGES)}
        self.response = HTMLResponse(html, headers={"cache-control": "no-cache"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app, or the start page."""
        is_page = scope["type"] == "http" and scope["path"] in self.paths and scope["method"] in {"GET", "HEAD"}
        await (self.response if is_page else self.app)(scope, receive, send)

"""What `streamlit run dashboard.py` starts: `frame.py`, with security headers on every response.

The tables hold what students wrote and what a language model answered. Should any of it ever reach a page as markup, the
Content-Security-Policy is the second lock: no script but Streamlit's own runs, and nothing is loaded from another host.
"""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module, resources
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def inline_script_hashes(html: str) -> list[str]:
    """The CSP source of every inline script in a page, in order: `'sha256-…'`, over the exact text between the tags."""
    digests = (hashlib.sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def security_headers(index_html: str) -> dict[str, str]:
    """The headers of every response, for a frontend whose start page is `index_html`.

    WebGL traces of plotly (`scattergl`, and `plotly.express` from 1,000 points on unless `render_mode="svg"`) compile code as
    they draw, would need 'unsafe-eval', and show "WebGL is not supported" instead: the charts draw in SVG.
    """
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *inline_script_hashes(index_html)]),
        "style-src": "'self' 'unsafe-inline'",  # Streamlit's styles are written into the page as it is drawn
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",  # covers the websocket of the same host and port
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",  # addresses carry user ids
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class SecurityHeaders:
    """ASGI middleware that sets `headers` on every HTTP response; bodies pass through as they come, websockets untouched."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def warm_up() -> None:
    """Begins what the first page takes seconds for before anybody opens it: imports, and the demo's data.

    AWS is not read: what costs is asked for by a page.
    """
    for module in ("charts.distribution", "charts.matrix", "components.students", "components.take_away"):
        import_module(module)
    cached = import_module("data.cached")
    with suppress(cached.DataError):  # the first page says what is wrong
        if cached.settings().demo:
            cached.snapshots()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Starts the warm-up with the server; the server does not wait for it."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield


# Read at every start: an upgrade of Streamlit may change its start page, and with it the hash.
index_html = resources.files(st).joinpath("static", "index.html").read_text(encoding="utf-8")

# The frame calls st.navigation, but until it has, Streamlit takes a `pages/` folder for the old kind of multipage app: the
# first address opened after a start would run a page's script alone, without the frame and its gate. This is the flag
# that st.navigation sets; there is no public one.
PagesManager.uses_pages_directory = False

app = st.App(
    Path(__file__).with_name("frame.py"),  # beside this file, whatever the working directory
    lifespan=lifespan,
    middleware=[Middleware(SecurityHeaders, headers=security_headers(index_html))],
)

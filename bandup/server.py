"""The ASGI app around `bandup/frame.py`: security headers, sign-in middleware, warm-up, and when not to start at all.

The tables hold what students wrote and what a language model answered. Should any of it ever reach a page as markup, the
Content-Security-Policy is the second lock: no script but Streamlit's own runs, and nothing is loaded from another host.

Without sign-in it serves this machine alone, and does not start otherwise. With it, what Streamlit serves beside the pages
asks for it too, and whoever signs in comes back to the address they opened.
"""

import base64
import hashlib
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module, resources
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bandup.auth import guard, roles
from bandup.auth.refusals import SignInMissing
from data import malloc
from data.errors import DataError
from data.settings import WITHOUT_SIGN_IN

FRAME = Path(__file__).with_name("frame.py")
"""The script that Streamlit runs for every page."""

CAME_FROM = "dashboard_came_from"
"""The name of the cookie that keeps the address somebody opened for as long as they are at the provider's sign-in."""
SIGN_IN_TAKES = 15 * 60
TOLD_OF_SIGN_OUT = 60
"""Seconds."""
FOR_EVERYBODY = {"/_stcore/health", "/_stcore/host-config"}
OWN_ADDRESS = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""A path and query of this server, in plain characters: nothing that a browser could take for another host."""
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def inline_script_hashes(html: str) -> list[str]:
    """The CSP source of every inline script in a page, in order: `'sha256-…'`, over the exact text between the tags."""
    digests = (hashlib.sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def security_headers(index_html: str, *, sign_in: bool = False) -> dict[str, str]:
    """The headers of every response, for a frontend whose start page is `index_html`.

    With `sign_in` this server, and no other, is told which page somebody came from: it brings them back there.

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
        "Referrer-Policy": "same-origin" if sign_in else "no-referrer",  # addresses carry user ids
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


def is_this_machine(address: object) -> bool:
    """Whether what listens at this address is reached from this machine alone."""
    try:
        return address == "localhost" or ip_address(str(address)).is_loopback
    except ValueError:
        return False


class ThisMachineOnly:
    """ASGI middleware of a dashboard without sign-in: whatever started it, it answers only where it listens to itself.

    `uvicorn dashboard:app --host …` does not heed `server.address`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app, or refuse it."""
        if scope["type"] == "lifespan" or is_this_machine((scope.get("server") or ("",))[0]):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(str(SignInMissing(WITHOUT_SIGN_IN)), 403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


class SignIn:
    """ASGI middleware of a dashboard with sign-in.

    Streamlit serves downloads, metrics and uploads to whoever asks: here only to whom the rules admit. Somebody who signs
    in comes back to the address they opened, which Streamlit forgets; somebody who signs out is told so, and their
    sign-in counts no longer. `home`: the path Streamlit goes to from both; `secure`: the dashboard is reached over TLS.
    """

    def __init__(self, app: ASGIApp, home: str, *, secure: bool) -> None:
        self.app = app
        self.home = home
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        path = "/" + scope["path"].removeprefix(self.home)
        if (
            path.startswith(("/media/", "/_stcore/"))
            and path not in FOR_EVERYBODY
            and not guard.admits(request.cookies)
        ):
            await PlainTextResponse("Sign in first.", 403)(scope, receive, send)
            return
        cookies: list[tuple[str, str, int]] = []  # name, value, seconds
        back = ""
        if path == "/auth/login":
            came = urlsplit(request.headers.get("referer", ""))
            if came.netloc == request.headers.get("host"):
                address = came._replace(scheme="", netloc="", fragment="").geturl()
                cookies = [(CAME_FROM, quote(address, safe=""), SIGN_IN_TAKES)]
        elif path == "/auth/logout":
            guard.sign_out(request.cookies)
            cookies = [(guard.SIGNED_OUT, "yes", TOLD_OF_SIGN_OUT), (CAME_FROM, "", 0)]
        elif path == "/oauth2callback" and "code" in request.query_params:
            cookies = [(guard.SIGNED_OUT, "", 0), (CAME_FROM, "", 0)]
            back = unquote(request.cookies.get(CAME_FROM, ""))

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("location") == self.home and OWN_ADDRESS.fullmatch(back) and back.startswith(self.home):
                    headers["location"] = back
                bearing = Response()
                for name, value, seconds in cookies:
                    bearing.set_cookie(name, value, seconds, path=self.home, httponly=True, samesite="lax")
                message["headers"] += [one for one in bearing.raw_headers if one[0] == b"set-cookie"]
                if self.secure:
                    message["headers"] = [
                        (name, value + b"; Secure" if name == b"set-cookie" else value)
                        for name, value in message["headers"]
                    ]
            await send(message)

        await self.app(scope, receive, send_with_cookies)


def why_not_to_start() -> str:
    """The sentence that says why this must not be served as it is set up; empty where it may."""
    try:
        if roles.is_set_up(st.secrets, st.get_option("secrets.files")):
            guard.check_sign_in()
        elif not is_this_machine(st.get_option("server.address")) and os.environ.get(WITHOUT_SIGN_IN) != "yes":
            raise SignInMissing(WITHOUT_SIGN_IN)
    except DataError as error:
        return str(error)
    return ""


def warm_up() -> None:
    """Begins what the first page takes seconds for before anybody opens it: imports, and the demo's data.

    AWS is not read: what costs is asked for by a page.
    """
    for module in (
        "bandup.charts.band_distribution",
        "bandup.charts.criteria_matrix_chart",
        "bandup.ui.student_tables",
        "bandup.ui.downloads",
    ):
        import_module(module)
    cached = import_module("bandup.queries.cached")
    with suppress(DataError):  # the first page says what is wrong
        if cached.settings().demo:
            cached.read_ahead()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Starts what runs beside the server; the server does not wait for it."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    Thread(target=malloc.trim_forever, name="keep small", daemon=True).start()
    yield


def index_html() -> str:
    """Streamlit's start page. Read at every start: an upgrade may change it, and with it the hash of its inline script."""
    return resources.files(st).joinpath("static", "index.html").read_text(encoding="utf-8")


def options() -> dict[str, Any]:
    """The keyword arguments of `st.App`, once per process. Ends the process where the dashboard must not be served."""
    malloc.use_one_arena()  # before the server starts threads
    if reason := why_not_to_start():
        sys.exit(reason)
    sign_in = roles.is_set_up(st.secrets, st.get_option("secrets.files"))
    headers = security_headers(index_html(), sign_in=sign_in)

    def failed(_: Request, __: Exception) -> Response:
        # Starlette answers an unforeseen error outside of every middleware, so without the headers
        return PlainTextResponse("Internal Server Error", 500, headers)

    return {
        "lifespan": lifespan,
        "middleware": [Middleware(SecurityHeaders, headers=headers), *_gate(sign_in=sign_in)],
        "exception_handlers": {Exception: failed},
    }


def _gate(*, sign_in: bool) -> list[Middleware]:
    """The middleware that refuses requests: by sign-in, or from other machines where there is none."""
    if sign_in:
        redirect_uri = str(st.secrets["auth"]["redirect_uri"])
        home = f"/{st.get_option('server.baseUrlPath').strip('/')}/".replace("//", "/")
        return [Middleware(SignIn, home=home, secure=redirect_uri.startswith("https:"))]
    return [] if os.environ.get(WITHOUT_SIGN_IN) == "yes" else [Middleware(ThisMachineOnly)]

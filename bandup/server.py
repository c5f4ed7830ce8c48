"""The ASGI app around `bandup/frame.py`: security headers, allowed routes, sign-in, warm-up, and when not to start.

The Content-Security-Policy is the second barrier, should a text of the tables ever reach a page as markup: only Streamlit's
own scripts run, and nothing is loaded from another host. Only known host names are answered. Without sign-in the app serves
this machine only; with sign-in, what Streamlit serves beside the pages needs it too.
"""

import base64
import hashlib
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bandup.auth import guard
from bandup.auth.refusals import HostNotAllowed, SignInMissing
from bandup.compression import CompressedFiles
from bandup.pages_list import PAGES, STUDENT
from bandup.start_page import StartPage, index_html
from bandup.templating import render
from data import malloc
from data.errors import DataError
from data.settings import WITHOUT_SIGN_IN

FRAME = Path(__file__).with_name("frame.py")
"""The script that Streamlit runs for every page."""

ROUTES = {"/_stcore/health", "/_stcore/host-config", "/_stcore/stream"}
"""The routes of Streamlit that its frontend needs; the last is the websocket."""
FRONTEND_FILES = {"/favicon.png", "/manifest.json"}
ROUTES_BELOW = ("/static/", "/media/")
"""The frontend's scripts, and the pictures and downloads of the pages."""
SIGN_IN_ROUTES = {"/auth/login", "/auth/logout", "/oauth2callback"}
ROUTES_WITHOUT_SIGN_IN = {"/_stcore/health", "/_stcore/host-config"}
"""What a server with sign-in answers before anyone has signed in, of the routes below /_stcore/ and /media/."""

RETURN_COOKIE = "dashboard_came_from"
"""The cookie that keeps the address a visitor opened while they are at the provider's sign-in."""
RETURN_SECONDS = 15 * 60
SIGNED_OUT_SECONDS = 60
LOCAL_ADDRESS = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""A path and query of this server, in plain characters: nothing that a browser could take for another host."""
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def inline_script_hashes(html: str) -> list[str]:
    """The CSP source of every inline script in a page, in order: `'sha256-…'`, over the exact text between the tags."""
    digests = (hashlib.sha256(script.encode()).digest() for script in INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def security_headers(index_html: str, *, sign_in: bool = False) -> dict[str, str]:
    """The headers of every response, for a frontend whose start page is `index_html`.

    The only other script that runs is the one that opens another address (`bandup.ui.address.go_to`).

    With `sign_in`, browsers send the page's address to this server, and to no other: a sign-in returns to that page.

    WebGL traces of plotly (`scattergl`, and `plotly.express` from 1,000 points on unless `render_mode="svg"`) compile code
    at run time, need 'unsafe-eval', and show "WebGL is not supported" without it: the charts are drawn as SVG.
    """
    scripts = inline_script_hashes(f"{index_html}{render('go_to.html', address='', entry='new', run=0)}")
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *scripts]),
        "style-src": "'self' 'unsafe-inline'",  # Streamlit writes its styles into the page as it draws it
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
    """ASGI middleware that sets `headers` on every HTTP response; bodies and websockets pass through unchanged."""

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


class AllowedRoutes:
    """ASGI middleware that passes on only what the dashboard needs: Streamlit also serves metrics, uploads and more.

    The path of a student, `/student/ID`, redirects to the address with a parameter. Every other route is answered with
    404. `home`: the path of the start page; `sign_in`: whether there is a sign-in.
    """

    def __init__(self, app: ASGIApp, home: str, *, sign_in: bool) -> None:
        pages = {"/", *(f"/{page.name}" for page in PAGES)}
        self.app = app
        self.home = home
        self.exact = pages | FRONTEND_FILES | ROUTES | (SIGN_IN_ROUTES if sign_in else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app, or refuse it."""
        if scope["type"] == "lifespan" or self._is_allowed(scope["path"]):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            user_id = _below(self.home, scope["path"]).removeprefix(f"{STUDENT.address}/")
            if user_id and "/" not in user_id:
                address = f"{self.home}{STUDENT.name}?user_id={quote(user_id, safe='')}"
                await RedirectResponse(address)(scope, receive, send)
            else:
                page = render("no_such_page.html", home=self.home)
                await HTMLResponse(str(page), 404)(scope, receive, send)
        else:
            await _refuse(scope, receive, send, "There is no such page.", 404)

    def _is_allowed(self, path: str) -> bool:
        if f"{path}/" == self.home:  # Streamlit redirects to the home with the slash
            return True
        relative = _below(self.home, path)
        # Streamlit redirects an address with a slash at its end to the one without
        return relative in self.exact or relative.rstrip("/") in self.exact or relative.startswith(ROUTES_BELOW)


def host_name(header: str) -> str:
    """The host of a `Host` header, in lower case and without port; empty where the header is not a host and a port."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # raises ValueError for a port that is none
    except ValueError:
        return ""
    is_host = parts.netloc == header and "@" not in header
    return (parts.hostname or "").rstrip(".") if is_host else ""


class AllowedHosts:
    """ASGI middleware that answers only requests to the hosts in `server.allowedHosts`; an empty list allows every host.

    Streamlit checks its websocket so, but not its pages, files and downloads. A page elsewhere whose name resolves to this
    machine (DNS rebinding) names its own host. `hosts`: names, `*.` and a domain, or `*`. The health check answers
    addresses of machines too, which probes behind a proxy use.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app = app
        self.hosts = {host.strip().lower().rstrip(".") for host in hosts}
        self.suffixes = tuple(host.removeprefix("*") for host in self.hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app, or refuse it."""
        if scope["type"] == "lifespan" or not self.hosts or self._is_allowed(scope):
            await self.app(scope, receive, send)
        else:
            await _refuse(scope, receive, send, str(HostNotAllowed()), 403)

    def _is_allowed(self, scope: Scope) -> bool:
        headers = Headers(scope=scope).getlist("host")
        name = host_name(headers[0]) if len(headers) == 1 else ""
        if scope["path"].endswith("/_stcore/health") and _is_machine(name):
            return True
        return bool(name) and (name in self.hosts or "*" in self.hosts or name.endswith(self.suffixes))


def is_loopback(address: object) -> bool:
    """Whether a server that listens at this address can be reached from this machine only."""
    try:
        return address == "localhost" or ip_address(str(address)).is_loopback
    except ValueError:
        return False


def _is_machine(name: str) -> bool:
    """Whether the name of a host is the address of a machine: no website's name."""
    with suppress(ValueError):
        return name == "localhost" or bool(ip_address(name))
    return False


class ThisMachineOnly:
    """ASGI middleware of a dashboard without sign-in: it answers only requests that arrive at a loopback address.

    The check at the start is not enough: `uvicorn dashboard:app --host …` ignores `server.address`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the wrapped app, or refuse it."""
        if scope["type"] == "lifespan" or is_loopback((scope.get("server") or ("",))[0]):
            await self.app(scope, receive, send)
        else:
            await _refuse(scope, receive, send, str(SignInMissing(variable=WITHOUT_SIGN_IN)), 403)


class SignIn:
    """ASGI middleware of a dashboard with sign-in.

    Streamlit serves downloads to every client: here only the person for whom a file was made gets it. A visitor who signs
    in returns to the address they opened, which Streamlit forgets. A sign-out ends the sign-in on the server, and the
    sign-in page says so. The health check fails while the access log can't be written. `home`: the path Streamlit redirects to after both; `secure`: the dashboard is reached over TLS.
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
        path = _below(self.home, scope["path"])
        if not self._may_have(path, request.cookies):
            sentence = "Sign in first. A download is only for the person for whom it was made."
            await _refuse(scope, receive, send, sentence, 403)
            return
        if path == "/_stcore/health" and not _is_from_a_page(request.headers) and (error := guard.access_log_error()):
            await _refuse(scope, receive, send, error, 503)
            return
        if path == "/auth/logout":
            guard.sign_out(request.cookies)
        cookie_headers = self._cookie_headers(path, request)
        returns = path == "/oauth2callback" and "code" in request.query_params
        return_to = unquote(request.cookies.get(RETURN_COOKIE, "")) if returns else ""

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("location") == self.home and self._is_local(return_to):
                    headers["location"] = return_to
                message["headers"] = [*message["headers"], *cookie_headers]
                if self.secure:
                    message["headers"] = [
                        (name, value + b"; Secure" if name == b"set-cookie" else value)
                        for name, value in message["headers"]
                    ]
            await send(message)

        await self.app(scope, receive, send_with_cookies)

    @staticmethod
    def _may_have(path: str, cookies: Mapping[str, str]) -> bool:
        """Whether a request with these cookies may have what is at the path: other routes than pages need a sign-in."""
        if path.startswith("/media/"):
            return guard.may_download(cookies, path.removeprefix("/media/"))
        return not path.startswith("/_stcore/") or path in ROUTES_WITHOUT_SIGN_IN or guard.admits(cookies)

    def _cookie_headers(self, path: str, request: HTTPConnection) -> list[tuple[bytes, bytes]]:
        """The headers that set and delete cookies at this step of signing in or out. A deleted one lasts 0 seconds."""
        cookies: dict[str, tuple[str, int]] = {}
        if path == "/auth/login":
            referer = urlsplit(request.headers.get("referer", ""))
            if referer.netloc == request.headers.get("host"):
                address = referer._replace(scheme="", netloc="", fragment="").geturl()
                cookies = {RETURN_COOKIE: (quote(address, safe=""), RETURN_SECONDS)}
        elif path == "/auth/logout":
            cookies = {guard.SIGNED_OUT_COOKIE: ("yes", SIGNED_OUT_SECONDS), RETURN_COOKIE: ("", 0)}
        elif path == "/oauth2callback" and "code" in request.query_params:
            cookies = {guard.SIGNED_OUT_COOKIE: ("", 0), RETURN_COOKIE: ("", 0)}
        response = Response()
        for name, (value, seconds) in cookies.items():
            response.set_cookie(name, value, seconds, path=self.home, httponly=True, samesite="lax")
        return [header for header in response.raw_headers if header[0] == b"set-cookie"]

    def _is_local(self, address: str) -> bool:
        return LOCAL_ADDRESS.fullmatch(address) is not None and address.startswith(self.home)


def _is_from_a_page(headers: Headers) -> bool:
    """Whether a page of this server sent the request: the frontend shows no page unless its own health check succeeds."""
    referer = urlsplit(headers.get("referer", ""))
    return headers.get("sec-fetch-site") == "same-origin" or (
        bool(referer.netloc) and referer.netloc == headers.get("host")
    )


def _below(home: str, path: str) -> str:
    """A path as seen from the start page, with a leading slash; empty outside of it."""
    return f"/{path.removeprefix(home)}" if path.startswith(home) else ""


async def _refuse(scope: Scope, receive: Receive, send: Send, sentence: str, status: int) -> None:
    """Answer a request with a sentence; a websocket is closed for a violation of policy."""
    if scope["type"] == "http":
        await PlainTextResponse(sentence, status)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})


def start_refusal() -> str:
    """The sentence that says why the dashboard must not be served as it is set up; empty where it may be."""
    try:
        if guard.sign_in_is_on():
            guard.check_sign_in()
        elif not is_loopback(st.get_option("server.address")) and os.environ.get(WITHOUT_SIGN_IN) != "yes":
            raise SignInMissing(variable=WITHOUT_SIGN_IN)
    except DataError as error:
        return str(error)
    return ""


def warm_up() -> None:
    """Do what takes the first page seconds before anyone opens it: imports, and reading the demo's data.

    AWS is not read: only a page starts reads that cost money.
    """
    for module in (
        "bandup.charts.band_distribution_chart",
        "bandup.charts.criteria_matrix_chart",
        "bandup.ui.students_view",
        "bandup.ui.downloads",
    ):
        import_module(module)
    cached_reads = import_module("bandup.queries.cached_reads")
    with suppress(DataError):  # the first page shows the error
        if cached_reads.settings().demo:
            cached_reads.start_first_read()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start what runs beside the server; the server does not wait for it."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    Thread(target=malloc.trim_forever, name="trim", daemon=True).start()
    yield


def options() -> dict[str, Any]:
    """The keyword arguments of `st.App`, once per process. Exits the process where the dashboard must not be served."""
    malloc.configure()  # before the server starts threads
    if reason := start_refusal():
        sys.exit(reason)
    sign_in = guard.sign_in_is_on()
    index = index_html()
    headers = security_headers(index, sign_in=sign_in)
    home = f"/{st.get_option('server.baseUrlPath').strip('/')}/".replace("//", "/")

    def failed(_: Request, __: Exception) -> Response:
        # Starlette answers an unexpected error outside of every middleware, so without the headers
        return PlainTextResponse("Internal Server Error", 500, headers)

    return {
        "lifespan": lifespan,
        "middleware": [
            Middleware(SecurityHeaders, headers=headers),
            Middleware(AllowedHosts, hosts=st.get_option("server.allowedHosts")),
            *_access_control(home, sign_in=sign_in),
            Middleware(AllowedRoutes, home=home, sign_in=sign_in),
            Middleware(CompressedFiles),
            Middleware(StartPage, home=home, html=index),
        ],
        "exception_handlers": {Exception: failed},
    }


def _access_control(home: str, *, sign_in: bool) -> list[Middleware]:
    """The middleware that refuses visitors: those without a sign-in, or other machines where there is no sign-in."""
    if sign_in:
        redirect_uri = str(st.secrets["auth"]["redirect_uri"])
        return [Middleware(SignIn, home=home, secure=redirect_uri.startswith("https:"))]
    return [] if os.environ.get(WITHOUT_SIGN_IN) == "yes" else [Middleware(ThisMachineOnly)]

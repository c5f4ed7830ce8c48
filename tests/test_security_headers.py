"""Every response has the security headers, and the policy fits the start page of the installed Streamlit."""

import asyncio
import base64
import hashlib
import http.client
import re
from collections.abc import Iterator
from email.message import Message
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from bandup.pages_list import PAGES
from bandup.server import SecurityHeaders, inline_script_hashes, security_headers
from bandup.start_page import index_html
from bandup.templating import render
from tests.browser import serving

HEADERS = security_headers(index_html())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving.dashboard(tmp_path_factory.mktemp("headers")) as dashboard:
        yield dashboard.address


def request(address: str, path: str, method: str = "GET") -> tuple[int, Message, str]:
    """Status, headers and body, without following redirects."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    connection.close()
    return response.status, response.headers, body


class InlineScripts(HTMLParser):
    """Collect the text of every script without a `src`, and the event handlers in the markup."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script" and "src" not in dict(attrs)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def policy(headers: Message) -> dict[str, list[str]]:
    """The Content-Security-Policy: directive -> sources."""
    directives = (directive.split() for directive in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}


@pytest.mark.server
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/student?user_id=user-456", 200),
        ("HEAD", "/", 200),
        ("GET", "/favicon.png", 200),
        ("GET", "/_stcore/health", 200),
        ("GET", "/_stcore/host-config", 200),
        ("GET", "/student/", 301),
        ("GET", "//elsewhere.example/", 404),
        ("GET", "/student/_stcore/health", 404),
        ("GET", "/media/nothing.csv", 404),
        ("GET", "/media/", 404),
        ("GET", "/component/nothing/index.html", 404),
        ("GET", "/nothing", 404),
        ("GET", "/_stcore/metrics", 404),
        ("GET", "/_stcore/script-health-check", 404),
        ("GET", "/_stcore/bidi-components/nothing.js", 404),
        ("GET", "/_stcore/agent/openapi.json", 404),
        ("POST", "/_stcore/agent/interact", 404),
        ("POST", "/_stcore/agent/mcp", 404),
        ("OPTIONS", "/_stcore/agent/mcp", 404),
        ("GET", "/app/static/nothing.png", 404),
        ("GET", "/auth/login", 404),
        ("GET", "/auth/logout", 404),
        ("GET", "/oauth2callback?code=1", 404),
        ("GET", "/static/../_stcore/metrics", 400),
        ("GET", "/%00", 404),
        ("OPTIONS", "/media/nothing.csv", 204),
        ("PUT", "/_stcore/upload_file/nobody/nothing", 404),
        ("DELETE", "/_stcore/upload_file/nobody/nothing", 404),
        ("POST", "/", 405),
    ],
)
def test_every_response_has_every_header_once(address: str, method: str, path: str, status: int):
    response_status, headers, _ = request(address, path, method)
    assert response_status == status
    assert {name: headers.get_all(name) for name in HEADERS} == {name: [value] for name, value in HEADERS.items()}


@pytest.mark.server
def test_every_page_and_every_file_of_the_frontend_is_served(address: str):
    _, _, start_page = request(address, "/")
    for page in PAGES:
        assert request(address, f"/{page.name}")[::2] == (200, start_page)
    files = re.findall(r'(?:src|href)="\./([^"]+)"', start_page)
    assert any(file.endswith(".js") for file in files)
    for file in files:
        if file.startswith("_stcore/agent/"):  # a link for agents, which browsers don't load
            continue
        status, headers, _ = request(address, f"/{file}")
        assert (status, headers.get_content_type() == "text/html") == (200, False), file


def test_the_other_headers():
    assert {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"} == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@pytest.mark.server
def test_the_policy_allows_the_inline_scripts_of_the_start_page_and_of_a_link_and_no_other(address: str):
    _, headers, body = request(address, "/")
    page = InlineScripts()
    page.feed(body + str(render("go_to.html", address="student?user_id=<a>", entry="same", run=1)))
    assert len(page.scripts) == 3
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in page.scripts]
    assert policy(headers)["script-src"] == ["'self'", *(f"'sha256-{digest}'" for digest in hashes)]
    assert page.handlers == []


@pytest.mark.server
def test_the_policy_allows_no_other_host(address: str):
    _, headers, _ = request(address, "/")
    allowed = policy(headers)
    assert allowed.pop("style-src") == ["'self'", "'unsafe-inline'"]
    assert allowed.pop("script-src")[0] == "'self'"
    assert allowed == {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


# The digest of "a()" was computed by openssl: printf 'a()' | openssl dgst -sha256 -binary | base64
A = "'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='"


@pytest.mark.parametrize(
    ("html", "hashes"),
    [
        ("<p>no script</p>", []),
        ("<script>a()</script>", [A]),
        ('<SCRIPT type="module">a()</SCRIPT>', [A]),
        ('<script data-src="x">a()</script>', [A]),
        ('<script src="a.js"></script>', []),
        ('<script type="module" crossorigin src="./a.js"></script><script>a()</script><script>a()</script>', [A, A]),
    ],
)
def test_inline_script_hashes(html: str, hashes: list[str]):
    assert inline_script_hashes(html) == hashes


def test_whitespace_changes_the_hash_of_a_script():
    assert inline_script_hashes("<script>\n  a()\n</script>") != [A]


def test_bodies_are_passed_on_in_chunks_and_a_header_of_the_app_is_replaced():
    sent: list[dict] = []

    async def app(scope, receive, send):
        headers = [(b"x-frame-options", b"SAMEORIGIN"), (b"a", b"b")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for chunk in (b"1", b"2"):
            await send({"type": "http.response.body", "body": chunk, "more_body": chunk == b"1"})
            assert sent[-1]["body"] == chunk, "each chunk is sent immediately"

    async def send(message):
        sent.append(message)

    asyncio.run(SecurityHeaders(app, {"X-Frame-Options": "DENY"})({"type": "http"}, None, send))
    assert sorted(sent[0]["headers"]) == [(b"a", b"b"), (b"x-frame-options", b"DENY")]
    assert [message["body"] for message in sent[1:]] == [b"1", b"2"]


@pytest.mark.parametrize("scope", [{"type": "websocket"}, {"type": "lifespan"}])
def test_websockets_and_lifespan_events_are_passed_on(scope: dict):
    seen = []

    async def app(*arguments):
        seen.append(arguments)

    async def receive(): ...

    async def send(message): ...

    asyncio.run(SecurityHeaders(app, HEADERS)(scope, receive, send))
    assert seen == [(scope, receive, send)]

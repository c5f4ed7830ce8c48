"""Where the server may listen, which requests it refuses, where a sign-in returns to, and what starts with the server."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import streamlit as st
from streamlit.web.server.starlette import starlette_websocket

from bandup import server
from bandup.auth import guard, streamlit_session
from bandup.queries import cached_reads
from tests.browser.serving import PERSONAL_PREFIXES, ROOT, WITHOUT_AWS

SECRET = "0123456789abcdef0123456789abcdef"
AUTH = f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "dashboard"
client_secret = "secret"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""
ROLES = '[roles]\nteacher = ["anna@school.example"]\n'


def run(folder: Path, secrets: str | None, environment: Mapping[str, str], *command: str) -> tuple[int, str]:
    """Run a command that ends at once. Return its exit status and its output."""
    if secrets is not None:
        (folder / "secrets.toml").write_text(secrets)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL_PREFIXES)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**clean, **WITHOUT_AWS, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


OTHER_MACHINES = {"server_address": "0.0.0.0"}
OPEN = "This dashboard has no sign-in and would be open to other machines"


@pytest.mark.server
@pytest.mark.parametrize(
    ("secrets", "environment", "output_part"),
    [
        (None, {}, ""),
        (None, OTHER_MACHINES, OPEN),
        (None, {"server_address": "192.168.1.5"}, OPEN),
        (None, {"server_address": "::"}, OPEN),
        (None, {"server_address": "dashboard.school.example"}, OPEN),
        (None, {"server_address": "::1"}, ""),
        (None, {"server_address": "localhost"}, ""),
        (None, {"server_address": "127.0.0.8"}, ""),
        ("[other]\na = 1\n", OTHER_MACHINES, OPEN),
        (None, OTHER_MACHINES | {"DASHBOARD_WITHOUT_SIGN_IN": "yes"}, ""),
        (None, OTHER_MACHINES | {"DASHBOARD_WITHOUT_SIGN_IN": "no"}, OPEN),
        (AUTH + ROLES, OTHER_MACHINES, ""),
        (AUTH + ROLES, {}, ""),
        (AUTH, {}, "Nobody gets in, because [roles] in the secrets can't be used: there is no [roles] table"),
        (AUTH + '[roles]\nteacher = "anna"\n', {}, "teacher should be a list of texts"),
        (AUTH + ROLES + 'roster = "roster.csv"\n', {}, "the roster roster.csv can't be used: there is no such file"),
        (AUTH.replace(SECRET, "short") + ROLES, {}, "cookie_secret in [auth] has fewer than 32 characters"),
        (AUTH.replace("client_id", "client") + ROLES, {}, "missing the following keys: ['client_id']"),
        ("[auth]\n" + ROLES, {}, 'missing the "redirect_uri" key'),
        ("[auth\n", {}, "The secrets file can't be read"),
        ("[auth\n", OTHER_MACHINES | {"DASHBOARD_WITHOUT_SIGN_IN": "yes"}, "The secrets file can't be read"),
        (AUTH + ROLES, {"DASHBOARD_ACCESS_LOG": "/no/such/folder/log"}, "DASHBOARD_ACCESS_LOG can't be written"),
        (
            AUTH + ROLES,
            {"server_trustedUserHeaders": '{"X-User": "email"}'},
            "server.trustedUserHeaders lets a header say who is signed in",
        ),
    ],
)
def test_the_server_starts_only_with_a_safe_setup(tmp_path, secrets, environment, output_part):
    options = {"secrets_files": [str(tmp_path / "secrets.toml")]}
    options |= {name: value for name, value in environment.items() if name.startswith("server_")}
    # as `streamlit run` does, without listening
    start = f"from streamlit.web import bootstrap; bootstrap.load_config_options({options!r}); import dashboard; print('would start')"
    status, output = run(tmp_path, secrets, environment, "-c", start)
    assert "Traceback" not in output
    if output_part:
        assert (status, "would start" in output) == (1, False)
        assert output_part in output
    else:
        assert (status, output) == (0, "would start\n")


@pytest.mark.server
def test_streamlit_run_fails_with_one_sentence(tmp_path):
    # 127.1 is this machine, but the check does not recognize it; no other machine can reach it if the test fails
    options = ["--server.port=0", "--server.address=127.1", f"--secrets.files={tmp_path / 'secrets.toml'}"]
    status, output = run(tmp_path, None, {}, "-m", "streamlit", "run", "dashboard.py", *options)
    assert status != 0
    assert OPEN in output
    assert "Traceback" not in output


async def responses(app: Any, path: str, kind: str = "http", **scope: Any) -> list[dict[str, Any]]:
    """The messages that an ASGI app sends for one request."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    parts = {"method": "GET", "path": path, "query_string": b"", "headers": [], "server": ("127.0.0.1", 8501)}
    await app({"type": kind, **parts, **scope}, receive, send)
    return sent


async def streamlit(scope: Any, receive: Any, send: Any) -> None:
    """A replacement for Streamlit: responds with 200, and redirects from the sign-in to the start page."""
    location = [(b"location", b"/")] if scope["path"] == "/oauth2callback" else []
    await send({"type": "http.response.start", "status": 302 if location else 200, "headers": location})


@pytest.mark.parametrize(
    ("host", "kind", "status"),
    [
        (("127.0.0.1", 1), "http", 200),
        (("::1", 1), "websocket", 200),
        (("192.168.1.5", 1), "http", 403),
        (("192.168.1.5", 1), "websocket", "websocket.close"),
        (None, "http", 403),
        (("/run/dashboard.sock", None), "http", 403),
        (None, "lifespan", 200),
    ],
)
def test_without_sign_in_other_machines_are_refused(host, kind, status):
    sent = asyncio.run(responses(server.ThisMachineOnly(streamlit), "/", kind, server=host))
    assert sent[0].get("status", sent[0]["type"]) == status


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/", "http", 200),
        ("/jobs", "http", 200),
        ("/jobs/", "http", 200),
        ("/static/js/index.js", "http", 200),
        ("/media/0123.csv", "http", 200),
        ("/_stcore/health", "http", 200),
        ("/_stcore/host-config", "http", 200),
        ("/_stcore/stream", "websocket", 200),
        ("", "lifespan", 200),
        ("/_stcore/metrics", "http", 404),
        ("/_stcore/stream/other", "websocket", "websocket.close"),
        ("/_stcore/anything-new", "http", 404),
        ("/anything-new", "http", 404),
        ("/jobs/_stcore/health", "http", 404),
        ("/media", "http", 404),
        ("//media/0123.csv", "http", 404),
    ],
)
@pytest.mark.parametrize("home", ["/", "/bandup/"])
def test_only_the_routes_of_the_dashboard_are_passed_on(home, path, kind, status):
    app = server.AllowedRoutes(streamlit, home, sign_in=False)
    sent = asyncio.run(responses(app, home + path[1:], kind))
    assert sent[0].get("status", sent[0]["type"]) == status


@pytest.mark.parametrize("path", ["/auth/login", "/auth/logout", "/oauth2callback"])
def test_the_routes_of_signing_in_exist_only_with_sign_in(path):
    for sign_in in (True, False):
        (start, *_) = asyncio.run(responses(server.AllowedRoutes(streamlit, "/", sign_in=sign_in), path))
        assert (start["status"] != 404) == sign_in


def test_behind_a_base_path_only_addresses_below_it_are_passed_on():
    app = server.AllowedRoutes(streamlit, "/bandup/", sign_in=True)
    statuses = {path: asyncio.run(responses(app, path))[0]["status"] for path in ("/bandup", "/", "/jobs", "/media/x")}
    assert statuses == {"/bandup": 200, "/": 404, "/jobs": 404, "/media/x": 404}


@pytest.fixture
def gate(monkeypatch) -> server.SignIn:
    """The middleware of a dashboard with sign-in: `who=anna` and `who=ben` are sign-ins, and `0123.html` was made for anna."""
    monkeypatch.setattr(guard, "admits", lambda cookies: cookies.get("who") in {"anna", "ben"})
    monkeypatch.setattr(streamlit_session, "claims_in", lambda cookies: {"iss": "provider", "sub": cookies.get("who")})
    monkeypatch.setattr(streamlit_session, "_owners", {"0123": {("provider", "anna")}})
    monkeypatch.setattr(guard, "access_log_error", lambda: "")
    monkeypatch.setattr(guard, "sign_out", lambda cookies: None)
    return server.SignIn(streamlit, home="/", secure=False)


@pytest.mark.parametrize(
    ("path", "is_public"),
    [
        ("/", True),
        ("/student", True),
        ("/static/js/index.js", True),
        ("/_stcore/health", True),
        ("/_stcore/host-config", True),
        ("/media/0123.html", False),
        ("/_stcore/metrics", False),
        ("/_stcore/upload_file/a/b", False),
        ("/_stcore/agent/interact", False),
        ("/_stcore/script-health-check", False),
        ("/_stcore/health/../metrics", False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "POST"])
def test_all_other_routes_need_a_sign_in(gate, path, is_public, method):
    def status(cookie: bytes) -> int:
        headers = [(b"cookie", cookie)]
        return int(asyncio.run(responses(gate, path, method=method, headers=headers))[0]["status"])

    assert status(b"who=anna") == 200
    assert status(b"who=omar") == status(b"") == (200 if is_public else 403)


@pytest.mark.parametrize(
    ("who", "file", "status"),
    [
        ("anna", "0123.html", 200),
        ("anna", "0123", 200),
        ("ben", "0123.html", 403),
        ("omar", "0123.html", 403),
        ("", "0123.html", 403),
        ("anna", "4567.html", 403),
        ("anna", "", 403),
        ("anna", "../0123.html", 403),
    ],
)
def test_a_download_is_for_the_person_for_whom_it_was_made(gate, who, file, status):
    sent = asyncio.run(responses(gate, f"/media/{file}", headers=[(b"cookie", f"who={who}".encode())]))
    assert sent[0]["status"] == status


@pytest.mark.parametrize("who", ["", "anna"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 503),
        ({"sec-fetch-site": "none"}, 503),
        ({"sec-fetch-site": "cross-site", "referer": "https://elsewhere.example/"}, 503),
        ({"referer": ""}, 503),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"referer": "http://127.0.0.1:8501/student"}, 200),
    ],
)
def test_the_health_check_fails_while_accesses_can_not_be_logged_but_pages_load(
    gate, monkeypatch, headers, status, who
):
    raw = [(name.encode(), value.encode()) for name, value in {**headers, "cookie": f"who={who}"}.items()]
    raw.append((b"host", b"127.0.0.1:8501"))
    assert asyncio.run(responses(gate, "/_stcore/health", headers=raw))[0]["status"] == 200
    monkeypatch.setattr(guard, "access_log_error", lambda: "DASHBOARD_ACCESS_LOG can't be written")
    sent = asyncio.run(responses(gate, "/_stcore/health", headers=raw))
    assert sent[0]["status"] == status
    if status == 503:
        assert sent[1]["body"] == b"DASHBOARD_ACCESS_LOG can't be written"
    assert asyncio.run(responses(gate, "/student", headers=raw))[0]["status"] == 200


ALLOWED = ["localhost", "127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("allowed", "host", "is_allowed"),
    [
        (ALLOWED, "localhost", True),
        (ALLOWED, "LocalHost:8501", True),
        (ALLOWED, "127.0.0.1:8501", True),
        (ALLOWED, "[::1]:8501", True),
        (ALLOWED, "localhost.", True),
        (ALLOWED, "rebound.example", False),
        (ALLOWED, "localhost.rebound.example", False),
        (ALLOWED, "rebound.example:127.0.0.1", False),
        (ALLOWED, "rebound.example@localhost", False),
        (ALLOWED, "localhost@rebound.example", False),
        (ALLOWED, "localhost/rebound.example", False),
        (ALLOWED, "localhost?x", False),
        (ALLOWED, "localhost#x", False),
        (ALLOWED, "localhost:8501:8501", False),
        (ALLOWED, "localhost:port", False),
        (ALLOWED, "localhost:99999", False),
        (ALLOWED, "[::1", False),
        (ALLOWED, "", False),
        (ALLOWED, ":8501", False),
        (ALLOWED, None, False),
        ([" Bandup.School.Example. "], "bandup.school.example", True),
        (["bandup.school.example"], "127.0.0.1", False),
        (["*.school.example"], "bandup.school.example:443", True),
        (["*.school.example"], "school.example", False),
        (["*.school.example"], "evilschool.example", False),
        (["*"], "anything.example", True),
        (["*"], "", False),
        ([], "anything.example", True),
        ([], None, True),
    ],
)
def test_only_requests_to_allowed_hosts_are_answered_as_streamlit_does_for_its_websocket(
    monkeypatch, allowed, host, is_allowed
):
    headers = [] if host is None else [(b"host", host.encode())]
    app = server.AllowedHosts(streamlit, allowed)
    (http, *_), (websocket, *_) = (
        asyncio.run(responses(app, "/", kind, headers=headers)) for kind in ("http", "websocket")
    )
    assert http["status"] == (200 if is_allowed else 403)
    assert websocket["type"] == ("http.response.start" if is_allowed else "websocket.close")
    assert asyncio.run(responses(app, "/", "lifespan"))[0]["status"] == 200
    monkeypatch.setattr(starlette_websocket.config, "get_option", lambda _: allowed)
    assert starlette_websocket.is_host_allowed(host) == is_allowed


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("[::1]:8501", 200),
        ("10.0.0.7", 200),
        ("localhost", 200),
        ("rebound.example", 403),
        ("", 403),
    ],
)
def test_the_health_check_answers_probes_behind_a_proxy(host, status):
    app = server.AllowedHosts(streamlit, ["bandup.school.example"])
    for path in ("/_stcore/health", "/bandup/_stcore/health"):
        assert asyncio.run(responses(app, path, headers=[(b"host", host.encode())]))[0]["status"] == status
    assert asyncio.run(responses(app, "/", headers=[(b"host", host.encode())]))[0]["status"] == 403


def test_a_request_with_two_hosts_is_refused():
    headers = [(b"host", b"localhost"), (b"host", b"rebound.example")]
    assert asyncio.run(responses(server.AllowedHosts(streamlit, ALLOWED), "/", headers=headers))[0]["status"] == 403


def headers_of(gate: Any, path: str, query: str = "", **headers: str) -> dict[str, list[str]]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    (start,) = asyncio.run(responses(gate, path, query_string=query.encode(), headers=raw))
    headers_by_name: dict[str, list[str]] = {}
    for name, value in start["headers"]:
        headers_by_name.setdefault(name.decode(), []).append(value.decode())
    return headers_by_name


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://127.0.0.1:8501/student?user_id=user-456", "/student?user_id=user-456"),
        ("http://127.0.0.1:8501/student?user_id=a%20b&x=%2F%2Fevil.example", "/student?user_id=a%20b&x=%2F%2Fevil.example"),
        ("http://127.0.0.1:8501/student#top", "/student"),
        ("http://127.0.0.1:8501/", "/"),
        ("http://127.0.0.1:8501", "/"),
        ("http://127.0.0.1:8501//evil.example/", "/"),
        ("http://127.0.0.1:8501/\\evil.example/", "/"),
        ("http://127.0.0.1:8501/\t/evil.example/", "/"),
        ("http://127.0.0.1:8501/a b", "/"),
        ("http://127.0.0.1:8501/\xe9", "/"),
        ("http://127.0.0.1:8501/" + 3000 * "x", "/"),
        ("http://evil.example/student", "/"),
        ("http://127.0.0.1:8501@evil.example/student", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)  # fmt: skip
def test_a_sign_in_returns_to_the_address_on_this_server_and_to_no_other(gate, referer, back):
    set_cookies = headers_of(gate, "/auth/login", host="127.0.0.1:8501", referer=referer).get("set-cookie", [])
    cookie = set_cookies[0].split(";")[0] if set_cookies else ""
    assert all("HttpOnly" in header and "SameSite=lax" in header and "Max-Age=900" in header for header in set_cookies)
    returned = headers_of(gate, "/oauth2callback", "code=1&state=2", cookie=cookie)
    assert returned["location"] == [back]
    assert any(header.startswith(f'{server.RETURN_COOKIE}="";') for header in returned["set-cookie"]), (
        "the cookie is used once"
    )
    # after signing out, the provider returns to the start page
    assert headers_of(gate, "/oauth2callback", "state=2", cookie=cookie)["location"] == ["/"]


@pytest.mark.parametrize(
    "value", ["https://evil.example/", "//evil.example", "%2F%5Cevil.example", "%2F%2Fevil.example", "/\r\nx: y"]
)
def test_a_forged_return_cookie_leads_to_the_start_page(gate, value):
    cookie = f'{server.RETURN_COOKIE}="{value}"'.replace("\r\n", "%0D%0A")
    assert headers_of(gate, "/oauth2callback", "code=1", cookie=cookie)["location"] == ["/"]


def test_behind_a_base_path_a_sign_in_returns_below_it_only(monkeypatch):
    monkeypatch.setattr(guard, "admits", lambda cookies: False)

    async def below(scope: Any, receive: Any, send: Any) -> None:
        location = [(b"location", b"/bandup/")] if scope["path"].endswith("/oauth2callback") else []
        await send({"type": "http.response.start", "status": 200, "headers": location})

    gate = server.SignIn(below, home="/bandup/", secure=True)
    for address, back in (("/bandup/student", "/bandup/student"), ("/elsewhere", "/bandup/")):
        cookie = f"{server.RETURN_COOKIE}={address}"
        returned = headers_of(gate, "/bandup/oauth2callback", "code=1", cookie=cookie)
        assert returned["location"] == [back]
        assert all(header.endswith("; Secure") and "Path=/bandup/" in header for header in returned["set-cookie"])
    refused = asyncio.run(responses(gate, "/bandup/media/x"))[0]
    assert refused["status"] == 403


def test_the_sign_in_page_says_for_a_while_that_the_visitor_signed_out(gate):
    (signed_out, _) = headers_of(gate, "/auth/logout")["set-cookie"]
    assert signed_out.startswith("dashboard_signed_out=yes; HttpOnly; Max-Age=60")


@pytest.mark.parametrize(
    "cookies", [{}, {"_streamlit_user": ""}, {"_streamlit_user": "x.y.z"}, {"_streamlit_user": "\xff\u20ac"}]
)
def test_a_cookie_that_streamlit_did_not_sign_has_no_claims(cookies):
    assert streamlit_session.claims_in(cookies) == {}


def test_without_sign_in_a_check_takes_under_20_microseconds():
    cached_reads.reset_caches()
    guard.current_person()
    start = time.perf_counter()
    for _ in range(1000):
        guard.require_student("student", "user-456")
    assert (time.perf_counter() - start) / 1000 < 20e-6


@pytest.mark.server
def test_the_middleware_is_in_place(tmp_path):
    """The middleware in front of Streamlit, with sign-in and without."""
    (tmp_path / "secrets.toml").write_text(AUTH + ROLES)
    start = (
        "from streamlit.web import bootstrap; bootstrap.load_config_options({'secrets_files': [%r]}); import dashboard; "
        "print(*(middleware.cls.__name__ for middleware in dashboard.app._user_middleware))"
    )
    for file, environment, expected in (
        ("none.toml", {}, "SecurityHeaders AllowedHosts ThisMachineOnly AllowedRoutes CompressedFiles StartPage\n"),
        (
            "none.toml",
            {"DASHBOARD_WITHOUT_SIGN_IN": "yes"},
            "SecurityHeaders AllowedHosts AllowedRoutes CompressedFiles StartPage\n",
        ),
        ("secrets.toml", {}, "SecurityHeaders AllowedHosts SignIn AllowedRoutes CompressedFiles StartPage\n"),
        (
            "secrets.toml",
            {"DASHBOARD_WITHOUT_SIGN_IN": "yes"},
            "SecurityHeaders AllowedHosts SignIn AllowedRoutes CompressedFiles StartPage\n",
        ),
    ):
        status, output = run(tmp_path, None, environment, "-c", start % str(tmp_path / file))
        assert (status, output) == (0, expected)


def test_the_background_threads_start_with_the_server(monkeypatch):
    started: Queue[str] = Queue()
    monkeypatch.setattr(server, "warm_up", lambda: started.put("warm-up"))
    monkeypatch.setattr(server.malloc, "trim_forever", lambda: started.put("trim"))

    async def run_lifespan() -> None:
        async with server.lifespan(st.App(server.FRAME)):
            pass

    asyncio.run(run_lifespan())
    assert {started.get(timeout=10) for _ in range(2)} == {"warm-up", "trim"}


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/student/user-456", 307, "/student?user_id=user-456"),
        ("/student/đỗ.hải yến&x=1", 307, "/student?user_id=%C4%91%E1%BB%97.h%E1%BA%A3i%20y%E1%BA%BFn%26x%3D1"),
        ("/student/a/b", 404, None),
        ("/student//elsewhere.example", 404, None),
        ("/jobs/user-456", 404, None),
        ("/nothing", 404, None),
    ],
)
def test_an_unknown_path_is_a_page_of_ours_or_leads_to_the_student(path, status, location):
    sent = asyncio.run(responses(server.AllowedRoutes(streamlit, "/", sign_in=False), path))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert (sent[0]["status"], headers.get("location")) == (status, location)
    if status == 404:
        assert headers["content-type"].startswith("text/html")
        assert b"There is no such page." in sent[1]["body"]
        assert b'href="/"' in sent[1]["body"]

"""Where the dashboard may be served, what it refuses to whom, where a sign-in leads back to, and what starts with it."""

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

from bandup import server
from bandup.auth import guard, streamlit_session
from bandup.queries import cached
from tests.browser.serving import NOBODY, PERSONAL, ROOT

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


def ended(folder: Path, secrets: str | None, environment: Mapping[str, str], *command: str) -> tuple[int, str]:
    """How a command ends that is to end at once: its status, and all that it said."""
    if secrets is not None:
        (folder / "secrets.toml").write_text(secrets)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**clean, **NOBODY, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


ELSEWHERE = {"server_address": "0.0.0.0"}
OPEN = "This dashboard has no sign-in and would be open to other machines"


@pytest.mark.parametrize(
    ("secrets", "environment", "said"),
    [
        (None, {}, ""),
        (None, ELSEWHERE, OPEN),
        (None, {"server_address": "192.168.1.5"}, OPEN),
        (None, {"server_address": "::"}, OPEN),
        (None, {"server_address": "dashboard.school.example"}, OPEN),
        (None, {"server_address": "::1"}, ""),
        (None, {"server_address": "localhost"}, ""),
        (None, {"server_address": "127.0.0.8"}, ""),
        ("[other]\na = 1\n", ELSEWHERE, OPEN),
        (None, ELSEWHERE | {"DASHBOARD_WITHOUT_SIGN_IN": "yes"}, ""),
        (None, ELSEWHERE | {"DASHBOARD_WITHOUT_SIGN_IN": "no"}, OPEN),
        (AUTH + ROLES, ELSEWHERE, ""),
        (AUTH + ROLES, {}, ""),
        (AUTH, {}, "Nobody gets in, for [roles] in the secrets can't be used: there is no [roles] table"),
        (AUTH + '[roles]\nteacher = "anna"\n', {}, "teacher should be a list of texts"),
        (AUTH + ROLES + 'roster = "roster.csv"\n', {}, "the roster roster.csv can't be used: there is no such file"),
        (AUTH.replace(SECRET, "short") + ROLES, {}, "cookie_secret in [auth] has fewer than 32 characters"),
        (AUTH.replace("client_id", "client") + ROLES, {}, "missing the following keys: ['client_id']"),
        ("[auth]\n" + ROLES, {}, 'missing the "redirect_uri" key'),
        ("[auth\n", {}, "The secrets file can't be read"),
        ("[auth\n", ELSEWHERE | {"DASHBOARD_WITHOUT_SIGN_IN": "yes"}, "The secrets file can't be read"),
        (AUTH + ROLES, {"DASHBOARD_ACCESS_LOG": "/no/such/folder/log"}, "DASHBOARD_ACCESS_LOG can't be written"),
        (
            AUTH + ROLES,
            {"server_trustedUserHeaders": '{"X-User": "email"}'},
            "server.trustedUserHeaders lets a header say who is signed in",
        ),
    ],
)
def test_it_starts_only_as_it_may_be_served(tmp_path, secrets, environment, said):
    options = {"secrets_files": [str(tmp_path / "secrets.toml")]}
    options |= {name: value for name, value in environment.items() if name.startswith("server_")}
    # as `streamlit run` does, but that nothing listens
    start = f"from streamlit.web import bootstrap; bootstrap.load_config_options({options!r}); import dashboard; print('would start')"
    status, output = ended(tmp_path, secrets, environment, "-c", start)
    assert "Traceback" not in output
    if said:
        assert (status, "would start" in output) == (1, False)
        assert said in output
    else:
        assert (status, output) == (0, "would start\n")


def test_streamlit_run_ends_with_a_sentence(tmp_path):
    # 127.1 is this machine, but is not known to be: whatever happens here, no other machine could reach it
    options = ["--server.port=0", "--server.address=127.1", f"--secrets.files={tmp_path / 'secrets.toml'}"]
    status, output = ended(tmp_path, None, {}, "-m", "streamlit", "run", "dashboard.py", *options)
    assert status != 0
    assert OPEN in output
    assert "Traceback" not in output


async def answered(app: Any, path: str, kind: str = "http", **scope: Any) -> list[dict[str, Any]]:
    """What an ASGI app sends for one request."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    parts = {"method": "GET", "path": path, "query_string": b"", "headers": [], "server": ("127.0.0.1", 8501)}
    await app({"type": kind, **parts, **scope}, receive, send)
    return sent


async def streamlit(scope: Any, receive: Any, send: Any) -> None:
    """Stands for Streamlit: says that it was asked; from its sign-in it goes to the front page."""
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
def test_without_sign_in_other_machines_get_nothing_whatever_started_it(host, kind, status):
    sent = asyncio.run(answered(server.ThisMachineOnly(streamlit), "/", kind, server=host))
    assert sent[0].get("status", sent[0]["type"]) == status


@pytest.fixture
def door(monkeypatch) -> server.SignIn:
    """The middleware of a dashboard with sign-in, where the cookie `who=anna` is a sign-in."""
    monkeypatch.setattr(guard, "admits", lambda cookies: cookies.get("who") == "anna")
    monkeypatch.setattr(guard, "sign_out", lambda cookies: None)
    return server.SignIn(streamlit, home="/", secure=False)


@pytest.mark.parametrize(
    ("path", "for_everybody"),
    [
        ("/", True),
        ("/student", True),
        ("/static/js/index.js", True),
        ("/_stcore/health", True),
        ("/_stcore/host-config", True),
        ("/media/0123.html", False),
        ("/media/", False),
        ("/_stcore/metrics", False),
        ("/_stcore/upload_file/a/b", False),
        ("/_stcore/agent/interact", False),
        ("/_stcore/script-health-check", False),
        ("/_stcore/health/../metrics", False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "POST"])
def test_what_is_no_page_is_only_for_who_is_signed_in(door, path, for_everybody, method):
    def status(cookie: bytes) -> int:
        headers = [(b"cookie", cookie)]
        return int(asyncio.run(answered(door, path, method=method, headers=headers))[0]["status"])

    assert status(b"who=anna") == 200
    assert status(b"who=omar") == status(b"") == (200 if for_everybody else 403)


def headers_of(door: Any, path: str, query: str = "", **headers: str) -> dict[str, list[str]]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    (start,) = asyncio.run(answered(door, path, query_string=query.encode(), headers=raw))
    found: dict[str, list[str]] = {}
    for name, value in start["headers"]:
        found.setdefault(name.decode(), []).append(value.decode())
    return found


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
def test_a_sign_in_leads_back_to_the_address_on_this_server_and_to_no_other(door, referer, back):
    given = headers_of(door, "/auth/login", host="127.0.0.1:8501", referer=referer).get("set-cookie", [])
    cookie = given[0].split(";")[0] if given else ""
    assert all("HttpOnly" in one and "SameSite=lax" in one and "Max-Age=900" in one for one in given)
    returned = headers_of(door, "/oauth2callback", "code=1&state=2", cookie=cookie)
    assert returned["location"] == [back]
    assert any(one.startswith(f'{server.CAME_FROM}="";') for one in returned["set-cookie"]), "once"
    # back from signing out at the provider: to the front page
    assert headers_of(door, "/oauth2callback", "state=2", cookie=cookie)["location"] == ["/"]


@pytest.mark.parametrize(
    "value", ["https://evil.example/", "//evil.example", "%2F%5Cevil.example", "%2F%2Fevil.example", "/\r\nx: y"]
)
def test_a_cookie_from_elsewhere_leads_nowhere_else(door, value):
    cookie = f'{server.CAME_FROM}="{value}"'.replace("\r\n", "%0D%0A")
    assert headers_of(door, "/oauth2callback", "code=1", cookie=cookie)["location"] == ["/"]


def test_below_a_path_of_its_own_it_leads_nowhere_beside_it(monkeypatch):
    monkeypatch.setattr(guard, "admits", lambda cookies: False)

    async def below(scope: Any, receive: Any, send: Any) -> None:
        location = [(b"location", b"/bandup/")] if scope["path"].endswith("/oauth2callback") else []
        await send({"type": "http.response.start", "status": 200, "headers": location})

    door = server.SignIn(below, home="/bandup/", secure=True)
    for address, back in (("/bandup/student", "/bandup/student"), ("/elsewhere", "/bandup/")):
        cookie = f"{server.CAME_FROM}={address}"
        returned = headers_of(door, "/bandup/oauth2callback", "code=1", cookie=cookie)
        assert returned["location"] == [back]
        assert all(one.endswith("; Secure") and "Path=/bandup/" in one for one in returned["set-cookie"])
    (refused,) = [one for one in asyncio.run(answered(door, "/bandup/media/x")) if one["type"] == "http.response.start"]
    assert refused["status"] == 403


def test_who_signs_out_is_told_so_for_a_while(door):
    (told, _) = headers_of(door, "/auth/logout")["set-cookie"]
    assert told.startswith("dashboard_signed_out=yes; HttpOnly; Max-Age=60")


@pytest.mark.parametrize(
    "cookies", [{}, {"_streamlit_user": ""}, {"_streamlit_user": "x.y.z"}, {"_streamlit_user": "\xff\u20ac"}]
)
def test_a_cookie_that_streamlit_did_not_sign_says_nothing(cookies):
    assert streamlit_session.claims_in(cookies) == {}


def test_the_check_costs_microseconds_where_there_is_no_sign_in():
    cached.reset_caches()
    guard.current_person()
    begun = time.perf_counter()
    for _ in range(1000):
        guard.require_student("student", "user-456")
    assert (time.perf_counter() - begun) / 1000 < 20e-6


def test_the_doors_are_in_place(tmp_path):
    """What stands before Streamlit, with sign-in and without."""
    (tmp_path / "secrets.toml").write_text(AUTH + ROLES)
    start = (
        "from streamlit.web import bootstrap; bootstrap.load_config_options({'secrets_files': [%r]}); import dashboard; "
        "print(*(one.cls.__name__ for one in dashboard.app._user_middleware))"
    )
    for file, environment, expected in (
        ("none.toml", {}, "SecurityHeaders ThisMachineOnly\n"),
        ("none.toml", {"DASHBOARD_WITHOUT_SIGN_IN": "yes"}, "SecurityHeaders\n"),
        ("secrets.toml", {}, "SecurityHeaders SignIn\n"),
        ("secrets.toml", {"DASHBOARD_WITHOUT_SIGN_IN": "yes"}, "SecurityHeaders SignIn\n"),
    ):
        status, said = ended(tmp_path, None, environment, "-c", start % str(tmp_path / file))
        assert (status, said) == (0, expected)


def test_what_runs_beside_the_server_starts_with_it(monkeypatch):
    started: Queue[str] = Queue()
    monkeypatch.setattr(server, "warm_up", lambda: started.put("warm-up"))
    monkeypatch.setattr(server.malloc, "keep_small", lambda: started.put("keep small"))

    async def lived() -> None:
        async with server.lifespan(st.App(server.FRAME)):
            pass

    asyncio.run(lived())
    assert {started.get(timeout=10) for _ in range(2)} == {"warm-up", "keep small"}

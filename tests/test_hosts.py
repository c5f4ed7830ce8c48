"""DNS rebinding: a website whose name resolves to this machine gets no answer, because the host name is checked."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks import server
from tests.browser import serving

pytestmark = pytest.mark.server

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("hosts")
    with serving.dashboard(folder) as server:
        yield urlsplit(server.address).netloc


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that is started with `--server.allowedHosts`, as the README says."""
    hosts = ["--server.allowedHosts=bandup.school.example", "--server.allowedHosts=*.other.example"]
    with server.streamlit(serving.ROOT / "dashboard.py", {}, hosts) as started:
        yield urlsplit(started.address).netloc


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 101),
        ("localhost", 101),
        ("LOCALHOST", 101),
        ("[::1]", 101),
        ("rebound.example", 403),
        ("localhost.rebound.example", 403),
        ("127.0.0.1.rebound.example", 403),
        ("192.168.0.7", 403),
        ("", 403),
    ],
)
def test_only_known_host_names_get_a_session_and_a_page(address: str, host: str, status: int) -> None:
    host = f"{host}:{address.rpartition(':')[2]}"
    assert answer(address, "/_stcore/stream", {**UPGRADE, "Host": host})[0] == status
    for path in (
        "/",
        "/student?user_id=user-456",
        "/media/0123.html",
        "/_stcore/host-config",
        "/static/no.js",
        "/no-page",
    ):
        page_status, text = answer(address, path, {"Host": host})
        if status == 403:
            assert page_status == 403
            assert "does not answer to this host name: name it in --server.allowedHosts" in text
        else:
            assert page_status != 403


@pytest.mark.parametrize(
    ("host", "status"), [("bandup.school.example", 200), ("www.other.example", 200), ("127.0.0.1", 403)]
)
def test_behind_a_proxy_the_public_names_are_answered(behind_a_proxy: str, host: str, status: int) -> None:
    assert answer(behind_a_proxy, "/", {"Host": host})[0] == status
    session = answer(behind_a_proxy, "/_stcore/stream", {**UPGRADE, "Host": host})[0]
    assert session == (101 if status == 200 else 403)


def answer(address: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """The status of a response, and its text where it has one."""
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    text = "" if response.status == 101 else response.read().decode("utf-8", "replace")
    connection.close()
    return response.status, text

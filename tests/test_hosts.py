"""DNS rebinding: a website whose name resolves to this machine gets no session, because the host name is checked."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

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
def test_only_known_host_names_get_a_session(address: str, host: str, status: int) -> None:
    port = address.rpartition(":")[2]
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", "/_stcore/stream", headers={**UPGRADE, "Host": f"{host}:{port}"})
    response = connection.getresponse()
    connection.close()
    assert response.status == status

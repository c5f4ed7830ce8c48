"""The response to an unexpected error has the security headers and no details of the error."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bandup.server import security_headers
from bandup.start_page import index_html
from tests.browser import serving

pytestmark = pytest.mark.server

HEADERS = security_headers(index_html())
FAULT = """
from starlette.routing import Router

serve = Router.__call__


async def faulty_serve(self, scope, receive, send):
    if scope.get("path") == "/media/fails":
        raise RuntimeError("details for the log")
    await serve(self, scope, receive, send)


Router.__call__ = faulty_serve
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Server]:
    """A dashboard with a fault: Python imports `sitecustomize` at its start."""
    folder: Path = tmp_path_factory.mktemp("failing")
    (folder / "sitecustomize.py").write_text(FAULT)
    with serving.dashboard(folder, {"PYTHONPATH": str(folder)}) as server:
        yield server


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_response_has_every_header_once_and_no_detail(running, method):
    connection = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=30)
    connection.request(method, "/media/fails")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 500
    assert body == (b"" if method == "HEAD" else b"Internal Server Error")
    assert {name: response.headers.get_all(name) for name in HEADERS} == {
        name: [value] for name, value in HEADERS.items()
    }


def test_the_log_has_the_error(running):
    connection = http.client.HTTPConnection(urlsplit(running.address).netloc, timeout=30)
    connection.request("GET", "/media/fails")
    connection.getresponse().read()
    connection.close()
    assert "RuntimeError: details for the log" in running.log.read_text()

"""`make check` fails if there are known vulnerabilities, and warns if it could not look for them."""

import json
import runpy
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[1]


CLEAN = {"name": "click", "version": "8.2.0", "vulns": []}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1)"}
VULNERABLE = {
    "name": "orjson",
    "version": "3.11.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.11.1"], "aliases": ["CVE-1"], "description": "Reads too far."}],
}


@pytest.fixture
def audit(tmp_path: Path) -> Callable[..., int]:
    """`audit(advisories, output="", status=0)`: the exit status of the script with a fake pip-audit.

    The fake prints `output`, ends with `status` and writes its arguments to the file `arguments`.
    """
    script = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
    lines = (
        "import pathlib, sys",
        "_, path, output, status, *arguments = sys.argv",
        "pathlib.Path(path).write_text(' '.join(arguments))",
        "print(output)",
        "sys.exit(int(status))",
    )

    def run(advisories: str, output: str = "", status: int = 0) -> int:
        command = [sys.executable, "-c", "\n".join(lines), str(tmp_path / "arguments"), output, str(status)]
        return int(script["main"](["requirements.txt"], advisories, command))

    return run


def report(*packages: dict[str, Any]) -> str:
    """The output of `pip-audit --format=json`."""
    return json.dumps({"dependencies": packages, "fixes": []})


@contextmanager
def advisory_server(status: int) -> Iterator[str]:
    """The address of a server that responds to every request with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/pypi/pip/json"
        server.shutdown()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_without_vulnerabilities_it_passes_and_prints_nothing(audit, tmp_path, capsys):
    with advisory_server(200) as advisories:
        assert audit(advisories, report(CLEAN, CLEAN)) == 0
    assert (tmp_path / "arguments").read_text() == "--requirement=requirements.txt"
    assert capsys.readouterr().out == ""


def test_a_vulnerability_is_named_and_fails(audit, capsys):
    with advisory_server(200) as advisories:
        assert audit(advisories, report(CLEAN, VULNERABLE), 1) == 1
    assert capsys.readouterr().out == "orjson 3.11.0: PYSEC-1, fixed in 3.11.1. Reads too far.\n"


def test_packages_that_were_not_audited_are_reported(audit, capsys):
    with advisory_server(200) as advisories:
        assert audit(advisories, report(CLEAN, UNKNOWN)) == 0
    assert capsys.readouterr().out == "SKIPPED: PyPI does not know 1 of 2 packages: ours.\n"


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_crash_of_pip_audit_fails(audit, status):
    with advisory_server(200) as advisories:
        assert audit(advisories, "Traceback", status) == (status or 1)


@pytest.mark.parametrize("status", [404, 403, 503])
def test_an_index_without_advisories_is_a_warning(audit, tmp_path, capsys, status):
    with advisory_server(status) as advisories:
        assert audit(advisories, report(VULNERABLE), 1) == 0
    assert f"SKIPPED: could not look for vulnerabilities: {advisories} responds with status {status}." in (
        capsys.readouterr().out
    )
    assert not (tmp_path / "arguments").exists()


def test_no_network_is_a_warning(audit, tmp_path, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert audit(f"http://127.0.0.1:{unused.getsockname()[1]}/pypi/pip/json", report(VULNERABLE), 1) == 0
    assert "can't be reached (ConnectionError)." in capsys.readouterr().out
    assert not (tmp_path / "arguments").exists()

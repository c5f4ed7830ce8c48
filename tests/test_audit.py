"""`make check` looks for known vulnerabilities: it fails where there are some, and says loudly where it could not look."""

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
    """`audit(advisories, says="", status=0)`: its exit status, with a pip-audit that says so and ends so.

    The stand-in leaves its arguments in `asked`.
    """
    script = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
    lines = (
        "import pathlib, sys",
        "_, asked, says, status, *arguments = sys.argv",
        "pathlib.Path(asked).write_text(' '.join(arguments))",
        "print(says)",
        "sys.exit(int(status))",
    )

    def run(advisories: str, says: str = "", status: int = 0) -> int:
        command = [sys.executable, "-c", "\n".join(lines), str(tmp_path / "asked"), says, str(status)]
        return int(script["main"](["requirements.txt"], advisories, command))

    return run


def report(*packages: dict[str, Any]) -> str:
    """As `pip-audit --format=json` prints it."""
    return json.dumps({"dependencies": packages, "fixes": []})


@contextmanager
def answering(status: int) -> Iterator[str]:
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


def test_where_nothing_is_known_it_passes_in_silence(audit, tmp_path, capsys):
    with answering(200) as advisories:
        assert audit(advisories, report(CLEAN, CLEAN)) == 0
    assert (tmp_path / "asked").read_text() == "--requirement=requirements.txt"
    assert capsys.readouterr().out == ""


def test_a_vulnerability_is_named_and_fails(audit, capsys):
    with answering(200) as advisories:
        assert audit(advisories, report(CLEAN, VULNERABLE), 1) == 1
    assert capsys.readouterr().out == "orjson 3.11.0: PYSEC-1, mended in 3.11.1. Reads too far.\n"


def test_packages_that_were_not_audited_are_said_loudly(audit, capsys):
    with answering(200) as advisories:
        assert audit(advisories, report(CLEAN, UNKNOWN)) == 0
    assert capsys.readouterr().out == "SKIPPED: PyPI knows nothing of 1 of 2 packages: ours.\n"


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_pip_audit_that_breaks_off_fails(audit, status):
    with answering(200) as advisories:
        assert audit(advisories, "Traceback", status) == (status or 1)


@pytest.mark.parametrize("status", [404, 403, 503])
def test_a_mirror_without_advisories_is_said_loudly_and_no_failure(audit, tmp_path, capsys, status):
    with answering(status) as advisories:
        assert audit(advisories, report(VULNERABLE), 1) == 0
    assert f"SKIPPED: no vulnerability was looked for: {advisories} answers with status {status}." in (
        capsys.readouterr().out
    )
    assert not (tmp_path / "asked").exists()


def test_no_network_is_said_loudly_and_no_failure(audit, tmp_path, capsys):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert audit(f"http://127.0.0.1:{nobody.getsockname()[1]}/pypi/pip/json", report(VULNERABLE), 1) == 0
    assert "can't be reached (ConnectionError)." in capsys.readouterr().out
    assert not (tmp_path / "asked").exists()

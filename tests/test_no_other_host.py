"""The server contacts no host but the one that has the tables, whatever page is open; on the demo it contacts none."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from benchmarks import server
from benchmarks.visitor import PageFailed, Visitor
from tests.data import faulty

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[1]
GUARD = Path(__file__).parent / "guard"
ITEMS = 120
THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}

STUDENT, EVALUATION, SET = "user-456", "eval-abc123", "flashcard-set-123"


def addresses(student: str, evaluation: str, set_id: str, set_of: str) -> dict[str, list[str]]:
    """The addresses of everything that a page can show, by the name of its script."""
    user, attempt = urlencode({"user_id": student}), urlencode({"evaluation_id": evaluation, "user_id": student})
    opened_set = urlencode({"set_id": set_id, "user_id": set_of})
    return {
        "students": [""],
        "student": ["student", f"student?{user}"],
        "evaluation": ["evaluation", f"evaluation?{attempt}"],
        "compare": ["compare", f"compare?{user}&{user}", f"compare?{attempt}&{attempt}"],
        "marking": ["marking"],
        "grader": ["grader"],
        "flashcards": ["flashcards", f"flashcards?{user}", f"flashcards?{opened_set}"],
        "jobs": ["jobs", f"jobs?{attempt}", f"jobs?{opened_set}"],
        "tables": ["tables"],
    }


DOCUMENTED = addresses(STUDENT, EVALUATION, SET, STUDENT)


@dataclass(frozen=True)
class Guarded:
    """The log of `guard/sitecustomize.py`."""

    log: Path

    def lines(self, *events: str) -> list[str]:
        """The details of these events, in order."""
        lines = (line.partition("\t") for line in self.log.read_text().splitlines())
        return [detail for event, _, detail in lines if event.startswith(events)]

    @property
    def hosts(self) -> set[str]:
        """The hosts that were looked up, connected or sent to, except this machine."""
        return {detail.rpartition(":")[0] for detail in self.lines("socket.")} - THIS_MACHINE

    @property
    def connections(self) -> set[str]:
        """`host:port` of everything that was connected or sent to."""
        return {*self.lines("socket.connect", "socket.send")}

    @property
    def children(self) -> list[str]:
        """The processes that were started."""
        return self.lines("subprocess.", "os.")


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path / "guard.log")


def guard_environment(guarded: Guarded) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([str(GUARD), str(ROOT)]), "GUARD_LOG": str(guarded.log)}


@contextmanager
def dashboard(guarded: Guarded, environment: Mapping[str, str]) -> Iterator[str]:
    """Run a dashboard with its own configuration until the end of the block, and yield its address."""
    no_proxy = {"NO_PROXY": "*", "no_proxy": "*"}  # the proxies of this machine must not matter
    secrets = f"--secrets.files={guarded.log.with_name('secrets.toml')}"
    everything = {**guard_environment(guarded), **no_proxy, **environment}
    with server.streamlit(ROOT / "dashboard.py", everything, [secrets]) as started:
        yield started.address
    (command,) = guarded.lines("started")
    assert "streamlit run" in command, "the guard must be active from the start"


def visit(address: str, pages: Mapping[str, list[str]]) -> list[PageFailed]:
    """Open every page and rerun it; return the errors."""
    failed = []
    for path in (path for paths in pages.values() for path in paths):
        with Visitor(address, path) as visitor:
            try:
                visitor.run()
                visitor.run()
            except PageFailed as error:
                failed.append(error)
    return failed


def test_every_page_is_visited():
    assert {*DOCUMENTED} == {page.stem for page in (ROOT / "pages").glob("*.py")}


def test_the_demo_contacts_no_host(guarded):
    with dashboard(guarded, {}) as address:
        assert not visit(address, DOCUMENTED)
    assert guarded.hosts == set()
    assert guarded.connections == set()
    assert guarded.children == []


def test_with_an_endpoint_only_the_endpoint_is_contacted(guarded):
    with faulty.endpoint(ITEMS) as endpoint:
        stored = {key: table.base for key, table in endpoint.endpoint.tables.items()}
        (evaluation, student), (set_id, set_of) = stored["evaluations"].keys[0], stored["flashcard_sets"].keys[0]
        with dashboard(guarded, server.EndpointProcess(endpoint.address).environment()) as address:
            assert not visit(address, addresses(student, evaluation, set_id, set_of))
        operations = {*endpoint.counts}
    assert {"DescribeTable", "Scan", "Query", "GetItem", "BatchGetItem"} <= operations
    assert guarded.hosts == set()
    assert guarded.connections == {endpoint.address.removeprefix("http://")}
    assert guarded.children == []


def test_with_tables_in_aws_only_aws_is_contacted(guarded):
    environment = {
        "DYNAMODB_EVALUATIONS": "evaluations",
        "DYNAMODB_FLASHCARD_SETS": "sets",
        "AWS_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    with dashboard(guarded, environment) as address:
        failed = visit(address, DOCUMENTED)
    assert failed
    assert all("can't be reached (EndpointConnectionError)" in str(error) for error in failed)
    assert guarded.hosts == {"dynamodb.eu-west-1.amazonaws.com"}
    assert guarded.connections == set()
    assert guarded.children == []


ELSEWHERE = {
    "a request": ("import urllib.request as r; r.urlopen('https://elsewhere.example/')", "elsewhere.example"),
    "a library's request": ("import requests; requests.get('http://192.0.2.1/')", "192.0.2.1"),
    "a look-up": ("import socket; socket.gethostbyname('elsewhere.example')", "elsewhere.example"),
    "a look-up in bytes": ("import socket; socket.getaddrinfo(b'elsewhere.example', 80)", "elsewhere.example"),
    "a connection": ("import socket; socket.socket().connect_ex(('192.0.2.1', 80))", "192.0.2.1"),
    "a datagram": (
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 53))",
        "192.0.2.1",
    ),
    "a connection of asyncio": (
        "import asyncio; asyncio.run(asyncio.open_connection('192.0.2.1', 80))",
        "192.0.2.1",
    ),
    "Streamlit's lookup of the external address": (
        "from streamlit import net_util; net_util.get_external_ip(); raise OSError('guarded')",
        "checkip.amazonaws.com",
    ),
}


class TestGuard:
    """The guard itself: it must log every host, or the tests above would pass without reason."""

    @pytest.fixture
    def run(self, guarded: Guarded) -> Callable[[str], subprocess.CompletedProcess[str]]:
        environment = {**os.environ, **guard_environment(guarded), "NO_PROXY": "*", "no_proxy": "*"}
        return lambda code: subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )

    @pytest.mark.parametrize(("code", "host"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
    def test_another_host_is_logged_and_not_reached(self, guarded, run, code, host):
        process = run(code)
        assert process.returncode != 0
        assert "guarded" in process.stderr
        assert guarded.hosts == {host}

    def test_this_machine_is_reached(self, guarded, run):
        code = (
            "import json, socket; s = socket.create_server(('127.0.0.1', 0));"
            "socket.create_connection(s.getsockname()).close(); print(json.dumps(s.getsockname()))"
        )
        host, port = json.loads(run(code).stdout)
        assert guarded.hosts == set()
        assert guarded.connections == {f"{host}:{port}"}

    def test_a_child_process_is_logged(self, guarded, run):
        assert run("import subprocess; subprocess.run(['/bin/true'])").returncode == 0
        (child,) = guarded.children
        assert "/bin/true" in child

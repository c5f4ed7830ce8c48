"""Start the dashboard in a process of its own, as a user does, and serve tables to it over HTTP."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from moto.server import ThreadedMotoServer

from data.schema import TableKey
from tests import documented

ROOT = Path(__file__).parents[2]
PERSONAL_PREFIXES = ("AWS_", "DASHBOARD_", "DYNAMODB_", "STREAMLIT_")
"""Environment variables with these prefixes are not passed on: a test must never read the developer's own tables."""
WITHOUT_AWS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
START_SECONDS = 90


@dataclass
class Server:
    """A running dashboard: its address without a trailing slash, its log file and its process."""

    address: str
    log: Path
    process: subprocess.Popen[bytes]

    def log_lines(self, count: int = 80) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


running: list[Server] = []
_ports: list[int] = []
"""The ports of all dashboards so far."""


@contextmanager
def dashboard(
    folder: Path, environment: Mapping[str, str] | None = None, secrets: str | None = None
) -> Iterator[Server]:
    """Run the dashboard until the end of the block.

    `environment` is added to the current environment without the variables of `PERSONAL_PREFIXES`. The log goes to
    `folder`, and so does `secrets`, the text of a secrets.toml. Without `secrets` there are none, even if `.streamlit/`
    or the home directory has some. Raises RuntimeError, with the log, if the server does not start.
    """
    port = _free_port()
    secrets_file = folder / "secrets.toml"
    if secrets is not None:
        secrets_file.write_text(secrets)
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", f"--secrets.files={secrets_file}"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL_PREFIXES)}
    log = folder / "dashboard.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env={**clean, **WITHOUT_AWS, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", log, process)
    running.append(server)
    try:
        _wait_until_healthy(server)
        yield server
    finally:
        running.remove(server)
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def tables(index_set: str, items: Iterable[tuple[TableKey, dict[str, Any]]]) -> Iterator[dict[str, str]]:
    """Serve both tables with these items until the end of the block, and yield the environment that names them.

    `index_set`: a key of `data.table_definitions.INDEX_SETS`. moto keeps the tables in this process, so only one block
    may be open at a time.
    """
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    for name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    documented.fill(client, index_set, items)
    yield {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "DYNAMODB_EVALUATIONS": documented.NAMES["evaluations"],
        "DYNAMODB_FLASHCARD_SETS": documented.NAMES["flashcard_sets"],
    }
    moto.stop()


def _free_port() -> int:
    """A port on which nothing listens: if possible that of an earlier dashboard, whose files browsers have in their cache."""
    in_use = {urlsplit(server.address).port for server in running}
    for port in (*(port for port in _ports if port not in in_use), 0):
        with socket.socket() as listener, suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            _ports.append(int(listener.getsockname()[1]))
            return _ports[-1]
    raise RuntimeError("There is no free port.")


def _wait_until_healthy(server: Server) -> None:
    # no proxies: the address is on this machine
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"{server.address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The dashboard did not start:\n{server.log_lines()}")

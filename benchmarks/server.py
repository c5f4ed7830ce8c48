"""The processes that benchmarks talk to: the endpoint that replays tables, and Streamlit. Each is stopped by its pid."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

ROOT = Path(__file__).parents[1]
PERSONAL = ("AWS_", "DASHBOARD_", "DYNAMODB_", "STREAMLIT_")
"""What a developer has set must not decide what is measured, least of all real tables."""

NOBODY = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
START_SECONDS = 180
STOP_SECONDS = 10

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without proxies: every address here is this machine's own."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint in a process of its own: the address to give to boto3."""

    address: str

    def environment(self, *, indexed: bool = True) -> dict[str, str]:
        """What tells the dashboard to read from here: tables with the covering index, or without any."""
        ending = "" if indexed else "-plain"
        return {
            **NOBODY,
            "AWS_ENDPOINT_URL_DYNAMODB": self.address,
            "DYNAMODB_EVALUATIONS": f"evaluations{ending}",
            "DYNAMODB_FLASHCARD_SETS": f"flashcard-sets{ending}",
        }

    def counts(self) -> dict[str, int]:
        """How many requests of each operation came so far."""
        with OPENER.open(f"{self.address}/counts", timeout=10) as answer:
            counts: dict[str, int] = orjson.loads(answer.read())
        return counts


@dataclass(frozen=True)
class Streamlit:
    """A Streamlit server in a process of its own, and when it was started (`time.perf_counter`)."""

    address: str
    pid: int
    started_at: float


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of this process without what a developer has set for AWS, Streamlit or the dashboard, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), **(more or {})}


@contextmanager
def endpoint(items: int, delay: float = 0.0, *, sets: bool = True) -> Iterator[Endpoint]:
    """Replays tables with so many evaluations; every answer waits `delay` seconds. The first start renders the tables."""
    options = [f"--items={items}", f"--delay={delay}", "--sets" if sets else "--no-sets"]
    command = [sys.executable, "-m", "benchmarks.endpoint", *options]
    with _running(command, clean_environment(), subprocess.PIPE) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        if not address:
            raise RuntimeError("The endpoint did not start.")
        yield Endpoint(address)


@contextmanager
def streamlit(
    script: Path, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Iterator[Streamlit]:
    """`streamlit run` of a script, in the repository's folder and so with its configuration, ready to be opened.

    Raises RuntimeError, with the log, where the server does not start.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", *options]
    with tempfile.TemporaryFile() as log:
        started_at = time.perf_counter()
        with _running(command, clean_environment({**NOBODY, **(environment or {})}), log) as process:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, process, log)
            yield Streamlit(address, process.pid, started_at)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], output: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    errors = None if output == subprocess.PIPE else subprocess.STDOUT
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with OPENER.open(f"{address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"Streamlit did not start:\n{log.read().decode(errors='replace')[-4000:]}")

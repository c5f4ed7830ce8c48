"""Start and stop the processes that benchmarks use: the endpoint that replays tables, and Streamlit servers."""

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
DEVELOPER_PREFIXES = ("AWS_", "DASHBOARD_", "DYNAMODB_", "STREAMLIT_")
"""Environment variables that are not passed on: a developer's settings must not change a benchmark or name real tables."""

FAKE_AWS = {
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
"""Without proxies: every address here is on this machine."""


@dataclass(frozen=True)
class EndpointProcess:
    """A running endpoint: the address to give to boto3."""

    address: str

    def environment(self, *, indexed: bool = True) -> dict[str, str]:
        """Environment variables with which the dashboard reads from here: tables with the covering index, or with none."""
        suffix = "" if indexed else "-plain"
        return {
            **FAKE_AWS,
            "AWS_ENDPOINT_URL_DYNAMODB": self.address,
            "DYNAMODB_EVALUATIONS": f"evaluations{suffix}",
            "DYNAMODB_FLASHCARD_SETS": f"flashcard-sets{suffix}",
        }

    def counts(self) -> dict[str, int]:
        """The number of requests so far, by operation."""
        with OPENER.open(f"{self.address}/counts", timeout=10) as response:
            counts: dict[str, int] = orjson.loads(response.read())
        return counts


@dataclass(frozen=True)
class StreamlitProcess:
    """A running Streamlit server. `started_at`: when it was started, by `time.perf_counter`."""

    address: str
    pid: int
    started_at: float


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without a developer's settings of AWS, Streamlit and the dashboard, plus `extra`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(DEVELOPER_PREFIXES)}
    return {**inherited, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), **(extra or {})}


@contextmanager
def endpoint(items: int, delay: float = 0.0, *, sets: bool = True, worst: bool = False) -> Iterator[EndpointProcess]:
    """Replay tables with `items` evaluations; every response waits `delay` seconds. The first start generates the tables.

    `worst`: with the worst items of 400 kB (`tests/worst_items.py`) among the generated ones.
    """
    options = [f"--items={items}", f"--delay={delay}", "--sets" if sets else "--no-sets", *["--worst"] * worst]
    command = [sys.executable, "-m", "benchmarks.endpoint", *options]
    with _subprocess(command, clean_environment(), subprocess.PIPE) as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        if not address:
            raise RuntimeError("The endpoint did not start.")
        yield EndpointProcess(address)


@contextmanager
def streamlit(
    script: Path, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Iterator[StreamlitProcess]:
    """Run a script with `streamlit run` in the repository's folder, and so with its configuration, until it answers.

    Raises RuntimeError, with the log, if the server does not start.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", *options]
    with tempfile.TemporaryFile() as log:
        started_at = time.perf_counter()
        with _subprocess(command, clean_environment({**FAKE_AWS, **(environment or {})}), log) as process:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, process, log)
            yield StreamlitProcess(address, process.pid, started_at)


def free_port() -> int:
    """A free port of 127.0.0.1."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _subprocess(
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

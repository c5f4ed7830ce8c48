"""Starts the dashboard as a user does, in a process of its own, for tests that need the real server."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a developer has set must not decide what a test reads, least of all real tables.
PERSONAL = ("AWS_", "DASHBOARD_", "DYNAMODB_", "STREAMLIT_")
NOBODY = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
START_SECONDS = 90


@dataclass
class Server:
    """A dashboard in a process of its own: its address without a slash at the end, and where its log goes."""

    address: str
    log: Path
    process: subprocess.Popen[bytes]

    def log_lines(self, last: int = 80) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-last:])


running: list[Server] = []


@contextmanager
def dashboard(
    folder: Path, environment: Mapping[str, str] | None = None, secrets: str | None = None
) -> Iterator[Server]:
    """The dashboard with `environment` on top of a clean one (no variable of PERSONAL), stopped in the end.

    `folder` takes the log and, where given, `secrets` as the text of a secrets.toml. Without it there are no secrets,
    whatever lies in `.streamlit/` or the home directory. Raises RuntimeError, with the log, if the server does not start.
    """
    port = _free_port()
    secrets_file = folder / "secrets.toml"
    if secrets is not None:
        secrets_file.write_text(secrets)
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    options = [f"--server.port={port}", "--server.address=127.0.0.1", f"--secrets.files={secrets_file}"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
    log = folder / "dashboard.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env={**clean, **NOBODY, "PYTHONUNBUFFERED": "1", **(environment or {})},
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


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_healthy(server: Server) -> None:
    # Without proxies: the address is this machine's own.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"{server.address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The dashboard did not start:\n{server.log_lines()}")

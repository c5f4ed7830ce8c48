"""The commands' output on any code page: it never raises, moves a cursor or grows with what strangers wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from bandup.cli.main import main
from bandup.exports import jobs_report
from tests import documented
from tests.items import item, job

ROOT = Path(__file__).parents[2]
NAME = "Nguyễn Thị “Hà” ☺"
LONG_ID = "x" * 900
HOSTILE = "\x1b[2J\x1b]0;title\x07\r\n\u202e\u2028\x9b31m"
FAILED = [
    job("failed", evaluation_id="e1", user_id=NAME, error_message=f"{NAME} failed"),
    job("failed", evaluation_id=LONG_ID, user_id="y" * 900, error_message="HTTP 500\n" + "traceback line\n" * 13_000),
    job("failed", evaluation_id="e3", user_id="u", evaluation_type=HOSTILE + "type" * 100, error_message=HOSTILE),
]
ITEMS = [("evaluations", failed) for failed in FAILED]


@pytest.fixture
def tables(aws: Any) -> None:
    documented.fill(aws, "none", ITEMS)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an endpoint with the items of `FAILED`, for commands in processes of their own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    documented.fill(boto3.client("dynamodb", "us-east-1", endpoint_url=address, **keys), "none", ITEMS)
    yield address
    server.stop()


def run(encoding: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own whose stdout and stderr have this encoding."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DYNAMODB_"))}
    environment = inherited | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run(
        [sys.executable, "-m", "bandup", *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.server
@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "utf-8", "cp932"])
def test_jobs_can_be_printed_on_any_code_page(endpoint, encoding):
    done = run(encoding, "jobs", "--endpoint", endpoint)
    assert done.returncode == 1, done.stderr
    expected = NAME.encode(encoding, "backslashreplace").decode(encoding)
    assert f"{expected} failed" in done.stdout.decode(encoding)


@pytest.mark.server
def test_json_can_be_printed_where_only_ascii_can(endpoint):
    done = run("ascii", "jobs", "--json", "--endpoint", endpoint)
    assert done.returncode == 1, done.stderr
    assert NAME in [listed["user_id"] for listed in json.loads(done.stdout)["jobs"]]


@pytest.mark.server
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_errors_can_be_printed_on_any_code_page(encoding):
    done = run(encoding, "jobs", DYNAMODB_EVALUATIONS="Bảng", DYNAMODB_FLASHCARD_SETS="Bảng")
    assert done.returncode == 2
    assert b"both name B\\u1ea3ng: they are two tables" in done.stderr
    assert run(encoding, "jobs", "--since", "Bảng").returncode == 2


@pytest.mark.server
def test_help_can_be_printed_where_only_ascii_can():
    for command in ("", *main.commands):
        helped = run("ascii", *([command] if command else []), "--help")
        assert helped.returncode == 0
        assert helped.stdout.decode("ascii").startswith("Usage: ")


@pytest.mark.usefixtures("tables")
def test_json_is_ascii():
    result = CliRunner().invoke(main, ["jobs", "--json"], catch_exceptions=False)
    assert result.stdout.isascii()
    assert {listed["user_id"] for listed in json.loads(result.stdout)["jobs"]} == {NAME, "y" * 900, "u"}
    assert max(len(listed["error"]) for listed in json.loads(result.stdout)["jobs"]) > 180_000


@pytest.mark.usefixtures("tables")
def test_the_table_has_one_short_line_per_job():
    lines = CliRunner().invoke(main, ["jobs"], catch_exceptions=False).stdout.rstrip("\n").split("\n")
    assert len(lines) == 3 + len(FAILED)
    error_column = lines[2].index("ERROR")
    assert error_column <= 2 * (jobs_report.MAX_ID + 2) + jobs_report.MAX_TYPE + 2 + 26
    assert max(map(len, lines)) <= error_column + jobs_report.MAX_ERROR
    (long_one,) = [line for line in lines if "HTTP 500" in line]
    assert long_one.index("HTTP 500 traceback line traceback") == error_column
    assert long_one.endswith("…")


@pytest.mark.usefixtures("tables")
def test_no_control_character_reaches_the_terminal():
    printed = CliRunner().invoke(main, ["jobs"], catch_exceptions=False).stdout
    assert all(character.isprintable() for character in printed.replace("\n", ""))
    assert "[2J" in printed


def test_an_error_with_control_characters_is_one_line(monkeypatch):
    for variable in ("DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"):
        monkeypatch.setenv(variable, f"a{HOSTILE}b")
    printed = CliRunner().invoke(main, ["jobs"]).stderr
    assert printed.count("\n") == 1
    assert printed.removesuffix("\n").isprintable()


@pytest.mark.usefixtures("tables")
def test_a_set_of_flashcards_has_no_odd_line(aws):
    aws.put_item(
        TableName=documented.NAMES["flashcard_sets"], Item=item(set_id="s\x1b[31m", user_id="u", status="failed")
    )
    printed = CliRunner().invoke(main, ["jobs", "--state", "failed"], catch_exceptions=False).stdout
    assert "flashcard" in printed
    assert "\x1b" not in printed

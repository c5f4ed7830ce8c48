"""Commands that read: without a named table they say so and offer the demo, which they read with `--demo`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from moto import mock_aws

from bandup.cli.main import main
from tests import documented

ROOT = Path(__file__).parents[2]
OFFER = (
    ", and DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS name no tables: set both to read your tables, or add --demo to "
    "read the demo.\n"
)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """An environment without tables, region and credentials."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "DASHBOARD_", "DYNAMODB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


def arguments(command: str, folder: Path) -> list[str]:
    return [command, *(["--out", str(folder)] if command == "export" else [])]


both = pytest.mark.parametrize("command", ["jobs", "export"])


@both
@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "No AWS region is set"),
        ({"AWS_REGION": "us-east-1"}, "No usable AWS credentials were found"),
        (
            {"AWS_REGION": "us-east-1", "AWS_PROFILE": "p"},
            "No usable AWS credentials were found (The config profile (p)",
        ),
    ],
)
def test_without_a_named_table_the_demo_is_offered(environment, tmp_path, command, variables, reason):
    for name, value in variables.items():
        environment.setenv(name, value)
    result = CliRunner().invoke(main, arguments(command, tmp_path / "out"), catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(reason)
    assert result.stderr.endswith(OFFER)


@both
def test_default_tables_that_do_not_exist_are_not_said_to_be_named(environment, tmp_path, command):
    environment.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        result = CliRunner().invoke(main, arguments(command, tmp_path / "out"), catch_exceptions=False)
    assert result.exit_code == 2
    assert result.stderr == f"There is no table bandup-evaluations in this region and account{OFFER}"


@both
def test_named_tables_that_do_not_exist_are_an_error_of_their_own(environment, tmp_path, command):
    for name, value in {"AWS_REGION": "us-east-1", "DYNAMODB_EVALUATIONS": "a", "DYNAMODB_FLASHCARD_SETS": "b"}.items():
        environment.setenv(name, value)
    with mock_aws():
        result = CliRunner().invoke(main, arguments(command, tmp_path / "out"), catch_exceptions=False)
    assert result.exit_code == 2
    assert result.stderr.startswith("There is no table a (named by DYNAMODB_EVALUATIONS) in this region and account: ")
    assert "--demo" not in result.stderr


def test_the_demo_is_not_read_at_an_endpoint():
    result = CliRunner().invoke(main, ["jobs", "--demo", "--endpoint", "http://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "--demo reads the embedded demo" in result.stderr


@pytest.mark.server
def test_the_demo_is_read_whatever_the_environment_names(tmp_path):
    """In a process of its own, as the demo starts a mock that ends with the process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"DYNAMODB_EVALUATIONS": "mine", "AWS_REGION": "no where"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-m", "bandup", *command]
        return subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)

    listed = run("jobs", "--demo", "--json")
    assert listed.returncode == 1, listed.stderr
    counts = json.loads(listed.stdout)["counts"]
    exported = run("export", "--demo", "--out", str(tmp_path))
    assert exported.returncode == 0, exported.stderr
    assert f"jobs.csv: {sum(counts.values())} rows written" in exported.stderr
    assert documented.NAMES["evaluations"] not in listed.stderr

"""Without moto, everything but the demo works, and the demo says in one sentence what to install."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bandup.demo import engine
from benchmarks import server
from benchmarks.visitor import PageFailed, Visitor
from tests.data import faulty

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[1]
WITHOUT_MOTO = {"PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "without_moto"), str(ROOT)])}
SENTENCE = str(engine.DemoUnavailable())


@pytest.fixture(scope="module")
def tables() -> Iterator[dict[str, str]]:
    """The environment that names two tables at an endpoint, for a process without moto."""
    with faulty.endpoint(120) as started:
        yield {**server.EndpointProcess(started.address).environment(), **WITHOUT_MOTO}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=server.clean_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def page_errors(address: str, path: str) -> list[str]:
    """The errors that a page shows when it is opened and rerun, without Markdown's escapes."""
    errors = []
    with Visitor(address, path) as visitor:
        for _ in range(2):
            try:
                visitor.run()
            except PageFailed as error:
                errors.append(str(error).replace("\\", ""))
    return errors


@pytest.mark.parametrize("module", ["moto", "moto.server"])
def test_moto_can_not_be_imported(module):
    process = run(WITHOUT_MOTO, "-c", f"import {module}")
    assert "ModuleNotFoundError" in process.stderr


def test_the_dashboard_shows_the_tables_of_an_endpoint(tables):
    with server.streamlit(ROOT / "dashboard.py", tables) as started:
        assert page_errors(started.address, "") == []
        assert page_errors(started.address, "jobs") == []


def test_jobs_are_listed(tables):
    process = run(tables, "-m", "bandup", "jobs", "--json")
    assert process.returncode in {0, 1}, process.stderr
    assert set(json.loads(process.stdout)) == {"counts", "muted", "jobs"}


def test_a_dry_run_of_provisioning_works(tables):
    process = run(tables, "-m", "bandup", "provision", "--dry-run")
    assert process.returncode == 0, process.stderr
    assert "aws dynamodb update-table" in process.stdout


def test_the_demo_says_what_to_install():
    with server.streamlit(ROOT / "dashboard.py", WITHOUT_MOTO) as started:
        for path in ("", "jobs"):
            errors = page_errors(started.address, path)
            assert len(errors) == 2
            assert all(SENTENCE in error for error in errors)
        with server.OPENER.open(f"{started.address}/_stcore/health", timeout=10) as health:
            assert health.status == 200


def test_the_sentence_names_both_solutions():
    assert "`pip install -r requirements.txt`" in SENTENCE
    assert "DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS" in SENTENCE

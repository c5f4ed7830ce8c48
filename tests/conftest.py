"""Mocked AWS, and session fixtures that keep libraries from repeating slow work in every test."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import hypothesis
import pytest
from moto import mock_aws
from streamlit.components.v2 import manifest_scanner

from bandup.queries import cached_reads
from tests import documented

# `make quick` generates fewer items per property than the full suite
hypothesis.settings.register_profile("quick", max_examples=10, deadline=None)
if profile := os.environ.get("HYPOTHESIS_PROFILE"):
    hypothesis.settings.load_profile(profile)

SLOW = (
    *(
        "analysis/test_error_text",
        "analysis/test_failure_causes",
        "analysis/test_grader_drift",
        "analysis/test_progress",
        "analysis/test_states",
    ),
    *("analysis/test_transcripts", "analysis/test_waiting", "data/test_decoder", "data/test_repository"),
    *("data/test_least_privilege", "demo/test_items", "exports/test_report", "pages/test_compare", "pages/test_jobs"),
    *("pages/test_least_privilege", "pages/test_shared_frames", "pages/test_sign_in", "ui/test_annotated_text"),
)
"""Modules that simulate or draw for many seconds: `make quick` leaves them out, `make test` runs them."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow modules, and keep the tests of one module in one worker unless they name a group."""
    for item in items:
        module = f"{item.path.parent.name}/{item.path.stem}"
        if module in SLOW:
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(module))


@pytest.fixture(scope="session", autouse=True)
def scan_packages_once() -> Iterator[None]:
    """Scan the installed packages for components once: Streamlit does so in every AppTest, which takes half of its time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def parse_aws_descriptions_once() -> Iterator[None]:
    """Parse the descriptions of AWS once: boto3 does so for every session, which takes most of the time of a new client."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A client of mocked AWS without tables, and without any configuration of this machine."""
    for variable in os.environ:
        if variable.startswith(("AWS_", "DASHBOARD_", "DYNAMODB_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def cloud(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of mocked AWS without tables; the environment names both tables, and nothing is cached."""
    monkeypatch.setenv("DYNAMODB_EVALUATIONS", documented.NAMES["evaluations"])
    monkeypatch.setenv("DYNAMODB_FLASHCARD_SETS", documented.NAMES["flashcard_sets"])
    cached_reads.reset_caches()
    yield aws
    cached_reads.reset_caches()

"""No page, command or file shows a secret that an error text holds; only the raw item of an opened job does."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from bandup.analysis import error_text, failure_causes, job_list
from bandup.cli.main import main
from bandup.exports import aws_commands, tables_export
from bandup.queries import cached_reads
from tests import all_states, documented
from tests.data.test_masking import SECRETS
from tests.items import job

TEXT = "\n".join(text for text, _ in SECRETS.values())
HIDDEN = ("HIDDEN", "HID@DEN", "SElEREVO", "HID DEN")
"""What is secret in `TEXT`."""
OPENED = {"evaluation_id": "secret-0", "user_id": "an"}


@pytest.fixture
def tables(cloud: Any) -> Any:
    """Both tables with every state, and a failed job for each text with a secret and for all of them in one."""
    texts = [TEXT, *(text for text, _ in SECRETS.values())]
    at = all_states.items()[0][1]["created_at"]
    failed = [
        ("evaluations", job("failed", evaluation_id=f"secret-{n}", user_id="an", started_at=at, error_message=text))
        for n, text in enumerate(texts)
    ]
    documented.fill(cloud, "provisioned", [*all_states.items(), *failed])
    return cloud


def assert_hidden(text: str) -> None:
    assert "***" in text
    assert [secret for secret in HIDDEN if secret in text] == []


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("jobs", {"window": "all"}),
        ("jobs", {"window": "all", "state": "failed"}),
        ("student", {"user_id": "an"}),
        ("evaluation", OPENED),
    ],
)
def test_no_page_shows_a_secret(open_page, text_of, page, parameters):
    app = open_page(page, **parameters)
    assert not app.exception
    assert_hidden(text_of(app))


@pytest.mark.usefixtures("tables")
def test_only_the_raw_item_of_a_job_shows_it(open_page, text_of):
    app = open_page("jobs", **OPENED)
    raw = [element.value for element in app.code if element.language == "json"]
    assert [json.loads(text)["error_message"] for text in raw] == [{"S": TEXT}]
    assert_hidden(text_of(app).replace(raw[0].replace("\\", ""), ""))


@pytest.mark.usefixtures("tables")
def test_causes_samples_searches_and_handed_over_lines_hold_none(open_page):
    open_page("jobs")
    jobs = cached_reads._dataset_refresh(cached_reads.settings()).view().value.jobs
    causes = failure_causes.group_by_cause(jobs)
    assert_hidden(causes.to_csv() + str(causes["samples"].tolist()))
    assert not len(job_list.filter_jobs(jobs, [], [], "HIDDEN"))
    assert not any(secret in aws_commands.redrive_lines(jobs) for secret in HIDDEN)
    assert_hidden(tables_export.csv_text(jobs))


@pytest.mark.parametrize("name", ["Google key in an address", "signed S3 link", "password in an address"])
def test_masking_does_not_split_causes(name):
    (text, masked) = SECRETS[name]
    assert error_text.normalised(masked).replace("***", "<id>") == error_text.normalised(text)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["text", "JSON"])
def test_jobs_prints_none(arguments):
    result = CliRunner().invoke(main, ["jobs", *arguments], catch_exceptions=False)
    assert result.exit_code == 1
    assert_hidden(result.output)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_exports_hold_none(file_format, tmp_path: Path):
    arguments = ["export", "--out", str(tmp_path), "--format", file_format]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
    for name in ("evaluations", "jobs"):
        path = tmp_path / f"{name}.{file_format}"
        assert_hidden(path.read_text() if file_format == "csv" else pd.read_parquet(path).to_csv())


@pytest.mark.usefixtures("tables")
def test_the_zip_of_the_rows_shown_holds_none(open_page):
    open_page("jobs")
    jobs = cached_reads._dataset_refresh(cached_reads.settings()).view().value.jobs
    archive = zipfile.ZipFile(io.BytesIO(tables_export.zip_frames({"jobs": jobs}, "csv")))
    assert_hidden("".join(archive.read(name).decode() for name in archive.namelist()))


@pytest.mark.usefixtures("tables")
def test_the_access_log_holds_none(open_page, monkeypatch, tmp_path):
    log = tmp_path / "access.log"
    monkeypatch.setenv("DASHBOARD_ACCESS_LOG", str(log))
    open_page("jobs", window="all", search="HIDDEN")
    assert "HIDDEN" not in (log.read_text() if log.exists() else "")


def test_an_endpoint_is_handed_over_without_its_password(cloud, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://user:HIDDEN@127.0.0.1:9")
    cached_reads.reset_caches()
    address = cached_reads.table_address("evaluations")
    assert address == (documented.NAMES["evaluations"], "us-east-1", "http://***@127.0.0.1:9")
    assert_hidden(aws_commands.get_item_command(address[0], "evaluation_id", "e", "u", *address[1:]))

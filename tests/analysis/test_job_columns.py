"""One declaration of a column is enough: the frame, the page, the exports and `bandup jobs --json` follow it."""

import json
from unittest import mock

import pandas as pd
import pytest

from bandup.analysis import job_columns
from bandup.analysis.job_columns import JobColumn
from bandup.analysis.job_list import all_jobs
from bandup.exports import jobs_report, tables_export
from bandup.ui import clickable_table, item_tables
from tests.items import NOW, before, evaluations, flashcard_set, flashcard_sets, job, writing

EVALUATION_ITEMS = evaluations(
    writing(created_at=before(days=3), word_count=251, task_type="TASK_2", confidence_score="0.8"),
    job("failed", evaluation_id="e2", started_at=before(days=1)),
)
SET_ITEMS = flashcard_sets(
    flashcard_set(created_at=before(days=2), page_count=7, document_id="uploads/vocab.pdf", difficulty="HARD"),
)
IDS = ["e2", "s1", "e1"]


def quiet(jobs):
    """No cause is muted."""
    return pd.Series(data=False, index=jobs.index, dtype="bool")


def add(monkeypatch: pytest.MonkeyPatch, column: JobColumn) -> pd.DataFrame:
    monkeypatch.setattr(job_columns, "JOB_COLUMNS", (*job_columns.JOB_COLUMNS, column))
    jobs = all_jobs(EVALUATION_ITEMS, SET_ITEMS)
    assert jobs["id"].to_list() == IDS
    return jobs


@pytest.mark.parametrize(
    ("name", "dtype", "values"),
    [
        # columns that only the evaluations have
        ("word_count", "Int64", [None, None, 251]),
        ("task_type", "category", [None, None, "TASK_2"]),
        ("confidence_score", "float64", [None, None, 0.8]),
        ("overall_band", "float32", [None, None, 7.0]),
        # columns that only the sets have
        ("page_count", "Int64", [None, 7, None]),
        ("document_id", "str", [None, "uploads/vocab.pdf", None]),
        ("difficulty", "category", [None, "HARD", None]),
    ],
)
def test_a_column_of_one_table_is_in_the_frame_the_page_the_exports_and_the_json(monkeypatch, name, dtype, values):
    jobs = add(monkeypatch, JobColumn(name, dtype, "A heading", "What it means.", json_key="in_json"))
    assert jobs[name].dtype == dtype
    assert [None if pd.isna(value) else value for value in jobs[name]] == values

    with mock.patch.object(clickable_table, "show") as show:
        item_tables.show_jobs(jobs, NOW, "jobs")
    shown, _, columns = show.call_args.args
    assert [*columns][-1] == name
    assert columns[name]["label"] == "A heading"
    assert {*columns} <= {*shown.columns}

    dictionary = tables_export.data_dictionary({"jobs": jobs}).set_index("column")
    assert dictionary.loc[name, "meaning"] == "What it means."
    assert tables_export.csv_text(jobs).splitlines()[0].split(",")[-1] == name

    printed = json.loads(json.dumps(jobs_report.to_json(jobs, jobs, quiet(jobs), NOW)))
    assert [job["in_json"] for job in printed["jobs"]] == values


def test_a_column_without_heading_and_key_is_only_in_the_frame_and_the_exports(monkeypatch):
    jobs = add(monkeypatch, JobColumn("word_count", "Int64", "", "Words."))
    assert "word_count" in jobs
    assert "word_count" not in {column.name for column in job_columns.on_page()}
    assert "word_count" not in jobs_report.to_json(jobs, jobs, quiet(jobs), NOW)["jobs"][0]


def test_the_place_on_the_page_is_declared(monkeypatch):
    add(monkeypatch, JobColumn("word_count", "Int64", "Words", "Words.", page_order=0))
    assert [column.name for column in job_columns.on_page()][:3] == ["word_count", "state", "at"]


def test_a_column_that_neither_table_has_is_named(monkeypatch):
    monkeypatch.setattr(job_columns, "JOB_COLUMNS", (JobColumn("wordcount", "Int64", "", "A typing error."),))
    with pytest.raises(KeyError, match="wordcount"):
        all_jobs(EVALUATION_ITEMS, SET_ITEMS)


def test_jobs_of_quiet_causes_are_marked_and_counted():
    jobs = all_jobs(EVALUATION_ITEMS, SET_ITEMS)
    is_quiet = pd.Series([True, *[False] * (len(jobs) - 1)], index=jobs.index)
    printed = jobs_report.to_json(jobs, jobs, is_quiet, NOW)
    assert printed["muted"] == 1
    assert [job["muted"] for job in printed["jobs"]] == is_quiet.tolist()


def test_the_columns_are_those_of_the_page_and_of_the_command_as_documented():
    assert [column.heading for column in job_columns.on_page()] == [
        "State",
        "When",
        "Type",
        "Student",
        "Error",
        "Model",
    ]
    jobs = all_jobs(EVALUATION_ITEMS, SET_ITEMS)
    printed = jobs_report.to_json(jobs, jobs, quiet(jobs), NOW)["jobs"]
    assert [*printed[0]] == ["table", "id", "user_id", "state", "at", "age_seconds", "error", "flags", "muted"]
    assert jobs_report.to_json(jobs, jobs[:0], quiet(jobs[:0]), NOW)["jobs"] == []

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings

from bandup.analysis.job_columns import JOB_COLUMNS
from bandup.analysis.job_list import ages, all_jobs, counts_sentence, filter_jobs
from bandup.analysis.states import State, state_counts, with_state
from data.columns import frame_of_items
from data.schema import EVALUATIONS, FLASHCARD_SETS
from tests.items import NOW, before, evaluations, flashcard_set, flashcard_sets, job, wire_items, writing

OF_EVALUATIONS = evaluations(
    writing(created_at=before(days=3), model_used="gemini-writing_task2"),
    job(
        "failed",
        evaluation_id="e2",
        user_id="Lan",
        error_message="Essay too short (12 words)",
        started_at=before(days=1),
    ),
    job("processing", evaluation_id="e3", evaluation_type=..., started_at=...),
)
OF_SETS = flashcard_sets(
    flashcard_set(created_at=before(days=2)),
    flashcard_set(set_id="s2", status="failed", error_message="No text in e2.pdf", created_at="local"),
)
ALL = all_jobs(OF_EVALUATIONS, OF_SETS)


def test_every_item_of_both_tables_newest_first_unknown_times_last():
    assert list(ALL.columns) == [column.name for column in JOB_COLUMNS]
    assert ALL["id"].to_list() == ["e2", "s1", "e1", "e3", "s2"]
    assert ALL["table"].to_list() == ["evaluations", "flashcard_sets", "evaluations", "evaluations", "flashcard_sets"]
    assert ALL["state"].to_list() == ["failed", "succeeded", "succeeded", "stuck", "failed"]
    assert ALL["type"].astype("str").fillna("missing").to_list() == [
        "writing",
        "flashcard",
        "writing",
        "missing",
        "flashcard",
    ]
    assert ALL.index.to_list() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("of_evaluations", [OF_EVALUATIONS, evaluations()])
@pytest.mark.parametrize("of_sets", [OF_SETS, flashcard_sets()])
def test_columns_keep_their_dtypes_without_rows(of_evaluations, of_sets):
    found = all_jobs(of_evaluations, of_sets)
    assert len(found) == len(of_evaluations) + len(of_sets)
    for column in ("table", "type", "status", "state", "at_source", "model_used"):
        assert isinstance(found[column].dtype, pd.CategoricalDtype), column
    assert found["at"].dtype == of_evaluations["at"].dtype
    assert found["flags"].dtype == "int64"
    assert state_counts(found["state"]).sum() == len(found)
    assert ages(found, NOW).dtype == "str"
    assert filter_jobs(found, ["failed"], ["writing"], "x").empty


@settings(max_examples=20, deadline=None)
@given(wire_items(EVALUATIONS), wire_items(FLASHCARD_SETS))
def test_no_item_is_lost(of_evaluations, of_sets):
    frames = (
        with_state(frame_of_items(EVALUATIONS, of_evaluations, NOW), "evaluation_id", NOW),
        with_state(frame_of_items(FLASHCARD_SETS, of_sets, NOW), "set_id", NOW),
    )
    found = all_jobs(*frames)
    keys = [(row["evaluation_id"]["S"], row["user_id"]["S"]) for row in of_evaluations]
    keys += [(row["set_id"]["S"], row["user_id"]["S"]) for row in of_sets]
    assert sorted(zip(found["id"], found["user_id"], strict=True)) == sorted(keys)
    assert (state_counts(found["state"]) == sum(state_counts(frame["state"]) for frame in frames)).all()
    assert found["flags"].sum() == sum(frame["flags"].sum() for frame in frames)


@pytest.mark.parametrize(
    ("states", "types", "text", "ids"),
    [
        ([], [], "", ["e2", "s1", "e1", "e3", "s2"]),
        ([], [], "  ", ["e2", "s1", "e1", "e3", "s2"]),
        (["failed"], [], "", ["e2", "s2"]),
        ([State.FAILED, State.STUCK], [], "", ["e2", "e3", "s2"]),
        ([], ["flashcard"], "", ["s1", "s2"]),
        (["failed"], ["writing"], "", ["e2"]),
        (["running"], [], "", []),
        ([], [], "e2", ["e2", "s2"]),
        ([], [], " LAN ", ["e2"]),
        ([], [], "too SHORT", ["e2"]),
        ([], [], "(12", ["e2"]),
        ([], [], "e.", []),
        ([], [], "e2.p", ["s2"]),
        ([State.FAILED], ["flashcard"], "no text", ["s2"]),
    ],
)
def test_filter_jobs(states, types, text, ids):
    assert filter_jobs(ALL, states, types, text)["id"].to_list() == ids


def test_filter_jobs_without_filters_makes_no_copy():
    assert filter_jobs(ALL, [], [], " ") is ALL


def test_counts_sentence_counts_the_jobs_without_a_result():
    assert counts_sentence(state_counts(ALL["state"]), len(ALL)) == (
        "3 of 5 jobs left a student without a result: 2 failed, 1 stuck, 0 empty."
    )
    none = state_counts(ALL["state"].iloc[:0])
    assert counts_sentence(none, 0) == "Both tables are empty."
    assert counts_sentence(none, len(ALL)) == "There are no jobs in this window."
    many = state_counts(pd.Series(["succeeded"] * 1200 + ["empty"] * 1001))
    assert (
        counts_sentence(many, 2201)
        == "1,001 of 2,201 jobs left a student without a result: 0 failed, 0 stuck, 1,001 empty."
    )


def test_ages_are_in_the_largest_unit_and_missing_for_unknown_times():
    assert ages(ALL, NOW).fillna("missing").to_list() == ["1 day", "2 days", "3 days", "missing", "missing"]
    later = ages(ALL.iloc[1:3], NOW + timedelta(days=40))
    assert later.to_dict() == {1: "1 month", 2: "1 month"}
    assert ages(ALL.iloc[:1], NOW - timedelta(days=9)).to_list() == ["in the future"]

import random
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis import failure_causes
from bandup.analysis.failure_causes import (
    cause_of,
    group_by_cause,
    jobs_with_cause,
)
from bandup.analysis.job_list import all_jobs
from bandup.analysis.states import State
from data.flags import Flag
from tests.items import NOW, before, evaluations, failed_jobs, flashcard_set, flashcard_sets, job, speaking, writing

UUID, OTHER_UUID = "8f2c1c9e-1111-4222-8333-444455556666", "0b7d0a52-9c1f-4e0e-a2b4-91d2c5c3e801"
REQUEST, OTHER_REQUEST = (
    "VV4KQNSO5AEMVJF66Q9ASUAAJGVV4KQNSO5AEMVJF66Q9ASUAAJG",
    "4HSUI2DPAQ0AFDPTQ6JC1OA3JVVV4KQNSO5AEMVJF66Q9ASUAAJG",
)

COLUMNS = ["cause", "state", "jobs", "share", "first", "last", "undated", "students", "types", "models", "samples"]


EVERY_KIND = all_jobs(
    evaluations(
        job("failed", evaluation_id="e01", error_message="Essay too short: 12 words", started_at=before(days=1)),
        job("failed", evaluation_id="e02", error_message="ESSAY too short: 9 words", user_id="u2", started_at=...),
        job("failed", evaluation_id="e03", error_message="ESSAY too short: 10 words", user_id="unknown"),
        job("failed", evaluation_id="e04", error_message=..., evaluation_type=...),
        job("failed", evaluation_id="e05", error_message="  "),
        job("processing", evaluation_id="e06", error_message="Rate exceeded 429"),
        job("processing", evaluation_id="e07", started_at=before(minutes=1)),
        job("queued", evaluation_id="e08"),
        writing(evaluation_id="e09", overall_band="error", model_used="gemini-b"),
        speaking(evaluation_id="e10", overall_band="error", model_used="gemini-a", created_at=41_000),
        writing(evaluation_id="e11", overall_band=...),
        writing(*["6.0"] * 5, evaluation_id="e12", confidence_score="0.7"),
        writing(evaluation_id="e13"),
        job("processing", evaluation_id="e13", user_id="unknown"),
    ),
    flashcard_sets(
        flashcard_set(total_cards=0),
        flashcard_set(set_id="s2", total_cards=3),
        flashcard_set(set_id="s3", status="failed", error_message="Essay too short: 2 words"),
    ),
)


def test_cause_of_every_kind_of_job():
    found = cause_of(EVERY_KIND)
    assert found.index.equals(EVERY_KIND.index)
    assert found.dtype == "str"
    assert found.name == "cause"
    too_short = "ESSAY too short: <number> words"
    assert dict(zip(EVERY_KIND["id"], found.fillna("none"), strict=True)) == {
        "e01": too_short,
        "e02": too_short,
        "e03": too_short,
        "e04": failure_causes.NO_MESSAGE,
        "e05": failure_causes.NO_MESSAGE,
        "e06": "left at processing by an error that was not caught",
        "e07": "none",
        "e08": "status is not one that the functions write",
        "e09": "completed with the band “error”",
        "e10": "completed with the band “error”",
        "e11": "completed without an overall band",
        "e12": "the grader’s default answer, passed off as a grade",
        "e13": "none",
        "s1": "completed without a readable card",
        "s2": "none",
        "s3": too_short,
    }


def test_sets_among_the_evaluations_lack_cards_not_bands():
    frame = all_jobs(evaluations(writing(evaluation_type="flashcard", overall_band="error")), flashcard_sets())
    frame["state"] = pd.Categorical(["empty"], categories=[*State])
    assert cause_of(frame).to_list() == [failure_causes.NO_CARD]


@pytest.mark.parametrize(
    ("overall", "cause"),
    [
        ("error", "completed with the band “error”"),
        ("None", "completed with the band “None”"),
        ("seven", "completed with a band that is not a number"),
        ("9.5", "completed with a band off the IELTS scale"),
        ("6.25", "completed with a band off the IELTS scale"),
        (..., "completed without an overall band"),
        (None, "completed without an overall band"),
        ("", "completed without an overall band"),
    ],
)
@pytest.mark.parametrize("criterion", ["7.0", "error", "None", "9.5"])
def test_the_cause_of_an_empty_evaluation_says_what_its_overall_band_holds(overall, cause, criterion):
    jobs = all_jobs(evaluations(speaking(overall_band=overall, grammar_band=criterion)), flashcard_sets())
    assert cause_of(jobs).to_list() == [cause]


def test_group_by_cause_of_every_kind_of_job():
    found = group_by_cause(EVERY_KIND)
    assert list(found.columns) == COLUMNS
    assert found["jobs"].to_list() == [4, 2, 2, 1, 1, 1, 1, 1]
    assert found["state"].to_list()[:3] == ["failed", "empty", "failed"]
    assert found["share"].sum() == pytest.approx(1)
    rows = found.set_index(["state", "cause"])
    too_short = rows.loc[("failed", "ESSAY too short: <number> words")]
    assert too_short["share"] == pytest.approx(4 / 13)
    assert too_short["first"] == pd.Timestamp(NOW) - pd.Timedelta(days=1)
    assert too_short["last"] == pd.Timestamp(NOW) - pd.Timedelta(hours=1)
    assert (too_short["undated"], too_short["students"]) == (1 + 0, 2)
    assert too_short["types"] == "flashcard, writing"
    assert too_short["models"] == ""
    band = rows.loc[("empty", failure_causes.BAND_CAUSES[Flag.OVERALL_BAND_IS_ERROR])]
    assert (band["types"], band["models"], band["undated"]) == ("speaking, writing", "gemini-a, gemini-b", 1)
    assert band["samples"] == []
    assert rows.loc[("stuck", failure_causes.NOT_CAUGHT), "samples"] == ["Rate exceeded 429"]
    assert rows.loc[("failed", failure_causes.NO_MESSAGE), "samples"] == []
    assert rows.loc[("failed", failure_causes.NO_MESSAGE), "types"] == "writing"


def test_a_cause_without_dated_jobs_has_no_first_and_last():
    found = group_by_cause(all_jobs(evaluations(job("failed", started_at=..., error_message="x")), flashcard_sets()))
    assert found["first"].isna().all()
    assert found["last"].isna().all()
    assert found["undated"].to_list() == [1]


def test_a_cause_has_the_spelling_of_most_of_its_jobs():
    assert group_by_cause(failed_jobs("Took 1 S", "took 2 s", "TOOK long", "Took long", "Took long"))[
        "cause"
    ].to_list() == [
        "Took long",
        "Took <duration>",
    ]


def test_at_most_three_distinct_samples_as_stored():
    found = group_by_cause(failed_jobs("Took 1 s", "Took 1 s", " Took 2 s\n", "Took 3 s", "Took 4 s"))
    assert found["samples"].to_list() == [["Took 1 s", " Took 2 s\n", "Took 3 s"]]


@pytest.mark.parametrize("given_jobs", [failed_jobs(), EVERY_KIND[EVERY_KIND["state"] == "succeeded"]])
def test_no_causes(given_jobs):
    found = group_by_cause(given_jobs)
    assert found.empty
    assert list(found.columns) == COLUMNS
    assert {name: str(found[name].dtype) for name in ("jobs", "undated", "students", "share", "cause", "state")} == {
        "jobs": "int64", "undated": "int64", "students": "int64", "share": "float64", "cause": "str", "state": "str"
    }  # fmt: skip
    assert found["first"].dtype == given_jobs["at"].dtype
    assert cause_of(given_jobs).isna().all()


def test_jobs_with_a_cause_in_any_spelling():
    for cause in ("ESSAY too short: <number> words", "essay too short: <number> word"):
        assert sorted(jobs_with_cause(EVERY_KIND, "failed", cause)["id"]) == ["e01", "e02", "e03", "s3"]
    assert jobs_with_cause(EVERY_KIND, "stuck", "ESSAY too short: <number> words").empty
    assert jobs_with_cause(EVERY_KIND, State.EMPTY, failure_causes.NO_CARD)["id"].to_list() == ["s1"]
    for row in group_by_cause(EVERY_KIND).itertuples():
        assert len(jobs_with_cause(EVERY_KIND, row.state, row.cause)) == row.jobs


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*State]),
            st.sampled_from(["a", "b", "unknown"]),
            st.sampled_from([None, "", "Took 1 s", "took 2 s", "HTTP 429", "HTTP 503"]),
            st.sampled_from([None, "writing", "flashcard"]),
            st.booleans(),
            st.sampled_from([0, 1]),
        ),
        max_size=25,
    )
)
def test_numbers_add_up(rows):
    frame = pd.DataFrame(
        {
            "table": pd.Categorical(["evaluations"] * len(rows)),
            "id": pd.Series([f"e{n}" for n in range(len(rows))], dtype="str"),
            "user_id": pd.Series([row[1] for row in rows], dtype="str"),
            "type": pd.Series([row[3] for row in rows], dtype="str").astype("category"),
            "state": pd.Series([str(row[0]) for row in rows], dtype="str").astype("category"),
            "at": pd.Series([NOW if row[4] else None for row in rows], dtype="datetime64[ms, UTC]"),
            "model_used": pd.Series([None] * len(rows), dtype="str").astype("category"),
            "error_message": pd.Series([row[2] for row in rows], dtype="str"),
            "flags": pd.Series([row[5] for row in rows], dtype="int64"),
        }
    )
    frame.index = frame.index[::-1]
    found = group_by_cause(frame)
    caused = cause_of(frame)
    assert found["jobs"].sum() == caused.notna().sum()
    without = frame["state"].isin(["succeeded", "running", "superseded"])
    assert (caused.isna() == without).all()
    assert (found["undated"] <= found["jobs"]).all()
    assert found["undated"].sum() == frame.loc[~without, "at"].isna().sum()
    assert (found["students"] <= found["jobs"]).all()
    assert found["share"].sum() == pytest.approx(1 if len(found) else 0)
    assert not found.duplicated(["state", "cause"]).any()
    assert found["jobs"].is_monotonic_decreasing


def many_jobs(number):
    """The jobs of a busy platform: most succeeded, error texts have ids and counts of their own."""
    chance = random.Random(5)
    texts = [
        "Essay too short. TASK_2 requires minimum 250 words, received {n}",
        "An error occurred (ThrottlingException) when calling the PutItem operation (Request ID: {id}): Rate exceeded",
        "Audio too short: {n}.5 seconds. Minimum 5 seconds",
        "Missing required field: essay_text",
    ]
    states = chance.choices(["succeeded", "failed", "stuck", "empty"], [80, 10, 6, 4], k=number)
    messages = [
        chance.choice(texts).format(n=chance.randrange(300), id=f"{chance.getrandbits(128):032x}") if s == "failed" else None
        for s in states
    ]  # fmt: skip
    return pd.DataFrame(
        {
            "table": pd.Categorical(["evaluations"] * number),
            "id": pd.Series([f"e{n}" for n in range(number)], dtype="str"),
            "user_id": pd.Series([f"u{chance.randrange(3_000)}" for _ in range(number)], dtype="str"),
            "type": pd.Categorical(chance.choices(["writing", "speaking", "flashcard"], k=number)),
            "state": pd.Categorical(states),
            "at": pd.Series([before(minutes=n) for n in range(number)]).astype("datetime64[s, UTC]").astype("datetime64[ms, UTC]"),
            "model_used": pd.Categorical(["gemini-2.5-flash" if s in {"succeeded", "empty"} else None for s in states]),
            "error_message": pd.Series(messages, dtype="str"),
            "flags": pd.Series([0] * number, dtype="int64"),
        }
    )  # fmt: skip


def test_a_hundred_thousand_jobs_take_less_than_a_second():
    frame = many_jobs(100_000)
    started = time.process_time()
    found = group_by_cause(frame)
    assert time.process_time() - started < 1
    assert found["jobs"].sum() == (frame["state"] != "succeeded").sum()
    assert len(found) == 4 + 1 + 2

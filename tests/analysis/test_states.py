import random
from datetime import timedelta
from itertools import permutations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from bandup.analysis.states import STUCK_AFTER, UNSUCCESSFUL, State, state_counts, with_state
from data.columns import frame_of_items
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES
from tests.items import (
    NOW,
    WRITING_BANDS,
    before,
    evaluations,
    flashcard_set,
    flashcard_sets,
    item,
    job,
    speaking,
    states,
    wire_items,
    writing,
)

DEFAULT_ANSWER = ("6.0",) * 5


def no_time(**attributes):
    return job(attributes.pop("status", "processing"), started_at=..., **attributes)


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (job("failed"), "failed"),
        (job(" FAILED\n"), "failed"),
        (job("failed", started_at=before(minutes=1)), "failed"),
        (job("failed", overall_band="7.0"), "failed"),
        (job("processing", started_at=before(minutes=16)), "stuck"),
        (job("processing", started_at=before(minutes=15) - 1), "stuck"),
        (job("processing", started_at=before(minutes=15)), "running"),
        (job("processing", started_at=before(minutes=15) + 1), "running"),
        (job("Processing ", started_at=before(seconds=0)), "running"),
        (job("processing", started_at=before(minutes=-2)), "running"),
        (job("processing", started_at=before(hours=-1)), "stuck"),
        (job("processing", started_at=before(days=-3)), "stuck"),
        (no_time(), "stuck"),
        (no_time(created_at=0), "stuck"),
        (no_time(created_at=41_000), "stuck"),
        (no_time(created_at="soon"), "stuck"),
        (no_time(created_at=before(minutes=5)), "running"),
        (no_time(created_at=before(minutes=5) * 1000), "running"),
        (no_time(created_at="2026-03-14T09:00:00Z"), "running"),
        (no_time(audio_url="s3://b/uploads/speaking_audio/u1/20260314_090000_a.webm"), "running"),
        (no_time(audio_url="s3://b/uploads/speaking_audio/u1/20260314_080000_a.webm"), "stuck"),
        (job("processing", created_at=before(hours=1), started_at=before(minutes=1)), "stuck"),
        (job("processing", created_at=41_000, started_at=before(minutes=1)), "running"),
        (no_time(overall_band="7.0"), "stuck"),
        (writing(), "succeeded"),
        (writing(status=" COMPLETED"), "succeeded"),
        (writing(created_at=...), "succeeded"),
        (writing("0", "0", "0", "0", "0"), "succeeded"),
        (writing("9.0", *["9"] * 4), "succeeded"),
        (writing(7, 7, 7, 7, 7), "succeeded"),
        (writing(" 6.5 ", *[...] * 4), "succeeded"),
        (writing(evaluation_type="reading"), "succeeded"),
        (writing(evaluation_type=...), "succeeded"),
        (writing(overall_band="error"), "empty"),
        (writing(overall_band="9.5"), "empty"),
        (writing(overall_band="-0.5"), "empty"),
        (writing(overall_band="6.25"), "empty"),
        (writing(overall_band="10"), "empty"),
        (writing(overall_band="NaN"), "empty"),
        (writing(overall_band=""), "empty"),
        (writing(overall_band=None), "empty"),
        (writing(overall_band=...), "empty"),
        (writing(overall_band={"L": []}), "empty"),
        (writing(overall_band={"SS": ["7.0"]}), "empty"),
        (speaking(*["error"] * 5), "empty"),
        (speaking("7.0", *["error"] * 4), "succeeded"),
        (writing(overall_band="error", evaluation_type="reading"), "empty"),
        (writing(overall_band="error", evaluation_type=...), "empty"),
        (writing(*DEFAULT_ANSWER, confidence_score="0.7"), "suspect"),
        (writing(*DEFAULT_ANSWER, confidence_score=0.7), "suspect"),
        (writing(*DEFAULT_ANSWER, confidence_score="0.65"), "suspect"),
        (writing(*DEFAULT_ANSWER, confidence_score="0"), "suspect"),
        (writing(*[6] * 5, confidence_score="0.7", evaluation_type=" Writing "), "suspect"),
        (writing(*DEFAULT_ANSWER, confidence_score="0.71"), "succeeded"),
        (writing(*DEFAULT_ANSWER, confidence_score="0.9"), "succeeded"),
        (writing(*DEFAULT_ANSWER), "succeeded"),
        (writing(*DEFAULT_ANSWER, confidence_score="low"), "succeeded"),
        (writing("6.0", "6.0", "6.0", "6.0", "6.5", confidence_score="0.7"), "succeeded"),
        (writing("6.0", "6.0", "6.0", "6.0", ..., confidence_score="0.7"), "succeeded"),
        (writing("error", "6.0", "6.0", "6.0", "6.0", confidence_score="0.7"), "empty"),
        (writing("7.0", "7.0", "7.0", "7.0", "7.0", confidence_score="0.7"), "succeeded"),
        (speaking(*DEFAULT_ANSWER, confidence_score="0.7"), "succeeded"),
        (writing(*DEFAULT_ANSWER, confidence_score="0.7", evaluation_type="speaking"), "succeeded"),
        (job("processing", confidence_score="0.7", **dict.fromkeys(WRITING_BANDS, "6.0")), "stuck"),
        (writing(evaluation_type="flashcard"), "succeeded"),
        (writing(*[...] * 5, evaluation_type="flashcard"), "succeeded"),
        (writing(*[...] * 5, evaluation_type=" FlashCard"), "succeeded"),
        (writing(*DEFAULT_ANSWER, confidence_score="0.7", evaluation_type="flashcard"), "succeeded"),
        (job("failed", evaluation_type="flashcard"), "failed"),
        (job("processing", evaluation_type="flashcard"), "stuck"),
        (job("queued"), "unknown"),
        (job("complete"), "unknown"),
        (job(""), "unknown"),
        (job("  "), "unknown"),
        (job(None), "unknown"),
        (job(...), "unknown"),
        (job({"L": [{"S": "completed"}]}), "unknown"),
        (job({"BOOL": True}), "unknown"),
        (item(evaluation_id="e1", user_id="u1"), "unknown"),
    ],
)
def test_state_of_one_evaluation(row, state):
    assert states(evaluations(row)) == [state]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (flashcard_set(), "succeeded"),
        (flashcard_set(total_cards=12), "succeeded"),
        (flashcard_set(total_cards="12"), "succeeded"),
        (flashcard_set(num_cards=12), "succeeded"),
        (flashcard_set(total_cards=0), "empty"),
        (flashcard_set(total_cards="0"), "empty"),
        (flashcard_set(num_cards=0), "empty"),
        (flashcard_set(total_cards=0, num_cards=12), "empty"),
        (flashcard_set(total_cards=12, num_cards=0), "succeeded"),
        (flashcard_set(total_cards="many"), "succeeded"),
        (flashcard_set(total_cards="many", num_cards=0), "empty"),
        (flashcard_set(total_cards=-1), "succeeded"),
        (flashcard_set(status="failed", total_cards=12), "failed"),
        (flashcard_set(status="processing", created_at=..., started_at=before(minutes=20)), "stuck"),
        (flashcard_set(status="processing", created_at="local", started_at=before(minutes=2)), "running"),
        (flashcard_set(status="processing", created_at="local"), "stuck"),
        (flashcard_set(status="done"), "unknown"),
        (flashcard_set(status=...), "unknown"),
    ],
)
def test_state_of_one_set(row, state):
    assert states(flashcard_sets(row)) == [state]


@pytest.mark.parametrize(
    ("stored", "readable", "state"),
    [
        (12, 0, "empty"),
        (0, 3, "succeeded"),
        (..., 0, "empty"),
        (..., 3, "succeeded"),
        (12, None, "succeeded"),
        (0, None, "empty"),
    ],
)
@pytest.mark.parametrize("dtype", ["Int64", "float64", "object"])
def test_cards_that_were_read_override_the_stored_number(stored, readable, state, dtype):
    frame = frame_of_items(FLASHCARD_SETS, [flashcard_set(total_cards=stored)], NOW)
    frame["readable_cards"] = pd.Series([readable], dtype=dtype)
    assert states(with_state(frame, "set_id", NOW)) == [state]


@pytest.mark.parametrize(("readable", "state"), [(0, "empty"), (2, "succeeded")])
def test_cards_that_were_read_decide_for_a_set_among_the_evaluations(readable, state):
    rows = [writing(*[...] * 5, evaluation_type="flashcard"), writing(evaluation_id="e2")]
    frame = frame_of_items(EVALUATIONS, rows, NOW).assign(readable_cards=pd.Series([readable, 0], dtype="Int64"))
    assert states(with_state(frame, "evaluation_id", NOW)) == [state, "succeeded"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([job("processing", user_id="unknown"), writing()], ["superseded", "succeeded"]),
        ([job("processing", user_id="unknown", started_at=before(minutes=1)), writing()], ["superseded", "succeeded"]),
        ([job("failed", user_id="unknown"), writing()], ["superseded", "succeeded"]),
        ([job("queued", user_id="unknown"), writing()], ["superseded", "succeeded"]),
        ([job(..., user_id="unknown"), writing()], ["superseded", "succeeded"]),
        ([job("processing", user_id="unknown"), writing(overall_band="error")], ["superseded", "empty"]),
        (
            [job("processing", user_id="unknown"), writing(*DEFAULT_ANSWER, confidence_score="0.7")],
            ["superseded", "suspect"],
        ),
        ([job("processing", user_id="unknown"), job("failed")], ["stuck", "failed"]),
        ([job("processing", user_id="unknown"), job("processing", started_at=before(minutes=1))], ["stuck", "running"]),
        ([writing(), writing(user_id="u2", overall_band="error")], ["succeeded", "empty"]),
        (
            [job("processing", user_id="unknown"), job("failed", user_id="anonymous"), writing()],
            ["superseded", "superseded", "succeeded"],
        ),
        (
            [job("processing", user_id="unknown"), writing(user_id="u2"), writing()],
            ["superseded", "succeeded", "succeeded"],
        ),
        (
            [job("processing", user_id="unknown"), job("failed", user_id="anonymous"), job("queued")],
            ["stuck", "failed", "unknown"],
        ),
        ([job("processing", evaluation_id="E1"), writing()], ["stuck", "succeeded"]),
        ([job("processing", evaluation_id="e1 "), writing()], ["stuck", "succeeded"]),
    ],
)
def test_items_with_the_same_id_in_either_order(rows, expected):
    for order in permutations(range(len(rows))):
        assert states(evaluations(*(rows[n] for n in order))) == [expected[n] for n in order]


def test_a_set_is_superseded_too():
    rows = [flashcard_set(user_id="unknown", status="processing"), flashcard_set(total_cards=3)]
    assert states(flashcard_sets(*rows)) == ["superseded", "succeeded"]


def test_the_threshold_is_a_parameter():
    frame = frame_of_items(EVALUATIONS, [job("processing", started_at=before(minutes=m)) for m in (1, 2, 3, 60)], NOW)
    within = with_state(frame, "evaluation_id", NOW, timedelta(minutes=2))
    assert states(within) == ["running", "running", "stuck", "stuck"]
    assert timedelta(minutes=15) == STUCK_AFTER


def test_the_clock_is_a_parameter():
    frame = frame_of_items(EVALUATIONS, [job("processing", started_at=before(minutes=1))], NOW)
    assert [states(with_state(frame, "evaluation_id", NOW + timedelta(minutes=m))) for m in (14, 15)] == [
        ["running"],
        ["stuck"],
    ]


def test_shape_of_the_frame_with_states():
    frame = frame_of_items(EVALUATIONS, [writing(), job("failed", evaluation_id="e2")], NOW)
    frame.index = pd.Index(["b", "a"])
    found = with_state(frame, "evaluation_id", NOW)
    assert found["state"].cat.categories.to_list() == [*State]
    assert found["flags"].dtype == "int64"
    assert found.index.to_list() == ["b", "a"]
    assert_frame_equal(found.drop(columns=["state", "flags"]), frame.drop(columns="flags"))


def test_a_repeated_index_does_not_mix_up_the_rows():
    rows = [
        writing(*[...] * 5, evaluation_type="flashcard"),
        job("failed", evaluation_id="e2"),
        writing(evaluation_id="e3"),
    ]
    frame = frame_of_items(EVALUATIONS, rows, NOW).assign(readable_cards=pd.Series([0, 1, 0], dtype="Int64"))
    frame.index = pd.Index([0, 0, 1])
    assert states(with_state(frame, "evaluation_id", NOW)) == ["empty", "failed", "succeeded"]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.key)
def test_no_items(table):
    found = with_state(table.empty_frame(), table.partition_key, NOW)
    assert found.empty
    assert state_counts(found["state"]).to_dict() == dict.fromkeys(State, 0)


def test_counts_are_over_every_state():
    found = state_counts(
        evaluations(writing(), writing(evaluation_id="e2"), job("failed", evaluation_id="e3"))["state"]
    )
    assert found.dtype == "int64"
    assert found.name == "items"
    assert found.to_dict() == dict.fromkeys(State, 0) | {State.SUCCEEDED: 2, State.FAILED: 1}
    assert list(found.index) == [*State]


def test_every_state_has_a_sentence():
    assert all(state.sentence.endswith(".") for state in State)
    assert len({state.sentence for state in State}) == len(State)


def test_unsuccessful_states_are_those_without_a_result():
    assert set(UNSUCCESSFUL) == {"failed", "stuck", "empty"}


TABLES_WITH_ITEMS = st.sampled_from([*TABLES.values()]).flatmap(
    lambda table: st.tuples(st.just(table), wire_items(table))
)


@settings(max_examples=50, deadline=None)
@given(TABLES_WITH_ITEMS, st.randoms(use_true_random=False))
def test_every_item_is_counted_in_any_order(given_items, chance: random.Random):
    table, rows = given_items
    frame = frame_of_items(table, rows, NOW)
    untouched = frame.copy(deep=True)
    found = with_state(frame, table.partition_key, NOW)
    assert_frame_equal(frame, untouched)
    assert state_counts(found["state"]).sum() == len(rows) == len(found)
    assert found["state"].notna().all()
    order = chance.sample(range(len(rows)), len(rows))
    shuffled = with_state(frame.iloc[order], table.partition_key, NOW)
    assert shuffled.index.to_list() == order
    assert_frame_equal(shuffled.sort_index(), found)


def by_the_book(row: dict[str, str], rows: list[dict[str, str]]) -> str:
    """The table of states in plain Python, for items whose values are all well-formed text."""
    status, kind = row["status"], row["evaluation_type"]
    bands = [row[column] for column in WRITING_BANDS]
    if status != "completed" and any(
        r["status"] == "completed" and r["evaluation_id"] == row["evaluation_id"] for r in rows
    ):
        return "superseded"
    if status == "failed":
        return "failed"
    if status == "processing":
        return "running" if row["started_at"] and NOW.timestamp() - int(row["started_at"]) <= 900 else "stuck"
    if status != "completed":
        return "unknown"
    if kind != "flashcard" and bands[0] not in {"6.0", "6.5", "7.0"}:
        return "empty"
    if kind == "writing" and bands == ["6.0"] * 5 and row["confidence_score"] in {"0.7", "0.5"}:
        return "suspect"
    return "succeeded"


BANDS = st.one_of(
    st.just(["6.0"] * 5), st.lists(st.sampled_from(["6.0", "6.5", "7.0", "error", "9.5", ""]), min_size=5, max_size=5)
)
ROWS = st.builds(
    lambda key, bands, **rest: rest | {"evaluation_id": f"e{key}"} | dict(zip(WRITING_BANDS, bands, strict=True)),
    key=st.integers(1, 5),
    bands=BANDS,
    status=st.sampled_from(["completed", "completed", "processing", "failed", "queued"]),
    evaluation_type=st.sampled_from(["writing", "writing", "speaking", "flashcard"]),
    confidence_score=st.sampled_from(["0.7", "0.5", "0.71", ""]),
    started_at=st.sampled_from([str(before(minutes=m)) for m in (1, 15, 16)] + [""]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, max_size=10))
def test_states_follow_the_table_in_its_order(rows):
    items = [item(user_id=f"u{n}", **row) for n, row in enumerate(rows)]
    assert states(evaluations(*items)) == [by_the_book(row, rows) for row in rows]

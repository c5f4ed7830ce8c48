import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.job_list import all_jobs
from bandup.analysis.states import State
from bandup.analysis.waiting import unresolved, waiting_students
from tests.items import NOW, before, evaluations, flashcard_set, flashcard_sets, job, speaking, writing


def broken(of_evaluations, of_sets=()):
    return sorted(unresolved(all_jobs(evaluations(*of_evaluations), flashcard_sets(*of_sets)))["id"])


STUCK = job("processing", started_at=before(days=2))
LATER = writing(evaluation_id="e2", created_at=before(days=1))


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ([STUCK], ["e1"]),
        ([job("failed", started_at=before(days=2))], ["e1"]),
        ([writing(overall_band="error", created_at=before(days=2))], ["e1"]),
        ([STUCK, LATER], []),
        ([job("failed", started_at=before(days=2)), LATER], []),
        ([writing(overall_band="error", created_at=before(days=2)), LATER], []),
        ([job("failed", started_at=before(days=2)), writing(evaluation_id="e2", created_at=before(days=2))], ["e1"]),
        ([job("failed", started_at=before(days=2)), writing(evaluation_id="e2", created_at=before(days=2) + 1)], []),
        ([job("failed", user_id="Unknown "), writing(evaluation_id="e2", user_id="Unknown ")], ["e1"]),
        ([STUCK, writing(evaluation_id="e2", created_at=before(days=3))], ["e1"]),
        ([STUCK, LATER, job("failed", evaluation_id="e3", started_at=before(hours=1))], ["e3"]),
        ([STUCK, LATER, writing(evaluation_id="e0", created_at=before(days=9))], []),
        ([STUCK, writing(evaluation_id="e2", created_at=..., started_at=...)], ["e1"]),
        ([job("processing", started_at=...), LATER], ["e1"]),
        ([STUCK, writing(evaluation_id="e2", user_id="u2")], ["e1"]),
        ([STUCK, speaking(evaluation_id="e2", created_at=before(days=1))], ["e1"]),
        ([STUCK, writing(*["6.0"] * 5, evaluation_id="e2", confidence_score="0.7")], ["e1"]),
        ([STUCK, writing(evaluation_id="e2", overall_band="error")], ["e1", "e2"]),
        ([job("failed", evaluation_type=..., started_at=before(days=2)), LATER], ["e1"]),
        (
            [
                job("failed", evaluation_type=..., started_at=before(days=2)),
                writing(evaluation_id="e2", evaluation_type=..., created_at=before(days=1)),
            ],
            ["e1"],
        ),
        (
            [
                job("failed", user_id="unknown"),
                writing(evaluation_id="e2", user_id="unknown", created_at=before(hours=0)),
            ],
            ["e1"],
        ),
        (
            [
                job("failed", user_id="anonymous"),
                writing(evaluation_id="e2", user_id="anonymous", created_at=before(hours=0)),
            ],
            ["e1"],
        ),
        ([job("queued"), job("processing", evaluation_id="e2", started_at=before(minutes=1))], []),
        ([job("processing", user_id="unknown"), writing()], []),
    ],
)
def test_unresolved(rows, ids):
    assert broken(rows) == ids


def test_a_success_in_either_table_resolves_a_set():
    lost = flashcard_set(status="failed", created_at=..., started_at=before(days=2))
    assert broken([], [lost]) == ["s1"]
    assert broken([writing(*[...] * 5, evaluation_type="flashcard")], [lost]) == []
    assert broken([writing()], [lost]) == ["s1"]


def test_columns_and_order_are_kept():
    frame = all_jobs(
        evaluations(job("failed", started_at=before(days=1)), job("processing", evaluation_id="e2"), writing(evaluation_id="e3", user_id="u3")),
        flashcard_sets(),
    )  # fmt: skip
    frame.index = pd.Index([7, 7, 7])
    found = unresolved(frame)
    assert found["id"].to_list() == ["e2", "e1"]
    assert found.index.to_list() == [7, 7]
    assert found.dtypes.equals(frame.dtypes)


def who(*rows, now=NOW):
    found = waiting_students(all_jobs(evaluations(*rows), flashcard_sets()), now)
    assert list(found.columns) == ["user_id", "type", "since", "stuck", "waited_seconds"]
    assert [str(dtype) for dtype in found.dtypes] == ["str", "str", "datetime64[ms, UTC]", "int64", "float64"]
    return found


def test_waiting_students_longest_waiting_first():
    found = who(
        job("processing", evaluation_id="e1", user_id="lan", started_at=before(hours=1)),
        job("processing", evaluation_id="e2", user_id="lan", started_at=before(hours=5)),
        job("processing", evaluation_id="e3", user_id="lan", evaluation_type="speaking", started_at=before(hours=2)),
        job("processing", evaluation_id="e4", user_id="minh", started_at=before(days=3)),
        job("processing", evaluation_id="e5", user_id="an", started_at=...),
        job("processing", evaluation_id="e6", user_id="bao", started_at=...),
        job("processing", evaluation_id="e7", user_id="bao", started_at=before(days=1)),
        job("processing", evaluation_id="e8", user_id="chi", evaluation_type=..., started_at=before(minutes=30)),
    )
    assert found.astype("object").where(found.notna(), None).to_numpy().tolist() == [
        ["minh", "writing", pd.Timestamp(NOW) - pd.Timedelta(days=3), 1, 259_200],
        ["bao", "writing", pd.Timestamp(NOW) - pd.Timedelta(days=1), 2, 86_400],
        ["lan", "writing", pd.Timestamp(NOW) - pd.Timedelta(hours=5), 2, 18_000],
        ["lan", "speaking", pd.Timestamp(NOW) - pd.Timedelta(hours=2), 1, 7_200],
        ["chi", None, pd.Timestamp(NOW) - pd.Timedelta(minutes=30), 1, 1_800],
        ["an", "writing", None, 1, None],
    ]


def test_who_is_not_waiting():
    assert who().empty
    assert who(STUCK, LATER).empty
    assert who(job("failed"), writing(evaluation_id="e2", overall_band="error")).empty
    assert who(job("processing", user_id="unknown"), job("processing", user_id="anonymous")).empty
    assert who(job("processing", started_at=before(minutes=2))).empty


def test_only_a_later_success_counts():
    found = who(STUCK, LATER, job("processing", evaluation_id="e3", started_at=before(hours=1)))
    assert found[["stuck", "waited_seconds"]].to_numpy().tolist() == [[1, 3600]]


def test_who_waits_since_the_future_waits_since_an_unknown_time():
    table = who(STUCK, now=NOW.replace(year=2025))
    assert table["since"].isna().to_list() == table["waited_seconds"].isna().to_list() == [True]


JOBS = st.lists(
    st.tuples(
        st.sampled_from([*State]),
        st.sampled_from(["a", "b", "unknown"]),
        st.sampled_from([None, "writing", "speaking"]),
        st.sampled_from([None, 0, 1, 2, 3]),
    ),
    max_size=14,
)


def framed(rows):
    return pd.DataFrame(
        {
            "id": pd.Series([f"e{n}" for n in range(len(rows))], dtype="str"),
            "user_id": pd.Series([row[1] for row in rows], dtype="str"),
            "type": pd.Series([row[2] for row in rows], dtype="str").astype("category"),
            "state": pd.Series([str(row[0]) for row in rows], dtype="str").astype("category"),
            "at": pd.Series(
                [None if row[3] is None else pd.Timestamp(before(days=row[3]), unit="s", tz="UTC") for row in rows],
                dtype="datetime64[ms, UTC]",
            ),
        }
    )


@settings(max_examples=80, deadline=None)
@given(JOBS)
def test_unresolved_and_waiting_agree_with_a_plain_python_reference(rows):
    def settled(row):
        _, user, kind, days = row
        return any(
            other[0] == "succeeded" and other[1:3] == (user, kind) and None not in (days, other[3]) and other[3] < days
            for other in rows
        ) and (user != "unknown" and kind is not None)

    expected = [f"e{n}" for n, row in enumerate(rows) if row[0] in {"failed", "stuck", "empty"} and not settled(row)]
    frame = framed(rows)
    assert unresolved(frame)["id"].to_list() == expected
    found = waiting_students(frame, NOW)
    lost = [row for n, row in enumerate(rows) if f"e{n}" in expected and row[0] == "stuck" and row[1] != "unknown"]
    assert found["stuck"].sum() == len(lost)
    assert len(found) == len({row[1:3] for row in lost})


def test_a_hundred_thousand_jobs_take_less_than_a_second():
    chance = np.random.default_rng(3)
    number = 100_000
    frame = pd.DataFrame(
        {
            "id": pd.Series(np.arange(number)).astype("str"),
            "user_id": pd.Series(chance.integers(0, 5_000, number)).astype("str"),
            "type": pd.Categorical(chance.choice(["writing", "speaking", "flashcard"], number)),
            "state": pd.Categorical(chance.choice(["succeeded", "failed", "stuck", "empty"], number)),
            "at": pd.Series(pd.Timestamp(NOW) - pd.to_timedelta(chance.integers(0, 10**7, number), unit="s")).astype(
                "datetime64[ms, UTC]"
            ),
        }
    )
    started = time.process_time()
    found = waiting_students(frame, NOW)
    assert time.process_time() - started < 1
    assert 0 < len(found) < 15_000
    assert found["waited_seconds"].is_monotonic_decreasing

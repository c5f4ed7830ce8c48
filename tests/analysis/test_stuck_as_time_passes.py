"""Running jobs become stuck without a new read: the same states as if the items were read now."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from bandup.analysis.states import STUCK_AFTER, running_until, with_state, with_stuck_until
from data.columns import frame_of_items
from data.schema import TABLES
from tests.items import NOW, before, evaluations, job, states, wire_items, writing

JOBS = [
    job("processing", evaluation_id="e1", started_at=before(minutes=14)),
    job("processing", evaluation_id="e2", started_at=before(minutes=3)),
    job("failed", evaluation_id="e3", started_at=before(minutes=3)),
    writing(evaluation_id="e4"),
]


@pytest.mark.parametrize(
    ("minutes", "until", "expected"),
    [
        (0, None, "running running failed succeeded"),
        (1, None, "running running failed succeeded"),
        (1.01, before(minutes=14), "stuck running failed succeeded"),
        (12, before(minutes=14), "stuck running failed succeeded"),
        (12.01, before(minutes=3), "stuck stuck failed succeeded"),
        (99, before(minutes=3), "stuck stuck failed succeeded"),
    ],
)
def test_the_time_of_the_youngest_overdue_job(minutes, until, expected):
    jobs = evaluations(*JOBS)
    found = running_until(jobs, NOW + timedelta(minutes=minutes))
    assert (None if found is None else found.timestamp()) == until
    assert " ".join(states(jobs if found is None else with_stuck_until(jobs, found))) == expected


@pytest.mark.parametrize("dtype", ["str", "category"])
def test_states_of_any_dtype(dtype):
    jobs = evaluations(*JOBS)
    jobs = jobs.assign(state=jobs["state"].astype("str").astype(dtype))  # a category without stuck
    aged = with_stuck_until(jobs, NOW - timedelta(minutes=3))
    assert states(aged) == ["stuck", "stuck", "failed", "succeeded"]
    assert str(aged["state"].dtype) == dtype
    assert states(jobs) == ["running", "running", "failed", "succeeded"], "frames are shared"


def test_without_an_overdue_job_the_frame_is_the_same():
    jobs = evaluations(*JOBS)
    assert with_stuck_until(jobs, NOW - timedelta(minutes=15)) is jobs


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@settings(deadline=None)
@given(data=st.data(), minutes=st.integers(0, 60 * 24 * 4))
def test_it_is_what_a_read_would_find(table, data, minutes):
    frame = frame_of_items(table, data.draw(wire_items(table)), NOW)
    later = NOW + timedelta(minutes=minutes)
    aged = with_state(frame, table.partition_key, NOW, STUCK_AFTER)
    if (until := running_until(aged, later)) is not None:
        aged = with_stuck_until(aged, until)
    assert_frame_equal(aged, with_state(frame, table.partition_key, later, STUCK_AFTER))

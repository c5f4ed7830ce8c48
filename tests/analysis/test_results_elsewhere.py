"""Jobs whose result is stored under another id: which result settles which job, and that no other job is hidden."""

from datetime import timedelta
from time import perf_counter

import pandas as pd
import pytest

from bandup.analysis.results_elsewhere import RESULT_WINDOW, UPLOAD_LEAD, results_under_another_id
from data.flags import Flag, flags_in
from data.schema import CLOCK_SKEW
from tests.items import NOW, before, evaluations, job, speaking, writing

START = before(hours=2)
SKEW = int(CLOCK_SKEW.total_seconds())
WINDOW, LEAD = int(RESULT_WINDOW.total_seconds()), int(UPLOAD_LEAD.total_seconds())


def waiting(key="job", at=START, **attributes):
    return job("processing", evaluation_id=key, started_at=at, **attributes)


def essay(key="result", at=START + 60, **attributes):
    return writing(evaluation_id=key, created_at=at, **attributes)


def recording(key="result", at=START - 20, **attributes):
    uploaded = pd.Timestamp(at, unit="s").strftime("%Y%m%d_%H%M%S")
    address = f"s3://b/uploads/speaking_audio/u1/{uploaded}_a.webm"
    return speaking(evaluation_id=key, created_at=41_000, audio_url=address, **attributes)


def state_of(*rows, key="job"):
    frame = evaluations(*rows)
    row = frame[(frame["evaluation_id"] == key) & (frame["status"] == "processing")].iloc[0]
    is_flagged = Flag.RESULT_UNDER_ANOTHER_ID in flags_in(int(row["flags"]))
    assert is_flagged <= (row["state"] == "superseded")
    return str(row["state"])


@pytest.mark.parametrize(
    "result",
    [
        essay(),
        essay(at=START),
        essay(at=START + WINDOW),
        essay(overall_band="error"),
        essay(status=" Completed "),
    ],
)
def test_a_result_under_another_id_supersedes_the_job(result):
    assert state_of(waiting(), result) == state_of(result, waiting()) == "superseded"
    frame = evaluations(waiting(), result)
    assert [Flag.RESULT_UNDER_ANOTHER_ID in flags_in(int(mask)) for mask in frame["flags"]] == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        essay(at=START - 1),
        essay(at=START + WINDOW + 1),
        essay(at=...),
        essay(user_id="u2"),
        essay(evaluation_type="speaking"),
        essay(status="failed"),
        waiting("result", START + 60),
    ],
)
def test_no_other_item_hides_a_job(other):
    assert state_of(waiting(), other) == "stuck"


@pytest.mark.parametrize(
    "attributes",
    [{"user_id": "unknown"}, {"user_id": " Anonymous"}, {"evaluation_type": ...}, {"started_at": ...}],
)
def test_a_job_without_student_type_or_time_is_never_matched(attributes):
    shared = {name: value for name, value in attributes.items() if name != "started_at"}
    assert (
        state_of(job("processing", **{"evaluation_id": "job", "started_at": START} | attributes), essay(**shared))
        == "stuck"
    )


def test_a_failed_job_stays_failed():
    assert str(evaluations(job("failed", evaluation_id="job", started_at=START), essay())["state"].iloc[0]) == "failed"


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (-LEAD - 1, "stuck"),
        (-LEAD, "superseded"),
        (-20, "superseded"),
        (SKEW, "superseded"),
        (SKEW + 1, "stuck"),
    ],
)
def test_a_recording_is_uploaded_shortly_before_its_job_starts(seconds, state):
    assert state_of(waiting(evaluation_type="speaking"), recording(at=START + seconds)) == state


def test_one_result_settles_one_job_the_one_that_started_first():
    rows = [waiting("first"), waiting("second", START + 10), essay()]
    assert [state_of(*rows, key=key) for key in ("first", "second")] == ["superseded", "stuck"]
    both = [*rows, essay("other", START + 90)]
    assert [state_of(*both, key=key) for key in ("first", "second")] == ["superseded", "superseded"]


def test_a_result_belongs_to_the_job_with_its_own_id():
    own = waiting("result", user_id="unknown")
    assert state_of(waiting(), own, essay()) == "stuck"
    assert state_of(waiting(), own, essay(), essay("other", START + 90)) == "superseded"


def test_a_job_that_is_completed_under_another_user_takes_no_other_result():
    rows = [waiting("twin", user_id="u1"), essay("twin", user_id="u2"), waiting(at=START + 5), essay(at=START + 30)]
    assert [state_of(*rows, key=key) for key in ("twin", "job")] == ["superseded", "superseded"]


def test_positions_do_not_depend_on_the_index_or_order():
    frame = evaluations(essay(), waiting())
    frame.index = pd.Index([7, 7])
    assert results_under_another_id(frame).to_dict() == {1: 0}


def test_many_jobs_are_matched_at_once():
    start = NOW - timedelta(days=1)
    rows = [waiting(f"j{n}", int(start.timestamp()) + 40 * n) for n in range(2000)]
    rows += [essay(f"r{n}", int(start.timestamp()) + 40 * n + 20) for n in range(0, 2000, 2)]
    frame = evaluations(*rows)
    began = perf_counter()
    pairs = results_under_another_id(frame)
    assert perf_counter() - began < 5
    assert len(pairs) == pairs.nunique() == 1000

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bandup.analysis.bands import Skill
from bandup.analysis.time_windows import in_zone
from bandup.charts import drawable_attempts
from tests.charts.samples import HOSTILE, attempt, evaluations


def test_drawable_leaves_out_other_skills_and_rows_without_time_or_band():
    frame = evaluations(
        attempt(3, band=6.5),
        attempt(1, band=5.5, at_source="audio_url"),
        attempt(2, "speaking"),
        attempt(4, at=None),
        attempt(5, band=None),
        attempt(6, band=42.0),
        attempt(7, band=6.25),
        attempt(8, evaluation_type="flashcard"),
        attempt(9, evaluation_type=None),
    )
    expected = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-01T10:30Z", "2026-01-03T10:30Z"]).astype("datetime64[ms, UTC]"),
            "band": [5.5, 6.5],
            "suspect": [False, False],
            "task": ["Task 2", "Task 2"],
            "at_source": ["audio_url", "created_at"],
            "evaluation_id": ["ev-1", "ev-3"],
            "user_id": ["student-1", "student-1"],
        }
    )
    pd.testing.assert_frame_equal(drawable_attempts.drawable(frame, Skill.WRITING, "overall_band"), expected)
    assert drawable_attempts.count_undated(frame, Skill.WRITING, "overall_band") == 1


def test_attempts_at_the_same_time_are_ordered_by_id():
    at = "2026-01-01T00:00:00Z"
    frame = evaluations(attempt(2, at=at), attempt(1, at=at))
    assert list(drawable_attempts.drawable(frame, Skill.WRITING, "overall_band")["evaluation_id"]) == ["ev-1", "ev-2"]


def test_without_a_state_column_nothing_is_suspect():
    frame = evaluations(attempt(1, state="suspect"), attempt(2))
    assert list(drawable_attempts.is_suspect(frame)) == [True, False]
    assert list(drawable_attempts.is_suspect(frame.drop(columns="state"))) == [False, False]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("TASK_1", "Task 1"),
        ("PART_3", "Part 3"),
        ("essay", "essay"),
        ("TASK_12", "TASK_12"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_task_name(stored, shown):
    assert drawable_attempts.task_name(stored) == shown


def test_hover_shows_the_local_time_of_the_attempts():
    frame = in_zone(evaluations(attempt(1, at="2026-01-01T20:30:00Z")), ZoneInfo("Asia/Tokyo"))
    (text,) = drawable_attempts.hover_texts(
        drawable_attempts.drawable(frame, Skill.WRITING, "overall_band"), "Writing:"
    )
    assert "<br>02 Jan 2026, 05:30 JST<br>" in text


def test_hover_shows_the_time_and_its_source():
    frame = evaluations(
        attempt(1, "speaking", 5.5, at="2026-01-01T23:30:00+07:00", at_source="audio_url"), attempt(2, state="suspect")
    )
    speaking = drawable_attempts.drawable(frame, Skill.SPEAKING, "overall_band")
    writing = drawable_attempts.drawable(frame, Skill.WRITING, "overall_band")
    assert list(drawable_attempts.hover_texts(speaking, "Speaking:")) == [
        "<b>Speaking: 5.5</b><br>Part 1<br>01 Jan 2026, 16:30 UTC (from the recording's file name)<br>ev-1"
    ]
    assert list(drawable_attempts.hover_texts(writing, "Writing:")) == [
        "<b>Writing: 6.0</b><br>suspect: the grader's default answer<br>Task 2<br>02 Jan 2026, 10:30 UTC<br>ev-2"
    ]


def test_item_keys_are_as_stored():
    frame = evaluations(attempt(1, evaluation_id=HOSTILE))
    assert drawable_attempts.item_keys(drawable_attempts.drawable(frame, Skill.WRITING, "overall_band")).tolist() == [
        [HOSTILE, "student-1"]
    ]


@pytest.mark.parametrize(("length", "limit"), [(0, 5), (5, 5), (6, 5), (1_000, 7)])
def test_downsampling_keeps_both_ends(length, limit):
    rows = pd.DataFrame({"position": range(length)})
    positions = list(drawable_attempts.downsampled(rows, limit)["position"])
    assert len(positions) == min(length, limit)
    if positions:
        assert (positions[0], positions[-1]) == (0, length - 1)
    assert positions == sorted(set(positions))


def test_a_task_type_is_shared_or_none():
    assert drawable_attempts.shared_task_type(evaluations(attempt(1), attempt(2))) == "TASK_2"
    assert drawable_attempts.shared_task_type(evaluations(attempt(1), attempt(2, task_type="TASK_1"))) is None
    assert drawable_attempts.shared_task_type(evaluations(attempt(1, "speaking"))) is None

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from bandup.analysis.attempts import (
    band_changes,
    dated,
    describe_attempts,
    describe_grades,
    evaluation_title,
    graded_attempts,
    neighbours,
    omitted_from_charts,
    words_per_minute,
)
from bandup.analysis.bands import Skill
from tests.items import NOW, before, evaluations, job, speaking, writing

DEFAULT_ANSWER = ("6.0",) * 5


def default_answer(**attributes):
    return writing(*DEFAULT_ANSWER, confidence_score="0.7", **attributes)


EVERY_STATE = [
    writing(evaluation_id="newest", created_at=before(days=1)),
    default_answer(evaluation_id="suspect", created_at=before(days=2)),
    writing(evaluation_id="undated", created_at=...),
    writing(evaluation_id="oldest", created_at=before(days=9)),
    writing(evaluation_id="empty", overall_band="error", created_at=before(days=3)),
    writing(evaluation_id="reading", evaluation_type="reading", created_at=before(days=3)),
    writing(evaluation_id="set", evaluation_type="flashcard", created_at=before(days=3)),
    writing(evaluation_id="set_unread", overall_band=..., evaluation_type="flashcard", created_at=before(days=3)),
    job("failed", evaluation_id="failed", overall_band="7.0"),
    job("processing", evaluation_id="stuck", overall_band="7.0"),
    job("processing", evaluation_id="running", overall_band="7.0", started_at=before(minutes=1)),
    job("queued", evaluation_id="unknown", overall_band="7.0"),
    job("processing", evaluation_id="newest", overall_band="7.0", user_id="unknown"),
    speaking(evaluation_id="spoken", created_at=before(days=4)),
]


def test_graded_are_the_succeeded_of_a_skill_oldest_first_unknown_times_last():
    frame = evaluations(*EVERY_STATE)
    attempts = graded_attempts(frame, Skill.WRITING)
    assert attempts["evaluation_id"].to_list() == ["oldest", "newest", "undated"]
    assert attempts.columns.equals(frame.columns)
    assert attempts.dtypes.equals(frame.dtypes)
    assert attempts.index.to_list() == [0, 1, 2]
    assert graded_attempts(frame, Skill.SPEAKING)["evaluation_id"].to_list() == ["spoken"]


def test_default_answers_are_graded_only_where_asked_for():
    attempts = graded_attempts(evaluations(*EVERY_STATE), Skill.WRITING, include_suspect=True)
    assert attempts["evaluation_id"].to_list() == ["oldest", "suspect", "newest", "undated"]


def test_attempts_of_one_time_keep_their_order():
    names = [f"e{n * 7 % 40:02}" for n in range(40)]
    rows = [writing(evaluation_id=name, created_at=before(days=n % 2)) for n, name in enumerate(names)]
    assert graded_attempts(evaluations(*rows), Skill.WRITING)["evaluation_id"].to_list() == names[1::2] + names[::2]


def test_dated_are_those_of_known_time():
    frame = evaluations(*EVERY_STATE)
    assert dated(graded_attempts(frame, Skill.WRITING))["evaluation_id"].to_list() == ["oldest", "newest"]


def test_no_evaluations():
    frame = evaluations()
    assert graded_attempts(frame, Skill.WRITING).empty
    assert dated(frame).empty
    assert omitted_from_charts(frame) == []
    assert neighbours(frame, "e1") == (None, None)


def ids_of_neighbours(frame, evaluation_id):
    return tuple(None if row is None else row["evaluation_id"] for row in neighbours(frame, evaluation_id))


@pytest.mark.parametrize(
    ("evaluation_id", "expected"),
    [
        ("w1", (None, "w3")),
        ("default", ("w1", "w3")),
        ("w3", ("w1", None)),
        ("s1", (None, "s2")),
        ("s2", ("s1", None)),
        ("failed", ("w1", "w3")),
        ("future", (None, None)),
        ("undated", (None, None)),
        ("reading", (None, None)),
        ("untyped", (None, None)),
        ("not there", (None, None)),
    ],
)
def test_neighbours_are_of_the_same_skill(evaluation_id, expected):
    frame = evaluations(
        writing(evaluation_id="w3", created_at=before(days=1)),
        speaking(evaluation_id="s2", created_at=before(days=2)),
        default_answer(evaluation_id="default", created_at=before(days=3)),
        writing(evaluation_id="future", created_at=before(hours=-1)),
        speaking(evaluation_id="s1", created_at=before(days=4)),
        job("failed", evaluation_id="failed", started_at=before(days=5)),
        writing(evaluation_id="w1", created_at=before(days=6)),
        writing(evaluation_id="undated", created_at=...),
        writing(evaluation_id="reading", evaluation_type="reading", created_at=before(days=3)),
        writing(evaluation_id="untyped", evaluation_type=..., created_at=before(days=3)),
    )
    assert ids_of_neighbours(frame, evaluation_id) == expected


@pytest.mark.parametrize("order", [*permutations("abcd")])
def test_neighbours_at_the_same_time_form_one_chain(order):
    """In any order of rows, going forward visits every attempt once, and going back is the reverse."""
    early = writing(evaluation_id="z", created_at=before(days=2))
    frame = evaluations(early, *(writing(evaluation_id=name, created_at=before(days=1)) for name in order))
    line, at = ["z"], "z"
    while (after := ids_of_neighbours(frame, at)[1]) is not None and len(line) < 9:
        assert ids_of_neighbours(frame, after)[0] == at
        line.append(after)
        at = after
    assert line == ["z", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("words", "seconds", "rate"),
    [
        (150, 60.0, 150.0),
        (np.int64(90), 45.0, 120.0),
        (0, 60.0, 0.0),
        (150, 0.0, None),
        (150, -3.0, None),
        (None, 60.0, None),
        (150, None, None),
        (pd.NA, 60.0, None),
        (150, float("nan"), None),
    ],
)
def test_words_per_minute(words, seconds, rate):
    assert words_per_minute(words, seconds) == rate


@pytest.mark.parametrize(
    ("row", "title"),
    [
        (writing(task_type="TASK_2"), "Writing, Task 2"),
        (writing(task_type=" task_1 "), "Writing, Task 1"),
        (writing(), "Writing"),
        (speaking(part="PART_3"), "Speaking, Part 3"),
        (writing(evaluation_type=...), "Unknown type"),
        (writing(evaluation_type=..., task_type="TASK_2"), "Unknown type, Task 2"),
        (writing(evaluation_type="flashcard"), "Flashcard"),
        (writing(evaluation_type="<b>"), "<b>"),
    ],
)
def test_evaluation_title(row, title):
    first = evaluations(row).iloc[0]
    assert evaluation_title(first["evaluation_type"], first["task_type"], first["part"]) == title


def test_title_without_a_type():
    assert evaluation_title(None, None, None) == "Unknown type"


@pytest.mark.parametrize(
    ("rows", "sentences"),
    [
        ([], "Writing: no graded essay yet. Speaking: no graded recording yet."),
        (
            [writing(created_at=before(hours=3))],
            "Writing: 1 graded essay, the latest at band 7.0 today. Speaking: no graded recording yet.",
        ),
        (
            [writing(created_at=before(hours=-1))],
            "Writing: 1 graded essay, at unknown times. Speaking: no graded recording yet.",
        ),
        (
            [
                writing("6.5", *["6.5"] * 4, created_at=before(hours=47)),
                writing(evaluation_id="e2", created_at=before(days=9)),
            ],
            "Writing: 2 graded essays, the latest at band 6.5 yesterday. Speaking: no graded recording yet.",
        ),
        (
            [speaking(created_at=before(days=2)), speaking(evaluation_id="e2", created_at=...)],
            "Writing: no graded essay yet. Speaking: 2 graded recordings, the latest at band 7.0 2 days ago.",
        ),
        (
            [writing(created_at=...)],
            "Writing: 1 graded essay, at unknown times. Speaking: no graded recording yet.",
        ),
        (
            [default_answer(), job("failed", evaluation_id="e2")],
            "Writing: no graded essay yet. Speaking: no graded recording yet.",
        ),
    ],
)
def test_describe_attempts(rows, sentences):
    assert describe_attempts(evaluations(*rows), NOW) == sentences


def test_omitted_from_charts_counts_both_skills():
    rows = [
        writing(),
        writing(evaluation_id="e2", created_at=...),
        speaking(evaluation_id="e3", created_at=41_000),
        default_answer(evaluation_id="e4"),
        job("failed", evaluation_id="e5", started_at=...),
        writing(evaluation_id="e6", created_at=..., overall_band="error"),
    ]
    undated, suspect = omitted_from_charts(evaluations(*rows))
    assert undated.startswith("2 graded attempts at an unknown time")
    assert suspect.startswith("1 with the grader’s default answer")
    assert omitted_from_charts(evaluations(*rows[:1])) == []
    assert len(omitted_from_charts(evaluations(*rows[:2]))) == 1


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (writing(6.0, 6.0, 6.0, 6.0, 6.0), writing(6.5, 7.0, 6.0, 5.5, 6.0), [0.5, 1.0, 0.0, -0.5, 0.0]),
        (writing(6.0, 6.0, "error", 6.0, 6.0), writing(6.0, 6.0, 6.0, 6.0, 7.0), [0.0, 0.0, 0.0, 1.0]),
        (speaking(5.0, 5.0, 5.0, 5.0, 5.0), speaking(5.5, 6.0, 5.0, 5.0, 5.0), [0.5, 1.0, 0.0, 0.0, 0.0]),
    ],
)
def test_changes_from_one_attempt_to_the_next(earlier, later, expected):
    frame = evaluations({**earlier, "evaluation_id": {"S": "a"}}, {**later, "evaluation_id": {"S": "b"}})
    rows = frame.set_index("evaluation_id")
    assert list(band_changes(rows.loc["a"], rows.loc["b"]).values()) == expected


def test_what_has_no_grade_is_counted_by_kind():
    rows = evaluations(
        writing(evaluation_id="e1"),
        writing(evaluation_id="e2"),
        job("failed", evaluation_id="e3", user_id="user-456", evaluation_type="writing", started_at=1_770_000_000),
        job("failed", evaluation_id="e4", user_id="user-456", evaluation_type="speaking", started_at=1_770_000_000),
        writing(evaluation_id="e5", evaluation_type="flashcard", overall_band=..., flashcards="[]"),
    )
    sentence = describe_grades(rows)
    assert sentence.startswith("2 graded of 5 evaluations; 3 have no grade: 2 failed, ")
    assert "1 flashcard set, listed below too" in sentence
    assert describe_grades(rows.head(0)) == "0 graded of 0 evaluations."

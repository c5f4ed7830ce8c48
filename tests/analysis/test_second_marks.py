"""Teachers' marks as tables: which count, what is typed and suggested, and which attempt comes next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bandup.analysis import marking_queue, second_marks
from bandup.analysis.agreement import agreement
from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.class_estimates import published_estimates
from bandup.analysis.notes import kept_targets, notes_table
from data.review_entries import Mark, Note, ReviewEntry, Skip, TargetBand, moment_of, subject_of
from tests import items

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def mark(evaluation_id: str = "e1", *, by: str = "Anna", minute: int = 0, **given: Any) -> Mark:
    """A blind mark from the queue."""
    base = {
        "user_id": "u1",
        "skill": "writing",
        "bands": {"overall_band": 6.5, "lexical_band": 6.0},
        "grader_bands": {"overall_band": 7.0, "lexical_band": 6.0},
        "is_blind": True,
        "drawn": "queue",
        "probability": 0.01,
    } | given
    return Mark(
        subject=subject_of("evaluation", evaluation_id, base["user_id"]),
        at=moment_of(NOW + timedelta(minutes=minute)),
        by=by,
        evaluation_id=evaluation_id,
        **base,
    )


def test_the_table_holds_both_sets_of_bands_and_is_typed_when_empty():
    table = second_marks.marks_table([mark(), mark("e2", minute=1)])
    assert table["evaluation_id"].tolist() == ["e2", "e1"]
    assert table[["overall_band", "grader_overall_band"]].to_numpy().tolist() == [[6.5, 7.0]] * 2
    assert table["fluency_band"].isna().all()
    assert second_marks.marks_table([]).dtypes.equals(table.dtypes)


@pytest.mark.parametrize(
    ("marks", "counted"),
    [
        ([mark()], [6.5]),
        ([mark(is_blind=False, probability=None)], []),
        ([mark(drawn="by hand", probability=None)], []),
        # a blind correction counts, one with the AI's bands in sight does not, and the blind mark before it does
        ([mark(), mark(minute=1, bands={"overall_band": 6.0})], [6.0]),
        ([mark(), mark(minute=1, bands={"overall_band": 7.0}, is_blind=False, probability=None)], [6.5]),
        ([mark(), mark(by="Bo", minute=1, drawn="pair")], [6.5, 6.5]),
    ],
)
def test_the_marks_of_the_verdict(marks, counted):
    table = second_marks.marks_table(marks)
    assert second_marks.marks_of_verdict(table)["overall_band"].tolist() == counted


def test_a_mark_weighs_the_inverse_of_its_probability():
    table = second_marks.marks_table([mark(probability=0.02), mark("e2", user_id="u2", probability=0.01, minute=1)])
    differences = second_marks.differences(second_marks.marks_of_verdict(table), "overall_band")
    assert differences["weight"].tolist() == [100, 50]
    assert agreement(differences).difference.value == 0.5


def test_the_latest_mark_of_each_person_is_shown():
    marks = [mark(), mark(minute=1, bands={"overall_band": 7.0}, is_blind=False, probability=None), mark(by="Bo")]
    shown = second_marks.marks_of(second_marks.marks_table(marks), "e1", "u1")
    assert sorted(zip(shown["by"], shown["overall_band"], strict=True)) == [("Anna", 7.0), ("Bo", 6.5)]


def test_evaluations_carry_the_mean_of_teachers_bands():
    evaluations = items.evaluations(items.writing(), items.writing(evaluation_id="e2"))
    marks = second_marks.marks_table([mark(), mark(by="Bo", bands={"overall_band": 7.0})])
    shown = second_marks.with_teacher_bands(evaluations, marks)
    assert shown.set_index("evaluation_id")[second_marks.TEACHER_BAND].to_dict()["e1"] == 6.75
    assert np.isnan(shown.set_index("evaluation_id")[second_marks.TEACHER_BAND].to_dict()["e2"])
    others = second_marks.marks_table([mark(user_id="u2")])
    assert second_marks.with_teacher_bands(evaluations, others) is evaluations


@pytest.mark.parametrize(
    ("typed", "band"),
    [
        ("6.5", 6.5),
        ("6,5", 6.5),
        ("65", 6.5),
        (" 7 ", 7.0),
        ("70", 7.0),
        ("0", 0.0),
        ("9", 9.0),
        ("90", 9.0),
        ("10", 1.0),
        *(
            (wrong, None)
            for wrong in ("", "6.2", "62", "95", "9.5", "100", "-1", "650", "six", "٦٥", "nan", "inf", "1e0 ")
        ),
    ],
)
def test_a_typed_band(typed, band):
    assert second_marks.read_band(typed) == (1.0 if typed == "1e0 " else band)


@pytest.mark.parametrize(
    ("bands", "overall"),
    [((6, 6, 6, 6), 6.0), ((6, 6, 6, 7), 6.5), ((6, 6, 7, 7), 6.5), ((6, 7, 7, 7), 7.0), ((9, 9, 9, 9), 9.0)],
)
def test_the_suggested_overall_band(bands, overall):
    typed = dict(zip(CRITERIA[Skill.WRITING], map(float, bands), strict=True))
    assert second_marks.suggested_overall(typed, Skill.WRITING) == overall
    del typed["lexical_band"]
    assert second_marks.suggested_overall(typed, Skill.WRITING) is None


def test_a_persons_own_marks_say_what_was_marked_and_how_far_apart():
    marks = [
        mark(task_type="TASK_2"),
        mark("e2", minute=1, skill="speaking", part="PART_1", bands={"overall_band": 7.0}),
        mark(by="Bo"),
    ]
    own = second_marks.own_marks(second_marks.marks_table(marks), "Anna")
    assert own[["what", "difference"]].to_numpy().tolist() == [["Speaking, Part 1", "±0"], ["Writing, Task 2", "+0.5"]]


def test_notes_and_the_target_that_is_kept():
    ids = {"subject": subject_of("student", "u1"), "by": "Anna", "user_id": "u1"}
    entries: list[ReviewEntry] = [
        Note(at=moment_of(NOW), text="first", **ids),
        Note(at=moment_of(NOW + timedelta(days=1)), text="second", evaluation_id="e1", **ids),
        TargetBand(at=moment_of(NOW), band=7.0, **ids),
    ]
    assert notes_table(entries)["text"].tolist() == ["second", "first"]
    assert kept_targets(entries) == {"u1": 7.0}
    assert kept_targets([*entries, TargetBand(at=moment_of(NOW), band=None, **ids)]) == {}


# the queue

ESTIMATES = {skill: published_estimates(skill) for skill in Skill}


def attempts_of(*rows: dict[str, Any], target: float = 9.0) -> pd.DataFrame:
    """The attempts to mark among these items, at a target that none is near."""
    evaluations = items.evaluations(*rows)
    return marking_queue.attempts_to_mark(evaluations, ESTIMATES, {}, target, items.NOW - marking_queue.TERM)


def essays(number: int, **given: Any) -> list[dict[str, Any]]:
    """Essays of one student each."""
    return [items.writing(**{"evaluation_id": f"e{n}", "user_id": f"u{n}"} | given) for n in range(number)]


REASON_CASES: dict[str, tuple[list[dict[str, Any]], str, float]] = {
    "off_trend": (
        [
            *essays(6, user_id="u1"),
            items.writing("5.0", "5.0", "5.0", "5.0", "5.0", evaluation_id="odd", user_id="u1"),
        ],
        "odd",
        9.0,
    ),
    "jagged": ([items.writing("7.0", "8.0", "7.0", "6.0", "7.0", evaluation_id="odd")], "odd", 9.0),
    "mismatch": ([items.writing("8.0", "6.0", "6.0", "6.0", "6.0", evaluation_id="odd")], "odd", 9.0),
    "near_target": ([items.writing(evaluation_id="odd")], "odd", 7.5),
    "low_confidence": ([items.writing(evaluation_id="odd", confidence_score="0.55")], "odd", 9.0),
    "new_model": (
        [
            items.writing(evaluation_id="old", model_used="a", created_at=items.before(days=60)),
            items.writing(evaluation_id="odd", model_used="b", created_at=items.before(days=2)),
        ],
        "odd",
        9.0,
    ),
}


@pytest.mark.parametrize("reason", REASON_CASES)
def test_why_a_grade_is_doubtful(reason):
    rows, odd, target = REASON_CASES[reason]
    attempts = attempts_of(*rows, target=target).set_index("evaluation_id")
    assert attempts.loc[odd, "why"] == marking_queue.REASONS[reason]
    assert attempts.drop(odd)["why"].eq("").all()


def test_the_probabilities_are_half_equal_and_half_by_risk_within_a_stratum():
    plain = essays(3)
    jagged = items.writing("7.0", "8.0", "7.0", "6.0", "7.0", evaluation_id="j", user_id="j")
    attempts = attempts_of(*plain, jagged).set_index("evaluation_id")["probability"]
    assert attempts.to_dict() == pytest.approx({"e0": 0.125, "e1": 0.125, "e2": 0.125, "j": 0.625})


def test_strata_share_by_the_square_roots_of_their_sizes():
    speaking = [items.speaking(evaluation_id=f"s{n}", user_id=f"u{n}") for n in range(4)]
    attempts = attempts_of(*essays(16), *speaking)
    by_skill = attempts.groupby(attempts["evaluation_type"].astype("str"))["probability"].sum()
    assert by_skill.to_dict() == pytest.approx({"writing": 4 / 6, "speaking": 2 / 6})


def test_old_undated_ungraded_and_nobodys_attempts_are_not_marked():
    rows = [
        items.writing(evaluation_id="good"),
        items.writing(evaluation_id="old", created_at=items.before(days=200)),
        items.writing(evaluation_id="undated", created_at="local"),
        items.writing(evaluation_id="ungraded", overall_band="error"),
        items.writing(evaluation_id="nobody", user_id="anonymous"),
    ]
    assert attempts_of(*rows)["evaluation_id"].tolist() == ["good"]


NO_MARKS = second_marks.marks_table([])
NOTHING_SKIPPED: frozenset[tuple[str, str]] = frozenset()


def test_the_order_is_each_persons_own_and_stays_the_same_as_attempts_are_marked():
    attempts = attempts_of(*essays(30))
    orders = {by: marking_queue.queue_of(attempts, NO_MARKS, NOTHING_SKIPPED, by) for by in ("Anna", "Bo")}
    assert orders["Anna"]["evaluation_id"].tolist() != orders["Bo"]["evaluation_id"].tolist()
    first = orders["Anna"].iloc[0]
    marks = second_marks.marks_table([mark(first["evaluation_id"], user_id=first["user_id"])])
    after = marking_queue.queue_of(attempts, marks, NOTHING_SKIPPED, "Anna")
    assert after["evaluation_id"].tolist() == orders["Anna"]["evaluation_id"].tolist()[1:]


def test_the_first_attempt_is_drawn_with_the_probability_that_is_stored():
    jagged = items.writing("7.0", "8.0", "7.0", "6.0", "7.0", evaluation_id="j", user_id="j")
    attempts = attempts_of(*essays(3), jagged)
    people = [f"person {n}" for n in range(2_000)]
    firsts = [marking_queue.queue_of(attempts, NO_MARKS, NOTHING_SKIPPED, by).iloc[0]["evaluation_id"] for by in people]
    assert firsts.count("j") / len(people) == pytest.approx(0.625, abs=0.04)


def test_what_was_skipped_does_not_come_again():
    attempts = attempts_of(*essays(2))
    skip = Skip(subject="s", at=moment_of(NOW), by="Anna", evaluation_id="e0", user_id="u0", reason="cut off")
    skipped = second_marks.skipped_by([skip], "Anna")
    assert marking_queue.queue_of(attempts, NO_MARKS, skipped, "Anna")["evaluation_id"].tolist() == ["e1"]
    assert second_marks.skipped_by([skip], "Bo") == frozenset()


def test_every_fourth_attempt_is_one_that_another_teacher_marked():
    attempts = attempts_of(*essays(12))
    others = [mark("e11", user_id="u11", by="Bo"), mark("e10", user_id="u10", by="Bo")]
    drawn: list[str] = []
    own: list[Mark] = []
    for minute in range(8):
        queue = marking_queue.queue_of(attempts, second_marks.marks_table([*others, *own]), NOTHING_SKIPPED, "Anna")
        first = queue.iloc[0]
        drawn.append(first["drawn"])
        own.append(mark(first["evaluation_id"], user_id=first["user_id"], minute=minute))
    assert drawn == ["queue", "queue", "queue", "pair"] * 2
    assert len({(one.evaluation_id, one.user_id) for one in own}) == 8


def test_an_attempt_that_two_teachers_marked_comes_to_nobody_else():
    attempts = attempts_of(*essays(1))
    marks = second_marks.marks_table([mark("e0", user_id="u0", by="Bo"), mark("e0", user_id="u0", by="Cy")])
    assert marking_queue.queue_of(attempts, marks, NOTHING_SKIPPED, "Anna").empty


def test_only_the_next_attempt_of_the_queue_counts_as_drawn():
    queue = marking_queue.queue_of(attempts_of(*essays(3)), NO_MARKS, NOTHING_SKIPPED, "Anna")
    first, second = queue.iloc[0], queue.iloc[1]
    drawn = marking_queue.draw_of(queue, first["evaluation_id"], first["user_id"])
    assert (drawn.drawn, drawn.probability) == ("queue", first["probability"])
    assert marking_queue.draw_of(queue, second["evaluation_id"], second["user_id"]).drawn == "by hand"
    assert marking_queue.draw_of(queue.head(0), "e0", "u0").probability is None

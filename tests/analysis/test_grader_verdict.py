"""The verdict on the grader: its parts, people beside it, the reference values, and what is left out."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from bandup.analysis import grader_verdict
from bandup.analysis.agreement import agreement
from bandup.analysis.bands import BAND_VALUES, Skill
from bandup.analysis.second_marks import marks_of_verdict, marks_table
from bandup.charts.second_mark_matrix_chart import second_mark_matrix, second_mark_matrix_alt, second_mark_matrix_data
from bandup.formatting import signed
from bandup.ui.grader_view import verdict_table
from benchmarks.simulated_marks import simulated_marks
from tests.analysis.test_second_marks import mark


def simulated(number: int, *, bias: float = 0.0, by: str = "Anna", **given: object) -> list:
    """Marks of three attempts per student, by their simulated bands."""
    rows = simulated_marks(np.random.default_rng(7), students=math.ceil(number / 3), per_student=3, bias=bias)
    return [
        mark(
            f"e{n}",
            user_id=row["user_id"],
            by=by,
            minute=n,
            bands={"overall_band": row["teacher"]},
            grader_bands={"overall_band": row["grader"]},
            **given,
        )
        for n, row in enumerate(rows.head(number).to_dict("records"))
    ]


def verdict(marks: list) -> dict[tuple[str, str], object]:
    rows = grader_verdict.verdict_by_part(marks_of_verdict(marks_table(marks)), Skill.WRITING)
    return {(group, name): found for group, name, found in rows}


def test_each_model_and_task_has_its_own_row():
    marks = [
        *simulated(30, model_used="a", task_type="TASK_1"),
        *(mark(f"x{n}", user_id=f"x{n}", model_used="b", task_type="TASK_2") for n in range(4)),
        mark("s", user_id="s", skill="speaking"),
    ]
    parts = verdict(marks)
    assert [(group, name) for group, name in parts if group in {"", "Model", "Task"}] == [
        ("", "Overall band"),
        ("Model", "a"),
        ("Model", "b"),
        ("Task", "Task 1"),
        ("Task", "Task 2"),
    ]
    counts = {name: found.n for (_, name), found in parts.items()}  # type: ignore[attr-defined]
    assert counts == {"Overall band": 34, "a": 30, "b": 4, "Task 1": 30, "Task 2": 4} | {
        "Task Achievement / Response": 0,
        "Coherence and Cohesion": 0,
        "Lexical Resource": 4,
        "Grammatical Range and Accuracy": 0,
    }


def test_the_figures_are_scikit_learns_and_numpys():
    marks = marks_table(simulated(90, bias=0.3))
    found = grader_verdict.verdict_by_part(marks_of_verdict(marks), Skill.WRITING)[0][2]
    grader, teacher = marks["grader_overall_band"], marks["overall_band"]
    steps = [round(2 * band) for band in BAND_VALUES]
    kappa = cohen_kappa_score((2 * grader).astype(int), (2 * teacher).astype(int), weights="quadratic", labels=steps)
    assert found.kappa.value == pytest.approx(kappa)
    pooled = math.sqrt((np.var(grader) + np.var(teacher)) / 2)
    assert found.standardised.value == pytest.approx((grader - teacher).mean() / pooled)
    assert found.standardised.low < found.standardised.value < found.standardised.high


def test_bands_that_do_not_vary_have_no_standardised_difference_and_no_error():
    rows = pd.DataFrame({"user_id": ["a", "b", "c"], "grader": [6.0] * 3, "teacher": [6.0] * 3})
    assert agreement(rows).standardised.value == 0


def test_people_are_compared_on_the_attempts_that_two_marked():
    marks = [
        mark("e1", by="Anna", bands={"overall_band": 6.0}),
        mark("e1", by="Bo", minute=1, drawn="pair", bands={"overall_band": 7.0}),
        mark("e2", user_id="u2", by="Anna"),
    ]
    pairs = grader_verdict.pairs_of(marks_of_verdict(marks_table(marks)), Skill.WRITING)
    assert pairs[["user_id", "grader", "teacher"]].to_numpy().tolist() == [["u1", 7.0, 6.0]]


def test_pairs_are_of_one_attempt_in_whatever_order_the_second_teacher_marks():
    bands = {"e1": 4.0, "e2": 6.0, "e3": 8.0}
    first = [mark(e, user_id=e, minute=n, bands={"overall_band": bands[e]}) for n, e in enumerate(["e1", "e2", "e3"])]
    second = [
        mark(e, user_id=e, by="Bo", minute=9 + n, drawn="pair", bands={"overall_band": bands[e]})
        for n, e in enumerate(["e3", "e1"])
    ]
    # the same id for another student is another attempt, and a third teacher's mark is no pair of its own
    other = mark("e1", user_id="u9", minute=20, bands={"overall_band": 1.0})
    third = mark("e3", user_id="e3", by="Cy", minute=21, drawn="pair", bands={"overall_band": 2.0})
    pairs = grader_verdict.pairs_of(marks_of_verdict(marks_table([*first, *second, other, third])), Skill.WRITING)
    assert sorted(pairs[["user_id", "teacher", "grader"]].to_numpy().tolist()) == [["e1", 4.0, 4.0], ["e3", 8.0, 8.0]]


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        (simulated(20), ["10 more marks until the reference values can be compared with"]),
        (
            simulated(90),
            ["weighted kappa 0.", "(at least 0.70: met)", "(at most ±0.15: met)", "attempts marked by two, not from 0"],
        ),
        (simulated(90, bias=0.5), ["(at most ±0.15: not met)"]),
        (
            [*simulated(90), *simulated(90, by="Bo", drawn="pair")],
            ["kappa below people’s 0.", "(at most 0.10: not met)"],
        ),
    ],
)
def test_the_reference_values(marks, words):
    table = marks_of_verdict(marks_table(marks))
    found = grader_verdict.verdict_by_part(table, Skill.WRITING)[0][2]
    sentence = grader_verdict.against_references(found, grader_verdict.teachers_agreement(table, Skill.WRITING))
    assert [word for word in words if word not in sentence] == [], sentence


def test_what_is_left_out_is_counted():
    marks = marks_table(
        [
            mark(),
            mark("e2", is_blind=False, probability=None, drawn="by hand"),
            mark("e3", probability=None, drawn="by hand"),
            mark("e4", probability=None, drawn="by hand"),
        ]
    )
    assert grader_verdict.describe_left_out(marks, marks_of_verdict(marks), Skill.WRITING) == (
        "Not counted, beside 1: 1 mark made with the AI’s bands in sight and 2 marks of attempts that were chosen by hand."
    )
    assert grader_verdict.describe_left_out(marks.head(0), marks.head(0), Skill.WRITING) == ""


def test_the_furthest_marks_come_first():
    marks = [
        mark("near", bands={"overall_band": 6.5}),
        mark("far", bands={"overall_band": 5.0}),
        mark("further", bands={"overall_band": 9.0}, grader_bands={"overall_band": 5.0}),
    ]
    far = grader_verdict.largest_disagreements(marks_table(marks), Skill.WRITING)
    assert far[["evaluation_id", "difference"]].to_numpy().tolist() == [["further", "−4.0"], ["far", "+2.0"]]


def test_a_corrected_mark_is_no_disagreement():
    marks = marks_table([mark(bands={"overall_band": 9.0}), mark(minute=1, bands={"overall_band": 6.5})])
    assert grader_verdict.largest_disagreements(marks, Skill.WRITING).empty


@pytest.mark.parametrize(("number", "is_shown"), [(29, False), (30, True)])
def test_the_table_gives_the_standardised_difference_from_as_many_marks_on_as_kappa(number, is_shown):
    found = verdict(simulated(number, bias=0.5))["", "Overall band"]
    table = str(verdict_table([("", "Overall band", found)], found))  # type: ignore[list-item, arg-type]
    value = found.standardised.value  # type: ignore[attr-defined]
    assert (f"<td>{signed(value, 2)} (" in table) is is_shown
    assert ("from 30 marks on" in table) is not is_shown


def test_the_matrix_shows_the_bands_that_occur_and_counts_each_pair():
    pairs = pd.DataFrame({"user_id": list("abc"), "grader": [6.0, 6.0, 7.0], "teacher": [6.0, 6.0, 6.5]})
    counts = second_mark_matrix_data(pairs)
    assert counts.index.tolist() == [5.5, 6.0, 6.5, 7.0, 7.5]
    assert counts.loc[6.0, 6.0] == 2
    assert counts.loc[6.5, 7.0] == 1
    assert counts.to_numpy().sum() == 3
    fig = second_mark_matrix(pairs, Skill.WRITING)
    assert list(fig.data[0].text) == ["2", "1"]
    assert "2 with the same band, 1 where the AI is higher, 0 where it is lower" in second_mark_matrix_alt(
        pairs, Skill.WRITING
    )
    empty = pairs.head(0)
    assert second_mark_matrix_data(empty).empty
    assert "No blind mark" in str(second_mark_matrix(empty, Skill.WRITING).layout.annotations)


def test_the_components_need_marks_and_the_teachers_own_error_needs_pairs():
    few = marks_of_verdict(marks_table(simulated(20)))
    assert math.isnan(grader_verdict.components_of(few, Skill.WRITING).bias_of_student)
    many = marks_of_verdict(marks_table(simulated(90)))
    found = grader_verdict.components_of(many, Skill.WRITING)
    assert found.within_student > 0
    assert math.isnan(found.teacher)
    pairs = marks_of_verdict(marks_table([*simulated(90), *simulated(90, by="Bo", drawn="pair")]))
    assert grader_verdict.components_of(pairs, Skill.WRITING).teacher == 0  # two teachers who always agree

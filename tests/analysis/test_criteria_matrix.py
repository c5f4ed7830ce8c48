import numpy as np
import pandas as pd
import pytest

from bandup.analysis import criteria_matrix
from bandup.analysis.bands import CRITERIA, Skill, band_columns
from tests.items import before, evaluations, item, speaking, writing


def essay(user: str, day: int, *bands: float | None, **more) -> dict:
    """An essay `day` days ago; its five bands in the official order, or one for all five."""
    five = bands if len(bands) == 5 else bands * 5
    texts = ["error" if band is None else str(band) for band in five]
    return writing(*texts, **{"evaluation_id": f"{user}-{day}", "user_id": user, "created_at": before(days=day)} | more)


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        (
            [(6.0, 6.0, 5.0, 6.0, 7.0), (6.0, 6.0, 4.5, 6.0, 7.0), (6.0, 6.0, 5.0, 6.0, 7.5)] * 2,
            "Lower in Coherence and Cohesion (−1.2), higher in Grammatical Range and Accuracy (+1.2) than in the mean of "
            "the four criteria, over the latest graded attempts of 6 students.",
        ),
        (
            [(6.0, 6.0, 5.0, 6.0, 7.0), (6.0, 7.0, 4.0, 6.0, 7.0), (6.0, 6.5, 6.0, 6.0, 7.0)],
            "No criterion stands out in this class, over the latest graded attempts of 3 students.",
        ),
        ([(6.0,)] * 4, "No criterion stands out in this class, over the latest graded attempts of 4 students."),
        ([(6.0, 7.0, 5.0, 6.0, 6.0)] * 2, ""),
        ([], ""),
    ],
)
def test_describe_class(bands, sentence):
    rows = evaluations(*(essay(f"u{number}", 1, *five) for number, five in enumerate(bands)))
    assert (
        criteria_matrix.describe_class(criteria_matrix.means_by_student(rows, Skill.WRITING), Skill.WRITING) == sentence
    )


COLUMNS = ["overall_band", "task_achievement_band", "coherence_band", "lexical_band", "grammar_band"]


def test_means_of_the_latest_weakest_first():
    rows = evaluations(
        essay("strong", 1, 8.0),
        *(essay("two", day, band) for day, band in ((9, 1.0), (3, 5.0), (2, 6.0))),
        essay("gap", 5, 6.5, 6.0, 6.0, None, 7.0),
        essay("gap", 4, 6.5, 6.5, 6.0, 5.0, 7.0),
    )
    table = criteria_matrix.means_by_student(rows, Skill.WRITING, latest=2)
    expected = pd.DataFrame(
        {
            "user_id": pd.Series(["two", "gap", "strong"], dtype="str"),
            "n": [2, 2, 1],
            "overall_band": [5.5, 6.5, 8.0],
            "task_achievement_band": [5.5, 6.25, 8.0],
            "coherence_band": [5.5, 6.0, 8.0],
            "lexical_band": [5.5, 5.0, 8.0],
            "grammar_band": [5.5, 7.0, 8.0],
            **{f"{column}_n": [2, 1 if column == "lexical_band" else 2, 1] for column in COLUMNS},
        }
    )
    pd.testing.assert_frame_equal(table, expected)


def test_equal_students_are_in_order_of_the_weakest_criterion_then_the_id():
    rows = evaluations(
        essay("c", 1, 6.0, 6.0, 6.0, 6.0, 6.0),
        essay("b", 1, 6.0, 6.0, 6.0, 6.0, 6.0),
        essay("a", 1, 6.0, 6.0, 6.0, 6.0, 6.5),
        essay("z", 1, 6.0, 6.0, 7.0, 6.0, 5.0),
    )
    assert list(criteria_matrix.means_by_student(rows, Skill.WRITING)["user_id"]) == ["z", "a", "b", "c"]


def test_only_dated_grades_of_known_students_count():
    rows = evaluations(
        essay("graded", 1, 7.0),
        essay("suspect", 1, 6.0, confidence_score="0.7"),
        essay("empty", 1, None),
        essay("undated", 1, 6.5, created_at=0),
        essay("unknown", 1, 6.5),
        essay("anonymous", 1, 6.5),
        speaking(evaluation_id="s", user_id="speaker"),
        item(evaluation_id="f", user_id="failed", evaluation_type="writing", status="failed"),
    )
    assert list(criteria_matrix.means_by_student(rows, Skill.WRITING)["user_id"]) == ["graded"]


def test_a_criterion_without_bands_is_missing_not_zero():
    table = criteria_matrix.means_by_student(evaluations(essay("u", 1, 6.5, None, None, None, None)), Skill.WRITING)
    assert np.isnan(table["coherence_band"][0])
    assert table["coherence_band_n"][0] == 0


@pytest.mark.parametrize("skill", list(Skill))
def test_no_students(skill):
    table = criteria_matrix.means_by_student(evaluations(), skill)
    assert table.empty
    assert list(table.columns[:7]) == ["user_id", "n", *band_columns(skill)]
    assert criteria_matrix.differences_to_target(table, 6.5).empty


def test_differences_to_the_class_target_and_to_a_students_own():
    rows = evaluations(essay("a", 1, 5.0), essay("b", 1, 6.0), essay("c", 1, 7.0))
    table = criteria_matrix.differences_to_target(
        criteria_matrix.means_by_student(rows, Skill.WRITING), 6.5, {"b": 8.0, "nobody": 1.0}
    )
    assert list(table["user_id"]) == ["b", "a", "c"]
    assert list(table["overall_band"]) == list(table["grammar_band"]) == [-2.0, -1.5, 0.5]
    assert list(table["target"]) == [8.0, 6.5, 6.5]
    assert list(table["overall_band_n"]) == [1, 1, 1]


def test_the_order_of_rows_does_not_matter_and_the_frame_is_not_changed():
    rows = evaluations(*(essay(f"u{day % 3}", day, 5.0 + day % 4 / 2) for day in range(1, 20)))
    copy = rows.copy(deep=True)
    pd.testing.assert_frame_equal(
        criteria_matrix.means_by_student(rows, Skill.WRITING),
        criteria_matrix.means_by_student(rows.sample(frac=1, random_state=3), Skill.WRITING),
    )
    pd.testing.assert_frame_equal(rows, copy)


def test_criteria_that_differ_alike_are_named_together_and_invisible_differences_are_not():
    columns = [*CRITERIA[Skill.WRITING]]
    equal = pd.DataFrame([[6.5, 5.5, 6.5, 5.5]] * 3, columns=columns)
    assert criteria_matrix.describe_class(equal, Skill.WRITING).startswith(
        "Lower in Coherence and Cohesion (−0.5) and Grammatical Range and Accuracy (−0.5), higher in Lexical Resource (+0.5) "
        "and Task Achievement / Response (+0.5) than "
    )
    close = pd.DataFrame([[5.51, 5.52, 5.53, 5.54]] * 3, columns=columns)
    assert criteria_matrix.describe_class(close, Skill.WRITING).startswith("No criterion stands out in this class, ")

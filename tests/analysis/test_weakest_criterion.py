"""Which criterion stands out, of one student and of a class."""

import numpy as np
import pandas as pd
import pytest

from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.weakest_criterion import (
    Weakest,
    class_differences,
    lowest_of,
    weakest_by_student,
    weakest_criterion,
)
from tests.analysis.attempt_frames import WRITING, essays_with_bands

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def essays(rng, students, attempts, *, lexis=0.0, noise=0.5):
    """Attempts of several students, every criterion of one attempt with the same error beside its own."""
    number = students * attempts
    bands = rng.uniform(5, 7, students).repeat(attempts) + rng.normal(0, 0.5, number)
    frame = pd.DataFrame({"user_id": [f"s{place:03}" for place in range(students) for _ in range(attempts)]})
    for column in WRITING:
        own = bands + rng.normal(0, noise, number) + (lexis if column == "lexical_band" else 0)
        frame[column] = np.clip(np.round(own * 2) / 2, 0, 9).astype("float32")
    return frame


def test_a_criterion_far_below_the_others_stands_out():
    rows = essays_with_bands([6.0] * 6, lexical_band=[5.0, 5.0, 5.5, 5.0, 5.0, 5.0])
    weakest = weakest_criterion(rows, Skill.WRITING)
    below = np.mean([0.75, 0.75, 0.375, 0.75, 0.75, 0.75])
    assert weakest == Weakest(("lexical_band",), pytest.approx(below))


@pytest.mark.parametrize(
    "rows",
    [
        essays_with_bands([]),
        essays_with_bands([6.0] * 9),
        essays_with_bands([6.0] * 2, lexical_band=[4.0, 4.0]),
        essays_with_bands([6.0] * 4, lexical_band=[5.0, 6.5, 5.0, 6.5]),
        essays_with_bands([6.0] * 3, lexical_band=[None] * 3),
    ],
    ids=["no attempt", "all equal", "two attempts", "now below, now above", "never all four"],
)
def test_no_criterion_stands_out(rows):
    assert weakest_criterion(rows, Skill.WRITING) is None


def test_equally_weak_criteria_are_both_named_in_the_official_order():
    rows = essays_with_bands([7.0] * 8, grammar_band=[6.0] * 8, coherence_band=[6.0] * 8)
    assert weakest_criterion(rows, Skill.WRITING) == Weakest(("coherence_band", "grammar_band"), pytest.approx(0.5))


def test_what_a_whole_attempt_has_in_common_drops_out():
    bands = [4.0, 8.0, 5.0, 7.5, 6.0, 4.5]
    rows = essays_with_bands(bands, grammar_band=[band - 1 for band in bands])
    assert weakest_criterion(rows, Skill.WRITING).columns == ("grammar_band",)


def test_attempts_of_unknown_time_count():
    rows = essays_with_bands([6.0] * 6, [None] * 6, grammar_band=[5.0] * 6)
    assert weakest_criterion(rows, Skill.WRITING).columns == ("grammar_band",)


def test_many_students_have_what_each_has_alone():
    frame = essays(np.random.default_rng(1), 30, 9, lexis=-0.8)
    frame.loc[::7, "grammar_band"] = np.nan
    table = weakest_by_student(frame, Skill.WRITING)
    assert 5 < len(table) < 30
    for user, own in frame.groupby("user_id"):
        alone = weakest_criterion(own, Skill.WRITING)
        assert (user in table.index) == (alone is not None)
        if alone:
            row = table.loc[user]
            assert (row["weakest"], row["weakest_below"]) == (" ".join(alone.columns), pytest.approx(alone.below))


def test_a_criterion_is_rarely_named_where_none_is_weak_and_the_right_one_where_it_is():
    rng = np.random.default_rng(2)
    equal = weakest_by_student(essays(rng, 1_500, 12), Skill.WRITING)
    assert len(equal) / 1_500 <= 0.04
    weak = weakest_by_student(essays(rng, 1_500, 20, lexis=-0.5), Skill.WRITING)
    assert len(weak) / 1_500 >= 0.6
    assert weak["weakest"].eq("lexical_band").mean() >= 0.98


def class_of(students, **means):
    return pd.DataFrame({column: means.get(column, 6.0) for column in CRITERIA[Skill.WRITING]}, index=range(students))


def test_the_criteria_in_which_a_class_differs():
    means = class_of(12, lexical_band=np.tile([5.4, 5.6], 6), coherence_band=np.tile([6.5, 6.3], 6))
    differences = class_differences(means, Skill.WRITING, 0.05)
    assert differences.index.tolist()[0] == "lexical_band"
    assert differences.index.tolist()[-1] == "coherence_band"
    assert differences["lexical_band"] == pytest.approx(5.5 - (6 + 6 + 5.5 + 6.4) / 4)


@pytest.mark.parametrize("students", [0, 1, 2])
def test_two_students_are_no_class(students):
    assert class_differences(class_of(students, lexical_band=4.0), Skill.WRITING, 0.05).empty


def test_a_class_of_equal_criteria_is_named_in_at_most_5_of_100():
    rng = np.random.default_rng(3)
    named = [
        len(class_differences(pd.DataFrame(rng.normal(6, 0.4, (25, 4)), columns=[*WRITING]), Skill.WRITING, 0.05)) > 0
        for _ in range(600)
    ]
    assert np.mean(named) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


def test_ties_are_lowest_together():
    assert lowest_of(pd.Series({"a": 5.0, "b": 5.0 + 1e-9, "c": 5.1})) == ("a", "b")

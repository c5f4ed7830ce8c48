"""How far the grader agrees with teachers: the figures are those of scikit-learn and SciPy, and intervals hold the truth."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.metrics import cohen_kappa_score

from bandup.analysis.agreement import (
    MIN_MARKS_FOR_KAPPA,
    MIN_PAIRS_OF_TEACHERS,
    agreement,
    band_matrix,
    components,
    describe_agreement,
)
from bandup.analysis.bands import Skill
from benchmarks.simulated_marks import simulated_marks

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def marks_of(*rows):
    return pd.DataFrame(rows, columns=["user_id", "grader", "teacher"])


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_that_of_scikit_learn(seed):
    marks = simulated_marks(np.random.default_rng(seed), students=40, per_student=5)
    doubled = ((marks[name] * 2).astype(int) for name in ("grader", "teacher"))
    expected = cohen_kappa_score(*doubled, weights="quadratic", labels=range(19))
    assert agreement(marks).kappa.value == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_weighted_kappa_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    marks = simulated_marks(rng, students=40, per_student=5).assign(weight=rng.uniform(1, 20, 200))
    doubled = ((marks[name] * 2).astype(int) for name in ("grader", "teacher"))
    expected = cohen_kappa_score(*doubled, weights="quadratic", labels=range(19), sample_weight=marks["weight"])
    assert agreement(marks).kappa.value == pytest.approx(expected)


def test_the_difference_and_its_interval_are_those_of_students_means():
    marks = simulated_marks(np.random.default_rng(1), students=25, per_student=4, bias=0.3)
    means = (marks["grader"] - marks["teacher"]).groupby(marks["user_id"]).mean()
    found = agreement(marks).difference
    low, high = scipy.stats.t.interval(0.95, len(means) - 1, means.mean(), scipy.stats.sem(means))
    assert (found.value, found.low, found.high) == pytest.approx((means.mean(), low, high))


def test_shares_and_their_intervals_are_those_of_wilson():
    marks = simulated_marks(np.random.default_rng(2), students=30, per_student=3)
    difference = (marks["grader"] - marks["teacher"]).abs()
    found = agreement(marks)
    for estimate, count in ((found.exact, (difference == 0).sum()), (found.near, (difference <= 0.5).sum())):
        expected = scipy.stats.binomtest(int(count), len(marks)).proportion_ci(method="wilson")
        assert estimate.value == pytest.approx(count / len(marks))
        assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=1e-4)


@pytest.mark.parametrize("n", [12, 30, 200])
def test_the_spread_and_its_interval_are_those_of_chi_squared(n):
    rng = np.random.default_rng(3)
    marks = marks_of(*((f"s{number}", *band) for number, band in enumerate(rng.integers(8, 16, (n, 2)) / 2)))
    difference = marks["grader"] - marks["teacher"]
    found = agreement(marks).spread
    ends = [difference.std() * math.sqrt((n - 1) / scipy.stats.chi2.ppf(share, n - 1)) for share in (0.975, 0.025)]
    assert found.value == pytest.approx(difference.std())
    assert (found.low, found.high) == pytest.approx(ends, rel=0.01)


def test_weights_count_marks_as_often():
    marks = simulated_marks(np.random.default_rng(4), students=40, per_student=2)
    weights = np.tile([1.0, 3.0], 40)
    repeated = marks.loc[marks.index.repeat(weights.astype(int))]
    weighted, counted = agreement(marks.assign(weight=weights)), agreement(repeated)
    assert weighted.n == 80
    for name in ("difference", "exact", "near", "kappa"):
        assert getattr(weighted, name).value == pytest.approx(getattr(counted, name).value), name


def test_a_narrow_class_has_a_low_kappa_with_the_same_grader():
    wide, narrow = (
        agreement(simulated_marks(np.random.default_rng(5), students=300, per_student=3, levels=sd)).kappa.value
        for sd in (1.2, 0.5)
    )
    assert narrow < wide - 0.15


def test_few_marks_have_no_kappa_and_one_student_no_interval():
    marks = simulated_marks(np.random.default_rng(6), students=MIN_MARKS_FOR_KAPPA, per_student=1)
    assert not math.isnan(agreement(marks).kappa.low)
    few = agreement(marks.iloc[1:])
    assert math.isnan(few.kappa.value)
    assert not math.isnan(few.difference.low)
    one = agreement(marks_of(("an", 6.0, 5.5), ("an", 6.5, 6.0)))
    assert (one.n, one.students, one.difference.value) == (2, 1, 0.5)
    assert math.isnan(one.difference.low)


def test_marks_that_all_agree():
    found = agreement(marks_of(*((f"s{number}", 6.0, 6.0) for number in range(40))))
    assert (found.difference.value, found.exact.value, found.near.value, found.kappa.value) == (0.0, 1.0, 1.0, 1.0)
    assert found.spread.value == 0.0
    varied = agreement(marks_of(*((f"s{number}", 5.0 + number % 4 / 2, 5.0 + number % 4 / 2) for number in range(40))))
    assert varied.kappa.value == pytest.approx(1.0)
    assert varied.kappa.low == pytest.approx(1.0)


def test_no_marks():
    found = agreement(marks_of())
    assert (found.n, found.students) == (0, 0)
    assert math.isnan(found.difference.value)
    assert describe_agreement(found, Skill.WRITING) == "Writing: no second mark yet."


def test_marks_without_a_band_are_left_out():
    marks = marks_of(("an", 6.0, 5.5), ("binh", None, 6.0), ("cuc", 6.0, None), ("dung", 7.0, 6.5))
    assert (agreement(marks).n, agreement(marks).difference.value) == (2, 0.5)


@pytest.mark.parametrize(
    ("bias", "beginning"),
    [
        (0.5, "Writing: the grader marks 0."),
        (-0.5, "Writing: the grader marks 0."),
        (0.0, "Writing: no clear difference between the grader and the teachers, "),
    ],
)
def test_the_sentence_says_whether_the_grader_is_generous(bias, beginning):
    found = agreement(simulated_marks(np.random.default_rng(8), students=60, per_student=2, bias=bias))
    sentence = describe_agreement(found, Skill.WRITING)
    assert sentence.startswith(beginning)
    assert sentence.endswith("; 120 marks of 60 students.")
    assert ("higher" in sentence, "lower" in sentence) == (bias > 0, bias < 0)


def test_two_marks_of_one_student_are_too_few_to_say():
    found = agreement(marks_of(("an", 6.0, 5.5), ("an", 6.5, 6.0)))
    assert describe_agreement(found, Skill.SPEAKING) == (
        "Speaking: 2 marks of 1 student, too few to compare the grader with a teacher."
    )


def test_the_matrix_counts_marks_by_both_bands():
    table = band_matrix(marks_of(("an", 6.0, 5.5), ("binh", 6.0, 5.5), ("cuc", 9.0, 0.0)))
    assert table.shape == (19, 19)
    assert (table.loc[5.5, 6.0], table.loc[0.0, 9.0], int(table.to_numpy().sum())) == (2, 1, 3)


def test_the_components_of_the_differences():
    rng = np.random.default_rng(9)
    marks = simulated_marks(rng, students=2_000, per_student=4, bias_sd=0.2, rounding=False)
    pairs = pd.DataFrame({"first": rng.normal(6, 0.35, 4_000), "second": rng.normal(6, 0.35, 4_000)})
    found = components(marks, pairs)
    assert found.bias_of_student == pytest.approx(0.2**2, rel=0.15)
    assert found.within_student == pytest.approx(0.4**2 + 0.35**2, rel=0.05)
    assert found.teacher == pytest.approx(0.35**2, rel=0.06)
    assert math.isnan(components(marks, pairs.head(MIN_PAIRS_OF_TEACHERS - 1)).teacher)
    single = components(marks.groupby("user_id").head(1), pairs)
    assert math.isnan(single.bias_of_student)


@pytest.mark.parametrize("marks", [30, 100])
def test_the_interval_of_kappa_holds_the_truth_in_at_least_88_of_100_samples(marks):
    rng = np.random.default_rng(10)
    truth = agreement(simulated_marks(rng, students=40_000, per_student=5, bias_sd=0.2)).kappa.value
    held = []
    for _ in range(400):
        students = simulated_marks(rng, students=marks // 3 + 1, per_student=3, bias_sd=0.2).head(marks)
        kappa = agreement(students).kappa
        held.append(kappa.low <= truth <= kappa.high)
    assert np.mean(held) >= 0.88

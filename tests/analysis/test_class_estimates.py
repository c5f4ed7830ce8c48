"""What a class shows of its noise, its shifts and its changes; and how rarely a claim is wrong with it."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bandup.analysis.agreement import Components
from bandup.analysis.bands import CRITERIA, Skill, band_columns
from bandup.analysis.blocks import compare_blocks
from bandup.analysis.certainty import CLAIMED, Certainty
from bandup.analysis.class_estimates import (
    ClassEstimates,
    class_estimates,
    published_estimates,
    published_variance,
    with_marks,
)
from bandup.analysis.daily_points import Shift
from bandup.analysis.measurement_error import stored_band_sem
from bandup.analysis.progress import describe_noise, trends_by_student
from bandup.analysis.trend_fit import Noise
from tests.analysis.simulated_class import simulated_class
from tests.items import evaluations, speaking, writing

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

CLASS = np.full(60, 12)


def claims_of(classes):
    """The certainties of all students of several classes, each judged by its own estimates."""
    tables = [trends_by_student(rows, class_estimates(rows, Skill.WRITING)) for rows in classes]
    return np.concatenate([table["certainty"].astype("str").to_numpy() for table in tables])


def classes(number, numbers=CLASS, **conditions):
    rng = np.random.default_rng(20)
    return [simulated_class(rng, numbers, **conditions) for _ in range(number)]


@pytest.mark.parametrize("skill", list(Skill))
def test_before_the_class_is_read_the_published_noise_is_assumed(skill):
    estimates = published_estimates(skill)
    assert {*estimates.noise} == {*band_columns(skill)}
    assert estimates.overall.variance == pytest.approx(stored_band_sem(skill) ** 2)
    assert estimates.overall.students == 0
    assert estimates.population is None
    assert published_variance(skill, CRITERIA[skill][0]) == pytest.approx(4 * stored_band_sem(skill) ** 2)


@pytest.mark.parametrize("skill", list(Skill))
def test_a_class_shows_the_noise_of_each_column(skill):
    rows = simulated_class(np.random.default_rng(1), CLASS, skill=skill, noise=0.3)
    estimates = class_estimates(rows, skill)
    assert np.sqrt(estimates.overall.variance) == pytest.approx(np.sqrt(0.3**2 + 0.3**2 / 4 + 1 / 48), abs=0.04)
    for column in CRITERIA[skill]:
        assert np.sqrt(estimates.noise[column].variance) == pytest.approx(np.sqrt(0.3**2 + 0.3**2 + 1 / 48), abs=0.05)
    assert estimates.overall.students == 60
    assert estimates.population is not None


def test_a_class_shows_the_shifts_of_models_and_tasks():
    rows = simulated_class(np.random.default_rng(2), np.full(200, 20), model_shift=0.5, task_shift=-0.3)
    estimates = class_estimates(rows, Skill.WRITING)
    assert {*estimates.models} == {"old", "new"}
    shifts = dict(zip(estimates.shifts, estimates.overall.shifts, strict=True))
    model = shifts.get(Shift("model", "new"), -shifts.get(Shift("model", "old"), np.nan))
    task = shifts.get(Shift("task", "TASK_2"), -shifts.get(Shift("task", "TASK_1"), np.nan))
    assert (model, task) == pytest.approx((0.5, -0.3), abs=0.1)


@pytest.mark.parametrize(
    "rows",
    [
        evaluations(),
        evaluations(speaking()),
        evaluations(writing()),
        evaluations(*(writing(evaluation_id=f"e{n}", user_id="unknown", created_at=1_700_000_000 + n * 90_000) for n in range(60))),
        simulated_class(np.random.default_rng(3), [40, 40, 40, 40]),
    ],
    ids=["none", "another skill", "one", "nobody known", "four students"],
)  # fmt: skip
def test_a_class_that_is_too_small_is_judged_by_the_published_noise(rows):
    estimates = class_estimates(rows, Skill.WRITING)
    assert estimates.overall.variance == published_variance(Skill.WRITING, "overall_band")
    assert estimates.overall.students == 0


def test_attempts_without_a_student_and_default_answers_teach_nothing():
    rows = simulated_class(np.random.default_rng(4), CLASS)
    wild = simulated_class(np.random.default_rng(5), np.full(20, 12), noise=3.0)
    alone = class_estimates(rows, Skill.WRITING).overall.variance
    for column, value in (("user_id", "anonymous"), ("state", "suspect")):
        other = wild.assign(evaluation_id=wild["evaluation_id"] + "x", user_id=wild["user_id"] + "x")
        other[column] = value
        together = class_estimates(_together(rows, other), Skill.WRITING)
        assert together.overall.variance == pytest.approx(alone)


def _together(rows, other):
    return pd.concat([rows.astype({"state": "str"}), other.astype({"state": "str"})], ignore_index=True)


ROUNDS = 12
STUDENTS = ROUNDS * len(CLASS)
MONTE_CARLO = 3 * np.sqrt(0.05 * 0.95 / STUDENTS)
"""Three standard errors of a share of 5 % of the simulated students. `benchmarks/progress.py` measures more closely."""


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"noise": 0.2},
        {"noise": 0.9},
        {"model_shift": 0.5},
        {"task_shift": 0.5},
        {"numbers": np.full(60, 5)},
        {"numbers": np.resize(np.arange(4, 30), 60)},
    ],
    ids=["published noise", "less noise", "more noise", "a new model", "another task", "five attempts", "4 to 29 attempts"],
)  # fmt: skip
def test_a_change_is_claimed_for_few_unchanged_students(conditions):
    claims = claims_of(classes(ROUNDS, **conditions))
    assert np.isin(claims, CLAIMED).mean() <= 0.05 + MONTE_CARLO
    assert (claims == Certainty.LIKELY).mean() <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / STUDENTS)


@pytest.mark.parametrize(
    ("n", "conditions", "seen"),
    [(6, {}, 0.40), (8, {}, 0.50), (20, {}, 0.80), (20, {"model_shift": 0.5}, 0.72)],
)
def test_a_rise_of_one_band_is_seen(n, conditions, seen):
    claims = claims_of(classes(ROUNDS, np.full(60, n), rise=1.0, noise=0.397, **conditions))
    assert np.isin(claims, CLAIMED).mean() >= seen - 3 * np.sqrt(0.25 / STUDENTS)


def test_half_a_class_that_jumps_with_a_new_model_does_not_make_the_others_fall():
    jumps = np.r_[np.zeros(30), np.ones(30)]
    rng = np.random.default_rng(21)
    falls = []
    for _ in range(ROUNDS):
        rows = simulated_class(rng, CLASS)
        jumped = rows["user_id"].str[1:].astype(int).map(dict(enumerate(jumps))).to_numpy()
        rows["overall_band"] += np.where(rows["model_used"] == "new", jumped, 0).astype("float32")
        table = trends_by_student(rows, class_estimates(rows, Skill.WRITING)).head(30)
        falls.append(table["certainty"].isin(CLAIMED) & (table["change"] < 0))
    assert np.concatenate(falls).mean() <= 0.04


@pytest.mark.parametrize("n", [8, 20])
def test_the_sizes_that_are_stated_are_true_on_average_and_their_intervals_hold_the_truth(n):
    rng = np.random.default_rng(22)
    errors, covers = [], []
    for _ in range(ROUNDS):
        true = rng.normal(0.3, 0.4, 60)
        rows = simulated_class(rng, np.full(60, n), rise=true)
        table = trends_by_student(rows, class_estimates(rows, Skill.WRITING))
        stated = table["certainty"].isin(CLAIMED).to_numpy()
        errors.append((table["change"] - true)[stated])
        covers.append(table["lower"].le(true)[stated] & table["upper"].ge(true)[stated])
    assert abs(np.concatenate(errors).mean()) <= 0.15
    assert np.concatenate(covers).mean() >= 0.90


def without_scatter():
    rows = simulated_class(np.random.default_rng(3), CLASS)
    return rows.assign(**dict.fromkeys(band_columns(Skill.WRITING), np.float32(6.0)))


def at_one_time():
    rows = simulated_class(np.random.default_rng(3), CLASS)
    return rows.assign(at=rows["at"].min())


def with_pairs_at_one_time():
    rows = simulated_class(np.random.default_rng(3), CLASS)
    at = rows["at"].copy()
    at.iloc[1::2] = at.iloc[::2].to_numpy()
    return rows.assign(at=at)


def with_their_own_models():
    rows = simulated_class(np.random.default_rng(3), CLASS)
    return rows.assign(model_used=rows["user_id"])


def without_models():
    rows = simulated_class(np.random.default_rng(3), CLASS)
    return rows.assign(model_used=pd.Series([None] * len(rows), dtype="str"))


def one_long_and_sixty_usual():
    rng = np.random.default_rng(3)
    long = simulated_class(rng, [2_000]).assign(user_id="long")
    return pd.concat([simulated_class(rng, CLASS), long], ignore_index=True)


@pytest.mark.parametrize(
    "make",
    [
        without_scatter,
        at_one_time,
        with_pairs_at_one_time,
        with_their_own_models,
        without_models,
        one_long_and_sixty_usual,
    ],
)
def test_odd_classes_have_finite_trends_and_few_claims(make):
    rows = make()
    estimates = class_estimates(rows, Skill.WRITING)
    table = trends_by_student(rows, estimates)
    has_trend = table["certainty"].ne(Certainty.TOO_FEW)
    assert np.isfinite(table.loc[has_trend, ["change", "lower", "upper", "most"]].to_numpy()).all()
    assert table["certainty"].isin(CLAIMED).mean() <= 0.15
    for _, attempts in list(rows.groupby("user_id"))[:3]:
        assert compare_blocks(attempts, estimates)["threshold"].gt(0).all()


@pytest.mark.parametrize(
    ("found", "variance", "bias", "from_marks"),
    [
        (Components(math.nan, math.nan, math.nan), 0.1, 0.0, False),
        # without pairs of teachers the grader's own error is not known
        (Components(0.04, 0.5, math.nan), 0.1, 0.04, False),
        # less noise than the class shows: never the marks' alone
        (Components(0.04, 0.12, 0.1), 0.1, 0.04, False),
        (Components(0.04, 0.4, 0.1), 0.3 + 1 / 48, 0.04, True),
    ],
)
def test_second_marks_raise_the_noise_and_never_lower_it(found, variance, bias, from_marks):
    estimates = ClassEstimates(Skill.WRITING, {name: Noise(0.1) for name in band_columns(Skill.WRITING)})
    learnt = with_marks(estimates, found)
    assert learnt.overall.variance == pytest.approx(variance)
    assert (learnt.bias_variance, learnt.is_noise_of_marks) == (bias, from_marks)
    assert [*learnt.noise] == [*estimates.noise]
    assert learnt.noise["lexical_band"].variance == 0.1
    assert ("Second marks show more noise" in describe_noise({Skill.WRITING: replaced(learnt)})) is from_marks


def replaced(estimates: ClassEstimates) -> ClassEstimates:
    """The same estimates, as if learnt from ten students."""
    noise = {name: replace(own, students=10) for name, own in estimates.noise.items()}
    return replace(estimates, noise=noise)

"""The population of changes, and the size of one student's change given it."""

import numpy as np
import pytest

from bandup.analysis.population import MAX_SHRINKAGE, MIN_STUDENTS, learn_population, pooled

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def drawn(seed, students=400, mean=0.3, spread=0.4, error=0.5):
    rng = np.random.default_rng(seed)
    true = rng.normal(mean, spread, students)
    return true, true + rng.normal(0, error, students), np.full(students, error)


def test_the_mean_and_the_spread_of_a_large_class_are_found():
    _, changes, errors = drawn(1, students=3_000)
    population = learn_population(changes, errors)
    assert population.means @ population.weights == pytest.approx(0.3, abs=0.03)
    assert population.spreads @ population.weights == pytest.approx(0.4, abs=0.04)


def test_pooled_sizes_are_nearer_to_the_truth_and_their_intervals_hold_it():
    true, changes, errors = drawn(2)
    sizes, sd = pooled(changes, errors, learn_population(changes, errors))
    assert np.abs(sizes - true).mean() < 0.75 * np.abs(changes - true).mean()
    assert (np.abs(sizes - true) <= 1.96 * sd).mean() >= 0.93
    large = changes > 1
    assert np.abs((sizes - true)[large].mean()) < 0.15, "large estimates are hardly exaggerated…"
    assert (changes - true)[large].mean() > 0.4, "…as those of the students alone are"


@pytest.mark.parametrize("students", [5, 8])
def test_a_small_class_is_not_said_to_change_all_alike(students):
    _, changes, errors = drawn(3, students=students, spread=0.0)
    _, sd = pooled(changes, errors, learn_population(changes, errors))
    assert (sd > 0.15).all()


def test_who_differs_from_the_class_is_moved_by_a_limited_amount_and_keeps_the_own_error():
    changes, errors = np.array([0.5] * 40 + [-3.0]), np.full(41, 0.4)
    sizes, sd = pooled(changes, errors, learn_population(changes, errors))
    assert sizes[-1] == pytest.approx(-3.0 + MAX_SHRINKAGE * 0.4)
    assert sd[-1] == pytest.approx(0.4)


def test_a_precise_estimate_is_hardly_moved():
    changes, errors = np.array([0.0, 0.2, 0.4, 0.6, 2.0]), np.array([0.5, 0.5, 0.5, 0.5, 0.01])
    sizes, _ = pooled(changes, errors, learn_population(changes, errors))
    assert sizes[-1] == pytest.approx(2.0, abs=0.01)


def test_few_students_are_no_population():
    _, changes, errors = drawn(4, students=MIN_STUDENTS - 1)
    assert learn_population(changes, errors) is None


def test_students_without_any_noise_keep_their_changes():
    changes = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    errors = np.full(5, 1e-9)
    sizes, sd = pooled(changes, errors, learn_population(changes, errors))
    assert sizes == pytest.approx(changes, abs=1e-6)
    assert np.isfinite(sd).all()

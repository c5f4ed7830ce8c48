"""Lines through points of many students at once, and what a class shows of noise, correlation and shifts."""

import numpy as np
import pytest

from bandup.analysis.measurement_error import ROUNDING_VARIANCE
from bandup.analysis.trend_fit import (
    MIN_STUDENTS,
    PRIOR_DEGREES,
    Noise,
    Points,
    fit_lines,
    learn_noise,
    of_students,
    parts_of_rise,
)

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

PUBLISHED = 0.2


def points_of(*students, shares=None):
    """Points from a list of (day, band) per student."""
    sizes = np.array([len(own) for own in students], dtype="int64")
    flat = np.array([point for own in students for point in own], dtype="float64").reshape(-1, 2)
    shares = np.zeros((len(flat), 0)) if shares is None else np.asarray(shares, dtype="float64").reshape(len(flat), -1)
    return Points(np.cumsum(sizes) - sizes, flat[:, 0] * 86_400, flat[:, 1], shares)


def a_class(rng, students=60, n=12, *, sd=0.4, correlation=0.0, shift=0.0):
    """Unchanged students over 120 days; from day 60 on a shift applies to all."""
    days = np.sort(rng.uniform(0, 120, (students, n)), axis=1)
    errors = rng.normal(size=(students, n))
    for place in range(1, n):
        errors[:, place] = correlation * errors[:, place - 1] + np.sqrt(1 - correlation**2) * errors[:, place]
    is_shifted = (days > 60).astype("float64")
    own_sd = np.broadcast_to(np.asarray(sd, dtype="float64"), students)[:, None]
    bands = rng.uniform(5, 7, students)[:, None] + own_sd * errors + shift * is_shifted
    own = [list(zip(*student, strict=True)) for student in zip(days, bands, strict=True)]
    return points_of(*own, shares=is_shifted.ravel())


def test_the_line_is_that_of_least_squares():
    rng = np.random.default_rng(1)
    days, bands = np.sort(rng.uniform(0, 90, 9)), rng.uniform(4, 8, 9)
    lines = fit_lines(points_of(list(zip(days, bands, strict=True))), Noise(PUBLISHED))
    slope, start = np.polyfit(days, bands, 1)
    assert lines.rise[0] == pytest.approx(slope * (days[-1] - days[0]))
    assert lines.level[0] == pytest.approx(bands.mean())
    assert lines.level[0] - lines.rise[0] * lines.centre[0] == pytest.approx(start + slope * days[0])


def test_the_variance_is_the_class_s_and_the_student_s_own_by_their_degrees():
    bands = np.array([5.0, 6.0, 5.0, 6.0, 5.0])
    lines = fit_lines(
        points_of([(10 * number, band) for number, band in enumerate(bands)]), Noise(PUBLISHED, degrees=20)
    )
    residuals = bands - np.polyval(np.polyfit(range(5), bands, 1), range(5))
    expected = (20 * PUBLISHED + (residuals**2).sum()) / 23
    assert lines.variance[0] == pytest.approx(expected)
    assert lines.degrees.tolist() == [23]
    assert lines.standard_error[0] == pytest.approx(np.sqrt(expected / (10 * 0.0625)))  # Σ(t − mean)² of 0, ¼, … 1


def test_students_are_fitted_as_if_each_were_alone():
    rng = np.random.default_rng(2)
    students = [list(zip(np.sort(rng.uniform(0, 90, n)), rng.uniform(4, 8, n), strict=True)) for n in (3, 8, 2, 30, 5)]
    noise = Noise(PUBLISHED, correlation=0.4)
    together = fit_lines(points_of(*students), noise)
    for number, own in enumerate(students):
        alone = fit_lines(points_of(own), noise)
        assert [values[number] for values in together] == pytest.approx([values[0] for values in alone])


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6])
def test_correlated_points_make_a_slope_less_certain_and_residuals_smaller(correlation):
    days = np.array([0.0, 3.0, 20.0, 21.0, 50.0, 80.0])
    bands = np.array([5.0, 6.0, 5.5, 7.0, 6.0, 6.5])
    lines = fit_lines(points_of(list(zip(days, bands, strict=True))), Noise(PUBLISHED, 10**9, correlation))
    times = days / 80
    design = np.column_stack([np.ones(6), times])
    weights = np.linalg.pinv(design)[1]
    correlations = correlation ** np.abs(np.arange(6)[:, None] - np.arange(6))
    assert lines.standard_error[0] ** 2 == pytest.approx(PUBLISHED * weights @ correlations @ weights, rel=0.02)
    own = fit_lines(points_of(list(zip(days, bands, strict=True))), Noise(0.0, 0, correlation)).variance[0]
    project = np.eye(6) - design @ np.linalg.pinv(design)
    assert own == pytest.approx(((project @ bands) ** 2).sum() / np.trace(project @ correlations), rel=0.02)


def test_a_class_shows_its_noise():
    noise = learn_noise(a_class(np.random.default_rng(3), sd=0.4), PUBLISHED)
    assert noise.variance == pytest.approx(0.16, rel=0.15)
    assert noise.students == 60
    assert noise.degrees >= 40, "all students are alike"
    assert noise.correlation <= 0.1


def test_a_class_of_unequal_students_counts_less_beside_a_student():
    sd = np.linspace(0.15, 0.9, 60)
    noise = learn_noise(a_class(np.random.default_rng(4), n=20, sd=sd), PUBLISHED)
    assert noise.variance == pytest.approx((sd**2).mean(), rel=0.15)
    assert noise.degrees < PRIOR_DEGREES


@pytest.mark.parametrize("correlation", [0.3, 0.6])
def test_a_class_shows_how_alike_neighbouring_days_are(correlation):
    noises = [
        learn_noise(a_class(np.random.default_rng(seed), correlation=correlation), PUBLISHED) for seed in range(5)
    ]
    learnt = np.mean([noise.correlation for noise in noises])
    assert learnt == pytest.approx(correlation, abs=0.1)
    assert np.mean([noise.variance for noise in noises]) == pytest.approx(0.16, rel=0.2)


@pytest.mark.parametrize(
    "points",
    [
        points_of(),
        a_class(np.random.default_rng(5), students=MIN_STUDENTS - 1, n=30),
        a_class(np.random.default_rng(5), students=14, n=4),
        a_class(np.random.default_rng(5), students=200, n=3),
    ],
    ids=["no student", "four students", "28 degrees of freedom", "three points each"],
)
def test_a_class_that_is_too_small_shows_nothing(points):
    noise = learn_noise(points, PUBLISHED)
    assert (noise.variance, noise.degrees, noise.students, noise.shifts) == (PUBLISHED, PRIOR_DEGREES, 0, None)


def test_a_correlation_that_chance_explains_is_not_believed():
    noises = [learn_noise(a_class(np.random.default_rng(seed)), PUBLISHED) for seed in range(40)]
    assert np.mean([noise.correlation > 0 for noise in noises]) <= 0.15


def test_a_class_without_scatter_has_the_noise_of_rounding():
    students = [[(day, 6.0) for day in range(0, 80, 10)] for _ in range(6)]
    points = points_of(*students)
    noise = learn_noise(points, PUBLISHED)
    assert noise.variance == pytest.approx(ROUNDING_VARIANCE)
    assert (fit_lines(points, noise).standard_error > 0).all()


def test_a_shift_of_all_is_found_with_its_error():
    estimates = [learn_noise(a_class(np.random.default_rng(seed), shift=0.5), PUBLISHED) for seed in range(30)]
    shifts = np.array([noise.shifts[0] for noise in estimates])
    errors = np.array([np.sqrt(noise.covariance[0, 0]) for noise in estimates])
    assert shifts.mean() == pytest.approx(0.5, abs=0.06)
    assert errors.mean() == pytest.approx(shifts.std(), rel=0.4)
    assert all(noise.variance == pytest.approx(0.16, rel=0.25) for noise in estimates), "not part of the noise"


def test_the_part_of_a_rise_that_a_shift_explains():
    points = points_of(
        [(day, 6.0) for day in range(4)], [(day, 6.0) for day in range(4)], shares=[0, 0, 1, 1, 1, 1, 1, 1]
    )
    noise = Noise(PUBLISHED, shifts=np.array([0.5]), covariance=np.array([[0.04]]))
    parts, variance = parts_of_rise(points, noise)
    slope = np.polyfit([0, 1 / 3, 2 / 3, 1], [0, 0, 1, 1], 1)[0]
    assert parts[:, 0] == pytest.approx([0.5 * slope, 0.0])
    assert variance == pytest.approx([0.04 * slope**2, 0.0])


def test_a_shift_that_few_students_show_is_not_told():
    rng = np.random.default_rng(6)
    points = a_class(rng, students=20)
    shares = points.shares.copy()
    shares[points.starts[MIN_STUDENTS - 1] :] = 0  # four students
    noise = learn_noise(Points(points.starts, points.seconds, points.bands, shares), PUBLISHED)
    assert np.isnan(noise.shifts).all()
    assert not noise.covariance.any()
    assert not parts_of_rise(Points(points.starts, points.seconds, points.bands, shares), noise)[0].any()


def test_of_two_shifts_that_always_come_together_the_first_is_told():
    points = a_class(np.random.default_rng(7), shift=0.5)
    twice = Points(points.starts, points.seconds, points.bands, np.repeat(points.shares, 2, axis=1))
    noise = learn_noise(twice, PUBLISHED)
    assert noise.shifts[0] == pytest.approx(0.5, abs=0.2)
    assert np.isnan(noise.shifts[1])


def test_points_of_some_students():
    points = points_of([(0, 5.0), (1, 5.5)], [(0, 6.0), (2, 6.5), (3, 7.0)], [(0, 8.0), (9, 8.5)])
    chosen = of_students(points, np.array([True, False, True]))
    assert chosen.bands.tolist() == [5.0, 5.5, 8.0, 8.5]
    assert chosen.starts.tolist() == [0, 2]
    assert chosen.sizes.tolist() == [2, 2]

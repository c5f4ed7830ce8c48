"""The line through each student's bands over time, its standard error, and what a class shows of noise and shifts.

Arrays only, for all students at once: one entry per *point*, the mean of a student's attempts on one day, student by
student and in order of time. `bandup.analysis.progress` says what is claimed from a line, docs/trends.md why.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bandup.analysis.measurement_error import ROUNDING_VARIANCE, Floats, critical_value

Integers = npt.NDArray[np.int64]

MIN_POINTS_FOR_NOISE = 4
"""Points of a student that count towards the class's noise: three leave a single degree of freedom."""
MIN_STUDENTS = 5
"""A class needs at least this number of students with enough points to learn from…"""
MIN_DEGREES = 30
"""…and at least this number of degrees of freedom in them together."""
PRIOR_DEGREES = 12
"""Degrees of freedom as which the published noise counts beside a student's own."""

_CLASS_DEGREES = np.array([8, 9, 10, 11, 12, 13, 14, 15, 17, 20, 25, 30, 40, 60, 100])
"""The degrees of freedom as which a class's noise may count. More than 100 make no difference to a test."""
_CORRELATIONS = np.linspace(0, 0.9, 19)
_ONE_SIDED_95 = critical_value(0.1)
"""Standard errors above 0 beyond which a correlation is believed."""
_MIN_LAG_CORRELATION = 0.01
_MAX_POINTS_FOR_BIAS = 60
_MIN_RESIDUAL_SHARE = 1e-6
"""The share of a shift's variance that lines and other shifts must leave for it to be told from them."""


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """Points of several students. Arrays with one entry per point, except `starts`, which has one per student."""

    starts: Integers
    """The place of each student's first point."""
    seconds: Floats
    """The mean time of the day's attempts."""
    bands: Floats
    """Their mean band."""
    shares: Floats
    """Points × shifts: the share of the day's attempts that each shift affects."""

    @property
    def sizes(self) -> Integers:
        """The number of points of each student."""
        return np.diff(np.append(self.starts, len(self.bands)))


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """What a test assumes of the noise of one point, and of shifts."""

    variance: float
    """In bands squared."""
    degrees: int = PRIOR_DEGREES
    """Degrees of freedom as which the variance counts beside a student's own."""
    correlation: float = 0.0
    """Between a student's neighbouring points."""
    shifts: Floats | None = None
    """What each shift adds to a band, in bands; NaN where the class can't tell."""
    covariance: Floats | None = None
    """Of the shifts; 0 where the class can't tell."""
    students: int = 0
    """Students from whom it was learnt; 0 for the published noise."""


class Lines(NamedTuple):
    """One least-squares line for each student; arrays of one number per student."""

    level: Floats
    """The mean of the points, which lies on the line…"""
    centre: Floats
    """…at this time: from 0 at the first point to 1 at the last."""
    rise: Floats
    """From the first point to the last, in bands."""
    standard_error: Floats
    """Of the rise."""
    degrees: Integers
    """Of freedom of the standard error."""
    variance: Floats
    """Of one point about the line, in bands squared."""


class Changes(NamedTuple):
    """The students' own changes: their lines' rises without shifts."""

    lines: Lines
    parts: Floats
    """The part of each rise that each shift explains: students × shifts, in bands."""
    own: Floats
    """The rise without these parts, in bands."""
    own_error: Floats
    """Its standard error: that of the rise, and of the shifts."""


class _Geometry(NamedTuple):
    """What least squares makes of values at each student's times."""

    student: Integers
    """Of each point."""
    sizes: Floats
    times: Floats
    """From 0 at a student's first point to 1 at the last."""
    weights: Floats
    """Of each point in the rise of its student's line."""


def fit_lines(points: Points, noise: Noise) -> Lines:
    """Fit a line for each student; each must have points at two times or more.

    The variance is the class's and the student's own together: (d₀·s₀² + (n − 2)·s²)/(d₀ + n − 2), with d₀ + n − 2
    degrees of freedom (Smyth, Statistical Applications in Genetics and Molecular Biology 3 (2004)).
    """
    geometry = _geometry(points)
    from_first = points.bands - points.bands[points.starts][geometry.student]
    rise = _sums(geometry, geometry.weights * from_first)
    squares = _sums(geometry, _residuals(geometry, points.bands[:, None])[:, 0] ** 2)
    of_rise, left = _correlated(geometry, noise.correlation)
    own_degrees = points.sizes - 2
    own = np.divide(squares, left, out=np.zeros_like(squares), where=own_degrees > 0)
    degrees = noise.degrees + own_degrees
    variance = (noise.degrees * noise.variance + own_degrees * own) / degrees
    level, centre = (_sums(geometry, values) / geometry.sizes for values in (points.bands, geometry.times))
    return Lines(level, centre, rise, np.sqrt(variance * of_rise), degrees, variance)


def parts_of_rise(points: Points, noise: Noise) -> tuple[Floats, Floats]:
    """The part of each student's rise that each shift explains (students × shifts), and the variance of their sum."""
    geometry = _geometry(points)
    slopes = _column_sums(geometry, geometry.weights[:, None] * points.shares)
    if noise.shifts is None or noise.covariance is None:
        return np.zeros_like(slopes), np.zeros(len(slopes))
    return slopes * np.nan_to_num(noise.shifts), np.einsum("sk,kl,sl->s", slopes, noise.covariance, slopes)


def fit_changes(points: Points, noise: Noise) -> Changes:
    """Fit a line for each student and take the shifts off its rise."""
    lines, (parts, variance) = fit_lines(points, noise), parts_of_rise(points, noise)
    return Changes(lines, parts, lines.rise - parts.sum(axis=1), np.hypot(lines.standard_error, np.sqrt(variance)))


def learn_noise(points: Points, published: float) -> Noise:
    """The noise that a class shows: its variance, how alike students are in it, its lag-1 correlation and its shifts.

    `published`: the variance that is assumed where the class is too small. The least variance is that of rounding to half
    bands, so that a class whose bands all agree is not taken for one without any noise.
    """
    enough = of_students(points, points.sizes >= MIN_POINTS_FOR_NOISE)
    if len(enough.starts) < MIN_STUDENTS or (enough.sizes - 2).sum() < MIN_DEGREES:
        return Noise(published)
    shifts, covariance = _estimate_shifts(points)
    points, geometry = enough, _geometry(enough)
    residuals = _residuals(geometry, points.bands[:, None])[:, 0] - _residuals(geometry, points.shares) @ np.nan_to_num(
        shifts
    )
    correlation = _correlation(geometry, residuals)
    own = _sums(geometry, residuals**2) / _correlated(geometry, correlation)[1]
    degrees = _class_degrees(own, geometry.sizes - 2)
    return Noise(
        max(float(own.mean()), ROUNDING_VARIANCE), degrees, correlation, shifts, covariance, len(points.starts)
    )


def of_students(points: Points, chosen: npt.NDArray[np.bool_]) -> Points:
    """The points of the chosen students; `chosen`: one per student."""
    sizes = points.sizes
    rows = np.repeat(chosen, sizes)
    starts = np.cumsum(sizes[chosen]) - sizes[chosen]
    return Points(starts, points.seconds[rows], points.bands[rows], points.shares[rows])


def _geometry(points: Points) -> _Geometry:
    sizes = points.sizes
    student = np.repeat(np.arange(len(sizes)), sizes)
    first = points.seconds[points.starts]
    span = points.seconds[points.starts + sizes - 1] - first
    times = (points.seconds - first[student]) / span[student]
    number = sizes.astype("float64")
    centred = times - (np.bincount(student, times, len(sizes)) / number)[student]
    return _Geometry(student, number, times, centred / np.bincount(student, centred**2, len(sizes))[student])


def _sums(geometry: _Geometry, values: Floats) -> Floats:
    return np.bincount(geometry.student, values, len(geometry.sizes)).astype("float64", copy=False)


def _column_sums(geometry: _Geometry, values: Floats) -> Floats:
    sums = [_sums(geometry, values[:, column]) for column in range(values.shape[1])]
    return np.stack(sums, axis=1) if sums else np.zeros((len(geometry.sizes), 0))


def _residuals(geometry: _Geometry, values: Floats) -> Floats:
    """What each student's own line leaves of each column of `values` (points × columns)."""
    means = _column_sums(geometry, values) / geometry.sizes[:, None]
    values = values - means[geometry.student]
    slopes = _column_sums(geometry, geometry.weights[:, None] * values)
    centres = _sums(geometry, geometry.times) / geometry.sizes
    from_centre = geometry.times - centres[geometry.student]
    return values - slopes[geometry.student] * from_centre[:, None]


def _correlated(geometry: _Geometry, correlation: float) -> tuple[Floats, Floats]:
    """Of each line through correlated points: the variance of its rise, and the expected sum of squared residuals.

    Both in units of the variance of a point: without correlation Σ weight², and n − 2.
    """
    independent = _sums(geometry, geometry.weights**2)
    of_rise, of_sum = independent.copy(), geometry.sizes.copy()
    lag, of_lag = 1, correlation
    while of_lag > _MIN_LAG_CORRELATION and lag < len(geometry.student):
        same = geometry.student[lag:] == geometry.student[:-lag]
        students = geometry.student[lag:][same]
        products = (geometry.weights[lag:] * geometry.weights[:-lag])[same]
        of_rise += 2 * of_lag * np.bincount(students, products, len(of_rise))
        of_sum += 2 * of_lag * np.bincount(students, minlength=len(of_rise))
        lag, of_lag = lag + 1, of_lag * correlation
    left = geometry.sizes - of_sum / geometry.sizes - of_rise / independent
    return of_rise, np.maximum(left, 0.1)


def _class_degrees(variances: Floats, degrees: Floats) -> int:
    """The degrees of freedom as which a class's variance counts: many where its students are alike, few where not.

    `variances` and `degrees`: each student's own. The ratio of a variance to the class's is F-distributed; its expected
    squared distance from 1 is 2(d + d₀ − 2)/(d(d₀ − 4)), and the d₀ is taken that comes nearest to the observed one.
    """
    observed = ((variances / max(float(variances.mean()), 1e-12) - 1) ** 2).sum() / (len(variances) - 1)
    prior = _CLASS_DEGREES[:, None]
    expected = (2 * (degrees + prior - 2) / (degrees * (prior - 4))).mean(axis=1)
    return round(float(np.interp(-observed, -expected, _CLASS_DEGREES)))


def _correlation(geometry: _Geometry, residuals: Floats) -> float:
    """The lag-1 correlation of the points that left these residuals; 0 unless it lies clearly above.

    Clearly: a one-sided test at 5 %, whose standard error is from the spread between students. Residuals of a line are
    correlated less than its points are; how much less is computed for evenly spaced points.
    """
    same = geometry.student[1:] == geometry.student[:-1]
    neighbours = (residuals[1:] * residuals[:-1])[same]
    products = np.bincount(geometry.student[1:][same], neighbours, len(geometry.sizes))
    squares = _sums(geometry, residuals**2)
    total = max(float(squares.sum()), 1e-12)
    ratio = float(products.sum()) / total
    error = float(np.sqrt(((products - ratio * squares) ** 2).sum())) / total
    sizes, students = np.unique(np.minimum(geometry.sizes, _MAX_POINTS_FOR_BIAS).astype(int), return_counts=True)
    expected = np.sum([_expected_products(int(n)) * count for n, count in zip(sizes, students, strict=True)], axis=0)
    of_correlations = expected[0] / expected[1]
    if ratio - _ONE_SIDED_95 * error <= of_correlations[0]:
        return 0.0
    return float(np.interp(ratio, of_correlations, _CORRELATIONS))


@lru_cache(maxsize=_MAX_POINTS_FOR_BIAS)
def _expected_products(n: int) -> Floats:
    """Of a line through n evenly spaced points: expected sums of products of neighbouring residuals, and of squares.

    2 × correlations, in units of the variance of a point.
    """
    times = np.linspace(-1, 1, n)
    project = np.eye(n) - 1 / n - np.outer(times, times) / (times**2).sum()
    lags = np.abs(np.arange(n)[:, None] - np.arange(n))
    expected = [project @ correlation**lags @ project for correlation in _CORRELATIONS]
    return np.array([[np.trace(products, 1) for products in expected], [np.trace(products) for products in expected]])


def _estimate_shifts(points: Points) -> tuple[Floats, Floats]:
    """The shifts and their covariance; NaN and 0 for those that the class can't tell.

    A regression with a level and a line of its own for each student and the shifts in common, from what the lines leave
    of both (Frisch, Waugh and Lovell); its covariance is a jackknife that leaves out one student at a time.
    """
    geometry, shares = _geometry(points), points.shares
    number = shares.shape[1]
    shifts, covariance = np.full(number, np.nan), np.zeros((number, number))
    columns = _residuals(geometry, shares)
    told = _told(geometry, columns, shares)
    if not told:
        return shifts, covariance
    columns = columns[:, told]
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(columns), -1)
    squares = _column_sums(geometry, products).reshape(-1, len(told), len(told))
    sides = _column_sums(geometry, columns * _residuals(geometry, points.bands[:, None]))
    informed = squares.trace(axis1=1, axis2=2) > _MIN_RESIDUAL_SHARE
    without = np.linalg.pinv(squares.sum(axis=0) - squares[informed], hermitian=True)
    jackknifed = np.einsum("gkl,gl->gk", without, sides.sum(axis=0) - sides[informed])
    apart = jackknifed - jackknifed.mean(axis=0)
    shifts[told] = np.linalg.solve(squares.sum(axis=0), sides.sum(axis=0))
    covariance[np.ix_(told, told)] = (1 - 1 / informed.sum()) * apart.T @ apart
    return shifts, covariance


def _told(geometry: _Geometry, columns: Floats, shares: Floats) -> list[int]:
    """The shifts that enough students tell from their own lines and from the shifts before them."""
    told: list[int] = []
    basis = np.zeros((len(columns), 0))
    for number in range(columns.shape[1]):
        column = columns[:, number]
        informed = _sums(geometry, column**2) > _MIN_RESIDUAL_SHARE
        column = column - basis @ (basis.T @ column)
        left, whole = float(column @ column), float(shares[:, number] @ shares[:, number])
        if informed.sum() >= MIN_STUDENTS and left > _MIN_RESIDUAL_SHARE * whole:
            told.append(number)
            basis = np.column_stack([basis, column / np.sqrt(left)])
    return told

"""The robust line through a student's bands over time, its noise and its test; `bandup.analysis.progress` says why.

Arrays only, for many students with the same number of attempts at once.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bandup.analysis.measurement_error import Floats, critical_value

MIN_ATTEMPTS_FOR_OUTLIERS = 8
"""Attempts that it takes to find outliers among them."""

OUTLIER_DISTANCE = 3.5
"""An attempt is an outlier if it is further from the line than this many published SEMs…"""

MAX_OUTLIER_SHARE = 0.25
"""…but at most this share of a student's attempts are."""

OUTLIER_RESIDUAL = 1.8
"""The residual, in published SEMs, with which an outlier counts in the residual standard deviation."""

CHANCE_EXCESS = 6.5
"""Residual variance up to 1 + 6.5/(n − 1) times the published one is ascribed to chance, for the overall band."""

_MAX_FOR_MEDIANS = 200
_MAX_SLOPES = 4_000_000


class Lines(NamedTuple):
    """One line for each of several students with the same number of attempts; arrays of one number per student."""

    start: Floats
    rise: Floats
    information: Floats
    """Sum of squares of the times about their mean, the time from first to last attempt being 1."""
    residual_sd: Floats
    outliers: Floats


def fit_lines(
    seconds: Floats, bands: Floats, sem: float, level: float, chance_excess: float
) -> tuple[Lines, Floats, Floats]:
    """Fit and test a line for each student: the lines, the standard errors of their rises, and the critical values.

    `seconds`, `bands`: students × attempts, each row in order of time, with more than one time. `sem`: the standard
    error of measurement of a stored band. `level`: of the test. `chance_excess`: see `CHANCE_EXCESS`.
    """
    n = bands.shape[1]
    times = (seconds - seconds[:, :1]) / (seconds[:, -1:] - seconds[:, :1])
    normal, student = critical_value(level), critical_value(level, n - 2)
    lines = _least_squares(times, bands, np.ones_like(bands), sem)
    if n < MIN_ATTEMPTS_FOR_OUTLIERS:
        # both tests must be passed: by the published error, and by the residuals alone
        use_published = student * lines.residual_sd <= normal * sem
        noise = lines.residual_sd
    else:
        # where chance explains the residuals: the line without outliers; else the line through all, and both variances
        robust = _least_squares(times, bands, _weights(times, bands, sem), sem)
        use_published = robust.residual_sd**2 <= sem**2 * (1 + chance_excess / (n - 1))
        noise = np.sqrt(lines.residual_sd**2 + sem**2)
        lines = Lines(*np.where(use_published, robust, lines))
    standard_error = np.where(use_published, sem, noise) / np.sqrt(lines.information)
    return lines, standard_error, np.where(use_published, normal, student)


def batches(students: npt.NDArray[np.int64], attempts: int) -> list[npt.NDArray[np.int64]]:
    """Split students, with `attempts` each, into batches that `fit_lines` can hold in memory."""
    slopes = len(students) * min(attempts, _MAX_FOR_MEDIANS) ** 2
    return np.array_split(students, max(1, slopes // _MAX_SLOPES))


def _weights(times: Floats, bands: Floats, sem: float) -> Floats:
    """0 for outliers, 1 for the other attempts: students × attempts."""
    max_outliers = int(bands.shape[1] * MAX_OUTLIER_SHARE)
    weights = np.ones_like(bands)
    distances = np.abs(_repeated_medians_residuals(times, bands))
    for _ in range(2):
        rank = np.argsort(np.argsort(-distances, axis=1, kind="stable"), axis=1, kind="stable")  # 0 is farthest
        included = (distances <= OUTLIER_DISTANCE * sem) | (rank >= max_outliers)
        span = np.where(included, times, -np.inf).max(axis=1) - np.where(included, times, np.inf).min(axis=1)
        included |= (span <= 0)[:, None]
        weights = included.astype("float64")
        lines = _least_squares(times, bands, weights, sem)
        distances = np.abs(bands - lines.start[:, None] - lines.rise[:, None] * times)
    return weights


def _least_squares(times: Floats, bands: Floats, weights: Floats, sem: float) -> Lines:
    """The line through the attempts of weight 1."""
    number = weights.sum(axis=1)
    base = bands[:, :1]  # bands are whole halves, so differences are exact: the same rise wherever on the scale
    mean_time = (weights * times).sum(axis=1) / number
    mean_band = (weights * (bands - base)).sum(axis=1) / number
    centred = weights * (times - mean_time[:, None])
    information = (centred * times).sum(axis=1)
    rise = (centred * (bands - base)).sum(axis=1) / information
    start = mean_band - rise * mean_time
    residuals = weights * (bands - base - start[:, None] - rise[:, None] * times)
    outliers = bands.shape[1] - number
    squares = (residuals**2).sum(axis=1) + outliers * (OUTLIER_RESIDUAL * sem) ** 2
    residual_sd = np.sqrt(squares / (bands.shape[1] - 2))
    return Lines(start + base[:, 0], rise, information, residual_sd, outliers)


def _repeated_medians_residuals(times: Floats, bands: Floats) -> Floats:
    """Residuals about the line of repeated medians: the median over attempts of the median slope to all others.

    The time that it takes grows with the square of the number of attempts, so of more than 200 attempts 200 are used,
    evenly spaced.
    """
    n = bands.shape[1]
    places = np.unique(np.linspace(0, n - 1, min(n, _MAX_FOR_MEDIANS)).round().astype(int))
    x, y = times[:, places], bands[:, places] - bands[:, :1]
    apart = x[:, :, None] - x[:, None, :]
    slopes = np.where(apart == 0, np.nan, (y[:, :, None] - y[:, None, :]) / np.where(apart == 0, 1.0, apart))
    rise = _median(_median(slopes))[:, None]
    return bands - bands[:, :1] - rise * times - np.median(y - rise * x, axis=1)[:, None]


def _median(values: Floats) -> Floats:
    """Median over the last axis without NaN (never all are). Several times faster than `np.nanmedian`."""
    ordered = np.sort(values, axis=-1)
    number = np.count_nonzero(~np.isnan(values), axis=-1)[..., None]
    low = np.take_along_axis(ordered, (number - 1) // 2, axis=-1)
    high = np.take_along_axis(ordered, number // 2, axis=-1)
    middle: Floats = ((low + high) / 2)[..., 0]
    return middle

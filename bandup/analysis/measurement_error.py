"""The measurement error of a band, and the critical values of the tests that use it.

Published are the error of examiners and that of AI graders (docs/trends.md has the figures and sources). The examiners'
is assumed until the class shows its own (`bandup.analysis.class_estimates`).
"""

import math
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from bandup.analysis.bands import BAND_STEP, Skill

Floats = npt.NDArray[np.float64]

PUBLISHED_SEM = {Skill.WRITING: 0.425, Skill.SPEAKING: 0.43}
"""Standard error of measurement of one attempt, in bands: the middle of 0.33 to 0.52, and of 0.37 to 0.49."""

ROUNDING_VARIANCE = BAND_STEP**2 / 12
"""Variance, in bands squared, that rounding to a half band adds to the error: 1/48."""


def stored_band_sem(skill: Skill) -> float:
    """Standard error of measurement, in bands, of a stored band: the published error and rounding together."""
    return math.sqrt(PUBLISHED_SEM[skill] ** 2 + ROUNDING_VARIANCE)


@cache
def critical_value(level: float, degrees: int | None = None) -> float:
    """The two-sided critical value: without any change, a statistic exceeds it in size with probability `level`.

    `degrees`: of freedom (1 or more) of Student's t, where the error was estimated; None for the normal distribution,
    where it is known.

    >>> round(critical_value(0.05), 2), round(critical_value(0.05, 8), 2)
    (1.96, 2.31)
    """
    if degrees is None:
        return NormalDist().inv_cdf(1 - level / 2)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _probability_within(middle, degrees) < 1 - level else (low, middle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def two_sided_level(errors: float) -> float:
    """The probability that a normal statistic lies more than this number of standard errors from zero.

    >>> round(two_sided_level(1.96), 3)
    0.05
    """
    return 2 * (1 - NormalDist().cdf(errors))


def critical_values(level: float, degrees: npt.NDArray[np.integer[Any]]) -> Floats:
    """`critical_value` of Student's t for each number of degrees of freedom; NaN below one."""
    values = [critical_value(level, int(number)) if number >= 1 else math.nan for number in degrees]
    return np.array(values, dtype="float64")


def _probability_within(angle: float, degrees: int) -> float:
    """Probability that Student's t lies within ±√degrees·tan(angle).

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4; exact for whole degrees.
    """
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = degrees % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for power in range(2 + odd, degrees + 1, 2):
        total += term
        term *= square * (power - 1) / power
    return (angle + sine * total) * 2 / math.pi if odd else sine * total

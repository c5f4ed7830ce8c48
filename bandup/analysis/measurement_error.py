"""The measurement error of a band, and the critical values of the tests that use it.

Two errors are published, and they answer different questions:

- *Of examiners*: generalisability r of 0.81 to 0.89 for Writing and 0.83 to 0.86 for Speaking (ielts.org, test
  performance 2019). No standard error of measurement (SEM) is published for these two skills; SEM = SD·√(1 − r) with an
  SD of 1.0 to 1.2 gives 0.33 to 0.52 band for Writing and 0.37 to 0.49 for Speaking.
- *Of AI graders*: a mean absolute error near 0.66 band against examiners. If it is Gaussian, its standard deviation is
  0.66·√(π/2), about 0.83.

`PUBLISHED_SEM` is the middle of the examiners' ranges. No test assumes a smaller error. The AI's 0.83 is not used,
because it contains the examiner's own error too, and because an AI's constant severity or leniency is the same in all
attempts of a student and cancels out in every difference between them. With 0.83 as the minimum, a rise of a whole band
over twelve attempts would be missed nine times out of ten, even where a student's bands lie close to a line. The error
that an AI really adds from attempt to attempt shows in the scatter of the student's own bands, which is used wherever it
is larger (`bandup.analysis.progress`).

The published figures are for the score of a skill, which is the mean of four criteria. None is published for a single
criterion, which can't be measured better than the mean of four: the same figure is its minimum too.
"""

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from bandup.analysis.bands import BAND_STEP, Skill

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


def difference_threshold(level: float, sem: float, sides: Sequence[npt.NDArray[np.float64]]) -> float:
    """The largest difference, in bands, between the means of two sides that is within noise.

    c·σ·√(1/n₁ + 1/n₂), where σ is `sem` (in bands; c is normal) or the standard deviation within the two sides (c is
    Student's t with n₁ + n₂ − 2 degrees of freedom), whichever gives the larger value. `sides`: the bands of each, at
    least one.
    """
    widest = critical_value(level) * sem
    if degrees := sum(len(bands) for bands in sides) - 2:
        squares = sum(float(((bands - bands.mean()) ** 2).sum()) for bands in sides)
        widest = max(widest, critical_value(level, degrees) * math.sqrt(squares / degrees))
    return widest * math.sqrt(sum(1 / len(bands) for bands in sides))


def critical_values(level: float, degrees: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float64]:
    """`critical_value` of Student's t for each number of degrees of freedom; NaN below one."""
    different, places = np.unique(degrees, return_inverse=True)
    values = [critical_value(level, int(number)) if number >= 1 else math.nan for number in different]
    return np.array(values, dtype="float64")[places]


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

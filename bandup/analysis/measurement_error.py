"""How far a band is off by measurement alone, and the critical values that go with it.

Two errors are published, and they answer different questions:

- *Of examiners*: generalisability r of 0.81 to 0.89 for Writing and 0.83 to 0.86 for Speaking (ielts.org, test
  performance 2019). No standard error of measurement (SEM) is published for the two; SEM = SD·√(1 − r) with an SD of
  1.0 to 1.2 gives 0.33 to 0.52 band for Writing and 0.37 to 0.49 for Speaking.
- *Of AI graders*: a mean absolute error near 0.66 band against examiners. Were it Gaussian, that is a standard
  deviation of 0.66·√(π/2), about 0.83.

`PUBLISHED_SEM` is the middle of the examiners' ranges, and the least noise that is ever assumed. The AI's 0.83 is not
taken for it: it holds the examiner's own error too, and an AI's lasting severity or leniency, which is the same in all
attempts of a student and drops out of every difference between them. Taken as the least, it would hide a rise of a
whole band over twelve attempts nine times out of ten even where a student's bands lie close to a line. What an AI's
error really adds from attempt to attempt shows in the student's own scatter, and that counts wherever it is larger
(`bandup.analysis.progress`).

The published figures are of a skill's score, which is the mean of four criteria. For one criterion none is published:
it is measured no better than the mean of four, so the same figure is the least there too.
"""

import math
from functools import cache
from statistics import NormalDist

from bandup.analysis.bands import BAND_STEP, Skill

PUBLISHED_SEM = {Skill.WRITING: 0.425, Skill.SPEAKING: 0.43}
"""Standard error of measurement of one attempt, in bands: the middle of 0.33 to 0.52, and of 0.37 to 0.49."""

ROUNDING_VARIANCE = BAND_STEP**2 / 12
"""What storing a band in half steps adds to the variance of its error, in bands squared: 1/48."""


def published_noise(skill: Skill) -> float:
    """Standard deviation, in bands, of a stored band about the student's level: published error and rounding together."""
    return math.sqrt(PUBLISHED_SEM[skill] ** 2 + ROUNDING_VARIANCE)


@cache
def critical_value(level: float, degrees: int | None = None) -> float:
    """What a statistic without any change exceeds in size with the probability `level`.

    Normal where the noise is known, Student's t where it was estimated with so many degrees of freedom (1 or more).

    >>> round(critical_value(0.05), 2), round(critical_value(0.05, 8), 2)
    (1.96, 2.31)
    """
    if degrees is None:
        return NormalDist().inv_cdf(1 - level / 2)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees) < 1 - level else (low, middle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def _within(angle: float, degrees: int) -> float:
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

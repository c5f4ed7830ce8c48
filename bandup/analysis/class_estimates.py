"""What the class shows about a skill: the noise of its bands, the shifts of models and tasks, and how far students change.

Learnt from all students of both tables, never from those that a page lists, so that every page says the same of a student.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from bandup.analysis.agreement import Components
from bandup.analysis.attempts import graded_attempts
from bandup.analysis.bands import CRITERIA, Skill, band_columns, is_valid_band
from bandup.analysis.daily_points import Days, Shift, daily_points, days_of, frequent_models, possible_shifts
from bandup.analysis.measurement_error import ROUNDING_VARIANCE, Floats, stored_band_sem
from bandup.analysis.population import Population, learn_population
from bandup.analysis.students import of_students
from bandup.analysis.trend_fit import Noise, Points, fit_changes, learn_noise
from bandup.memo import memoized

SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, eq=False, slots=True)
class ClassEstimates:
    """What the class shows about a skill. Compared by identity, so that it can be an argument of memoized functions."""

    skill: Skill
    noise: Mapping[str, Noise]
    """By column: of the overall band and of each criterion."""
    shifts: tuple[Shift, ...] = ()
    """The models and tasks whose shifts the noise of the overall band holds, in its order."""
    models: tuple[str, ...] = ()
    """The models that graded often enough, the most frequent first: the others' shifts are differences from it."""
    population: Population | None = None
    """Of the students' changes, in bands a day; None where too few students have a trend."""
    bias_variance: float = 0.0
    """Of the grader's lasting bias for or against one student, in bands squared, as second marks show it; else 0."""
    is_noise_of_marks: bool = False
    """Whether second marks show more noise of the overall band than the class does."""

    @property
    def overall(self) -> Noise:
        """The noise of the overall band."""
        return self.noise["overall_band"]


def with_marks(estimates: ClassEstimates, found: Components) -> ClassEstimates:
    """The estimates with what second marks say of the grader (`bandup.analysis.agreement.components`).

    The noise of the overall band is at least the grader's own error and the rounding of a band. Never the marks' alone: both
    marked the same attempt, so what differs from attempt to attempt is not in it. What is NaN changes nothing.
    """
    grader = found.within_student - found.teacher + ROUNDING_VARIANCE
    bias = 0.0 if math.isnan(found.bias_of_student) else found.bias_of_student
    if not grader > estimates.overall.variance:
        return replace(estimates, bias_variance=bias)
    overall = replace(estimates.overall, variance=grader)
    noise = NoiseWithOverall(overall, estimates.noise)
    return replace(estimates, noise=noise, bias_variance=bias, is_noise_of_marks=True)


class NoiseWithOverall(Mapping[str, Noise]):
    """The noise of other estimates, with another one of the overall band."""

    def __init__(self, overall: Noise, others: Mapping[str, Noise]) -> None:
        self._overall, self._others = overall, others

    def __getitem__(self, column: str) -> Noise:
        """The noise of a column. Raises KeyError for a column of another skill."""
        return self._overall if column == "overall_band" else self._others[column]

    def __iter__(self) -> Iterator[str]:
        """The columns, the overall band first."""
        return iter(self._others)

    def __len__(self) -> int:
        """The number of columns."""
        return len(self._others)


class NoiseByColumn(Mapping[str, Noise]):
    """The noise of the overall band, and of each criterion, which is learnt when it is first asked for."""

    def __init__(self, skill: Skill, overall: Noise, days: Days) -> None:
        self._skill, self._days = skill, days
        self._learnt = {"overall_band": overall}

    def __getitem__(self, column: str) -> Noise:
        """The noise of a column. Raises KeyError for a column of another skill."""
        if column not in self._learnt:
            if column not in CRITERIA[self._skill]:
                raise KeyError(column)
            points = daily_points(self._days, column)[1]
            self._learnt[column] = learn_noise(points, published_variance(self._skill, column))
        return self._learnt[column]

    def __iter__(self) -> Iterator[str]:
        """The columns, the overall band first."""
        return iter(band_columns(self._skill))

    def __len__(self) -> int:
        """The number of columns."""
        return len(band_columns(self._skill))


@cache
def published_estimates(skill: Skill) -> ClassEstimates:
    """What is assumed of a skill before the class was read: the published noise, no shifts, no population."""
    return ClassEstimates(skill, {column: Noise(published_variance(skill, column)) for column in band_columns(skill)})


@memoized
def class_estimates(evaluations: pd.DataFrame, skill: Skill) -> ClassEstimates:
    """What the class shows. `evaluations`: everyone's, with their `state`. Published noise where the class is too small."""
    attempts = of_students(graded_attempts(evaluations, skill))
    attempts = attempts[is_valid_band(attempts["overall_band"])]
    shifts = possible_shifts(attempts)
    days = days_of(attempts)
    _, points = daily_points(days, "overall_band", shifts)
    overall = learn_noise(points, published_variance(skill, "overall_band"))
    noise = NoiseByColumn(skill, overall, days._replace(rows=days.rows[["at", *CRITERIA[skill]]]))
    changes, errors = daily_changes(points, overall)
    return ClassEstimates(skill, noise, shifts, frequent_models(attempts), learn_population(changes, errors))


def published_variance(skill: Skill, column: str) -> float:
    """The variance of a stored band, in bands squared. A criterion is at most twice as noisy as the mean of four."""
    of_criterion = 2 if column in CRITERIA[skill] else 1
    return (of_criterion * stored_band_sem(skill)) ** 2


def daily_changes(points: Points, noise: Noise) -> tuple[Floats, Floats]:
    """Each student's change without shifts, and its standard error: bands a day."""
    if not len(points.starts):
        return np.array([]), np.array([])
    changes, days = fit_changes(points, noise), span_in_days(points)
    return changes.own / days, changes.own_error / days


def span_in_days(points: Points) -> Floats:
    """Days from each student's first point to the last."""
    seconds: Floats = points.seconds[points.starts + points.sizes - 1] - points.seconds[points.starts]
    return seconds / SECONDS_A_DAY

"""Which criterion stands out as a student's weakest, or as the class's lowest and highest.

Each criterion is compared with the mean of its own attempt's criteria, so that what the whole attempt has in common drops
out. docs/trends.md has the rates.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from bandup.analysis.bands import BAND_STEP, CRITERIA, Skill
from bandup.analysis.measurement_error import critical_value, critical_values, two_sided_level
from bandup.memo import memoized

WEAKEST_ERRORS = 2.5
"""A criterion is weakest only if it lies more than this many standard errors below the mean of its attempts."""
LEAST_SD = BAND_STEP / np.sqrt(12)
"""Standard deviation, in bands, that rounding alone gives a criterion: attempts that agree exactly prove no more."""
MIN_STUDENTS = 3
"""Students that it takes to describe a class."""
TIE_TOLERANCE = 1e-6
"""Bands. Means that differ by less are equal: the difference comes from computing them."""


class Weakest(NamedTuple):
    """The criterion that stands out: several, in the official order, where their means are equal."""

    columns: tuple[str, ...]
    below: float
    """Bands below the mean of the four criteria of the same attempts."""


@memoized
def weakest_criterion(attempts: pd.DataFrame, skill: Skill) -> Weakest | None:
    """One student's weakest criterion over all their graded attempts; None where no criterion stands out.

    `attempts`: as returned by `bandup.analysis.attempts.graded_attempts`.
    """
    if attempts.empty or (table := weakest_by_student(attempts.assign(user_id=""), skill)).empty:
        return None
    return Weakest(tuple(table["weakest"].iloc[0].split()), float(table["weakest_below"].iloc[0]))


def weakest_by_student(attempts: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The students with a criterion that stands out, by user id.

    `attempts`: as for `weakest_criterion`, of several students; those that lack a criterion are left out. Columns:
    `weakest` (str, the criterion's column; several with a space between them where they are equally weak) and
    `weakest_below` (float64, bands, as of `Weakest`).
    """
    columns = [*CRITERIA[skill]]
    below = _below_attempt(attempts, columns)
    by_student = below.groupby(attempts.loc[below.index, "user_id"].astype("str"), sort=True)
    means, number = by_student.mean().to_numpy(), by_student.size()
    errors = np.maximum(by_student.std().to_numpy(), LEAST_SD) / np.sqrt(number.to_numpy())[:, None]
    limits = critical_values(two_sided_level(WEAKEST_ERRORS), number.to_numpy() - 1)
    largest = means.max(axis=1, initial=-np.inf)
    is_weakest = means >= largest[:, None] - TIE_TOLERANCE
    stands_out = largest > limits * np.where(is_weakest, errors, 0).max(axis=1, initial=0)
    names = [" ".join(np.array(columns)[row]) for row in is_weakest[stands_out]]
    index = number.index[stands_out].astype("str")
    return pd.DataFrame({"weakest": pd.Series(names, index, dtype="str"), "weakest_below": largest[stands_out]}, index)


def class_differences(means: pd.DataFrame, skill: Skill, level: float) -> pd.Series:
    """The criteria that differ from the mean of the four over a class: bands above it, the lowest first.

    `means`: one row per student with their mean of each criterion. Each criterion is tested over the students with
    Student's t at `level` divided by four (Bonferroni). Index: the criteria's columns; empty where none differs.
    """
    above = -_below_attempt(means, [*CRITERIA[skill]])
    if len(above) < MIN_STUDENTS:
        return pd.Series(dtype="float64")
    errors = above.std() / np.sqrt(len(above))
    limit = critical_value(level / len(above.columns), len(above) - 1)
    mean = above.mean()
    different: pd.Series = mean[mean.abs() > limit * errors].sort_values(kind="stable")
    return different


def lowest_of(means: pd.Series) -> tuple[str, ...]:
    """The labels of the lowest of these means, in order: several where they are equal."""
    return tuple(means.index[np.isclose(means, means.min(), rtol=0, atol=TIE_TOLERANCE)])


def _below_attempt(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """How far each criterion lies below the mean of its row's four, in bands; rows that lack one are left out."""
    bands = rows[columns].astype("float64").dropna()
    return bands.rsub(bands.mean(axis=1), axis=0)

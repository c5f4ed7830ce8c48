"""How far a grader agrees with teachers who marked the same attempts: difference, shares, weighted kappa, and their intervals.

Marks of one student resemble each other, so intervals leave out one student at a time (jackknife) and use Student's t with
students − 1 degrees of freedom. Marks that were drawn with a known probability count by its inverse. Sources: Cohen,
Psychological Bulletin 70 (1968), for weighted kappa; Wilson, JASA 22 (1927), for shares; Wilson and Hilferty, PNAS 17
(1931), for the quantiles of χ².
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.bands import BAND_STEP, BAND_VALUES, Skill
from bandup.analysis.intervals import CONFIDENCE, wilson_interval
from bandup.analysis.measurement_error import Floats, critical_value
from bandup.formatting import counted, fixed, signed
from bandup.memo import memoized

MIN_MARKS_FOR_KAPPA = 30
"""Below, only the mean difference and the share within half a band are given: kappa's interval would span half its range."""
MIN_STUDENTS = 2
"""Students that an interval takes."""
MIN_PAIRS_OF_TEACHERS = 30
"""Attempts marked by two teachers that it takes to know how far teachers differ."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; all NaN where there are too few marks."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the grader agrees with the teachers in one column of bands."""

    n: int
    """Marks."""
    students: int
    difference: Estimate
    """Mean of grader minus teacher, in bands: above 0 the grader is generous."""
    spread: Estimate
    """Standard deviation of single differences, in bands."""
    exact: Estimate
    """Share of marks with the same band."""
    near: Estimate
    """Share of marks at most half a band apart."""
    standardised: Estimate
    """Mean difference in standard deviations: of the grader's and the teachers' bands together."""
    kappa: Estimate
    """Quadratic weighted kappa; NaN below `MIN_MARKS_FOR_KAPPA` marks. Low in a narrow class: never to be shown alone."""


@memoized
def agreement(marks: pd.DataFrame) -> Agreement:
    """The agreement over marks in one column of bands.

    `marks`: one row per mark, with `user_id` (str, the student), `grader` and `teacher` (float64, bands) and, where the
    attempts were drawn, `weight` (float64, the inverse of the probability of being drawn).
    """
    rows = marks.dropna(subset=["grader", "teacher"])
    grader, teacher = (rows[name].to_numpy(dtype="float64") for name in ("grader", "teacher"))
    weights = rows["weight"].to_numpy(dtype="float64") if "weight" in rows else np.ones(len(rows))
    students, names = pd.factorize(rows["user_id"])
    difference = grader - teacher
    nothing = Estimate(math.nan)
    if rows.empty:
        return Agreement(0, 0, *[nothing] * 6)
    # the sums that each figure is made of, so that leaving out a student is a subtraction
    summed = (np.ones(len(rows)), grader, teacher, grader**2, teacher**2, difference**2)
    sums: Floats = np.stack([np.bincount(students, weights * values, len(names)) for values in summed])
    size = weights.sum() ** 2 / (weights**2).sum()
    return Agreement(
        n=len(rows),
        students=len(names),
        difference=_jackknife(sums, lambda total: (total[1] - total[2]) / total[0]),
        spread=_spread(difference, weights),
        exact=_share(difference == 0, weights, size),
        near=_share(np.abs(difference) <= BAND_STEP, weights, size),
        standardised=_jackknife(sums, _standardised),
        kappa=nothing if len(rows) < MIN_MARKS_FOR_KAPPA else _jackknife(sums, _kappa, _fisher, np.tanh),
    )


@dataclass(frozen=True, slots=True)
class Components:
    """Variances, in bands squared, that make up grader minus teacher."""

    bias_of_student: float
    """Of the grader's lasting bias for or against one student."""
    within_student: float
    """Of single differences within a student: the grader's and the teacher's own errors together."""
    teacher: float
    """Of a teacher's own error; NaN with fewer than `MIN_PAIRS_OF_TEACHERS` attempts marked by two."""


def components(marks: pd.DataFrame, pairs: pd.DataFrame) -> Components:
    """The components by a one-way analysis of variance of the differences over students.

    `marks`: as for `agreement`. `pairs`: one row per attempt marked by two teachers, `first` and `second` (float64).
    NaN where no student has two marks. A negative estimate of a variance is 0.
    """
    difference = (marks["grader"] - marks["teacher"]).astype("float64")
    by_student = difference.groupby(marks["user_id"])
    sizes, means = by_student.size().to_numpy(dtype="float64"), by_student.mean().to_numpy()
    n, groups = sizes.sum(), len(sizes)
    teacher = math.nan
    if len(pairs) >= MIN_PAIRS_OF_TEACHERS:
        teacher = float((pairs["first"] - pairs["second"]).var()) / 2
    if groups < MIN_STUDENTS or n <= groups:
        return Components(math.nan, math.nan, teacher)
    within = float(((difference - by_student.transform("mean")) ** 2).sum() / (n - groups))
    between = float((sizes * (means - difference.mean()) ** 2).sum() / (groups - 1))
    typical_size = (n - (sizes**2).sum() / n) / (groups - 1)
    return Components(max(0.0, (between - within) / typical_size), within, teacher)


def band_matrix(marks: pd.DataFrame) -> pd.DataFrame:
    """The number of marks by the teacher's band (rows) and the grader's (columns): 19 × 19, int64, bands 0 to 9."""
    table = pd.crosstab(marks["teacher"].astype("float64"), marks["grader"].astype("float64"))
    return table.reindex(index=BAND_VALUES, columns=BAND_VALUES, fill_value=0).astype("int64")


def describe_agreement(found: Agreement, skill: Skill) -> str:
    """A sentence on whether the grader is generous, with its interval and the marks that it rests on."""
    name, basis = skill.capitalize(), f"{counted(found.n, 'mark')} of {counted(found.students, 'student')}"
    if not found.n:
        return f"{name}: no second mark yet."
    if math.isnan(found.difference.low):
        return f"{name}: {basis}, too few to compare the grader with a teacher."
    low, high = found.difference.low, found.difference.high
    if low <= 0 <= high:
        return f"{name}: no clear difference between the grader and the teachers, {signed(low)} to {signed(high)}; {basis}."
    direction = "higher" if found.difference.value > 0 else "lower"
    ends = sorted(abs(end) for end in (low, high))
    return (
        f"{name}: the grader marks {fixed(abs(found.difference.value))} {direction} than the teachers, by "
        f"{fixed(ends[0])} to {fixed(ends[1])}; {basis}."
    )


def _kappa(total: Floats) -> Floats:
    """Quadratic weighted kappa of sums as in `agreement`: 1 − mean(d²)/(s_a² + s_t² + (ā − t̄)²), population variances."""
    mean_grader, mean_teacher = total[1] / total[0], total[2] / total[0]
    by_chance = total[3] / total[0] + total[4] / total[0] - 2 * mean_grader * mean_teacher
    observed = total[5] / total[0]
    kappa: Floats = 1 - np.divide(observed, by_chance, out=np.zeros_like(observed), where=by_chance > 0)
    return kappa


def _standardised(total: Floats) -> Floats:
    """The mean difference over the root of the mean of both variances; 0 where no band varies."""
    means = total[1] / total[0], total[2] / total[0]
    variance = (total[3] / total[0] - means[0] ** 2 + total[4] / total[0] - means[1] ** 2) / 2
    standardised: Floats = np.divide(
        means[0] - means[1], np.sqrt(variance), out=np.zeros_like(variance), where=variance > 1e-12
    )
    return standardised


def _jackknife(
    sums: Floats,
    figure: Callable[[Floats], Floats],
    transform: Callable[[Floats], Floats] = np.asarray,
    back: Callable[[Floats], Floats] = np.asarray,
) -> Estimate:
    """A figure of the total of `sums` (values × students), with an interval on the transformed scale."""
    total = sums.sum(axis=1, keepdims=True)
    value, students = figure(total), sums.shape[1]
    if students < MIN_STUDENTS:
        return Estimate(float(value[0]))
    without = transform(figure(total - sums))
    error = math.sqrt((1 - 1 / students) * float(((without - without.mean()) ** 2).sum()))
    half = critical_value(1 - CONFIDENCE, students - 1) * error
    return Estimate(float(value[0]), *(float(back(transform(value) + side * half)[0]) for side in (-1, 1)))


def _fisher(kappa: Floats) -> Floats:
    """Fisher's transform; agreement without exception, a kappa of 1, is taken as just below it."""
    transformed: Floats = np.arctanh(np.clip(kappa, -1 + 1e-9, 1 - 1e-9))
    return transformed


def _share(is_so: npt.NDArray[np.bool_], weights: Floats, size: float) -> Estimate:
    """A weighted share with Wilson's interval; `size`: the effective number of marks, fewer where they are weighted."""
    share = float(weights[is_so].sum() / weights.sum())
    return Estimate(share, *wilson_interval(share * size, size))


def _spread(difference: Floats, weights: Floats) -> Estimate:
    """The standard deviation of differences, with the interval of χ²."""
    size = float(weights.sum() ** 2 / (weights**2).sum())
    if size <= 1:
        return Estimate(math.nan)
    mean = np.average(difference, weights=weights)
    sd = math.sqrt(float(np.average((difference - mean) ** 2, weights=weights)) * size / (size - 1))
    low, high = (sd * math.sqrt((size - 1) / _chi_squared(share, size - 1)) for share in (0.975, 0.025))
    return Estimate(sd, low, high)


def _chi_squared(share: float, degrees: float) -> float:
    """The quantile of χ² below which a share lies; within 2 % for ten degrees of freedom or more."""
    step = 2 / (9 * degrees)
    return degrees * max(1 - step + NormalDist().inv_cdf(share) * math.sqrt(step), 1e-3) ** 3

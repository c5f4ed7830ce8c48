"""Mean bands by student and criterion, weakest student first, and their differences to a target."""

from collections.abc import Mapping

import pandas as pd

from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, graded_attempts
from bandup.analysis.attention import student_targets
from bandup.analysis.bands import (
    CRITERIA,
    Skill,
    band_columns,
    criterion_names,
    format_band,
    is_valid_band,
)
from bandup.analysis.progress import lowest_of
from bandup.analysis.students import of_students
from bandup.formatting import counted
from bandup.memo import memoized

MIN_ATTEMPTS_FOR_MEAN = 3
"""A mean of fewer attempts is uncertain: it is shown, and marked."""

MIN_STUDENTS_FOR_CLASS = 3
"""Students that it takes to describe a class."""


@memoized
def means_by_student(evaluations: pd.DataFrame, skill: Skill, latest: int = LATEST_ATTEMPTS) -> pd.DataFrame:
    """One row per student with graded attempts at the skill: the lowest overall mean first, then the lowest criterion.

    Columns: `user_id` (str); `n` (int64, attempts used: at most the latest `latest`); for the overall band and each
    criterion the unrounded mean over them (`overall_band`, … float64, bands, NaN without any), and after those
    `overall_band_n`, … (int64, attempts with that band). Equal students are in order of user id. Left out: default
    answers, attempts of unknown time, and those stored without a student.
    """
    attempts = dated(graded_attempts(evaluations, Skill(skill)))
    attempts = of_students(attempts[is_valid_band(attempts["overall_band"])])
    attempts = attempts.sort_values(["user_id", "at", "evaluation_id"])
    recent = attempts.groupby("user_id", sort=False).tail(latest)
    bands = recent[[*band_columns(skill)]].astype("float64")
    bands = bands.where(bands.apply(is_valid_band))
    by_student = bands.groupby(recent["user_id"])
    means, numbers = by_student.mean(), by_student.count().add_suffix("_n").astype("int64")
    weakest = means[[*CRITERIA[Skill(skill)]]].min(axis=1)
    table = means.join(numbers).assign(n=numbers["overall_band_n"], weakest=weakest)
    table = table.reset_index().sort_values(["overall_band", "weakest", "user_id"], ignore_index=True)
    return table[["user_id", "n", *means.columns, *numbers.columns]].astype({"user_id": "str"})


def differences_to_target(
    table: pd.DataFrame, target: float, targets: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """The same rows with each mean less the student's target, the student furthest below it first.

    `table`: as returned by `means_by_student`. `target`: a band for everyone; `targets`: other targets by user id. A
    difference (float64, bands) is below 0 where the mean is below the target; counts are unchanged. Adds `target`
    (float64).
    """
    own = student_targets(table["user_id"], target, targets or {})
    bands = [column for column in table.columns if f"{column}_n" in table.columns]
    differences = table.assign(target=own, **{column: table[column] - own for column in bands})
    return differences.sort_values("overall_band", kind="stable", ignore_index=True)


@memoized
def describe_class(table: pd.DataFrame, skill: Skill) -> str:
    """One sentence on the criteria with the lowest and the highest class mean, each student counting once; ties together.

    `table`: as returned by `means_by_student`. Empty with fewer than `MIN_STUDENTS_FOR_CLASS` students.
    """
    means = table[[*CRITERIA[Skill(skill)]]].mean().dropna()
    if len(table) < MIN_STUDENTS_FOR_CLASS or means.empty:
        return ""
    basis = f"on average over the latest graded attempts of {counted(len(table), 'student')}"
    low, high = format_band(means.min()), format_band(means.max())
    if low == high:
        return f"All criteria are level at {low} {basis}."
    lowest, highest = criterion_names(lowest_of(means)), criterion_names(lowest_of(-means))
    return f"Lowest in {lowest} ({low}), highest in {highest} ({high}), {basis}."

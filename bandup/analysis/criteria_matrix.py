"""Mean bands by student and criterion, weakest student first, and their differences to a target."""

from collections.abc import Mapping

import pandas as pd

from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, graded_attempts
from bandup.analysis.attention import student_targets
from bandup.analysis.bands import (
    CRITERIA,
    Skill,
    band_columns,
    criterion_name,
    is_valid_band,
)
from bandup.analysis.certainty import SIGNIFICANCE_LEVEL
from bandup.analysis.students import of_students
from bandup.analysis.weakest_criterion import MIN_STUDENTS, class_differences
from bandup.formatting import counted, joined, rounded, signed
from bandup.memo import memoized

MIN_ATTEMPTS_FOR_MEAN = 3
"""A mean of fewer attempts is uncertain: it is shown, and marked."""


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
    """One sentence on the criteria in which the class is lower or higher than in the mean of the four.

    `table`: as returned by `means_by_student`. Empty with fewer than three students.
    """
    if len(table) < MIN_STUDENTS:
        return ""
    basis = f"over the latest graded attempts of {counted(len(table), 'student')}"
    differences = class_differences(table, Skill(skill), SIGNIFICANCE_LEVEL)
    differences = differences[differences.map(rounded) != 0]
    lower, higher = differences[differences < 0], differences[differences > 0][::-1]
    parts = [
        f"{direction} in {joined(f'{criterion_name(str(column))} ({signed(mean)})' for column, mean in part.items())}"
        for direction, part in (("Lower", lower), ("higher" if len(lower) else "Higher", higher))
        if len(part)
    ]
    if not parts:
        return f"No criterion stands out in this class, {basis}."
    return f"{', '.join(parts)} than in the mean of the four criteria, {basis}."

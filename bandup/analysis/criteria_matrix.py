"""Student by criterion: where each student stands now, weakest first, and how far that is from a target."""

from collections.abc import Mapping

import pandas as pd

from bandup.analysis.attempts import dated, graded
from bandup.analysis.attention import own_targets
from bandup.analysis.bands import CRITERIA, Skill, criterion_name, is_valid_band
from bandup.analysis.states import UNKNOWN_USERS
from bandup.memo import memoized

LATEST = 5
"""A student stands where the mean of so many latest attempts lies."""
FEWEST = 3
"""A mean of fewer attempts is thin: shown, and marked as such."""


def columns(skill: Skill) -> tuple[str, ...]:
    """The bands of a row: the overall band and the skill's four criteria in the official order."""
    return ("overall_band", *CRITERIA[Skill(skill)])


@memoized
def matrix(evaluations: pd.DataFrame, skill: Skill, latest: int = LATEST) -> pd.DataFrame:
    """One row per student with graded attempts at the skill, the lowest overall mean first, then the lowest criterion.

    Columns: `user_id` (str); `n` (int64, how many of the latest `latest` attempts there are); then for the overall band
    and each criterion its raw mean over them (`overall_band`, … float64, bands, NaN where none of them holds it), and
    after those `overall_band_n`, … (int64, attempts that hold it). Of equal students the user id decides. Left out:
    the grader's default answers, attempts of unknown time (which of them are the latest can't be told) and those stored
    without a student (`unknown`, `anonymous`). Means of bands are not rounded: no rounding of them is published (see
    `bandup.analysis.bands`).
    """
    attempts = dated(graded(evaluations, Skill(skill)))
    attempts = attempts[is_valid_band(attempts["overall_band"]) & ~attempts["user_id"].isin(UNKNOWN_USERS)]
    attempts = attempts.sort_values(["user_id", "at", "evaluation_id"])
    recent = attempts.groupby("user_id", sort=False).tail(latest)
    bands = recent[[*columns(skill)]].astype("float64")
    bands = bands.where(bands.apply(is_valid_band))
    by_student = bands.groupby(recent["user_id"])
    means, numbers = by_student.mean(), by_student.count().add_suffix("_n").astype("int64")
    table = means.join(numbers).assign(
        n=numbers["overall_band_n"], weakest=means[[*CRITERIA[Skill(skill)]]].min(axis=1)
    )
    table = table.reset_index().sort_values(["overall_band", "weakest", "user_id"], ignore_index=True)
    return table[["user_id", "n", *means.columns, *numbers.columns]].astype({"user_id": "str"})


def against(table: pd.DataFrame, target: float, targets: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The same rows with each mean as its difference to the student's target, the furthest below it first.

    `table`: as of `matrix`. `target`: a band for everyone; `targets`: other targets by user id. A difference (float64,
    bands) is below 0 where the mean is below the target; counts stay as they are. Adds `target` (float64).
    """
    own = own_targets(table["user_id"], target, targets or {})
    bands = [column for column in table.columns if f"{column}_n" in table.columns]
    distances = table.assign(target=own, **{column: table[column] - own for column in bands})
    return distances.sort_values("overall_band", kind="stable", ignore_index=True)


@memoized
def in_words(table: pd.DataFrame, skill: Skill) -> str:
    """One sentence: the criteria in which the class is lowest and highest on average, each student counting once.

    `table`: as of `matrix`. Empty where it has fewer than `FEWEST` students.
    """
    means = {column: round(table[column].mean(), 1) for column in CRITERIA[Skill(skill)] if table[column].notna().any()}
    if len(table) < FEWEST or not means:
        return ""
    who = f"on average over the latest attempts of {len(table):,} students"
    lowest, highest = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    if means[lowest] == means[highest]:
        return f"All criteria are level at {means[lowest]:.1f} {who}."
    low, high = (f"{criterion_name(column)} ({means[column]:.1f})" for column in (lowest, highest))
    return f"Lowest in {low}, highest in {high}, {who}."

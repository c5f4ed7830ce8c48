"""Two students, or two attempts, side by side: how they differ, and whether the difference is more than noise.

A difference is the second's minus the first's: of the means over each student's latest attempts, or of two bands. It is
likely more than noise beyond c·σ·√(1/n₁ + 1/n₂), where the error σ of one attempt is the SEM of a stored band
(`bandup.analysis.measurement_error`) or the standard deviation within the two sides, whichever gives the larger value; c
of the latter is Student's t with n₁ + n₂ − 2 degrees of freedom. For two single attempts this is the known 2.77·SEM,
with rounding to half bands included: about 1.2 bands, so a difference of one band is within noise. Two single attempts
don't scatter, so an AI grader's own noise can't show in them: a difference between them is called more than the published
noise, and never likely.

As for a trend (`bandup.analysis.progress`), the overall band is tested at 5 % and each criterion at 5 % divided by four:
among pairs of students at one level, a difference in the overall band is claimed for at most 5 in 100, and a difference
in any criterion for at most 5 in 100.

No error is published for one criterion. It is noisier than the mean of four, but at most twice as noisy (if the errors of
the four are independent and alike). Fewer than five attempts of both sides together show too little of their scatter, so
there twice the published error is used.

A grader may always be wrong about one student and not about the other. No number of attempts averages that out, and the
published error contains it only in part: a claim about two students is weaker than one about a single student.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import graded_attempts, latest_attempts
from bandup.analysis.bands import BAND_STEP, CRITERIA, Skill, band_columns
from bandup.analysis.measurement_error import difference_threshold, stored_band_sem
from bandup.analysis.progress import SIGNIFICANCE_LEVEL
from bandup.analysis.states import State
from data.schema import FLASHCARD

SIDES = ("first", "second")

MIN_ATTEMPTS_FOR_THEME = 2
"""A theme recurs if this many attempts of either student name it."""

MIN_ATTEMPTS_FOR_SCATTER = 5
"""Attempts of both sides together that it takes to show how far a criterion scatters."""

_TASKS = {Skill.WRITING: ("task_type", "tasks"), Skill.SPEAKING: ("part", "parts of the test")}


def compare_students(first: pd.DataFrame, second: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The difference between two students' latest attempts: overall band first, then the criteria in official order.

    `first`, `second`: each one's rows as returned by `bandup.analysis.attempts.graded_attempts`. One row per criterion:
    `criterion` (str, the column's name), `first`, `second` (float64, mean bands, NaN where there is none), `first_n`,
    `second_n` (int64, bands that are there), `difference` (float64, second minus first), `threshold` (float64, bands),
    `certain` (bool: the difference is beyond the threshold), `verdict` (str).
    """
    return _compare(latest_attempts(first), latest_attempts(second), skill)


def compare_attempts(first: pd.Series, second: pd.Series, skill: Skill) -> pd.DataFrame:
    """The difference between two attempts at one skill; columns as in `compare_students`.

    `first`, `second`: evaluations with their `state`. The bands are as stored. Only grades are compared: with the
    grader's default answer or an evaluation that did not succeed, `difference` and `threshold` are NaN.
    """
    table = _compare(first.to_frame().T, second.to_frame().T, skill)
    if not (_is_grade(first) and _is_grade(second)):
        table = table.assign(difference=np.nan, threshold=np.nan, certain=False, verdict="not compared")
    return table


def single_attempt_thresholds(skill: Skill) -> tuple[float, float]:
    """The largest differences, in bands, between two single attempts that are within noise: overall, in a criterion."""
    overall, criterion, *_ = (_threshold(column, skill, [np.zeros(1)] * 2) for column in band_columns(skill))
    return overall, criterion


def smallest_clear_difference(threshold: float) -> float:
    """The smallest difference in half bands that is beyond a threshold.

    >>> smallest_clear_difference(1.24), smallest_clear_difference(1.5)
    (1.5, 2.0)
    """
    return (math.floor(threshold / BAND_STEP) + 1) * BAND_STEP


def common_skill(first: pd.Series, second: pd.Series) -> Skill | None:
    """The skill of both attempts; None if their types differ or have no bands."""
    kinds = {str(side["evaluation_type"]) for side in (first, second)}
    return Skill(kinds.pop()) if len(kinds) == 1 and kinds <= {*Skill} else None


def both_have_bands(first: pd.Series, second: pd.Series) -> bool:
    """Whether two evaluations can be shown side by side: not if one is a flashcard set, which has no bands."""
    return FLASHCARD not in {str(side["evaluation_type"]) for side in (first, second)}


def comparison_caveats(first: pd.Series, second: pd.Series) -> list[str]:
    """Sentences on what can't be compared between two attempts, and on what else may cause a difference.

    `first`, `second`: evaluations with their `state`. Texts of the tables are in the sentences as stored: escape them.
    """
    if not both_have_bands(first, second):
        return ["A flashcard set is not graded: it has no bands, no feedback and no text to compare."]
    if not {str(side["evaluation_type"]) for side in (first, second)} <= {*Skill}:
        return ["The type of one attempt is unknown, so its criteria are too: no difference is shown."]
    skill = common_skill(first, second)
    if skill is None:
        return ["Writing and speaking are different tests: their bands are shown side by side, without a difference."]
    sentences = []
    if not (_is_grade(first) and _is_grade(second)):
        sentences.append("A difference needs two grades, and one of these attempts has none.")
    column, noun = _TASKS[skill]
    tasks = [side[column] for side in (first, second)]
    if all(pd.notna(task) for task in tasks) and tasks[0] != tasks[1]:
        sentences.append(f"They are different {noun}: part of the difference may come from the task.")
    models = [side["model_used"] for side in (first, second)]
    if any(pd.isna(model) for model in models):
        sentences.append("The grading model is not stored for both: part of the difference may come from the grader.")
    elif models[0] != models[1]:
        names = f"{models[0]} and {models[1]}"
        sentences.append(f"Graded by different models, {names}: part of the difference may come from the grader.")
    return sentences


def different_models(first: pd.DataFrame, second: pd.DataFrame) -> tuple[list[str], list[str]] | None:
    """The models that graded the latest attempts of two students, each sorted by name; None where they are the same.

    `first`, `second`: as for `compare_students`. None too if one of them has no attempt with a known model.
    """
    models = [sorted({*latest_attempts(side)["model_used"].dropna().astype("str")}) for side in (first, second)]
    return (models[0], models[1]) if all(models) and models[0] != models[1] else None


def other_attempts(evaluations: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The attempts that one can be compared with: the student's others at the same skill with bands, newest first.

    `evaluations`: the student's, with their `state`; returns rows of it, and none if `row` is neither writing nor
    speaking.
    """
    kind = str(row["evaluation_type"])
    if kind not in {*Skill}:
        return evaluations.head(0)
    attempts = graded_attempts(evaluations, Skill(kind), include_suspect=True)
    others: pd.DataFrame = attempts[attempts["evaluation_id"] != row["evaluation_id"]]
    return others.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def merge_themes(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The recurring feedback of two students in one table, the theme named most often first.

    `first`, `second`: as returned by `bandup.analysis.recurring_feedback.recurring_themes`. One row per theme that at
    least two attempts of one student name: `theme` (str), `criteria` (object: list of columns), and for each side
    `<side>` (int64, attempts that name it), `<side>_of` (int64, attempts whose feedback could be read) and
    `<side>_sample` (object: `(evaluation_id, sentence)` of the newest that names it, None without one). Sorted by the
    sum of both sides' shares of attempts, then by theme.
    """
    by_theme = [{row["theme"]: row for row in table.to_dict("records")} for table in (first, second)]
    totals = [int(table["of"].max()) if len(table) else 0 for table in (first, second)]
    rows = []
    for theme in dict.fromkeys([*by_theme[0], *by_theme[1]]):
        themes = [themes.get(theme) for themes in by_theme]
        columns = [column for entry in themes if entry for column in entry["criteria"]]
        row = {"theme": theme, "criteria": list(dict.fromkeys(columns))}
        for side, entry, total in zip(SIDES, themes, totals, strict=True):
            row[side] = entry["attempts"] if entry else 0
            row[f"{side}_of"] = total
            row[f"{side}_sample"] = entry["samples"][0] if entry else None
        rows.append(row)
    recurring = [row for row in rows if max(row[side] for side in SIDES) >= MIN_ATTEMPTS_FOR_THEME]
    recurring.sort(key=lambda row: (-sum(row[side] / max(row[f"{side}_of"], 1) for side in SIDES), row["theme"]))
    dtypes = {"theme": "str", "criteria": "object"}
    for side in SIDES:
        dtypes |= {side: "int64", f"{side}_of": "int64", f"{side}_sample": "object"}
    return pd.DataFrame(recurring, columns=[*dtypes]).astype(dtypes)


def _is_grade(row: pd.Series) -> bool:
    return str(row["state"]) == State.SUCCEEDED


def _compare(first: pd.DataFrame, second: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The table of `compare_students` for all rows of both frames."""
    return pd.DataFrame([_row(column, first[column], second[column], skill) for column in band_columns(skill)])


def _row(column: str, first: pd.Series, second: pd.Series, skill: Skill) -> dict[str, Any]:
    sides = [side.to_numpy(dtype="float64") for side in (first, second)]
    sides = [bands[~np.isnan(bands)] for bands in sides]
    numbers = len(sides[0]), len(sides[1])
    means = [float(bands.mean()) if len(bands) else math.nan for bands in sides]
    difference = means[1] - means[0]
    threshold = _threshold(column, skill, sides) if all(numbers) else math.nan
    certain = abs(difference) > threshold
    return {
        "criterion": column,
        "first": means[0],
        "second": means[1],
        "first_n": numbers[0],
        "second_n": numbers[1],
        "difference": difference,
        "threshold": threshold,
        "certain": certain,
        "verdict": _verdict(difference, numbers, certain=certain),
    }


def _threshold(column: str, skill: Skill, sides: list[npt.NDArray[np.float64]]) -> float:
    """The largest difference, in bands, between the means of two sides that is within noise."""
    is_criterion = column in CRITERIA[skill]
    level = SIGNIFICANCE_LEVEL / len(CRITERIA[skill]) if is_criterion else SIGNIFICANCE_LEVEL
    factor = 2 if is_criterion and sum(len(bands) for bands in sides) < MIN_ATTEMPTS_FOR_SCATTER else 1
    return difference_threshold(level, factor * stored_band_sem(skill), sides)


def _verdict(difference: float, numbers: tuple[int, int], *, certain: bool) -> str:
    if math.isnan(difference):
        return "nothing to compare"
    if difference == 0:
        return "level"
    if not certain:
        return "within noise"
    return "more than the published noise" if max(numbers) == 1 else "likely more than noise"

"""Two students, or two attempts, side by side: how they differ, and whether the difference is more than noise.

A difference is the second's minus the first's: of the means over each student's latest attempts, or of two bands. Its
threshold is that of `bandup.analysis.mean_differences.compare_means`; docs/trends.md explains the rules.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.attempts import graded_attempts, is_grade, latest_attempts, without_default_criteria
from bandup.analysis.bands import BAND_STEP, CRITERIA, Skill, band_columns
from bandup.analysis.certainty import CLAIMED, Certainty
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.mean_differences import compare_means
from bandup.analysis.students import is_student
from data.schema import FLASHCARD

SIDES = ("first", "second")

MIN_ATTEMPTS_FOR_THEME = 2
"""A theme recurs if this many attempts of either student name it."""

MAX_DAYS_APART = 60
"""Two students whose latest attempts are further apart in time are said to be: levels and graders change."""

_TASKS = {Skill.WRITING: ("task_type", "tasks"), Skill.SPEAKING: ("part", "parts of the test")}


def compare_students(first: pd.DataFrame, second: pd.DataFrame, estimates: ClassEstimates) -> pd.DataFrame:
    """The difference between two students' latest attempts: overall band first, then the criteria in official order.

    `first`, `second`: each one's rows as returned by `bandup.analysis.attempts.graded_attempts`. Columns as of
    `bandup.analysis.mean_differences.compare_means`, and `verdict` (str).
    """
    return _compare(latest_attempts(first), latest_attempts(second), estimates, of_two_students=True)


def compare_attempts(first: pd.Series, second: pd.Series, estimates: ClassEstimates) -> pd.DataFrame:
    """The difference between two attempts at one skill; columns as in `compare_students`.

    `first`, `second`: evaluations with their `state`. The bands are as stored. Only grades are compared: with the
    grader's default answer or an evaluation that did not succeed, `difference` and `threshold` are NaN.
    """
    frames = [without_default_criteria(side.to_frame().T) for side in (first, second)]
    of_two_students = bool(first["user_id"] != second["user_id"])
    table = _compare(frames[0], frames[1], estimates, of_two_students=of_two_students)
    if not (is_grade(first) and is_grade(second)):
        table = table.assign(
            difference=np.nan, threshold=np.nan, certainty=str(Certainty.TOO_FEW), verdict="not compared"
        )
    return table


def single_attempt_thresholds(estimates: ClassEstimates) -> tuple[float, float]:
    """The largest differences, in bands, between two single attempts that are within noise: overall, in any criterion."""
    attempt = pd.DataFrame({"at": [pd.NaT]} | {column: [0.0] for column in band_columns(estimates.skill)})
    overall, *criteria = _compare(attempt, attempt, estimates, of_two_students=False)["threshold"]
    return float(overall), float(max(criteria))


def smallest_clear_difference(threshold: float) -> float:
    """The smallest difference in half bands that is beyond a threshold.

    >>> smallest_clear_difference(1.24), smallest_clear_difference(1.5)
    (1.5, 2.0)
    """
    return (math.floor(threshold / BAND_STEP) + 1) * BAND_STEP


def common_skill(first: pd.Series, second: pd.Series) -> Skill | None:
    """The skill of both attempts; None if their types differ or have no bands."""
    kinds = _types(first, second)
    return Skill(kinds.pop()) if len(kinds) == 1 and kinds <= {*Skill} else None


def both_have_bands(first: pd.Series, second: pd.Series) -> bool:
    """Whether two evaluations can be shown side by side: not if one is a flashcard set, which has no bands."""
    return FLASHCARD not in _types(first, second)


def comparison_caveats(first: pd.Series, second: pd.Series) -> list[str]:
    """Sentences on what can't be compared between two attempts, and on what else may cause a difference.

    `first`, `second`: evaluations with their `state`. Texts of the tables are in the sentences as stored: escape them.
    """
    if not both_have_bands(first, second):
        return ["A flashcard set is not graded: it has no bands, no feedback and no text to compare."]
    if not _types(first, second) <= {*Skill}:
        return ["The type of one attempt is unknown, so its criteria are too: no difference is shown."]
    skill = common_skill(first, second)
    if skill is None:
        return ["Writing and speaking are different tests: their bands are shown side by side, without a difference."]
    sentences = []
    if not (is_grade(first) and is_grade(second)):
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


def different_times(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The median times of two students' latest attempts, where they are more than `MAX_DAYS_APART` days apart, else None.

    `first`, `second`: as for `compare_students`.
    """
    times = [pd.Timestamp(latest_attempts(side)["at"].median()) for side in (first, second)]
    if any(map(pd.isna, times)) or abs(times[1] - times[0]) <= pd.Timedelta(days=MAX_DAYS_APART):
        return None
    return times[0], times[1]


def other_attempts(evaluations: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The attempts that one can be compared with: the student's other grades at the same skill, newest first.

    `evaluations`: the student's, with their `state`; returns rows of it, and none if `row` is neither writing nor
    speaking, or stored without a student.
    """
    kind = str(row["evaluation_type"])
    if kind not in {*Skill} or not is_student(row["user_id"]):
        return evaluations.head(0)
    attempts = graded_attempts(evaluations, Skill(kind))
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
    missing: dict[str, Any] = {"attempts": 0, "criteria": [], "samples": [None]}
    rows = []
    for theme in by_theme[0] | by_theme[1]:
        sides = [themes.get(theme, missing) for themes in by_theme]
        if max(side["attempts"] for side in sides) >= MIN_ATTEMPTS_FOR_THEME:
            criteria = list(dict.fromkeys(column for side in sides for column in side["criteria"]))
            share = sum(side["attempts"] / max(total, 1) for side, total in zip(sides, totals, strict=True))
            cells = [(side["attempts"], total, side["samples"][0]) for side, total in zip(sides, totals, strict=True)]
            rows.append((-share, theme, criteria, *cells[0], *cells[1]))
    dtypes = {"share": "float64", "theme": "str", "criteria": "object"}
    for side in SIDES:
        dtypes |= {side: "int64", f"{side}_of": "int64", f"{side}_sample": "object"}
    table = pd.DataFrame(rows, columns=[*dtypes]).astype(dtypes)
    return table.sort_values(["share", "theme"], ignore_index=True).drop(columns="share")


def _types(first: pd.Series, second: pd.Series) -> set[str]:
    return {str(side["evaluation_type"]) for side in (first, second)}


def _compare(
    first: pd.DataFrame, second: pd.DataFrame, estimates: ClassEstimates, *, of_two_students: bool
) -> pd.DataFrame:
    """The table of `compare_students` for all rows of both frames: the overall band, and the four criteria together."""
    criteria = CRITERIA[estimates.skill]
    statements = {"overall_band": 1} | dict.fromkeys(criteria, len(criteria))
    table = compare_means(first, second, estimates, statements, of_two_students=of_two_students)
    judged = table[["difference", "certainty"]]
    return table.assign(verdict=[_verdict(*row) for row in judged.itertuples(index=False)])


def _verdict(difference: float, certainty: str) -> str:
    if math.isnan(difference):
        return "nothing to compare"
    if difference == 0:
        return "level"
    return f"{certainty} a difference" if certainty in CLAIMED else "within noise"

"""Two students, or two attempts, side by side: what differs between them, and whether that is more than noise.

A difference is the second's minus the first's: of the means over each student's latest attempts, or of two bands. It is
likely more than noise beyond c·noise·√(1/n₁ + 1/n₂), where the noise of one attempt is the published one
(`bandup.analysis.measurement_error`) or the two's own scatter about their means, whichever reaches further; the own scatter's c is
Student's t with n₁ + n₂ − 2 degrees of freedom. For two single attempts this is the known 2.77·SEM, half bands counted
in: about 1.2 bands, so a whole band apart is noise. They have no scatter that an AI grader's own noise would show in,
so of them nothing is called more than the published noise.

As for a trend (`bandup.analysis.progress`), the overall band is tested at 5 %, and each criterion at 5 % divided by four: of
two students at one level at most 5 in 100 are said to differ in the overall band, and at most 5 in 100 in any criterion.

No error is published for one criterion, which is noisier than the mean of four, but at most twice as noisy (where the
four err independently and alike). Fewer than five attempts of both together say too little of their own scatter: there
twice the published noise is taken.

What no number of attempts takes away is what a grader always gets wrong of one student and not of the other: the
published error holds it only in part, so between students a mark says less than within one.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.attempts import dated, graded
from bandup.analysis.bands import BAND_STEP, CRITERIA, Skill
from bandup.analysis.measurement_error import critical_value, published_noise
from bandup.analysis.progress import BLOCK_SIZE, LEVEL
from bandup.analysis.states import State
from data.schema import FLASHCARD

SIDES = ("first", "second")

MIN_ATTEMPTS_TO_COMPARE = 2
"""A theme that so many attempts of either student name is recurring."""

FEWEST_FOR_SCATTER = 5
"""So many attempts of both sides together show how far a criterion scatters; fewer do not."""

_TASKS = {Skill.WRITING: ("task_type", "tasks"), Skill.SPEAKING: ("part", "parts of the test")}


def latest(attempts: pd.DataFrame, size: int = BLOCK_SIZE) -> pd.DataFrame:
    """The latest `size` attempts of known time, oldest first, those of one time in the order of their ids."""
    return dated(attempts).sort_values(["at", "evaluation_id"]).tail(size)


def between_students(first: pd.DataFrame, second: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """How far the latest attempts of two students are apart: the overall band, then the criteria in the official order.

    `first`, `second`: rows of `bandup.analysis.attempts.graded` of each. One row per criterion: `criterion` (str, the column's
    name), `first`, `second` (float64, mean bands, NaN where there is none), `first_n`, `second_n` (int64, bands that are
    there), `difference` (float64, second minus first), `threshold` (float64, bands), `certain` (bool: the difference is
    beyond the threshold), `verdict` (str).
    """
    return _apart(latest(first), latest(second), skill)


def between_attempts(first: pd.Series, second: pd.Series, skill: Skill) -> pd.DataFrame:
    """How far two judged attempts at one skill are apart; columns as of `between_students`.

    The bands are as stored. A difference is taken between grades only: not from the grader's default answer, nor from
    what did not succeed.
    """
    table = _apart(first.to_frame().T, second.to_frame().T, skill)
    if not (_is_grade(first) and _is_grade(second)):
        table = table.assign(difference=np.nan, threshold=np.nan, certain=False, verdict="not compared")
    return table


def reach_of_noise(skill: Skill) -> tuple[float, float]:
    """How far two single attempts at one level may lie apart by noise alone, in bands: overall, and in a criterion."""
    overall, criterion, *_ = (_threshold(column, skill, (1, 1), 0.0) for column in _of(skill))
    return overall, criterion


def smallest_told(reach: float) -> float:
    """The smallest difference in half bands that is beyond the reach of noise.

    >>> smallest_told(1.24), smallest_told(1.5)
    (1.5, 2.0)
    """
    return (math.floor(reach / BAND_STEP) + 1) * BAND_STEP


def skill_of_both(first: pd.Series, second: pd.Series) -> Skill | None:
    """The skill that both attempts are at; None where they are of two kinds, or of one that has no bands."""
    kinds = {str(side["evaluation_type"]) for side in (first, second)}
    return Skill(kinds.pop()) if len(kinds) == 1 and kinds <= {*Skill} else None


def have_bands(first: pd.Series, second: pd.Series) -> bool:
    """Whether there is anything of two attempts to put side by side: not where one is a flashcard set."""
    return FLASHCARD not in {str(side["evaluation_type"]) for side in (first, second)}


def doubts(first: pd.Series, second: pd.Series) -> list[str]:
    """What can't be compared of two judged attempts, and what else than the students may make them differ.

    A sentence each, with texts of the tables in them as they are.
    """
    if not have_bands(first, second):
        return ["A flashcard set is not graded: it has no bands, no feedback and no text to compare."]
    if not {str(side["evaluation_type"]) for side in (first, second)} <= {*Skill}:
        return ["The type of an attempt is not known, so its criteria are not: no difference is taken."]
    skill = skill_of_both(first, second)
    if skill is None:
        return ["Writing and speaking are different tests: their bands stand side by side, no difference is taken."]
    said = []
    if not (_is_grade(first) and _is_grade(second)):
        said.append("A difference is taken between two grades only, and here is one that is none.")
    column, noun = _TASKS[skill]
    tasks = [side[column] for side in (first, second)]
    if all(pd.notna(task) for task in tasks) and tasks[0] != tasks[1]:
        said.append(f"They are different {noun}: part of the difference may lie in what was asked.")
    models = [side["model_used"] for side in (first, second)]
    if any(pd.isna(model) for model in models):
        said.append("Which model graded is not stored for both: part of the difference may be the grader’s.")
    elif models[0] != models[1]:
        said.append(
            f"Graded by different models, {models[0]} and {models[1]}: part of the difference may be the grader’s."
        )
    return said


def models_apart(first: pd.DataFrame, second: pd.DataFrame) -> tuple[list[str], list[str]] | None:
    """The models that graded the latest attempts of two students, each by name; None where they are the same.

    `first`, `second`: as for `between_students`. None as well where one of them has no attempt with a known model.
    """
    used = [sorted({*latest(attempts)["model_used"].dropna().astype("str")}) for attempts in (first, second)]
    return (used[0], used[1]) if all(used) and used[0] != used[1] else None


def other_attempts(evaluations: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """What an attempt can be compared with: the student's others at the same skill that hold bands, newest first.

    `evaluations`: the student's judged evaluations; rows of it come back, none for what is neither writing nor speaking.
    """
    kind = str(row["evaluation_type"])
    if kind not in {*Skill}:
        return evaluations.head(0)
    tries = graded(evaluations, Skill(kind), suspect=True)
    others: pd.DataFrame = tries[tries["evaluation_id"] != row["evaluation_id"]]
    return others.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def recurring_of_both(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """What the feedback keeps saying of either student, the themes of both in one table, most named first.

    `first`, `second`: as of `bandup.analysis.recurring_feedback.recurring`. A row per theme that two attempts or more of one student
    name: `theme` (str), `criteria` (object: list of columns), and for each side `<side>` and `<side>_of` (int64:
    attempts that name it, of so many that could be read) and `<side>_said` (object: `(evaluation_id, sentence)` of the
    newest that does, None where none does). Sorted by the share of attempts, the two sides' added up, then by theme.
    """
    named = [{row["theme"]: row for row in table.to_dict("records")} for table in (first, second)]
    looked_at = [int(table["of"].max()) if len(table) else 0 for table in (first, second)]
    rows = []
    for theme in dict.fromkeys([*named[0], *named[1]]):
        found = [by_theme[theme] for by_theme in named if theme in by_theme]
        row = {"theme": theme, "criteria": list(dict.fromkeys(column for one in found for column in one["criteria"]))}
        for side, by_theme, of in zip(SIDES, named, looked_at, strict=True):
            own = by_theme.get(theme)
            row |= {
                side: own["attempts"] if own else 0,
                f"{side}_of": of,
                f"{side}_said": own["samples"][0] if own else None,
            }
        rows.append(row)
    recurring = [row for row in rows if max(row[side] for side in SIDES) >= MIN_ATTEMPTS_TO_COMPARE]
    recurring.sort(key=lambda row: (-sum(row[side] / max(row[f"{side}_of"], 1) for side in SIDES), row["theme"]))
    columns = {"theme": "str", "criteria": "object"}
    for side in SIDES:
        columns |= {side: "int64", f"{side}_of": "int64", f"{side}_said": "object"}
    return pd.DataFrame(recurring, columns=[*columns]).astype(columns)


def _of(skill: Skill) -> tuple[str, ...]:
    return ("overall_band", *CRITERIA[skill])


def _is_grade(row: pd.Series) -> bool:
    return str(row["state"]) == State.SUCCEEDED


def _apart(first: pd.DataFrame, second: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The table of `between_students`, of all rows of both frames."""
    return pd.DataFrame([_row(column, first[column], second[column], skill) for column in _of(skill)])


def _row(column: str, first: pd.Series, second: pd.Series, skill: Skill) -> dict[str, Any]:
    sides = [side.to_numpy(dtype="float64") for side in (first, second)]
    sides = [bands[~np.isnan(bands)] for bands in sides]
    numbers = len(sides[0]), len(sides[1])
    means = [float(bands.mean()) if len(bands) else math.nan for bands in sides]
    difference, threshold = means[1] - means[0], math.nan
    if all(numbers):
        squares = sum(float(((bands - bands.mean()) ** 2).sum()) for bands in sides)
        threshold = _threshold(column, skill, numbers, squares)
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


def _threshold(column: str, skill: Skill, numbers: tuple[int, int], squares: float) -> float:
    """What noise reaches between means of so many bands; `squares`: of their distances from their means, added up."""
    is_criterion = column in CRITERIA[skill]
    level = LEVEL / len(CRITERIA[skill]) if is_criterion else LEVEL
    times = 2 if is_criterion and sum(numbers) < FEWEST_FOR_SCATTER else 1
    reach = critical_value(level) * times * published_noise(skill)
    if degrees := sum(numbers) - 2:
        reach = max(reach, critical_value(level, degrees) * math.sqrt(squares / degrees))
    return reach * math.sqrt(sum(1 / number for number in numbers))


def _verdict(difference: float, numbers: tuple[int, int], *, certain: bool) -> str:
    if math.isnan(difference):
        return "nothing to compare"
    if difference == 0:
        return "level"
    if not certain:
        return "within noise"
    return "more than the published noise" if max(numbers) == 1 else "likely more than noise"

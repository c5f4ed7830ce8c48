"""A student's attempts at a skill: the evaluations that hold a grade, in order of time."""

from bisect import bisect_left
from datetime import datetime
from typing import Any

import pandas as pd

from bandup.analysis.bands import BAND_COLUMNS, Skill, band_columns, format_band
from bandup.analysis.states import State, state_counts
from bandup.analysis.students import is_student
from bandup.analysis.time_windows import is_dated
from bandup.formatting import counted
from bandup.memo import memoized
from data.flags import DEFAULT_CRITERION_FLAGS
from data.schema import FLASHCARD

LATEST_ATTEMPTS = 5
"""How many attempts "the latest attempts" are: those that a student's present level is the mean of."""

ANY_CRITERION_IS_DEFAULT = sum(int(flag) for flag in DEFAULT_CRITERION_FLAGS.values())

_NOUNS = {Skill.WRITING: "essay", Skill.SPEAKING: "recording"}


@memoized
def graded_attempts(evaluations: pd.DataFrame, skill: Skill, *, include_suspect: bool = False) -> pd.DataFrame:
    """The evaluations of a skill that hold a grade, oldest first, unknown times last; columns unchanged.

    `evaluations`: with their `state`. The grader's default answers (state `suspect`) are left out unless
    `include_suspect`, and a criterion that is its default is missing.
    """
    states = [State.SUCCEEDED, State.SUSPECT] if include_suspect else [State.SUCCEEDED]
    of_skill = evaluations["evaluation_type"].astype("str").eq(skill)
    has_grade = of_skill & evaluations["state"].astype("str").isin(states) & evaluations["overall_band"].notna()
    attempts = evaluations[has_grade].sort_values("at", na_position="last", kind="stable", ignore_index=True)
    return without_default_criteria(attempts)


@memoized
def suspect_as_succeeded(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The same evaluations with default answers as grades: `succeeded` for `suspect`, and no flag of a default criterion."""
    state = evaluations["state"].astype("str").replace(str(State.SUSPECT), str(State.SUCCEEDED))
    flags = evaluations["flags"] & ~ANY_CRITERION_IS_DEFAULT
    return evaluations.assign(state=pd.Categorical(state, categories=[*State]), flags=flags)


def without_default_criteria(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The evaluations, criteria that hold the grader's default missing; the frame itself where there are none."""
    if "flags" not in evaluations or not (evaluations["flags"] & ANY_CRITERION_IS_DEFAULT).any():
        return evaluations
    defaults = {column: (evaluations["flags"] & int(flag)).ne(0) for column, flag in DEFAULT_CRITERION_FLAGS.items()}
    return evaluations.assign(**{column: evaluations[column].mask(where) for column, where in defaults.items()})


def has_default_answers(evaluations: pd.DataFrame) -> bool:
    """Whether any of the evaluations holds the grader's default, as a whole or in a criterion."""
    is_suspect = evaluations["state"].astype("str").eq(State.SUSPECT)
    return bool((is_suspect | (evaluations["flags"] & ANY_CRITERION_IS_DEFAULT).ne(0)).any())


def is_grade(row: pd.Series) -> bool:
    """Whether an evaluation with its `state` is a grade: not the grader's default answer, and not without a result."""
    return str(row["state"]) == State.SUCCEEDED


@memoized
def newest_attempt_ids(evaluations: pd.DataFrame) -> list[str]:
    """The ids of one student's graded attempts at either skill, newest first, unknown times last."""
    attempts = pd.concat([graded_attempts(evaluations, skill) for skill in Skill])
    newest = attempts.sort_values("at", ascending=False, na_position="last", kind="stable")
    return [str(evaluation_id) for evaluation_id in newest["evaluation_id"]]


def dated(attempts: pd.DataFrame) -> pd.DataFrame:
    """The attempts whose time is known and not in the future: only these can be shown over time or put in order."""
    return attempts[is_dated(attempts)]


def in_order(attempts: pd.DataFrame) -> pd.DataFrame:
    """One student's attempts in order of time, then of their ids (if the frame has them), then of their bands."""
    if attempts["at"].is_unique:
        return attempts.sort_values("at")
    columns = [column for column in ("evaluation_id", *BAND_COLUMNS) if column in attempts]
    return attempts.sort_values(["at", *columns])


def task_or_part(attempts: pd.DataFrame) -> pd.Series:
    """The task or the part of each attempt, such as `TASK_2` or `PART_1`: an attempt has one of the two. Category or text."""
    columns = [attempts[column] for column in ("task_type", "part")]
    used = [column for column in columns if column.notna().any()]
    if len(used) == 1:
        return used[0]
    joined: pd.Series = columns[0].astype("str").fillna("") + "\n" + columns[1].astype("str").fillna("")
    return joined


def latest_attempts(attempts: pd.DataFrame, size: int = LATEST_ATTEMPTS) -> pd.DataFrame:
    """One student's latest `size` attempts of known time, oldest first."""
    return in_order(dated(attempts)).tail(size)


def latest_overall_means(attempts: pd.DataFrame, size: int = LATEST_ATTEMPTS) -> pd.Series:
    """The mean overall band (float64) of each student's latest attempts of known time, by user id; given oldest first."""
    latest = dated(attempts).groupby("user_id").tail(size)
    return latest.groupby("user_id")["overall_band"].mean().astype("float64")


def neighbours(evaluations: pd.DataFrame, evaluation_id: str) -> tuple[pd.Series | None, pd.Series | None]:
    """The student's previous and next grade at the same skill, each None where there is none.

    `evaluations`: one student's, with their `state`; the grader's default answers are no grades. Attempts at the same time
    are in the order of their ids. An attempt of unknown or future time, or stored without a student, has no neighbours.
    """
    own = dated(evaluations[evaluations["evaluation_id"] == evaluation_id])
    if own.empty or own["evaluation_type"].iloc[0] not in {*Skill} or not is_student(own["user_id"].iloc[0]):
        return None, None
    row = own.iloc[0]
    attempts = dated(graded_attempts(evaluations, Skill(row["evaluation_type"])))
    others = attempts[attempts["evaluation_id"] != evaluation_id].sort_values(["at", "evaluation_id"])
    place = bisect_left([*zip(others["at"], others["evaluation_id"], strict=True)], (row["at"], evaluation_id))
    before = others.iloc[place - 1] if place else None
    return before, others.iloc[place] if place < len(others) else None


def band_changes(before: pd.Series, after: pd.Series) -> dict[str, float]:
    """The change of each band between two grades at the same skill, by column, where both have the band.

    Empty unless both are grades; a criterion that is the grader's default has no change. The difference between two single attempts is mostly noise: see `bandup.analysis.progress`.
    """
    if not (is_grade(before) and is_grade(after)):
        return {}
    flags = int(before["flags"]) | int(after["flags"])
    defaults = {column for column, flag in DEFAULT_CRITERION_FLAGS.items() if flags & flag}
    columns = [column for column in band_columns(after["evaluation_type"]) if column not in defaults]
    differences = {column: float(after[column]) - float(before[column]) for column in columns}
    return {column: difference for column, difference in differences.items() if not pd.isna(difference)}


def evaluation_title(evaluation_type: Any, task_type: Any, part: Any) -> str:  # noqa: ANN401 - text or missing
    """The title of an evaluation: `Writing, Task 2`, `Speaking, Part 1`; what is missing is left out."""
    kind = str(evaluation_type).capitalize() if pd.notna(evaluation_type) else "Unknown type"
    task = next((str(code).replace("_", " ").capitalize() for code in (task_type, part) if pd.notna(code)), "")
    return f"{kind}, {task}" if task else kind


def words_per_minute(words: float | None, seconds: float | None) -> float | None:
    """Speech rate, a description only (no official mapping from rate to band exists); None where it is unknown."""
    if words is None or seconds is None or pd.isna(words) or pd.isna(seconds) or seconds <= 0:
        return None
    return float(words) / float(seconds) * 60


@memoized
def describe_attempts(evaluations: pd.DataFrame, now: datetime) -> str:
    """One sentence per skill: how many graded attempts one student has, the latest band and how long ago (`now`: aware)."""
    described = {skill: _describe(graded_attempts(evaluations, skill), noun, now) for skill, noun in _NOUNS.items()}
    return " ".join(f"{skill.capitalize()}: {text}." for skill, text in described.items())


def _describe(attempts: pd.DataFrame, noun: str, now: datetime) -> str:
    if attempts.empty:
        return f"no graded {noun} yet"
    number = counted(len(attempts), f"graded {noun}")
    with_time = dated(attempts)
    if with_time.empty:
        return f"{number}, at unknown times"
    latest = with_time.iloc[-1]
    days = max(0, (pd.Timestamp(now) - latest["at"]).days)
    when = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    return f"{number}, the latest at band {format_band(latest['overall_band'])} {when}"


@memoized
def describe_grades(evaluations: pd.DataFrame) -> str:
    """How many of one student's evaluations hold a grade, and what the others are.

    `41 graded of 74 evaluations; 33 have no grade: 30 failed, 3 flashcard sets.`
    """
    kind = evaluations["evaluation_type"].astype("str")
    state = evaluations["state"].astype("str")
    is_attempt = kind.isin([*Skill])
    is_graded = is_attempt & state.eq(State.SUCCEEDED) & evaluations["overall_band"].notna()
    sentence = f"{int(is_graded.sum()):,} graded of {counted(len(evaluations), 'evaluation')}"
    others = int((~is_graded).sum())
    if not others:
        return f"{sentence}."
    sets = kind.eq(FLASHCARD)
    untyped = state.eq(State.SUCCEEDED) & ~is_graded & ~sets
    by_state = state_counts(state[~is_graded & ~sets & ~untyped])
    parts = [f"{number:,} {name}" for name, number in by_state.items() if number]
    parts += [f"{int(untyped.sum()):,} of unknown type"] if untyped.any() else []
    parts += [f"{counted(int(sets.sum()), 'flashcard set')}, listed below too"] if sets.any() else []
    return f"{sentence}; {others:,} {'has' if others == 1 else 'have'} no grade: {', '.join(parts)}."


@memoized
def omitted_from_charts(evaluations: pd.DataFrame, *, listed: bool = True) -> list[str]:
    """Sentences on the graded attempts that one student's charts don't show as grades; empty if they show all.

    `listed`: whether the page lists all evaluations below the charts.
    """
    attempts = pd.concat([graded_attempts(evaluations, skill, include_suspect=True) for skill in Skill])
    undated = int((~is_dated(attempts)).sum())
    suspect = int((attempts["state"].astype("str") == State.SUSPECT).sum())
    sentences = []
    if undated:
        where = "in the list below, not in the charts" if listed else "not in the charts"
        sentences.append(f"{counted(undated, 'graded attempt')} at an unknown time: {where}.")
    if suspect:
        sentences.append(f"{suspect} with the grader’s default answer (all bands 6.0): left out of every average.")
    return sentences

"""A student's attempts at a skill: the evaluations that hold a grade, in order of time."""

from datetime import datetime
from typing import Any

import pandas as pd

from bandup.analysis.bands import CRITERIA, Skill, format_band
from bandup.analysis.states import State
from bandup.memo import memoized


@memoized
def graded(evaluations: pd.DataFrame, skill: Skill, *, suspect: bool = False) -> pd.DataFrame:
    """The judged evaluations of a skill that hold a grade, oldest first, unknown times last; columns as given.

    The grader's default answers (state `suspect`) are left out unless asked for.
    """
    kept = [State.SUCCEEDED, State.SUSPECT] if suspect else [State.SUCCEEDED]
    of_skill = evaluations["evaluation_type"].astype("str").eq(skill)
    with_grade = of_skill & evaluations["state"].astype("str").isin(kept) & evaluations["overall_band"].notna()
    return evaluations[with_grade].sort_values("at", na_position="last", kind="stable", ignore_index=True)


@memoized
def counting_suspect(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The same evaluations with the grader's default answers taken for grades: for whoever asks for that."""
    state = evaluations["state"].astype("str").replace(str(State.SUSPECT), str(State.SUCCEEDED))
    return evaluations.assign(state=pd.Categorical(state, categories=[*State]))


@memoized
def newest_ids(evaluations: pd.DataFrame) -> list[str]:
    """The ids of one student's graded attempts at either skill, newest first, unknown times last."""
    attempts = pd.concat([graded(evaluations, skill) for skill in Skill])
    newest = attempts.sort_values("at", ascending=False, na_position="last", kind="stable")
    return [str(key) for key in newest["evaluation_id"]]


def dated(attempts: pd.DataFrame) -> pd.DataFrame:
    """The attempts whose time is known: the only ones that can be drawn over time or put in order."""
    return attempts[attempts["at"].notna()]


def neighbours(evaluations: pd.DataFrame, evaluation_id: str) -> tuple[pd.Series | None, pd.Series | None]:
    """The student's attempts of the same skill just before and just after this one, by time; None where there is none.

    `evaluations`: one student's judged evaluations. Attempts of one time stand in the order of their ids; an attempt of
    unknown time has no neighbours.
    """
    own = evaluations[evaluations["evaluation_id"] == evaluation_id]
    if own.empty or pd.isna(own["at"].iloc[0]) or own["evaluation_type"].iloc[0] not in {*Skill}:
        return None, None
    row = own.iloc[0]
    line = dated(graded(evaluations, Skill(row["evaluation_type"]), suspect=True)).sort_values(["at", "evaluation_id"])
    others = line[line["evaluation_id"] != evaluation_id]
    before = others[
        (others["at"] < row["at"]) | ((others["at"] == row["at"]) & (others["evaluation_id"] < evaluation_id))
    ]
    after = others[~others["evaluation_id"].isin(before["evaluation_id"])]
    return (
        None if before.empty else before.iloc[-1],
        None if after.empty else after.iloc[0],
    )


def changes(before: pd.Series, after: pd.Series) -> dict[str, float]:
    """What changed from one attempt to another of the same skill: band column to difference, where both have a band.

    The difference between two single attempts is mostly noise: see `bandup.analysis.progress`.
    """
    columns = ("overall_band", *CRITERIA[Skill(after["evaluation_type"])])
    differences = {column: float(after[column]) - float(before[column]) for column in columns}
    return {column: difference for column, difference in differences.items() if not pd.isna(difference)}


def titled(evaluation_type: Any, task_type: Any, part: Any) -> str:  # noqa: ANN401 - text or missing
    """What an evaluation is, in words: `Writing, Task 2`, `Speaking, Part 1`; missing parts are left out."""
    kind = str(evaluation_type).capitalize() if pd.notna(evaluation_type) else "Unknown type"
    task = next((str(code).replace("_", " ").capitalize() for code in (task_type, part) if pd.notna(code)), "")
    return f"{kind}, {task}" if task else kind


def words_per_minute(words: float | None, seconds: float | None) -> float | None:
    """Speech rate, as description only: no official mapping from rate to band exists. None where it can't be told."""
    if words is None or seconds is None or pd.isna(words) or pd.isna(seconds) or seconds <= 0:
        return None
    return float(words) / float(seconds) * 60


@memoized
def in_words(evaluations: pd.DataFrame, now: datetime) -> str:
    """One sentence per skill: how many graded attempts, the latest band and how long ago. `now` is aware.

    `evaluations`: one student's judged evaluations.
    """
    said = []
    for skill, noun in ((Skill.WRITING, "essay"), (Skill.SPEAKING, "recording")):
        attempts = graded(evaluations, skill)
        if attempts.empty:
            said.append(f"{skill.capitalize()}: no graded {noun} yet.")
            continue
        number = f"{len(attempts)} graded {noun}{'s' if len(attempts) > 1 else ''}"
        latest = dated(attempts)
        if latest.empty:
            said.append(f"{skill.capitalize()}: {number}, at unknown times.")
            continue
        last = latest.iloc[-1]
        days = max(0, (pd.Timestamp(now) - last["at"]).days)
        when = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
        said.append(f"{skill.capitalize()}: {number}, the latest at band {format_band(last['overall_band'])} {when}.")
    return " ".join(said)


@memoized
def left_out_of_charts(evaluations: pd.DataFrame, *, listed: bool = True) -> list[str]:
    """What one student's charts do not draw as a grade, a sentence each; empty where nothing is left out.

    `listed`: whether a list of all evaluations stands below.
    """
    graded_items = pd.concat([graded(evaluations, skill, suspect=True) for skill in Skill])
    undated = int(graded_items["at"].isna().sum())
    suspect = int((graded_items["state"].astype("str") == State.SUSPECT).sum())
    said = []
    if undated:
        where = "in the list below, not in the charts" if listed else "not in the charts"
        said.append(f"{undated} graded at an unknown time: {where}.")
    if suspect:
        said.append(f"{suspect} with the grader’s default answer (all bands 6.0): left out of every average.")
    return said

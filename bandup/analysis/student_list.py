"""The list of all students: one row per student, from both tables."""

import numpy as np
import pandas as pd

from bandup import text_search
from bandup.analysis.attempts import dated, graded_attempts
from bandup.analysis.bands import Skill
from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.analysis.students import of_students
from bandup.analysis.time_windows import is_dated
from bandup.memo import memoized
from data.schema import FLASHCARD

SPARKLINE_ATTEMPTS = 20
"""The number of latest attempts in a sparkline, at most."""


@memoized
def all_students(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """One row per student with any item in either table, most recently active first, then by user id.

    Items stored without a student (`bandup.analysis.students`) are left out. Columns: `user_id` (str); `last_activity`
    (UTC, of the newest item, NaT where no item has a known time; none in the future counts); `longest_break` (float64,
    days between two items of known time that follow each other, the most; 0 with fewer than two); `suspect`,
    `unsuccessful`, `sets` (int64: default answers; failed, stuck and empty jobs; flashcard items, of both tables); per
    skill `<skill>_attempts` (int64: graded attempts, without default answers), `<skill>_band`, `<skill>_best` (float32:
    overall band of the latest dated attempt, best of all) and `<skill>_bands` (object: list of the overall bands of the
    latest dated attempts, oldest first).
    """
    frames = [frame[["user_id", "at", "state", "flags"]] for frame in (evaluations, flashcard_sets)]
    items = of_students(pd.concat(frames, ignore_index=True)).reset_index(drop=True)
    items["state"] = items["state"].astype("str")
    known_at = items["at"].where(is_dated(items))
    table = pd.DataFrame({"last_activity": known_at.groupby(items["user_id"], sort=True).max()})
    table["longest_break"] = _longest_break(known_at.dropna(), items["user_id"]).reindex(table.index, fill_value=0.0)
    is_set = evaluations["evaluation_type"].astype("str").eq(FLASHCARD)
    users = {
        "suspect": items.loc[items["state"] == State.SUSPECT, "user_id"],
        "unsuccessful": _unsuccessful(evaluations, flashcard_sets),
        "sets": pd.concat([flashcard_sets["user_id"], evaluations.loc[is_set, "user_id"]]),
    }
    for column, of_items in users.items():
        table[column] = _counts(of_items, table.index)
    for skill in Skill:
        attempts = of_students(graded_attempts(evaluations, skill))
        table[f"{skill}_attempts"] = _counts(attempts["user_id"], table.index)
        latest = dated(attempts).groupby("user_id")
        table[f"{skill}_band"] = latest["overall_band"].last()
        table[f"{skill}_best"] = attempts.groupby("user_id")["overall_band"].max()
        table[f"{skill}_bands"] = _bands(latest.tail(SPARKLINE_ATTEMPTS), table.index)
    table = table.reset_index()
    return table.sort_values("last_activity", ascending=False, na_position="last", kind="stable", ignore_index=True)


def with_unsuccessful(students: pd.DataFrame, evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """The rows of `all_students` with `unsuccessful` counted again, after states of the same items have changed."""
    counts = students["user_id"].map(_unsuccessful(evaluations, flashcard_sets).value_counts())
    return students.assign(unsuccessful=counts.fillna(0).astype("int64"))


@memoized
def search_students(students: pd.DataFrame, text: str) -> pd.DataFrame:
    """The students whose id contains the text as `bandup.text_search` compares them; all for an empty text."""
    return students[text_search.contains(students, ["user_id"], text)] if text.strip() else students


@memoized
def rows_of(students: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The rows of `students` that `shown` has, in its order; `shown` has the index of `students` and other columns."""
    return students.loc[shown.index]


def _unsuccessful(*tables: pd.DataFrame) -> pd.Series:
    """The user id of every failed, stuck or empty job."""
    return pd.concat([table.loc[table["state"].isin(UNSUCCESSFUL), "user_id"] for table in tables], ignore_index=True)


def _longest_break(at: pd.Series, user_ids: pd.Series) -> pd.Series:
    ordered = at.sort_values()
    days = ordered.groupby(user_ids.loc[ordered.index]).diff().dt.total_seconds() / 86_400
    longest: pd.Series = days.groupby(user_ids.loc[ordered.index]).max().fillna(0.0)
    return longest


def _bands(attempts: pd.DataFrame, users: pd.Index) -> list[list[float]]:
    """The overall bands of each user in the order of `attempts`."""
    places = users.get_indexer(pd.Index(attempts["user_id"]))
    bands = attempts["overall_band"].to_numpy()[np.argsort(places, kind="stable")].tolist()
    ends = np.bincount(places, minlength=len(users)).cumsum().tolist()
    return [bands[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _counts(user_ids: pd.Series, users: pd.Index) -> pd.Series:
    return user_ids.value_counts().reindex(users, fill_value=0).astype("int64")

"""The list of all students: one row per student, from both tables."""

import numpy as np
import pandas as pd

from bandup.analysis.attempts import dated, graded_attempts
from bandup.analysis.bands import Skill
from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.memo import memoized

SPARKLINE_ATTEMPTS = 20
"""The number of latest attempts in a sparkline, at most."""


@memoized
def all_students(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """One row per user id of any item of either table, most recently active first, then by user id.

    Columns: `user_id` (str); for writing and speaking each `<skill>_attempts` (int64: graded attempts), `<skill>_band`
    and `<skill>_best` (float32: overall band of the latest dated attempt, and the best of all), `<skill>_bands`
    (object: list of overall bands, the latest 20 dated attempts, oldest first); `suspect` and `unsuccessful` (int64:
    default answers; failed, stuck and empty jobs of both tables); `sets` (int64: flashcard items of both tables);
    `last_activity` (UTC timestamp of the newest item, NaT where no item has a known time). The grader's default answers
    are not counted in the bands.
    """
    items = pd.concat([frame[["user_id", "at", "state"]] for frame in (evaluations, flashcard_sets)], ignore_index=True)
    items["state"] = items["state"].astype("str")
    by_user = items.groupby("user_id", sort=True)
    table = pd.DataFrame({"last_activity": by_user["at"].max()})
    table["suspect"] = _count(items[items["state"] == State.SUSPECT])
    table["unsuccessful"] = _count(items[items["state"].isin(UNSUCCESSFUL)])
    is_set = evaluations["evaluation_type"].astype("str").eq("flashcard")
    table["sets"] = _count(pd.concat([flashcard_sets[["user_id"]], evaluations.loc[is_set, ["user_id"]]]))
    for skill in Skill:
        attempts = graded_attempts(evaluations, skill)
        table[f"{skill}_attempts"] = _count(attempts)
        latest = dated(attempts).groupby("user_id")
        table[f"{skill}_band"] = latest["overall_band"].last()
        table[f"{skill}_best"] = attempts.groupby("user_id")["overall_band"].max()
        table[f"{skill}_bands"] = _bands(latest.tail(SPARKLINE_ATTEMPTS))
    counted = ["suspect", "unsuccessful", "sets", *(f"{skill}_attempts" for skill in Skill)]
    table[counted] = table[counted].fillna(0).astype("int64")
    for skill in Skill:
        table[f"{skill}_bands"] = [bands if isinstance(bands, list) else [] for bands in table[f"{skill}_bands"]]
    table = table.reset_index()
    return table.sort_values("last_activity", ascending=False, na_position="last", kind="stable", ignore_index=True)


@memoized
def search_students(students: pd.DataFrame, text: str) -> pd.DataFrame:
    """The students whose id contains the text, ignoring case; all for an empty text."""
    wanted = text.strip()
    return students[students["user_id"].str.contains(wanted, case=False, regex=False)] if wanted else students


@memoized
def rows_of(students: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The rows of `students` that `shown` has, in its order; `shown` has the index of `students` and other columns."""
    return students.loc[shown.index]


def _bands(attempts: pd.DataFrame) -> pd.Series:
    """The overall bands of each student (index: user id) as a list of float, in the order of `attempts`."""
    places, users = pd.factorize(attempts["user_id"])
    bands = attempts["overall_band"].to_numpy()[np.argsort(places, kind="stable")].tolist()
    ends = np.bincount(places).cumsum().tolist()
    lists = [bands[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return pd.Series(lists, index=users, dtype="object")


def _count(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("user_id").size()

"""Jobs: every item of both tables in one frame, whatever its state."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from bandup.analysis.states import UNSUCCESSFUL, counts
from bandup.formatting import duration
from bandup.memo import memoized
from data.schema import FLASHCARD

JOB_COLUMNS = (
    "table",
    "id",
    "user_id",
    "type",
    "status",
    "state",
    "at",
    "at_source",
    "model_used",
    "error_message",
    "flags",
)


def jobs(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """Every item of both judged frames, newest first, unknown times last; columns `JOB_COLUMNS`.

    `table` is `evaluations` or `flashcard_sets`, `id` the item's partition key, `type` writing, speaking, flashcard or
    whatever was stored (missing where nothing was).
    """
    parts = [
        evaluations.rename(columns={"evaluation_id": "id", "evaluation_type": "type"}).assign(table="evaluations"),
        flashcard_sets.rename(columns={"set_id": "id"}).assign(table="flashcard_sets", type=FLASHCARD),
    ]
    texts = ["table", "type", "status", "state", "at_source", "model_used"]
    typed = [part[list(JOB_COLUMNS)].astype(dict.fromkeys(texts, "str")) for part in parts]
    joined = pd.concat(typed, ignore_index=True).astype(dict.fromkeys(texts, "category"))
    return joined.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


@memoized
def by_state(jobs: pd.DataFrame) -> pd.Series:
    """How many of the jobs are in each state, as `bandup.analysis.states.counts` gives it."""
    return counts(jobs["state"])


@memoized
def matching(jobs: pd.DataFrame, states: Sequence[str], types: Sequence[str], text: str) -> pd.DataFrame:
    """The jobs in these states and of these types (empty: all) whose id, student or error holds the text.

    Where nothing is asked for this is `jobs` itself: results are kept, and a copy of 100,000 jobs takes 20 MB.
    """
    if not (states or types or text.strip()):
        return jobs
    kept = pd.Series(data=True, index=jobs.index)
    if states:
        kept &= jobs["state"].isin([str(state) for state in states])
    if types:
        kept &= jobs["type"].isin(types)
    if text.strip():
        held = pd.Series(data=False, index=jobs.index)
        for column in ("id", "user_id", "error_message"):
            held |= jobs[column].str.contains(text.strip(), case=False, regex=False).fillna(value=False)
        kept &= held
    return jobs[kept]


@memoized
def types(jobs: pd.DataFrame) -> list[str]:
    """The types these jobs are of, in alphabetical order."""
    return sorted(jobs["type"].dropna().astype("str").unique())


@memoized
def among(jobs: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Those jobs that are also among the others; both are rows of one frame."""
    return jobs[jobs.index.isin(others.index)]


def in_words(by_state: pd.Series) -> str:
    """How many of how many jobs left a student without a result; `by_state` as `bandup.analysis.states.counts` gives it."""
    total = int(by_state.sum())
    if not total:
        return "Both tables are empty."
    said = ", ".join(f"{by_state[state]:,} {state}" for state in UNSUCCESSFUL)
    return f"{int(by_state[[*UNSUCCESSFUL]].sum()):,} of {total:,} jobs left a student without a result: {said}."


def ages(jobs: pd.DataFrame, now: datetime) -> pd.Series:
    """How long ago each job's own time is, in its largest unit: `3 days`; missing where the time is unknown (str)."""
    seconds = (pd.Timestamp(now) - jobs["at"]).dt.total_seconds()
    return pd.Series([None if pd.isna(age) else duration(age) for age in seconds], index=jobs.index, dtype="str")

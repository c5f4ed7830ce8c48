"""The jobs: all items of both tables in one frame, in any state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from bandup import text_search
from bandup.analysis import job_columns
from bandup.analysis.states import UNSUCCESSFUL, state_counts
from bandup.analysis.time_windows import in_future
from bandup.formatting import IN_FUTURE, durations
from bandup.memo import memoized
from data.schema import FLASHCARD


def all_jobs(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame) -> pd.DataFrame:
    """All items of both frames (as of `with_state`), newest first, unknown times last.

    Columns as declared in `bandup.analysis.job_columns`. `table` is `evaluations` or `flashcard_sets`, `id` the item's
    partition key, `type` writing, speaking, flashcard or any other stored text (missing where none is stored).

    Raises KeyError where neither table has a declared column.
    """
    tables = [
        evaluations.rename(columns={"evaluation_id": "id", "evaluation_type": "type"}).assign(table="evaluations"),
        flashcard_sets.rename(columns={"set_id": "id"}).assign(table="flashcard_sets", type=FLASHCARD),
    ]
    if unknown := [name for name in job_columns.dtypes() if not any(name in table for table in tables)]:
        raise KeyError(f"Neither table has these columns of bandup.analysis.job_columns: {', '.join(unknown)}")
    jobs = pd.concat([_declared_columns(table) for table in tables], ignore_index=True).astype(job_columns.dtypes())
    return jobs.sort_values("at", ascending=False, na_position="last", kind="stable", ignore_index=True)


def _declared_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The declared columns of one table, missing values for one that it lacks; categories, which differ, as str."""
    columns = {}
    for name, dtype in job_columns.dtypes().items():
        joinable: Any = "str" if dtype == "category" else dtype
        columns[name] = table[name].astype(joinable) if name in table else pd.Series(index=table.index, dtype=joinable)
    return pd.DataFrame(columns, index=table.index)


@memoized
def jobs_per_state(jobs: pd.DataFrame) -> pd.Series:
    """The number of jobs in each state, as of `bandup.analysis.states.state_counts`."""
    return state_counts(jobs["state"])


@memoized
def filter_jobs(jobs: pd.DataFrame, states: Sequence[str], types: Sequence[str], text: str) -> pd.DataFrame:
    """The jobs in these states and of these types (empty: all) whose id, student or error contains the text (`bandup.text_search`).

    Without any filter this is `jobs` itself: results are kept, and a copy of 100,000 jobs takes 20 MB.
    """
    if not (states or types or text.strip()):
        return jobs
    matches = pd.Series(data=True, index=jobs.index)
    if states:
        matches &= jobs["state"].isin([str(state) for state in states])
    if types:
        matches &= jobs["type"].isin(types)
    if text.strip():
        matches &= text_search.contains(jobs, ["id", "user_id", "error_message"], text)
    return jobs[matches]


@memoized
def types_of(jobs: pd.DataFrame) -> list[str]:
    """The distinct types of these jobs in alphabetical order."""
    return sorted(jobs["type"].dropna().astype("str").unique())


@memoized
def in_both(jobs: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The jobs that are also among the others; both are rows of one frame."""
    return jobs[jobs.index.isin(others.index)]


def counts_sentence(counts: pd.Series, stored: int) -> str:
    """How many jobs of a window left a student without a result.

    `counts` as of `bandup.analysis.states.state_counts`; `stored`: the number of jobs at any time.
    """
    total = int(counts.sum())
    if not total:
        return "There are no jobs in this window." if stored else "Both tables are empty."
    by_state = ", ".join(f"{counts[state]:,} {state}" for state in UNSUCCESSFUL)
    return f"{int(counts[[*UNSUCCESSFUL]].sum()):,} of {total:,} jobs left a student without a result: {by_state}."


def ages(jobs: pd.DataFrame, now: datetime) -> pd.Series:
    """The age of each job in its largest unit, as in `3 days`; `in the future`, or missing where unknown (str)."""
    known = durations((pd.Timestamp(now) - jobs["at"]).dt.total_seconds())
    return known.mask(in_future(jobs["at"], now), IN_FUTURE)

"""The jobs of both tables as `bandup jobs` prints them: the same states as on the Jobs page."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from bandup.analysis import job_columns, time_windows
from bandup.analysis.job_list import ages
from bandup.analysis.states import UNSUCCESSFUL, State, state_counts
from data.flags import labels

NOT_LISTED = (State.SUCCEEDED, State.RUNNING)
"""The states that need no attention: their jobs are counted, but only listed on request."""


def select_jobs(
    jobs: pd.DataFrame, now: datetime, since: timedelta | None, states: Collection[State]
) -> tuple[pd.DataFrame, int]:
    """The jobs to list, and how many `since` left out because their time is unknown or in the future.

    `jobs`: as of `bandup.analysis.job_list.all_jobs`. Without `states`: the jobs in any state but `NOT_LISTED`.
    """
    state = jobs["state"].astype("str")
    listed = jobs[state.isin([*states]) if states else ~state.isin(NOT_LISTED)]
    if since is None:
        return listed, 0
    return time_windows.since(listed, since, now), time_windows.undated_count(listed, now)


def has_unsuccessful(listed: pd.DataFrame) -> bool:
    """Whether a listed job left a student without a result."""
    return bool(listed["state"].astype("str").isin(UNSUCCESSFUL).any())


def to_json(jobs: pd.DataFrame, listed: pd.DataFrame, now: datetime) -> dict[str, Any]:
    """`{"counts": {state: n}, "jobs": [{table, id, user_id, state, at, age_seconds, error, flags}]}`.

    `counts` covers all jobs. The keys of a job are declared in `bandup.analysis.job_columns`; `at` is ISO 8601 or null,
    `age_seconds` a whole number, null where the time is unknown or in the future.
    """
    values: dict[str, list[Any]] = {}
    for column in job_columns.JOB_COLUMNS:
        if column.json_key:
            values[column.json_key] = _json_values(listed[column.name])
        if column.name == "at":
            at = listed["at"].where(~time_windows.in_future(listed["at"], now))
            seconds = (pd.Timestamp(now) - at).dt.total_seconds().clip(lower=0)
            values["age_seconds"] = [None if pd.isna(age) else round(age) for age in seconds]
    return {
        "counts": {str(state): int(number) for state, number in state_counts(jobs["state"]).items()},
        "jobs": [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)],
    }


def to_lines(jobs: pd.DataFrame, listed: pd.DataFrame, now: datetime) -> list[str]:
    """Text for a terminal: the counts in one line, then a line per job with state, age, type, id, student and error."""
    counts = state_counts(jobs["state"])
    lines = [", ".join(f"{number:,} {state}" for state, number in counts.items() if number) or "No items."]
    if listed.empty:
        return lines
    table = pd.DataFrame(
        {
            "STATE": listed["state"].astype("str"),
            "AGE": ages(listed, now).fillna("unknown"),
            "TYPE": listed["type"].astype("str").fillna("-"),
            "ID": listed["id"].map(_printable),
            "STUDENT": listed["user_id"].map(_printable),
            "ERROR": listed["error_message"].fillna("").map(_printable),
        }
    )
    rows = [[*table.columns], *table.to_numpy().tolist()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return [*lines, "", *("  ".join(cells).rstrip() for cells in padded)]


def _json_values(column: pd.Series) -> list[Any]:
    """The values of a column as JSON has them: names of flags, ISO 8601, None where missing."""
    if column.name == "flags":
        return [labels(flags) for flags in column]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return [None if pd.isna(at) else at.isoformat() for at in column]
    return [None if pd.isna(value) else value for value in column.astype("object")]


def _printable(text: str) -> str:
    """A text for a terminal: one line, and no control characters, which could move its cursor or colour it."""
    return "".join(character if character.isprintable() else " " for character in text)

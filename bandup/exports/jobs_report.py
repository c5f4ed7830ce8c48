"""The jobs of both tables as `bandup jobs` prints them: the same states as on the Jobs page."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from bandup.analysis import job_columns, time_windows
from bandup.analysis.cause_memory import describe_quiet
from bandup.analysis.job_list import ages
from bandup.analysis.states import UNSUCCESSFUL, State, state_counts
from bandup.formatting import printable, shortened, truncated
from data.flags import labels

NOT_LISTED = (State.SUCCEEDED, State.RUNNING)
"""The states that need no attention: their jobs are counted, but only listed on request."""

MAX_TYPE, MAX_ID, MAX_ERROR = 12, 36, 160
"""Characters of a type, an id (a UUID has 36) and an error in the text table, whose lines cron mails."""
MAX_READ = 2_000
"""Characters of an error text that its line is made of."""


def jobs_since(jobs: pd.DataFrame, now: datetime, since: timedelta | None) -> tuple[pd.DataFrame, int]:
    """The jobs of the last `since`, and how many it left out because their time is unknown or in the future.

    `jobs`: as of `bandup.analysis.job_list.all_jobs`.
    """
    if since is None:
        return jobs, 0
    return time_windows.since(jobs, since, now), time_windows.undated_count(jobs, now)


def select_jobs(jobs: pd.DataFrame, states: Collection[State]) -> pd.DataFrame:
    """The jobs to list: those in `states`, or without any the jobs in any state but `NOT_LISTED`."""
    state = jobs["state"].astype("str")
    return jobs[state.isin([*states]) if states else ~state.isin(NOT_LISTED)]


def has_unsuccessful(listed: pd.DataFrame, muted: pd.Series) -> bool:
    """Whether a listed job left a student without a result, and is not `muted` (`bandup.analysis.cause_memory.quiet_jobs`)."""
    return bool((listed["state"].astype("str").isin(UNSUCCESSFUL) & ~muted).any())


def to_json(jobs: pd.DataFrame, listed: pd.DataFrame, muted: pd.Series, now: datetime) -> dict[str, Any]:
    """`{"counts": {state: n}, "muted": n, "jobs": [{table, id, user_id, state, at, age_seconds, error, flags, muted}]}`.

    `counts` covers `jobs`, those of the window; `listed` are the rows of it to print, and `muted` says which of them are of a
    muted or resolved cause. The keys of a job are declared in `bandup.analysis.job_columns`; `at` is ISO 8601 or null,
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
    values["muted"] = muted.tolist()
    return {
        "counts": {str(state): int(number) for state, number in state_counts(jobs["state"]).items()},
        "muted": int(muted.sum()),
        "jobs": [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)],
    }


def to_lines(jobs: pd.DataFrame, listed: pd.DataFrame, muted: pd.Series, now: datetime) -> list[str]:
    """Text for a terminal: the counts in one line, then a line per job with state, age, type, id, student and error.

    Jobs of muted or resolved causes are counted in a second line and not listed. Long types, ids and errors are cut, so that the error's column is in view; `to_json` holds them whole.
    """
    counts = state_counts(jobs["state"])
    lines = [", ".join(f"{number:,} {state}" for state, number in counts.items() if number) or "No items."]
    if left_out := describe_quiet(listed, muted):
        lines.append(left_out)
    listed = listed[~muted]
    if listed.empty:
        return lines
    table = pd.DataFrame(
        {
            "STATE": listed["state"].astype("str"),
            "AGE": ages(listed, now).fillna("unknown"),
            "TYPE": listed["type"].astype("str").fillna("-").map(lambda text: truncated(printable(text), MAX_TYPE)),
            "ID": listed["id"].map(lambda text: shortened(printable(text), MAX_ID)),
            "STUDENT": listed["user_id"].map(lambda text: shortened(printable(text), MAX_ID)),
            "ERROR": listed["error_message"].fillna("").map(_error_line),
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


def _error_line(text: str) -> str:
    """The beginning of an error text on one line."""
    return truncated(" ".join(printable(text[:MAX_READ]).split()), MAX_ERROR)

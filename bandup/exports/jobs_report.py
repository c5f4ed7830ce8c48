"""The jobs of both tables as `python -m bandup jobs` prints them: the same states as the Jobs page."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from bandup.analysis.job_list import ages
from bandup.analysis.states import UNSUCCESSFUL, State, counts
from data.flags import labels

QUIET = (State.SUCCEEDED, State.RUNNING)
"""States that are no news: they are counted, not listed."""


def selected(
    jobs: pd.DataFrame, now: datetime, since: timedelta | None, chosen: Collection[State]
) -> tuple[pd.DataFrame, int]:
    """The jobs to list, and how many were passed over because `since` is asked for and their time is unknown.

    `jobs`: the frame of `bandup.analysis.job_list.jobs`. Without `chosen` states, all that are news.
    """
    states = jobs["state"].astype("str")
    listed = jobs[states.isin([*chosen]) if chosen else ~states.isin(QUIET)]
    if since is None:
        return listed, 0
    undated = int(listed["at"].isna().sum())
    return listed[listed["at"] >= pd.Timestamp(now) - since], undated


def is_trouble(listed: pd.DataFrame) -> bool:
    """Whether a listed job left a student without a result."""
    return bool(listed["state"].astype("str").isin(UNSUCCESSFUL).any())


def as_json(jobs: pd.DataFrame, listed: pd.DataFrame, now: datetime) -> dict[str, Any]:
    """`{"counts": {state: n}, "jobs": [{table, id, user_id, state, at, age_seconds, error, flags}]}`.

    `counts` covers every job; `at` is ISO 8601 or null, `age_seconds` a whole number or null.
    """
    ages_in_seconds = (pd.Timestamp(now) - listed["at"]).dt.total_seconds()
    rows = zip(
        listed["table"],
        listed["id"],
        listed["user_id"],
        listed["state"],
        listed["at"],
        ages_in_seconds,
        listed["error_message"],
        listed["flags"],
        strict=True,
    )
    return {
        "counts": {str(state): int(number) for state, number in counts(jobs["state"]).items()},
        "jobs": [
            {
                "table": table,
                "id": key,
                "user_id": user_id,
                "state": state,
                "at": None if pd.isna(at) else at.isoformat(),
                "age_seconds": None if pd.isna(age) else round(age),
                "error": None if pd.isna(error) else error,
                "flags": labels(flags),
            }
            for table, key, user_id, state, at, age, error, flags in rows
        ],
    }


def as_lines(jobs: pd.DataFrame, listed: pd.DataFrame, now: datetime) -> list[str]:
    """For people: the counts in one line, then a line per job with state, age, type, id, student and error."""
    by_state = counts(jobs["state"])
    lines = [", ".join(f"{number:,} {state}" for state, number in by_state.items() if number) or "No items."]
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
    widths = {name: max(len(name), int(table[name].str.len().max())) for name in [*table.columns][:-1]}
    rows = [[*table.columns], *table.to_numpy().tolist()]
    lines += ["", *("  ".join(_padded(row, [*widths.values()])).rstrip() for row in rows)]
    return lines


def _padded(row: list[str], widths: list[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]


def _printable(text: str) -> str:
    """A text for a terminal: one line, and no control characters, which could move its cursor or colour it."""
    return "".join(character if character.isprintable() else " " for character in text)

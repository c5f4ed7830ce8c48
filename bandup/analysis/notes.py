"""Notes on students and evaluations, and the target band that is kept for a student."""

from collections.abc import Iterable

import pandas as pd

from data.review_entries import Note, ReviewEntry, TargetBand

_COLUMNS = {"user_id": "str", "evaluation_id": "str", "at": "datetime64[ms, UTC]", "by": "str", "text": "str"}


def notes_table(entries: Iterable[ReviewEntry]) -> pd.DataFrame:
    """Every note, newest first: `user_id`, `evaluation_id` (empty: on the student), `at` (UTC), `by`, `text`."""
    rows = [
        {"user_id": e.user_id, "evaluation_id": e.evaluation_id, "at": e.time, "by": e.by, "text": e.text}
        for e in entries
        if isinstance(e, Note)
    ]
    table = pd.DataFrame(rows, columns=[*_COLUMNS])
    table["at"] = pd.to_datetime(table["at"], utc=True)
    return table.astype(_COLUMNS).sort_values("at", ascending=False, kind="stable", ignore_index=True)


def kept_targets(entries: Iterable[ReviewEntry]) -> dict[str, float]:
    """The target band kept for each student by id: the latest entry's, none where that one takes it back."""
    latest = {entry.user_id: entry.band for entry in entries if isinstance(entry, TargetBand)}
    return {user_id: band for user_id, band in latest.items() if band is not None}

"""Items of the two tables from short dicts, and frames of them by the way every item goes: wire item → `frame_of` → `judged`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from bandup.analysis.job_list import all_jobs
from bandup.analysis.states import with_state
from data.columns import frame_of_items
from data.schema import EVALUATIONS, FLASHCARD_SETS, Table
from data.values import WireItem
from tests.wire_values import wire, wire_values

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)

WRITING_BANDS = ("overall_band", "task_achievement_band", "coherence_band", "lexical_band", "grammar_band")
SPEAKING_BANDS = ("overall_band", "fluency_band", "lexical_band", "grammar_band", "pronunciation_band")


def item(**attributes: Any) -> dict[str, Any]:
    """A wire item. A dict is an attribute value of DynamoDB's own form already; an attribute given as `...` is left out."""
    return {
        name: value if isinstance(value, dict) else wire(value)
        for name, value in attributes.items()
        if value is not ...
    }


def before(**ago: float) -> int:
    """Unix seconds so long before `NOW`: `before(minutes=16)`."""
    return int((NOW - timedelta(**ago)).timestamp())


def writing(*bands: Any, **attributes: Any) -> dict[str, Any]:
    """A completed essay, bands in the order of `WRITING_BANDS` (7.0 each unless given)."""
    return _graded("writing", WRITING_BANDS, bands, attributes)


def speaking(*bands: Any, **attributes: Any) -> dict[str, Any]:
    """A completed recording, bands in the order of `SPEAKING_BANDS` (7.0 each unless given)."""
    return _graded("speaking", SPEAKING_BANDS, bands, attributes)


def _graded(kind: str, columns: tuple[str, ...], bands: tuple[Any, ...], attributes: dict[str, Any]) -> dict[str, Any]:
    base = {"evaluation_id": "e1", "user_id": "u1", "evaluation_type": kind, "status": "completed"}
    return item(
        **(base | {"created_at": before(days=1)} | dict(zip(columns, bands or ("7.0",) * 5, strict=True)) | attributes)
    )


def job(status: Any, **attributes: Any) -> dict[str, Any]:
    """An evaluation that is not completed, started an hour ago unless told otherwise."""
    base = {"evaluation_id": "e1", "user_id": "u1", "evaluation_type": "writing", "started_at": before(hours=1)}
    return item(**(base | {"status": status} | attributes))


def flashcard_set(**attributes: Any) -> dict[str, Any]:
    """A completed set of the sets table without any number of cards."""
    base = {"set_id": "s1", "user_id": "u1", "status": "completed", "created_at": before(days=1)}
    return item(**(base | attributes))


def evaluations(*items: WireItem) -> pd.DataFrame:
    """The judged frame of these items of the evaluations table."""
    return with_state(frame_of_items(EVALUATIONS, items, NOW), "evaluation_id", NOW)


def flashcard_sets(*items: WireItem) -> pd.DataFrame:
    """The judged frame of these items of the sets table."""
    return with_state(frame_of_items(FLASHCARD_SETS, items, NOW), "set_id", NOW)


def failed_jobs(*messages: str) -> pd.DataFrame:
    """The jobs, as of `bandup.analysis.job_list.all_jobs`, of evaluations that failed with these error texts, in their order."""
    rows = (job("failed", evaluation_id=f"e{n}", error_message=message) for n, message in enumerate(messages))
    return all_jobs(evaluations(*rows), flashcard_sets())


def states(items: pd.DataFrame) -> list[str]:
    """The states of a judged frame, in the order of its rows."""
    return items["state"].astype("str").to_list()


LIKELY: Mapping[str, tuple[Any, ...]] = {
    "status": ("completed", "completed", "Completed ", "processing", "failed", "FAILED", "queued", ""),
    "evaluation_type": ("writing", "Writing", "speaking", "flashcard", "reading"),
    "confidence_score": ("0.7", "0.65", "0.71", "0.9", 0.7, "high"),
    "total_cards": (0, 12, "0", "many"),
    "num_cards": (0, 5),
    "created_at": (before(days=1), before(days=40), before(minutes=5), 41_000, 0, "local", before(days=2) * 1000),
    "started_at": (before(minutes=5), before(minutes=15), before(minutes=16), before(days=3), 0),
    "audio_url": ("s3://b/uploads/speaking_audio/u1/20260301_101500_part1.webm", "s3://b/nothing.webm"),
} | dict.fromkeys({*WRITING_BANDS, *SPEAKING_BANDS}, ("6.0", "6.0", "6.5", "7", " 7.0 ", 6, "error", "9.5", "6.2", ""))
"""What the functions write into the attributes that decide a state, good and bad."""


def wire_items(
    table: Table, *, ids: int = 4, users: int = 3, most: int = 12
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of items of a table with few ids, so that twins are common, and with attributes of any shape or missing."""
    names = [attribute.name for attribute in table.summary_attributes]
    values = {
        name: st.one_of(st.sampled_from(LIKELY[name]).map(wire), wire_values) if name in LIKELY else wire_values
        for name in names
    }
    often = {name: values[name] for name in names if name in {"status", "evaluation_type", *WRITING_BANDS[:1]}}
    rarely = {name: values[name] for name in names if name not in often}
    keys = st.tuples(st.integers(1, ids), st.sampled_from([*(f"u{n}" for n in range(1, users + 1)), "unknown"]))

    def with_attributes(key: tuple[int, str]) -> st.SearchStrategy[dict[str, Any]]:
        own = {table.partition_key: st.just(wire(f"k{key[0]}")), table.sort_key: st.just(wire(key[1]))}
        return st.fixed_dictionaries(own, optional=often | rarely)

    distinct = st.lists(keys, max_size=most, unique=True)
    return distinct.flatmap(lambda found: st.tuples(*(with_attributes(key) for key in found)).map(list))

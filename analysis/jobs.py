"""Jobs: every item of both tables in one frame, whatever its state."""

import pandas as pd

from analysis.states import FLASHCARD

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

"""Recent items in every state, for tests of the Jobs page, the commands and the exports."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from data.schema import TableKey
from tests.items import WRITING_BANDS, flashcard_set, item, job, writing

Item = dict[str, Any]

HOUR = 3600


def items(now: float | None = None) -> list[tuple[TableKey, dict[str, Any]]]:
    """At least one item of every state: 13 evaluations and 2 sets. `now`: Unix seconds."""
    at = int(time.time() if now is None else now)

    def evaluation(key: str, user: str, make: Callable[..., Item], hours: float, **more: Any) -> tuple[TableKey, Item]:
        time_name = "created_at" if make is writing else "started_at"
        return "evaluations", make(evaluation_id=key, user_id=user, **{time_name: at - int(hours * HOUR)}, **more)

    failed, processing = partial(job, "failed"), partial(job, "processing")
    default = dict.fromkeys(WRITING_BANDS, "6.0") | {"confidence_score": "0.7"}
    no_band = dict.fromkeys(WRITING_BANDS, ...) | {"overall_band": "error"}
    too_short = "Essay too short. TASK_{} requires minimum {} words, received {}"
    return [
        evaluation("good", "an", writing, 1),
        evaluation("good-2", "binh", writing, 30),
        evaluation("short-2", "binh", failed, 2, error_message=too_short.format(2, 250, 145)),
        evaluation("short-1", "chi", failed, 40, error_message=too_short.format(1, 150, 98)),
        evaluation("short-then-good", "an", failed, 3, error_message=too_short.format(2, 250, 9)),
        evaluation("quota", "dung", failed, 4, error_message="429 RESOURCE_EXHAUSTED"),
        evaluation("left", "chi", processing, 5),
        (
            "evaluations",
            item(evaluation_id="left-undated", user_id="dung", evaluation_type="speaking", status="processing"),
        ),
        evaluation("runs", "an", processing, 0.05),
        evaluation("error-band", "binh", writing, 6, **no_band),
        evaluation("default", "chi", writing, 7, **default),
        evaluation("twin", "unknown", processing, 8),
        evaluation("twin", "dung", writing, 8),
        ("flashcard_sets", flashcard_set(set_id="no cards", user_id="an", total_cards=0, created_at=at - 9 * HOUR)),
        ("flashcard_sets", item(set_id="what", user_id="an", status="queued")),
    ]


COUNTS = {
    "superseded": 1,
    "failed": 4,
    "stuck": 2,
    "running": 1,
    "empty": 2,
    "suspect": 1,
    "succeeded": 3,
    "unknown": 1,
}
"""The number of items in each state."""

"""Items of every state, all within the last hours, for tests of what ops see."""

import time
from typing import Any

from data.schema import TableKey

HOUR = 3600


def items(now: float | None = None) -> list[tuple[TableKey, dict[str, Any]]]:
    """One item or more of every state: 13 evaluations and 2 sets."""
    at = int(time.time() if now is None else now)

    def evaluation(key: str, user: str, **attributes: dict[str, Any]) -> tuple[TableKey, dict[str, Any]]:
        return "evaluations", {"evaluation_id": {"S": key}, "user_id": {"S": user}, **attributes}

    def writing(status: str, hours: float, **more: dict[str, Any]) -> dict[str, Any]:
        time_name = "created_at" if status == "completed" else "started_at"
        return {
            "evaluation_type": {"S": "writing"},
            "status": {"S": status},
            time_name: {"N": str(at - int(hours * HOUR))},
            **more,
        }

    bands = ("overall_band", "task_achievement_band", "coherence_band", "lexical_band", "grammar_band")
    graded = {name: {"S": "7.0"} for name in bands}
    default = {name: {"S": "6.0"} for name in bands} | {"confidence_score": {"S": "0.7"}}
    too_short = "Essay too short. TASK_{} requires minimum {} words, received {}"
    return [
        evaluation("good", "an", **writing("completed", 1, **graded)),
        evaluation("good-2", "binh", **writing("completed", 30, **graded)),
        evaluation("short-2", "binh", **writing("failed", 2, error_message={"S": too_short.format(2, 250, 145)})),
        evaluation("short-1", "chi", **writing("failed", 40, error_message={"S": too_short.format(1, 150, 98)})),
        evaluation("short-then-good", "an", **writing("failed", 3, error_message={"S": too_short.format(2, 250, 9)})),
        evaluation("quota", "dung", **writing("failed", 4, error_message={"S": "429 RESOURCE_EXHAUSTED"})),
        evaluation("left", "chi", **writing("processing", 5)),
        evaluation("left-undated", "dung", evaluation_type={"S": "speaking"}, status={"S": "processing"}),
        evaluation("runs", "an", **writing("processing", 0.05)),
        evaluation("error-band", "binh", **writing("completed", 6, overall_band={"S": "error"})),
        evaluation("default", "chi", **writing("completed", 7, **default)),
        evaluation("twin", "unknown", **writing("processing", 8)),
        evaluation("twin", "dung", **writing("completed", 8, **graded)),
        (
            "flashcard_sets",
            {
                "set_id": {"S": "no cards"},
                "user_id": {"S": "an"},
                "status": {"S": "completed"},
                "total_cards": {"N": "0"},
                "created_at": {"N": str(at - 9 * HOUR)},
            },
        ),
        ("flashcard_sets", {"set_id": {"S": "what"}, "user_id": {"S": "an"}, "status": {"S": "queued"}}),
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
"""What the items are, by design.md's table of states."""

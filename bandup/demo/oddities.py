"""Oddities of completed rows, as they occur in the real tables."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from bandup.demo.writing_items import default_answer

Attributes = dict[str, object]
Oddity = Callable[[Attributes, int, Random], Attributes]
"""Takes a completed row without its keys, the attempt's time (Unix seconds) and a generator; returns the odd row."""


def _default_answer(row: Attributes, at: int, rng: Random) -> Attributes:
    """The grader's default answer, stored like a grade."""
    bands, report = default_answer()
    return row | bands | {"feedback": json.dumps(report)}


def _overall_differs(row: Attributes, at: int, rng: Random) -> Attributes:
    """An overall band that is a whole band away from the mean of the criteria."""
    overall = float(str(row["overall_band"]))
    return row | {"overall_band": f"{overall - 1.0 if overall > 6 else overall + 1.0:.1f}"}


def _documented_writing(row: Attributes, at: int, rng: Random) -> Attributes:
    """Only the documented attributes, and feedback in the documented shape."""
    report = json.loads(str(row["feedback"]))
    plain = {name: report[name] for name in ("strengths", "weaknesses")}
    extra = {"essay_text", "task_type", "cost", "confidence_score"}
    model = f"gemini-writing_{str(row['task_type']).lower().replace('_', '')}"
    documented = {name: value for name, value in row.items() if name not in extra}
    return documented | {"feedback": json.dumps(plain, ensure_ascii=False), "model_used": model}


def _documented_speaking(row: Attributes, at: int, rng: Random) -> Attributes:
    """Only the documented attributes, with a real time and feedback in the documented shape."""
    report = json.loads(str(row["feedback"]))
    plain = {
        name: {"band": report[name]["band"], "feedback": report[name]["feedback"]}
        for name in ("fluency", "pronunciation")
    }
    extra = {"part", "audio_url", "confidence_score", "estimated_cost"}
    documented = {name: value for name, value in row.items() if name not in extra}
    return documented | {"feedback": json.dumps(plain, ensure_ascii=False), "created_at": at}


def _error_everywhere(row: Attributes, at: int, rng: Random) -> Attributes:
    """The text `error` in every band, because the model gave none."""
    return row | {name: "error" for name in row if name.endswith("_band")}


def _error_in_one(row: Attributes, at: int, rng: Random) -> Attributes:
    """The text `error` in one criterion that the model left out, and sometimes in the overall band too."""
    missing = rng.choice([name for name in row if name.endswith("_band") and name != "overall_band"])
    return row | {missing: "error"} | ({"overall_band": "error"} if rng.random() < 0.4 else {})


def _no_recording(row: Attributes, at: int, rng: Random) -> Attributes:
    """No address of the recording, so the time of the attempt is unknown."""
    return {name: value for name, value in row.items() if name != "audio_url"}


def _feedback_text(row: Attributes, at: int, rng: Random) -> Attributes:
    """Feedback that is prose or truncated JSON."""
    report = json.loads(str(row["feedback"]))
    cut = str(row["feedback"])[:700]
    return row | {"feedback": rng.choice((f"{report['overall']} {report['strengths'][0]}.", cut, f"```json\n{cut}"))}


def _nulls(row: Attributes, at: int, rng: Random) -> Attributes:
    """Attributes stored as NULL."""
    return row | {name: None for name in ("confidence_score", "cost", "estimated_cost") if name in row}


WRITING_ODDITIES: Mapping[str, tuple[float, Oddity]] = {
    "default_answer": (18, _default_answer),
    "overall_differs": (4, _overall_differs),
    "documented_shape": (4, _documented_writing),
    "status_padded": (2, lambda row, at, rng: row | {"status": " Completed "}),
    "band_as_number": (2, lambda row, at, rng: row | {"overall_band": Decimal(str(row["overall_band"]))}),
    "milliseconds": (2, lambda row, at, rng: row | {"created_at": at * 1000 + rng.randrange(1000)}),
    "feedback_text": (3, _feedback_text),
    "nulls": (2, _nulls),
    "word_count_text": (2, lambda row, at, rng: row | {"word_count": str(row["word_count"])}),
}
"""Oddities of writing rows, and how often each occurs among 900 evaluations."""

SPEAKING_ODDITIES: Mapping[str, tuple[float, Oddity]] = {
    "error_everywhere": (4, _error_everywhere),
    "error_in_one": (8, _error_in_one),
    "documented_shape": (5, _documented_speaking),
    "no_recording": (5, _no_recording),
    "overall_differs": (2, _overall_differs),
    "status_padded": (1, lambda row, at, rng: row | {"status": "COMPLETED"}),
    "feedback_text": (1, _feedback_text),
    "nulls": (1, _nulls),
}
"""Oddities of speaking rows, and how often each occurs among 900 evaluations."""

"""What makes some completed rows odd, as rows of the real tables are."""

import json
from collections.abc import Callable, Mapping
from random import Random

from bandup.demo.writing import default_answer

Attributes = dict[str, object]
Oddity = Callable[[Attributes, int, Random], Attributes]
"""Takes a completed row without its keys, the attempt's time in Unix seconds, and randomness; gives the odd row."""


def _default_answer(row: Attributes, at: int, rng: Random) -> Attributes:
    """The grader's default answer, stored as if it were a grade."""
    bands, report = default_answer()
    return row | bands | {"feedback": json.dumps(report)}


def _overall_differs(row: Attributes, at: int, rng: Random) -> Attributes:
    """An overall band a whole band away from the mean of the criteria."""
    overall = float(str(row["overall_band"]))
    return row | {"overall_band": f"{overall - 1.0 if overall > 6 else overall + 1.0:.1f}"}


def _documented_writing(row: Attributes, at: int, rng: Random) -> Attributes:
    """Only the documented attributes, and feedback in the documented shape."""
    report = json.loads(str(row["feedback"]))
    plain = {name: report[name] for name in ("strengths", "weaknesses")}
    extra = {"essay_text", "task_type", "cost", "confidence_score"}
    model = f"gemini-writing_{str(row['task_type']).lower().replace('_', '')}"
    kept = {name: value for name, value in row.items() if name not in extra}
    return kept | {"feedback": json.dumps(plain, ensure_ascii=False), "model_used": model}


def _documented_speaking(row: Attributes, at: int, rng: Random) -> Attributes:
    """Only the documented attributes, with a real time and feedback in the documented shape."""
    report = json.loads(str(row["feedback"]))
    plain = {
        name: {"band": report[name]["band"], "feedback": report[name]["feedback"]}
        for name in ("fluency", "pronunciation")
    }
    extra = {"part", "audio_url", "confidence_score", "estimated_cost"}
    kept = {name: value for name, value in row.items() if name not in extra}
    return kept | {"feedback": json.dumps(plain, ensure_ascii=False), "created_at": at}


def _error_everywhere(row: Attributes, at: int, rng: Random) -> Attributes:
    """The model gave no band: the text `error` in every one."""
    return row | {name: "error" for name in row if name.endswith("_band")}


def _error_in_one(row: Attributes, at: int, rng: Random) -> Attributes:
    """The model left one criterion out, and sometimes the overall band with it."""
    missing = rng.choice([name for name in row if name.endswith("_band") and name != "overall_band"])
    return row | {missing: "error"} | ({"overall_band": "error"} if rng.random() < 0.4 else {})


def _no_recording(row: Attributes, at: int, rng: Random) -> Attributes:
    """No address of the recording, so nothing tells the time."""
    return {name: value for name, value in row.items() if name != "audio_url"}


def _feedback_text(row: Attributes, at: int, rng: Random) -> Attributes:
    """Feedback that is prose, or JSON cut off, instead of JSON."""
    report = json.loads(str(row["feedback"]))
    cut = str(row["feedback"])[:700]
    return row | {"feedback": rng.choice((f"{report['overall']} {report['strengths'][0]}.", cut, f"```json\n{cut}"))}


def _nulls(row: Attributes, at: int, rng: Random) -> Attributes:
    """Attributes stored as NULL."""
    return row | {name: None for name in ("confidence_score", "cost", "estimated_cost") if name in row}


WRITING: Mapping[str, tuple[float, Oddity]] = {
    "default_answer": (18, _default_answer),
    "overall_differs": (4, _overall_differs),
    "documented_shape": (4, _documented_writing),
    "status_padded": (2, lambda row, at, rng: row | {"status": " Completed "}),
    "band_as_number": (2, lambda row, at, rng: row | {"overall_band": float(str(row["overall_band"]))}),
    "milliseconds": (2, lambda row, at, rng: row | {"created_at": at * 1000 + rng.randrange(1000)}),
    "feedback_text": (3, _feedback_text),
    "nulls": (2, _nulls),
    "word_count_text": (2, lambda row, at, rng: row | {"word_count": str(row["word_count"])}),
}
"""Oddities of writing rows, and how many there are in nine hundred evaluations."""

SPEAKING: Mapping[str, tuple[float, Oddity]] = {
    "error_everywhere": (4, _error_everywhere),
    "error_in_one": (8, _error_in_one),
    "documented_shape": (5, _documented_speaking),
    "no_recording": (5, _no_recording),
    "overall_differs": (2, _overall_differs),
    "status_padded": (1, lambda row, at, rng: row | {"status": "COMPLETED"}),
    "feedback_text": (1, _feedback_text),
    "nulls": (1, _nulls),
}
"""The same of speaking rows."""

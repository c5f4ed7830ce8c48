"""Oddities of completed rows, as they occur in the real tables."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from bandup.demo.content import CRITERIA, toml_content

Attributes = dict[str, object]
Oddity = Callable[[Attributes, int, Random], Attributes]
"""Takes a completed row without its keys, the attempt's time (Unix seconds) and a generator; returns the odd row."""


def _default_answer(row: Attributes, at: int, rng: Random) -> Attributes:
    """The grader's default answer, stored like a grade."""
    canned = toml_content("feedback")["canned"]
    report = canned["report"] | dict.fromkeys(CRITERIA["writing"], canned["criterion"])
    bands = dict.fromkeys((name for name in row if name.endswith("_band")), "6.0")
    return row | bands | {"confidence_score": "0.7", "feedback": json.dumps(report)}


def _overall_differs(row: Attributes, at: int, rng: Random) -> Attributes:
    """An overall band that is a whole band away from the mean of the criteria."""
    overall = float(str(row["overall_band"]))
    return row | {"overall_band": f"{overall - 1.0 if overall > 6 else overall + 1.0:.1f}"}


def _without(row: Attributes, *names: str) -> Attributes:
    return {name: value for name, value in row.items() if name not in names}


def documented_writing(row: Attributes, at: int, rng: Random) -> Attributes:
    """Only the documented attributes, and feedback in the documented shape."""
    report = json.loads(str(row["feedback"]))
    plain = {name: report[name] for name in ("strengths", "weaknesses")}
    model = f"gemini-writing_{str(row['task_type']).lower().replace('_', '')}"
    documented = _without(row, "essay_text", "task_type", "cost", "confidence_score")
    return documented | {"feedback": json.dumps(plain, ensure_ascii=False), "model_used": model}


def documented_speaking(row: Attributes, at: int, rng: Random) -> Attributes:
    """Only the documented attributes, with a real time and feedback in the documented shape."""
    report = json.loads(str(row["feedback"]))
    plain = {name: {part: report[name][part] for part in ("band", "feedback")} for name in ("fluency", "pronunciation")}
    documented = _without(row, "part", "audio_url", "confidence_score", "estimated_cost")
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
    return _without(row, "audio_url")


def _feedback_text(row: Attributes, at: int, rng: Random) -> Attributes:
    """Feedback that is prose or truncated JSON."""
    report = json.loads(str(row["feedback"]))
    cut = str(row["feedback"])[:700]
    return row | {"feedback": rng.choice((f"{report['overall']} {report['strengths'][0]}.", cut, f"```json\n{cut}"))}


def _nulls(row: Attributes, at: int, rng: Random) -> Attributes:
    """Attributes stored as NULL."""
    return row | {name: None for name in ("confidence_score", "cost", "estimated_cost") if name in row}


ODDITIES: Mapping[str, Mapping[Oddity, float]] = {
    "writing": {
        _default_answer: 18,
        _overall_differs: 4,
        documented_writing: 4,
        (lambda row, at, rng: row | {"status": " Completed "}): 2,
        (lambda row, at, rng: row | {"overall_band": Decimal(str(row["overall_band"]))}): 2,
        (lambda row, at, rng: row | {"created_at": at * 1000 + rng.randrange(1000)}): 2,
        _feedback_text: 3,
        _nulls: 2,
        (lambda row, at, rng: row | {"word_count": str(row["word_count"])}): 2,
    },
    "speaking": {
        _error_everywhere: 4,
        _error_in_one: 8,
        documented_speaking: 5,
        _no_recording: 5,
        _overall_differs: 2,
        (lambda row, at, rng: row | {"status": "COMPLETED"}): 1,
        _feedback_text: 1,
        _nulls: 1,
    },
}
"""Oddities of completed rows by skill, and how often each occurs among 900 evaluations."""

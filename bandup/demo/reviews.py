"""The demo's reviews: second marks by two teachers, notes and a target, over the demo's own evaluations."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

import pandas as pd

from bandup.analysis.bands import CRITERIA, HIGHEST_BAND, Skill, band_columns
from bandup.analysis.second_marks import suggested_overall
from bandup.analysis.students import of_students
from bandup.demo.items import DemoRow
from bandup.demo.seeded_random import random_uuid, seeded_rng
from data.columns import frame_of_items
from data.review_entries import Mark, Note, TargetBand, moment_of, subject_of
from data.reviews import item_of
from data.schema import EVALUATIONS, StoredKey

TEACHERS = ("Mai Pham", "Daniel Okoro")
MARKED = {Skill.WRITING: 34, Skill.SPEAKING: 18}
"""Attempts marked by the first teacher; the second marks some of them again, so there are about sixty marks."""
MARKED_TWICE = 5
"""Of so many attempts, the second teacher marks one too."""
GENEROUS_MODEL, GENEROUS_TASK, GENEROSITY = "gemini-2.5-flash", "TASK_2", 0.3
"""The model that marks too high, where, and by how many bands. Elsewhere the grader is right on average."""
CRITERION_ERROR = 0.35
"""Standard deviation, in bands, of a teacher's mark of one criterion."""

MAX_AGE_DAYS = 110
"""Only attempts of this term are marked."""

NOTES = (
    "Runs out of time in Task 2: plan five minutes, then write.",
    "Reads the prompt twice now. Ask for the outline before the next essay.",
    "Asked for more Part 3 questions about work.",
)


def generate(
    now: datetime, rows: Iterable[DemoRow], *, seed: int = 20260101
) -> Iterator[tuple[StoredKey, dict[str, Any]]]:
    """Yield the entries as `(table_key, item)` in wire format. `rows`: of `bandup.demo.items.generate` at the same time."""
    graded = _graded(rows, now)
    rng = seeded_rng(seed, "reviews")
    for skill, number in MARKED.items():
        attempts = graded[skill].to_dict("records")
        for position, attempt in enumerate(rng.sample(attempts, min(number, len(attempts)))):
            probability = 1 / len(attempts) / len(MARKED)
            yield "reviews", item_of(_mark(attempt, skill, TEACHERS[0], now, probability, rng))
            if position % MARKED_TWICE == 0:
                yield "reviews", item_of(_mark(attempt, skill, TEACHERS[1], now, probability, rng, drawn="pair"))
    students = sorted({*graded[Skill.WRITING]["user_id"], *graded[Skill.SPEAKING]["user_id"]})
    noted = rng.sample(students, min(len(NOTES), len(students)))
    for user_id, text in zip(noted, NOTES, strict=False):
        subject, at = subject_of("student", user_id), _moment(now, now.timestamp() - rng.randint(2, 40) * 86_400, rng)
        yield "reviews", item_of(Note(subject=subject, at=at, by=TEACHERS[0], user_id=user_id, text=text))
    for user_id in noted[:1]:
        subject, at = subject_of("student", user_id), _moment(now, now.timestamp() - 30 * 86_400, rng)
        yield "reviews", item_of(TargetBand(subject=subject, at=at, by=TEACHERS[0], user_id=user_id, band=7.5))


def _graded(rows: Iterable[DemoRow], now: datetime) -> dict[Skill, pd.DataFrame]:
    """The students' attempts of each skill with all bands and a known time not long ago, as frames of `data.columns`."""
    frame = frame_of_items(EVALUATIONS, [item for key, item in rows if key == "evaluations"], now)
    frame = of_students(frame[frame["status"].eq("completed") & frame["at"].ge(now - timedelta(days=MAX_AGE_DAYS))])
    complete = {
        skill: frame["evaluation_type"].eq(skill) & frame[[*band_columns(skill)]].notna().all(axis=1) for skill in Skill
    }
    return {skill: frame[is_complete] for skill, is_complete in complete.items()}


def _mark(
    attempt: Mapping[Any, Any],
    skill: Skill,
    teacher: str,
    now: datetime,
    probability: float,
    rng: Random,
    drawn: Literal["queue", "pair"] = "queue",
) -> Mark:
    """A teacher's mark of an attempt, one to three days after it."""
    task_type, part, model = (
        "" if pd.isna(attempt[name]) else str(attempt[name]) for name in ("task_type", "part", "model_used")
    )
    is_generous = model == GENEROUS_MODEL and task_type == GENEROUS_TASK
    bands = {
        name: _half(attempt[name] - GENEROSITY * is_generous + rng.gauss(0, CRITERION_ERROR))
        for name in CRITERIA[skill]
    }
    return Mark(
        subject=subject_of("evaluation", attempt["evaluation_id"], attempt["user_id"]),
        at=_moment(now, attempt["at"].timestamp() + rng.uniform(1, 3) * 86_400, rng),
        by=teacher,
        evaluation_id=attempt["evaluation_id"],
        user_id=attempt["user_id"],
        skill=skill,
        bands={**bands, "overall_band": suggested_overall(bands, skill) or 0.0},
        grader_bands={name: float(attempt[name]) for name in band_columns(skill)},
        is_blind=True,
        drawn=drawn,
        probability=probability,
        task_type=task_type,
        part=part,
        model_used=model,
    )


def _half(band: float) -> float:
    return min(HIGHEST_BAND, max(0.0, round(band * 2) / 2))


def _moment(now: datetime, seconds: float, rng: Random) -> str:
    at = datetime.fromtimestamp(min(seconds, now.timestamp() - 3600), tz=now.tzinfo)
    return moment_of(at, random_uuid(rng)[:8])

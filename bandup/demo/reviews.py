"""The demo's reviews: second marks by two teachers, notes and a target, and what ops did about causes of failure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

import msgspec
import pandas as pd

from bandup.analysis import cause_memory, failure_causes, states
from bandup.analysis.bands import CRITERIA, HIGHEST_BAND, Skill, band_columns
from bandup.analysis.job_list import all_jobs
from bandup.analysis.second_marks import suggested_overall
from bandup.analysis.states import State
from bandup.analysis.students import of_students
from bandup.demo.items import DemoRow
from bandup.demo.seeded_random import random_uuid, seeded_rng
from data.columns import frame_of_items
from data.flags import Flag
from data.review_entries import (
    CauseAction,
    CauseActionName,
    HandOff,
    Mark,
    Note,
    TargetBand,
    hand_offs,
    moment_of,
    subject_of,
)
from data.reviews import item_of
from data.schema import EVALUATIONS, TABLES, StoredKey

TEACHERS = ("Mai Pham", "Daniel Okoro")
MARKED = {Skill.WRITING: 34, Skill.SPEAKING: 18}
"""Attempts marked by the first teacher; the second marks some of them again, so there are about sixty marks."""
MARKED_TWICE = 5
"""Of so many attempts, the second teacher marks one too."""
GENEROUS_MODEL, GENEROUS_TASK, GENEROSITY = "gemini-2.5-flash", "TASK_2", 0.3
"""The model that marks too high, where, and by how many bands. Elsewhere the grader is right on average."""
CRITERION_ERROR = 0.35
"""Standard deviation, in bands, of a teacher's mark of one criterion."""

OPS = "Olga Ivanova"
HANDED_OFF_DAYS_AGO, HANDED_OFF_JOBS = 12, 6
ERROR_BAND = failure_causes.BAND_CAUSES[Flag.OVERALL_BAND_IS_ERROR]
MUTED_CAUSE, RESOLVED_CAUSE = (
    "Document too large: <size>. Maximum <size>",
    "Essay too long. Maximum <number> words, received <number>",
)

MAX_AGE_DAYS = 110
"""Only attempts of this term are marked."""

NOTES = (
    "Runs out of time in Task 2: plan five minutes, then write.",
    "Reads the prompt twice now. Ask for the outline before the next essay.",
    "Asked for more Part 3 questions about work.",
)


def generate(
    now: datetime, rows: Sequence[DemoRow], *, seed: int = 20260101
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
    for entry in _causes(rows, now, rng):
        yield "reviews", item_of(entry)


def _causes(rows: Sequence[DemoRow], now: datetime, rng: Random) -> Iterator[CauseAction | HandOff]:
    """What ops did: one cause handed off, one with an owner and a note, one muted, one resolved that came back."""
    evaluations, sets = (
        states.with_state(
            frame_of_items(table, [item for key, item in rows if key == table.key], now), table.partition_key, now
        )
        for table in TABLES.values()
    )
    jobs = all_jobs(evaluations, sets)

    def act(
        state: State, cause: str, action: CauseActionName, days_ago: float, text: str = "", until: str = ""
    ) -> CauseAction:
        return CauseAction(
            subject=cause_memory.subject_of_cause(state, cause),
            at=_moment(now, now.timestamp() - days_ago * 86_400, rng),
            by=OPS,
            state=state,
            cause=cause,
            action=action,
            text=text,
            until=until,
        )

    handed = failure_causes.jobs_with_cause(jobs, State.EMPTY, ERROR_BAND)
    handed = handed[handed["at"].lt(now - timedelta(days=HANDED_OFF_DAYS_AGO))].head(HANDED_OFF_JOBS)
    if len(handed):
        at = now - timedelta(days=HANDED_OFF_DAYS_AGO)
        subject = cause_memory.subject_of_cause(State.EMPTY, ERROR_BAND)
        keys = cause_memory.ids_of(handed)
        for part in hand_offs(subject, State.EMPTY, ERROR_BAND, keys, to="the platform team", by=OPS, now=at):
            yield msgspec.structs.replace(part, at=_moment(now, at.timestamp(), rng), hand_off_id=random_uuid(rng)[:8])
    yield act(State.STUCK, failure_causes.NOT_CAUGHT, "owner", 20, OPS)
    yield act(
        State.STUCK, failure_causes.NOT_CAUGHT, "note", 20, "The Lambda times out on long recordings; ticket 412."
    )
    until = (now + timedelta(days=20)).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
    yield act(State.FAILED, MUTED_CAUSE, "mute", 15, until=until)
    yield act(State.FAILED, RESOLVED_CAUSE, "resolve", 40)


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

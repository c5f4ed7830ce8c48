"""Invented students: who they are, how good they are and become, when they practise, and what they keep getting wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from typing import Any

from bandup.demo.chance import identifier, stream
from bandup.demo.content import table

DAY = 86_400
"""Seconds in a day."""

HOURS = {9: 2, 10: 2, 11: 1, 12: 2, 14: 1, 15: 2, 17: 2, 18: 2, 19: 4, 20: 7, 21: 8, 22: 6, 23: 3, 6: 1, 7: 1}
"""How often people practise at an hour of their own day."""

WEEK_MOODS = (0.0, 0.2, 0.6, 1.0, 1.4, 2.8)
"""How much a student does in a week, relative to their usual: practice comes in bursts with gaps between."""

BREAK = (0.42, 0.66)
"""The part of their time with us in which a student whose story is `dip` stays away."""

WRITING_WEAKNESSES = (
    "article",
    "agreement",
    "tense",
    "plural",
    "preposition",
    "run_on",
    "fragment",
    "word_form",
    "collocation",
    "word_choice",
    "spelling",
    "repetition",
    "register",
    "linkers",
    "reference",
    "vague",
    "overview",
    "position",
)
SPEAKING_WEAKNESSES = (
    "tense",
    "agreement",
    "article",
    "plural",
    "preposition",
    "collocation",
    "word_choice",
    "word_form",
)
SOUNDS = ("th", "final_consonants", "word_stress", "intonation", "clusters", "vowels")
FILLERS = ("um", "uh", "er", "you know", "like", "I mean")


@dataclass(frozen=True)
class Student:
    """One student. Levels and offsets are in bands."""

    index: int
    user_id: str
    attempts: float
    level: float
    story: str
    gain: float
    first_day: float
    last_day: float
    utc_offset: int
    writing_share: float
    skill_offset: Mapping[str, float]
    criterion_offset: Mapping[str, float]
    writing_weaknesses: frozenset[str]
    speaking_weaknesses: frozenset[str]
    sounds: tuple[str, ...]
    fillers: tuple[str, ...]
    pace: float

    def ability(self, skill: str, days_ago: float) -> float:
        """The student's true level in a skill at a time."""
        span = max(self.first_day - self.last_day, 1.0)
        progress = min(max((self.first_day - days_ago) / span, 0.0), 1.0)
        return self.level + self.skill_offset[skill] + self.gain * _course(self.story, progress)


def _course(story: str, progress: float) -> float:
    """How far along a change is, from 0 at first to about 1 at last."""
    match story:
        case "plateau":
            return min(progress / 0.35, 1.0)
        case "quick":
            return 1.0 - exp(-2.5 * progress)
        case "dip":
            forgotten = 1.1 * exp(-(progress - BREAK[1]) / 0.12) if progress >= BREAK[1] else 0.0
            return progress - forgotten
        case _:
            return progress


def roster(count: int, seed: int) -> list[Student]:
    """So many students; the first forty are the written ones, later ones vary them under other names."""
    rows = table("students")["student"]
    return [_student(index, rows[index % len(rows)], seed) for index in range(count)]


def _student(index: int, row: Mapping[str, Any], seed: int) -> Student:
    rng = stream(seed, "student", index)
    written = index < len(table("students")["student"])
    jitter = 0.0 if written else 1.0
    last_day = max(row["last_day"] * (1.0 + jitter * rng.uniform(-0.05, 0.05)), 0.01)
    return Student(
        index=index,
        user_id=row["user_id"] if written else _user_id(index, rng),
        attempts=row["attempts"] * (1.0 + jitter * rng.uniform(-0.3, 0.4)),
        level=min(max(row["level"] + jitter * rng.gauss(0.0, 0.3), 4.2), 7.2),
        story=row["story"],
        gain=row["gain"] * (1.0 + jitter * rng.uniform(-0.3, 0.3)),
        first_day=min(max(row["first_day"] * (1.0 + jitter * rng.uniform(-0.05, 0.05)), last_day + 1.0), 272.0),
        last_day=last_day,
        utc_offset=row.get("utc_offset", 7),
        writing_share=min(max(rng.gauss(0.64, 0.13), 0.25), 0.95),
        skill_offset={"writing": -0.15 + rng.gauss(0.0, 0.2), "speaking": 0.15 + rng.gauss(0.0, 0.3)},
        criterion_offset={
            name: rng.gauss(0.0, 0.42)
            for name in (
                "writing.task_achievement",
                "writing.coherence",
                "writing.lexical",
                "writing.grammar",
                "speaking.fluency",
                "speaking.lexical",
                "speaking.grammar",
                "speaking.pronunciation",
            )
        },
        writing_weaknesses=frozenset(rng.sample(WRITING_WEAKNESSES, 4)),
        speaking_weaknesses=frozenset(rng.sample(SPEAKING_WEAKNESSES, 3)),
        sounds=tuple(rng.sample(SOUNDS, 3)),
        fillers=tuple(rng.sample(FILLERS, 2)),
        pace=rng.gauss(0.0, 7.0),
    )


def _user_id(index: int, rng: Random) -> str:
    """A user id of a later student: a slug of given and family name, numbered where the names run out, or a UUID."""
    if rng.random() < 0.06:
        return identifier(rng)
    names = table("students")
    given, family = names["given"], names["family"]
    slug = f"{given[index % len(given)]}.{family[index // len(given) % len(family)]}"
    taken = {row["user_id"] for row in names["student"]}
    turn = index // (len(given) * len(family))
    return f"{slug}{turn + 1}" if turn or slug in taken else slug


def shares(roster: Sequence[Student], total: int) -> list[int]:
    """How many of `total` attempts each student made: whole numbers in proportion that add up to `total`."""
    weight = sum(student.attempts for student in roster)
    exact = [student.attempts * total / weight for student in roster]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def practice_times(student: Student, count: int, now: int, rng: Random) -> list[int]:
    """When a student practised, Unix seconds in order: evenings, bursts, gaps, a rush before an exam, none in the future."""
    days = list(range(int(student.last_day), int(student.first_day) + 1))
    moods = [rng.choice(WEEK_MOODS) for _ in range(len(days) // 7 + 2)]
    weights = [0.02 + moods[i // 7] * _eagerness(student, day) for i, day in enumerate(days)]
    hours, hour_weights = list(HOURS), list(HOURS.values())
    times: list[int] = []
    while len(times) < count:
        day = rng.choices(days, weights)[0]
        midnight = (now + student.utc_offset * 3600) // DAY * DAY - student.utc_offset * 3600 - day * DAY
        at = midnight + rng.choices(hours, hour_weights)[0] * 3600 + rng.randrange(3600)
        for _ in range(min(rng.choice((1, 1, 1, 2, 2, 3)), count - len(times))):
            times.append(at)
            at += rng.randint(22, 75) * 60
    newest = now - int(student.last_day * DAY) - rng.randint(9, 55) * 60
    times = sorted(at if at <= newest else at - DAY * (1 + (at - newest) // DAY) for at in times)
    if student.last_day < 1.0:
        times[-1] = newest
    return times


def _eagerness(student: Student, days_ago: int) -> float:
    """How likely a day is for practice: more before an exam (the last day), none in a break."""
    progress = (student.first_day - days_ago) / max(student.first_day - student.last_day, 1.0)
    if student.story == "dip" and BREAK[0] < progress < BREAK[1]:
        return 0.0
    if student.story in {"quick", "exam"}:
        return 0.4 + 3.0 * exp(-(days_ago - student.last_day) / 14.0)
    return 1.0

"""Invented students: their levels, their progress, when they practise, and the mistakes they keep making."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from bandup.demo.content import CRITERIA, toml_content
from bandup.demo.seeded_random import random_uuid, seeded_rng

DAY = 86_400
"""Seconds in a day."""

HOUR_WEIGHTS = {9: 2, 10: 2, 11: 1, 12: 2, 14: 1, 15: 2, 17: 2, 18: 2, 19: 4, 20: 7, 21: 8, 22: 6, 23: 3, 6: 1, 7: 1}
"""Relative frequency of practice by hour of the student's own day."""

WEEKLY_ACTIVITY = (0.0, 0.2, 0.6, 1.0, 1.4, 2.8)
"""A week's practice relative to a student's usual amount: practice comes in bursts with gaps in between."""

BREAK_PERIOD = (0.42, 0.66)
"""The part of a student's time on the platform, from 0 to 1, without practice if the trajectory is `dip`."""


@dataclass(frozen=True)
class DemoStudent:
    """One student. `level`, `gain` and the offsets are in bands; `first_day` and `last_day` are days before now."""

    index: int
    user_id: str
    attempts: float
    level: float
    trajectory: str
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

    def progress(self, days_ago: float) -> float:
        """Return which part of the student's time on the platform has passed: from 0 to 1."""
        return min(max((self.first_day - days_ago) / max(self.first_day - self.last_day, 1.0), 0.0), 1.0)

    def ability(self, skill: str, days_ago: float) -> float:
        """Return the student's true level in a skill (bands) at a time."""
        gain = self.gain * _progress_curve(self.trajectory, self.progress(days_ago))
        return self.level + self.skill_offset[skill] + gain


def _progress_curve(trajectory: str, progress: float) -> float:
    """The part of the gain that is reached, from 0 at the first day to about 1 at the last."""
    match trajectory:
        case "plateau":
            return min(progress / 0.35, 1.0)
        case "quick":
            return 1.0 - exp(-2.5 * progress)
        case "dip":
            forgotten = 1.1 * exp(-(progress - BREAK_PERIOD[1]) / 0.12) if progress >= BREAK_PERIOD[1] else 0.0
            return progress - forgotten
        case _:
            return progress


def generate_students(count: int, seed: int) -> list[DemoStudent]:
    """Return `count` students: the first forty as students.toml describes them, later ones varied under other names."""
    return [_student(index, seed) for index in range(count)]


def _student(index: int, seed: int) -> DemoStudent:
    rng = seeded_rng(seed, "student", index)
    content = toml_content("students")
    profiles = content["student"]
    profile, described = profiles[index % len(profiles)], index < len(profiles)
    jitter = 0.0 if described else 1.0
    last_day = max(profile["last_day"] * (1.0 + jitter * rng.uniform(-0.05, 0.05)), 0.01)
    return DemoStudent(
        index=index,
        user_id=profile["user_id"] if described else _user_id(index, rng),
        attempts=profile["attempts"] * (1.0 + jitter * rng.uniform(-0.3, 0.4)),
        level=min(max(profile["level"] + jitter * rng.gauss(0.0, 0.3), 4.2), 7.2),
        trajectory=profile["story"],
        gain=profile["gain"] * (1.0 + jitter * rng.uniform(-0.3, 0.3)),
        first_day=min(max(profile["first_day"] * (1.0 + jitter * rng.uniform(-0.05, 0.05)), last_day + 1.0), 272.0),
        last_day=last_day,
        utc_offset=profile.get("utc_offset", 7),
        writing_share=min(max(rng.gauss(0.64, 0.13), 0.25), 0.95),
        skill_offset={"writing": -0.15 + rng.gauss(0.0, 0.2), "speaking": 0.15 + rng.gauss(0.0, 0.3)},
        criterion_offset={
            f"{skill}.{criterion}": rng.gauss(0.0, 0.42)
            for skill, criteria in CRITERIA.items()
            for criterion in criteria
        },
        writing_weaknesses=frozenset(rng.sample(content["writing_weaknesses"], 4)),
        speaking_weaknesses=frozenset(rng.sample(content["speaking_weaknesses"], 3)),
        sounds=tuple(rng.sample(content["sounds"], 3)),
        fillers=tuple(rng.sample(content["fillers"], 2)),
        pace=rng.gauss(0.0, 7.0),
    )


def _user_id(index: int, rng: Random) -> str:
    """A user id beyond the first forty: given and family name, numbered when the names run out, or a UUID."""
    if rng.random() < 0.06:
        return random_uuid(rng)
    names = toml_content("students")
    given, family = names["given"], names["family"]
    slug = f"{given[index % len(given)]}.{family[index // len(given) % len(family)]}"
    taken = {profile["user_id"] for profile in names["student"]}
    repetition = index // (len(given) * len(family))
    return f"{slug}{repetition + 1}" if repetition or slug in taken else slug


def attempts_per_student(students: Sequence[DemoStudent], total: int) -> list[int]:
    """Return how many of `total` attempts each student made: whole numbers, in proportion, with the sum `total`."""
    weight = sum(student.attempts for student in students)
    exact = [student.attempts * total / weight for student in students]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def practice_times(student: DemoStudent, count: int, now: int, rng: Random) -> list[int]:
    """Return when a student practised: `count` times in Unix seconds, ascending, none in the future.

    Most are in the evening; there are bursts, gaps, and a rush before an exam.
    """
    days = list(range(int(student.last_day), int(student.first_day) + 1))
    activity = [rng.choice(WEEKLY_ACTIVITY) for _ in range(len(days) // 7 + 2)]
    weights = [0.02 + activity[i // 7] * _practice_weight(student, day) for i, day in enumerate(days)]
    hours, hour_weights = list(HOUR_WEIGHTS), list(HOUR_WEIGHTS.values())
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


def _practice_weight(student: DemoStudent, days_ago: int) -> float:
    """The weight of a day for practice: higher before an exam (the last day), 0 during a break."""
    if student.trajectory == "dip" and BREAK_PERIOD[0] < student.progress(days_ago) < BREAK_PERIOD[1]:
        return 0.0
    if student.trajectory in {"quick", "exam"}:
        return 0.4 + 3.0 * exp(-(days_ago - student.last_day) / 14.0)
    return 1.0

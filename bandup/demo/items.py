"""Generates every item of the demo: students' histories, jobs that went wrong, flashcard sets."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeSerializer

from bandup.demo import flashcard_items, oddities, speaking_items, writing_items
from bandup.demo.content import CRITERIA, EssayTopic, SpeakingTopic, decks, essay_topics, speaking_topics
from bandup.demo.grading import DemoGrade, grade
from bandup.demo.seeded_random import random_uuid, seeded_rng
from bandup.demo.student_profiles import DAY, DemoStudent, attempts_per_student, generate_students, practice_times
from bandup.demo.unfinished_jobs import error_message, job
from data.schema import TableKey

DEFAULT_EVALUATIONS = 900
"""The number of evaluations that the counts below refer to. They grow in proportion, and each is at least 1."""

JOBS_NEAR_ATTEMPTS = {"failed": 20, "stuck": 19, "unknown user": 8}
OTHER_ROWS = {"stuck on quota day": 15, "failed on quota day": 5, "anonymous": 4, "flashcard set": 6}
"""What else the evaluations table holds, beside completed attempts and running jobs."""

RUNNING_JOBS, MAX_RUNNING_JOBS = 3, 12
"""The number of jobs running at the same time does not grow with the years of history."""

QUOTA_DAY_AGO = 21
"""How many days before now the model's quota ran out."""

WRITING_SHARE = 0.64
"""The part of an average student's attempts that is writing."""

DOCUMENTED_STUDENT, DOCUMENTED_ATTEMPTS = "user-456", 2

CERTAIN_SETS = 9
"""How many kinds of flashcard sets occur in a demo of any size."""

DemoRow = tuple[TableKey, dict[str, Any]]
T = TypeVar("T")
_SERIALIZER = TypeSerializer()


@dataclass(frozen=True)
class _DemoSize:
    """How many items of each kind the demo has."""

    evaluations: int

    def scaled(self, count: float) -> int:
        """Scale a count from the default size, to at least 1."""
        return max(1, round(count * self.evaluations / DEFAULT_EVALUATIONS))

    def scaled_all(self, counts: Mapping[T, float]) -> dict[T, int]:
        """Scale each of these counts."""
        return {name: self.scaled(count) for name, count in counts.items()}

    @property
    def running(self) -> int:
        return min(self.scaled(RUNNING_JOBS), MAX_RUNNING_JOBS)

    @property
    def students(self) -> int:
        return max(2, self.evaluations // 22)

    @property
    def sets(self) -> int:
        return max(12, self.evaluations // 11)

    @property
    def attempts(self) -> int:
        """Completed attempts: the rows of the evaluations table that are nothing else."""
        others = sum(self.scaled_all(JOBS_NEAR_ATTEMPTS | OTHER_ROWS).values())
        return max(self.evaluations - others - self.running - DOCUMENTED_ATTEMPTS, self.students)


def generate(now: datetime, *, evaluations: int = DEFAULT_EVALUATIONS, seed: int = 20260101) -> Iterator[DemoRow]:
    """Yield every item of both tables as `(table_key, item)`, the item in DynamoDB's low-level wire format.

    `now` is timezone-aware; the newest items are minutes older, the oldest about nine months. `evaluations` is the
    number of items of the evaluations table; there is one student for every 22 and one flashcard set for every 11. The
    same arguments give the same items in the same order. Every shape occurs at least once, so fewer than about 150
    evaluations give a few more items than asked for. Raises ValueError if `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("generate() needs a timezone-aware time, e.g. datetime.now(UTC)")
    size = _DemoSize(evaluations)
    moment = int(now.timestamp())
    students = generate_students(size.students, seed)
    yield from _histories(students, size, moment, seed)
    yield from _documented(students[0], moment, seed)
    yield from _jobs_without_attempt(students, size, moment, seed)
    yield from _flashcard_sets(students, size, moment, seed)


def _to_item(attributes: Mapping[str, object]) -> dict[str, Any]:
    """An item in wire format. Numbers are int or Decimal: boto3 raises TypeError for a float."""
    return {name: _SERIALIZER.serialize(value) for name, value in attributes.items()}


def _evaluation(attributes: Mapping[str, object]) -> DemoRow:
    return "evaluations", _to_item(attributes)


def _histories(students: Sequence[DemoStudent], size: _DemoSize, now: int, seed: int) -> Iterator[DemoRow]:
    """Every student's attempts in order of time, some of them odd, with jobs that went wrong in between."""
    counts = attempts_per_student(students, size.attempts)
    writing_counts = [round(count * student.writing_share) for count, student in zip(counts, students, strict=True)]
    total = {"writing": sum(writing_counts), "speaking": sum(counts) - sum(writing_counts)}
    odd = {}
    for skill, catalogue in oddities.ODDITIES.items():
        odd[skill] = _sample_positions(size.scaled_all(catalogue), total[skill], seeded_rng(seed, f"odd {skill}"))
    jobs = _sample_positions(size.scaled_all(JOBS_NEAR_ATTEMPTS), sum(counts), seeded_rng(seed, "beside"))
    done, failures = Counter[str](), Counter[str]()
    for student, count, writing_count in zip(students, counts, writing_counts, strict=True):
        rng = seeded_rng(seed, "history", student.index)
        skills = ["writing"] * writing_count + ["speaking"] * (count - writing_count)
        rng.shuffle(skills)
        topics = _Topics(rng)
        for at, skill in zip(practice_times(student, count, now, rng), skills, strict=True):
            key = {"evaluation_id": random_uuid(rng), "user_id": student.user_id}
            yield from _job_near(jobs.get(done.total()), key, skill, at, failures, rng)
            row = _completed_attempt(student, skill, at, now, topics, rng)
            if oddity := odd[skill].get(done[skill]):
                row = oddity(row, at, rng)
            yield _evaluation(key | row)
            done[skill] += 1


def _sample_positions(wanted: Mapping[T, int], total: int, rng: Random) -> dict[int, T]:
    """Random positions below `total` for each of these things, as many as wanted, as far as there is room."""
    things = [thing for thing, count in wanted.items() for _ in range(count)][:total]
    return dict(zip(rng.sample(range(total), len(things)), things, strict=True))


class _Topics:
    """A student's topics: in random order, and none is repeated before all of its kind were used."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._remaining: dict[str, list[Any]] = {}

    def essay(self) -> EssayTopic:
        """Return the next writing task; two in three are Task 2."""
        return self._next("TASK_2" if self._rng.random() < 0.66 else "TASK_1", essay_topics)

    def talk(self) -> SpeakingTopic:
        """Return the next speaking topic, of a random part."""
        return self._next(self._rng.choices(("PART_1", "PART_2", "PART_3"), (3, 4, 3))[0], speaking_topics)

    def _next(self, kind: str, topics_of: Callable[[str], list[T]]) -> T:
        remaining: list[T] = self._remaining.setdefault(kind, [])
        if not remaining:
            topics = topics_of(kind)
            remaining += self._rng.sample(topics, len(topics))
        return remaining.pop()


def _completed_attempt(
    student: DemoStudent, skill: str, at: int, now: int, topics: _Topics, rng: Random
) -> oddities.Attributes:
    """A completed attempt without its keys."""
    days_ago = (now - at) / DAY
    bands = grade(student, skill, days_ago, rng)
    if skill == "writing":
        return writing_items.completed(topics.essay(), bands, student, at, days_ago, rng)
    return speaking_items.completed(topics.talk(), bands, student, at, days_ago, rng)


def _job_near(
    kind: str | None, key: dict[str, str], skill: str, at: int, failures: dict[str, int], rng: Random
) -> Iterator[DemoRow]:
    """A job that went wrong shortly before an attempt, or the attempt's own job under the user `unknown`.

    `failures` counts the failed jobs of each skill, and is increased here.
    """
    if kind == "unknown user":
        yield _evaluation(key | {"user_id": "unknown"} | job(skill, at - rng.randint(9, 70)))
    elif kind is not None:
        other = {"evaluation_id": random_uuid(rng), "user_id": key["user_id"]}
        row = other | job(skill, at - rng.randint(2 * 60, 14 * 60))
        if kind == "failed":
            row |= {"status": "failed", "error_message": error_message(skill, failures[skill], rng)}
            failures[skill] += 1
        yield _evaluation(row)


def _documented(student: DemoStudent, now: int, seed: int) -> Iterator[DemoRow]:
    """The three examples of the platform's documentation, unchanged except for their times."""
    rng = seeded_rng(seed, "documented")
    key = {"user_id": DOCUMENTED_STUDENT}
    at = now - 141 * DAY - 3 * 3600
    essay = writing_items.completed(essay_topics("TASK_2")[0], _grade_of_seven("writing"), student, at, 141, rng)
    row = oddities.documented_writing(essay, at, rng) | {"word_count": 287}
    yield _evaluation({"evaluation_id": "eval-abc123"} | key | row)

    at = now - 33 * DAY - 5 * 3600
    talk = _recording_of(120.5, student, at, rng)
    row = oddities.documented_speaking(talk, at, rng) | {"duration": "120.5"}
    yield _evaluation({"evaluation_id": "speak-xyz789"} | key | row)

    at = now - 75 * DAY - 2 * 3600
    deck = next(deck for deck in decks() if deck.file_name == "vocab-guide.pdf")
    source = flashcard_items.choose_cards(DOCUMENTED_STUDENT, deck, at, now, rng)
    yield "flashcard_sets", _to_item({"set_id": "flashcard-set-123"} | key | flashcard_items.documented(source))


def _grade_of_seven(skill: str) -> DemoGrade:
    """An overall band of 7.0 whose criteria differ."""
    return DemoGrade(7.0, dict(zip(CRITERIA[skill], (7.0, 7.5, 7.0, 6.5), strict=True)))


def _recording_of(seconds: float, student: DemoStudent, at: int, rng: Random) -> oddities.Attributes:
    """A recording of band 7 whose word count fits the given length in seconds."""
    for _ in range(200):
        topic = rng.choice(speaking_topics("PART_2"))
        talk = speaking_items.completed(topic, _grade_of_seven("speaking"), student, at, 33, rng)
        if 112 <= int(str(talk["word_count"])) / seconds * 60 <= 150:
            return talk
    raise ValueError(f"No speaking topic of part 2 is long enough for {seconds} seconds")


def _jobs_without_attempt(students: Sequence[DemoStudent], size: _DemoSize, now: int, seed: int) -> Iterator[DemoRow]:
    """Jobs without an attempt: from the day the quota ran out, of anonymous users, and running now."""
    rng = seeded_rng(seed, "jobs")
    active = [student for student in students if student.first_day > QUOTA_DAY_AGO > student.last_day] or list(students)
    outage = now - QUOTA_DAY_AGO * DAY
    counts = size.scaled_all(OTHER_ROWS)
    for i in range(counts["stuck on quota day"] + counts["failed on quota day"]):
        key = {"evaluation_id": random_uuid(rng), "user_id": rng.choice(active).user_id}
        skill = "writing" if rng.random() < WRITING_SHARE else "speaking"
        row = key | job(skill, outage - rng.randint(0, 4 * 3600))
        if i < counts["failed on quota day"]:
            row |= {"status": "failed", "error_message": error_message("quota", i, rng)}
        yield _evaluation(row)
    for i in range(counts["anonymous"]):
        key = {"evaluation_id": random_uuid(rng), "user_id": "anonymous"}
        at = now - rng.randint(2 * DAY, 200 * DAY)
        if i % 2:
            yield _evaluation(key | job("speaking", at))
        else:
            yield _evaluation(key | _completed_attempt(rng.choice(students), "writing", at, now, _Topics(rng), rng))
    practising = sorted(students, key=lambda student: student.last_day)[: size.running * 2]
    for i in range(size.running):
        key = {"evaluation_id": random_uuid(rng), "user_id": practising[i % len(practising)].user_id}
        skill = "speaking" if i % 3 == 2 else "writing"
        yield _evaluation(key | job(skill, now - rng.randint(60, 480)))
    for _ in range(counts["flashcard set"]):
        student = rng.choice(students)
        at = _time_between(student, now, rng)
        source = flashcard_items.choose_cards(student.user_id, rng.choice(decks()), at, now, rng)
        row = flashcard_items.in_evaluations(source, rng)
        yield _evaluation({"evaluation_id": random_uuid(rng), "user_id": student.user_id} | row)


def _flashcard_sets(students: Sequence[DemoStudent], size: _DemoSize, now: int, seed: int) -> Iterator[DemoRow]:
    """The flashcard sets without the documented one; students who practise more have more of them."""
    rng = seeded_rng(seed, "sets")
    weights = [student.attempts + 3 for student in students]
    kinds, counts = list(flashcard_items.SET_KINDS), list(flashcard_items.SET_KINDS.values())
    for i in range(size.sets - 1):
        kind = kinds[i] if i < CERTAIN_SETS else rng.choices(kinds, counts)[0]
        student = rng.choices(students, weights)[0]
        at = _time_between(student, now, rng)
        source = flashcard_items.choose_cards(student.user_id, rng.choice(decks()), at, now, rng)
        key = {"set_id": random_uuid(rng), "user_id": student.user_id}
        yield "flashcard_sets", _to_item(key | kind(source, rng))


def _time_between(student: DemoStudent, now: int, rng: Random) -> int:
    """A time at which a student was active, in Unix seconds."""
    return now - int(rng.uniform(student.last_day, student.first_day) * DAY) - rng.randint(600, 7200)

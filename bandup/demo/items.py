"""Generates every item of the demo: students' histories, jobs that went wrong, flashcard sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bandup.demo import flashcard_items, oddities, speaking_items, unfinished_jobs, writing_items
from bandup.demo.content import DemoDeck, EssayTopic, SpeakingTopic, decks, essay_topics, speaking_topics
from bandup.demo.grading import CRITERIA, DemoGrade, grade
from bandup.demo.seeded_random import random_uuid, seeded_rng
from bandup.demo.student_profiles import DAY, DemoStudent, attempts_per_student, generate_students, practice_times
from bandup.demo.wire_items import DemoItem, to_item
from data.schema import TableKey

DEFAULT_EVALUATIONS = 900
"""The number of evaluations that the counts below refer to. They grow in proportion, and each is at least 1."""

FAILED_JOBS, STUCK_JOBS, JOBS_UNDER_UNKNOWN_USER = 20, 19, 8
STUCK_JOBS_OF_QUOTA_DAY, FAILED_JOBS_OF_QUOTA_DAY = 15, 5
RUNNING_JOBS, ANONYMOUS_ATTEMPTS, SETS_IN_EVALUATIONS_TABLE = 3, 4, 6
MAX_RUNNING_JOBS = 12
"""The number of jobs running at the same time does not grow with the years of history."""

QUOTA_DAY_AGO = 21
"""How many days before now the model's quota ran out."""

WRITING_SHARE = 0.64
"""The part of an average student's attempts that is writing."""

DOCUMENTED_STUDENT = "user-456"

DemoRow = tuple[TableKey, DemoItem]


@dataclass(frozen=True)
class _DemoSize:
    """How many items of each kind the demo has."""

    evaluations: int

    def scaled(self, count: float) -> int:
        """Scale a count from the default size, to at least 1."""
        return max(1, round(count * self.evaluations / DEFAULT_EVALUATIONS))

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
        other_rows = (
            FAILED_JOBS,
            STUCK_JOBS,
            JOBS_UNDER_UNKNOWN_USER,
            STUCK_JOBS_OF_QUOTA_DAY,
            FAILED_JOBS_OF_QUOTA_DAY,
            ANONYMOUS_ATTEMPTS,
            SETS_IN_EVALUATIONS_TABLE,
        )
        others = sum(map(self.scaled, other_rows))
        return max(self.evaluations - others - self.running - len(_DOCUMENTED_ATTEMPTS), self.students)


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


def _histories(students: Sequence[DemoStudent], size: _DemoSize, now: int, seed: int) -> Iterator[DemoRow]:
    """Every student's attempts in order of time, some of them odd, with jobs that went wrong in between."""
    counts = attempts_per_student(students, size.attempts)
    writing_counts = [round(count * student.writing_share) for count, student in zip(counts, students, strict=True)]
    total = {"writing": sum(writing_counts), "speaking": sum(counts) - sum(writing_counts)}
    odd = {
        "writing": _odd_attempts(oddities.WRITING_ODDITIES, total["writing"], size, seeded_rng(seed, "odd writing")),
        "speaking": _odd_attempts(
            oddities.SPEAKING_ODDITIES, total["speaking"], size, seeded_rng(seed, "odd speaking")
        ),
    }
    beside = _sample_positions(
        {
            "failed": size.scaled(FAILED_JOBS),
            "stuck": size.scaled(STUCK_JOBS),
            "unknown user": size.scaled(JOBS_UNDER_UNKNOWN_USER),
        },
        sum(counts),
        seeded_rng(seed, "beside"),
    )
    done = {"writing": 0, "speaking": 0}
    failures = {"writing": 0, "speaking": 0}
    for student, count, writing_count in zip(students, counts, writing_counts, strict=True):
        rng = seeded_rng(seed, "history", student.index)
        skills = ["writing"] * writing_count + ["speaking"] * (count - writing_count)
        rng.shuffle(skills)
        topics = _Topics(rng)
        for at, skill in zip(practice_times(student, count, now, rng), skills, strict=True):
            key = {"evaluation_id": random_uuid(rng), "user_id": student.user_id}
            yield from _job_beside(beside.get(sum(done.values())), key, skill, at, failures, rng)
            row = _completed_attempt(student, skill, at, now, topics, rng)
            oddity = odd[skill].get(done[skill])
            if oddity:
                catalogue = oddities.WRITING_ODDITIES if skill == "writing" else oddities.SPEAKING_ODDITIES
                row = catalogue[oddity][1](row, at, rng)
            yield "evaluations", to_item(key | row)
            done[skill] += 1


def _odd_attempts(
    catalogue: Mapping[str, tuple[float, oddities.Oddity]], total: int, size: _DemoSize, rng: Random
) -> dict[int, str]:
    """The odd attempts of a skill: the attempt's number to the oddity's name."""
    return _sample_positions({name: size.scaled(count) for name, (count, _) in catalogue.items()}, total, rng)


def _sample_positions(wanted: Mapping[str, int], total: int, rng: Random) -> dict[int, str]:
    """Random positions below `total` for as many of each name as `wanted` says, as far as there is room."""
    names = [name for name, count in wanted.items() for _ in range(count)][:total]
    return dict(zip(rng.sample(range(total), len(names)), names, strict=True))


class _Topics:
    """A student's topics: in random order, and none is repeated before all of its kind were used."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._essays: dict[str, list[EssayTopic]] = {}
        self._talks: dict[str, list[SpeakingTopic]] = {}

    def essay(self) -> EssayTopic:
        """Return the next writing task; two in three are Task 2."""
        task_type = "TASK_2" if self._rng.random() < 0.66 else "TASK_1"
        remaining = self._essays.setdefault(task_type, [])
        if not remaining:
            remaining += self._rng.sample(essay_topics(task_type), len(essay_topics(task_type)))
        return remaining.pop()

    def talk(self) -> SpeakingTopic:
        """Return the next speaking topic, of a random part."""
        part = self._rng.choices(("PART_1", "PART_2", "PART_3"), (3, 4, 3))[0]
        remaining = self._talks.setdefault(part, [])
        if not remaining:
            remaining += self._rng.sample(speaking_topics(part), len(speaking_topics(part)))
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


def _job_beside(
    kind: str | None, key: dict[str, str], skill: str, at: int, failures: dict[str, int], rng: Random
) -> Iterator[DemoRow]:
    """A job that went wrong shortly before an attempt, or the attempt's own job under the user `unknown`.

    `failures` counts the failed jobs of each skill, and is increased here.
    """
    if kind == "unknown user":
        yield (
            "evaluations",
            to_item(key | {"user_id": "unknown"} | unfinished_jobs.job(skill, "processing", at - rng.randint(9, 70))),
        )
    elif kind is not None:
        other = {"evaluation_id": random_uuid(rng), "user_id": key["user_id"]}
        status = "failed" if kind == "failed" else "processing"
        row = other | unfinished_jobs.job(skill, status, at - unfinished_jobs.retry_delay(rng))
        if status == "failed":
            row["error_message"] = unfinished_jobs.error_message(skill, failures[skill], rng)
            failures[skill] += 1
        yield "evaluations", to_item(row)


_DOCUMENTED_ATTEMPTS = ("eval-abc123", "speak-xyz789")


def _documented(student: DemoStudent, now: int, seed: int) -> Iterator[DemoRow]:
    """The three examples of the platform's documentation, unchanged except for their times."""
    rng = seeded_rng(seed, "documented")
    key = {"user_id": DOCUMENTED_STUDENT}
    at = now - 141 * DAY - 3 * 3600
    essay = writing_items.completed(essay_topics("TASK_2")[0], _grade_of_seven("writing"), student, at, 141, rng)
    row = oddities.WRITING_ODDITIES["documented_shape"][1](essay, at, rng) | {"word_count": 287}
    yield "evaluations", to_item({"evaluation_id": "eval-abc123"} | key | row)

    at = now - 33 * DAY - 5 * 3600
    talk = _recording_of(120.5, student, at, rng)
    row = oddities.SPEAKING_ODDITIES["documented_shape"][1](talk, at, rng) | {"duration": "120.5"}
    yield "evaluations", to_item({"evaluation_id": "speak-xyz789"} | key | row)

    at = now - 75 * DAY - 2 * 3600
    source = flashcard_items.choose_cards(DOCUMENTED_STUDENT, _deck("vocab-guide.pdf"), rng)
    yield "flashcard_sets", to_item({"set_id": "flashcard-set-123"} | key | flashcard_items.documented(source, at))


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


def _deck(file_name: str) -> DemoDeck:
    return next(deck for deck in decks() if deck.file_name == file_name)


def _jobs_without_attempt(students: Sequence[DemoStudent], size: _DemoSize, now: int, seed: int) -> Iterator[DemoRow]:
    """Jobs without an attempt: from the day the quota ran out, of anonymous users, and running now."""
    rng = seeded_rng(seed, "jobs")
    active = [student for student in students if student.first_day > QUOTA_DAY_AGO > student.last_day] or list(students)
    outage = now - QUOTA_DAY_AGO * DAY
    for i in range(size.scaled(STUCK_JOBS_OF_QUOTA_DAY) + size.scaled(FAILED_JOBS_OF_QUOTA_DAY)):
        key = {"evaluation_id": random_uuid(rng), "user_id": rng.choice(active).user_id}
        skill = "writing" if rng.random() < WRITING_SHARE else "speaking"
        started = outage - rng.randint(0, 4 * 3600)
        row: oddities.Attributes = {**key, **unfinished_jobs.job(skill, "processing", started)}
        if i < size.scaled(FAILED_JOBS_OF_QUOTA_DAY):
            row |= {"status": "failed", "error_message": unfinished_jobs.error_message("quota", i, rng)}
        yield "evaluations", to_item(row)
    for i in range(size.scaled(ANONYMOUS_ATTEMPTS)):
        key = {"evaluation_id": random_uuid(rng), "user_id": "anonymous"}
        at = now - rng.randint(2 * DAY, 200 * DAY)
        if i % 2:
            yield "evaluations", to_item(key | unfinished_jobs.job("speaking", "processing", at))
        else:
            row = _completed_attempt(rng.choice(students), "writing", at, now, _Topics(rng), rng)
            yield "evaluations", to_item(key | row)
    practising = sorted(students, key=lambda student: student.last_day)[: size.running * 2]
    for i in range(size.running):
        key = {"evaluation_id": random_uuid(rng), "user_id": practising[i % len(practising)].user_id}
        skill = "speaking" if i % 3 == 2 else "writing"
        yield "evaluations", to_item(key | unfinished_jobs.job(skill, "processing", now - rng.randint(60, 480)))
    for _ in range(size.scaled(SETS_IN_EVALUATIONS_TABLE)):
        student = rng.choice(students)
        at = now - int(rng.uniform(student.last_day, student.first_day) * DAY) - rng.randint(600, 7200)
        row = flashcard_items.in_evaluations(flashcard_items.choose_any_cards(student.user_id, rng), at, rng)
        yield "evaluations", to_item({"evaluation_id": random_uuid(rng), "user_id": student.user_id} | row)


SET_KINDS = {
    "failed": 3,
    "stuck": 3,
    "no_cards": 1,
    "no_cards_native": 1,
    "count_differs": 1,
    "unreadable": 1,
    "iso_text": 1,
    "native_local": 12,
    "native_request": 11,
    "documented": 24,
    "typed": 23,
}
"""Kinds of flashcard sets, and how often each occurs among 80."""


def _flashcard_sets(students: Sequence[DemoStudent], size: _DemoSize, now: int, seed: int) -> Iterator[DemoRow]:
    """The flashcard sets without the documented one; students who practise more have more of them."""
    rng = seeded_rng(seed, "sets")
    weights = [student.attempts + 3 for student in students]
    certain, frequent = list(SET_KINDS)[:9], list(SET_KINDS)
    for i in range(size.sets - 1):
        kind = certain[i] if i < len(certain) else rng.choices(frequent, list(SET_KINDS.values()))[0]
        student = rng.choices(students, weights)[0]
        at = now - int(rng.uniform(student.last_day, student.first_day) * DAY) - rng.randint(600, 7200)
        source = flashcard_items.choose_any_cards(student.user_id, rng)
        key = {"set_id": random_uuid(rng), "user_id": student.user_id}
        yield "flashcard_sets", to_item(key | _set_of_kind(kind, source, at, (now - at) / DAY, rng))


def _set_of_kind(
    kind: str, source: flashcard_items.CardSource, at: int, days_ago: float, rng: Random
) -> oddities.Attributes:
    """A flashcard set of a kind, without its keys."""
    match kind:
        case "failed":
            failure = {"error_message": unfinished_jobs.error_message("flashcards", rng.randrange(9), rng)}
            return unfinished_jobs.set_job("failed", source.document_id, at) | failure
        case "stuck":
            return unfinished_jobs.set_job("processing", source.document_id, at)
        case "no_cards":
            return flashcard_items.documented(source, at) | {"flashcards": "[]", "total_cards": 0}
        case "no_cards_native":
            return flashcard_items.native(source, "local", days_ago, rng) | {"flashcards": [], "num_cards": 0}
        case "count_differs":
            return flashcard_items.typed_documented(source, at, rng) | {"total_cards": len(source.cards) + 5}
        case "unreadable":
            return flashcard_items.documented(source, at) | {"flashcards": flashcard_items.UNREADABLE_CARDS}
        case "iso_text":
            # not in the evaluations table, where an index keyed on a numeric created_at would refuse it
            return flashcard_items.documented(source, at) | {"created_at": datetime.fromtimestamp(at, UTC).isoformat()}
        case "native_local":
            return flashcard_items.native(source, "local", days_ago, rng)
        case "native_request":
            return flashcard_items.native(source, random_uuid(rng), days_ago, rng)
        case "typed":
            return flashcard_items.typed_documented(source, at, rng)
        case _:
            return flashcard_items.documented(source, at)

"""Every item of the demo, one after the other: students' histories, jobs that went wrong, flashcard sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bandup.demo import flashcard_items, oddities, speaking, unfinished_jobs, writing
from bandup.demo.chance import identifier, stream
from bandup.demo.classroom import DAY, Student, practice_times, roster, shares
from bandup.demo.content import Deck, EssayTopic, SpeakingTopic, decks, essay_topics, speaking_topics
from bandup.demo.grading import CRITERIA, Grade, grade
from bandup.demo.wire_items import Item, to_item
from data.schema import TableKey

USUAL_SIZE = 900
"""Evaluations for which the numbers below are meant; they grow in proportion, and each is at least one."""

FAILED, STUCK, TWINS = 20, 19, 8
QUOTA_STUCK, QUOTA_FAILED = 15, 5
RUNNING, ANONYMOUS, SETS_IN_EVALUATIONS = 3, 4, 6
MOST_RUNNING = 12
"""Jobs that run at the same moment do not grow with the years of history."""

QUOTA_DAY = 21
"""Days before now on which the model's quota ran out."""

SKILL_SHARE = 0.64
"""Of an average student's attempts, this part is writing."""

DOCUMENTED_STUDENT = "user-456"

Row = tuple[TableKey, Item]


@dataclass(frozen=True)
class _Size:
    """How many of each sort there are."""

    evaluations: int

    def of(self, usual: float) -> int:
        """A number meant for the usual size, in proportion."""
        return max(1, round(usual * self.evaluations / USUAL_SIZE))

    @property
    def running(self) -> int:
        return min(self.of(RUNNING), MOST_RUNNING)

    @property
    def students(self) -> int:
        return max(2, self.evaluations // 22)

    @property
    def sets(self) -> int:
        return max(12, self.evaluations // 11)

    @property
    def attempts(self) -> int:
        """Completed attempts: what is left when every other row of the evaluations table is counted."""
        others = sum(map(self.of, (FAILED, STUCK, TWINS, QUOTA_STUCK, QUOTA_FAILED, ANONYMOUS, SETS_IN_EVALUATIONS)))
        return max(self.evaluations - others - self.running - len(_DOCUMENTED_ATTEMPTS), self.students)


def generate(now: datetime, *, evaluations: int = USUAL_SIZE, seed: int = 20260101) -> Iterator[Row]:
    """Every item of both tables as `(table_key, item)`, the item in DynamoDB's low-level wire format.

    `now` is timezone-aware; the newest items lie minutes before it, the oldest about nine months. `evaluations` is the
    number of items of the evaluations table; students and sets grow with it (one for every 22 and every 11). The same
    arguments give the same items, in the same order. Every shape is there at least once, so fewer than about 150
    evaluations give a few more items than asked for.
    """
    if now.tzinfo is None:
        raise ValueError("generate() needs a timezone-aware time, e.g. datetime.now(UTC)")
    size = _Size(evaluations)
    moment = int(now.timestamp())
    students = roster(size.students, seed)
    yield from _histories(students, size, moment, seed)
    yield from _documented(students[0], moment, seed)
    yield from _lost_jobs(students, size, moment, seed)
    yield from _sets(students, size, moment, seed)


def _histories(students: Sequence[Student], size: _Size, now: int, seed: int) -> Iterator[Row]:
    """Every student's attempts in order of time, odd ones among them, with jobs that went wrong beside them."""
    counts = shares(students, size.attempts)
    writing_counts = [round(count * student.writing_share) for count, student in zip(counts, students, strict=True)]
    total = {"writing": sum(writing_counts), "speaking": sum(counts) - sum(writing_counts)}
    odd = {
        "writing": _places(oddities.WRITING, total["writing"], size, stream(seed, "odd writing")),
        "speaking": _places(oddities.SPEAKING, total["speaking"], size, stream(seed, "odd speaking")),
    }
    beside = _sample(
        {"failed": size.of(FAILED), "stuck": size.of(STUCK), "twin": size.of(TWINS)},
        sum(counts),
        stream(seed, "beside"),
    )
    done = {"writing": 0, "speaking": 0}
    failures = {"writing": 0, "speaking": 0}
    for student, count, of_writing in zip(students, counts, writing_counts, strict=True):
        rng = stream(seed, "history", student.index)
        skills = ["writing"] * of_writing + ["speaking"] * (count - of_writing)
        rng.shuffle(skills)
        topics = _Topics(rng)
        for at, skill in zip(practice_times(student, count, now, rng), skills, strict=True):
            key = {"evaluation_id": identifier(rng), "user_id": student.user_id}
            yield from _beside(beside.get(sum(done.values())), key, skill, at, failures, rng)
            row = _complete(student, skill, at, now, topics, rng)
            oddity = odd[skill].get(done[skill])
            if oddity:
                catalogue = oddities.WRITING if skill == "writing" else oddities.SPEAKING
                row = catalogue[oddity][1](row, at, rng)
            yield "evaluations", to_item(key | row)
            done[skill] += 1


def _places(
    catalogue: Mapping[str, tuple[float, oddities.Oddity]], total: int, size: _Size, rng: Random
) -> dict[int, str]:
    """Which attempts of a skill are odd, and how: the attempt's number to the oddity's name."""
    return _sample({name: size.of(usual) for name, (usual, _) in catalogue.items()}, total, rng)


def _sample(wanted: Mapping[str, int], total: int, rng: Random) -> dict[int, str]:
    """So many of each sort at different places among `total`, as far as there are places."""
    names = [name for name, count in wanted.items() for _ in range(count)][:total]
    return dict(zip(rng.sample(range(total), len(names)), names, strict=True))


class _Topics:
    """A student's topics: each sort is gone through once, in an order of their own, before any comes again."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._essays: dict[str, list[EssayTopic]] = {}
        self._talks: dict[str, list[SpeakingTopic]] = {}

    def essay(self) -> EssayTopic:
        """The next writing task; two in three are Task 2."""
        task_type = "TASK_2" if self._rng.random() < 0.66 else "TASK_1"
        waiting = self._essays.setdefault(task_type, [])
        if not waiting:
            waiting += self._rng.sample(essay_topics(task_type), len(essay_topics(task_type)))
        return waiting.pop()

    def talk(self, part: str | None = None) -> SpeakingTopic:
        """The next speaking topic, of any part or of one."""
        part = part or self._rng.choices(("PART_1", "PART_2", "PART_3"), (3, 4, 3))[0]
        waiting = self._talks.setdefault(part, [])
        if not waiting:
            waiting += self._rng.sample(speaking_topics(part), len(speaking_topics(part)))
        return waiting.pop()


def _complete(student: Student, skill: str, at: int, now: int, topics: _Topics, rng: Random) -> oddities.Attributes:
    """A completed attempt without its keys."""
    days_ago = (now - at) / DAY
    bands = grade(student, skill, days_ago, rng)
    if skill == "writing":
        return writing.completed(topics.essay(), bands, student, at, days_ago, rng)
    return speaking.completed(topics.talk(), bands, student, at, days_ago, rng)


def _beside(
    what: str | None, key: dict[str, str], skill: str, at: int, failures: dict[str, int], rng: Random
) -> Iterator[Row]:
    """A job beside an attempt: one that failed or was lost shortly before it, or its own first trace under `unknown`.

    `failures` counts the failed jobs of each skill, and is counted up here.
    """
    if what == "twin":
        yield (
            "evaluations",
            to_item(key | {"user_id": "unknown"} | unfinished_jobs.job(skill, "processing", at - rng.randint(9, 70))),
        )
    elif what is not None:
        other = {"evaluation_id": identifier(rng), "user_id": key["user_id"]}
        status = "failed" if what == "failed" else "processing"
        row = other | unfinished_jobs.job(skill, status, at - unfinished_jobs.waited(rng))
        if status == "failed":
            row["error_message"] = unfinished_jobs.reason(skill, failures[skill], rng)
            failures[skill] += 1
        yield "evaluations", to_item(row)


_DOCUMENTED_ATTEMPTS = ("eval-abc123", "speak-xyz789")


def _documented(student: Student, now: int, seed: int) -> Iterator[Row]:
    """The three examples of the platform's documentation, as they stand there, with times of this demo."""
    rng = stream(seed, "documented")
    key = {"user_id": DOCUMENTED_STUDENT}
    at = now - 141 * DAY - 3 * 3600
    essay = writing.completed(essay_topics("TASK_2")[0], _sevens("writing"), student, at, 141, rng)
    row = oddities.WRITING["documented_shape"][1](essay, at, rng) | {"word_count": 287}
    yield "evaluations", to_item({"evaluation_id": "eval-abc123"} | key | row)

    at = now - 33 * DAY - 5 * 3600
    talk = _talk_of(120.5, student, at, rng)
    row = oddities.SPEAKING["documented_shape"][1](talk, at, rng) | {"duration": "120.5"}
    yield "evaluations", to_item({"evaluation_id": "speak-xyz789"} | key | row)

    at = now - 75 * DAY - 2 * 3600
    origin = flashcard_items.source(DOCUMENTED_STUDENT, _deck("vocab-guide.pdf"), rng)
    yield "flashcard_sets", to_item({"set_id": "flashcard-set-123"} | key | flashcard_items.documented(origin, at))


def _sevens(skill: str) -> Grade:
    """An overall 7.0 whose criteria differ."""
    return Grade(7.0, dict(zip(CRITERIA[skill], (7.0, 7.5, 7.0, 6.5), strict=True)))


def _talk_of(seconds: float, student: Student, at: int, rng: Random) -> oddities.Attributes:
    """A recording of band 7 with about as many words as fit a length at an even pace."""
    for _ in range(200):
        topic = rng.choice(speaking_topics("PART_2"))
        talk = speaking.completed(topic, _sevens("speaking"), student, at, 33, rng)
        if 112 <= int(str(talk["word_count"])) / seconds * 60 <= 150:
            return talk
    raise ValueError(f"No speaking topic of part 2 is long enough for {seconds} seconds")


def _deck(file_name: str) -> Deck:
    return next(deck for deck in decks() if deck.file_name == file_name)


def _lost_jobs(students: Sequence[Student], size: _Size, now: int, seed: int) -> Iterator[Row]:
    """Jobs with no attempt beside them: the day the quota ran out, nobody's jobs, and those running right now."""
    rng = stream(seed, "jobs")
    active = [student for student in students if student.first_day > QUOTA_DAY > student.last_day] or list(students)
    outage = now - QUOTA_DAY * DAY
    for i in range(size.of(QUOTA_STUCK) + size.of(QUOTA_FAILED)):
        key = {"evaluation_id": identifier(rng), "user_id": rng.choice(active).user_id}
        skill = "writing" if rng.random() < SKILL_SHARE else "speaking"
        started = outage - rng.randint(0, 4 * 3600)
        row: oddities.Attributes = {**key, **unfinished_jobs.job(skill, "processing", started)}
        if i < size.of(QUOTA_FAILED):
            row |= {"status": "failed", "error_message": unfinished_jobs.reason("quota", i, rng)}
        yield "evaluations", to_item(row)
    for i in range(size.of(ANONYMOUS)):
        key = {"evaluation_id": identifier(rng), "user_id": "anonymous"}
        at = now - rng.randint(2 * DAY, 200 * DAY)
        if i % 2:
            yield "evaluations", to_item(key | unfinished_jobs.job("speaking", "processing", at))
        else:
            row = _complete(rng.choice(students), "writing", at, now, _Topics(rng), rng)
            yield "evaluations", to_item(key | row)
    practising = sorted(students, key=lambda student: student.last_day)[: size.running * 2]
    for i in range(size.running):
        key = {"evaluation_id": identifier(rng), "user_id": practising[i % len(practising)].user_id}
        skill = "speaking" if i % 3 == 2 else "writing"
        yield "evaluations", to_item(key | unfinished_jobs.job(skill, "processing", now - rng.randint(60, 480)))
    for _ in range(size.of(SETS_IN_EVALUATIONS)):
        student = rng.choice(students)
        at = now - int(rng.uniform(student.last_day, student.first_day) * DAY) - rng.randint(600, 7200)
        row = flashcard_items.in_evaluations(flashcard_items.any_source(student.user_id, rng), at, rng)
        yield "evaluations", to_item({"evaluation_id": identifier(rng), "user_id": student.user_id} | row)


SET_SORTS = {
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
"""Sorts of flashcard sets and how many of each there are among eighty."""


def _sets(students: Sequence[Student], size: _Size, now: int, seed: int) -> Iterator[Row]:
    """The flashcard sets but the documented one; students who practise much make more of them."""
    rng = stream(seed, "sets")
    weights = [student.attempts + 3 for student in students]
    certain, frequent = list(SET_SORTS)[:9], list(SET_SORTS)
    for i in range(size.sets - 1):
        sort = certain[i] if i < len(certain) else rng.choices(frequent, list(SET_SORTS.values()))[0]
        student = rng.choices(students, weights)[0]
        at = now - int(rng.uniform(student.last_day, student.first_day) * DAY) - rng.randint(600, 7200)
        origin = flashcard_items.any_source(student.user_id, rng)
        key = {"set_id": identifier(rng), "user_id": student.user_id}
        yield "flashcard_sets", to_item(key | _set(sort, origin, at, (now - at) / DAY, rng))


def _set(sort: str, origin: flashcard_items.Source, at: int, days_ago: float, rng: Random) -> oddities.Attributes:
    """A flashcard set of a sort, without its keys."""
    match sort:
        case "failed":
            failure = {"error_message": unfinished_jobs.reason("flashcards", rng.randrange(9), rng)}
            return unfinished_jobs.set_job("failed", origin.document_id, at) | failure
        case "stuck":
            return unfinished_jobs.set_job("processing", origin.document_id, at)
        case "no_cards":
            return flashcard_items.documented(origin, at) | {"flashcards": "[]", "total_cards": 0}
        case "no_cards_native":
            return flashcard_items.native(origin, "local", days_ago, rng) | {"flashcards": [], "num_cards": 0}
        case "count_differs":
            return flashcard_items.typed_documented(origin, at, rng) | {"total_cards": len(origin.cards) + 5}
        case "unreadable":
            return flashcard_items.documented(origin, at) | {"flashcards": flashcard_items.UNREADABLE}
        case "iso_text":
            # not among the evaluations: an index keyed on a numeric created_at would refuse it there
            return flashcard_items.documented(origin, at) | {"created_at": datetime.fromtimestamp(at, UTC).isoformat()}
        case "native_local":
            return flashcard_items.native(origin, "local", days_ago, rng)
        case "native_request":
            return flashcard_items.native(origin, identifier(rng), days_ago, rng)
        case "typed":
            return flashcard_items.typed_documented(origin, at, rng)
        case _:
            return flashcard_items.documented(origin, at)

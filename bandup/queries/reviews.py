"""The reviews that pages call: what is stored, for the current person, and what they add; each write is logged.

The table is small and read whole. It is read again in the background when it is old; what this process stored is there at
once. Both are joined by their keys, as entries never change.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from threading import Lock
from typing import NamedTuple

import pandas as pd

from bandup import clock
from bandup.analysis import marking_queue, second_marks
from bandup.analysis.attention import DEFAULT_TARGET
from bandup.analysis.notes import kept_targets, notes_table
from bandup.analysis.second_marks import marks_table
from bandup.auth import guard
from bandup.auth.roles import Person, Role
from bandup.queries import cached_reads
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.own_students import own
from data.errors import DataError
from data.paging import Client, OnPage
from data.review_entries import CauseAction, HandOff, Mark, Note, ReviewEntry, Skip, TargetBand
from data.reviews import ReviewsRead, ReviewTable
from data.schema import REVIEWS
from data.settings import Settings

MAX_WAIT_SECONDS = 5.0
"""How long a page waits for the first read; after it, the page is shown without reviews, and says so."""

HOW_TO_TURN_ON = f"Second marks and notes are off: name a table for them in {REVIEWS.variable}, and create it with `bandup provision`."


@dataclass(frozen=True, eq=False)
class Reviews:
    """What is stored, in order of time, and the tables of it, which stay the same objects until something is added.

    `problem`: a sentence where the table can't be read, or holds entries that can't; empty else.
    """

    entries: tuple[ReviewEntry, ...] = ()
    problem: str = ""
    _restricted: dict[frozenset[str], "Reviews"] = field(default_factory=dict)

    @cached_property
    def marks(self) -> pd.DataFrame:
        """Every mark, as of `bandup.analysis.second_marks.marks_table`."""
        return marks_table(self.entries)

    @cached_property
    def notes(self) -> pd.DataFrame:
        """Every note, as of `bandup.analysis.notes.notes_table`."""
        return notes_table(self.entries)

    @cached_property
    def targets(self) -> dict[str, float]:
        """The target band kept for each student."""
        return kept_targets(self.entries)

    def of_students(self, students: frozenset[str]) -> "Reviews":
        """Only the entries about these students."""
        if students not in self._restricted:
            entries = tuple(entry for entry in self.entries if getattr(entry, "user_id", None) in students)
            self._restricted[students] = Reviews(entries, self.problem)
        return self._restricted[students]

    def user_ids(self) -> frozenset[str]:
        """The students that entries are about."""
        return frozenset(user_id for entry in self.entries if (user_id := getattr(entry, "user_id", None)))

    def about_causes(self) -> "Reviews":
        """Only the entries about causes of failure, which are for ops."""
        return Reviews(tuple(e for e in self.entries if isinstance(e, CauseAction | HandOff)), self.problem)


class ReviewLog:
    """The entries of one table: read by a background refresh, and joined with what this process stored."""

    def __init__(self, table: ReviewTable, refresh_after: timedelta, now: Callable[[], datetime]) -> None:
        def load(_: OnPage) -> ReviewsRead:
            return table.read()

        self._table = table
        self._refresh = BackgroundRefresh(load, lambda: 0, refresh_after, now)
        self._lock = Lock()
        self._added: dict[tuple[str, str], ReviewEntry] = {}
        self._current: tuple[ReviewsRead | None, str, Reviews] | None = None

    def current(self) -> Reviews:
        """What is known; waits only for the first read. Raises an unforeseen error of the read, not a named one."""
        self._refresh.request()
        if self._refresh.view().value is None:
            self._refresh.wait(MAX_WAIT_SECONDS)
        view = self._refresh.view()
        if view.error is not None and not isinstance(view.error, DataError):
            raise view.error
        problem = _problem(view.value, view.error)
        with self._lock:
            if self._current is None or self._current[:2] != (view.value, problem):
                self._join(view.value, problem)
            return self._current[2] if self._current else Reviews()

    def add(self, entry: ReviewEntry) -> None:
        """Store an entry, and know it from now on. Raises what `ReviewTable.add` raises."""
        self._table.add(entry)
        with self._lock:
            self._added[entry.subject, entry.at] = entry
            self._current = None

    def read_again(self) -> None:
        """Read the table again now, in the background."""
        self._refresh.request(now=True)

    def _join(self, read: ReviewsRead | None, problem: str) -> None:
        stored = {(entry.subject, entry.at): entry for entry in (read.entries if read else ())}
        self._added = {key: entry for key, entry in self._added.items() if key not in stored}
        entries = sorted({**stored, **self._added}.values(), key=lambda entry: entry.at)
        self._current = (read, problem, Reviews(tuple(entries), problem))


class Reviewer(NamedTuple):
    """Who writes: a signed-in person, or a name that was given at the machine; empty where none was."""

    name: str
    is_signed_in: bool


def are_on() -> bool:
    """Whether there is a table of reviews."""
    guard.current_person()
    return bool(cached_reads.settings().reviews)


def reviewer() -> Reviewer:
    """The current person as a reviewer; without sign-in, who that is has to be asked."""
    person = guard.current_person()
    return Reviewer(person.name, bool(person.name))


def for_teacher() -> Reviews:
    """The reviews of the current teacher's students; empty where there is no table."""
    person = guard.require_role(Role.TEACHER, "reviews")
    current = _current()
    if person.students is None:
        return current
    return current.of_students(frozenset(own(person, current.user_ids(), cached_reads.cached_students())))


def for_ops() -> Reviews:
    """What ops did about causes of failure; empty where there is no table."""
    guard.require_role(Role.OPS, "cause_reviews")
    return _current().about_causes()


def marks_for_verdict() -> Reviews:
    """Every mark, for a teacher without a roster and for ops; a teacher with one gets those of their own students."""
    person = guard.current_person()
    return _current() if Role.OPS in person.roles else for_teacher()


def next_to_mark(by: str) -> pd.DataFrame:
    """What a person marks next, in order (`bandup.analysis.marking_queue.queue_of`), of the current teacher's students.

    Empty while the data set is not cached: only all attempts together give one a probability of being drawn.
    """
    stored = for_teacher()
    dataset = cached_reads.dataset_refresh().view().value
    if dataset is None:
        return pd.DataFrame()
    attempts = marking_queue.attempts_to_mark(
        dataset.evaluations, dataset.estimates, stored.targets, DEFAULT_TARGET, marking_queue.term_start(dataset.as_of)
    )
    return marking_queue.queue_of(attempts, stored.marks, second_marks.skipped_by(stored.entries, by), by)


def add_about_student(entry: Mark | Skip | Note | TargetBand) -> None:
    """Store what the current teacher says of a student. Raises Refused for another teacher's student."""
    evaluation_id = getattr(entry, "evaluation_id", "")
    person = guard.require_student(
        _access(entry), entry.user_id, cached_reads.is_only_form_of, repeat_after=timedelta(0), id=evaluation_id
    )
    _add(entry, person)


def add_about_cause(entries: Iterable[CauseAction | HandOff]) -> None:
    """Store what ops did about a cause. Raises Refused for anyone else."""
    for entry in entries:
        person = guard.require_role(Role.OPS, _access(entry), repeat_after=timedelta(0), id=entry.cause)
        _add(entry, person)


def read_again() -> None:
    """Read the table again, as the data set is."""
    guard.current_person()
    if cached_reads.settings().reviews:
        _review_log(cached_reads.settings()).read_again()


def _access(entry: ReviewEntry) -> str:
    """The word for the access log: `wrote_mark`, `wrote_note` and so on."""
    return f"wrote_{type(entry).__struct_config__.tag}"


def _add(entry: ReviewEntry, person: Person) -> None:
    # a signed-in person can't write in another's name
    if person.name and entry.by != person.name:
        raise ValueError(f"An entry by {entry.by!r} was written by {person.name!r}.")
    _review_log(cached_reads.settings()).add(entry)


def _current() -> Reviews:
    configured = cached_reads.settings()
    return _review_log(configured).current() if configured.reviews else Reviews()


_creating = Lock()


def _review_log(configured: Settings) -> ReviewLog:
    with _creating:
        return _new_review_log(configured, cached_reads.client(configured))


@lru_cache(maxsize=4)
def _new_review_log(configured: Settings, client: Client) -> ReviewLog:
    return ReviewLog(ReviewTable(client, configured), configured.refresh_after, clock.now)


def _problem(read: ReviewsRead | None, error: Exception | None) -> str:
    if error is not None:
        return f"Second marks and notes can’t be read: {error}"
    if read is None:
        return "Second marks and notes are still being read."
    if read.unreadable:
        return f"{read.unreadable:,} entries of the table of reviews can’t be read here and are left out: a newer version may have written them."
    return ""

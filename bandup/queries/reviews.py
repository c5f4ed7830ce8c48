"""The reviews that pages call: what is stored, for the current person, and what they add; each write is logged."""

from collections.abc import Iterable
from datetime import timedelta

import pandas as pd

from bandup.analysis import marking_queue, second_marks
from bandup.analysis.attention import DEFAULT_TARGET
from bandup.auth import guard
from bandup.auth.roles import Person, Role
from bandup.queries import cached_reads
from bandup.queries.own_students import own
from bandup.queries.review_log import ReviewLog, Reviews, review_log
from data.review_entries import CauseAction, HandOff, Mark, Note, ReviewEntry, Skip, TargetBand
from data.schema import REVIEWS
from data.settings import Settings

HOW_TO_TURN_ON = f"Second marks and notes are off: name a table for them in {REVIEWS.variable}, and create it with `bandup provision`."


def are_on() -> bool:
    """Whether there is a table of reviews."""
    guard.current_person()
    return bool(cached_reads.settings().reviews)


def signed_in_as() -> str:
    """The current person's name; empty without sign-in, where who writes has to be asked."""
    return guard.current_person().name


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


def _review_log(configured: Settings) -> ReviewLog:
    return review_log(configured, cached_reads.client(configured))

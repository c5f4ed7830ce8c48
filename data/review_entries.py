"""The entries of the table of reviews: second marks, notes, targets, and what ops did about causes of failure."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

CauseActionName = Literal["owner", "note", "mute", "unmute", "resolve", "reopen"]
SubjectKind = Literal["evaluation", "student", "cause"]

MAX_TEXT = 10_000
"""Characters of a note, a comment or a reason: an item of DynamoDB holds 400 KB."""
MAX_BYTES_OF_JOBS = 200_000
"""Bytes of ids that one entry of a hand-off lists; more take more entries."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What all entries have: `subject` and `at` are the keys (`subject_of`, `moment_of`), `by` is the person's name."""

    subject: str
    at: str
    by: str

    @property
    def time(self) -> datetime:
        """When it was made, UTC. Raises ValueError where `at` holds no time, as only foreign entries do."""
        return datetime.fromisoformat(self.at.partition("#")[0]).astimezone(UTC)


class Mark(Entry, frozen=True, kw_only=True, tag="mark"):
    """A teacher's bands of one attempt, beside those of the grader at that time.

    `bands` and `grader_bands`: by attribute name, half bands; `is_blind`: the grader's bands were hidden until it was stored;
    `drawn`: how the attempt was chosen; `probability`: that the queue draws this attempt, which weighs the mark.
    """

    evaluation_id: str
    user_id: str
    skill: str
    bands: dict[str, float]
    grader_bands: dict[str, float]
    is_blind: bool
    drawn: Literal["queue", "pair", "by hand"] = "by hand"
    probability: float | None = None
    task_type: str = ""
    part: str = ""
    model_used: str = ""
    comment: str = ""


class Skip(Entry, frozen=True, kw_only=True, tag="skip"):
    """An attempt that a teacher leaves out of their queue."""

    evaluation_id: str
    user_id: str
    reason: str


class Note(Entry, frozen=True, kw_only=True, tag="note"):
    """A note on a student, or on one evaluation of theirs. Plain text."""

    user_id: str
    text: str
    evaluation_id: str = ""


class TargetBand(Entry, frozen=True, kw_only=True, tag="target"):
    """The band that a student aims at; None: the default again."""

    user_id: str
    band: float | None = None


class CauseAction(Entry, frozen=True, kw_only=True, tag="cause"):
    """What ops did about a cause of failure, which is named by its state and its text.

    `text`: the owner's name, or the note; `until`: the end of a mute, ISO-8601 UTC.
    """

    state: str
    cause: str
    action: CauseActionName
    text: str = ""
    until: str = ""


class HandOff(Entry, frozen=True, kw_only=True, tag="hand_off"):
    """Jobs of a cause that were handed on to be run again: `(table, partition key, user_id)`; `to`: to whom, or how.

    One hand-off of many jobs is several entries with the same `hand_off_id`.
    """

    state: str
    cause: str
    hand_off_id: str
    jobs: list[tuple[str, str, str]]
    to: str = ""


ReviewEntry = Mark | Skip | Note | TargetBand | CauseAction | HandOff


def subject_of(kind: SubjectKind, *ids: str) -> str:
    """The partition key of what an entry is about: the kind, and a SHA-256 of the ids, each with its length before it.

    Ids may be 2 KB long and hold any character, and no two lists of ids give the same text.
    """
    encoded = [text.encode(errors="surrogatepass") for text in ids]
    return f"{kind}#{hashlib.sha256(b''.join(b'%d:%b' % (len(part), part) for part in encoded)).hexdigest()}"


def moment_of(now: datetime, suffix: str = "") -> str:
    """The sort key of an entry made `now` (aware): ISO-8601 UTC with milliseconds, and a suffix that no other entry has."""
    return f"{now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z#{suffix or secrets.token_hex(8)}"


def hand_offs(
    subject: str, state: str, cause: str, jobs: Sequence[tuple[str, str, str]], *, to: str, by: str, now: datetime
) -> Iterator[HandOff]:
    """The entries of one hand-off: several where one could not hold the ids of all jobs. `subject`: of the cause."""
    hand_off_id = secrets.token_hex(8)
    part: list[tuple[str, str, str]] = []
    size = 0
    for number, job in enumerate(jobs, 1):
        part.append(job)
        size += sum(len(text.encode(errors="surrogatepass")) for text in job) + 20
        if size >= MAX_BYTES_OF_JOBS or number == len(jobs):
            yield HandOff(
                subject=subject,
                at=moment_of(now),
                by=by,
                state=state,
                cause=cause,
                hand_off_id=hand_off_id,
                jobs=part,
                to=to,
            )
            part, size = [], 0

"""What ops did about a cause of failure: owner, notes, mute, resolved, handed off; and what became of it.

A cause is known by its state and its text in any spelling (`bandup.analysis.failure_causes`). A mute covers all jobs of the
cause until its date. Marking as resolved covers the jobs until then: a later job means that the cause came back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import pandas as pd

from bandup.analysis.error_text import spelling_key
from bandup.analysis.failure_causes import cause_of, jobs_with_cause
from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.analysis.waiting import unresolved
from bandup.formatting import counted, short_date
from bandup.memo import memoized
from data.review_entries import CauseAction, HandOff, ReviewEntry, subject_of

CauseKey = tuple[str, str]


@dataclass(frozen=True)
class HandedOff:
    """Jobs that were handed on at a time: `(table, id, user_id)` each."""

    at: datetime
    by: str
    to: str
    jobs: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class CauseMemory:
    """What is known of one cause. `actions`: everything that was done, newest first."""

    owner: str = ""
    muted_until: datetime | None = None
    resolved_at: datetime | None = None
    handed_off: tuple[HandedOff, ...] = ()
    actions: tuple[CauseAction | HandOff, ...] = ()

    def is_muted(self, now: datetime) -> bool:
        """Whether a mute has not ended yet."""
        return self.muted_until is not None and now < self.muted_until

    def is_back(self, last: datetime | None) -> bool:
        """Whether a job of the cause, the last of which was at `last`, came after it was marked as resolved."""
        return self.resolved_at is not None and last is not None and last > self.resolved_at

    def is_quiet(self, last: datetime | None, now: datetime) -> bool:
        """Whether nobody needs to look: muted, or resolved and not back."""
        return self.is_muted(now) or (self.resolved_at is not None and not self.is_back(last))


class Outcome(StrEnum):
    """What became of a job that was handed off."""

    RESULT = "have a result"
    SAME = "failed the same way"
    OTHER = "failed in another way"
    WAITING = "not run again yet"
    GONE = "no longer stored"


_ONE = {Outcome.RESULT: "has a result"}


def cause_key(state: str, cause: str) -> CauseKey:
    """The key of a cause in any spelling."""
    return str(state), spelling_key(str(cause))


def subject_of_cause(state: str, cause: str) -> str:
    """The partition key of what is stored about a cause."""
    return subject_of("cause", *cause_key(state, cause))


def memory_of(entries: Iterable[ReviewEntry]) -> dict[CauseKey, CauseMemory]:
    """The memory of each cause by its key. `entries`: in order of time."""
    memories: dict[CauseKey, CauseMemory] = {}
    for entry in entries:
        if isinstance(entry, CauseAction | HandOff):
            key = cause_key(entry.state, entry.cause)
            memory = memories.get(key, CauseMemory())
            memories[key] = replace(_after(memory, entry), actions=(entry, *memory.actions))
    return memories


def _after(memory: CauseMemory, entry: CauseAction | HandOff) -> CauseMemory:
    if isinstance(entry, HandOff):
        # a hand-off of many jobs is several entries
        same = (
            memory.handed_off and memory.actions and getattr(memory.actions[0], "hand_off_id", "") == entry.hand_off_id
        )
        earlier = memory.handed_off[-1].jobs if same else ()
        handed = HandedOff(entry.time, entry.by, entry.to, (*earlier, *entry.jobs))
        return replace(memory, handed_off=(*memory.handed_off[: -1 if same else None], handed))
    match entry.action:
        case "owner":
            return replace(memory, owner=entry.text)
        case "mute":
            return replace(memory, muted_until=_until(entry.until))
        case "unmute":
            return replace(memory, muted_until=None)
        case "resolve":
            return replace(memory, resolved_at=entry.time)
        case "reopen":
            return replace(memory, resolved_at=None)
        case _:
            return memory


def _until(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def with_memory(causes: pd.DataFrame, memories: Mapping[CauseKey, CauseMemory], now: datetime) -> pd.DataFrame:
    """The causes (`bandup.analysis.failure_causes.group_by_cause`) with `owner`, `status` (str) and `is_quiet` (bool)."""
    rows = []
    for state, cause, last in causes[["state", "cause", "last"]].itertuples(index=False, name=None):
        memory = memories.get(cause_key(state, cause), CauseMemory())
        seen = None if pd.isna(last) else last.to_pydatetime()
        rows.append((memory.owner, status_of(memory, seen, now), memory.is_quiet(seen, now)))
    columns = pd.DataFrame(rows, columns=["owner", "status", "is_quiet"], index=causes.index)
    return causes.assign(
        owner=columns["owner"].astype("str"),
        status=columns["status"].astype("str"),
        is_quiet=columns["is_quiet"].astype("bool"),
    )


def status_of(memory: CauseMemory, last: datetime | None, now: datetime) -> str:
    """The state of the work on a cause in a few words; empty where nothing was done."""
    if memory.is_back(last) and memory.resolved_at is not None:
        return f"came back after {short_date(memory.resolved_at)}"
    if memory.resolved_at is not None:
        return f"resolved {short_date(memory.resolved_at)}"
    if memory.is_muted(now) and memory.muted_until is not None:
        return f"muted until {short_date(memory.muted_until)}"
    if memory.handed_off:
        return f"handed off {short_date(memory.handed_off[-1].at)}"
    return ""


def quiet_jobs(jobs: pd.DataFrame, memories: Mapping[CauseKey, CauseMemory], now: datetime) -> pd.Series:
    """Whether each job needs no attention (bool): its cause is muted, or was resolved after the job. Undated jobs count as before.

    `jobs`: as of `bandup.analysis.job_list.all_jobs`.
    """
    if not memories:
        return pd.Series(data=False, index=jobs.index, dtype="bool")
    causes, states = cause_of(jobs), jobs["state"].astype("str")
    keys = {text: spelling_key(text) for text in causes.dropna().unique()}
    quiet = pd.Series(data=False, index=jobs.index, dtype="bool")
    for (state, key), memory in memories.items():
        of_cause = states.eq(state) & causes.map(keys).eq(key)
        if memory.is_muted(now):
            quiet |= of_cause
        elif memory.resolved_at is not None:
            quiet |= of_cause & ~jobs["at"].gt(memory.resolved_at)
    return quiet


@memoized
def outcomes(jobs: pd.DataFrame, state: str, cause: str, handed: HandedOff) -> dict[Outcome, int]:
    """How many of the jobs that were handed off met which outcome, in the order of `Outcome`, without those that none met.

    A job has a result if its item succeeded or was superseded, or if the student has a later success of the same type, as on the
    Jobs page. Else what counts is the latest unsuccessful job of the item, or of the same student and type, after the
    hand-off: its cause is the same or another one; without any, it was not run again. `jobs`: all, of any time.
    """
    keys = ["table", "id", "user_id"]
    table = pd.DataFrame(list(handed.jobs), columns=keys, dtype="str").drop_duplicates()
    stored = jobs.assign(
        table=jobs["table"].astype("str"),
        type=jobs["type"].astype("str").fillna(""),
        state=jobs["state"].astype("str"),
        is_open=jobs.index.isin(unresolved(jobs).index),
    )
    found = table.merge(stored[[*keys, "type", "state", "is_open"]], on=keys, how="left")
    failed = stored[stored["state"].isin(UNSUCCESSFUL) & stored["at"].gt(handed.at)].sort_values("at")
    people, causes = (
        zip(failed["user_id"], failed["type"], strict=True),
        zip(failed["state"], cause_of(failed), strict=True),
    )
    latest = {person: cause_key(*found_cause) for person, found_cause in zip(people, causes, strict=True)}
    again = [latest.get(person) for person in zip(found["user_id"], found["type"], strict=True)]
    met = [
        _outcome(state_now, is_open, key, cause_key(state, cause))
        for state_now, is_open, key in zip(found["state"], found["is_open"], again, strict=True)
    ]
    return {outcome: met.count(outcome) for outcome in Outcome if outcome in met}


def _outcome(state: object, is_open: bool, latest_cause: CauseKey | None, cause: CauseKey) -> Outcome:
    if not isinstance(state, str):
        return Outcome.GONE
    if state in {State.SUCCEEDED, State.SUPERSEDED} or (state in UNSUCCESSFUL and not is_open):
        return Outcome.RESULT
    if latest_cause is None:
        return Outcome.WAITING
    return Outcome.SAME if latest_cause == cause else Outcome.OTHER


def describe_outcomes(handed: HandedOff, met: Mapping[Outcome, int]) -> str:
    """Of 6 handed off on 12 November: 5 have a result, 1 failed the same way."""
    parts = [f"{number:,} {_ONE.get(outcome, outcome) if number == 1 else outcome}" for outcome, number in met.items()]
    whom = f" to {handed.to}" if handed.to else ""
    total = sum(met.values())
    return f"Of {total:,} handed off{whom} on {short_date(handed.at)} by {handed.by}: {', '.join(parts)}."


def describe_quiet(jobs: pd.DataFrame, quiet: pd.Series) -> str:
    """How many jobs are left out as muted or resolved, and of how many causes; empty for none."""
    left_out = jobs[quiet]
    if left_out.empty:
        return ""
    causes = zip(left_out["state"].astype("str"), cause_of(left_out), strict=True)
    number = len({cause_key(state, cause) for state, cause in causes})
    return f"{counted(len(left_out), 'job')} of {counted(number, 'muted or resolved cause')} not counted."


def describe_action(entry: CauseAction | HandOff) -> str:
    """What was done, in words."""
    if isinstance(entry, HandOff):
        return f"handed off {counted(len(entry.jobs), 'job')}{f' to {entry.to}' if entry.to else ''}"
    words = {
        "owner": f"made {entry.text} the owner" if entry.text else "removed the owner",
        "note": entry.text,
        "mute": f"muted it until {entry.until[:10]}",
        "unmute": "ended the mute",
        "resolve": "marked it as resolved",
        "reopen": "reopened it",
    }
    return words[entry.action]


def jobs_since(jobs: pd.DataFrame, state: str, cause: str, since: datetime) -> int:
    """How many jobs of a cause are later than a time."""
    return int(jobs_with_cause(jobs, state, cause)["at"].gt(pd.Timestamp(since)).sum())


def ids_of(jobs: pd.DataFrame) -> Sequence[tuple[str, str, str]]:
    """The keys of jobs as a hand-off lists them."""
    return [*zip(jobs["table"].astype("str"), jobs["id"], jobs["user_id"], strict=True)]

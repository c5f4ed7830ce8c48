"""What pages ask for. The only caches, the only Streamlit in `data/`, and the place where reads meet their judgement.

Frames are shared by all sessions and never mutated: whoever changes one works on a copy. Whoever asks is checked at every
call (`bandup.auth.guard`).
"""

import gc
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
from importlib import import_module
from threading import RLock, local

import pandas as pd
import streamlit as st

from bandup import clock
from bandup.analysis import states
from bandup.analysis.flashcard_sets import all_sets
from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.memo import memoized
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import Dataset, RestrictedDataset, build
from data import settings as settings_module
from data.connection import connect
from data.paging import Client, OnPage
from data.records import FlashcardSet
from data.repository import Repository, newest_first
from data.results import Cost, EvaluationRead, FeedbacksRead, FlashcardSetRead, JobRead, StudentItems, TableFacts
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES, TableKey
from data.settings import Settings

STUDENT_LASTS = timedelta(minutes=1)
RECORD_LASTS = timedelta(minutes=5)
MOST_STUDENTS = 60
"""So many students are remembered, some 0.8 MB each with what is drawn of them."""
MOST_RECORDS = 60
"""So many evaluations, and as many sets, some 0.08 MB each."""
MOST_FEEDBACKS = 20
"""So many of a student's attempts are read for what their feedback says; each costs the read of a whole item."""
TABLE_KEYS: tuple[TableKey, ...] = tuple(TABLES)


def settings() -> Settings:
    """What the environment says. Raises HalfConfigured, SettingUnreadable."""
    return settings_module.from_environment(os.environ)


def price(capacity_units: float) -> float:
    """US dollars for so many read capacity units, on demand."""
    return settings().price(capacity_units)


class _Spent(local):
    """What the reads made in this thread took: a script runs in one from beginning to end."""

    cost = Cost()


_spent = _Spent()


def reset_cost() -> None:
    """A script begins: nothing has been read for it yet."""
    _spent.cost = Cost()


def cost_of_this_run() -> Cost:
    """What was read for the script that runs; what was at hand, or read in the background for everybody, is not in it."""
    return _spent.cost


def _spend(cost: Cost) -> Cost:
    _spent.cost += cost
    return cost


def read_ahead() -> None:
    """Begins the read of everyone before anybody asks for it."""
    _snapshots(settings()).ask()


def snapshots() -> BackgroundRefresh[Dataset] | RestrictedDataset:
    """The cohort, shared by all sessions; a read is started where none was made or it is old. For teachers, of theirs."""
    students = guard.require_role(Role.TEACHER, "everyone").students
    store = _snapshots(settings())
    store.ask()
    return store if students is None else RestrictedDataset(store, students)


def job_snapshots(refresh_after: timedelta | None = None) -> BackgroundRefresh[Dataset]:
    """The cohort for ops, of everyone whatever else they may see."""
    guard.require_role(Role.OPS, "everyone")
    store = _snapshots(settings())
    store.ask(refresh_after=refresh_after)
    return store


def student(user_id: str) -> StudentItems:
    """One student's items, judged.

    From the snapshot of everyone where that is at hand and no index is keyed on `user_id`; completed from it where the
    index leaves items out.
    """
    guard.require_student("student", user_id)
    cohort = _snapshots(settings()).view().value
    if cohort is not None and _scans_for_a_student():
        return _of_cohort(cohort, user_id)
    read = _student(settings(), user_id)
    return _completed(read, cohort) if read.incomplete_because and cohort is not None else read


def cached_students() -> list[str]:
    """The ids of the students in the snapshot of everyone, most recently active first; none where none is at hand.

    Nothing is read for it. Of a limited teacher’s students only.
    """
    somebody = guard.current_person()
    somebody.must_be(Role.TEACHER)
    cohort = _snapshots(settings()).view().value
    ids: list[str] = [] if cohort is None else cohort.students["user_id"].tolist()
    return ids if somebody.students is None else [user_id for user_id in ids if user_id in somebody.students]


def before_reading_a_student() -> str:
    """What reading one student is about to take, said before it is spent."""
    guard.current_person().must_be(Role.TEACHER)
    if not _scans_for_a_student():
        return "Reading the student’s items …"
    repository = _repository(settings())
    units = repository.units_of_student()
    taken = f"about {units:,.0f} read capacity units" if units else "a read of the whole table"
    unknown = "No index is known, as dynamodb:DescribeTable is not allowed"
    why = unknown if repository.hides_indexes() else "No index is keyed on user_id"
    return f"{why}, so finding this student takes {taken} …"


def evaluation(evaluation_id: str, user_id: str) -> EvaluationRead | None:
    """One evaluation by both keys, or None where there is no such item. Of its twins, those whom the teacher may see."""
    students = guard.require_student("evaluation", user_id, id=evaluation_id).students
    found = _evaluation(settings(), evaluation_id, user_id)
    if found is None or students is None:
        return found
    return replace(found, same_job_users=tuple(twin for twin in found.same_job_users if twin in students))


def feedbacks(user_id: str, evaluation_ids: Sequence[str]) -> FeedbacksRead:
    """The feedback of a student's attempts, in the order given: the newest first. The first 20 are read.

    An attempt that is no longer there is not among them. Which attempts count is the caller's to say.
    """
    guard.require_student("feedbacks", user_id)
    return _feedbacks(settings(), user_id, tuple(str(key) for key in evaluation_ids[:MOST_FEEDBACKS]))


def flashcard_set(set_id: str, user_id: str) -> FlashcardSetRead | None:
    """One flashcard set by both keys, from either table, or None where there is no such item."""
    guard.require_student("flashcard_set", user_id, id=set_id)
    return _flashcard_set(settings(), set_id, user_id)


def flashcard_sets_of(user_id: str) -> list[FlashcardSet]:
    """All flashcard sets of a student with their cards, newest first: one small read per set."""
    read = student(user_id)
    sets = all_sets(read.evaluations, read.flashcard_sets)
    found = (flashcard_set(set_id, user_id) for set_id in sets["set_id"])
    return [one.flashcard_set for one in found if one is not None]


def job(key: TableKey, partition_key: str, user_id: str) -> JobRead | None:
    """One job by both keys, or None where there is no such item."""
    guard.require_role(Role.OPS, "job", user_id=user_id, id=partition_key)
    if key == "evaluations":
        found = _evaluation(settings(), partition_key, user_id)
        return None if found is None else JobRead(found.row, found.evaluation.raw, found.same_job_users, found.cost)
    opened = _flashcard_set(settings(), partition_key, user_id)
    return None if opened is None else JobRead(opened.row, opened.flashcard_set.raw, (), opened.cost)


def address(key: TableKey) -> tuple[str, str, str | None]:
    """A table's name, its region, and its endpoint where that is not AWS: what a command line needs to find it."""
    guard.current_person().must_be(Role.OPS)
    return _repository(settings()).address(TABLES[key])


def table_facts(key: TableKey) -> TableFacts:
    """One table's description, access paths, recovery and time to live."""
    guard.require_role(Role.OPS, "tables", id=key)
    return _table_facts(settings(), key)


def reset_caches() -> None:
    """Forgets all that was read and found out: for tests, and for nobody's message."""
    st.cache_resource.clear()
    for kept in (_made_repository, _made_snapshots):
        kept.cache_clear()
    guard.reset_caches()


# Not in Streamlit's caches: those can be cleared by a message of any browser, and a read of everyone is paid for.
_making = RLock()


def _repository(configured: Settings) -> Repository:
    with _making:
        return _made_repository(configured)


def _snapshots(configured: Settings) -> BackgroundRefresh[Dataset]:
    with _making:
        return _made_snapshots(configured)


@lru_cache(maxsize=4)
def _made_repository(configured: Settings) -> Repository:
    return Repository(_demo_client() if configured.demo else connect(), configured, clock.now)


def _demo_client() -> Client:
    """The embedded demo's client, imported where it is used: moto is not needed for real tables."""
    return import_module("bandup.demo.engine").client(clock.now())


@lru_cache(maxsize=4)
def _made_snapshots(configured: Settings) -> BackgroundRefresh[Dataset]:
    repository = _repository(configured)

    def load(on_page: OnPage) -> Dataset:
        cohort = build(repository.everyone(on_page), configured.stuck_after)
        freeze_gc_once("everyone")
        return cohort

    return BackgroundRefresh(load, repository.expected_items, configured.refresh_after, clock.now)


@st.cache_resource(ttl=STUDENT_LASTS, max_entries=MOST_STUDENTS, show_spinner=False)
def _student(configured: Settings, user_id: str) -> StudentItems:
    read = _repository(configured).student(user_id)
    _spend(read.cost)
    evaluations = states.with_state(read.evaluations, EVALUATIONS.partition_key, read.read_at, configured.stuck_after)
    sets = states.with_state(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, configured.stuck_after)
    own = evaluations["user_id"] == user_id
    freeze_gc_once("student")
    return replace(read, evaluations=evaluations[own].reset_index(drop=True), flashcard_sets=sets)


@st.cache_resource(ttl=RECORD_LASTS, max_entries=MOST_RECORDS, show_spinner="Reading the evaluation …")
def _evaluation(configured: Settings, evaluation_id: str, user_id: str) -> EvaluationRead | None:
    repository = _repository(configured)
    found, cost = repository.evaluation(evaluation_id, user_id)
    _spend(cost)
    if found is None:
        return None
    items = found.frame
    if items["status"].iloc[0] != "completed":
        same_job, more = repository.same_job(evaluation_id)
        items = pd.concat([items, same_job[same_job["user_id"] != user_id]], ignore_index=True)
        cost += _spend(more)
    judged = states.with_state(items, EVALUATIONS.partition_key, clock.now(), configured.stuck_after)
    return EvaluationRead(judged.iloc[0], found, tuple(judged["user_id"].iloc[1:]), cost)


@st.cache_resource(ttl=RECORD_LASTS, max_entries=MOST_STUDENTS, show_spinner="Reading the feedback …")
def _feedbacks(configured: Settings, user_id: str, evaluation_ids: tuple[str, ...]) -> FeedbacksRead:
    found, cost = _repository(configured).feedbacks([(key, user_id) for key in evaluation_ids])
    return FeedbacksRead(tuple(found), _spend(cost))


@st.cache_resource(ttl=RECORD_LASTS, max_entries=MOST_RECORDS, show_spinner="Reading the cards …")
def _flashcard_set(configured: Settings, set_id: str, user_id: str) -> FlashcardSetRead | None:
    found, cost = _repository(configured).flashcard_set(set_id, user_id)
    _spend(cost)
    if found is None:
        return None
    judged = states.with_state(found.frame, FLASHCARD_SETS.partition_key, clock.now(), configured.stuck_after)
    return FlashcardSetRead(judged.iloc[0], found, cost)


@st.cache_resource(ttl=RECORD_LASTS, max_entries=8, show_spinner="Asking DynamoDB about the tables …")
def _table_facts(configured: Settings, key: TableKey) -> TableFacts:
    return _repository(configured).facts(TABLES[key])


@cache
def freeze_gc_once(_first: str) -> None:
    """Once after the first read of a kind: what lives as long as the process is left out of garbage collection.

    Streamlit collects all garbage after every script, which takes many times as long as a script that draws what is at
    hand (benchmarks/README.md). Later objects are collected as ever.
    """
    gc.collect()
    gc.freeze()


def _scans_for_a_student() -> bool:
    return any(path.index is None for path in _repository(settings()).student_paths().values())


def _of_cohort(cohort: Dataset, user_id: str) -> StudentItems:
    """One student's items out of the snapshot of everyone; they cost nothing more."""
    evaluations = _own(cohort.evaluations, user_id)
    sets = _own(cohort.flashcard_sets, user_id)
    return StudentItems(user_id, evaluations, sets, cohort.read_at, Cost(), {})


def _completed(read: StudentItems, everyone: Dataset) -> StudentItems:
    """The student's read with the rows that its index left out, taken from the snapshot of everyone."""
    user_id = read.user_id
    evaluations = _joined(read.evaluations, everyone.evaluations, EVALUATIONS.partition_key, user_id)
    sets = _joined(read.flashcard_sets, everyone.flashcard_sets, FLASHCARD_SETS.partition_key, user_id)
    return replace(read, evaluations=evaluations, flashcard_sets=sets, incomplete_because={})


@memoized
def _own(whole: pd.DataFrame, user_id: str) -> pd.DataFrame:
    return whole[whole["user_id"] == user_id].reset_index(drop=True)


@memoized
def _joined(own: pd.DataFrame, whole: pd.DataFrame, key: str, user_id: str) -> pd.DataFrame:
    missing = whole[(whole["user_id"] == user_id) & ~whole[key].isin(own[key])]
    return newest_first(pd.concat([own, missing], ignore_index=True)) if len(missing) else own

"""The reads that pages call: cached, with the state of every item, and checked for the current person at every call.

Frames are shared by all sessions and never changed: a function that changes one works on a copy.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from threading import RLock
from typing import TypeVar

import pandas as pd
import streamlit as st

from bandup import clock
from bandup.analysis import states
from bandup.analysis.bands import Skill
from bandup.analysis.class_estimates import ClassEstimates, published_estimates
from bandup.analysis.flashcard_sets import all_sets
from bandup.analysis.students import is_student
from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.memo import memoized
from bandup.queries import run_cost
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.dataset import AgeingDataset, Dataset, DatasetRefresh, WholeRead, build, restricted
from bandup.queries.default_answers import DefaultAnswers
from bandup.queries.jobs_of_results import with_jobs_of_results
from bandup.queries.kept_reads import even_if_not_kept, freeze_gc_once, kept
from bandup.queries.opened_sets import OpenedSets
from bandup.queries.own_students import is_only_form, own
from bandup.queries.review_log import Reviews, review_log
from bandup.text_search import in_other_forms, without_invisible
from data import settings as settings_module
from data.connection import Connection
from data.flags import Flag
from data.paging import Client, OnPage
from data.records import FlashcardSet
from data.repository import Repository, newest_first
from data.results import Cost, EvaluationRead, FeedbacksRead, FlashcardSetRead, JobRead, StudentItems, TableFacts
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES, TableKey
from data.settings import Settings

T = TypeVar("T")

STUDENT_TTL = timedelta(minutes=1)
RECORD_TTL = timedelta(minutes=5)
MAX_STUDENTS = 60
"""Students cached, about 0.8 MB each with the figures drawn from them."""
MAX_RECORDS = 60
"""Evaluations cached, and flashcard sets cached, about 0.08 MB each."""
MAX_FEEDBACKS = 20
"""Attempts of one student whose feedback is read; each costs the read of a whole item."""
_TIMED = ["at", "state"]
TABLE_KEYS: tuple[TableKey, ...] = tuple(TABLES)


def settings() -> Settings:
    """The settings in the environment. Raises HalfConfigured, SettingUnreadable."""
    return settings_module.from_environment(os.environ)


def start_first_read() -> None:
    """Start reading the dataset before a page asks for it."""
    _dataset_refresh(settings()).request()


def dataset_refresh() -> DatasetRefresh:
    """The dataset for the current teacher, restricted to their students; a read is started where one is due."""
    students = guard.require_role(Role.TEACHER, "everyone").students
    refresh = _dataset_refresh(settings())
    refresh.request()
    opened = _opened_sets(settings())

    def change(dataset: Dataset) -> Dataset:
        return opened.in_dataset(dataset if students is None else restricted(dataset, students))

    return DatasetRefresh(refresh, _ageing, clock.now, change)


def dataset_refresh_for_ops(refresh_after: timedelta | None = None) -> DatasetRefresh:
    """The dataset for ops: always of all students. `refresh_after` replaces the age in the settings."""
    guard.require_role(Role.OPS, "everyone")
    refresh = _dataset_refresh(settings())
    refresh.request(refresh_after=refresh_after)
    return DatasetRefresh(refresh, _ageing, clock.now, _opened_sets(settings()).in_dataset)


def units_of_all_items() -> float:
    """Capacity units of a read of all items, by DescribeTable's estimate; 0 where it gives no size."""
    guard.current_person().must_be(Role.TEACHER)
    return _repository(settings()).units_of_all_items()


def read_all_items() -> DatasetRefresh:
    """Start a read of all items that the person has agreed to, whatever it costs, and return its refresh."""
    refresh = dataset_refresh()
    _repository(settings()).agree_to_read_all_items()
    refresh.request(now=True)
    return refresh


def whole_read() -> WholeRead:
    """The read of all items, for the current teacher: each of its functions checks who asks."""
    return WholeRead(settings(), dataset_refresh, units_of_all_items, read_all_items)


def class_estimates() -> Mapping[Skill, ClassEstimates]:
    """What the class shows, as of the cached dataset; what is published where none is there. About no single student."""
    guard.current_person().must_be(Role.TEACHER)
    dataset = _dataset_refresh(settings()).view().value
    return {skill: published_estimates(skill) for skill in Skill} if dataset is None else dataset.estimates


def student(user_id: str) -> StudentItems:
    """One student's items with their states as of now: from the cached dataset where no index is keyed on `user_id`.

    Where the index leaves items out, the dataset completes them. A dataset that is used is read again when it is due.
    """
    guard.require_student("student", user_id, is_only_form_of)
    return _opened_sets(settings()).in_student(_items_of_student(user_id))


def _items_of_student(user_id: str) -> StudentItems:
    refresh = _dataset_refresh(settings())
    dataset = DatasetRefresh(refresh, _ageing, clock.now).view().value
    if dataset is not None and _scans_for_a_student():
        refresh.request()
        evaluations, sets = (_rows_of(items, user_id) for items in (dataset.evaluations, dataset.flashcard_sets))
        return StudentItems(user_id, evaluations, sets, dataset.read_at, Cost(), {}, dataset.read_at)
    read = even_if_not_kept(lambda: _student(settings(), user_id))
    evaluations, sets = read.evaluations, read.flashcard_sets
    if until := states.running_until(
        pd.concat([evaluations[_TIMED], sets[_TIMED]]), clock.now(), settings().stuck_after
    ):
        evaluations, sets = _stuck_until(evaluations, until), _stuck_until(sets, until)
    if dataset is None or not read.incomplete_because:
        return replace(read, evaluations=evaluations, flashcard_sets=sets)
    refresh.request()
    evaluations = _with_missing_rows(evaluations, dataset.evaluations, EVALUATIONS.partition_key, user_id)
    sets = _with_missing_rows(sets, dataset.flashcard_sets, FLASHCARD_SETS.partition_key, user_id)
    return replace(
        read, evaluations=evaluations, flashcard_sets=sets, incomplete_because={}, dataset_read_at=dataset.read_at
    )


def cached_student_ids() -> list[str]:
    """The ids of the current teacher's students in the cached dataset, most recently active first; empty without one."""
    person = guard.current_person()
    person.must_be(Role.TEACHER)
    students = cached_students()
    return [] if students is None else own(person, students["user_id"].tolist(), students)


def ids_in_other_forms(user_id: str, role: Role = Role.TEACHER) -> list[str]:
    """The ids in the cached dataset that look like this one and are other students; empty without a dataset.

    `role`: whose page asks; a teacher gets only their own students.
    """
    person = guard.current_person()
    person.must_be(role)
    students = cached_students()
    ids = [] if students is None else in_other_forms(students, "user_id", user_id)
    return ids if role == Role.OPS else own(person, ids, students)


def stored_form(user_id: str, role: Role = Role.TEACHER) -> str | None:
    """For an id without items: the only id in the cached dataset that looks like it, else the id as it was meant, else None.

    What was meant is the id without the invisible characters that a copied text brings along.
    """
    others = ids_in_other_forms(user_id, role)
    if len(others) == 1:
        return others[0]
    meant = without_invisible(user_id)
    return meant if meant not in {"", user_id} and (meant in others or not others) else None


def stored_ids(user_id: str, role: Role = Role.TEACHER, **keys: str) -> dict[str, str]:
    """For an item that is not found: the parameters to correct, as of `stored_form`; first the student, then its other keys."""
    if form := stored_form(user_id, role):
        return {"user_id": form}
    meant = {name: without_invisible(key) for name, key in keys.items()}
    return {name: key for name, key in meant.items() if key and key != keys[name]}


def student_read_notice() -> str:
    """A sentence to show while one student is read: what the read takes, and why."""
    guard.current_person().must_be(Role.TEACHER)
    if not _scans_for_a_student():
        return "Reading the student’s items …"
    repository = _repository(settings())
    units = repository.units_of_student()
    consumption = f"about {units:,.0f} read capacity units" if units else "a read of the whole table"
    unknown = "No index is known, as dynamodb:DescribeTable is not allowed"
    reason = unknown if repository.indexes_unknown() else "No index is keyed on user_id"
    return f"{reason}, so finding this student takes {consumption} …"


def evaluation(evaluation_id: str, user_id: str) -> EvaluationRead | None:
    """One evaluation by both keys, or None where there is no such item.

    `same_job_users` holds only users whom the current teacher may see.
    """
    person = guard.require_student("evaluation", user_id, is_only_form_of, id=evaluation_id)
    read = even_if_not_kept(lambda: _evaluation(settings(), evaluation_id, user_id))
    return (
        None
        if read is None
        else replace(read, same_job_users=tuple(own(person, read.same_job_users, cached_students())))
    )


def feedbacks(user_id: str, evaluation_ids: Sequence[str]) -> FeedbacksRead:
    """The feedback of a student's attempts, in the order given (newest first); only the first 20 are read.

    Attempts that no longer exist are left out. The caller decides which attempts count.
    """
    guard.require_student("feedbacks", user_id, is_only_form_of)
    ids = tuple(str(key) for key in evaluation_ids[:MAX_FEEDBACKS])
    return even_if_not_kept(lambda: _feedbacks(settings(), user_id, ids))


def flashcard_set(set_id: str, user_id: str) -> FlashcardSetRead | None:
    """One flashcard set by both keys, from either table, or None where there is no such item."""
    guard.require_student("flashcard_set", user_id, is_only_form_of, id=set_id)
    return _opened_set(set_id, user_id)


def _opened_set(set_id: str, user_id: str) -> FlashcardSetRead | None:
    read = even_if_not_kept(lambda: _flashcard_set(settings(), set_id, user_id))
    if read is not None:
        _opened_sets(settings()).remember(read)
    return read


def flashcard_sets_of(user_id: str) -> list[FlashcardSet]:
    """All flashcard sets of a student with their cards, newest first: one small read per set."""
    items = student(user_id)
    set_ids = all_sets(items.evaluations, items.flashcard_sets)["set_id"]
    reads = (flashcard_set(set_id, user_id) for set_id in set_ids)
    return [read.flashcard_set for read in reads if read is not None]


def job(key: TableKey, partition_key: str, user_id: str) -> JobRead | None:
    """One job by both keys, or None where there is no such item."""
    guard.require_role(Role.OPS, "job", user_id=user_id, id=partition_key)
    if key == "evaluations":
        read = even_if_not_kept(lambda: _evaluation(settings(), partition_key, user_id))
        return None if read is None else JobRead(read.row, read.evaluation.raw, read.same_job_users, read.cost)
    set_read = _opened_set(partition_key, user_id)
    return None if set_read is None else JobRead(set_read.row, set_read.flashcard_set.raw, (), set_read.cost)


def table_address(key: TableKey) -> tuple[str, str, str | None]:
    """A table's name, its region, and its endpoint where that is not AWS: what an AWS command line needs."""
    guard.current_person().must_be(Role.OPS)
    return _repository(settings()).address(TABLES[key])


def table_facts(key: TableKey) -> TableFacts:
    """One table's description, access paths, point-in-time recovery and time to live."""
    guard.require_role(Role.OPS, "tables", id=key)
    return _table_facts(settings(), key)


def reset_caches() -> None:
    """Clear every cache. For tests only."""
    st.cache_resource.clear()
    _new_repository.cache_clear()
    client.cache_clear()
    _new_dataset_refresh.cache_clear()
    _opened_sets.cache_clear()
    _default_answers.cache_clear()
    guard.reset_caches()


_ageing = AgeingDataset()

# The repository and the refresh are not in Streamlit's caches: a message of any browser clears those, and reading
# the dataset again costs money. The lock makes sure that two threads never create two of them.
_creating = RLock()


def _repository(configured: Settings) -> Repository:
    with _creating:
        return _new_repository(configured)


def _dataset_refresh(configured: Settings) -> BackgroundRefresh[Dataset]:
    with _creating:
        return _new_dataset_refresh(configured)


@lru_cache(maxsize=4)
def _new_repository(configured: Settings) -> Repository:
    return Repository(client(configured), configured, clock.now)


@lru_cache(maxsize=4)
def client(configured: Settings) -> Client:
    """The client of the tables, for `bandup.queries` only: one per process, as for the repository."""
    return _demo_client() if configured.demo else Connection()


@lru_cache(maxsize=4)
def _opened_sets(_configured: Settings) -> OpenedSets:
    return OpenedSets()


@lru_cache(maxsize=4)
def _default_answers(configured: Settings) -> DefaultAnswers:
    return DefaultAnswers(_repository(configured).feedbacks_by_key)


def _demo_client() -> Client:
    """The embedded demo's client, imported only where it is used: real tables don't need moto."""
    return import_module("bandup.demo.engine").client(clock.now())


@lru_cache(maxsize=4)
def _new_dataset_refresh(configured: Settings) -> BackgroundRefresh[Dataset]:
    repository = _repository(configured)

    def load(on_page: OnPage) -> Dataset:
        log = review_log(configured, client(configured)) if configured.reviews else None
        if log is not None:
            log.request()  # read at the same time
        items = repository.all_items(on_page)
        reviews = Reviews() if log is None else log.current()
        dataset = build(items, configured.stuck_after, _default_answers(configured), reviews.marks)
        dataset = replace(dataset, cost=dataset.cost + reviews.cost)
        freeze_gc_once("dataset")
        return dataset

    def forget() -> None:
        repository.forget_descriptions()
        if configured.reviews:
            review_log(configured, client(configured)).read_again()
        _table_facts.clear()
        _student.clear()

    return BackgroundRefresh(load, repository.expected_items, configured.refresh_after, clock.now, forget)


@st.cache_resource(ttl=STUDENT_TTL, max_entries=MAX_STUDENTS, show_spinner=False)
def _student(configured: Settings, user_id: str) -> StudentItems:
    repository = _repository(configured)
    read = repository.student(user_id)
    checked, cost = _default_answers(configured).flagged(read.evaluations, MAX_FEEDBACKS)
    checked, lookup_cost = with_jobs_of_results(repository, checked)
    read = replace(read, cost=run_cost.add(read.cost + cost + lookup_cost))
    evaluations = states.with_state(checked, EVALUATIONS.partition_key, read.read_at, configured.stuck_after)
    sets = states.with_state(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, configured.stuck_after)
    own = evaluations["user_id"] == user_id
    freeze_gc_once("student")
    read = replace(read, evaluations=evaluations[own].reset_index(drop=True), flashcard_sets=sets)
    return kept(read, is_final=bool(len(read.evaluations) or len(sets)))


@st.cache_resource(ttl=RECORD_TTL, max_entries=MAX_RECORDS, show_spinner="Reading the evaluation …")
def _evaluation(configured: Settings, evaluation_id: str, user_id: str) -> EvaluationRead | None:
    repository = _repository(configured)
    record, cost = repository.evaluation(evaluation_id, user_id)
    run_cost.add(cost)
    if record is None:
        return kept(None, is_final=False)
    items = record.frame
    if items["status"].iloc[0] != "completed":
        same_job, same_job_cost = repository.same_job(evaluation_id)
        items = pd.concat([items, same_job[same_job["user_id"] != user_id]], ignore_index=True)
        cost += run_cost.add(same_job_cost)
    rows = states.with_state(items, EVALUATIONS.partition_key, clock.now(), configured.stuck_after)
    row = rows.iloc[0]
    if row["state"] in {states.State.STUCK, states.State.RUNNING} and is_student(user_id):
        row, student_cost = _settled_under_another_id(row)
        cost += student_cost
    read = EvaluationRead(row, record, tuple(rows["user_id"].iloc[1:]), cost)
    return kept(read, is_final=row["status"] == "completed")


def _settled_under_another_id(row: pd.Series) -> tuple[pd.Series, Cost]:
    """The row of an opened job, superseded where the student's other items hold its result, and the cost of reading them.

    Where only a scan finds them, they are taken from the cached dataset, and not read for one job without it.
    """
    if _scans_for_a_student() and _dataset_refresh(settings()).view().value is None:
        return row, Cost()
    student_items = _items_of_student(row["user_id"])
    own = student_items.evaluations[student_items.evaluations["evaluation_id"] == row["evaluation_id"]]
    if own.empty or not int(own["flags"].iloc[0]) & Flag.RESULT_UNDER_ANOTHER_ID:
        return row, student_items.cost
    flags = int(row["flags"]) | int(Flag.RESULT_UNDER_ANOTHER_ID)
    return pd.Series({**row, "state": str(states.State.SUPERSEDED), "flags": flags}, name=row.name), student_items.cost


@st.cache_resource(ttl=RECORD_TTL, max_entries=MAX_STUDENTS, show_spinner="Reading the feedback …")
def _feedbacks(configured: Settings, user_id: str, evaluation_ids: tuple[str, ...]) -> FeedbacksRead:
    records, cost = _repository(configured).feedbacks([(key, user_id) for key in evaluation_ids])
    _default_answers(configured).remember(((key, user_id), feedback) for key, feedback in records)
    return kept(FeedbacksRead(tuple(records), run_cost.add(cost)), is_final=len(records) == len({*evaluation_ids}))


@st.cache_resource(ttl=RECORD_TTL, max_entries=MAX_RECORDS, show_spinner="Reading the cards …")
def _flashcard_set(configured: Settings, set_id: str, user_id: str) -> FlashcardSetRead | None:
    record, cost = _repository(configured).flashcard_set(set_id, user_id)
    run_cost.add(cost)
    if record is None:
        return kept(None, is_final=False)
    rows = states.with_state(record.frame, FLASHCARD_SETS.partition_key, clock.now(), configured.stuck_after)
    return kept(FlashcardSetRead(rows.iloc[0], record, cost), is_final=rows.iloc[0]["status"] == "completed")


@st.cache_resource(ttl=RECORD_TTL, max_entries=8, show_spinner="Reading the tables’ descriptions …")
def _table_facts(configured: Settings, key: TableKey) -> TableFacts:
    return _repository(configured).facts(TABLES[key])


def cached_students() -> pd.DataFrame | None:
    """The students of the cached dataset, for `bandup.queries` only; None without one."""
    dataset = _dataset_refresh(settings()).view().value
    return None if dataset is None else dataset.students


def is_only_form_of(user_id: str) -> bool:
    """As `is_only_form`, of the cached dataset."""
    return is_only_form(user_id, _dataset_refresh(settings()))


def _scans_for_a_student() -> bool:
    return any(path.index is None for path in _repository(settings()).student_paths().values())


_stuck_until = memoized(states.with_stuck_until)


@memoized
def _rows_of(items: pd.DataFrame, user_id: str) -> pd.DataFrame:
    return items[items["user_id"] == user_id].reset_index(drop=True)


@memoized
def _with_missing_rows(own: pd.DataFrame, items: pd.DataFrame, key: str, user_id: str) -> pd.DataFrame:
    missing = items[(items["user_id"] == user_id) & ~items[key].isin(own[key])]
    return newest_first(pd.concat([own, missing], ignore_index=True)) if len(missing) else own

"""The dataset of all students: the frames of both tables with states, and the tables that pages and commands show of them."""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

import pandas as pd

from bandup.analysis import states
from bandup.analysis.attempts import graded_attempts, latest_overall_means
from bandup.analysis.bands import Skill
from bandup.analysis.class_estimates import ClassEstimates, class_estimates, with_marks
from bandup.analysis.flashcard_sets import all_sets
from bandup.analysis.grader_verdict import components_of
from bandup.analysis.job_list import all_jobs
from bandup.analysis.progress import trends_by_student
from bandup.analysis.second_marks import marks_of_verdict
from bandup.analysis.student_list import all_students, with_unsuccessful
from bandup.analysis.students import of_students
from bandup.analysis.waiting import waiting_students
from bandup.memo import memoized
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.default_answers import DefaultAnswers
from bandup.text_search import stored_texts
from data.results import AllItems, Cost, RefreshView
from data.schema import EVALUATIONS, FLASHCARD_SETS
from data.settings import Settings

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Dataset:
    """The items of all students, and what is computed from them once per read.

    `evaluations` and `flashcard_sets` have the columns of `data.schema` and `state`. `students`, `jobs`, `sets` and
    `waiting` are the tables of `bandup.analysis.student_list`, `job_list`, `flashcard_sets` and `waiting`; `changes`
    (`bandup.analysis.progress`) and `means` (`bandup.analysis.attention`) are per skill, and so are the `estimates`, which
    are always of the whole class. `sets` are those of students.
    `cost`: of reading all items and checking essays for defaults. States and waiting times are as of `as_of`; jobs still
    processing after `stuck_after` are stuck.
    """

    evaluations: pd.DataFrame
    flashcard_sets: pd.DataFrame
    students: pd.DataFrame
    jobs: pd.DataFrame
    sets: pd.DataFrame
    estimates: Mapping[Skill, ClassEstimates]
    changes: dict[Skill, pd.DataFrame]
    means: dict[Skill, pd.Series]
    waiting: pd.DataFrame
    read_at: datetime
    cost: Cost
    as_of: datetime
    stuck_after: timedelta


def build(
    read: AllItems,
    stuck_after: timedelta,
    default_answers: DefaultAnswers | None = None,
    marks: pd.DataFrame | None = None,
) -> Dataset:
    """The dataset of one read, with the states as of its time.

    With `default_answers`, essays that may hold the grader's defaults are read and checked; without, none is. `marks`: second
    marks (`bandup.analysis.second_marks.marks_table`), from which the estimates learn too.
    """
    checked, cost = (read.evaluations, Cost()) if default_answers is None else default_answers.flagged(read.evaluations)
    evaluations = states.with_state(checked, EVALUATIONS.partition_key, read.read_at, stuck_after)
    flashcard_sets = states.with_state(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, stuck_after)
    estimates = {skill: class_estimates(evaluations, skill) for skill in Skill}
    if marks is not None and len(marks):
        counted = marks_of_verdict(marks)
        estimates = {skill: with_marks(own, components_of(counted, skill)) for skill, own in estimates.items()}
    return _with_tables(evaluations, flashcard_sets, estimates, read.read_at, read.cost + cost, stuck_after)


def with_states_at(dataset: Dataset, now: datetime) -> Dataset:
    """The dataset with the jobs that have become stuck by `now`; the dataset itself if there are none."""
    if (until := states.running_until(dataset.jobs, now, dataset.stuck_after)) is None:
        return dataset
    items, sets = (states.with_stuck_until(table, until) for table in (dataset.evaluations, dataset.flashcard_sets))
    return replace(
        dataset,
        evaluations=items,
        flashcard_sets=sets,
        students=with_unsuccessful(dataset.students, items, sets),
        jobs=states.with_stuck_until(dataset.jobs, until),
        sets=states.with_stuck_until(dataset.sets, until),
    )


def restricted(dataset: Dataset, students: frozenset[str]) -> Dataset:
    """The dataset as if only these students existed; the same object for the same arguments. `cost` stays the whole read's.

    `students`: ids, each of which may have another Unicode form than in the tables (`bandup.text_search.stored_texts`).
    """
    stored = students | stored_texts(dataset.students, "user_id", students)
    return _restricted(
        dataset.evaluations,
        dataset.flashcard_sets,
        dataset.estimates,
        stored,
        dataset.read_at,
        dataset.cost,
        dataset.stuck_after,
    )


class AgeingDataset:
    """The states of the latest dataset as of now, computed only when another job has become stuck.

    The frames stay the same objects until then, so that what was computed from them is found again (`bandup.memo`).
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._source: weakref.ref[Dataset] | None = None
        self._latest: Dataset | None = None

    def at(self, dataset: Dataset, now: datetime) -> Dataset:
        """The dataset with its states as of `now`, a time not before those of earlier calls."""
        with self._lock:
            if self._source is None or self._source() is not dataset:
                self._latest = None
                self._source = weakref.ref(dataset, self._clear)
            latest = with_states_at(self._latest or dataset, now)
            # the dataset itself is not kept: it is freed with the refresh that holds it
            self._latest = None if latest is dataset else latest
        return latest

    def _clear(self, _: object) -> None:
        self._latest = None


class DatasetRefresh:
    """A background refresh of the dataset, as of now and changed for every view.

    The methods are those of `BackgroundRefresh`. `change` leaves `as_of` as it is.
    """

    def __init__(
        self,
        refresh: BackgroundRefresh[Dataset],
        ageing: AgeingDataset,
        clock: Callable[[], datetime],
        change: Callable[[Dataset], Dataset] = lambda dataset: dataset,
    ) -> None:
        self._view, self._ageing, self._clock, self._change = refresh.view, ageing, clock, change
        self.request, self.wait, self.cancel = refresh.request, refresh.wait, refresh.cancel

    def view(self) -> RefreshView[Dataset]:
        """The current value, changed, progress and error; never waits for a read."""
        view = self._view()
        if view.value is None:
            return view
        # whole minutes after the read: times of waiting and ages change once a minute, and so does what shows them
        read_at = view.value.read_at
        as_of = read_at + (max(self._clock(), read_at) - read_at) // MINUTE * MINUTE
        dataset = self._change(self._ageing.at(view.value, as_of))
        if as_of != dataset.as_of:
            dataset = replace(dataset, as_of=as_of, waiting=waiting_students(dataset.jobs, as_of))
        return replace(view, value=dataset)


class WholeRead(NamedTuple):
    """What a page of one student needs of the read of all items: to complete the student's, and to show how old they are.

    `refresh` returns the dataset's refresh; `units` are the capacity units of a read, 0 where no size is known; `start`
    starts a read that the person has agreed to.
    """

    settings: Settings
    refresh: Callable[[], DatasetRefresh]
    units: Callable[[], float]
    start: Callable[[], DatasetRefresh]


@memoized
def _restricted(
    evaluations: pd.DataFrame,
    flashcard_sets: pd.DataFrame,
    estimates: Mapping[Skill, ClassEstimates],
    students: frozenset[str],
    read_at: datetime,
    cost: Cost,
    stuck_after: timedelta,
) -> Dataset:
    def own(items: pd.DataFrame) -> pd.DataFrame:
        return items[items["user_id"].isin([*students])].reset_index(drop=True)

    return _with_tables(own(evaluations), own(flashcard_sets), estimates, read_at, cost, stuck_after)


def _with_tables(
    evaluations: pd.DataFrame,
    flashcard_sets: pd.DataFrame,
    estimates: Mapping[Skill, ClassEstimates],
    read_at: datetime,
    cost: Cost,
    stuck_after: timedelta,
) -> Dataset:
    jobs = all_jobs(evaluations, flashcard_sets)
    return Dataset(
        evaluations=evaluations,
        flashcard_sets=flashcard_sets,
        students=all_students(evaluations, flashcard_sets),
        jobs=jobs,
        sets=of_students(all_sets(evaluations, flashcard_sets)),
        estimates=estimates,
        changes={skill: trends_by_student(evaluations, estimates[skill]) for skill in Skill},
        means={skill: latest_overall_means(of_students(graded_attempts(evaluations, skill))) for skill in Skill},
        waiting=waiting_students(jobs, read_at),
        read_at=read_at,
        cost=cost,
        as_of=read_at,
        stuck_after=stuck_after,
    )

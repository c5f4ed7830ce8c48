"""The dataset of all students: the frames of both tables with states, and the tables that pages and commands show of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from bandup.analysis import states
from bandup.analysis.attempts import graded_attempts, latest_overall_means
from bandup.analysis.bands import Skill
from bandup.analysis.flashcard_sets import all_sets
from bandup.analysis.job_list import all_jobs
from bandup.analysis.progress import trends_by_student
from bandup.analysis.student_list import all_students
from bandup.analysis.students import of_students
from bandup.analysis.waiting import waiting_students
from bandup.memo import memoized
from bandup.queries.background_refresh import BackgroundRefresh
from bandup.queries.default_answers import DefaultAnswers
from data.results import AllItems, Cost, RefreshView
from data.schema import EVALUATIONS, FLASHCARD_SETS


@dataclass(frozen=True)
class Dataset:
    """The items of all students, and what is computed from them once per read.

    `evaluations` and `flashcard_sets` have the columns of `data.schema` and `state`. `students`, `jobs`, `sets` and
    `waiting` are the tables of `bandup.analysis.student_list`, `job_list`, `flashcard_sets` and `waiting`; `changes`
    (`bandup.analysis.progress`) and `means` (`bandup.analysis.attention`) are per skill. `sets` are those of students. `cost`: of reading all items and checking essays for defaults.
    """

    evaluations: pd.DataFrame
    flashcard_sets: pd.DataFrame
    students: pd.DataFrame
    jobs: pd.DataFrame
    sets: pd.DataFrame
    changes: dict[Skill, pd.DataFrame]
    means: dict[Skill, pd.Series]
    waiting: pd.DataFrame
    read_at: datetime
    cost: Cost


def build(read: AllItems, stuck_after: timedelta, default_answers: DefaultAnswers | None = None) -> Dataset:
    """The dataset of one read, with the states as of its time.

    With `default_answers`, essays that may hold the grader's defaults are read and checked; without, none is.
    """
    checked, cost = (read.evaluations, Cost()) if default_answers is None else default_answers.flagged(read.evaluations)
    evaluations = states.with_state(checked, EVALUATIONS.partition_key, read.read_at, stuck_after)
    flashcard_sets = states.with_state(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, stuck_after)
    return _with_tables(evaluations, flashcard_sets, read.read_at, read.cost + cost)


def restricted(dataset: Dataset, students: frozenset[str]) -> Dataset:
    """The dataset as if only these students existed; the same object for the same arguments. `cost` stays the whole read's."""
    return _restricted(dataset.evaluations, dataset.flashcard_sets, students, dataset.read_at, dataset.cost)


class DatasetRefresh:
    """A background refresh of the dataset, changed for every view. The methods are those of `BackgroundRefresh`."""

    def __init__(self, refresh: BackgroundRefresh[Dataset], change: Callable[[Dataset], Dataset]) -> None:
        self._view, self._change = refresh.view, change
        self.request, self.wait, self.cancel = refresh.request, refresh.wait, refresh.cancel

    def view(self) -> RefreshView[Dataset]:
        """The current value, changed, progress and error; never waits for a read."""
        view = self._view()
        return view if view.value is None else replace(view, value=self._change(view.value))


@memoized
def _restricted(
    evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame, students: frozenset[str], read_at: datetime, cost: Cost
) -> Dataset:
    def own(items: pd.DataFrame) -> pd.DataFrame:
        return items[items["user_id"].isin([*students])].reset_index(drop=True)

    return _with_tables(own(evaluations), own(flashcard_sets), read_at, cost)


def _with_tables(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame, read_at: datetime, cost: Cost) -> Dataset:
    jobs = all_jobs(evaluations, flashcard_sets)
    return Dataset(
        evaluations=evaluations,
        flashcard_sets=flashcard_sets,
        students=all_students(evaluations, flashcard_sets),
        jobs=jobs,
        sets=of_students(all_sets(evaluations, flashcard_sets)),
        changes={skill: trends_by_student(evaluations, skill) for skill in Skill},
        means={skill: latest_overall_means(of_students(graded_attempts(evaluations, skill))) for skill in Skill},
        waiting=waiting_students(jobs, read_at),
        read_at=read_at,
        cost=cost,
    )

"""Everyone, read and judged: the frames of both tables and the tables that pages and the command line show of them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from bandup.analysis import states
from bandup.analysis.attempts import graded
from bandup.analysis.attention import latest_means
from bandup.analysis.bands import Skill
from bandup.analysis.flashcard_sets import all_sets
from bandup.analysis.job_list import jobs
from bandup.analysis.progress import change_of_students
from bandup.analysis.student_list import students
from bandup.analysis.waiting import waiting
from bandup.memo import memoized
from bandup.queries.background_refresh import BackgroundRefresh
from data.results import AllItems, Cost, RefreshView
from data.schema import EVALUATIONS, FLASHCARD_SETS


@dataclass(frozen=True)
class Dataset:
    """Everyone, prepared once per read: frames of `data.schema` with `state`, and the tables made of them.

    `students`, `jobs` and `sets` are what `bandup.analysis.student_list`, `bandup.analysis.job_list` and `bandup.analysis.flashcard_sets` make;
    `changes` and `means` per skill what `bandup.analysis.progress` and `bandup.analysis.attention` make; `waiting` is of
    `bandup.analysis.waiting`.
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


def build(read: AllItems, stuck_after: timedelta) -> Dataset:
    """The cohort of one read, judged as of its time."""
    evaluations = states.with_state(read.evaluations, EVALUATIONS.partition_key, read.read_at, stuck_after)
    flashcard_sets = states.with_state(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, stuck_after)
    return _of_judged(evaluations, flashcard_sets, read.read_at, read.cost)


def restricted(cohort: Dataset, students: frozenset[str]) -> Dataset:
    """The cohort as if there were these students only; made once for as long as it lasts. `cost` is still of everyone."""
    return _part(cohort.evaluations, cohort.flashcard_sets, students, cohort.read_at, cohort.cost)


@dataclass(frozen=True)
class RestrictedDataset:
    """The snapshot of everyone, of which only these students are on view."""

    everyone: BackgroundRefresh[Dataset]
    students: frozenset[str]

    def view(self) -> RefreshView[Dataset]:
        """What there is now of these students; never waits for a read."""
        view = self.everyone.view()
        return view if view.value is None else replace(view, value=restricted(view.value, self.students))

    def ask(self, *, now: bool = False) -> None:
        """As of `Snapshots`."""
        self.everyone.ask(now=now)

    def wait(self, seconds: float) -> bool:
        """As of `Snapshots`."""
        return self.everyone.wait(seconds)

    def cancel(self) -> None:
        """As of `Snapshots`."""
        self.everyone.cancel()


@memoized
def _part(
    evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame, students: frozenset[str], read_at: datetime, cost: Cost
) -> Dataset:
    def own(items: pd.DataFrame) -> pd.DataFrame:
        return items[items["user_id"].isin([*students])].reset_index(drop=True)

    return _of_judged(own(evaluations), own(flashcard_sets), read_at, cost)


def _of_judged(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame, read_at: datetime, cost: Cost) -> Dataset:
    all_jobs = jobs(evaluations, flashcard_sets)
    return Dataset(
        evaluations=evaluations,
        flashcard_sets=flashcard_sets,
        students=students(evaluations, flashcard_sets),
        jobs=all_jobs,
        sets=all_sets(evaluations, flashcard_sets),
        changes={skill: change_of_students(evaluations, skill) for skill in Skill},
        means={skill: latest_means(graded(evaluations, skill)) for skill in Skill},
        waiting=waiting(all_jobs, read_at),
        read_at=read_at,
        cost=cost,
    )

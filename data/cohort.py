"""Everyone, read and judged: the frames of both tables and the tables that pages and the command line show of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pandas as pd

from analysis import states
from analysis.attempts import graded
from analysis.attention import latest_means
from analysis.bands import Skill
from analysis.flashcards import all_sets
from analysis.jobs import jobs
from analysis.progress import change_of_students
from analysis.students import students
from analysis.waiting import waiting
from data.once import Once
from data.reads import Cost
from data.repository import Everyone
from data.schema import EVALUATIONS, FLASHCARD_SETS
from data.snapshots import Snapshots, View


@dataclass(frozen=True)
class Cohort:
    """Everyone, prepared once per read: frames of `data.schema` with `state`, and the tables made of them.

    `students`, `jobs` and `sets` are what `analysis.students`, `analysis.jobs` and `analysis.flashcards` make;
    `changes` and `means` per skill what `analysis.progress` and `analysis.attention` make; `waiting` is of
    `analysis.waiting`. `once` works out what pages make of them, once for as long as the cohort lasts.
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
    once: Once = field(default_factory=Once, repr=False, compare=False)


def prepared(read: Everyone, stuck_after: timedelta) -> Cohort:
    """The cohort of one read, judged as of its time."""
    evaluations = states.judged(read.evaluations, EVALUATIONS.partition_key, read.read_at, stuck_after)
    flashcard_sets = states.judged(read.flashcard_sets, FLASHCARD_SETS.partition_key, read.read_at, stuck_after)
    return _of_judged(evaluations, flashcard_sets, read.read_at, read.cost)


def part(cohort: Cohort, students: frozenset[str]) -> Cohort:
    """The cohort as if there were these students only; made once for as long as it lasts. `cost` is still of everyone."""
    return cohort.once(_part, cohort.evaluations, cohort.flashcard_sets, students, cohort.read_at, cohort.cost)


@dataclass(frozen=True)
class Part:
    """The snapshot of everyone, of which only these students are on view."""

    everyone: Snapshots[Cohort]
    students: frozenset[str]

    def view(self) -> View[Cohort]:
        """What there is now of these students; never waits for a read."""
        view = self.everyone.view()
        return view if view.value is None else replace(view, value=part(view.value, self.students))

    def ask(self, *, now: bool = False) -> None:
        """As of `Snapshots`."""
        self.everyone.ask(now=now)

    def wait(self, seconds: float) -> bool:
        """As of `Snapshots`."""
        return self.everyone.wait(seconds)

    def cancel(self) -> None:
        """As of `Snapshots`."""
        self.everyone.cancel()


def _part(
    evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame, students: frozenset[str], read_at: datetime, cost: Cost
) -> Cohort:
    def own(items: pd.DataFrame) -> pd.DataFrame:
        return items[items["user_id"].isin([*students])].reset_index(drop=True)

    return _of_judged(own(evaluations), own(flashcard_sets), read_at, cost)


def _of_judged(evaluations: pd.DataFrame, flashcard_sets: pd.DataFrame, read_at: datetime, cost: Cost) -> Cohort:
    all_jobs = jobs(evaluations, flashcard_sets)
    return Cohort(
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

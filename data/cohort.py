"""Everyone, read and judged: the frames of both tables and the tables that pages and the command line show of them."""

from dataclasses import dataclass, field
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
    all_jobs = jobs(evaluations, flashcard_sets)
    return Cohort(
        evaluations=evaluations,
        flashcard_sets=flashcard_sets,
        students=students(evaluations, flashcard_sets),
        jobs=all_jobs,
        sets=all_sets(evaluations, flashcard_sets),
        changes={skill: change_of_students(evaluations, skill) for skill in Skill},
        means={skill: latest_means(graded(evaluations, skill)) for skill in Skill},
        waiting=waiting(all_jobs, read.read_at),
        read_at=read.read_at,
        cost=read.cost,
    )

"""The flashcard sets that were opened in this process: lists say of them what their cards said."""

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from bandup.analysis.opened_sets import OpenedNow, OpenedSet, corrected, corrections, opened_set, with_changed_students
from bandup.analysis.states import UNSUCCESSFUL
from bandup.analysis.waiting import waiting_students
from bandup.queries.dataset import Dataset
from data.results import FlashcardSetRead, StudentItems
from data.schema import EVALUATIONS, FLASHCARD_SETS

MAX_OPENED = 2_000
"""Opened sets that are remembered, some 300 bytes each; the one opened longest ago is forgotten first."""


class OpenedSets:
    """Remembers the state and flags of opened sets, and applies them to the dataset and to a student's items."""

    def __init__(self, max_opened: int = MAX_OPENED) -> None:
        self._max_opened = max_opened
        self._lock = Lock()
        self._by_key: OrderedDict[tuple[str, str, str], OpenedSet] = OrderedDict()
        self._now = OpenedNow()

    def remember(self, read: FlashcardSetRead) -> None:
        """Remember what the cards of an opened set showed."""
        opened = opened_set(read.row, read.flashcard_set.table)
        with self._lock:
            is_known = self._by_key.get(opened[:3]) == opened
            self._by_key[opened[:3]] = opened
            self._by_key.move_to_end(opened[:3])
            if not is_known:
                if len(self._by_key) > self._max_opened:
                    self._by_key.popitem(last=False)
                self._now = OpenedNow(tuple(self._by_key.values()))

    def in_dataset(self, dataset: Dataset) -> Dataset:
        """The dataset with what opened sets showed; the dataset itself where that changes nothing.

        `evaluations` only changes with a state: a flag alone is no reason to compute every figure again.
        """
        of_sets = corrections(dataset.flashcard_sets, "flashcard_sets", FLASHCARD_SETS.partition_key, self._now)
        of_evaluations = corrections(dataset.evaluations, "evaluations", EVALUATIONS.partition_key, self._now)
        if not (changes := of_sets + of_evaluations):
            return dataset
        states = [change for change in of_evaluations if (change.state in UNSUCCESSFUL) != change.was_unsuccessful]
        jobs = corrected(dataset.jobs, "id", changes)
        students = with_changed_students(dataset.students, changes)
        return replace(
            dataset,
            evaluations=corrected(dataset.evaluations, EVALUATIONS.partition_key, states),
            flashcard_sets=corrected(dataset.flashcard_sets, FLASHCARD_SETS.partition_key, of_sets),
            students=students,
            jobs=jobs,
            sets=corrected(dataset.sets, "set_id", changes),
            waiting=dataset.waiting if students is dataset.students else waiting_students(jobs, dataset.read_at),
        )

    def in_student(self, read: StudentItems) -> StudentItems:
        """A student's items with what opened sets showed; the same object where that changes nothing."""
        of_sets = corrections(read.flashcard_sets, "flashcard_sets", FLASHCARD_SETS.partition_key, self._now)
        of_evaluations = corrections(read.evaluations, "evaluations", EVALUATIONS.partition_key, self._now)
        if not (of_sets or of_evaluations):
            return read
        return replace(
            read,
            evaluations=corrected(read.evaluations, EVALUATIONS.partition_key, of_evaluations),
            flashcard_sets=corrected(read.flashcard_sets, FLASHCARD_SETS.partition_key, of_sets),
        )

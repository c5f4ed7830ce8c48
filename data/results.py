"""What reads return: frames, records, their cost and progress. Pages and pieces of interface receive these."""

from dataclasses import astuple, dataclass
from datetime import datetime
from operator import add
from typing import Generic, TypeVar

import pandas as pd

from data.access_paths import AccessPath, Description
from data.records import Evaluation, Feedback, FlashcardSet
from data.schema import TableKey

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """The cost of a read: requests sent, read capacity units consumed, bytes received, seconds waited.

    `unmetered_requests`: the requests whose response has no capacity units, or fewer than its bytes take on AWS. Engines
    other than AWS may return none, or a constant.
    """

    requests: int = 0
    capacity_units: float = 0.0
    received_bytes: int = 0
    seconds: float = 0.0
    unmetered_requests: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True)
class AllItems:
    """Both tables, summary attributes: one row per item, as `data.schema` declares; read at `read_at` (aware)."""

    evaluations: pd.DataFrame
    flashcard_sets: pd.DataFrame
    read_at: datetime
    cost: Cost
    paths: dict[TableKey, AccessPath]


@dataclass(frozen=True)
class StudentItems:
    """One student's items of both tables, newest first, unknown times last.

    `evaluations` also holds other users' items with the id of an unfinished job of the student: decide the states of
    the whole frame, then select the student's rows. `incomplete_because` says, per table, what the index that was read
    leaves out. `dataset_read_at`: when all items were read, if these items are from that read or completed from it.
    """

    user_id: str
    evaluations: pd.DataFrame
    flashcard_sets: pd.DataFrame
    read_at: datetime
    cost: Cost
    incomplete_because: dict[TableKey, str]
    dataset_read_at: datetime | None = None


@dataclass(frozen=True)
class TableFacts:
    """Facts about one table for the Tables page. Where one could not be read, it is the reason.

    `indexes` as of `access_paths.indexes_frame`, `attributes` as of `Table.dictionary`.
    """

    description: Description
    indexes: pd.DataFrame
    attributes: pd.DataFrame
    student_path: AccessPath
    all_items_path: AccessPath
    recovery: str
    time_to_live: str


@dataclass(frozen=True)
class EvaluationRead:
    """An opened evaluation: its row (columns of `data.schema` and `state`), its texts, other users of the same job."""

    row: pd.Series
    evaluation: Evaluation
    same_job_users: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True)
class FeedbacksRead:
    """The feedback of several attempts of one student, `(evaluation_id, feedback)`, and the cost."""

    feedbacks: tuple[tuple[str, Feedback], ...]
    cost: Cost


@dataclass(frozen=True)
class FlashcardSetRead:
    """An opened flashcard set: its row (columns of the sets table and `state`) and its cards."""

    row: pd.Series
    flashcard_set: FlashcardSet
    cost: Cost


@dataclass(frozen=True)
class JobRead:
    """An opened job of either table: its row with `state`, the item as stored, other users of the same job."""

    row: pd.Series
    raw: str
    same_job_users: tuple[str, ...]
    cost: Cost


@dataclass(frozen=True)
class ReadProgress:
    """Progress of a read: pages and items so far, and the number of items expected (an estimate, 0 where unknown)."""

    pages: int
    items: int
    expected_items: int

    @property
    def share(self) -> float:
        """From 0 to 1, below 1 until the read is complete, as the estimate may be low."""
        return min(0.99, self.items / self.expected_items) if self.expected_items else 0.0


@dataclass(frozen=True)
class RefreshView(Generic[T]):
    """What can be shown: the latest value with the time its read started, the read in progress, the last read's error.

    `failing_since`: when the first of the latest reads that failed one after the other ended.
    """

    value: T | None
    read_at: datetime | None
    reading: ReadProgress | None
    error: Exception | None
    failing_since: datetime | None = None

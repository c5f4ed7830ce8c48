"""The tables, declared once: keys, attributes, what each means, and the frame columns they become.

The platform's two tables are read only. The third, of reviews, is the dashboard's own (`data.reviews`).

A *summary* attribute is short and read for all items; a *detail* attribute (essay, transcript, feedback, cards) is read
for the one item that is opened. A DynamoDB index includes at most 20 attributes, and a table has at most 20 summary
attributes.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

import pandas as pd

TableKey = Literal["evaluations", "flashcard_sets"]
StoredKey = Literal[TableKey, "reviews"]
"""The platform's tables, and the dashboard's own."""

LOWEST_BAND, HIGHEST_BAND, BAND_STEP = 0.0, 9.0, 0.5
"""The IELTS scale (ielts.org, 2022): bands 0 to 9 in half steps."""


class Skill(StrEnum):
    """The two skills BandUp grades, as `evaluation_type` names them. Different tests: never averaged together."""

    WRITING = "writing"
    SPEAKING = "speaking"


OVERALL_BAND = "overall_band"

DEFAULT_BAND = 6.0
"""What the writing function stores for a band that the model's reply lacks."""

CLOCK_SKEW = timedelta(minutes=2)
"""How far two clocks may differ: a time further ahead of ours lies in the future, and so has no age."""

FLASHCARD = "flashcard"
"""The `evaluation_type` of a flashcard set that is stored in the evaluations table."""

MAX_INCLUDED_ATTRIBUTES = 20
"""DynamoDB's limit on the non-key attributes an index may INCLUDE."""


class Kind(StrEnum):
    """How an attribute is read, and the dtype of its frame column."""

    ID = "id"  # str
    LABEL = "label"  # category, trimmed and lower-cased: read without regard to case or surrounding space
    CODE = "code"  # category, trimmed and upper-cased: TASK_2, PART_1
    NAME = "name"  # category, trimmed
    TEXT = "text"  # str, secrets in it masked (`data.masking`)
    BAND = "band"  # float32, 0 to 9 in half steps, NaN where missing or unreadable
    COUNT = "count"  # Int64
    NUMBER = "number"  # float64
    TIME = "time"  # feeds the derived columns `at` and `at_source`
    RECORDING = "recording"  # the address of an audio file whose name contains a time: feeds `at` and `at_source`
    DOCUMENT = "document"  # detail: text, JSON or a native list or map; read for the opened item only


DTYPES: dict[Kind, Any] = {
    Kind.ID: "str",
    Kind.LABEL: "category",
    Kind.CODE: "category",
    Kind.NAME: "category",
    Kind.TEXT: "str",
    Kind.BAND: "float32",
    Kind.COUNT: "Int64",
    Kind.NUMBER: "float64",
}

TIME_KINDS = frozenset({Kind.TIME, Kind.RECORDING})

DERIVED_COLUMNS: dict[str, Any] = {"at": "datetime64[ms, UTC]", "at_source": "category", "flags": "int64"}
"""Columns of every frame beside its attributes: the item's time, its source, and its flags (`data.flags`)."""

NO_COLUMN = {True: "(Feeds at; no column of its own.)", False: "(Detail: read for the opened item only.)"}


@dataclass(frozen=True)
class Bounds:
    """The possible values of a number: from `lowest` to `highest`, or strictly between them if not `inclusive`."""

    lowest: float
    highest: float = math.inf
    inclusive: bool = True

    def __contains__(self, number: float) -> bool:
        if self.inclusive:
            return self.lowest <= number <= self.highest
        return self.lowest < number < self.highest


BAND_SCALE = Bounds(LOWEST_BAND, HIGHEST_BAND)
SHARE = Bounds(0.0, 1.0)
NOT_NEGATIVE = Bounds(0.0)
RECORDING_LENGTH = Bounds(0.0, 86_400.0, inclusive=False)
"""Seconds: more than nothing and less than a day."""

BOUNDS: dict[Kind, Bounds] = {Kind.BAND: BAND_SCALE, Kind.COUNT: NOT_NEGATIVE}
"""The bounds of the attributes that declare none."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of an item.

    `bounds`: what a number can be (those of its kind unless given); a value outside counts as missing. `time_rank`: for
    attributes that hold or contain a time, and only for these, their precedence: the item's time is the plausible one
    with the lowest rank.
    """

    name: str
    kind: Kind
    meaning: str
    summary: bool = True
    time_rank: int | None = None
    bounds: Bounds | None = None

    def __post_init__(self) -> None:
        if self.bounds is None:
            object.__setattr__(self, "bounds", BOUNDS.get(self.kind))
        if (self.time_rank is not None) != (self.kind in TIME_KINDS):
            raise ValueError(
                f"{self.name} is declared as {self.kind} with time_rank {self.time_rank}: give a time_rank to attributes "
                f"of the kinds {' and '.join(sorted(TIME_KINDS))}, and to no others."
            )


@dataclass(frozen=True, kw_only=True)
class KeyedTable:
    """A table's keys, both texts, and the environment variable that names it."""

    variable: str
    default_name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True, kw_only=True)
class Table(KeyedTable):
    """One of the platform's tables, with its attributes (keys not among them).

    `demotable`: summary attributes that only an opened item shows, to be made details first where the index is full.
    """

    key: TableKey
    attributes: tuple[Attribute, ...]
    demotable: tuple[str, ...]

    def __post_init__(self) -> None:
        at_sources([self])
        if (count := len(self.summary_attributes)) > MAX_INCLUDED_ATTRIBUTES:
            raise ValueError(
                f"{self.key} declares {count} summary attributes, but its index is full: DynamoDB allows "
                f"{MAX_INCLUDED_ATTRIBUTES} included attributes. Declare the new one or another with summary=False; "
                f"only an opened item shows {' and '.join(self.demotable)}."
            )

    @property
    def summary_attributes(self) -> tuple[Attribute, ...]:
        """The attributes read for all items, keys excluded: at most 20."""
        return tuple(a for a in self.attributes if a.summary)

    @property
    def time_attributes(self) -> tuple[Attribute, ...]:
        """The attributes that an item's time is taken from, by precedence."""
        return tuple(sorted((a for a in self.summary_attributes if a.kind in TIME_KINDS), key=_time_rank))

    @property
    def kinds(self) -> dict[str, Kind]:
        """The keys and summary attributes that become frame columns of their own, and their kinds, in order."""
        keys = {self.partition_key: Kind.ID, self.sort_key: Kind.ID}
        return keys | {a.name: a.kind for a in self.summary_attributes if a.kind in DTYPES}

    @property
    def columns(self) -> dict[str, Any]:
        """Frame columns and their dtypes, in order: keys, summary attributes that become columns, derived columns."""
        return {name: DTYPES[kind] for name, kind in self.kinds.items()} | DERIVED_COLUMNS

    def dictionary(self) -> pd.DataFrame:
        """What each column of the frame and of its exports means, then what each other attribute means.

        One row each: `column`, `dtype` (empty for attributes that are not a column) and `meaning`.
        """
        keys = {self.partition_key: "Partition key.", self.sort_key: "Sort key: the student."}
        meanings = keys | {a.name: a.meaning for a in self.attributes} | DERIVED_MEANINGS
        rows = [(name, str(dtype), meanings[name]) for name, dtype in self.columns.items()]
        rows.append(("state", "category", DERIVED_MEANINGS["state"]))
        columns = {name for name, _, _ in rows}
        rows += [(a.name, "", f"{a.meaning} {NO_COLUMN[a.summary]}") for a in self.attributes if a.name not in columns]
        return pd.DataFrame(rows, columns=["column", "dtype", "meaning"])

    def empty_frame(self) -> pd.DataFrame:
        """An empty frame with the declared columns and dtypes."""
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in self.columns.items()})


def _time_rank(attribute: Attribute) -> int:
    return attribute.time_rank or 0


def at_sources(tables: Iterable[Table]) -> tuple[str, ...]:
    """The values of `at_source`: time attributes by precedence, then `unknown`. Raises ValueError where ranks clash."""
    ranks = {(_time_rank(a), a.name) for table in tables for a in table.time_attributes}
    names = [name for _, name in sorted(ranks)]
    if not len({rank for rank, _ in ranks}) == len({*names}) == len(ranks):
        raise ValueError(f"Time attributes share a rank, or one has two: {sorted(ranks)}. Give each its own time_rank.")
    return (*names, "unknown")


EVALUATIONS = Table(
    key="evaluations",
    variable="DYNAMODB_EVALUATIONS",
    default_name="bandup-evaluations",
    partition_key="evaluation_id",
    sort_key="user_id",
    demotable=("word_count", "duration"),
    attributes=(
        Attribute(
            "evaluation_type", Kind.LABEL, "What was evaluated: writing, speaking, or a flashcard set stored here."
        ),
        Attribute("status", Kind.LABEL, "The job's status as the function wrote it: processing, completed or failed."),
        Attribute(OVERALL_BAND, Kind.BAND, "Overall band of the attempt."),
        Attribute(
            "task_achievement_band", Kind.BAND, "Task Achievement (Task 1) or Task Response (Task 2); writing only."
        ),
        Attribute("coherence_band", Kind.BAND, "Coherence and Cohesion; writing only."),
        Attribute("lexical_band", Kind.BAND, "Lexical Resource."),
        Attribute("grammar_band", Kind.BAND, "Grammatical Range and Accuracy."),
        Attribute("fluency_band", Kind.BAND, "Fluency and Coherence; speaking only."),
        Attribute("pronunciation_band", Kind.BAND, "Pronunciation; speaking only."),
        Attribute("confidence_score", Kind.NUMBER, "The grader's own confidence, 0 to 1.", bounds=SHARE),
        Attribute("task_type", Kind.CODE, "TASK_1 or TASK_2; writing only."),
        Attribute("part", Kind.CODE, "PART_1, PART_2 or PART_3; speaking only."),
        Attribute("word_count", Kind.COUNT, "Words in the essay or transcript."),
        Attribute(
            "duration", Kind.NUMBER, "Length of the recording in seconds; speaking only.", bounds=RECORDING_LENGTH
        ),
        Attribute("model_used", Kind.NAME, "The model that graded the attempt."),
        Attribute(
            "created_at", Kind.TIME, "Time of the result, Unix seconds; not a time in speaking rows.", time_rank=1
        ),
        Attribute("started_at", Kind.TIME, "Start of the job, Unix seconds; processing and failed jobs.", time_rank=2),
        Attribute("audio_url", Kind.RECORDING, "S3 address of the recording; the name contains its time.", time_rank=3),
        Attribute("error_message", Kind.TEXT, "Why the job failed, without the secrets in it."),
        Attribute("document_id", Kind.TEXT, "S3 key of the source PDF; flashcard sets stored here."),
        Attribute("essay_text", Kind.DOCUMENT, "The essay's first 1,000 characters.", summary=False),
        Attribute("transcript", Kind.DOCUMENT, "What the student said.", summary=False),
        Attribute("feedback", Kind.DOCUMENT, "The grader's feedback as JSON.", summary=False),
        Attribute("flashcards", Kind.DOCUMENT, "The cards of a flashcard set stored here.", summary=False),
        Attribute("page_count", Kind.COUNT, "Pages of the source PDF; flashcard sets stored here.", summary=False),
        Attribute("chunk_count", Kind.COUNT, "Chunks the PDF was cut into; flashcard sets stored here.", summary=False),
        Attribute("cost", Kind.NUMBER, "What grading the essay cost, USD.", summary=False, bounds=NOT_NEGATIVE),
        Attribute(
            "estimated_cost",
            Kind.NUMBER,
            "What grading the recording cost by estimate, USD.",
            summary=False,
            bounds=NOT_NEGATIVE,
        ),
    ),
)

FLASHCARD_SETS = Table(
    key="flashcard_sets",
    variable="DYNAMODB_FLASHCARD_SETS",
    default_name="bandup-flashcard-sets",
    partition_key="set_id",
    sort_key="user_id",
    demotable=("processing_time", "chunk_count"),
    attributes=(
        Attribute("status", Kind.LABEL, "The job's status as the function wrote it: processing, completed or failed."),
        Attribute("document_id", Kind.TEXT, "S3 key of the source PDF."),
        Attribute("document_url", Kind.TEXT, "Address of the source PDF, in sets that hold native lists."),
        Attribute("total_cards", Kind.COUNT, "Number of cards as stored."),
        Attribute("num_cards", Kind.COUNT, "Number of cards as stored, in sets that hold native lists."),
        Attribute("page_count", Kind.COUNT, "Pages of the source PDF."),
        Attribute("chunk_count", Kind.COUNT, "Chunks the PDF was cut into."),
        Attribute("difficulty", Kind.NAME, "Difficulty asked for, in sets that hold native lists."),
        Attribute("model_used", Kind.NAME, "The model that made the cards."),
        Attribute("processing_time", Kind.NUMBER, "Seconds the job took.", bounds=NOT_NEGATIVE),
        Attribute("created_at", Kind.TIME, "Time of the set, Unix seconds; a word or request id in some.", time_rank=1),
        Attribute("started_at", Kind.TIME, "Start of the job, Unix seconds; processing and failed jobs.", time_rank=2),
        Attribute("error_message", Kind.TEXT, "Why the job failed, without the secrets in it."),
        Attribute("flashcards", Kind.DOCUMENT, "The cards: JSON text or a native list.", summary=False),
        Attribute("question_types", Kind.DOCUMENT, "Types of card asked for.", summary=False),
    ),
)

TABLES: dict[TableKey, Table] = {table.key: table for table in (EVALUATIONS, FLASHCARD_SETS)}

REVIEWS = KeyedTable(variable="DYNAMODB_REVIEWS", default_name="bandup-reviews", partition_key="subject", sort_key="at")
"""The table that the dashboard itself writes: second marks, notes, targets, and what ops did about causes."""

AT_SOURCES = at_sources(TABLES.values())

DERIVED_MEANINGS = {
    "at": "The item's time, UTC: a plausible created_at, else started_at, else the one in the recording's file name.",
    "at_source": f"Where the time comes from: {', '.join(AT_SOURCES[:-1])} or {AT_SOURCES[-1]}.",
    "flags": "What was odd about the item: a sum of powers of two in frames, names in exports.",
    "state": "What the dashboard makes of the status: see the Jobs page.",
}

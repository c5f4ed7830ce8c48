"""The two tables, declared once: keys, attributes, what each means, which are light, and the frame columns they become.

A *light* attribute is short and read for everyone; a *heavy* one (essay, transcript, feedback, cards) is read for the
one item that is opened. DynamoDB lets an index INCLUDE at most 20 attributes, so a table declares at most 20 light ones.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import pandas as pd

TableKey = Literal["evaluations", "flashcard_sets"]

LOWEST_BAND, HIGHEST_BAND, BAND_STEP = 0.0, 9.0, 0.5
"""The IELTS scale (ielts.org, 2022): bands 0 to 9 in half steps."""


class Skill(StrEnum):
    """The two skills BandUp grades, as `evaluation_type` names them. Different tests: never averaged together."""

    WRITING = "writing"
    SPEAKING = "speaking"


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
    TEXT = "text"  # str
    BAND = "band"  # float32, 0 to 9 in half steps, NaN where missing or unreadable
    COUNT = "count"  # Int64
    NUMBER = "number"  # float64
    TIME = "time"  # feeds the derived columns `at` and `at_source`
    RECORDING = "recording"  # an audio file's address whose name bears a time: feeds `at`
    DOCUMENT = "document"  # heavy: text, JSON or a native list or map; read for the opened item only


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

DERIVED_COLUMNS: dict[str, Any] = {"at": "datetime64[ms, UTC]", "at_source": "category", "flags": "int64"}
"""Columns every frame has beside its attributes: the item's time, where that came from, and its flags (`data.flags`)."""

DERIVED_MEANINGS = {
    "at": "The item's time, UTC: a plausible created_at, else started_at, else the one in the recording's file name.",
    "at_source": "Where the time comes from: created_at, started_at, audio_url or unknown.",
    "flags": "What was odd about the item: a sum of powers of two in frames, names in exports.",
    "state": "What the dashboard makes of the status: see the Jobs page.",
}
NO_COLUMN = {True: "(Feeds at; no column of its own.)", False: "(Heavy: read for the opened item only.)"}

AT_SOURCES = ("created_at", "started_at", "audio_url", "unknown")


@dataclass(frozen=True)
class Attribute:
    """One attribute of an item."""

    name: str
    kind: Kind
    meaning: str
    summary: bool = True


@dataclass(frozen=True)
class Table:
    """One table: how the Lambdas' environment names it, its keys and its attributes (keys not among them)."""

    key: TableKey
    variable: str
    default_name: str
    partition_key: str
    sort_key: str
    attributes: tuple[Attribute, ...]

    @property
    def summary_attributes(self) -> tuple[Attribute, ...]:
        """The attributes read for everyone, keys excluded: at most 20."""
        return tuple(a for a in self.attributes if a.summary)

    @property
    def columns(self) -> dict[str, Any]:
        """Frame columns and their dtypes, in order: keys, light attributes that become columns, derived columns."""
        keys = {self.partition_key: DTYPES[Kind.ID], self.sort_key: DTYPES[Kind.ID]}
        light = {a.name: DTYPES[a.kind] for a in self.summary_attributes if a.kind in DTYPES}
        return keys | light | DERIVED_COLUMNS

    def dictionary(self) -> pd.DataFrame:
        """What each column of the frame and of its exports means, then what each heavy attribute means.

        One row each: `column`, `dtype` (empty for heavy attributes, which are no column) and `meaning`.
        """
        keys = {self.partition_key: "Partition key.", self.sort_key: "Sort key: the student."}
        meanings = keys | {a.name: a.meaning for a in self.attributes} | DERIVED_MEANINGS
        rows = [(name, str(dtype), meanings[name]) for name, dtype in self.columns.items()]
        rows.append(("state", "category", DERIVED_MEANINGS["state"]))
        columns = {name for name, _, _ in rows}
        rows += [(a.name, "", f"{a.meaning} {NO_COLUMN[a.summary]}") for a in self.attributes if a.name not in columns]
        return pd.DataFrame(rows, columns=["column", "dtype", "meaning"])

    def empty_frame(self) -> pd.DataFrame:
        """A frame of no rows with the declared columns and dtypes."""
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in self.columns.items()})


EVALUATIONS = Table(
    key="evaluations",
    variable="DYNAMODB_EVALUATIONS",
    default_name="bandup-evaluations",
    partition_key="evaluation_id",
    sort_key="user_id",
    attributes=(
        Attribute(
            "evaluation_type", Kind.LABEL, "What was evaluated: writing, speaking, or flashcard for a set stored here."
        ),
        Attribute("status", Kind.LABEL, "The job's status as the function wrote it: processing, completed or failed."),
        Attribute("overall_band", Kind.BAND, "Overall band of the attempt."),
        Attribute(
            "task_achievement_band", Kind.BAND, "Task Achievement (Task 1) or Task Response (Task 2); writing only."
        ),
        Attribute("coherence_band", Kind.BAND, "Coherence and Cohesion; writing only."),
        Attribute("lexical_band", Kind.BAND, "Lexical Resource."),
        Attribute("grammar_band", Kind.BAND, "Grammatical Range and Accuracy."),
        Attribute("fluency_band", Kind.BAND, "Fluency and Coherence; speaking only."),
        Attribute("pronunciation_band", Kind.BAND, "Pronunciation; speaking only."),
        Attribute("confidence_score", Kind.NUMBER, "The grader's own confidence, 0 to 1."),
        Attribute("task_type", Kind.CODE, "TASK_1 or TASK_2; writing only."),
        Attribute("part", Kind.CODE, "PART_1, PART_2 or PART_3; speaking only."),
        Attribute("word_count", Kind.COUNT, "Words in the essay or transcript."),
        Attribute("duration", Kind.NUMBER, "Length of the recording in seconds; speaking only."),
        Attribute("model_used", Kind.NAME, "The model that graded the attempt."),
        Attribute(
            "created_at", Kind.TIME, "When the result was stored, Unix seconds; speaking rows hold no time here."
        ),
        Attribute("started_at", Kind.TIME, "When the job started, Unix seconds; processing and failed jobs."),
        Attribute("audio_url", Kind.RECORDING, "S3 address of the recording; its file name bears the upload's time."),
        Attribute("error_message", Kind.TEXT, "Why the job failed."),
        Attribute("document_id", Kind.TEXT, "S3 key of the source PDF; flashcard sets stored here."),
        Attribute("essay_text", Kind.DOCUMENT, "The essay's first 1,000 characters.", summary=False),
        Attribute("transcript", Kind.DOCUMENT, "What the student said.", summary=False),
        Attribute("feedback", Kind.DOCUMENT, "The grader's feedback as JSON.", summary=False),
        Attribute("flashcards", Kind.DOCUMENT, "The cards of a flashcard set stored here.", summary=False),
        Attribute("page_count", Kind.COUNT, "Pages of the source PDF; flashcard sets stored here.", summary=False),
        Attribute("chunk_count", Kind.COUNT, "Chunks the PDF was cut into; flashcard sets stored here.", summary=False),
        Attribute("cost", Kind.NUMBER, "What grading the essay cost, USD.", summary=False),
        Attribute("estimated_cost", Kind.NUMBER, "What grading the recording cost by estimate, USD.", summary=False),
    ),
)

FLASHCARD_SETS = Table(
    key="flashcard_sets",
    variable="DYNAMODB_FLASHCARD_SETS",
    default_name="bandup-flashcard-sets",
    partition_key="set_id",
    sort_key="user_id",
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
        Attribute("processing_time", Kind.NUMBER, "Seconds the job took."),
        Attribute(
            "created_at", Kind.TIME, "When the set was stored, Unix seconds; some sets hold a word or a request id."
        ),
        Attribute("started_at", Kind.TIME, "When the job started, Unix seconds; processing and failed jobs."),
        Attribute("error_message", Kind.TEXT, "Why the job failed."),
        Attribute("flashcards", Kind.DOCUMENT, "The cards: JSON text or a native list.", summary=False),
        Attribute("question_types", Kind.DOCUMENT, "Types of card asked for.", summary=False),
    ),
)

TABLES: dict[TableKey, Table] = {table.key: table for table in (EVALUATIONS, FLASHCARD_SETS)}

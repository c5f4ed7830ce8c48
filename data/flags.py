"""Flags: what is odd about an item, each with a name for exports and a sentence for people.

A frame holds an item's flags as one integer (column `flags`, int64, the sum of `Flag` values).
"""

from enum import IntFlag
from typing import Self

import pandas as pd

from data.schema import DEFAULT_BAND, Skill


class DescribedFlag(IntFlag):
    """A flag whose members are declared as `NAME = value, "sentence."`."""

    sentence: str

    def __new__(cls, value: int, sentence: str = "") -> Self:
        """Create a member. Raises TypeError where its sentence is missing."""
        if not sentence:
            raise TypeError(
                f'The flag with value {value} has no sentence: declare it as NAME = {value}, "What is odd."'
            )
        flag = int.__new__(cls, value)
        flag._value_ = value
        flag.sentence = sentence
        return flag


class Flag(DescribedFlag):
    """One oddity of an item. Values and names are exported: never change them."""

    BAND_NOT_A_NUMBER = 1 << 0, "A band is not a number (often it is the word “error”), so it counts as missing."
    BAND_OFF_SCALE = 1 << 1, "A band is not on the IELTS scale of 0 to 9 in half steps, so it counts as missing."
    BAND_MISSING = 1 << 2, "A completed evaluation lacks a band that its type should have."
    OVERALL_DIFFERS_FROM_CRITERIA = (
        1 << 3,
        "The stored overall band is not the mean of its criteria, rounded up or down.",
    )
    NUMBER_NOT_READABLE = 1 << 4, "A count, duration or confidence is not a number, so it counts as missing."
    TEXT_NOT_TEXT = 1 << 5, "An attribute that should be text holds another type; it is shown as JSON."
    STORED_AS_OTHER_TYPE = 1 << 6, "A number or band is stored as another type than documented; its value was readable."
    TIME_NOT_PLAUSIBLE = 1 << 7, "A time is not plausible (speaking items hold remaining milliseconds in `created_at`)."
    TIME_IN_MILLISECONDS = 1 << 8, "A time is stored in milliseconds instead of seconds; it was read as milliseconds."
    TIME_IS_TEXT = 1 << 9, "A time is stored as text instead of a number; it was readable."
    TIME_FROM_FILE_NAME = 1 << 10, "The time is the upload time in the recording's file name; the item has no other."
    TIME_UNKNOWN = 1 << 11, "No attribute holds the item's time: it is listed and counted, but not drawn on charts."
    STATUS_UNKNOWN = 1 << 12, "The status is missing, or is not processing, completed or failed."
    TYPE_UNKNOWN = 1 << 13, "The evaluation type is missing, or is not writing, speaking or flashcard."
    FEEDBACK_MISSING = 1 << 14, "A completed evaluation has no feedback."
    FEEDBACK_NOT_JSON = 1 << 15, "The feedback is not the expected JSON, so it is shown as plain text."
    CARDS_NOT_READABLE = 1 << 16, "Some or all flashcards could not be read as question and answer."
    CARD_COUNT_DIFFERS = 1 << 17, "The stored number of cards differs from the number of cards in the set."
    USER_UNKNOWN = 1 << 18, "The job was stored without a student (`unknown` or `anonymous`)."
    TWIN = 1 << 19, "Another item has the same id under another user: one job was stored under two users."
    VALUE_OUT_OF_RANGE = (
        1 << 20,
        "A count, duration, confidence or cost is outside its possible range, so it counts as missing.",
    )
    TIME_IN_FUTURE = 1 << 21, "The time lies in the future: it has no age and is not drawn on charts."
    RESULT_UNDER_ANOTHER_ID = 1 << 22, "The job’s result is stored under another id, so it stays at processing."
    TASK_ACHIEVEMENT_IS_DEFAULT = (
        1 << 23,
        "Task Achievement / Response is the grader’s default (6.0 without feedback), not a grade.",
    )
    COHERENCE_IS_DEFAULT = (
        1 << 24,
        "Coherence and Cohesion is the grader’s default (6.0 without feedback), not a grade.",
    )
    LEXICAL_IS_DEFAULT = 1 << 25, "Lexical Resource is the grader’s default (6.0 without feedback), not a grade."
    GRAMMAR_IS_DEFAULT = (
        1 << 26,
        "Grammatical Range and Accuracy is the grader’s default (6.0 without feedback), not a grade.",
    )
    DEFAULT_NOT_CHECKED = (
        1 << 27,
        "Bands of 6.0 may be the grader’s defaults: the feedback that tells has not been read yet.",
    )
    OVERALL_BAND_IS_ERROR = 1 << 28, "The overall band is the word “error”: the model’s reply lacked it."
    OVERALL_BAND_IS_NONE = 1 << 29, "The overall band is the word “None”: the model’s reply held null."
    OVERALL_BAND_NOT_A_NUMBER = 1 << 30, "The overall band is neither a number nor one of the words “error” and “None”."
    OVERALL_BAND_OFF_SCALE = 1 << 31, "The overall band is not on the IELTS scale of 0 to 9 in half steps."
    JSON_IN_CODE_FENCE = 1 << 32, "The feedback or cards are inside a Markdown code fence; they were read from there."
    JSON_ENCODED_TWICE = 1 << 33, "The feedback or cards hold JSON text inside JSON; it was decoded."
    JSON_WRAPPED = (
        1 << 34,
        "The feedback or cards are under one more name, such as `result`; they were read from there.",
    )
    JSON_NAME_REPEATED = 1 << 35, "A JSON object uses a name twice: the last value counts, the earlier ones are listed."
    CARDS_NOT_COUNTED = (
        1 << 36,
        "No number of cards is stored: the set counts as succeeded until it is opened.",
    )
    ID_MISLEADING = (
        1 << 37,
        "An id holds invisible characters, or letters of several scripts that look alike: it may look like another id.",
    )

    @property
    def label(self) -> str:
        """The flag's name in lower case, as exports carry it: `band_not_a_number`."""
        return str(self.name).lower()


DEFAULT_CRITERION_FLAGS = {
    "task_achievement_band": Flag.TASK_ACHIEVEMENT_IS_DEFAULT,
    "coherence_band": Flag.COHERENCE_IS_DEFAULT,
    "lexical_band": Flag.LEXICAL_IS_DEFAULT,
    "grammar_band": Flag.GRAMMAR_IS_DEFAULT,
}
"""The flag of each writing criterion that holds the grader's default instead of a grade, by its column."""


def flags_in(mask: int) -> list[Flag]:
    """The flags of one item, in the order of the enumeration."""
    return [flag for flag in Flag if mask & flag]


def labels(mask: int) -> list[str]:
    """The names of one item's flags as exports carry them, e.g. `["band_not_a_number", "time_unknown"]`."""
    return [flag.label for flag in flags_in(mask)]


def counts(flags: pd.Series) -> pd.Series:
    """How many items carry each flag: an int64 Series over the label of every `Flag`, zeros included."""
    return pd.Series({flag.label: int(((flags & int(flag)) != 0).sum()) for flag in Flag}, dtype="int64", name="items")


def default_criteria(evaluations: pd.DataFrame, empty: pd.Series) -> pd.Series:
    """Which criteria hold the grader's default, 6.0 over empty feedback, instead of a grade: flags, int64, same index.

    `empty`: the result of `data.parsers.empty_criteria` for each row. Only completed writing has such defaults.
    """
    graded = evaluations["status"].eq("completed") & evaluations["evaluation_type"].eq(Skill.WRITING)
    flags = pd.Series(0, index=evaluations.index, dtype="int64")
    for column, flag in DEFAULT_CRITERION_FLAGS.items():
        flags |= (empty & int(flag)).where(graded & evaluations[column].eq(DEFAULT_BAND), 0)
    return flags

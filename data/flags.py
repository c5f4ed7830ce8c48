"""Flags: what is odd about an item, each with a name for exports and a sentence for people.

A frame holds an item's flags as one integer (column `flags`, int64, the sum of `Flag` values).
"""

from enum import IntFlag
from typing import Self

import pandas as pd


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
    JSON_IN_CODE_FENCE = 1 << 36, "The feedback or cards are inside a Markdown code fence; they were read from there."
    JSON_ENCODED_TWICE = 1 << 37, "The feedback or cards hold JSON text inside JSON; it was decoded."
    JSON_WRAPPED = (
        1 << 38,
        "The feedback or cards are under one more name, such as `result`; they were read from there.",
    )
    JSON_NAME_REPEATED = 1 << 39, "A JSON object uses a name twice: the last value counts, the earlier ones are listed."
    CARDS_NOT_COUNTED = (
        1 << 40,
        "No number of cards is stored: the set counts as succeeded until it is opened.",
    )

    @property
    def label(self) -> str:
        """The flag's name in lower case, as exports carry it: `band_not_a_number`."""
        return str(self.name).lower()


def flags_in(mask: int) -> list[Flag]:
    """The flags of one item, in the order of the enumeration."""
    return [flag for flag in Flag if mask & flag]


def labels(mask: int) -> list[str]:
    """The names of one item's flags as exports carry them, e.g. `["band_not_a_number", "time_unknown"]`."""
    return [flag.label for flag in flags_in(mask)]


def counts(flags: pd.Series) -> pd.Series:
    """How many items carry each flag: an int64 Series over the label of every `Flag`, zeros included."""
    return pd.Series({flag.label: int(((flags & int(flag)) != 0).sum()) for flag in Flag}, dtype="int64", name="items")

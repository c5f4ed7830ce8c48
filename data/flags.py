"""Flags: what was odd about an item, by name, with a sentence for a person.

A frame holds an item's flags as one integer (column `flags`, int64, the sum of `Flag` values), so that a hundred
thousand items cost a hundred thousand integers.
"""

from enum import IntFlag, auto

import pandas as pd


class Flag(IntFlag):
    """One oddity of an item. The name is what exports and `jobs --json` carry; `sentence` is what a person reads."""

    BAND_NOT_A_NUMBER = auto()
    BAND_OFF_SCALE = auto()
    BAND_MISSING = auto()
    OVERALL_DIFFERS_FROM_CRITERIA = auto()
    NUMBER_NOT_READABLE = auto()
    TEXT_NOT_TEXT = auto()
    STORED_AS_OTHER_TYPE = auto()
    TIME_NOT_PLAUSIBLE = auto()
    TIME_IN_MILLISECONDS = auto()
    TIME_IS_TEXT = auto()
    TIME_FROM_FILE_NAME = auto()
    TIME_UNKNOWN = auto()
    STATUS_UNKNOWN = auto()
    TYPE_UNKNOWN = auto()
    FEEDBACK_MISSING = auto()
    FEEDBACK_NOT_JSON = auto()
    CARDS_NOT_READABLE = auto()
    CARD_COUNT_DIFFERS = auto()
    USER_UNKNOWN = auto()
    TWIN = auto()

    @property
    def sentence(self) -> str:
        """What is odd, and what it means for the reader."""
        return _SENTENCES[self]

    @property
    def label(self) -> str:
        """The flag's name in lower case, as exports carry it: `band_not_a_number`."""
        return str(self.name).lower()


_SENTENCES = {
    Flag.BAND_NOT_A_NUMBER: "A band holds something that is not a number (often the word “error”), so it counts as missing.",
    Flag.BAND_OFF_SCALE: "A band is a number but not on the IELTS scale of 0 to 9 in half steps, so it counts as missing.",
    Flag.BAND_MISSING: "A completed evaluation lacks a band that its type should have.",
    Flag.OVERALL_DIFFERS_FROM_CRITERIA: "The stored overall band fits neither rounding of the mean of its four criteria.",
    Flag.NUMBER_NOT_READABLE: "A count, duration or confidence is not a number, so it counts as missing.",
    Flag.TEXT_NOT_TEXT: "An attribute that should be text holds another type; it is shown as JSON.",
    Flag.STORED_AS_OTHER_TYPE: "A number or band is stored as another type than documented; it was understood.",
    Flag.TIME_NOT_PLAUSIBLE: "A stored time is no plausible time (speaking rows hold milliseconds left to run in `created_at`).",
    Flag.TIME_IN_MILLISECONDS: "A time was stored in milliseconds instead of seconds; it was read as milliseconds.",
    Flag.TIME_IS_TEXT: "A time was stored as text instead of a number; it was understood.",
    Flag.TIME_FROM_FILE_NAME: "The time is the upload time in the recording's file name: the item itself holds none.",
    Flag.TIME_UNKNOWN: "No attribute tells when this happened: the item is listed and counted, and drawn on no chart.",
    Flag.STATUS_UNKNOWN: "The status is missing or none of processing, completed and failed.",
    Flag.TYPE_UNKNOWN: "The evaluation type is missing or none of writing, speaking and flashcard.",
    Flag.FEEDBACK_MISSING: "A completed evaluation holds no feedback.",
    Flag.FEEDBACK_NOT_JSON: "The feedback is not the JSON it should be; it is shown as the text it is.",
    Flag.CARDS_NOT_READABLE: "Some or all flashcards could not be read as question and answer.",
    Flag.CARD_COUNT_DIFFERS: "The stored number of cards differs from the cards that are there.",
    Flag.USER_UNKNOWN: "The job was stored without a student (`unknown` or `anonymous`).",
    Flag.TWIN: "Another item has the same id under another user: the job's first trace and its result were stored apart.",
}


def flags_in(mask: int) -> list[Flag]:
    """The flags of one item, in the order of the enumeration."""
    return [flag for flag in Flag if mask & flag]


def labels(mask: int) -> list[str]:
    """The names of one item's flags as exports carry them, e.g. `["band_not_a_number", "time_unknown"]`."""
    return [flag.label for flag in flags_in(mask)]


def counts(flags: pd.Series) -> pd.Series:
    """How many items carry each flag: an int64 Series over the label of every `Flag`, zeros included."""
    return pd.Series({flag.label: int(((flags & int(flag)) != 0).sum()) for flag in Flag}, dtype="int64", name="items")

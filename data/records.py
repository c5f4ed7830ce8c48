"""Opened evaluations and flashcard sets as typed records, with the texts that lists do not contain."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class QuotedExample:
    """A passage quoted from the essay, what is wrong with it and what to write instead."""

    quote: str
    issue: str = ""
    suggestion: str = ""


@dataclass(frozen=True)
class Remarks:
    """Feedback under one heading: prose, then lists. `others` holds what fits none of the lists, by its own name."""

    text: str = ""
    strengths: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    improvements: tuple[str, ...] = ()
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return self != Remarks()


@dataclass(frozen=True)
class CriterionFeedback:
    """The feedback on one criterion. `band` is the one in the feedback, which may differ from the attribute's."""

    column: str
    band: str
    remarks: Remarks


@dataclass(frozen=True)
class Feedback:
    """An evaluation's feedback, of any shape.

    `unparsed` holds text that is not JSON, unchanged; `overall_band` the feedback's own, which may differ from the
    attribute's; `omitted` the number of values that only the raw item holds (`data.excerpts`).
    """

    general: Remarks = Remarks()
    recommendations: tuple[str, ...] = ()
    quoted_examples: tuple[QuotedExample, ...] = ()
    criteria: tuple[CriterionFeedback, ...] = ()
    unparsed: str = ""
    overall_band: str = ""
    omitted: int = 0

    def __bool__(self) -> bool:
        return self != Feedback()


@dataclass(frozen=True)
class Evaluation:
    """One evaluation with all its attributes.

    `frame` is its row of the evaluations frame, `raw` the item in DynamoDB's JSON. `stored_bands` are the band attributes as
    they were stored, readable or not, by attribute name.
    """

    frame: pd.DataFrame
    feedback: Feedback
    essay_text: str
    transcript: str
    costs: tuple[tuple[str, str], ...]
    stored_bands: dict[str, str]
    raw: str


@dataclass(frozen=True)
class Card:
    """One flashcard. `type` and `difficulty` are upper-cased, empty where the card has none.

    `options` are those of a choice card, without letters of their own; `others` holds every other field by its own name.
    """

    question: str
    answer: str
    type: str = ""
    difficulty: str = ""
    source_chunk: str = ""
    options: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FlashcardSet:
    """One flashcard set with all its attributes, from either table.

    `frame` is its row of the sets frame with the column `readable_cards`; `unreadable` are entries that are not cards, as
    text; `beside` are texts around the list of cards; `raw` is the item in DynamoDB's JSON.
    """

    frame: pd.DataFrame
    table: str
    cards: tuple[Card, ...]
    raw: str
    unreadable: tuple[str, ...] = ()
    question_types: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

"""The feedback and the texts of two attempts beside each other; under each other on a phone."""

from collections.abc import Sequence
from typing import Protocol

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis.bands import BAND_COLUMNS, CRITERIA, Skill, criterion_name
from analysis.quotes import placed
from analysis.records import CriterionFeedback, Evaluation, Remarks
from components import annotated, facts, feedback, markup, page
from components.markup import element, joined, paragraphs
from components.text import plain


class Read(Protocol):
    """An opened evaluation, as `data.cached` reads it: its judged row, its texts."""

    @property
    def row(self) -> pd.Series: ...  # noqa: D102
    @property
    def evaluation(self) -> Evaluation: ...  # noqa: D102
    @property
    def twins(self) -> tuple[str, ...]: ...  # noqa: D102


def feedback_by_criterion(reads: Sequence[Read], names: Sequence[str]) -> Markup:
    """What the feedback of both attempts says: in general, criterion by criterion, what it recommends.

    Each piece stands under its attempt's name, for on a phone the second one's comes below the first one's.
    """
    evaluations = [read.evaluation for read in reads]
    pairs = [
        [_general(one) for one in evaluations],
        *([_on(column, read) for read in reads] for column in _columns(reads)),
        [_recommendations(one) for one in evaluations],
        [_examples(one) for one in evaluations],
        [
            element("pre", one.feedback.unparsed, "b-asis") if one.feedback.unparsed else Markup("")
            for one in evaluations
        ],
    ]
    drawn = [_pair(pair, names) for pair in pairs if any(pair)]
    return joined(drawn) if drawn else element("p", "No feedback is stored of either.", "b-quiet")


def text(read: Read, name: str) -> None:
    """One attempt's essay with its quoted examples, or its transcript."""
    st.subheader(plain(name), anchor=False)
    evaluation = read.evaluation
    if evaluation.essay_text:
        words = facts.whole(read.row["word_count"])
        found = placed(evaluation.feedback.quoted_examples, evaluation.essay_text, words)
        markup.show(element("div", annotated.essay(evaluation.essay_text, found, words), "b-narrow"))
    if evaluation.transcript:
        markup.show(annotated.transcript(evaluation.transcript))
    if not (evaluation.essay_text or evaluation.transcript):
        page.nothing("No essay and no transcript is stored.", "The attempt’s own page shows the raw item.")


def _pair(pair: Sequence[Markup], names: Sequence[str]) -> Markup:
    cells = [
        element("div", element("div", name, "b-label") + (piece or paragraphs("Nothing is said here.")), "b-feedback")
        for piece, name in zip(pair, names, strict=True)
    ]
    return element("div", joined(cells), "b-beside")


def _general(evaluation: Evaluation) -> Markup:
    said = evaluation.feedback.general
    return element("h3", "In general") + feedback.remarks(said, "h4") if said else Markup("")


def _columns(reads: Sequence[Read]) -> list[str]:
    """The criteria that the feedback of either speaks of: in the official order of the first one's skill, then the rest."""
    named = {criterion.column for read in reads for criterion in read.evaluation.feedback.criteria}
    official = [column for read in reads for column in _own_columns(read)]
    return [column for column in dict.fromkeys([*official, *BAND_COLUMNS]) if column in named]


def _own_columns(read: Read) -> tuple[str, ...]:
    kind = str(read.row["evaluation_type"])
    return CRITERIA[Skill(kind)] if kind in {*Skill} else BAND_COLUMNS


def _on(column: str, read: Read) -> Markup:
    """What one attempt's feedback says on a criterion, with its band."""
    said = [one for one in read.evaluation.feedback.criteria if one.column == column]
    if not said and column not in _own_columns(read):
        return element("h3", criterion_name(column)) + paragraphs(f"No criterion of {read.row['evaluation_type']}.")
    bands = {name: float(read.row[name]) for name in BAND_COLUMNS}
    nothing = CriterionFeedback(column, "", Remarks(text="Nothing is said of it."))
    return joined(feedback.criterion(one, bands, read.row["task_type"]) for one in said or [nothing])


def _recommendations(evaluation: Evaluation) -> Markup:
    said = evaluation.feedback.recommendations
    return element("h3", "Recommendations") + feedback.lines("recommendations", said) if said else Markup("")


def _examples(evaluation: Evaluation) -> Markup:
    """The quoted examples, where no essay is stored to mark them in."""
    said = () if evaluation.essay_text else evaluation.feedback.quoted_examples
    drawn = joined(feedback.quoted_example(example) for example in said)
    return element("h3", "Examples from the text") + drawn if said else Markup("")

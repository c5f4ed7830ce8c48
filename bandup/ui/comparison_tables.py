"""Two students or two attempts in tables: their bands, what their feedback repeats, and their feedback part by part."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from bandup.analysis import comparison
from bandup.analysis.bands import BAND_COLUMNS, CRITERIA, Skill, criterion_name, format_band
from bandup.templating import render
from bandup.ui import links
from bandup.ui.feedback_panel import criterion_values
from data.records import CriterionFeedback, QuotedExample, Remarks
from data.results import EvaluationRead

MAX_THEMES = 10


def student_bands(bands: pd.DataFrame, user_ids: Sequence[str]) -> Markup:
    """The mean bands of two students' latest attempts and their differences.

    `bands`: as of `bandup.analysis.comparison.compare_students`. Means have two decimals, so that no difference is
    shown equal to its noise.
    """
    attempts = (int(bands[f"{side}_n"].max()) for side in comparison.SIDES)
    return _bands_table(bands, [*zip(user_ids, attempts, strict=True)], decimals=2)


def attempt_bands(bands: pd.DataFrame, names: Sequence[str], task_type: str | None) -> Markup:
    """The bands of two attempts and their differences. `bands`: as of `bandup.analysis.comparison.compare_attempts`."""
    return _bands_table(bands, [(name, None) for name in names], decimals=1, task_type=task_type)


def _bands_table(
    bands: pd.DataFrame, heads: Sequence[tuple[str, int | None]], *, decimals: int, task_type: str | None = None
) -> Markup:
    most = {side: bands[f"{side}_n"].max() for side in comparison.SIDES}
    criteria = [
        {
            "name": criterion_name(row["criterion"], task_type),
            # the number of attempts is shown where it is smaller than in the column's other rows
            "bands": [
                (_format(row[side], decimals), row[f"{side}_n"] if row[f"{side}_n"] < most[side] else 0)
                for side in comparison.SIDES
            ],
            "certain": row["certain"],
            **_difference(row, decimals),
        }
        for _, row in bands.iterrows()
    ]
    return render("comparison_bands.html", heads=heads, criteria=criteria)


def _format(band: float, decimals: int) -> str:
    return format_band(None) if pd.isna(band) else f"{band:.{decimals}f}"


def _difference(row: pd.Series, decimals: int) -> dict[str, str]:
    """`difference` of the two bands as they are shown (`+0.5`, empty where one is missing), and its `verdict`."""
    if pd.isna(row["difference"]):
        return {"difference": "", "verdict": row["verdict"]}
    difference = round(round(row["second"], decimals) - round(row["first"], decimals), decimals)
    if not difference:
        return {"difference": "±0", "verdict": "equal"}
    return {
        "difference": f"{difference:+.{decimals}f}".replace("-", "−"),
        "verdict": f"{row['verdict']} (up to {row['threshold']:.{decimals}f})",
    }


def recurring_feedback(themes: pd.DataFrame, user_ids: Sequence[str]) -> Markup:
    """In how many attempts of each student the feedback names a theme, with a link to the newest of them.

    `themes`: as of `bandup.analysis.comparison.merge_themes`.
    """
    rows = [
        {
            "name": row["theme"],
            "criteria": row["criteria"],
            "cells": [
                _theme_cell(row, side, user_id) for side, user_id in zip(comparison.SIDES, user_ids, strict=True)
            ],
        }
        for _, row in themes.head(MAX_THEMES).iterrows()
    ]
    return render("comparison_themes.html", names=[*user_ids], themes=rows)


def _theme_cell(row: pd.Series, side: str, user_id: str) -> dict[str, str]:
    if row[f"{side}_sample"] is None:
        return {"href": "", "text": "not mentioned" if row[f"{side}_of"] else "no feedback"}
    evaluation_id, sentence = row[f"{side}_sample"]
    href = links.href(links.EVALUATION, links.evaluation(evaluation_id, user_id))
    return {"href": href, "sentence": sentence, "text": f"{row[side]} of {row[f'{side}_of']}"}


@dataclass(frozen=True)
class _Part:
    """One attempt's part in one section of the feedback; at most one kind of content is set."""

    name: str = ""
    general: Remarks | None = None
    criteria: Sequence[dict[str, object]] = ()
    not_a_criterion_of: str = ""
    recommendations: Sequence[str] = ()
    examples: Sequence[QuotedExample] = ()
    unparsed: str = ""

    def __bool__(self) -> bool:
        return self != _Part()


def feedback_by_criterion(reads: Sequence[EvaluationRead], names: Sequence[str]) -> Markup:
    """The feedback of both attempts side by side: general remarks, each criterion, recommendations, examples.

    The quoted examples are left out of an attempt whose essay is stored: they are marked in it.
    """
    evaluations = [read.evaluation for read in reads]
    sections = [
        [_Part(general=evaluation.feedback.general or None) for evaluation in evaluations],
        *([_criterion_part(column, read) for read in reads] for column in _columns(reads)),
        [_Part(recommendations=evaluation.feedback.recommendations) for evaluation in evaluations],
        [_Part(examples=() if one.essay_text else one.feedback.quoted_examples) for one in evaluations],
        [_Part(unparsed=evaluation.feedback.unparsed) for evaluation in evaluations],
    ]
    return render("comparison_feedback.html", sections=[parts for parts in sections if any(parts)], names=names)


def _columns(reads: Sequence[EvaluationRead]) -> list[str]:
    """The criteria in the feedback of either: in the official order of the first one's skill, then the others."""
    in_feedback = {criterion.column for read in reads for criterion in read.evaluation.feedback.criteria}
    official = [column for read in reads for column in _own_columns(read)]
    return [column for column in dict.fromkeys([*official, *BAND_COLUMNS]) if column in in_feedback]


def _own_columns(read: EvaluationRead) -> tuple[str, ...]:
    evaluation_type = str(read.row["evaluation_type"])
    return CRITERIA[Skill(evaluation_type)] if evaluation_type in {*Skill} else BAND_COLUMNS


def _criterion_part(column: str, read: EvaluationRead) -> _Part:
    """One attempt's feedback on a criterion, with its band."""
    feedbacks = [criterion for criterion in read.evaluation.feedback.criteria if criterion.column == column]
    if not feedbacks and column not in _own_columns(read):
        return _Part(name=criterion_name(column), not_a_criterion_of=str(read.row["evaluation_type"]))
    bands = {name: float(read.row[name]) for name in BAND_COLUMNS}
    nothing = CriterionFeedback(column, "", Remarks(text="No feedback on this criterion."))
    values = [criterion_values(criterion, bands, read.row["task_type"]) for criterion in feedbacks or [nothing]]
    return _Part(criteria=values)

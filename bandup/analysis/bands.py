"""The IELTS scale and its criteria, by their official names.

Source: IELTS band descriptors and scoring pages (ielts.org, 2022): bands 0 to 9 in half steps, four criteria of equal
weight per skill, and the score of a task is their average.
"""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from bandup.formatting import fixed, joined
from data.schema import BAND_STEP as BAND_STEP
from data.schema import HIGHEST_BAND as HIGHEST_BAND
from data.schema import LOWEST_BAND as LOWEST_BAND
from data.schema import Skill as Skill

BAND_VALUES = tuple(step * BAND_STEP for step in range(int(HIGHEST_BAND / BAND_STEP) + 1))

CRITERIA: dict[Skill, tuple[str, ...]] = {
    Skill.WRITING: ("task_achievement_band", "coherence_band", "lexical_band", "grammar_band"),
    Skill.SPEAKING: ("fluency_band", "lexical_band", "grammar_band", "pronunciation_band"),
}
"""The columns of a skill's four criteria, in the official order."""

_CRITERION_NAMES = {
    "overall_band": "Overall band",
    "task_achievement_band": "Task Achievement / Response",
    "coherence_band": "Coherence and Cohesion",
    "lexical_band": "Lexical Resource",
    "grammar_band": "Grammatical Range and Accuracy",
    "fluency_band": "Fluency and Coherence",
    "pronunciation_band": "Pronunciation",
}
BAND_COLUMNS = tuple(_CRITERION_NAMES)
"""The overall band, then the criteria of either skill."""

_MEANINGS = {
    "overall_band": "The mean of the four criteria, which have equal weight, rounded to a half band.",
    "task_achievement_band": "How fully and relevantly the task is answered: Task Achievement in Task 1 (150 words at "
    "least), Task Response in Task 2 (250 words at least: a position, developed and supported).",
    "coherence_band": "How clearly the text is organised, and how well its sentences and paragraphs are linked.",
    "lexical_band": "The range of the vocabulary, and how accurately and fittingly it is used.",
    "grammar_band": "The range of the grammar, and how accurately it is used.",
    "fluency_band": "Speaking at length without effort or hesitation, with ideas that are linked.",
    "pronunciation_band": "How easily the speech is understood, with the features of pronunciation that carry meaning.",
}
_SHORT_NAMES = {
    "overall_band": "Overall",
    "task_achievement_band": "Task",
    "coherence_band": "Coherence",
    "lexical_band": "Lexis",
    "grammar_band": "Grammar",
    "fluency_band": "Fluency",
    "pronunciation_band": "Pronunciation",
}


def band_columns(skill: Skill) -> tuple[str, ...]:
    """The columns of a skill's bands: the overall band, then the four criteria in the official order."""
    return ("overall_band", *CRITERIA[Skill(skill)])


def criterion_name(column: str, task_type: str | None = None) -> str:
    """The official name of a criterion, by its column: Task 1 has Task Achievement, Task 2 has Task Response.

    >>> criterion_name("task_achievement_band", "TASK_2")
    'Task Response'
    """
    if column == "task_achievement_band" and task_type in {"TASK_1", "TASK_2"}:
        return "Task Achievement" if task_type == "TASK_1" else "Task Response"
    return _CRITERION_NAMES[column]


def criterion_meaning(column: str) -> str:
    """One sentence on what a criterion measures. Source: IELTS scoring in detail, band descriptors (ielts.org)."""
    return _MEANINGS[column]


def criterion_names(columns: Iterable[str]) -> str:
    """The official names of criteria in a sentence: `Lexical Resource and Pronunciation`, or `all four criteria`."""
    names = [*map(criterion_name, columns)]
    return "all four criteria" if len(names) == len(CRITERIA[Skill.WRITING]) else joined(names)


def criterion_short_name(column: str) -> str:
    """A criterion's short name, for narrow places: `Lexis`, `Grammar`."""
    return _SHORT_NAMES[column]


def is_valid_band(bands: pd.Series) -> pd.Series:
    """Whether each number is on the scale of 0 to 9 in half steps: bool, same index, False where missing."""
    on_scale = bands.between(LOWEST_BAND, HIGHEST_BAND) & ((bands / BAND_STEP) % 1 == 0)
    return on_scale.fillna(value=False).astype(bool)


def criteria_mean(bands: Mapping[str, float], skill: Skill) -> float | None:
    """The unrounded mean of a skill's four equally weighted criteria; None if one is missing."""
    values = [bands.get(column, math.nan) for column in CRITERIA[skill]]
    return None if any(map(pd.isna, values)) else sum(map(float, values)) / len(values)


def format_band(band: float | None) -> str:
    """A band as IELTS prints it, or a mean of bands: one decimal, an en dash where missing."""
    return "–" if band is None or pd.isna(band) else fixed(band)


def format_exact_mean(mean: float) -> str:
    """The mean of one attempt's four criteria, unrounded, as how IELTS rounds it is not published: `6.125`, `6.5`."""
    whole, decimals = fixed(mean, 3).split(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"

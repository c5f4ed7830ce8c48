"""The grader's defaults among graded essays: which items may hold one, and what their feedback says.

The writing function stores 6.0 for every band that the model's reply lacks and 0.85 for a missing confidence, and an empty
map as the feedback of such a criterion. Only the feedback tells a default from a grade, and no read of all items has it.
"""

import pandas as pd

from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.states import DEFAULT_CONFIDENCE
from data.flags import Flag, default_criteria
from data.schema import DEFAULT_BAND

MISSING_CONFIDENCE = 0.85
"""What the function stores where the model's reply lacks a confidence."""


def may_hold_defaults(evaluations: pd.DataFrame) -> pd.Series:
    """Which items are worth reading the feedback of: bool, same index.

    Completed writing with five bands of 6.0 above the confidence at which they are a default anyway, or with any
    criterion of 6.0 at the confidence that the function stores for a missing one.
    """
    is_writing = evaluations["status"].eq("completed") & evaluations["evaluation_type"].eq(Skill.WRITING)
    is_default = evaluations[[*CRITERIA[Skill.WRITING]]].eq(DEFAULT_BAND)
    five = is_default.all(axis=1) & evaluations["overall_band"].eq(DEFAULT_BAND)
    confidence = evaluations["confidence_score"]
    return is_writing & (
        (five & ~confidence.le(DEFAULT_CONFIDENCE)) | (is_default.any(axis=1) & confidence.eq(MISSING_CONFIDENCE))
    )


def with_default_flags(evaluations: pd.DataFrame, empty: pd.Series, unchecked: pd.Series) -> pd.DataFrame:
    """The evaluations with the flags of default criteria, and `default_not_checked` where `unchecked` (bool).

    `empty`: int64, same index, the criteria with empty feedback (`data.parsers.empty_criteria`), 0 where none is known.
    """
    flags = evaluations["flags"] | default_criteria(evaluations, empty)
    return evaluations.assign(flags=flags.mask(unchecked, flags | int(Flag.DEFAULT_NOT_CHECKED)))


def unchecked_sentence(evaluations: pd.DataFrame) -> str:
    """How many essays may hold a default that has not been checked; empty where there are none."""
    number = int((evaluations["flags"] & int(Flag.DEFAULT_NOT_CHECKED)).ne(0).sum())
    if not number:
        return ""
    essays = "1 essay with bands" if number == 1 else f"{number:,} essays with bands"
    return f"{essays} of 6.0 not checked yet for the grader’s defaults: counted as graded until the feedback is read."

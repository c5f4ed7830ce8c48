"""Failures grouped by cause: one cause is one thing to fix, however many jobs it affected.

The cause of a failed job is its error text without what differs from job to job (`bandup.analysis.error_text`).
"""

import pandas as pd

from bandup.analysis.error_text import normalised, spelling_key
from bandup.analysis.states import State
from bandup.analysis.students import has_student
from bandup.analysis.time_windows import is_dated
from bandup.memo import memoized
from data.flags import Flag
from data.schema import FLASHCARD

SAMPLES_PER_CAUSE = 3

NO_MESSAGE = "failed without a message"
NOT_CAUGHT = "left at processing by an error that was not caught"
NO_BAND = "completed without an overall band"
NO_CARD = "completed without a readable card"
DEFAULT_ANSWER = "the grader’s default answer, passed off as a grade"
UNKNOWN_STATUS = "status is not one that the functions write"

BAND_CAUSES = {
    Flag.OVERALL_BAND_IS_ERROR: "completed with the band “error”",
    Flag.OVERALL_BAND_IS_NONE: "completed with the band “None”",
    Flag.OVERALL_BAND_NOT_A_NUMBER: "completed with a band that is not a number",
    Flag.OVERALL_BAND_OFF_SCALE: "completed with a band off the IELTS scale",
}

_CAUSE_OF_STATE = {
    State.STUCK: NOT_CAUGHT,
    State.EMPTY: NO_BAND,
    State.SUSPECT: DEFAULT_ANSWER,
    State.UNKNOWN: UNKNOWN_STATUS,
}


def cause_of(jobs: pd.DataFrame) -> pd.Series:
    """The cause of each job (str, index of `jobs`, name `cause`); missing for succeeded, running and superseded jobs.

    For failed jobs this is their error text, normalised, in the spelling that most jobs of the cause have. For stuck,
    empty, suspect and unknown jobs it is one of the constants of this module, whatever error text they hold.
    """
    state = jobs["state"].astype("str")
    is_set = jobs["table"].astype("str").eq("flashcard_sets") | jobs["type"].astype("str").eq(FLASHCARD)
    empty = state.eq(State.EMPTY)
    cause = state.map(_CAUSE_OF_STATE).astype("str").rename("cause")
    for flag, band_cause in BAND_CAUSES.items():
        cause[empty & (jobs["flags"] & int(flag)).ne(0)] = band_cause
    cause[empty & is_set] = NO_CARD
    failed = state.eq(State.FAILED)
    cause[failed] = _causes_of_failed(jobs.loc[failed, "error_message"]).to_numpy()
    return cause


@memoized
def group_by_cause(jobs: pd.DataFrame) -> pd.DataFrame:
    """One row per state and cause, most jobs first.

    Columns: `cause` and `state` (str), `jobs` (int64), `share` (float64, of the given jobs that have a cause), `first`
    and `last` (UTC, NaT if no job of the cause has a known time), `undated` (int64: jobs of unknown time), `students`
    (int64: distinct known ones), `types` and `models` (str: distinct, sorted, joined by commas), `samples` (object: list
    of at most `SAMPLES_PER_CAUSE` distinct error texts as stored, in the order of `jobs`).
    """
    columns = {
        "cause": cause_of(jobs),
        "state": jobs["state"].astype("str"),
        "at": jobs["at"].where(is_dated(jobs)),
        "undated": ~is_dated(jobs),
        "student": jobs["user_id"].where(has_student(jobs["user_id"])),
    }
    with_cause = jobs.assign(**columns)[columns["cause"].notna()]
    table = with_cause.groupby(["cause", "state"], sort=False).agg(
        jobs=("at", "size"),
        share=("at", "size"),
        first=("at", "min"),
        last=("at", "max"),
        undated=("undated", "sum"),
        students=("student", "nunique"),
        types=("type", _joined),
        models=("model_used", _joined),
        samples=("error_message", _samples),
    )
    table["share"] /= max(1, len(with_cause))
    dtypes = dict.fromkeys(("state", "cause", "types", "models"), "str") | {"samples": "object"}
    dtypes |= dict.fromkeys(("jobs", "undated", "students"), "int64")
    return (
        table.reset_index()
        .astype(dtypes)
        .sort_values(["jobs", "state", "cause"], ascending=[False, True, True], ignore_index=True)
    )


def _joined(values: pd.Series) -> str:
    return ", ".join(sorted(values.dropna().astype("str").unique()))


def _samples(error_messages: pd.Series) -> list[str]:
    return [text for text in error_messages.dropna().unique() if text.strip()][:SAMPLES_PER_CAUSE]


@memoized
def jobs_with_cause(jobs: pd.DataFrame, state: str, cause: str) -> pd.DataFrame:
    """The jobs of a state and cause, in any spelling: the most frequent spelling may differ between windows."""
    in_state = jobs[jobs["state"].astype("str").eq(state)]
    causes = cause_of(in_state)
    keys = {text: spelling_key(text) for text in causes.dropna().unique()}
    return in_state[causes.map(keys).eq(spelling_key(cause))]


def _causes_of_failed(error_messages: pd.Series) -> pd.Series:
    """The normalised texts (each distinct text is read once), every cause in the spelling that most jobs have."""
    causes = {message: normalised(message) or NO_MESSAGE for message in error_messages.dropna().unique()}
    spelled = error_messages.map(causes).astype("str").fillna(NO_MESSAGE)
    counts = spelled.value_counts()
    spelling: dict[str, str] = {}
    for cause in sorted(counts.index, key=lambda cause: (-counts[cause], cause)):
        spelling.setdefault(spelling_key(cause), cause)
    return spelled.map({cause: spelling[spelling_key(cause)] for cause in counts.index}).astype("str")

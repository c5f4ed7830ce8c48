"""Teachers' own bands of attempts, beside the grader's: as a table, and those of them that say how good the grader is."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import pandas as pd

from bandup.analysis.attempts import evaluation_title
from bandup.analysis.bands import BAND_COLUMNS, BAND_STEP, CRITERIA, HIGHEST_BAND, Skill, criteria_mean
from bandup.analysis.states import State
from bandup.formatting import signed
from bandup.memo import memoized
from data.review_entries import Mark, ReviewEntry, Skip

GRADER = "grader_"
"""What the columns of the grader's bands begin with; the teacher's have the names of the attributes."""

TEACHER_BAND = "teacher_band"
"""The column of evaluations that holds teachers' overall bands, where there are any."""

_COLUMNS = {
    "evaluation_id": "str",
    "user_id": "str",
    "at": "datetime64[ms, UTC]",
    "by": "str",
    "skill": "str",
    "task_type": "str",
    "part": "str",
    "model_used": "str",
    "is_blind": "bool",
    "drawn": "str",
    "probability": "float64",
    "comment": "str",
} | {f"{prefix}{column}": "float64" for column in BAND_COLUMNS for prefix in ("", GRADER)}

_ONE_MARK = ["evaluation_id", "user_id", "by"]


def marks_table(entries: Iterable[ReviewEntry]) -> pd.DataFrame:
    """Every mark, newest first: ids, `at` (UTC), `by`, how it came about, the teacher's bands and `grader_…`, float64.

    `probability`: of being drawn by the queue; NaN for attempts that were chosen by hand. A band that is missing is NaN.
    """
    rows = [_row(entry) for entry in entries if isinstance(entry, Mark)]
    table = pd.DataFrame(rows, columns=[*_COLUMNS])
    table["at"] = pd.to_datetime(table["at"], utc=True)
    return table.astype(_COLUMNS).sort_values("at", ascending=False, kind="stable", ignore_index=True)


def _row(mark: Mark) -> dict[str, object]:
    bands = {column: mark.bands.get(column, np.nan) for column in BAND_COLUMNS}
    grader = {f"{GRADER}{column}": mark.grader_bands.get(column, np.nan) for column in BAND_COLUMNS}
    names = [name for name in _COLUMNS if name not in bands and name not in grader and name != "at"]
    return {"at": mark.time, **{name: getattr(mark, name) for name in names}, **bands, **grader}


@memoized
def latest_marks(marks: pd.DataFrame) -> pd.DataFrame:
    """Of each person's marks of an attempt the latest, which corrects the earlier ones."""
    return marks.drop_duplicates(_ONE_MARK, ignore_index=True)


@memoized
def marks_of_verdict(marks: pd.DataFrame) -> pd.DataFrame:
    """The marks that say how good the grader is, with their `weight` (float64).

    They are blind, and of attempts that the queue drew: those chosen by hand are no sample of anything. A correction made
    with the grader's bands in sight does not count, the blind mark before it does. Marks weigh the inverse of the
    probability of being drawn (Horvitz and Thompson, JASA 47, 1952).
    """
    counted = marks[marks["is_blind"] & marks["probability"].gt(0)].drop_duplicates(_ONE_MARK, ignore_index=True)
    return counted.assign(weight=1 / counted["probability"])


def differences(marks: pd.DataFrame, column: str) -> pd.DataFrame:
    """The marks as `bandup.analysis.agreement` takes them: `user_id`, `grader`, `teacher`, `weight`, for one column."""
    return pd.DataFrame(
        {
            "user_id": marks["user_id"],
            "grader": marks[f"{GRADER}{column}"],
            "teacher": marks[column],
            "weight": marks["weight"],
        }
    ).dropna(subset=["grader", "teacher"], ignore_index=True)


def suggested_overall(bands: dict[str, float], skill: Skill) -> float | None:
    """The overall band that four criteria suggest: their mean to the nearest half band, a quarter upwards.

    A quarter goes up as in the overall score of the test (ielts.org); how IELTS rounds within a skill is not published.
    """
    mean = criteria_mean(bands, skill)
    return None if mean is None else min(HIGHEST_BAND, float(np.floor(mean / BAND_STEP + 0.5)) * BAND_STEP)


def read_band(text: str) -> float | None:
    """The band that a teacher typed: `6.5`, `6,5`, `65` and `6` are bands; None for anything else.

    Two digits without a point are a band and its half, so that a band is typed with two keys.
    """
    typed = text.strip().replace(",", ".")
    if typed.isascii() and typed.isdecimal() and len(typed) == 2:
        typed = f"{typed[0]}.{typed[1]}"
    try:
        band = float(typed)
    except ValueError:
        return None
    return band if 0 <= band <= HIGHEST_BAND and band % BAND_STEP == 0 else None


@memoized
def own_marks(marks: pd.DataFrame, by: str) -> pd.DataFrame:
    """A person's latest marks, newest first, with `what` (str: the attempt's title) and `difference` (str: AI − person)."""
    latest = latest_marks(marks)
    own: pd.DataFrame = latest[latest["by"].eq(by)].reset_index(drop=True)
    named = own[["skill", "task_type", "part"]].replace("", pd.NA)
    titles = [evaluation_title(*names) for names in named.itertuples(index=False, name=None)]
    differences = own[f"{GRADER}overall_band"] - own["overall_band"]
    texts = ["" if pd.isna(value) else signed(value) if value else "±0" for value in differences]
    titled: pd.DataFrame = own.assign(what=pd.Series(titles, dtype="str"), difference=pd.Series(texts, dtype="str"))
    return titled


def skipped_by(entries: Iterable[ReviewEntry], by: str) -> frozenset[tuple[str, str]]:
    """The keys of the attempts that a person leaves out of their queue."""
    return frozenset((e.evaluation_id, e.user_id) for e in entries if isinstance(e, Skip) and e.by == by)


@memoized
def with_teacher_bands(evaluations: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """The evaluations with `teacher_band` (float64): the mean of teachers' overall bands, NaN without any.

    The same frame where no attempt of it has been marked.
    """
    keys = ["evaluation_id", "user_id"]
    bands = latest_marks(marks).groupby(keys)["overall_band"].mean()
    own = bands[bands.index.get_level_values("user_id").isin(evaluations["user_id"].unique())]
    if own.empty:
        return evaluations
    index = pd.MultiIndex.from_frame(evaluations[keys])
    return evaluations.assign(**{TEACHER_BAND: own.reindex(index).to_numpy(dtype="float64")})


def marks_of(marks: pd.DataFrame, evaluation_id: str, user_id: str) -> pd.DataFrame:
    """Each person's latest mark of one attempt, newest first."""
    latest = latest_marks(marks)
    of_attempt: pd.DataFrame = latest[latest["evaluation_id"].eq(evaluation_id) & latest["user_id"].eq(user_id)]
    return of_attempt


def can_be_marked(row: pd.Series) -> bool:
    """Whether an evaluation holds a grade that a teacher's can stand beside, or the grader's default answer."""
    is_graded = str(row["state"]) in {State.SUCCEEDED, State.SUSPECT} and str(row["evaluation_type"]) in {*Skill}
    return is_graded and not pd.isna(row["overall_band"])


def bands_in(row: pd.Series, skill: Skill, prefix: str = "") -> dict[str, float]:
    """The bands in a row that has them, by attribute name: of a mark, or with `grader_` of the grader beside it."""
    names = ("overall_band", *CRITERIA[skill])
    return {name: float(row[f"{prefix}{name}"]) for name in names if not pd.isna(row[f"{prefix}{name}"])}


def count_since(marks: pd.DataFrame, since: datetime, **values: str) -> int:
    """How many attempts were marked blind since a time, by the values of columns (`by`, `skill`)."""
    chosen = marks[marks["at"].ge(since) & marks["is_blind"]]
    for name, value in values.items():
        chosen = chosen[chosen[name].eq(value)]
    return len(chosen.drop_duplicates(_ONE_MARK))

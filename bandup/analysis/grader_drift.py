"""Grader drift: differences between grading models, so that a change of model is not taken for progress.

Compared are graded attempts (`bandup.analysis.attempts.graded_attempts`, so without the grader's default answers) of
known students. The attempts of one student resemble each other, so every interval counts students, not attempts: it is an
interval of Student's t with students − 1 degrees of freedom, from a jackknife that leaves out one student at a time (for
a mean of students' means that is the ordinary t interval). The differences between models are the shifts that
`bandup.analysis.class_estimates` takes off a student's progress. Sources: docs/trends.md.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from bandup.analysis.attempts import dated, graded_attempts, task_or_part
from bandup.analysis.bands import BAND_STEP, BAND_VALUES, HIGHEST_BAND, LOWEST_BAND, Skill, is_valid_band
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.daily_points import MIN_ATTEMPTS
from bandup.analysis.failure_rates import NOT_STORED
from bandup.analysis.intervals import CONFIDENCE
from bandup.analysis.measurement_error import critical_value, critical_values
from bandup.analysis.students import of_students
from bandup.formatting import counted, fixed, signed
from bandup.memo import memoized

MIN_STUDENTS_PER_MODEL = 5
"""With fewer students there is no interval and no claim: on a scale of half bands three can agree by chance."""
MAX_WEEKS_BY_WEEK, MAX_MONTHS_BY_MONTH = 16, 60
"""Means over time are by week if the attempts span at most 16 weeks, by month up to 60 months, else by year."""

HOW_TO_READ = (
    "A model’s mean depends on who practised while it graded. The difference between two models does not: it is what "
    "remains after each student’s own level and own steady progress, over the students who had both models at the same "
    "task. It can’t be separated from other changes on the same day, such as new prompts or tasks. All differences "
    "together are wrong by chance in at most 5 of 100 classes. Attempts stored without a student are left out. With "
    f"fewer than {MIN_STUDENTS_PER_MODEL} such students no difference is claimed."
)
"""How to read severities and differences."""

_MEAN = ("mean", "low", "high")
SEVERITY_COLUMNS = ("model_used", "n", "students", "first", "last", *_MEAN, "sd", "sd_low", "sd_high")
OVER_TIME_COLUMNS = ("model_used", "period", "at", "centre", "n", "students", *_MEAN)
CHANGE_COLUMNS = ("from", "to", "at", "difference", "low", "high", "students", "sentence")

_ROUNDING_SD = BAND_STEP / np.sqrt(12)
"""Standard deviation of the error of rounding to a half band: the least noise that a band can have."""


class ModelChange(NamedTuple):
    """A change of model between a student's attempts: time of the first under the new one, old and new name."""

    at: pd.Timestamp
    before: str
    after: str


@memoized
def severity(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """One row per model that graded the skill, in order of first use; attempts without a model last, as `NOT_STORED`.

    Columns `SEVERITY_COLUMNS`: `model_used` (str, as stored: escape it), `n` (int64, graded attempts), `students`
    (int64), `first` and `last` (UTC, NaT where no time is known); in bands (float64): `mean` of the overall band with
    `low` and `high`, each student counting once (mean of the students' means); `sd`, the standard deviation over the
    attempts, with `sd_low` and `sd_high` (jackknife of its logarithm; it covers the truth in 88 % of simulated schools
    with ten students, and in 91 to 94 % with thirty or more). Intervals are NaN below `MIN_STUDENTS_PER_MODEL` students,
    `sd` is NaN for a single attempt. To compare models use `model_changes`, not these means: the models graded different
    students.
    """
    rows = _rows(evaluations, skill)
    by_model = rows.groupby("model_used", observed=True)
    table = by_model.agg(n=("band", "size"), first=("at", "min"), last=("at", "max"), sd=("band", "std"))
    table = table.join(_means(rows, ["model_used"])).join(_spread(rows)).reset_index()
    return table[[*SEVERITY_COLUMNS]].astype({"model_used": "str", "n": "int64", "students": "int64"})


def severity_over_time(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The mean overall band per model and period, models in order of first use and each in order of time.

    Columns `OVER_TIME_COLUMNS`: `model_used` (str), `period` (str: `week` from Monday, `month` or `year`, the same in all
    rows), `at` (datetime64[ms, UTC], the period's start), `centre` (datetime64[ms, UTC], the mean time of its attempts),
    `n` and `students` (int64), `mean`, `low`, `high` (float64, bands, as in `severity`). Attempts of unknown time and
    periods without attempts are left out.
    """
    rows = dated(_rows(evaluations, skill))
    period, starts = _periods(rows["at"])
    rows = rows.assign(period_start=starts)
    keys = ["model_used", "period_start"]
    own = rows.groupby(keys, observed=True)["at"].agg(n="size", centre="mean")
    table = _means(rows, keys).join(own).reset_index().rename(columns={"period_start": "at"})
    dtypes = {"model_used": "str", "period": "str", "centre": "datetime64[ms, UTC]", "n": "int64", "students": "int64"}
    return table.assign(period=period)[[*OVER_TIME_COLUMNS]].astype(dtypes)


def heaping(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """How often each model gave each half band: 19 rows per model from 0 to 9, models in order of first use.

    Columns: `model_used` (str), `band` (float64), `n` (int64, attempts with that overall band), `of`
    (int64, attempts that the model graded) and `share` (float64, n / of). A grader that avoids half bands heaps its
    shares on the whole bands.
    """
    rows = _rows(evaluations, skill)
    keys = ["model_used", "band"]
    every_band = pd.MultiIndex.from_product([rows["model_used"].cat.categories, BAND_VALUES], names=keys)
    table = rows.groupby(keys, observed=True).size().reindex(every_band, fill_value=0).rename("n").reset_index()
    table["of"] = table.groupby("model_used", observed=True)["n"].transform("sum")
    table["share"] = table["n"] / table["of"]
    return table.astype({"model_used": "str", "n": "int64", "of": "int64"})


@memoized
def model_changes(evaluations: pd.DataFrame, estimates: ClassEstimates) -> pd.DataFrame:
    """The difference between each model and the model before it, in grading the same students, in order of time.

    `estimates`: of the same class. The model before is the one first used before it at the same task (Task 1, Part 2,
    …), because a model's name may contain the task. Columns `CHANGE_COLUMNS`: `from` and `to` (str, as stored), `at`
    (UTC, the first attempt under `to`), `difference` with `low` and `high` (float64, bands; below 0: `to` grades lower;
    NaN where the class can't tell), `students` (int64, those who had both) and `sentence` (str, contains the models'
    names as stored: escape it). The intervals hold 95 % together (Bonferroni).
    """
    rows = dated(_rows(evaluations, estimates.skill))
    rows = rows[rows["model_used"].isin(estimates.models)]
    successions = _successions(rows)
    changes = []
    for (before, after), tasks in successions.items():
        both = rows[rows["task"].isin(tasks) & rows["model_used"].isin([before, after])]
        at = both.loc[both["model_used"] == after, "at"].min()
        students = int(both.groupby("student")["model_used"].nunique().eq(2).sum())
        level = (1 - CONFIDENCE) / len(successions)
        interval = _difference(estimates, before, after, students, level)
        changes.append((before, after, at, *interval, students, _describe(before, after, *interval, students)))
    table = pd.DataFrame(changes, columns=[*CHANGE_COLUMNS]).astype(
        {"from": "str", "to": "str", "students": "int64", "sentence": "str"}
        | dict.fromkeys(("difference", "low", "high"), "float64")
    )
    table["at"] = pd.to_datetime(table["at"], utc=True).astype("datetime64[ms, UTC]")
    return table.sort_values(["at", "from", "to"], ignore_index=True)


def model_changes_of_student(attempts: pd.DataFrame) -> list[ModelChange]:
    """The changes of model between one student's attempts, in order of time, to be marked on their charts.

    `attempts`: graded attempts of one student, at one skill or both. An attempt is compared with the one before it at
    the same task, because a model's name may contain the task. When the skill's other tasks change to the same model
    later, that is not another change. Attempts without a time or a model are ignored.
    """
    rows = dated(attempts[attempts["model_used"].notna()]).sort_values(["at", "evaluation_id"])
    columns = (
        rows["evaluation_type"].astype("str"),
        task_or_part(rows).astype("str").fillna(""),
        rows["at"],
        rows["model_used"],
    )
    changes = []
    last: dict[tuple[str, str], str] = {}
    marked: dict[str, str] = {}
    for skill, task, at, model in zip(*columns, strict=True):
        before = last.get((skill, task), model)
        last[skill, task] = model
        if model not in {before, marked.get(skill)}:
            changes.append(ModelChange(pd.Timestamp(at), before, model))
            marked[skill] = model
    return changes


def _rows(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The compared attempts: `model_used`, `task` (category), `student` (int), `at`, `band` (float64).

    Models are in order of first use, attempts without a model last; tasks are in alphabetical order. The order of the
    rows does not depend on that of the evaluations.
    """
    attempts = graded_attempts(evaluations, Skill(skill))
    attempts = of_students(attempts[is_valid_band(attempts["overall_band"])])
    models = _by_name(attempts["model_used"], NOT_STORED)
    first_use = attempts["at"].groupby(models, observed=True).min().sort_values(kind="stable")
    rows = pd.DataFrame(
        {
            "model_used": models.cat.set_categories(sorted(first_use.index, key=lambda model: model == NOT_STORED)),
            "student": pd.factorize(attempts["user_id"], sort=True)[0],
            "task": _by_name(task_or_part(attempts), ""),
            "at": attempts["at"],
            "band": attempts["overall_band"].astype("float64"),
        }
    )
    keys = (models.cat.codes, rows["band"], rows["at"].dt.tz_convert(None), rows["task"].cat.codes, rows["student"])
    return rows.iloc[np.lexsort([key.to_numpy() for key in keys])].reset_index(drop=True)


def _by_name(values: pd.Series, missing: str) -> pd.Series:
    """The texts as categories in alphabetical order, with a text for missing values."""
    texts = values.astype("category")
    if missing not in texts.cat.categories:
        texts = texts.cat.add_categories(missing)
    texts = texts.fillna(missing).cat.remove_unused_categories()
    named: pd.Series = texts.cat.set_categories(sorted(texts.cat.categories.astype(str)))
    return named


def _means(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per group: the number of students, the mean of their means, and its interval."""
    of_students = rows.groupby([*keys, "student"], observed=True)["band"].mean().reset_index()
    table = of_students.groupby(keys, observed=True).agg(
        students=("band", "size"), mean=("band", "mean"), between=("band", "std")
    )
    error = np.maximum(table["between"], _ROUNDING_SD) / np.sqrt(table["students"])
    half = error * critical_values(1 - CONFIDENCE, table["students"].to_numpy() - 1)
    half = half.where(table["students"] >= MIN_STUDENTS_PER_MODEL)
    table["low"], table["high"] = table["mean"] - half, table["mean"] + half
    table[["low", "high"]] = table[["low", "high"]].clip(LOWEST_BAND, HIGHEST_BAND)
    return table.drop(columns="between")


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Per model the interval of the standard deviation: a jackknife over students of its logarithm."""
    squared = rows.assign(squared=rows["band"] ** 2)
    own = squared.groupby(["model_used", "student"], observed=True).agg(
        n=("band", "size"), sum=("band", "sum"), sq=("squared", "sum")
    )
    others = own.groupby(level="model_used", observed=True).transform("sum") - own
    variance = (others["sq"] - others["sum"] ** 2 / others["n"]) / (others["n"] - 1)
    logarithm = variance.where((others["n"] > 1) & (variance > 0)).map(np.log) / 2
    by_model = logarithm.groupby(level="model_used", observed=True)
    students = by_model.size()
    has_interval = by_model.count().eq(students) & students.ge(MIN_STUDENTS_PER_MODEL)
    error = by_model.std(ddof=0) * (students - 1) ** 0.5
    half = error * critical_values(1 - CONFIDENCE, students.to_numpy() - 1)
    factor = half.where(has_interval).map(np.exp)
    sd = rows.groupby("model_used", observed=True)["band"].std()
    return pd.DataFrame({"sd_low": sd / factor, "sd_high": sd * factor})


def _periods(at: pd.Series) -> tuple[str, pd.Series]:
    """The period by which attempts at these times are shown, and the start of the one that each lies in."""
    weeks = (at.max() - at.min()) / pd.Timedelta(weeks=1) if len(at) else 0.0
    if weeks <= MAX_WEEKS_BY_WEEK:
        period, frequency = "week", "W-SUN"  # weeks that end on Sunday
    elif weeks <= MAX_MONTHS_BY_MONTH * 52 / 12:
        period, frequency = "month", "M"
    else:
        period, frequency = "year", "Y"
    start = at.dt.tz_convert("UTC").dt.tz_localize(None).dt.to_period(frequency).dt.start_time
    return period, start.astype("datetime64[ms]").dt.tz_localize("UTC")


def _successions(rows: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """The tasks at which one model followed another by first use, by the pair of models."""
    used = rows.groupby(["task", "model_used"], observed=True).agg(n=("at", "size"), first=("at", "min"))
    used = used.reset_index().astype({"task": "str", "model_used": "str"})
    used = used[used["n"] >= MIN_ATTEMPTS].sort_values(["task", "first", "model_used"])
    used["before"] = used.groupby("task")["model_used"].shift()
    tasks: dict[tuple[str, str], list[str]] = {}
    for row in used.dropna(subset=["before"]).itertuples():
        tasks.setdefault((str(row.before), str(row.model_used)), []).append(str(row.task))
    return tasks


def _difference(
    estimates: ClassEstimates, before: str, after: str, students: int, level: float
) -> tuple[float, float, float]:
    """How many bands higher `after` grades than `before`, with its interval; NaN where the class can't tell."""
    contrast = np.array([(shift == ("model", after)) - float(shift == ("model", before)) for shift in estimates.shifts])
    noise = estimates.overall
    if noise.shifts is None or noise.covariance is None or students < MIN_STUDENTS_PER_MODEL:
        return np.nan, np.nan, np.nan
    difference = float(contrast[contrast != 0] @ noise.shifts[contrast != 0])
    error = float(np.sqrt(contrast @ noise.covariance @ contrast))
    half = max(error, _ROUNDING_SD * np.sqrt(2 / students)) * critical_value(level, students - 1)
    return difference, difference - half, difference + half


def _describe(before: str, after: str, difference: float, low: float, high: float, students: int) -> str:
    if students < MIN_STUDENTS_PER_MODEL:
        number = f"Only {counted(students, 'student')}" if students else "No student"
        return f"{number} had both {before} and {after} at the same task: too few to compare how the two grade."
    number = counted(students, "student")
    if np.isnan(difference):
        return (
            f"{number} had both {before} and {after}, but too few of them often enough to separate their own progress "
            "from a difference between the two."
        )
    interval = f"{signed(low, 2)} and {signed(high, 2)}"
    if low <= 0 <= high:
        return f"No clear difference between {before} and {after}: between {interval} for the {number} who had both."
    direction, move = ("lower", "fall") if difference < 0 else ("higher", "rise")
    return (
        f"{after} graded about {fixed(abs(difference), 2)} {direction} than {before} for the {number} who had both "
        f"(between {interval}); a {move} of that size at that date is not a {move} in the student."
    )

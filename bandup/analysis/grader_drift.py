"""Grader drift: how severely, how widely and on which half bands each model grades, so that no change of it is read as progress.

Who is compared: judged evaluations that hold a grade (`bandup.analysis.attempts.graded`, so without the grader's default
answers) and name a student; those stored for `unknown` or `anonymous` are left out, since nobody can tell whose they
are. The three things a grader can differ in, severity, spread (range restriction) and use of the categories, are those
of Myford and Wolfe, Detecting and measuring rater effects using many-facet Rasch measurement, Journal of Applied
Measurement 4 (2003), 386-422.

Attempts of one student resemble each other, so every interval counts students, not attempts. Each is a 95 % interval
of Student's t with students − 1 degrees of freedom around a delete-one-student jackknife (for a mean of students'
means that is the ordinary t interval): MacKinnon, Nielsen and Webb, Cluster-robust inference: a guide to empirical
practice, Journal of Econometrics 232 (2023), 272-299. Nothing is drawn at random.
"""

from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import dated, graded
from bandup.analysis.bands import BAND_STEP, BAND_VALUES, HIGHEST_BAND, LOWEST_BAND, Skill, is_valid_band
from bandup.analysis.failure_rates import CONFIDENCE, NOT_TOLD
from bandup.analysis.states import UNKNOWN_USERS
from bandup.memo import memoized

MIN_STUDENTS_PER_MODEL = 5
"""With fewer students no interval is given and no difference claimed: on a scale of halves three can agree by chance."""
MIN_ATTEMPTS_PER_MODEL = 5
"""A model with fewer attempts at a task was a trial, not a change of model, and is passed over."""
MOST_MODELS = 12
"""Changes are looked for among so many models with most attempts."""
MOST_DAYS_APART = 60
"""Two attempts of a student further apart are not compared: too much can have been learnt between them."""
MOST_WEEKS, MOST_MONTHS = 16, 60
"""Over time, means stand by the week where the attempts span no more weeks than that, then by the month, then year."""

HOW_TO_READ = (
    "A model’s mean moves with who practised while it graded. The difference between two models does not: it compares "
    "each student with themselves, the two attempts at the same task that lie nearest in time, one under each model, "
    f"at most {MOST_DAYS_APART} days apart, less what bands moved in as many days while the model stayed the same. It can’t tell apart what else changed that day, such as the app’s prompts or its tasks, and it speaks of the "
    f"students who had both, not of everyone; attempts stored without a student are left out. Fewer than {MIN_STUDENTS_PER_MODEL} such students: no difference is claimed."
)
"""What a reader of severities and differences must know."""

SEVERITY_COLUMNS = (
    "model_used",
    "n",
    "students",
    "first",
    "last",
    "mean",
    "low",
    "high",
    "sd",
    "sd_low",
    "sd_high",
)
OVER_TIME_COLUMNS = ("model_used", "period", "at", "centre", "n", "students", "mean", "low", "high")
HEAPING_COLUMNS = ("model_used", "band", "n", "of", "share")
CHANGE_COLUMNS = (
    "from",
    "to",
    "at",
    "difference",
    "low",
    "high",
    "students",
    "days_apart",
    "learning",
    "in_words",
)

_ROUNDING_SD = BAND_STEP / np.sqrt(12)
"""Standard deviation of the error that rounding to a half makes: the least noise a band can have."""


class ModelChange(NamedTuple):
    """Where the model changed along a student's attempts: the first attempt under the new one (UTC), old and new name."""

    at: pd.Timestamp
    before: str
    after: str


@memoized
def severity(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """One row per model that graded the skill, in order of first use, attempts without a model last as `NOT_TOLD`.

    Columns `SEVERITY_COLUMNS`: `model_used` (str, as stored: escape it), `n` (int64, graded attempts), `students`
    (int64), `first` and `last` (UTC, NaT where no time is known); in bands (float64): `mean` of the overall band with
    `low` and `high`, each student counting once (mean of the students' means); `sd`, the standard deviation over the
    attempts, with `sd_low` and `sd_high` (jackknife of its logarithm; of simulated schools it covers the truth in 88 %
    with ten students and in 91 to 94 % with thirty and more). Intervals are NaN below `FEWEST_STUDENTS` students, an sd
    is NaN for a single attempt. Models are compared by `model_changes`, not by these means: they graded different
    students.
    """
    rows = _rows(evaluations, skill)
    by_model = rows.groupby("model_used", observed=True)
    table = by_model.agg(n=("band", "size"), first=("at", "min"), last=("at", "max"), sd=("band", "std"))
    table = table.join(_means(rows, ["model_used"])).join(_spread(rows))
    return _in_order_of_use(table.reset_index())[[*SEVERITY_COLUMNS]].astype({"n": "int64", "students": "int64"})


def over_time(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The mean overall band per model and period, models in order of first use and each in order of time.

    Columns `OVER_TIME_COLUMNS`: `model_used` (str), `period` (str: `week` from Monday, `month` or `year`, one for all),
    `at` (datetime64[ms, UTC], the period's start), `centre` (datetime64[ms, UTC], the mean time of the attempts in it),
    `n` and `students` (int64), `mean`, `low`, `high` (float64, bands, as in `severity`). Attempts of unknown time are left out, periods without attempts too.
    """
    rows = dated(_rows(evaluations, skill))
    period = _period(rows["at"])
    rows = rows.assign(period_start=_starts(rows["at"], period))
    keys = ["model_used", "period_start"]
    own = rows.groupby(keys, observed=True)["at"].agg(n="size", centre="mean")
    table = _means(rows, keys).join(own).reset_index()
    table = table.astype({"model_used": "str"}).merge(_order(rows), on="model_used")
    table = table.sort_values(["place", "period_start"], ignore_index=True)
    table = table.rename(columns={"period_start": "at"}).assign(
        period=pd.Series(period, index=table.index, dtype="str")
    )
    return table[[*OVER_TIME_COLUMNS]].astype({"centre": "datetime64[ms, UTC]", "n": "int64", "students": "int64"})


def heaping(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """How often each model gave each half band: 19 rows per model from 0 to 9, models in order of first use.

    Columns `HEAPING_COLUMNS`: `model_used` (str), `band` (float64), `n` (int64, attempts at that overall band), `of`
    (int64, attempts the model graded) and `share` (float64, n / of). A grader that avoids the halves has its shares
    heaped on the whole bands.
    """
    rows = _rows(evaluations, skill)
    counts = rows.groupby(["model_used", "band"], observed=True).size().rename("n").reset_index()
    table = _order(rows).merge(pd.DataFrame({"band": BAND_VALUES}), how="cross")
    table = table.merge(counts.astype({"model_used": "str"}), how="left", on=["model_used", "band"])
    table["n"] = table["n"].fillna(0).astype("int64")
    table["share"] = table["n"] / table["of"]
    return table[[*HEAPING_COLUMNS]].astype({"model_used": "str"})


@memoized
def model_changes(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """How differently each model graded the same students than the model before it, in order of time.

    "Before" goes by first use, task by task (Task 1, Part 2, …), for a model's name may tell the task. Columns
    `CHANGE_COLUMNS`: `from` and `to` (str, as stored), `at` (UTC, the first attempt under `to`), `difference` with `low`
    and `high` (float64, bands; below 0: `to` grades lower), `students` (int64, those who had both), `days_apart`
    (float64, median days between the two attempts), `learning` (float64, bands, already taken off the difference) and `in_words` (str, a sentence that holds the models' names as stored: escape it).

    By hand: of each student, in each task graded by both models, take the two attempts nearest in time, one under each
    model, at most `MOST_DAYS_APART` days apart; band under `to` minus band under `from`, averaged over the student's
    tasks; mean over the students; less `learning`. So who the students are and which task they sat cancel out.
    `learning` is what time remains: the rise per day between neighbouring attempts graded by one and the same of the
    two models, summed over all students at those tasks, times the mean days from the attempt under `from` to that under
    `to`. What changed on the very day of the change beside the model (prompts, tasks) can't be told from it. The
    interval leaves each student out once, of the difference and of the learning. Nothing is claimed below
    `FEWEST_STUDENTS` students (interval NaN), nor where no model graded a student twice (difference NaN too).
    """
    rows = dated(_rows(evaluations, skill))
    rows = rows[rows["model_used"] != NOT_TOLD]
    common = (
        rows.groupby("model_used", observed=True).size().sort_values(ascending=False, kind="stable").index[:MOST_MODELS]
    )
    rows = rows[rows["model_used"].isin(common)]
    found = []
    for (before, after), tasks in _successions(rows).items():
        both = rows[rows["task"].isin(tasks) & rows["model_used"].isin([before, after])]
        at = both.loc[both["model_used"] == after, "at"].min()
        compared = _compared(both, after)
        found.append((before, after, at, *compared, _in_words(before, after, *compared[:4])))
    table = pd.DataFrame(found, columns=[*CHANGE_COLUMNS]).astype(
        {"from": "str", "to": "str", "students": "int64", "in_words": "str"}
        | dict.fromkeys(("difference", "low", "high", "days_apart", "learning"), "float64")
    )
    table["at"] = pd.to_datetime(table["at"], utc=True).astype("datetime64[ms, UTC]")
    return table.sort_values(["at", "from", "to"], ignore_index=True)


def changes_for_student(attempts: pd.DataFrame) -> list[ModelChange]:
    """Where the model changes along one student's attempts, in order of time, to be marked on their charts.

    `attempts`: graded attempts of one student, of one skill or both. An attempt is compared with the one before it at
    the same task, for a model's name may tell the task. Where the other tasks of the skill follow to a model that was
    marked last, that is no further change. Attempts without a time or a model are passed over.
    """
    rows = dated(attempts)
    rows = pd.DataFrame(
        {
            "skill": rows["evaluation_type"].astype("str"),
            "task": _task(rows).astype("str").fillna(""),
            "at": rows["at"],
            "evaluation_id": rows["evaluation_id"],
            "model": rows["model_used"].astype("str"),
        }
    ).dropna(subset=["model"])
    rows = rows.sort_values(["at", "evaluation_id"])
    changes = []
    last: dict[tuple[str, str], str] = {}
    marked: dict[str, str] = {}
    for skill, task, at, model in zip(rows["skill"], rows["task"], rows["at"], rows["model"], strict=True):
        before = last.get((skill, task), model)
        last[skill, task] = model
        if model not in {before, marked.get(skill)}:
            changes.append(ModelChange(pd.Timestamp(at), before, model))
            marked[skill] = model
    return changes


def _rows(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The attempts compared: `model_used` and `task` (category, by name), `student` (int), `at`, `band` (float64).

    In an order that does not depend on that of the evaluations.
    """
    attempts = graded(evaluations, Skill(skill))
    attempts = attempts[is_valid_band(attempts["overall_band"]) & ~attempts["user_id"].isin(UNKNOWN_USERS)]
    rows = pd.DataFrame(
        {
            "model_used": _by_name(attempts["model_used"], NOT_TOLD),
            "student": pd.factorize(attempts["user_id"], sort=True)[0],
            "task": _by_name(_task(attempts), ""),
            "at": attempts["at"],
            "band": attempts["overall_band"].astype("float64"),
        }
    )
    keys = (
        rows["model_used"].cat.codes,
        rows["band"],
        rows["at"].dt.tz_convert(None),
        rows["task"].cat.codes,
        rows["student"],
    )
    return rows.iloc[np.lexsort([key.to_numpy() for key in keys])].reset_index(drop=True)


def _by_name(values: pd.Series, missing: str) -> pd.Series:
    """The texts as categories in the order of the alphabet."""
    texts = values.astype("category")
    if texts.hasnans:
        known = missing in texts.cat.categories
        texts = (texts if known else texts.cat.add_categories(missing)).fillna(missing)
    used = texts.cat.remove_unused_categories()
    named: pd.Series = used.cat.set_categories(sorted(used.cat.categories.astype(str)))
    return named


def _task(attempts: pd.DataFrame) -> pd.Series:
    """What was set, `TASK_2` or `PART_1`: an attempt holds one of the two. Category or text."""
    columns = [attempts[column] for column in ("task_type", "part")]
    holding = [column for column in columns if column.notna().any()]
    if len(holding) == 1:
        return holding[0]
    joined: pd.Series = columns[0].astype("str").fillna("") + "\n" + columns[1].astype("str").fillna("")
    return joined


def _in_order_of_use(table: pd.DataFrame) -> pd.DataFrame:
    """The rows by `first`, attempts without a model last; `model_used` as text."""
    table = table.astype({"model_used": "str"})
    told = table["model_used"].eq(NOT_TOLD)
    return table.assign(told=told).sort_values(["told", "first", "model_used"], na_position="last", ignore_index=True)


def _order(rows: pd.DataFrame) -> pd.DataFrame:
    """The models in order of first use with their attempts: `model_used` (str), `of` (int64), `place` (int64)."""
    used = rows.groupby("model_used", observed=True).agg(of=("band", "size"), first=("at", "min")).reset_index()
    used = _in_order_of_use(used)
    return used.assign(place=used.index)[["model_used", "of", "place"]].astype({"of": "int64"})


def _means(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per group: how many students, the mean of their means, and its interval."""
    of_students = rows.groupby([*keys, "student"], observed=True)["band"].mean().reset_index()
    table = of_students.groupby(keys, observed=True).agg(
        students=("band", "size"), mean=("band", "mean"), between=("band", "std")
    )
    error = np.maximum(table["between"], _ROUNDING_SD) / np.sqrt(table["students"])
    half = error * _t(table["students"].to_numpy() - 1)
    half = half.where(table["students"] >= MIN_STUDENTS_PER_MODEL)
    table["low"] = (table["mean"] - half).clip(LOWEST_BAND, HIGHEST_BAND)
    table["high"] = (table["mean"] + half).clip(LOWEST_BAND, HIGHEST_BAND)
    return table.drop(columns="between")


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Per model the interval of the standard deviation: each student left out once, on the logarithm's scale."""
    squared = rows.assign(squared=rows["band"] ** 2)
    own = squared.groupby(["model_used", "student"], observed=True).agg(
        n=("band", "size"), sum=("band", "sum"), sq=("squared", "sum")
    )
    left = own.groupby(level="model_used", observed=True).transform("sum") - own
    variance = (left["sq"] - left["sum"] ** 2 / left["n"]) / (left["n"] - 1)
    logarithm = variance.where((left["n"] > 1) & (variance > 0)).map(np.log) / 2
    by_model = logarithm.groupby(level="model_used", observed=True)
    students = by_model.size()
    told = by_model.count().eq(students) & students.ge(MIN_STUDENTS_PER_MODEL)
    error = by_model.std(ddof=0) * (students - 1) ** 0.5
    factor = (error * _t(students.to_numpy() - 1)).where(told).map(np.exp)
    sd = rows.groupby("model_used", observed=True)["band"].std()
    return pd.DataFrame({"sd_low": sd / factor, "sd_high": sd * factor})


def _period(at: pd.Series) -> str:
    weeks = (at.max() - at.min()) / pd.Timedelta(weeks=1) if len(at) else 0.0
    if weeks <= MOST_WEEKS:
        return "week"
    return "month" if weeks <= MOST_MONTHS * 52 / 12 else "year"


def _starts(at: pd.Series, period: str) -> pd.Series:
    naive = at.dt.tz_convert("UTC").dt.tz_localize(None)
    # periods of pandas begin their weeks on Monday
    start = naive.dt.to_period({"week": "W-SUN", "month": "M", "year": "Y"}[period]).dt.start_time
    starts: pd.Series = start.astype("datetime64[ms]").dt.tz_localize("UTC")
    return starts


def _successions(rows: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Which model followed which by first use, and at which tasks."""
    used = rows.groupby(["task", "model_used"], observed=True).agg(n=("at", "size"), first=("at", "min"))
    used = used.reset_index().astype({"task": "str", "model_used": "str"})
    used = used[used["n"] >= MIN_ATTEMPTS_PER_MODEL].sort_values(["task", "first", "model_used"])
    used["before"] = used.groupby("task")["model_used"].shift()
    found: dict[tuple[str, str], list[str]] = {}
    for row in used.dropna(subset=["before"]).itertuples():
        found.setdefault((str(row.before), str(row.model_used)), []).append(str(row.task))
    return found


def _compared(both: pd.DataFrame, after: str) -> tuple[float, float, float, int, float, float]:
    """Difference, its interval, students, median days apart and learning taken off, from attempts under two models.

    In a student's attempts at a task put in order of time, the nearest two under different models stand side by side.
    """
    keys = ["student", "task"]
    both = both.assign(is_after=both["model_used"].eq(after), task=both["task"].cat.codes)
    before = both.groupby(keys)[["at", "band", "is_after"]].shift()
    is_after, was_after = both["is_after"], before["is_after"]
    # a step is signed towards the model after, also where a student went back to the one before
    sign = np.where(is_after, 1.0, -1.0)
    steps = both[keys].assign(
        crosses=is_after.ne(was_after),
        days=(both["at"] - before["at"]).dt.total_seconds() / 86_400,
        rise=both["band"] - before["band"],
        sign=sign,
    )[before["band"].notna()]
    near = steps[steps["crosses"] & (steps["days"] <= MOST_DAYS_APART)]
    pairs = near.loc[near.groupby(keys)["days"].idxmin()]
    pairs = pairs.assign(rise=pairs["rise"] * pairs["sign"], ahead=pairs["days"] * pairs["sign"])
    of_student = pairs.groupby("student")[["rise", "ahead", "days"]].mean()
    students = len(of_student)
    if not students:
        return np.nan, np.nan, np.nan, 0, np.nan, np.nan
    same = steps[~steps["crosses"]].groupby("student")[["rise", "days"]].sum()
    sums = of_student.assign(compared=1.0)[["compared", "rise", "ahead"]]
    sums = sums.join(same.rename(columns={"rise": "learnt", "days": "over"}), how="outer").fillna(0.0)
    difference = float(_difference(sums.sum().to_frame().T).iloc[0])
    half = np.nan
    if students >= MIN_STUDENTS_PER_MODEL:
        jackknifed = _difference(sums.sum() - sums)
        error = np.sqrt((len(sums) - 1) * jackknifed.var(ddof=0, skipna=False))
        least = _ROUNDING_SD * np.sqrt(2 / students)
        half = float(np.maximum(error, least) * _t(np.array([students - 1]))[0])
    learning = float(of_student["rise"].mean()) - difference
    return difference, difference - half, difference + half, students, float(pairs["days"].median()), learning


def _difference(sums: pd.DataFrame) -> pd.Series:
    """Mean rise from model to model less what is learnt in those days, of sums over students; NaN where can't be told."""
    a_day = sums["learnt"] / sums["over"].where(sums["over"] > 0)
    rise: pd.Series = (sums["rise"] - a_day * sums["ahead"]) / sums["compared"]
    return rise


def _in_words(before: str, after: str, difference: float, low: float, high: float, students: int) -> str:
    if students < MIN_STUDENTS_PER_MODEL:
        had = {0: "No student had", 1: "Only 1 student had"}.get(students, f"Only {students} students had")
        return (
            f"{had} both {before} and {after} at the same task within {MOST_DAYS_APART} days: "
            "too few to tell how differently the two grade."
        )
    if np.isnan(low):
        return (
            f"{students:,} students had both {before} and {after}, but none had one of them twice: what was learnt "
            "between can’t be told from a difference between the two."
        )
    interval = f"{_signed(low)} to {_signed(high)}"
    if low <= 0 <= high:
        return (
            f"No difference can be told between {before} and {after}: for the {students:,} students who had both it "
            f"lies between {interval.replace(' to ', ' and ')} (95 % interval)."
        )
    direction, move = ("lower", "fall") if difference < 0 else ("higher", "rise")
    return (
        f"{after} graded about {abs(difference):.2f} {direction} than {before} for the {students:,} students who had "
        f"both (95 % interval {interval}); a {move} of that size at that date is not a {move} in the student."
    )


def _signed(bands: float) -> str:
    text = f"{bands:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def _t(freedom: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float64]:
    """The two-sided quantile of Student's t at `CONFIDENCE`; NaN below one degree of freedom.

    Closed forms for one and two degrees, else the expansion about the normal's quantile: Abramowitz and Stegun,
    Handbook of Mathematical Functions (1964), 26.7.5; off by less than 0.004 from three degrees on.
    """
    share = (1 + CONFIDENCE) / 2
    z = NormalDist().inv_cdf(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    degrees = np.where(freedom >= 1, freedom, np.nan).astype("float64")
    expanded = z + sum(term / degrees**power for power, term in enumerate(terms, start=1))
    two = (2 * share - 1) / np.sqrt(2 * share * (1 - share))
    return np.asarray(np.select([degrees == 1, degrees == 2], [np.tan(np.pi * (share - 0.5)), two], expanded))

"""Attempts as points for `bandup.analysis.trend_fit`: one per student and day, and what may shift them.

The attempts of one day share the day's form, mood and task, so they count once: their mean. Days are those of UTC.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from bandup.analysis.attempts import dated, task_or_part
from bandup.analysis.measurement_error import Floats
from bandup.analysis.trend_fit import Integers, Points

MIN_DAYS = 3
"""Days that a line needs: two points always lie on a line."""
MIN_ATTEMPTS = 5
"""A model or a task with fewer attempts was a trial and shifts nothing."""
MAX_MODELS = 12
"""Shifts are looked for among the models with the most attempts, this many at most."""
_MILLISECONDS_A_DAY = 86_400_000


class Shift(NamedTuple):
    """A model, or a task, that may add to every band or take from it. The most frequent of each adds nothing."""

    attribute: Literal["model", "task"]
    name: str


def frequent_models(attempts: pd.DataFrame) -> tuple[str, ...]:
    """The models that graded these attempts often enough, the most frequent first."""
    return _frequent(attempts["model_used"])[:MAX_MODELS]


def possible_shifts(attempts: pd.DataFrame) -> tuple[Shift, ...]:
    """The frequent models and tasks of graded attempts, without the most frequent of each."""
    models, tasks = frequent_models(attempts), _frequent(task_or_part(attempts))[:MAX_MODELS]
    return (*(Shift("model", name) for name in models[1:]), *(Shift("task", name) for name in tasks[1:]))


class Days(NamedTuple):
    """The days on which students practised, student by student and in order of time."""

    rows: pd.DataFrame
    """The attempts of known time, in the order of `day`."""
    day: Integers
    """The place of each attempt's day."""
    student: Integers
    """Of each day: a place in `user_ids`."""
    user_ids: pd.Index


def days_of(attempts: pd.DataFrame) -> Days:
    """The days of graded attempts, as returned by `bandup.analysis.attempts.graded_attempts`, of one student or more."""
    rows = dated(attempts)
    codes, user_ids = pd.factorize(rows["user_id"], sort=True)
    milliseconds = _milliseconds(rows)
    order = np.lexsort((milliseconds, codes))
    day, codes = milliseconds[order] // _MILLISECONDS_A_DAY, codes[order]
    is_new = np.r_[True, (day[1:] != day[:-1]) | (codes[1:] != codes[:-1])][: len(order)]
    return Days(rows.iloc[order], np.cumsum(is_new) - 1, codes[is_new], pd.Index(user_ids))


def daily_points(days: Days, column: str, shifts: Sequence[Shift] = ()) -> tuple[pd.Index, Points]:
    """The points of a column of bands, and the user ids of their students: those with three days or more of bands."""
    bands = days.rows[column].to_numpy(dtype="float64", na_value=np.nan)
    has_band = ~np.isnan(bands)
    day, number = days.day[has_band], len(days.student)
    attempts = np.bincount(day, minlength=number)
    student = days.student[attempts > 0]
    is_long = np.bincount(student, minlength=len(days.user_ids)) >= MIN_DAYS
    chosen = (attempts > 0) & is_long[days.student]

    def means(values: Floats) -> Floats:
        sums: Floats = np.bincount(day, values[has_band], number).astype("float64", copy=False)
        return sums[chosen] / attempts[chosen]

    sizes = np.bincount(days.student[chosen], minlength=len(days.user_ids))[is_long]
    shares = [means(_is_shifted(days.rows, shift)) for shift in shifts]
    points = Points(
        starts=np.cumsum(sizes) - sizes,
        seconds=means(_milliseconds(days.rows) / 1000.0),
        bands=means(bands),
        shares=np.stack(shares, axis=1) if shares else np.zeros((int(chosen.sum()), 0)),
    )
    return days.user_ids[is_long], points


def _frequent(values: pd.Series) -> tuple[str, ...]:
    numbers = {str(name): int(number) for name, number in values.value_counts().items() if number >= MIN_ATTEMPTS}
    return tuple(sorted(numbers, key=lambda name: (-numbers[name], name)))


def _is_shifted(rows: pd.DataFrame, shift: Shift) -> Floats:
    values = rows["model_used"] if shift.attribute == "model" else task_or_part(rows)
    return values.eq(shift.name).fillna(value=False).to_numpy().astype("float64")


def _milliseconds(rows: pd.DataFrame) -> Integers:
    milliseconds: Integers = rows["at"].dt.tz_convert(None).to_numpy().astype("datetime64[ms]").astype("int64")
    return milliseconds

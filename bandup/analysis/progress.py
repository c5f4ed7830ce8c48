"""A student's progress in a skill: the trend of the overall band, how sure a change is, and its likely size.

A line goes through one point per day. Its rise is tested against the noise that the class shows (`class_estimates`), with
and without the shifts of models and tasks. docs/trends.md explains each rule and its source; `benchmarks/progress.py`
measures how often a claim is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, graded_attempts, latest_overall_means
from bandup.analysis.bands import Skill
from bandup.analysis.certainty import CLAIMED, SIGNIFICANCE_LEVEL, Certainty, certainty_of, limits
from bandup.analysis.class_estimates import ClassEstimates, span_in_days
from bandup.analysis.daily_points import MIN_DAYS, daily_points, days_of
from bandup.analysis.grader_drift import model_changes_of_student
from bandup.analysis.measurement_error import Floats, critical_value
from bandup.analysis.population import pooled
from bandup.analysis.students import of_students
from bandup.analysis.trend_fit import Changes, Integers, Points, fit_changes
from bandup.analysis.weakest_criterion import Weakest, weakest_by_student, weakest_criterion
from bandup.formatting import counted, fixed, joined, rounded, signed, up_or_down
from bandup.memo import memoized

NORMAL_95 = critical_value(SIGNIFICANCE_LEVEL)

NOISE_BAND_SDS = NORMAL_95
"""Half the width of the noise band, in standard deviations: 19 of 20 days lie in it without any change of level."""

MIN_SHIFT_SAID = 0.25
"""Bands. A smaller part of a rise that a new model or another task explains is not mentioned."""

MOST_ERRORS = 1.28
"""Standard errors above the line up to which a rise is possible: nine in ten are not larger."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through a student's days of practice at a skill, from the first to the last; all in bands."""

    skill: Skill
    n: int
    """Attempts with a time and a band."""
    days: int
    """Days with such attempts: the points of the line."""
    first: pd.Timestamp
    last: pd.Timestamp
    level: float
    """The mean of the points…"""
    centre: float
    """…and its time, from 0 at the first point to 1 at the last."""
    rise: float
    """The change from the first point to the last along the straight line through the bands as they are."""
    model_shift: float
    """The part of the rise that changes of the grading model explain…"""
    task_shift: float
    """…and the part that other tasks explain."""
    change: float
    """The likely size of the student's own change: the rise without these parts, pooled with the class."""
    lower: float
    """Lower end of its 95 % interval; where no change is claimed, of what the student's own attempts allow."""
    upper: float
    """Upper end of the same."""
    certainty: Certainty
    is_claimed_with_shifts: bool
    """Whether the rise would be claimed if no shift were taken off."""
    noise: float
    """Standard deviation of one point about the line."""


@memoized
def fit_trend(attempts: pd.DataFrame, estimates: ClassEstimates) -> Trend | None:
    """The trend of one student's attempts at the skill of `estimates`; None with attempts on fewer than three days.

    `attempts`: rows as returned by `bandup.analysis.attempts.graded_attempts`, in any order; those without a time or a
    band are left out. `estimates`: of the class, or those published.
    """
    table = _trends(attempts.assign(user_id=""), estimates)
    if table.empty:
        return None
    (row,) = table.drop(columns="most").to_dict("records")
    values = {str(name): value for name, value in row.items()}
    zone = attempts["at"].dt.tz
    times = {name: values[name].tz_convert(zone) for name in ("first", "last")}
    return Trend(skill=estimates.skill, **values | times | {"certainty": Certainty(values["certainty"])})


def trends_of(
    graded: Mapping[Skill, pd.DataFrame], estimates: Mapping[Skill, ClassEstimates]
) -> dict[Skill, Trend | None]:
    """The trend of each skill of one student, as of `fit_trend`."""
    return {skill: fit_trend(attempts, estimates[skill]) for skill, attempts in graded.items()}


def trends_by_student(evaluations: pd.DataFrame, estimates: ClassEstimates) -> pd.DataFrame:
    """The trend and the weakest criterion of every student with a graded attempt at the skill, by user id.

    `evaluations`: everyone's, with their `state`. Columns: `user_id` (str), `n` (int64: attempts with a time and a
    band), `days` (int64), `change`, `lower`, `upper` (float64, bands; NaN without a trend), `most` (float64, bands: the
    largest rise that the student's own attempts allow nine times in ten), `certainty` (category of `Certainty`),
    `weakest` (str, a criterion's column, several with a space between them where they are equal, or missing) and
    `weakest_below` (float64, bands). The values are those of `fit_trend` and `weakest_criterion`.
    """
    attempts = of_students(graded_attempts(evaluations, estimates.skill))
    table = pd.DataFrame(index=pd.Index(np.sort(attempts["user_id"].unique()), dtype="str", name="user_id"))
    with_band = dated(attempts)
    with_band = with_band[with_band["overall_band"].notna()]
    trends = _trends(attempts, estimates)
    table = table.join(trends[["days", "change", "lower", "upper", "most", "certainty"]])
    table.insert(0, "n", with_band["user_id"].value_counts().reindex(table.index, fill_value=0).astype("int64"))
    table["days"] = table["days"].fillna(0).astype("int64")
    table["certainty"] = pd.Categorical(table["certainty"].fillna(Certainty.TOO_FEW), categories=[*Certainty])
    return table.join(weakest_by_student(attempts, estimates.skill)).reset_index()


def trend_line(trend: Trend) -> pd.DataFrame:
    """The line of a trend as its sentence says it, its noise band, and the interval of its slope.

    Two rows, at the first and the last point; columns `at`, `line`, `noise_lower`, `noise_upper`, `slope_lower`,
    `slope_upper` (float64, bands, not clipped). The slopes meet at the mean of the points.
    """
    from_centre = np.array([0.0, 1.0]) - trend.centre
    line = trend.level + trend.change * from_centre
    slopes = [trend.level + change * from_centre for change in (trend.lower, trend.upper)]
    half = NOISE_BAND_SDS * trend.noise
    return pd.DataFrame(
        {
            "at": [trend.first, trend.last],
            "line": line,
            "noise_lower": line - half,
            "noise_upper": line + half,
            "slope_lower": np.minimum(*slopes),
            "slope_upper": np.maximum(*slopes),
        }
    )


def describe_trend(trend: Trend | None, skill: Skill, attempts: pd.DataFrame) -> str:
    """What is known of a change, with its interval and the number of attempts; a second sentence on shifts.

    `attempts`: the skill's, as given to `fit_trend`.
    """
    name = skill.capitalize()
    rows = dated(attempts[attempts["overall_band"].notna()])
    if trend is None:
        if rows.empty:
            return f"{name}: no graded attempt with a known time yet."
        days = counted(rows["at"].dt.floor("D").nunique(), "day")
        return f"{name}: {counted(len(rows), 'graded attempt')} on {days}: a trend needs {MIN_DAYS} days."
    number, since = counted(trend.n, "graded attempt"), _since(trend.first, trend.last)
    interval = f"{signed(trend.lower)} to {signed(trend.upper)}"
    if trend.certainty in CLAIMED:
        change = up_or_down(trend.change)
        sentence = f"{name}: {trend.certainty} {change} bands ({interval}), from {number} {since}."
    else:
        sentence = f"{name}: no clear change in {number} {since}: anything from {interval} bands."
    return " ".join([sentence, *_describe_shifts(trend, attempts)])


def describe_noise(estimates: Mapping[Skill, ClassEstimates]) -> str:
    """One sentence on where the noise that trends are tested against comes from."""
    learnt = {skill: own.overall for skill, own in estimates.items() if own.overall.students}
    if not learnt:
        return "The noise assumed is the published one of IELTS examiners: the class was not read yet, or is too small."
    parts = [
        f"{skill} ±{fixed(np.sqrt(noise.variance), 2)} from {noise.students:,} students"
        for skill, noise in learnt.items()
    ]
    published = [skill for skill in estimates if skill not in learnt]
    rest = f"; {joined(published)}: the published one" if published else ""
    marked = [skill for skill, own in estimates.items() if own.is_noise_of_marks]
    marks = f" Second marks show more noise than the class in {joined(marked)}, so theirs is assumed." if marked else ""
    return f"Noise of one day’s band, as the class shows it: {joined(parts)}{rest}.{marks}"


def _describe_shifts(trend: Trend, attempts: pd.DataFrame) -> list[str]:
    """A sentence where shifts explain a good part of the rise, or decide whether it is claimed."""
    decides = trend.is_claimed_with_shifts != (trend.certainty in CLAIMED)
    shifts = {"model": trend.model_shift, "task": trend.task_shift}
    said = {
        name: shift for name, shift in shifts.items() if abs(shift) >= MIN_SHIFT_SAID or (decides and rounded(shift))
    }
    parts = [
        f"{signed(shift)} of this may be {_model_cause(attempts) if name == 'model' else 'a different mix of tasks'}"
        for name, shift in said.items()
    ]
    if not parts:
        return []
    return [f"The bands as stored went {up_or_down(trend.rise)}; {joined(parts)}, which is left out."]


def _model_cause(attempts: pd.DataFrame) -> str:
    changes = model_changes_of_student(attempts)
    if len(changes) != 1:
        return "changes of the grading model"
    return f"the new grading model since {changes[0].at.day} {changes[0].at:%B}"


@dataclass(frozen=True)
class SkillSummary:
    """One student's level in one skill; bands from 0 to 9, None where there is no attempt to take them from."""

    n: int
    """Graded attempts."""
    best: float | None
    """The best overall band of all of them."""
    n_dated: int = 0
    """Attempts of known time."""
    latest: float | None = None
    """The overall band of the newest attempt."""
    mean: float | None = None
    """The mean overall band of the latest attempts."""
    n_latest: int = 0
    """The number of these latest attempts, at most `LATEST_ATTEMPTS`."""
    weakest: Weakest | None = None
    """The criterion that stands out as the weakest over all attempts."""


@memoized
def summary_of_skill(attempts: pd.DataFrame, skill: Skill) -> SkillSummary:
    """The summary of one student's attempts at a skill, of which only those of known time can be the latest.

    `attempts`: as returned by `bandup.analysis.attempts.graded_attempts`.
    """
    with_time = dated(attempts)
    best = None if attempts.empty else float(attempts["overall_band"].max())
    weakest = weakest_criterion(attempts, skill)
    if with_time.empty:
        return SkillSummary(len(attempts), best, weakest=weakest)
    latest, mean = float(with_time["overall_band"].iloc[-1]), float(latest_overall_means(with_time).iloc[0])
    n_latest = min(len(with_time), LATEST_ATTEMPTS)
    return SkillSummary(len(attempts), best, len(with_time), latest, mean, n_latest, weakest)


def _trends(attempts: pd.DataFrame, estimates: ClassEstimates) -> pd.DataFrame:
    """The fields of `Trend` but `skill`, and `most`, for each student with points on three days or more, by user id."""
    days = days_of(attempts)
    user_ids, points = daily_points(days, "overall_band", estimates.shifts)
    users = pd.Index(user_ids, dtype="str", name="user_id")
    if users.empty:
        numbers = dict.fromkeys(("days", "change", "lower", "upper", "most"), pd.Series(index=users, dtype="float64"))
        return pd.DataFrame(numbers | {"certainty": pd.Series(index=users, dtype="str")})
    changes = fit_changes(points, estimates.overall)
    lines = changes.lines
    with_band = days.rows.loc[days.rows["overall_band"].notna(), "user_id"]
    fields = {
        "n": with_band.value_counts().reindex(user_ids).to_numpy(),
        "days": points.sizes,
        "first": _times(points, points.starts),
        "last": _times(points, points.starts + points.sizes - 1),
        "level": lines.level,
        "centre": lines.centre,
        "rise": lines.rise,
        "noise": np.sqrt(lines.variance),
    }
    for attribute in ("model", "task"):
        is_of = np.array([shift.attribute == attribute for shift in estimates.shifts], dtype=bool)
        fields[f"{attribute}_shift"] = changes.parts[:, is_of].sum(axis=1)
    return pd.DataFrame(fields | _claims(points, estimates, changes), index=users)


def _claims(points: Points, estimates: ClassEstimates, changes: Changes) -> dict[str, npt.NDArray[Any]]:
    """What is said of each change: `change`, `lower`, `upper`, `certainty`, `is_claimed_with_shifts`, `most`.

    Only what holds with and without shifts is claimed, in one direction, which is that of the pooled size too.
    """
    lines, own, own_error = changes.lines, changes.own, changes.own_error
    perhaps, likely = limits(lines.degrees)
    change, pooled_lower, pooled_upper = _sizes(points, estimates, own, own_error * perhaps)
    as_stored = np.abs(lines.rise) / lines.standard_error
    directions = np.sign([lines.rise, own, change])
    errors = np.where(np.ptp(directions, axis=0) == 0, np.minimum(as_stored, np.abs(own) / own_error), 0.0)
    # where nothing is claimed, the interval is what the attempts allow with and without shifts: it contains no change
    half, own_half = perhaps * lines.standard_error, perhaps * own_error
    ends = [change, lines.rise - half, lines.rise + half, own - own_half, own + own_half]
    is_claimed = errors > perhaps
    return {
        "change": change,
        "lower": np.where(is_claimed, pooled_lower, np.min(ends, axis=0)),
        "upper": np.where(is_claimed, pooled_upper, np.max(ends, axis=0)),
        "certainty": certainty_of(errors, perhaps, likely),
        "is_claimed_with_shifts": as_stored > perhaps,
        "most": own + MOST_ERRORS * own_error,
    }


def _sizes(points: Points, estimates: ClassEstimates, own: Floats, half: Floats) -> tuple[Floats, Floats, Floats]:
    """The likely size of each change and its 95 % interval: pooled with the class, whose population is in bands a day.

    `own`: without shifts; `half`: half of its own interval, which is used where no population is known.
    """
    if estimates.population is None:
        return own, own - half, own + half
    days = span_in_days(points)
    change, sd = pooled(own / days, half / (days * NORMAL_95), estimates.population)
    return change * days, (change - NORMAL_95 * sd) * days, (change + NORMAL_95 * sd) * days


def _times(points: Points, places: Integers) -> pd.DatetimeIndex:
    return pd.to_datetime(points.seconds[places], unit="s", utc=True).as_unit("ms")


def _since(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """`since August`, with the year if the last attempt is of another, with the day if all are of one month."""
    month = f"{first:%B}"
    if first.year != last.year:
        return f"since {month} {first.year}"
    return f"since {first.day} {month}" if first.month == last.month else f"since {month}"

"""A student's progress in a skill: a summary in numbers, the trend of the bands, and how sure a change is.

A robust line goes through the bands; its rise is tested against the published error of a band or the scatter of the
student's own bands, whichever is larger. docs/trends.md explains each rule and its source; the constants were chosen by
simulation (`benchmarks/progress.py`).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from bandup.analysis import trend_fit
from bandup.analysis.attempts import (
    LATEST_ATTEMPTS,
    dated,
    graded_attempts,
    in_order,
    latest_attempts,
    latest_overall_means,
)
from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.measurement_error import Floats, stored_band_sem
from bandup.analysis.students import of_students
from bandup.formatting import counted, up_or_down
from bandup.memo import memoized

SIGNIFICANCE_LEVEL = 0.05
"""The largest share of students without any change for whom a change may be claimed."""

MIN_ATTEMPTS_FOR_TREND = 3
"""Attempts that a trend needs: two always lie on a line."""

NOISE_BAND_SDS = 1.96
"""Half the width of the noise band, in standard deviations: 19 of 20 attempts lie in it without any change of level."""


TIE_TOLERANCE = 1e-6
"""Bands. Means that differ by less are equal: the difference comes from computing them."""


class Certainty(StrEnum):
    """How sure a change is."""

    LIKELY = "likely_more_than_noise"
    NO_CLEAR_CHANGE = "no_clear_change"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through a student's attempts at a skill, from the first to the last, all in bands."""

    skill: Skill
    column: str
    n: int
    """Attempts with a time and a band."""
    outliers: int
    """Attempts among them that are too far off for the line to include."""
    first: pd.Timestamp
    last: pd.Timestamp
    start: float
    """The line's level at the first attempt."""
    rise: float
    """The line's change from the first attempt to the last; negative where it falls."""
    standard_error: float
    """Of the rise."""
    critical: float
    """A rise of more than this many standard errors is likely more than noise."""
    noise: float
    """Standard deviation of one attempt about the line: `residual_sd` or the published SEM, whichever is larger."""
    residual_sd: float
    """Standard deviation of the student's attempts about the line."""

    @property
    def lower(self) -> float:
        """Lower end of the interval of the rise: 95 % for the overall band, wider for a criterion."""
        return self.rise - self.critical * self.standard_error

    @property
    def upper(self) -> float:
        """Upper end of the interval of the rise."""
        return self.rise + self.critical * self.standard_error

    @property
    def certainty(self) -> Certainty:
        """Likely more than noise exactly where the interval of the rise excludes zero."""
        return Certainty.LIKELY if self.lower > 0 or self.upper < 0 else Certainty.NO_CLEAR_CHANGE


@memoized
def fit_trend(attempts: pd.DataFrame, skill: Skill, column: str = "overall_band") -> Trend | None:
    """The trend of one student's attempts at a skill, in one column of bands.

    `attempts`: rows as returned by `bandup.analysis.attempts.graded_attempts`, in any order; those without a time or a
    band are left out. None for fewer than three, and where all have the same time.
    """
    rows = dated(attempts[attempts[column].notna()]).sort_values(["at", column])
    if len(rows) < MIN_ATTEMPTS_FOR_TREND or rows["at"].iloc[0] == rows["at"].iloc[-1]:
        return None
    seconds, bands = _arrays(rows, column)
    sem = stored_band_sem(skill)
    fitted = trend_fit.fit_lines(seconds[None, :], bands[None, :], sem, *_strictness(skill, column))
    line, standard_error, critical = fitted
    return Trend(
        skill=Skill(skill),
        column=column,
        n=len(rows),
        outliers=int(line.outliers[0]),
        first=rows["at"].iloc[0],
        last=rows["at"].iloc[-1],
        start=float(line.start[0]),
        rise=float(line.rise[0]),
        standard_error=float(standard_error[0]),
        critical=float(critical[0]),
        noise=max(float(line.residual_sd[0]), sem),
        residual_sd=float(line.residual_sd[0]),
    )


def noise_band(trend: Trend) -> pd.DataFrame:
    """The trend's line and its noise band: 19 of 20 attempts lie in the band without any change of level.

    Two rows, at the first and the last attempt; columns `at`, `line`, `lower`, `upper` (float64, bands, not clipped).
    """
    line = np.array([trend.start, trend.start + trend.rise])
    half = NOISE_BAND_SDS * trend.noise
    return pd.DataFrame({"at": [trend.first, trend.last], "line": line, "lower": line - half, "upper": line + half})


def describe_trend(trend: Trend | None, skill: Skill, n: int) -> str:
    """One sentence, always with the number of attempts, and a second where there are outliers.

    `trend`: of the overall band. `n`: the skill's attempts with a time and a band, used where there is no trend. A rise
    is given only where it is likely.
    """
    name = skill.capitalize()
    if trend is None:
        if n == 0:
            return f"{name}: no graded attempt with a known time yet."
        reason = "too few for a trend" if n < MIN_ATTEMPTS_FOR_TREND else "all at the same time"
        return f"{name}: {counted(n, 'graded attempt')}: {reason}."
    number, since = counted(trend.n, "graded attempt"), _since(trend.first, trend.last)
    if trend.certainty is Certainty.LIKELY:
        sentence = f"{name}: {up_or_down(trend.rise)} bands {since}; with {number} this is likely more than noise."
    else:
        sentence = f"{name}: {number} {since}; no clear change yet."
    if trend.outliers:
        sentence += f" The line leaves out {counted(trend.outliers, 'graded attempt')} far from it."
    return sentence


def weakest_criteria(
    attempts: pd.DataFrame, skill: Skill, size: int = LATEST_ATTEMPTS
) -> tuple[tuple[str, ...], float] | None:
    """The criterion with the lowest mean over the latest attempts of known time, and that mean, in bands.

    `attempts`: one student's, as for `fit_trend`. Criteria with equal means are all returned, in the official order; None
    without any band.
    """
    means = latest_attempts(attempts, size)[[*CRITERIA[skill]]].astype("float64").mean()
    return (lowest_of(means), float(means.min())) if means.notna().any() else None


def lowest_of(means: pd.Series) -> tuple[str, ...]:
    """The labels of the lowest of these means, in order: several where they are equal."""
    return tuple(means.index[np.isclose(means, means.min(), rtol=0, atol=TIE_TOLERANCE)])


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
    weakest: tuple[str, ...] = ()
    """The criterion (its column) with the lowest mean over the latest attempts; several where their means are equal."""
    weakest_mean: float | None = None


@memoized
def summary_of_skill(attempts: pd.DataFrame, skill: Skill) -> SkillSummary:
    """The summary of one student's attempts at a skill, of which only those of known time can be the latest.

    `attempts`: as returned by `bandup.analysis.attempts.graded_attempts`.
    """
    with_time = dated(attempts)
    best = None if attempts.empty else float(attempts["overall_band"].max())
    if with_time.empty:
        return SkillSummary(len(attempts), best)
    latest, mean = float(with_time["overall_band"].iloc[-1]), float(latest_overall_means(with_time).iloc[0])
    n_latest = min(len(with_time), LATEST_ATTEMPTS)
    weakest = weakest_criteria(attempts, skill) or ((), None)
    return SkillSummary(len(attempts), best, len(with_time), latest, mean, n_latest, *weakest)


def trends_by_student(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The trend of the overall band and the weakest criterion of every student with a graded attempt, by user id.

    `evaluations`: everyone's, with their `state`. Columns: `user_id` (str), `n` (int64: attempts with a time and a
    band), `rise` (float64, bands; NaN without a trend), `certainty` (category of `Certainty`), `weakest` (str, a
    criterion's column, several with a space between them where their means are equal, or missing) and `weakest_mean`
    (float64). The values are those of `fit_trend` and `weakest_criteria`, computed for all students at once.
    """
    attempts = of_students(graded_attempts(evaluations, skill))
    table = pd.DataFrame(index=pd.Index(np.sort(attempts["user_id"].unique()), dtype="str", name="user_id"))
    rows = in_order(dated(attempts))
    table = table.join(_all_trends(rows[rows["overall_band"].notna()], skill))
    table["n"] = table["n"].fillna(0).astype("int64")
    table["certainty"] = pd.Categorical(table["certainty"].fillna(Certainty.TOO_FEW), categories=[*Certainty])
    latest = rows.groupby("user_id").tail(LATEST_ATTEMPTS)
    means = latest[[*CRITERIA[skill]]].astype("float64").groupby(latest["user_id"]).mean().dropna(how="all")
    lowest = means.min(axis=1)
    is_lowest = means.le(lowest + TIE_TOLERANCE, axis=0).to_numpy()
    names = pd.Series("", index=means.index, dtype="str")
    for number, column in enumerate(means.columns):
        names = names.where(~is_lowest[:, number], names + f" {column}")
    return table.join(pd.DataFrame({"weakest": names.str.lstrip(), "weakest_mean": lowest})).reset_index()


def _all_trends(rows: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """`n`, `rise` and `certainty` (str) of each student with attempts of known time and band, by user id."""
    rows = rows.sort_values(["user_id", "at", "overall_band"])
    users = rows["user_id"].to_numpy()
    seconds, bands = _arrays(rows, "overall_band")
    starts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]]) if len(users) else np.array([], dtype=int)
    sizes = np.diff(np.r_[starts, len(users)])
    has_span = seconds[starts + sizes - 1] > seconds[starts]
    rise, is_likely = np.full(len(starts), np.nan), np.zeros(len(starts), dtype=bool)
    sem, strictness = stored_band_sem(skill), _strictness(skill, "overall_band")
    for size in np.unique(sizes[sizes >= MIN_ATTEMPTS_FOR_TREND]):
        for students in trend_fit.batches(np.flatnonzero((sizes == size) & has_span), size):
            cells = starts[students][:, None] + np.arange(size)
            lines, standard_error, critical = trend_fit.fit_lines(seconds[cells], bands[cells], sem, *strictness)
            rise[students] = lines.rise
            is_likely[students] = np.abs(lines.rise) > critical * standard_error
    states = [Certainty.LIKELY, Certainty.NO_CLEAR_CHANGE]
    certainty = np.select([is_likely, ~np.isnan(rise)], states, Certainty.TOO_FEW)
    return pd.DataFrame({"n": sizes, "rise": rise, "certainty": certainty.astype(str)}, index=users[starts])


def _strictness(skill: Skill, column: str) -> tuple[float, float]:
    """The level of a column's test, and the excess of its residual variance that is ascribed to chance."""
    if column in CRITERIA[skill]:
        return SIGNIFICANCE_LEVEL / len(CRITERIA[skill]), 0.0
    return SIGNIFICANCE_LEVEL, trend_fit.CHANCE_EXCESS


def _arrays(rows: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    """Times in seconds, to the millisecond, and bands."""
    milliseconds = rows["at"].dt.tz_convert(None).to_numpy().astype("datetime64[ms]").astype("int64")
    return milliseconds / 1000.0, rows[column].to_numpy(dtype="float64")


def _since(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """`since August`, with the year if the last attempt is of another, with the day if all are of one month."""
    month = f"{first:%B}"
    if first.year != last.year:
        return f"since {month} {first.year}"
    return f"since {first.day} {month}" if first.month == last.month else f"since {month}"

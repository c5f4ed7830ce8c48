"""Whether a student's bands changed, and how sure that is.

**The line.** A first line that single odd attempts hardly move (Siegel's repeated medians) finds the outliers: attempts
further from it than 3.5 times the published SEM, at most a quarter of them. Least squares goes through the other
attempts, outliers are looked for once more about that line, and the line is fitted again. Among fewer than eight attempts
no outlier can be identified: least squares through all.

**Its noise** is the published SEM (`bandup.analysis.measurement_error`) or the residual standard deviation about the line,
whichever is larger. The latter is itself an estimate: with eight attempts it comes out above the truth four times in ten,
and to believe it each time would miss a quarter of the real rises. So there are three cases:

- From eight attempts on, published error alone produces a residual variance of up to 1 + 6.5/(n − 1) times its own by
  chance. Within that the rise is tested against the published SEM (normal distribution).
- Beyond that, the student or the grader is noisier than published. Then no attempt counts as an outlier, the line goes
  through all, and the rise is tested against residual variance and published variance together (Student's t with n − 2
  degrees of freedom).
- Fewer than eight attempts say little about their scatter. The rise must pass two tests: against the published SEM
  (normal) and against the residual standard deviation alone (Student's t).

Every test of the overall band is two-sided at 5 %. A criterion's trend is tested more strictly, in two ways. The four are
shown side by side, so each is tested at 5 % divided by four: a change in *any* criterion is claimed for at most 5 % of the
students without any change. And no error is published for one criterion, which is surely noisier than the mean of four:
none of its residual variance is ascribed to chance (0 in place of 6.5). The 5 % holds separately for one skill's sentence,
for one skill's four criteria together, and for one skill's comparison of blocks (`bandup.analysis.blocks`): writing and
speaking are different tests, and a student who practises both gets a statement about each.

The numbers 3.5, 6.5, eight and 1.8 (constants of `bandup.analysis.trend_fit`) were chosen by simulation;
`benchmarks/progress.py` and the tests check what follows. Of students without change, n spread evenly from 3 to 40, a
change is claimed for at most 5 %, with outliers or without, at noise from half to three times the published. A rise of one
band over 8, 12 or 20 attempts at the published noise is seen at least 0.9 times as often as by a test that knows the
noise; outliers lower that where attempts are few. No test can see that much *and* hold 5 % for 8 attempts taken by
themselves at every noise above the published (benchmarks/README.md): the 5 % is for all students together, and students
with 8 to 11 attempts exceed it.

Sources: Siegel, Robust regression using repeated medians, Biometrika 69 (1982); for the published error see
`bandup.analysis.measurement_error`.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from bandup.analysis import trend_fit
from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, graded_attempts, in_order, latest_attempts
from bandup.analysis.bands import BAND_STEP, CRITERIA, Skill
from bandup.analysis.measurement_error import stored_band_sem
from bandup.analysis.trend_fit import Floats
from bandup.formatting import counted
from bandup.memo import memoized

SIGNIFICANCE_LEVEL = 0.05
"""The largest share of students without any change for whom a change may be claimed."""

MIN_ATTEMPTS_FOR_TREND = 3
"""Attempts that a trend needs: two always lie on a line."""

NOISE_BAND_SDS = 1.96
"""Half the width of the noise band, in standard deviations: 19 of 20 attempts lie in it without any change of level."""


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
        """Lower end of the interval of the rise: 95 % for the overall band, wider for a criterion (see the module)."""
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
    line = trend_fit.fit_lines(seconds[None, :], bands[None, :], sem, *_strictness(skill, column))
    return Trend(
        skill=Skill(skill),
        column=column,
        n=len(rows),
        outliers=int(line.outliers[0]),
        first=rows["at"].iloc[0],
        last=rows["at"].iloc[-1],
        start=float(line.start[0]),
        rise=float(line.rise[0]),
        standard_error=float(line.standard_error[0]),
        critical=float(line.critical[0]),
        noise=max(float(line.residual_sd[0]), sem),
        residual_sd=float(line.residual_sd[0]),
    )


def noise_band(trend: Trend) -> pd.DataFrame:
    """The trend's line and its noise band: 19 of 20 attempts lie in the band without any change of level.

    Two rows, at the first and the last attempt; columns `at` (in the time zone of the attempts), `line`, `lower`, `upper`
    (float64, bands; not cut to the scale).
    """
    line = np.array([trend.start, trend.start + trend.rise])
    half = NOISE_BAND_SDS * trend.noise
    return pd.DataFrame({"at": [trend.first, trend.last], "line": line, "lower": line - half, "upper": line + half})


def describe_trend(trend: Trend | None, skill: Skill, n: int) -> str:
    """One sentence, always with the number of attempts, and a second where there are outliers.

    `trend`: of the overall band. `n`: the skill's attempts with a time and a band, used where there is no trend. A rise
    is given only where it is likely, to the nearest half band, or below a quarter to the nearest tenth.
    """
    name = skill.capitalize()
    if trend is None:
        if n == 0:
            return f"{name}: no attempt with a known time yet."
        reason = "too few for a trend" if n < MIN_ATTEMPTS_FOR_TREND else "all at the same time"
        return f"{name}: {counted(n, 'attempt')}: {reason}."
    number, since = counted(trend.n, "attempt"), _since(trend.first, trend.last)
    if trend.certainty is Certainty.LIKELY:
        direction = "up" if trend.rise > 0 else "down"
        change = f"{direction} about {_rounded_rise(trend.rise)} {since}"
        sentence = f"{name}: {change}; with {number} this is likely more than noise."
    else:
        sentence = f"{name}: {number} {since}; no clear change yet."
    if trend.outliers:
        sentence += f" The line leaves out {counted(trend.outliers, 'attempt')} far from it."
    return sentence


def weakest_criterion(attempts: pd.DataFrame, skill: Skill, size: int = LATEST_ATTEMPTS) -> tuple[str, float] | None:
    """The criterion with the lowest mean over the latest attempts of known time, and that mean, in bands.

    `attempts`: one student's, as for `fit_trend`. Of equal means the first in the official order; None without any band.
    """
    means = latest_attempts(attempts, size)[[*CRITERIA[skill]]].astype("float64").mean()
    if means.notna().any():
        return str(means.idxmin()), float(means.min())
    return None


def trends_by_student(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The trend of the overall band and the weakest criterion of every student with a graded attempt, by user id.

    `evaluations`: everyone's, with their `state`. Columns: `user_id` (str), `n` (int64: attempts with a time and a
    band), `rise` (float64, bands from first to last attempt; NaN without a trend), `certainty` (category of
    `Certainty`), `weakest` (str, a criterion's column, missing where there is none) and `weakest_mean` (float64, over
    the latest attempts). The same values as `fit_trend` and `weakest_criterion` give for each student, computed at once.
    """
    attempts = graded_attempts(evaluations, skill)
    table = pd.DataFrame(index=pd.Index(np.sort(attempts["user_id"].unique()), dtype="str", name="user_id"))
    rows = in_order(dated(attempts))
    trends = _all_trends(rows[rows["overall_band"].notna()], skill)
    table = table.join(trends)
    table["n"] = table["n"].fillna(0).astype("int64")
    table["certainty"] = pd.Categorical(table["certainty"].fillna(Certainty.TOO_FEW), categories=[*Certainty])
    latest = rows.groupby("user_id").tail(LATEST_ATTEMPTS)
    means = latest[[*CRITERIA[skill]]].astype("float64").groupby(latest["user_id"]).mean().dropna(how="all")
    table["weakest"] = means.idxmin(axis=1).astype("str").reindex(table.index)
    table["weakest_mean"] = means.min(axis=1).reindex(table.index)
    return table.reset_index()


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
            lines = trend_fit.fit_lines(seconds[cells], bands[cells], sem, *strictness)
            rise[students] = lines.rise
            is_likely[students] = np.abs(lines.rise) > lines.critical * lines.standard_error
    states = [Certainty.LIKELY, Certainty.NO_CLEAR_CHANGE]
    certainty = np.select([is_likely, ~np.isnan(rise)], states, Certainty.TOO_FEW)
    return pd.DataFrame({"n": sizes, "rise": rise, "certainty": certainty.astype(str)}, index=users[starts])


def _strictness(skill: Skill, column: str) -> tuple[float, float]:
    """The level of a column's test, and the excess of its residual variance that is ascribed to chance."""
    criteria = CRITERIA[skill]
    if column in criteria:
        return SIGNIFICANCE_LEVEL / len(criteria), 0.0
    return SIGNIFICANCE_LEVEL, trend_fit.CHANCE_EXCESS


def _arrays(rows: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    """Times in seconds, to the millisecond, and bands."""
    milliseconds = rows["at"].dt.tz_convert(None).to_numpy().astype("datetime64[ms]").astype("int64")
    return milliseconds / 1000.0, rows[column].to_numpy(dtype="float64")


def _rounded_rise(rise: float) -> str:
    size = abs(rise)
    if size < BAND_STEP / 2:
        return f"{max(size, 0.1):.1f} band"
    halves = int(size / BAND_STEP + 0.5) * BAND_STEP
    return f"{halves:g} band{'s' if halves > 1 else ''}"


def _since(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """`since August`, with the year if the last attempt is of another, with the day if all are of one month."""
    month = f"{first:%B}"
    if first.year != last.year:
        return f"since {month} {first.year}"
    return f"since {first.day} {month}" if first.month == last.month else f"since {month}"

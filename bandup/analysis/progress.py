"""Whether a student's bands changed, and how sure that is.

**The trend's line.** A line that minds single odd attempts little (Siegel's repeated medians) is drawn first; attempts
further than 3.5 times the published noise from it are set aside, a quarter of them at most, least squares goes through
the rest, and the same is done once more from that line. With fewer than eight attempts none can be told to be odd:
least squares through all.

**Its noise** is the published one (`bandup.analysis.measurement_error`) or the student's own scatter about the line, the larger. Own
scatter is itself an estimate: with eight attempts it comes out above the truth four times in ten, and were it believed
each time, a quarter of the real rises would be missed. So there are three cases:

- From eight attempts on, own variance at most 1 + 6.5/(n − 1) times the published one is what published noise alone
  produces by chance. The rise is tested against the published noise (normal).
- More than that: the student, or the grader, is noisier than published. Then nothing is odd enough to be set aside, the
  line goes through all attempts, and the rise is tested against own scatter and published noise added in squares
  (Student's t with n − 2 degrees of freedom).
- Fewer than eight attempts say little about their scatter: the rise must pass both, published noise (normal) and own
  scatter alone (Student's t).

Every test is two-sided at 5 %, for the overall band. A criterion's trend is tested more strictly, in two ways. The four
stand side by side, so each is tested at 5 % divided by four: of students without any change, 5 % at most are told of a
change in *any* criterion. And no error is published for one criterion, which is surely noisier than the mean of four: so
nothing of its own scatter is put down to chance, it counts as soon as it is the larger (0 in the place of 6.5).
The 5 % is of one skill's sentence, of one skill's four criteria together, and of one skill's table of blocks together:
writing and speaking are different tests, and a student who practises both is told of each.

The numbers 3.5, 6.5, eight and 1.8 (`COUNTED_AS`) were chosen by simulation and are held to it by
`benchmarks/progress.py`. Of students without change, n spread evenly from 3 to 40, at most 5 % are told of one, with
outliers or without, at noise from half to three times the published. A rise of one band over 8, 12 or 20 attempts at the
published noise is seen at least 0.9 times as often as by a test that knows the noise; outliers cost some of that where
attempts are few. No test can see so much *and* hold 5 % for 8 attempts taken by themselves at every noise above the
published (benchmarks/README.md): the 5 % is of all students together, and 8 to 11 attempts stand above it.

Sources: Siegel, Robust regression using repeated medians, Biometrika 69 (1982); the published error's are in
`bandup.analysis.measurement_error`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import dated, graded
from bandup.analysis.bands import BAND_COLUMNS, BAND_STEP, CRITERIA, Skill, criterion_name
from bandup.analysis.measurement_error import critical_value, published_noise
from bandup.memo import memoized

LEVEL = 0.05
"""Share of students without any change of whom a change may be claimed."""

MIN_ATTEMPTS_FOR_TREND = 3
"""A trend needs so many attempts: two always lie on a line."""

FEWEST_TO_SET_ASIDE = 8
"""From so many attempts on, one can be told to lie off the line."""

SET_ASIDE_BEYOND = 3.5
"""An attempt further from the line than so many times the published noise is set aside…"""

MOST_SET_ASIDE = 0.25
"""…but at most such a share of a student's attempts."""

COUNTED_AS = 1.8
"""An attempt that was set aside counts in the own scatter as if it lay so many times the published noise off the line."""

CHANCE_EXCESS = 6.5
"""Own variance up to 1 + 6.5/(n − 1) times the published one is put down to chance, for the overall band."""

NOISE_BAND = 1.96
"""The noise band reaches so many standard deviations either way: 19 of 20 attempts lie within it without any news."""

BLOCK_SIZE = 5

_ROUNDS = 2
_MOST_FOR_MEDIANS = 200
_MOST_SLOPES = 4_000_000

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_Floats = npt.NDArray[np.float64]


class Certainty(StrEnum):
    """How sure a change is."""

    LIKELY = "likely_more_than_noise"
    CANNOT_TELL = "cannot_be_told"
    TOO_FEW = "too_few"

    @property
    def sentence(self) -> str:
        """What it means, for a person."""
        return _SENTENCES[self]


_SENTENCES = {
    Certainty.LIKELY: "Likely more than noise: of students without any change, at most 5 in 100 get this mark.",
    Certainty.CANNOT_TELL: "Can't be told from noise yet.",
    Certainty.TOO_FEW: "Too few attempts at different times for a trend.",
}


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through a student's attempts at a skill, from the first to the last, all in bands."""

    skill: Skill
    column: str
    n: int
    """Attempts with a time and a band."""
    set_aside: int
    """How many of them lie so far off that the line leaves them out."""
    first: pd.Timestamp
    last: pd.Timestamp
    start: float
    """The line's level at the first attempt."""
    rise: float
    """What the line rises by from the first attempt to the last; negative where it falls."""
    standard_error: float
    """Of the rise."""
    critical: float
    """A rise of more than so many standard errors is likely more than noise."""
    noise: float
    """Standard deviation of one attempt about the line: own scatter or published noise, the larger."""
    own_scatter: float
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
        """Likely more than noise exactly where the interval of the rise leaves out zero."""
        return Certainty.LIKELY if self.lower > 0 or self.upper < 0 else Certainty.CANNOT_TELL


@memoized
def trend(attempts: pd.DataFrame, skill: Skill, column: str = "overall_band") -> Trend | None:
    """The trend of one student's attempts at a skill, in one column of bands.

    `attempts`: rows of `bandup.analysis.attempts.graded`, in any order; those without a time or a band are left out. None for
    fewer than three, and where all are of one time.
    """
    rows = _measured(attempts, column)
    if len(rows) < MIN_ATTEMPTS_FOR_TREND or rows["at"].iloc[0] == rows["at"].iloc[-1]:
        return None
    seconds, bands = _arrays(rows, column)
    lines = _trends(seconds[None, :], bands[None, :], published_noise(skill), *_strictness(skill, column))
    return Trend(
        skill=Skill(skill),
        column=column,
        n=len(rows),
        set_aside=int(lines.set_aside[0]),
        first=rows["at"].iloc[0],
        last=rows["at"].iloc[-1],
        start=float(lines.start[0]),
        rise=float(lines.rise[0]),
        standard_error=float(lines.standard_error[0]),
        critical=float(lines.critical[0]),
        noise=max(float(lines.own_scatter[0]), published_noise(skill)),
        own_scatter=float(lines.own_scatter[0]),
    )


def noise_band(trend: Trend) -> pd.DataFrame:
    """The trend's line and its noise band, to be drawn: 19 of 20 attempts lie within it without any news.

    Two rows, at the first and the last attempt; columns `at` (on the clock of the attempts), `line`, `lower`, `upper` (float64, bands; not cut
    to the scale).
    """
    line = np.array([trend.start, trend.start + trend.rise])
    reach = NOISE_BAND * trend.noise
    return pd.DataFrame({"at": [trend.first, trend.last], "line": line, "lower": line - reach, "upper": line + reach})


def trend_in_words(trend: Trend | None, skill: Skill, n: int) -> str:
    """One sentence, always with the number of attempts; a second where attempts were set aside.

    `trend`: of the overall band. `n`: the skill's attempts with a time and a band, for where there is no trend. A rise
    is said to the nearest half band, and below a quarter to the nearest tenth; it is said only where it is likely.
    """
    name = skill.capitalize()
    if trend is None:
        if n == 0:
            return f"{name}: no attempt with a known time yet."
        return f"{name}: {_counted(n)}: " + (
            "too few for a trend." if n < MIN_ATTEMPTS_FOR_TREND else "no span of time."
        )
    since = _since(trend.first, trend.last)
    if trend.certainty is Certainty.LIKELY:
        direction = "up" if trend.rise > 0 else "down"
        said = f"{name}: {direction} about {_in_bands(trend.rise)} {since}; with {_counted(trend.n)} this is likely more than noise."
    else:
        said = f"{name}: {_counted(trend.n)} {since}; a change can’t be told from noise yet."
    if trend.set_aside:
        lies = "lies" if trend.set_aside == 1 else "lie"
        said += f" {_counted(trend.set_aside)} {lies} far off the line, which leaves {'it' if trend.set_aside == 1 else 'them'} out."
    return said


@memoized
def blocks(attempts: pd.DataFrame, skill: Skill, size: int = BLOCK_SIZE) -> pd.DataFrame:
    """The latest attempts against as many before them: the overall band, then each criterion in the official order.

    `attempts`: one student's, as for `trend`; those without a time are left out. The blocks are the same attempts for
    every criterion; `before` may hold fewer than `size`, or none. One row per criterion: `criterion` (str, the
    column's name), `latest_mean`, `before_mean` (float64, bands, NaN where none), `latest_n`, `before_n` (int64: bands
    that are there), `change`, `threshold` (float64, bands, NaN where there is nothing to compare), `certain` (bool: the
    change is beyond the threshold), `in_words` (str).

    The threshold is c·SEM·√(1/latest_n + 1/before_n). The SEM is the published noise or the student's own scatter
    within the two blocks, whichever gives the wider threshold (its c is Student's t with latest_n + before_n − 2
    degrees of freedom: two bands at least in all). The five rows are one set of statements: each is tested at 1 %
    (Bonferroni), so that of students without any change at most 5 % are told of a change in *any* row. For two single
    attempts at 5 % the rule would be the known 2.77·SEM.
    """
    in_order = _in_order(dated(attempts))
    latest, before = in_order.iloc[-size:], in_order.iloc[-2 * size : -size]
    columns = ("overall_band", *CRITERIA[skill])
    return pd.DataFrame([_compared(latest[column], before[column], skill, LEVEL / len(columns)) for column in columns])


def blocks_in_words(compared: pd.DataFrame) -> list[str]:
    """What is likely more than noise, a sentence each, or that nothing is; none where there is nothing to compare.

    `compared`: as of `blocks`.
    """
    if not compared["threshold"].notna().any():
        return []
    certain: list[str] = compared.loc[compared["certain"], "in_words"].tolist()
    latest, before = int(compared["latest_n"].max()), int(compared["before_n"].max())
    nothing = f"No band of the latest {_counted(latest)} differs from the {before} before by more than noise."
    return certain or [nothing]


def weakest_criterion(attempts: pd.DataFrame, skill: Skill, size: int = BLOCK_SIZE) -> tuple[str, float] | None:
    """The criterion with the lowest mean over the latest attempts of known time, and that mean, in bands.

    `attempts`: one student's, as for `trend`. Of equal means the first in the official order; None without any band.
    """
    means = _in_order(dated(attempts)).iloc[-size:][[*CRITERIA[skill]]].astype("float64").mean()
    if means.notna().any():
        return str(means.idxmin()), float(means.min())
    return None


def change_of_students(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """The trend of the overall band and the weakest criterion of every student with a graded attempt, by user id.

    `evaluations`: everyone's judged evaluations. Columns: `user_id` (str), `n` (int64: attempts with a time and a
    band), `rise` (float64, bands from first to last attempt; NaN without a trend), `certainty` (category of
    `Certainty`), `weakest` (str, a criterion's column, missing where there is none) and `weakest_mean` (float64, over
    the latest five attempts). The same as `trend` and `weakest_criterion` student by student, at once.
    """
    attempts = graded(evaluations, skill)
    table = pd.DataFrame(index=pd.Index(np.sort(attempts["user_id"].unique()), dtype="str", name="user_id"))
    rows = _in_order(dated(attempts))
    measured = rows[rows["overall_band"].notna()].sort_values(["user_id", "at", "overall_band"])
    users = measured["user_id"].to_numpy()
    seconds, bands = _arrays(measured, "overall_band")
    starts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]]) if len(users) else np.array([], dtype=int)
    sizes = np.diff(np.r_[starts, len(users)])
    spread = seconds[starts + sizes - 1] > seconds[starts]
    rise, certain = np.full(len(starts), np.nan), np.zeros(len(starts), dtype=bool)
    strictness = _strictness(skill, "overall_band")
    for size in np.unique(sizes[sizes >= MIN_ATTEMPTS_FOR_TREND]):
        of_size = np.flatnonzero((sizes == size) & spread)
        for some in np.array_split(of_size, max(1, len(of_size) * min(size, _MOST_FOR_MEDIANS) ** 2 // _MOST_SLOPES)):
            cells = starts[some][:, None] + np.arange(size)
            lines = _trends(seconds[cells], bands[cells], published_noise(skill), *strictness)
            rise[some] = lines.rise
            certain[some] = np.abs(lines.rise) > lines.critical * lines.standard_error
    certainty = np.select([certain, ~np.isnan(rise)], [Certainty.LIKELY, Certainty.CANNOT_TELL], Certainty.TOO_FEW)
    found = pd.DataFrame({"n": sizes, "rise": rise, "certainty": certainty.astype(str)}, index=users[starts])
    table = table.join(found)
    table["n"] = table["n"].fillna(0).astype("int64")
    table["certainty"] = pd.Categorical(table["certainty"].fillna(Certainty.TOO_FEW), categories=[*Certainty])
    latest = rows.groupby("user_id").tail(BLOCK_SIZE)
    means = latest[[*CRITERIA[skill]]].astype("float64").groupby(latest["user_id"]).mean().dropna(how="all")
    table["weakest"] = means.idxmin(axis=1).astype("str").reindex(table.index)
    table["weakest_mean"] = means.min(axis=1).reindex(table.index)
    return table.reset_index()


@dataclass(frozen=True, slots=True)
class _Lines:
    """One line for each of several students with the same number of attempts; arrays of one number per student."""

    start: _Floats
    rise: _Floats
    information: _Floats
    """Sum of squares of the times about their mean, the time from first to last attempt being 1."""
    own_scatter: _Floats
    set_aside: _Floats
    standard_error: _Floats
    critical: _Floats


def _trends(seconds: _Floats, bands: _Floats, published: float, level: float, chance_excess: float) -> _Lines:
    """Lines and their tests, by the rule of this module.

    `seconds`, `bands`: students × attempts, each row in the order of time and not all of one time. `published`: noise in
    bands. `level`, `chance_excess`: see `_strictness`.
    """
    n = bands.shape[1]
    times = (seconds - seconds[:, :1]) / (seconds[:, -1:] - seconds[:, :1])
    normal, student = critical_value(level), critical_value(level, n - 2)
    through_all = _least_squares(times, bands, np.ones_like(bands), published)
    if n < FEWEST_TO_SET_ASIDE:
        own_counts = student * through_all.own_scatter > normal * published
        noise = np.where(own_counts, through_all.own_scatter, published)
        return _tested(through_all, noise, np.where(own_counts, student, normal))
    robust = _least_squares(times, bands, _weights(times, bands, published), published)
    as_published = robust.own_scatter**2 <= published**2 * (1 + chance_excess / (n - 1))
    noisier = np.sqrt(through_all.own_scatter**2 + published**2)
    return _chosen(
        as_published,
        _tested(robust, np.full_like(noisier, published), np.full_like(noisier, normal)),
        _tested(through_all, noisier, np.full_like(noisier, student)),
    )


def _tested(lines: _Lines, noise: _Floats, critical: _Floats) -> _Lines:
    return replace(lines, standard_error=noise / np.sqrt(lines.information), critical=critical)


def _chosen(first: npt.NDArray[np.bool_], lines: _Lines, others: _Lines) -> _Lines:
    return _Lines(*(np.where(first, getattr(lines, name), getattr(others, name)) for name in _Lines.__slots__))


def _weights(times: _Floats, bands: _Floats, published: float) -> _Floats:
    """1 for attempts that the line goes through, 0 for those set aside: students × attempts."""
    most = int(bands.shape[1] * MOST_SET_ASIDE)
    weights = np.ones_like(bands)
    distances = np.abs(_about_repeated_medians(times, bands))
    for _ in range(_ROUNDS):
        farthest_first = np.argsort(np.argsort(-distances, axis=1, kind="stable"), axis=1, kind="stable")
        kept = (distances <= SET_ASIDE_BEYOND * published) | (farthest_first >= most)
        span = np.where(kept, times, -np.inf).max(axis=1) - np.where(kept, times, np.inf).min(axis=1)
        kept |= (span <= 0)[:, None]
        weights = kept.astype("float64")
        lines = _least_squares(times, bands, weights, published)
        distances = np.abs(bands - lines.start[:, None] - lines.rise[:, None] * times)
    return weights


def _least_squares(times: _Floats, bands: _Floats, weights: _Floats, published: float) -> _Lines:
    """The line through the attempts of weight 1, not yet tested."""
    number = weights.sum(axis=1)
    base = bands[:, :1]  # bands are whole halves, so differences are exact: the same rise wherever on the scale
    mean_time = (weights * times).sum(axis=1) / number
    mean_band = (weights * (bands - base)).sum(axis=1) / number
    about = weights * (times - mean_time[:, None])
    information = (about * times).sum(axis=1)
    rise = (about * (bands - base)).sum(axis=1) / information
    start = mean_band - rise * mean_time
    residuals = weights * (bands - base - start[:, None] - rise[:, None] * times)
    set_aside = bands.shape[1] - number
    squares = (residuals**2).sum(axis=1) + set_aside * (COUNTED_AS * published) ** 2
    own_scatter = np.sqrt(squares / (bands.shape[1] - 2))
    untested = np.full_like(rise, np.nan)
    return _Lines(start + base[:, 0], rise, information, own_scatter, set_aside, untested, untested)


def _about_repeated_medians(times: _Floats, bands: _Floats) -> _Floats:
    """Distances from the line of repeated medians: the median over attempts of the median slope to all others.

    Time grows with the square of the number of attempts, so from 200 on the line is that of 200 of them, evenly spaced.
    """
    n = bands.shape[1]
    some = np.unique(np.linspace(0, n - 1, min(n, _MOST_FOR_MEDIANS)).round().astype(int))
    x, y = times[:, some], bands[:, some] - bands[:, :1]
    apart = x[:, :, None] - x[:, None, :]
    slopes = np.where(apart == 0, np.nan, (y[:, :, None] - y[:, None, :]) / np.where(apart == 0, 1.0, apart))
    rise = _median(_median(slopes))[:, None]
    return bands - bands[:, :1] - rise * times - np.median(y - rise * x, axis=1)[:, None]


def _median(values: _Floats) -> _Floats:
    """Median over the last axis of what is not NaN; of each there is at least one. Several times faster than nanmedian."""
    ordered = np.sort(values, axis=-1)
    number = np.count_nonzero(~np.isnan(values), axis=-1)[..., None]
    low = np.take_along_axis(ordered, (number - 1) // 2, axis=-1)
    high = np.take_along_axis(ordered, number // 2, axis=-1)
    middle: _Floats = ((low + high) / 2)[..., 0]
    return middle


def _strictness(skill: Skill, column: str) -> tuple[float, float]:
    """The level of a column's test, and what of its own scatter is put down to chance: a criterion's test is stricter."""
    criteria = CRITERIA[skill]
    return (LEVEL / len(criteria), 0.0) if column in criteria else (LEVEL, CHANCE_EXCESS)


def _measured(attempts: pd.DataFrame, column: str) -> pd.DataFrame:
    """The attempts with a time and a band, by time and, of one time, by band: the order of rows makes no difference."""
    return dated(attempts[attempts[column].notna()]).sort_values(["at", column])


def _in_order(attempts: pd.DataFrame) -> pd.DataFrame:
    """By time; attempts of one time in the order of their ids, where there are ids, then of their bands."""
    if attempts["at"].is_unique:
        return attempts.sort_values("at")
    within = [column for column in ("evaluation_id", *BAND_COLUMNS) if column in attempts]
    return attempts.sort_values(["at", *within])


def _arrays(rows: pd.DataFrame, column: str) -> tuple[_Floats, _Floats]:
    milliseconds = rows["at"].dt.tz_convert(None).to_numpy().astype("datetime64[ms]").astype("int64")
    return milliseconds / 1000.0, rows[column].to_numpy(dtype="float64")


def _compared(latest: pd.Series, before: pd.Series, skill: Skill, level: float) -> dict[str, Any]:
    column = str(latest.name)
    arrays = (block.to_numpy(dtype="float64") for block in (latest, before))
    late, early = (bands[~np.isnan(bands)] for bands in arrays)
    means = [float(block.mean()) if len(block) else np.nan for block in (late, early)]
    change, threshold = means[0] - means[1], np.nan
    degrees = len(late) + len(early) - 2
    if len(late) and len(early) and degrees > 0:
        squares = sum(float(((block - block.mean()) ** 2).sum()) for block in (late, early))
        own = critical_value(level, degrees) * np.sqrt(squares / degrees)
        widest = max(critical_value(level) * published_noise(skill), own)
        threshold = widest * np.sqrt(1 / len(late) + 1 / len(early))
    certain = bool(abs(change) > threshold)
    return {
        "criterion": column,
        "latest_mean": means[0],
        "before_mean": means[1],
        "latest_n": len(late),
        "before_n": len(early),
        "change": change,
        "threshold": threshold,
        "certain": certain,
        "in_words": _compared_in_words(column, means, (len(late), len(early)), certain=certain),
    }


def _compared_in_words(column: str, means: list[float], numbers: tuple[int, int], *, certain: bool) -> str:
    name = criterion_name(column)
    if not numbers[0]:
        return f"{name}: no band in the latest attempts."
    latest = f"{name}: {means[0]:.1f} in the latest {_counted(numbers[0])}"
    if not numbers[1]:
        return f"{latest}, none before to compare with."
    compared = f"{latest}, {means[1]:.1f} in the {numbers[1]} before"
    tenths = round(means[0], 1) - round(means[1], 1)
    if abs(tenths) < 0.05:
        return f"{compared}: level."
    sure = "likely more than noise" if certain else "can’t be told from noise"
    return f"{compared}: {'up' if tenths > 0 else 'down'} {abs(tenths):.1f}, {sure}."


def _in_bands(rise: float) -> str:
    size = abs(rise)
    if size < BAND_STEP / 2:
        return f"{max(size, 0.1):.1f} band"
    halves = int(size / BAND_STEP + 0.5) * BAND_STEP
    return f"{halves:g} band{'s' if halves > 1 else ''}"


def _counted(n: int) -> str:
    return f"{n} attempt{'' if n == 1 else 's'}"


def _since(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """`since August`, with the year where it is not the last attempt's, with the day where all fell in one month."""
    month = _MONTHS[first.month - 1]
    if first.year != last.year:
        return f"since {month} {first.year}"
    return f"since {first.day} {month}" if first.month == last.month else f"since {month}"

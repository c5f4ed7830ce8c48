"""Simulated classes whose true levels and changes are known, as frames of evaluations.

The generator shares no code with `bandup.analysis`: a student's attempts lie at random times of a term of 120 days, their
level is between 5 and 7, an attempt's band is level, change and noise, rounded to halves.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.bands import BAND_COLUMNS, CRITERIA, HIGHEST_BAND, LOWEST_BAND, Skill

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

SKILL = Skill.WRITING
TERM_DAYS = 120
SINCE = pd.Timestamp("2025-09-01", tz="UTC")
NOISE = 0.425
"""Standard deviation of a band before rounding: the published one for writing."""
LEVELS = (5.0, 7.0)
SEED = 20_260_314
STUDENTS = 1_800
"""Simulated for each rate, unless a table says otherwise."""
CRITERION_NOISE = 0.5
"""Standard deviation of a criterion about its attempt, where the criteria have bands."""
DAY_SHARE = 0.5
"""Share of the noise's variance that the attempts of one day have in common, where they have any."""


@dataclass(frozen=True)
class Conditions:
    """What holds for the students of a class and for their grader. In bands unless said otherwise."""

    mean_rise: float = 0.0
    """True change from the first attempt to the last, along a straight line…"""
    rise_sd: float = 0.0
    """…and how it differs between students."""
    noise: float = NOISE
    heavy_tails: bool = False
    """Noise of Student's t with three degrees of freedom, with the same standard deviation."""
    unequal: bool = False
    """Each student's noise is 0.6 to 1.6 times that of the class."""
    day_effect: bool = False
    """About two attempts a day (one to five), half of whose noise (variance) is the day's."""
    correlation: float = 0.0
    """Of a student's neighbouring attempts."""
    model_shifts: tuple[float, ...] = (0.0,)
    """What each grading model adds to a band; the models take over from each other at equal distances of time."""
    task_offset: float = 0.0
    """What Task 2 adds; the share of Task 2 grows from 0 to 1 over the term."""
    jump: float = 0.0
    """What the first half of the students truly gains on the day on which the last model takes over."""
    criterion_noise: float = 0.0
    """Standard deviation of each criterion about its attempt; above 0, the criteria have bands."""
    profile_sd: float = 0.0
    """How a student's own criteria differ from each other."""
    weakest_below: float = 0.0
    """How far the last criterion lies below the others."""


@dataclass(frozen=True, eq=False)
class SimulatedClass:
    """Arrays of students × attempts, in order of time, unless said otherwise."""

    day: Floats
    band: Floats
    """As stored, in half bands."""
    added: Floats
    """What model and task add to each band."""
    change: Floats
    """The true change of each student."""
    model: npt.NDArray[np.int64]
    task: npt.NDArray[np.int64]
    criteria: Floats
    """Students × attempts × criteria, in half bands; NaN where the criteria have no bands."""
    profile: Floats
    """Students × criteria: how far each truly lies above the mean of the four."""
    kept: Booleans
    """Attempts that were made."""

    def evaluations(self) -> pd.DataFrame:
        """The attempts that were made, as everyone's evaluations with their `state`."""
        kept = self.kept.ravel()
        students, attempts = self.band.shape
        ids = np.array([f"u{number:05}" for number in range(students)])
        frame = pd.DataFrame(
            {
                "evaluation_id": pd.Series([f"e{number:07}" for number in np.flatnonzero(kept)], dtype="str"),
                "user_id": pd.Series(np.repeat(ids, attempts)[kept], dtype="str"),
                "evaluation_type": pd.Categorical([SKILL.value] * kept.sum()),
                "state": pd.Categorical(["succeeded"] * kept.sum()),
                "flags": np.zeros(kept.sum(), dtype="int64"),
                "at": (SINCE + pd.to_timedelta(self.day.ravel()[kept], unit="D")).astype("datetime64[ms, UTC]"),
                "overall_band": self.band.ravel()[kept].astype("float32"),
                "model_used": _named(self.model, "model-")[kept],
                "task_type": _named(self.task, "TASK_")[kept],
                "part": pd.Categorical([None] * kept.sum(), categories=["PART_1"]),
            }
        )
        for column in BAND_COLUMNS[1:]:
            frame[column] = np.full(kept.sum(), np.nan, dtype="float32")
        for number, column in enumerate(CRITERIA[SKILL]):
            frame[column] = self.criteria[:, :, number].ravel()[kept].astype("float32")
        return frame

    def only(self, kept: Booleans) -> "SimulatedClass":
        """The same class with only these attempts made."""
        return replace(self, kept=self.kept & kept)


def simulate(
    rng: np.random.Generator,
    students: int,
    attempts: int,
    conditions: Conditions,
    *,
    levels: Floats | None = None,
    changes: Floats | None = None,
) -> SimulatedClass:
    """Simulate a class whose students have made this number of attempts each.

    `levels` and `changes`: of each student, in place of random ones; the level is that at the first attempt.
    """
    shape = (students, attempts)
    day, of_day = _days(rng, shape, conditions)
    noise = _noise(rng, shape, conditions)
    if conditions.day_effect:
        noise = math.sqrt(1 - DAY_SHARE) * noise + math.sqrt(DAY_SHARE) * of_day
    spread = rng.uniform(0.6, 1.6, (students, 1)) if conditions.unequal else 1.0
    level = rng.uniform(*LEVELS, students) if levels is None else levels
    if changes is None:
        changes = rng.normal(conditions.mean_rise, conditions.rise_sd, students)
    first, last = day[:, :1], day[:, -1:]
    true = level[:, None] + changes[:, None] * (day - first) / (last - first)
    shifts = np.array(conditions.model_shifts)
    model = np.minimum(day / TERM_DAYS * len(shifts), len(shifts) - 1).astype("int64")
    jumps = (np.arange(students) < students // 2)[:, None] & (model == len(shifts) - 1)
    task = (
        (rng.uniform(size=shape) < day / TERM_DAYS).astype("int64") if conditions.task_offset else np.ones(shape, int)
    )
    added = shifts[model] + conditions.task_offset * task
    attempt = true + conditions.jump * jumps + added + conditions.noise * spread * noise
    profile = rng.normal(0, conditions.profile_sd, (students, 4))
    profile[:, -1] -= conditions.weakest_below
    profile -= profile.mean(axis=1, keepdims=True)
    if conditions.criterion_noise:
        own = profile[:, None, :] + rng.normal(0, conditions.criterion_noise, (*shape, 4))
        criteria = rounded(attempt[:, :, None] + own)
        band = rounded(criteria.mean(axis=2))
    else:
        criteria, band = np.full((*shape, 4), np.nan), rounded(attempt)
    return SimulatedClass(day, band, added, changes, model, task, criteria, profile, np.ones(shape, dtype=bool))


@dataclass(frozen=True)
class Cell:
    """What one rate is measured on: classes of simulated students."""

    conditions: Conditions
    attempts: int
    seed: int
    students: int = 60
    classes: int = STUDENTS // 60

    def simulated(self) -> Iterator[SimulatedClass]:
        """The classes, the same in every run."""
        rng = np.random.default_rng([SEED, self.seed])
        for _ in range(self.classes):
            yield simulate(rng, self.students, self.attempts, self.conditions)


def least_squares(simulated: SimulatedClass) -> tuple[Floats, Floats]:
    """Each student's rise along the least-squares line through the bands without what model and task add, and Σ weight².

    All attempts must have been made.
    """
    first, last = simulated.day[:, :1], simulated.day[:, -1:]
    times = (simulated.day - first) / (last - first)
    centred = times - times.mean(axis=1, keepdims=True)
    squares = (centred**2).sum(axis=1)
    return (centred * (simulated.band - simulated.added)).sum(axis=1) / squares, 1 / squares


def rounded(bands: Floats) -> Floats:
    """Bands as they are stored: in halves, from 0 to 9."""
    return np.clip(np.floor(bands * 2 + 0.5) / 2, LOWEST_BAND, HIGHEST_BAND)


def _days(rng: np.random.Generator, shape: tuple[int, int], conditions: Conditions) -> tuple[Floats, Floats]:
    """The time of each attempt in days, and a standard normal number that the attempts of one day share."""
    if not conditions.day_effect:
        return np.sort(rng.uniform(0, TERM_DAYS, shape), axis=1), np.zeros(shape)
    students, attempts = shape
    days = max(3, attempts // 2)
    calendar = np.array([rng.choice(TERM_DAYS, days, replace=False) for _ in range(students)])
    place = rng.integers(0, days, shape)
    hours = rng.uniform(9 / 24, 20 / 24, shape)
    day = np.take_along_axis(calendar, place, axis=1) + hours
    shared = np.take_along_axis(rng.normal(size=(students, days)), place, axis=1)
    order = np.argsort(day, axis=1)
    return np.take_along_axis(day, order, axis=1), np.take_along_axis(shared, order, axis=1)


def _noise(rng: np.random.Generator, shape: tuple[int, int], conditions: Conditions) -> Floats:
    """Noise with a standard deviation of 1."""
    noise = rng.standard_t(3, shape) / math.sqrt(3) if conditions.heavy_tails else rng.normal(size=shape)
    for number in range(1, shape[1] if conditions.correlation else 0):
        fresh = math.sqrt(1 - conditions.correlation**2) * noise[:, number]
        noise[:, number] = conditions.correlation * noise[:, number - 1] + fresh
    return noise


def _named(codes: npt.NDArray[np.int64], prefix: str) -> pd.Categorical:
    names = np.array([f"{prefix}{number + 1}" for number in range(int(codes.max(initial=0)) + 1)])
    return pd.Categorical(names[codes.ravel()], categories=names)

"""Measure how often the dashboard claims a change, on simulated students whose true change is known.

    python -m benchmarks.progress

Each rate is shown with that of the ideal test: a straight line through the same stored bands, tested against the *known*
noise (two-sided at 5 %). Attempts are at uneven dates, bands are rounded to halves, and an outlier is 2 to 3 bands off in
either direction. All rates are of the public functions of `bandup.analysis.progress` and `bandup.analysis.blocks`.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import graded_attempts
from bandup.analysis.bands import CRITERIA, HIGHEST_BAND, LOWEST_BAND, Skill
from bandup.analysis.blocks import compare_blocks
from bandup.analysis.measurement_error import PUBLISHED_SEM, ROUNDING_VARIANCE, critical_value
from bandup.analysis.progress import MIN_ATTEMPTS_FOR_TREND, Certainty, fit_trend, trends_by_student

SKILL = Skill.WRITING
SEM = PUBLISHED_SEM[SKILL]
"""Standard deviation of a simulated band before rounding, unless another is given."""
STUDENTS = 8_000
STUDENTS_ONE_BY_ONE = 2_000
MIN_ATTEMPTS, MAX_ATTEMPTS = MIN_ATTEMPTS_FOR_TREND, 40
DAYS = 200.0
SINCE = pd.Timestamp("2025-09-01", tz="UTC")

Floats = npt.NDArray[np.float64]

NO_OUTLIERS, SOME_OUTLIERS, MANY_OUTLIERS = (0,), (0, 0, 1, 2), (1, 2)
"""Numbers of outliers that a student may have, with equal probability."""
OUTLIERS = {
    NO_OUTLIERS: "none",
    SOME_OUTLIERS: "one or two in half of the students",
    MANY_OUTLIERS: "one or two in every student",
}


@dataclass(frozen=True)
class SimulatedStudents:
    """Students with a known change: one entry per attempt, student by student, each in order of time."""

    user: npt.NDArray[np.int64]
    day: Floats
    band: Floats
    """Stored overall bands, rounded to halves."""
    outlier: npt.NDArray[np.bool_]
    criteria: Floats
    """Attempts × four criteria, rounded to halves."""

    def evaluations(self) -> pd.DataFrame:
        """The evaluations with their `state`, as the functions of `bandup.analysis` take them."""
        n = len(self.user)
        frame = pd.DataFrame(
            {
                "evaluation_id": pd.Series([f"e{number:07}" for number in range(n)], dtype="str"),
                "user_id": pd.Series([f"u{number:05}" for number in self.user], dtype="str"),
                "evaluation_type": pd.Categorical([SKILL.value] * n),
                "state": pd.Categorical(["succeeded"] * n),
                "at": (SINCE + pd.to_timedelta(self.day, unit="D")).astype("datetime64[ms, UTC]"),
                "overall_band": self.band.astype("float32"),
            }
        )
        for number, column in enumerate(CRITERIA[SKILL]):
            frame[column] = self.criteria[:, number].astype("float32")
        return frame


def simulate(
    rng: np.random.Generator,
    numbers: npt.NDArray[np.int64],
    *,
    rise: float = 0.0,
    step: bool = False,
    noise: float = SEM,
    outliers: tuple[int, ...] = NO_OUTLIERS,
    criterion_noise: float = 0.0,
) -> SimulatedStudents:
    """Simulate one student for each of `numbers`, with that number of attempts.

    `rise`: bands gained from the first attempt to the last, along a line; with `step` all of it before the latest five.
    `noise`: standard deviation of an attempt's overall band before rounding. `outliers`: each student has one of these
    numbers of outliers with equal probability, at most as many as attempts. `criterion_noise`: standard deviation of each
    criterion about its attempt; the overall band's noise stays `noise`.
    """
    user = np.repeat(np.arange(len(numbers)), numbers)
    starts = np.cumsum(numbers) - numbers
    day = rng.uniform(0, DAYS, len(user))
    day = day[np.lexsort((day, user))]
    within = np.arange(len(user)) - starts[user]
    first, last = day[starts], day[starts + numbers - 1]
    share = within >= numbers[user] - 5 if step else (day - first[user]) / np.maximum(last - first, 1e-9)[user]
    level = rng.uniform(4.5, 6.5, len(numbers))[user] + rise * share
    shared = math.sqrt(max(noise**2 - criterion_noise**2 / 4, 0.0))
    order = np.empty(len(user), dtype=int)
    order[np.lexsort((rng.uniform(size=len(user)), user))] = within
    outlier = order < rng.choice(outliers, len(numbers))[user]
    error = outlier * rng.uniform(2, 3, len(user)) * rng.choice([-1, 1], len(user))
    attempt = level + rng.normal(0, shared, len(user)) + error
    criteria = attempt[:, None] + rng.normal(0, criterion_noise, (len(user), 4))
    return SimulatedStudents(user, day, _rounded(criteria.mean(axis=1)), outlier, _rounded(criteria))


def ideal_claims(students: SimulatedStudents, noise: float, *, without_outliers: bool = False) -> npt.NDArray[np.bool_]:
    """Whether the ideal test claims a change: bool, one per student."""
    weight = (~students.outlier).astype(float) if without_outliers else np.ones(len(students.user))
    total = partial(np.bincount, students.user)
    number = total(weights=weight)
    mean_day = total(weights=weight * students.day) / number
    mean_band = total(weights=weight * students.band) / number
    centred = weight * (students.day - mean_day[students.user])
    squares = total(weights=centred * students.day)
    slope = total(weights=centred * (students.band - mean_band[students.user])) / squares
    return np.abs(slope) * np.sqrt(squares) > critical_value(0.05) * math.hypot(noise, math.sqrt(ROUNDING_VARIANCE))


def trend_claims(students: SimulatedStudents) -> npt.NDArray[np.bool_]:
    """Whether the dashboard claims a change of the overall band: bool, one per student."""
    return (trends_by_student(students.evaluations(), SKILL)["certainty"] == Certainty.LIKELY).to_numpy()


def criteria_claims(students: SimulatedStudents) -> npt.NDArray[np.bool_]:
    """Whether the dashboard claims a change in any of the four criteria's trends: bool, one per student."""
    return np.array(
        [
            any(
                trend is not None and trend.certainty is Certainty.LIKELY
                for trend in (fit_trend(attempts, SKILL, column) for column in CRITERIA[SKILL])
            )
            for _, attempts in graded_attempts(students.evaluations(), SKILL).groupby("user_id")
        ]
    )


def block_claims(students: SimulatedStudents, column: str | None = None) -> npt.NDArray[np.bool_]:
    """Whether the dashboard claims a change between blocks, in any row or in one column's: bool, one per student."""
    tables = [
        compare_blocks(attempts, SKILL)
        for _, attempts in graded_attempts(students.evaluations(), SKILL).groupby("user_id")
    ]
    return np.array(
        [
            table["certain"].any() if column is None else table.set_index("criterion")["certain"][column]
            for table in tables
        ]
    )


def max_power_of_any_test(n: int, weights: dict[float, float]) -> float:
    """An upper bound on the power of any test that holds 5 %, as a share of the ideal test's power.

    The bound is for a rise of one band over n evenly spaced attempts at the published noise, and for tests that claim at
    most 5 % at the published noise and at every larger one. Noise is Gaussian and bands are not rounded. For any weights
    ≥ 0 on noises (as multiples of the published one) the power is at most ∫ max(0, f₁ − Σ weight·f₀) + 0.05·Σ weight over
    the sufficient statistics (slope, residual variance), with densities f₁ under the rise and f₀ without it: the
    Lagrangian of the best test. The weights decide how tight the bound is, not whether it holds.
    """
    times = np.linspace(0, 1, n)
    shift = math.sqrt(((times - times.mean()) ** 2).sum() / (SEM**2 + ROUNDING_VARIANCE))
    half = (n - 2) / 2
    slope = np.linspace(-40, 40, 2_001)[:, None]
    log_variance = np.linspace(math.log(1e-4), math.log(400), 1_000)[None, :]

    def density(noise: float, mean: float) -> Floats:
        ratio = np.exp(log_variance) / noise**2
        of_variance = np.exp(half * np.log(half * ratio) - half * ratio - math.lgamma(half))
        return np.exp(-(((slope - mean) / noise) ** 2) / 2) / (noise * math.sqrt(2 * math.pi)) * of_variance

    gain = (density(1, shift) + density(1, -shift)) / 2
    for noise, weight in weights.items():
        gain = gain - weight * density(noise, 0)
    cell = (slope[1, 0] - slope[0, 0]) * (log_variance[0, 1] - log_variance[0, 0])
    bound = np.maximum(gain, 0).sum() * cell + 0.05 * sum(weights.values())
    critical = critical_value(0.05)
    ideal = (math.erfc((critical - shift) / math.sqrt(2)) + math.erfc((critical + shift) / math.sqrt(2))) / 2
    return float(bound / ideal)


def rate(claims: npt.NDArray[np.bool_]) -> str:
    """A share in per cent with its 95 % Monte Carlo interval (Wilson)."""
    n, share, z = len(claims), claims.mean(), 1.96
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return f"{share:.1%} ({centre - half:.1%}–{centre + half:.1%})"


def ratio(ours: npt.NDArray[np.bool_], ideal: npt.NDArray[np.bool_]) -> str:
    """Our power divided by the ideal test's, with its 95 % Monte Carlo interval (paired, log scale)."""
    quotient = ours.sum() / ideal.sum()
    half = 1.96 * math.sqrt((ours != ideal).sum() / (ours.sum() * ideal.sum()))
    return f"{quotient:.2f} ({quotient * math.exp(-half):.2f}–{quotient * math.exp(half):.2f})"


def print_table(header: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Print a Markdown table."""
    columns = header.split(" | ")
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_false_claims(rng: np.random.Generator) -> None:
    """Claims of a change in the overall band's trend where there is none: rates."""
    numbers = np.resize(np.arange(MIN_ATTEMPTS, MAX_ATTEMPTS + 1), STUDENTS)
    groups = {"3–7": (3, 7), "8–11": (8, 11), "12–20": (12, 20), "21–40": (21, 40)}
    rows = []
    for outliers in OUTLIERS:
        for times in (0.5, 1.0, 1.25, 1.5, 2.0, 3.0):
            students = simulate(rng, numbers, noise=times * SEM, outliers=outliers)
            claims, ideal = trend_claims(students), ideal_claims(students, times * SEM)
            by_group = [f"{claims[(numbers >= low) & (numbers <= high)].mean():.1%}" for low, high in groups.values()]
            rows.append((OUTLIERS[outliers], f"{times:g} ×", rate(claims), f"{ideal.mean():.1%}", *by_group))
    print(
        f"Unchanged students for whom a change is claimed ({STUDENTS:,} in each row, 3 to 40 attempts): at most 5 %\n"
    )
    print_table("outliers | noise | **claimed** | ideal | " + " | ".join(f"n {group}" for group in groups), rows)


def print_power(rng: np.random.Generator) -> None:
    """How often a rise of one band is seen, by us and by the ideal test."""
    rows = []
    for outliers, times in ((NO_OUTLIERS, 1.0), (SOME_OUTLIERS, 1.0), (MANY_OUTLIERS, 1.0), (NO_OUTLIERS, 2.0)):
        for n in (8, 12, 20):
            noise = times * SEM
            students = simulate(rng, np.full(STUDENTS, n), rise=1.0, noise=noise, outliers=outliers)
            ours, ideal = trend_claims(students), ideal_claims(students, noise)
            without_outliers = ideal_claims(students, noise, without_outliers=True)
            conditions = (OUTLIERS[outliers], f"{times:g} ×", str(n))
            rows.append(
                (*conditions, rate(ours), f"{ideal.mean():.1%}", ratio(ours, ideal), ratio(ours, without_outliers))
            )
    print(
        f"A rise of 1.0 band, seen ({STUDENTS:,} students in each row): without outliers at 1 ×, at least 0.90 of ideal\n"
    )
    print_table(
        "outliers | noise | attempts | seen | ideal | **of ideal** | of the ideal that knows the outliers", rows
    )
    weights_by_n = {8: {1.3: 3.9, 1.4: 0.3}, 12: {1.2: 2.7, 1.3: 1.3}, 20: {1.0: 0.1, 1.2: 2.5}}
    bounds = [(str(n), f"{max_power_of_any_test(n, weights):.2f}") for n, weights in weights_by_n.items()]
    print("The most that any test can see that holds 5 % for this number of attempts alone, at every noise:\n")
    print_table("attempts | of ideal, at most", bounds)


def print_sets_of_statements(rng: np.random.Generator) -> None:
    """Claims in sets of statements: the criteria's four trends, the five rows of the comparison of blocks."""
    rows = []
    sets = {
        "four criteria’s trends": (criteria_claims, np.arange(MIN_ATTEMPTS, MAX_ATTEMPTS + 1)),
        "five rows of blocks": (block_claims, np.arange(7, 11)),
    }
    for name, (claims, numbers) in sets.items():
        for outliers, times in ((NO_OUTLIERS, 1.0), (MANY_OUTLIERS, 1.0), (NO_OUTLIERS, 2.0)):
            students = simulate(
                rng,
                np.resize(numbers, STUDENTS_ONE_BY_ONE),
                noise=times * SEM,
                criterion_noise=times * 0.6,
                outliers=outliers,
            )
            rows.append((name, OUTLIERS[outliers], f"{times:g} ×", rate(claims(students))))
    print(
        f"Unchanged students for whom a change is claimed in any of a set ({STUDENTS_ONE_BY_ONE:,} in each row): at most 5 %\n"
    )
    print_table("set | outliers | noise | **claimed**", rows)
    rows = []
    for step in (0.5, 1.0, 1.5):
        students = simulate(rng, np.full(STUDENTS_ONE_BY_ONE, 10), rise=step, step=True, criterion_noise=0.6)
        known_error = math.hypot(SEM, math.sqrt(ROUNDING_VARIANCE)) * math.sqrt(2 / 5)
        ideal = [math.erfc((critical_value(level) - step / known_error) / math.sqrt(2)) / 2 for level in (0.01, 0.05)]
        rows.append((f"{step}", rate(block_claims(students, "overall_band")), f"{ideal[0]:.1%}", f"{ideal[1]:.1%}"))
    print("Five attempts against the five before, overall band: a step between the blocks, seen\n")
    print_table("step | seen | ideal at the 1 % of one row in five | ideal at 5 %", rows)


def print_time(rng: np.random.Generator) -> None:
    """Seconds for the trends of 5,000 students with 100,000 attempts."""
    evaluations = simulate(rng, np.full(5_000, 20)).evaluations()
    started = time.perf_counter()
    trends_by_student(evaluations, SKILL)
    print(f"trends_by_student, 5,000 students with 100,000 attempts: {time.perf_counter() - started:.2f} s")


def _rounded(bands: Floats) -> Floats:
    return np.clip(np.floor(bands * 2 + 0.5) / 2, LOWEST_BAND, HIGHEST_BAND)


if __name__ == "__main__":
    generator = np.random.default_rng(20_260_314)
    for measure in (print_false_claims, print_power, print_sets_of_statements, print_time):
        measure(generator)

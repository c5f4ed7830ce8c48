"""How often the dashboard claims a change, on simulated students whose true change is known.

    python -m benchmarks.progress

Every rate stands beside the one of the ideal test: a straight line through the same stored bands by a test that *knows*
the noise (two-sided at 5 %). Students' attempts are at uneven dates; bands are rounded to halves; an outlier lies 2 to 3
bands off, either way. All rates are of `bandup.analysis.progress`' public functions.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import graded
from bandup.analysis.bands import CRITERIA, HIGHEST_BAND, LOWEST_BAND, Skill
from bandup.analysis.measurement_error import PUBLISHED_SEM, ROUNDING_VARIANCE, critical_value
from bandup.analysis.progress import MIN_ATTEMPTS_FOR_TREND, Certainty, blocks, change_of_students, trend

SKILL = Skill.WRITING
PUBLISHED = PUBLISHED_SEM[SKILL]
STUDENTS = 8_000
STUDENTS_ONE_BY_ONE = 2_000
FEWEST, MOST = MIN_ATTEMPTS_FOR_TREND, 40
DAYS = 200.0
SINCE = pd.Timestamp("2025-09-01", tz="UTC")

Floats = npt.NDArray[np.float64]

NONE, SOME, ALL = (0,), (0, 0, 1, 2), (1, 2)
OUTLIERS = {NONE: "none", SOME: "one or two in half of the students", ALL: "one or two in every student"}


@dataclass(frozen=True)
class Simulated:
    """Students with a known change: one entry per attempt, student by student, each in order of time."""

    user: npt.NDArray[np.int64]
    day: Floats
    band: Floats
    """Stored overall bands, rounded to halves."""
    outlier: npt.NDArray[np.bool_]
    criteria: Floats
    """Attempts × four criteria, rounded to halves."""

    def evaluations(self) -> pd.DataFrame:
        """The judged evaluations that `analysis` reads."""
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


def simulated(
    chance: np.random.Generator,
    numbers: npt.NDArray[np.int64],
    *,
    rise: float = 0.0,
    step: bool = False,
    noise: float = PUBLISHED,
    outliers: tuple[int, ...] = NONE,
    criterion_noise: float = 0.0,
) -> Simulated:
    """Students with so many attempts each.

    `rise`: bands gained from the first attempt to the last, along a line; with `step` all of it before the latest five.
    `noise`: standard deviation of an attempt's overall band before rounding. `outliers`: each student has one of these
    numbers of outliers by equal chance, at most as many as attempts. `criterion_noise`: what each criterion adds to the
    noise of its attempt; the overall band's noise stays `noise`.
    """
    user = np.repeat(np.arange(len(numbers)), numbers)
    starts = np.cumsum(numbers) - numbers
    day = chance.uniform(0, DAYS, len(user))
    day = day[np.lexsort((day, user))]
    within = np.arange(len(user)) - starts[user]
    first, last = day[starts], day[starts + numbers - 1]
    share = within >= numbers[user] - 5 if step else (day - first[user]) / np.maximum(last - first, 1e-9)[user]
    level = chance.uniform(4.5, 6.5, len(numbers))[user] + rise * share
    shared = math.sqrt(max(noise**2 - criterion_noise**2 / 4, 0.0))
    order = np.empty(len(user), dtype=int)
    order[np.lexsort((chance.uniform(size=len(user)), user))] = within
    outlier = order < chance.choice(outliers, len(numbers))[user]
    off = outlier * chance.uniform(2, 3, len(user)) * chance.choice([-1, 1], len(user))
    attempt = level + chance.normal(0, shared, len(user)) + off
    criteria = attempt[:, None] + chance.normal(0, criterion_noise, (len(user), 4))
    return Simulated(user, day, _stored(criteria.mean(axis=1)), outlier, _stored(criteria))


def ideal_claims(students: Simulated, noise: float, *, without_outliers: bool = False) -> npt.NDArray[np.bool_]:
    """Which students the ideal test claims a change of: bool, one per student."""
    weight = (~students.outlier).astype(float) if without_outliers else np.ones(len(students.user))
    total = partial(np.bincount, students.user)
    number = total(weights=weight)
    mean_day = total(weights=weight * students.day) / number
    mean_band = total(weights=weight * students.band) / number
    about = weight * (students.day - mean_day[students.user])
    squares = total(weights=about * students.day)
    slope = total(weights=about * (students.band - mean_band[students.user])) / squares
    return np.abs(slope) * np.sqrt(squares) > critical_value(0.05) * math.hypot(noise, math.sqrt(ROUNDING_VARIANCE))


def trend_claims(students: Simulated) -> npt.NDArray[np.bool_]:
    """Which students the dashboard claims a change of: bool, one per student."""
    return (change_of_students(students.evaluations(), SKILL)["certainty"] == Certainty.LIKELY).to_numpy()


def criteria_claims(students: Simulated) -> npt.NDArray[np.bool_]:
    """Which students the dashboard claims a change of in any of the four criteria's trends."""
    return np.array(
        [
            any(
                found is not None and found.certainty is Certainty.LIKELY
                for found in (trend(attempts, SKILL, column) for column in CRITERIA[SKILL])
            )
            for _, attempts in graded(students.evaluations(), SKILL).groupby("user_id")
        ]
    )


def block_claims(students: Simulated, column: str | None = None) -> npt.NDArray[np.bool_]:
    """Which students the dashboard claims a change of between two blocks: in any row, or in one column's."""
    tables = [blocks(attempts, SKILL) for _, attempts in graded(students.evaluations(), SKILL).groupby("user_id")]
    return np.array(
        [
            table["certain"].any() if column is None else table.set_index("criterion")["certain"][column]
            for table in tables
        ]
    )


def most_that_any_test_sees(n: int, weights: dict[float, float]) -> float:
    """An upper bound on how often *any* test that claims at most 5 % at every noise from the published one on sees a rise
    of one band over n evenly spaced attempts at the published noise, as a share of the ideal test's.

    Noise is Gaussian and bands are not rounded. For any weights ≥ 0 on noises (as multiples of the published one) the
    power of such a test is at most ∫ max(0, f₁ − Σ weight·f₀) + 0.05·Σ weight over the sufficient statistics (slope, own
    variance), with their densities f₁ under the rise and f₀ without it: the Lagrangian of the best test. The weights
    decide how sharp the bound is, not whether it holds.
    """
    times = np.linspace(0, 1, n)
    shift = math.sqrt(((times - times.mean()) ** 2).sum() / (PUBLISHED**2 + ROUNDING_VARIANCE))
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
    """A share in per cent with its 95 % Monte-Carlo interval (Wilson)."""
    n, share, z = len(claims), claims.mean(), 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return f"{share:.1%} ({middle - reach:.1%}–{middle + reach:.1%})"


def ratio(ours: npt.NDArray[np.bool_], ideal: npt.NDArray[np.bool_]) -> str:
    """How often we see it for each time the ideal does, with its 95 % Monte-Carlo interval (paired, log scale)."""
    quotient = ours.sum() / ideal.sum()
    spread = 1.96 * math.sqrt((ours != ideal).sum() / (ours.sum() * ideal.sum()))
    return f"{quotient:.2f} ({quotient * math.exp(-spread):.2f}–{quotient * math.exp(spread):.2f})"


def show(header: str, rows: Sequence[tuple[str, ...]]) -> None:
    """A Markdown table."""
    columns = header.split(" | ")
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def without_change(chance: np.random.Generator) -> None:
    """Claims of a change in the overall band's trend where there is none."""
    numbers = np.resize(np.arange(FEWEST, MOST + 1), STUDENTS)
    groups = {"3–7": (3, 7), "8–11": (8, 11), "12–20": (12, 20), "21–40": (21, 40)}
    rows = []
    for outliers in OUTLIERS:
        for times in (0.5, 1.0, 1.25, 1.5, 2.0, 3.0):
            students = simulated(chance, numbers, noise=times * PUBLISHED, outliers=outliers)
            claims, ideal = trend_claims(students), ideal_claims(students, times * PUBLISHED)
            by_group = [f"{claims[(numbers >= low) & (numbers <= high)].mean():.1%}" for low, high in groups.values()]
            rows.append((OUTLIERS[outliers], f"{times:g} ×", rate(claims), f"{ideal.mean():.1%}", *by_group))
    print(f"Unchanged students of whom a change is claimed ({STUDENTS:,} in each row, 3 to 40 attempts): at most 5 %\n")
    show("outliers | noise | **claimed** | ideal | " + " | ".join(f"n {group}" for group in groups), rows)


def with_a_rise(chance: np.random.Generator) -> None:
    """How often a rise of one band is seen, beside the ideal."""
    rows = []
    for outliers, times in ((NONE, 1.0), (SOME, 1.0), (ALL, 1.0), (NONE, 2.0)):
        for n in (8, 12, 20):
            noise = times * PUBLISHED
            students = simulated(chance, np.full(STUDENTS, n), rise=1.0, noise=noise, outliers=outliers)
            ours, ideal = trend_claims(students), ideal_claims(students, noise)
            knowing = ideal_claims(students, noise, without_outliers=True)
            conditions = (OUTLIERS[outliers], f"{times:g} ×", str(n))
            rows.append((*conditions, rate(ours), f"{ideal.mean():.1%}", ratio(ours, ideal), ratio(ours, knowing)))
    print(
        f"A rise of 1.0 band, seen ({STUDENTS:,} students in each row): without outliers at 1 ×, at least 0.90 of ideal\n"
    )
    show("outliers | noise | attempts | seen | ideal | **of ideal** | of the ideal that knows the outliers", rows)
    weights = {8: {1.3: 3.9, 1.4: 0.3}, 12: {1.2: 2.7, 1.3: 1.3}, 20: {1.0: 0.1, 1.2: 2.5}}
    bounds = [(str(n), f"{most_that_any_test_sees(n, of_n):.2f}") for n, of_n in weights.items()]
    print("The most that any test sees which holds 5 % for this number of attempts taken by itself, at every noise:\n")
    show("attempts | of ideal, at most", bounds)


def side_by_side(chance: np.random.Generator) -> None:
    """Claims in sets of statements: the criteria's four trends, the five rows of the blocks."""
    rows = []
    sets = {
        "four criteria’s trends": (criteria_claims, np.arange(FEWEST, MOST + 1)),
        "five rows of blocks": (block_claims, np.arange(7, 11)),
    }
    for name, (claims_of, numbers) in sets.items():
        for outliers, times in ((NONE, 1.0), (ALL, 1.0), (NONE, 2.0)):
            students = simulated(
                chance,
                np.resize(numbers, STUDENTS_ONE_BY_ONE),
                noise=times * PUBLISHED,
                criterion_noise=times * 0.6,
                outliers=outliers,
            )
            rows.append((name, OUTLIERS[outliers], f"{times:g} ×", rate(claims_of(students))))
    print(
        f"Unchanged students of whom a change is claimed in any of a set ({STUDENTS_ONE_BY_ONE:,} in each row): at most 5 %\n"
    )
    show("set | outliers | noise | **claimed**", rows)
    rows = []
    for step in (0.5, 1.0, 1.5):
        students = simulated(chance, np.full(STUDENTS_ONE_BY_ONE, 10), rise=step, step=True, criterion_noise=0.6)
        known = math.hypot(PUBLISHED, math.sqrt(ROUNDING_VARIANCE)) * math.sqrt(2 / 5)
        ideal = [math.erfc((critical_value(level) - step / known) / math.sqrt(2)) / 2 for level in (0.01, 0.05)]
        rows.append((f"{step}", rate(block_claims(students, "overall_band")), f"{ideal[0]:.1%}", f"{ideal[1]:.1%}"))
    print("Five attempts against the five before, overall band: a step between the blocks, seen\n")
    show("step | seen | ideal at the 1 % of one row in five | ideal at 5 %", rows)


def speed(chance: np.random.Generator) -> None:
    """Seconds that the class table's trends take for 5,000 students with 100,000 attempts."""
    evaluations = simulated(chance, np.full(5_000, 20)).evaluations()
    begun = time.perf_counter()
    change_of_students(evaluations, SKILL)
    print(f"change_of_students, 5,000 students with 100,000 attempts: {time.perf_counter() - begun:.2f} s")


def _stored(bands: Floats) -> Floats:
    return np.clip(np.floor(bands * 2 + 0.5) / 2, LOWEST_BAND, HIGHEST_BAND)


if __name__ == "__main__":
    generator = np.random.default_rng(20_260_314)
    for part in (without_change, with_a_rise, side_by_side, speed):
        part(generator)

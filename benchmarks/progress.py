"""Measure how often the dashboard claims a change, how far it is from the truth, and whom it names.

    python -m benchmarks.progress

The students are simulated (`benchmarks/simulated_classes.py`), so that their true change is known. Every figure is of the
public functions of `bandup.analysis`, and learns noise and shifts from the simulated class. The *ideal* is a z test of
a straight line that knows the noise and the shifts, two-sided at 5 %.
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.certainty import CLAIMED, Certainty
from bandup.analysis.class_estimates import class_estimates
from bandup.analysis.measurement_error import ROUNDING_VARIANCE, critical_value
from bandup.analysis.progress import trends_by_student
from benchmarks import statements
from benchmarks.rates import rate
from benchmarks.reporting import print_table
from benchmarks.simulated_classes import (
    CRITERION_NOISE,
    NOISE,
    SEED,
    SINCE,
    SKILL,
    STUDENTS,
    TERM_DAYS,
    Cell,
    Conditions,
    SimulatedClass,
    least_squares,
    simulate,
)

WORKERS = 2
NUMBERS = (4, 6, 8, 12, 20, 40)
"""Attempts of each student."""

NEW_MODEL, HALF_UP = (0.0, 0.0), (0.0, 0.5)
PLAIN = Conditions()
FALSE_CLAIMS: dict[str, tuple[Conditions, float]] = {
    "published noise": (PLAIN, 0.065),
    "noise × 0.5": (Conditions(noise=0.5 * NOISE), 0.065),
    "noise × 0.7": (Conditions(noise=0.7 * NOISE), 0.065),
    "noise × 1.5": (Conditions(noise=1.5 * NOISE), 0.065),
    "noise × 2": (Conditions(noise=2 * NOISE), 0.065),
    "heavy tails": (Conditions(heavy_tails=True), 0.065),
    "unequal students": (Conditions(unequal=True), 0.065),
    "day effect": (Conditions(day_effect=True), 0.07),
    "correlation 0.3": (Conditions(correlation=0.3), 0.07),
    "correlation 0.6": (Conditions(correlation=0.6), 0.065),
    "new model +0.3": (Conditions(model_shifts=(0.0, 0.3)), 0.05),
    "new model +0.5": (Conditions(model_shifts=HALF_UP), 0.05),
    "new model −0.5": (Conditions(model_shifts=(0.0, -0.5)), 0.05),
    "Task 1, then Task 2 +0.5": (Conditions(task_offset=0.5), 0.05),
    "new model, half truly jump by 1.0": (Conditions(model_shifts=NEW_MODEL, jump=1.0), 0.065),
}
"""Conditions under which no student changes (of the last, half of them), and the highest share of claims."""


def trends(simulated: SimulatedClass) -> pd.DataFrame:
    """What the dashboard says of each student with a trend, beside the truth and the ideal test."""
    evaluations = simulated.evaluations()
    table = trends_by_student(evaluations, class_estimates(evaluations, SKILL))
    return table.assign(
        perhaps=table["certainty"].isin(CLAIMED).to_numpy(),
        likely=(table["certainty"] == Certainty.LIKELY).to_numpy(),
        truth=simulated.change,
        student=np.arange(len(table)),
    )


def look(cell: Cell) -> pd.DataFrame:
    """`trends` of all classes of a cell, at the end of the term, with `line` and `ideal`."""
    known = cell.conditions.noise**2 + ROUNDING_VARIANCE
    tables = []
    for number, simulated in enumerate(cell.simulated()):
        line, of_rise = least_squares(simulated)
        ideal = line / np.sqrt(known * of_rise) > critical_value(0.05)
        tables.append(trends(simulated).assign(line=line, ideal=ideal, number=number))
    table = pd.concat(tables, ignore_index=True)
    return table[table["certainty"] != Certainty.TOO_FEW]


def term(cell: Cell) -> pd.DataFrame:
    """Whether each student was ever marked on a day of the term: `perhaps`, `likely`, `falling`, and the class's `number`."""
    tables = []
    for number, simulated in enumerate(cell.simulated()):
        ever = {name: np.zeros(cell.students, dtype=bool) for name in ("perhaps", "likely", "falling")}
        evaluations = simulated.evaluations()
        for day in range(1, TERM_DAYS + 1):
            seen = evaluations[evaluations["at"] < SINCE + timedelta(days=day)]
            if seen.empty:
                continue
            table = trends_by_student(seen, class_estimates(seen, SKILL))
            place = table["user_id"].str[1:].astype(int).to_numpy()
            likely = (table["certainty"] == Certainty.LIKELY).to_numpy()
            ever["perhaps"][place] |= table["certainty"].isin(CLAIMED).to_numpy()
            ever["likely"][place] |= likely
            ever["falling"][place] |= likely & (table["change"] < 0).to_numpy()
        tables.append(pd.DataFrame(ever).assign(number=number))
    return pd.concat(tables, ignore_index=True)


def print_false_claims(pool: ProcessPoolExecutor) -> None:
    """Changes claimed of students without any, on one day."""
    cells = [
        Cell(conditions, attempts, seed=100 * row + column)
        for row, (conditions, _) in enumerate(FALSE_CLAIMS.values())
        for column, attempts in enumerate(NUMBERS)
    ]
    tables = iter(pool.map(look, cells))
    rows: dict[str, list[tuple[str, ...]]] = {"perhaps": [], "likely": []}
    for name, (conditions, limit) in FALSE_CLAIMS.items():
        own = [next(tables) for _ in NUMBERS]
        if conditions.jump:
            own = [table[table["student"] >= Cell.students // 2] for table in own]
        perhaps, likely = ([rate(table[word], table["number"]) for table in own] for word in rows)
        rows["perhaps"].append((f"{name}, at most {limit:.1%}", *(share.at_most(limit) for share in perhaps)))
        rows["likely"].append((name, *map(str, likely)))
    heading = f"Unchanged students of whom a change is claimed on one day, {STUDENTS:,} in each cell"
    columns = ("condition", *(f"n = {attempts}" for attempts in NUMBERS))
    print_table(f"{heading}: *perhaps* or *likely*", columns, rows["perhaps"])
    print_table(f"{heading}: *likely*", columns, rows["likely"])
    sizes = (5, 20)
    cells = [
        Cell(PLAIN, attempts, 2_000 + 10 * row + column, size, 1_000 // size)
        for row, size in enumerate(sizes)
        for column, attempts in enumerate(NUMBERS)
    ]
    tables = iter(pool.map(look, cells))
    own_rates = [
        (size, [rate(table["perhaps"], table["number"]) for table in (next(tables) for _ in NUMBERS)]) for size in sizes
    ]
    print_table(
        "Small classes, published noise, *perhaps* or *likely*, 1,000 students in each cell: at most 6.5 %",
        columns,
        [(f"{size} students", *(share.at_most(0.065) for share in shares)) for size, shares in own_rates],
    )


def print_term(pool: ProcessPoolExecutor) -> None:
    """Changes claimed of students without any, on any day of a term, and students ever called falling."""
    cases: list[tuple[str, int, Conditions, float | None, int]] = [
        ("published noise", 20, PLAIN, 0.05, 8),
        ("day effect", 20, Conditions(day_effect=True), 0.1, 8),
        ("correlation 0.3", 20, Conditions(correlation=0.3), 0.1, 8),
        ("published noise", 8, PLAIN, None, 2),
        ("published noise", 40, PLAIN, None, 2),
    ]
    cells = [
        Cell(conditions, attempts, 3_000 + number * 10 + part, classes=2)
        for number, (_, attempts, conditions, _, classes) in enumerate(cases)
        for part in range(classes // 2)
    ]
    tables = iter(pool.map(term, cells))
    rows = []
    for name, attempts, _, limit, classes in cases:
        table = pd.concat([next(tables).assign(part=part) for part in range(classes // 2)])
        keys = table["part"] * 2 + table["number"]
        likely = rate(table["likely"], keys)
        falling = table["falling"].groupby(keys.to_numpy()).sum()
        rows.append(
            (
                name,
                str(attempts),
                f"{len(table):,}",
                str(rate(table["perhaps"], keys)),
                str(likely) if limit is None else f"{likely.at_most(limit)} (at most {limit:.0%})",
                f"{falling.mean():.1f}, at most {falling.max()}",
            )
        )
    columns = ("condition", "attempts", "students", "ever perhaps or likely", "ever likely", "ever falling, of 60")
    print_table(
        f"Unchanged students ever marked in a term of daily looks ({TERM_DAYS}); falling: 2 of 60 on average at most",
        columns,
        rows,
    )


def print_power(pool: ProcessPoolExecutor) -> None:
    """How often a rise of one band is seen, by the dashboard and by the ideal test."""
    cases = {
        "published noise": (Conditions(mean_rise=1.0), {6: 0.4, 8: 0.56, 20: 0.83}),
        "new model +0.5": (Conditions(mean_rise=1.0, model_shifts=HALF_UP), {20: 0.75}),
    }
    cells = [
        Cell(conditions, attempts, 4_000 + attempts, classes=60)
        for conditions, _ in cases.values()
        for attempts in NUMBERS
    ]
    tables = iter(pool.map(look, cells))
    rows = []
    for name, (_, limits) in cases.items():
        for attempts in NUMBERS:
            table = next(tables)
            seen = rate(table["perhaps"] & (table["change"] > 0), table["number"])
            likely = rate(table["likely"] & (table["change"] > 0), table["number"])
            limit = limits.get(attempts)
            verdict = str(seen) if limit is None else seen.at_least(limit)
            rows.append((name, str(attempts), verdict, str(likely), f"{table['ideal'].mean():.1%}"))
    columns = ("condition", "attempts", "seen as perhaps or likely", "as likely", "ideal test")
    print_table("A rise of one band, 3,600 students in each row", columns, rows)


def print_sizes(pool: ProcessPoolExecutor) -> None:
    """How far the sizes and intervals of claimed changes are from the truth."""
    population = Conditions(mean_rise=0.3, rise_sd=0.4)
    cases = [(size, attempts) for size in (20, 60) for attempts in (8, 12, 20)]
    cells = [Cell(population, attempts, 5_000 + attempts, size, 3_000 // size) for size, attempts in cases]
    rows = []
    for (size, attempts), table in zip(cases, pool.map(look, cells), strict=True):
        claimed = table[table["perhaps"]]
        error, unpooled = claimed["change"] - claimed["truth"], claimed["line"] - claimed["truth"]
        inside = (claimed["lower"] <= claimed["truth"]) & (claimed["truth"] <= claimed["upper"])
        others = table[~table["perhaps"]]
        allowed = (others["lower"] <= others["truth"]) & (others["truth"] <= others["upper"])
        half = critical_value(0.05) * float(error.std()) / math.sqrt(len(error))
        verdict = "holds" if abs(error.mean()) <= 0.15 else "**does not hold**"
        rows.append(
            (
                str(size),
                str(attempts),
                f"{len(claimed):,}",
                f"{error.mean():+.2f} ± {half:.2f} {verdict}",
                f"{error.abs().mean():.2f}",
                f"{unpooled.mean():+.2f}, {unpooled.abs().mean():.2f}",
                rate(inside, claimed["number"]).at_least(0.9),
                str(rate(allowed, others["number"])),
            )
        )
    columns = (
        *("class", "attempts", "claimed", "said − true, mean", "absolute, mean", "the line’s, mean and absolute"),
        *("interval holds the truth", "the same without a claim"),
    )
    print_table(
        "Sizes of claimed changes where true changes are N(0.3, 0.4), 3,000 students in each row: within 0.15",
        columns,
        rows,
    )


def print_time(_: ProcessPoolExecutor) -> None:
    """CPU seconds for the estimates and trends of 5,000 students with 100,000 attempts at one skill."""
    rows = []
    for name, conditions in (
        ("one model, one task", PLAIN),
        ("three models, two tasks", Conditions(model_shifts=(0, 0, 0), task_offset=0.5)),
    ):
        with_criteria = replace(conditions, criterion_noise=CRITERION_NOISE)
        evaluations = simulate(np.random.default_rng(SEED), 5_000, 20, with_criteria).evaluations()
        started = time.process_time()
        estimates = class_estimates(evaluations, SKILL)
        between = time.process_time()
        trends_by_student(evaluations, estimates)
        rows.append((name, f"{between - started:.2f} s", f"{time.process_time() - between:.2f} s"))
    print_table(
        "CPU of 5,000 students with 100,000 attempts at one skill",
        ("class", "class_estimates", "trends_by_student"),
        rows,
    )


MEASURES: tuple[Callable[[ProcessPoolExecutor], Any], ...] = (
    print_false_claims,
    print_term,
    print_power,
    print_sizes,
    statements.print_attention,
    statements.print_weakest,
    statements.print_sets_of_statements,
)


def main() -> None:
    """Run every measure; the time alone, when the others have finished."""
    started = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        for measure in MEASURES:
            measure(pool)
        print_time(pool)
    print(f"\nAll together: {time.perf_counter() - started:.0f} s.")


if __name__ == "__main__":
    main()

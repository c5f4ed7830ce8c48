"""Whom the dashboard names and what it says of them beside trends: attention, criteria, blocks, pairs of students, models.

Measured by `python -m benchmarks.progress`.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pandas as pd

from bandup.analysis.attempts import graded_attempts, latest_overall_means
from bandup.analysis.attention import DEFAULT_TARGET, students_needing_attention
from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.blocks import compare_blocks
from bandup.analysis.certainty import CLAIMED, SIGNIFICANCE_LEVEL
from bandup.analysis.class_estimates import class_estimates
from bandup.analysis.comparison import compare_students
from bandup.analysis.grader_drift import model_changes
from bandup.analysis.progress import trends_by_student
from bandup.analysis.student_list import all_students
from bandup.analysis.weakest_criterion import class_differences, weakest_by_student
from benchmarks.rates import rate
from benchmarks.reporting import print_table
from benchmarks.simulated_classes import (
    CRITERION_NOISE,
    NOISE,
    SEED,
    SINCE,
    SKILL,
    TERM_DAYS,
    Cell,
    Conditions,
    simulate,
)

KINDS = {"rising": 15, "falling": 6, "flat under target": 12, "stopped": 6, "on target": 21}
"""A class's students by what is true of them: see `attention`."""
NEEDY = ("falling", "flat under target", "stopped")


def attention(seed: int, fewest: int = 10, most: int = 40) -> pd.DataFrame:
    """Who is named at day 120 of a class: `kind`, `reasons` (empty if not named), `number` (the class's).

    The target is 6.5. Rising: by 1.0, from 5.0–6.0; falling: by 1.0, from 6.0–7.0; flat under target: no change, at
    5.0–5.75; stopped: no attempt after a day between 60 and 100, no change, at 6.5–7.5; on target: no change, at 6.5–7.5.
    Each made `fewest` to `most` attempts at random times of the term; who stopped made those before.
    """
    rng = np.random.default_rng([SEED, 6_000, seed])
    kinds = np.repeat([*KINDS], [*KINDS.values()])
    low = pd.Series(kinds).map({"rising": 5.0, "falling": 6.0, "flat under target": 5.0}).fillna(6.5).to_numpy()
    width = np.where(kinds == "flat under target", 0.75, 1.0)
    changes = np.select([kinds == "rising", kinds == "falling"], [1.0, -1.0], 0.0)
    simulated = simulate(
        rng, len(kinds), most, Conditions(), levels=low + width * rng.uniform(size=len(kinds)), changes=changes
    )
    number = rng.integers(fewest, most + 1, len(kinds))
    kept = rng.permuted(np.tile(np.arange(most), (len(kinds), 1)), axis=1) < number[:, None]
    stops = np.where(kinds == "stopped", rng.uniform(60, 100, len(kinds)), np.inf)
    evaluations = simulated.only(kept & (simulated.day < stops[:, None])).evaluations()
    sets = evaluations.head(0)
    waiting = pd.DataFrame({"user_id": pd.Series(dtype="str"), "waited_seconds": pd.Series(dtype="float64")})
    named = students_needing_attention(
        all_students(evaluations, sets),
        {skill: trends_by_student(evaluations, class_estimates(evaluations, skill)) for skill in Skill},
        {skill: latest_overall_means(graded_attempts(evaluations, skill)) for skill in Skill},
        waiting,
        DEFAULT_TARGET,
        SINCE + timedelta(days=TERM_DAYS),
    )
    users = pd.Series([f"u{student:05}" for student in range(len(kinds))])
    reasons = users.map(named.set_index("user_id")["reasons"]).fillna("")
    return pd.DataFrame({"kind": kinds, "reasons": reasons, "number": seed})


def print_attention(pool: ProcessPoolExecutor) -> None:
    """Whom the attention list names, by what is true of them."""
    classes = 60
    rows, of_kinds = [], []
    for fewest, most in ((10, 40), (8, 20)):
        table = pd.concat(pool.map(partial(attention, fewest=fewest, most=most), range(classes)), ignore_index=True)
        named, needy = table["reasons"] != "", table["kind"].isin(NEEDY)
        precision = rate(needy[named], table["number"][named])
        recall = rate(named[needy], table["number"][needy])
        attempts = f"{fewest} to {most}"
        rows.append((attempts, precision.at_least(0.85), recall.at_least(0.75), f"{named.sum() / classes:.1f} of 60"))
        for kind, number in KINDS.items():
            own = table[table["kind"] == kind]
            shares = [
                f"{own['reasons'].str.contains(reason).mean():.0%}" for reason in ("falling", "silent", "not_rising")
            ]
            of_kinds.append((attempts, kind, str(number), str(rate(own["reasons"] != "", own["number"])), *shares))
    heading = f"Students needing attention at day {TERM_DAYS}, {classes} classes of 60 of whom 24 need it"
    print_table(heading, ("attempts", "precision", "recall", "named"), rows)
    columns = ("attempts", "truth", "of 60", "named", "as falling", "as silent", "as not rising")
    print_table("The same by what is true of the student", columns, of_kinds)


def weakest(cell: Cell) -> pd.DataFrame:
    """The criterion named of each student (a place, −1 where none is), and the place of the truly weakest."""
    columns = np.array([*CRITERIA[SKILL]])
    tables = []
    for number, simulated in enumerate(cell.simulated()):
        named = weakest_by_student(graded_attempts(simulated.evaluations(), SKILL), SKILL)["weakest"]
        places = named.map({column: place for place, column in enumerate(columns)}).fillna(4)
        users = pd.Series([f"u{student:05}" for student in range(cell.students)])
        place = users.map(places).fillna(-1).astype(int)
        tables.append(pd.DataFrame({"place": place, "truth": simulated.profile.argmin(axis=1), "number": number}))
    return pd.concat(tables, ignore_index=True)


def class_sentences(cell: Cell) -> list[bool]:
    """Whether a criterion of each class is said to differ."""
    names = [*CRITERIA[SKILL]]
    means = (pd.DataFrame(simulated.criteria.mean(axis=1), columns=names) for simulated in cell.simulated())
    return [not class_differences(of_class, SKILL, SIGNIFICANCE_LEVEL).empty for of_class in means]


def print_weakest(pool: ProcessPoolExecutor) -> None:
    """How often a named weakest criterion is the right one."""
    profiles = {
        "one lies 0.5 below": Conditions(weakest_below=0.5),
        "N(0, 0.35)": Conditions(profile_sd=0.35),
        "equal": Conditions(),
    }
    cases = [(name, attempts) for name in profiles for attempts in (8, 12, 20, 40)]
    cells = [
        Cell(replace(profiles[name], criterion_noise=CRITERION_NOISE), attempts, 7_000 + attempts, classes=20)
        for name, attempts in cases
    ]
    rows = []
    for (name, attempts), table in zip(cases, pool.map(weakest, cells), strict=True):
        named = table["place"] >= 0
        right = "–" if name == "equal" else str(rate((table["place"] == table["truth"])[named]))
        rows.append((name, str(attempts), str(rate(named)), right))
    columns = ("a student’s criteria", "attempts", "one is named", "the named one is right")
    print_table("A student’s weakest criterion, 1,200 students in each row", columns, rows)
    cells = [
        Cell(Conditions(profile_sd=0.3, criterion_noise=CRITERION_NOISE), 12, 7_500 + size, size, 1_000)
        for size in (5, 20, 60)
    ]
    shares = [rate(named) for named in pool.map(class_sentences, cells)]
    of_classes = [(str(cell.students), share.at_most(0.05)) for cell, share in zip(cells, shares, strict=True)]
    print_table(
        "A criterion named of a class in which all four are equal, 1,000 classes: at most 5 %",
        ("students", "named"),
        of_classes,
    )


def blocks(cell: Cell) -> list[bool]:
    """Whether a change between blocks is claimed, in any row, of each student."""
    claimed = []
    for simulated in cell.simulated():
        evaluations = simulated.evaluations()
        estimates = class_estimates(evaluations, SKILL)
        for _, attempts in graded_attempts(evaluations, SKILL).groupby("user_id"):
            claimed.append(bool(compare_blocks(attempts, estimates)["certainty"].isin(CLAIMED).any()))
    return claimed


def pairs(cell: Cell) -> list[tuple[bool, bool]]:
    """Whether a difference between two students at one level is claimed: in the overall band, in any criterion."""
    claimed = []
    rng = np.random.default_rng([SEED, cell.seed])
    for _ in range(cell.classes):
        level = np.repeat(rng.uniform(5, 7, cell.students // 2), 2)
        evaluations = simulate(rng, cell.students, cell.attempts, cell.conditions, levels=level).evaluations()
        estimates = class_estimates(evaluations, SKILL)
        own = [attempts for _, attempts in graded_attempts(evaluations, SKILL).groupby("user_id")]
        for first, second in zip(own[::2], own[1::2], strict=True):
            is_claimed = compare_students(first, second, estimates)["certainty"].isin(CLAIMED)
            claimed.append((bool(is_claimed.iloc[0]), bool(is_claimed.iloc[1:].any())))
    return claimed


def drift(cell: Cell) -> list[list[bool]]:
    """Of each class, whether each row of differences between models lies clear of 0."""
    claimed = []
    for simulated in cell.simulated():
        evaluations = simulated.evaluations()
        changes = model_changes(evaluations, class_estimates(evaluations, SKILL))
        claimed.append([*((changes["low"] > 0) | (changes["high"] < 0))])
    return claimed


def print_sets_of_statements(pool: ProcessPoolExecutor) -> None:
    """Claims in sets of statements: blocks, two students, and models."""
    noises = {"published noise": 1.0, "noise × 0.5": 0.5, "noise × 2": 2.0}
    conditions = [Conditions(noise=times * NOISE, criterion_noise=times * CRITERION_NOISE) for times in noises.values()]
    of_blocks = pool.map(blocks, [Cell(own, 10, 8_000 + number, classes=8) for number, own in enumerate(conditions)])
    of_pairs = pool.map(pairs, [Cell(own, 8, 8_100 + number, classes=16) for number, own in enumerate(conditions)])
    rows = []
    for name, block_claims, pair_claims in zip(noises, of_blocks, of_pairs, strict=True):
        overall, criteria = (rate(column) for column in zip(*pair_claims, strict=True))
        rows.append((name, rate(block_claims).at_most(0.06), overall.at_most(0.06), criteria.at_most(0.06)))
    columns = ("condition", "blocks: any of five rows", "two students: overall band", "two students: any criterion")
    print_table("Claimed of 480 unchanged students, and of 480 pairs at one level: at most 6 %", columns, rows)
    shifts = {0.0: (0.0, 0.0, 0.0), 0.3: (0.0, 0.3, 0.3), 0.5: (0.0, 0.5, 0.5)}
    cells = [
        Cell(Conditions(model_shifts=own), 12, 8_200 + size, size, 150) for size in (20, 60) for own in shifts.values()
    ]
    results = pool.map(drift, cells)
    rows = []
    for size in (20, 60):
        same, *others = (next(results) for _ in shifts)
        seen = [rate([row[0] for row in claimed]) for claimed in others]
        rows.append((str(size), rate([any(row) for row in same]).at_most(0.05), str(seen[0]), str(seen[1])))
    columns = ("students", "no difference: any row wrong", "+0.3 seen", "+0.5 seen")
    print_table("Three models, 12 attempts of each student, 150 classes: at most 5 %", columns, rows)

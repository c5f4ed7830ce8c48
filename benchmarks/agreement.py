"""Measure how far the agreement figures can be trusted, on simulated marks whose true agreement is known.

    python -m benchmarks.agreement

The coverage of the intervals, and the bias of weighted kappa where the queue draws half at random and half by risk.
"""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.agreement import agreement
from benchmarks.rates import rate
from benchmarks.simulated_marks import simulated_marks

SAMPLES = 1_000
MIN_COVERAGE = 0.88
MAX_BIAS = 0.03
PER_STUDENT = 3
SEED = 20_261_130
UNWEIGHTED, WEIGHTED = "the queue, unweighted", "the queue, weighted"
RISK_NOISE = 0.7
"""Standard deviation, in bands, of what separates the risk of an attempt from how far grader and teacher really differ."""


def print_coverage(rng: np.random.Generator, truth: pd.DataFrame) -> None:
    """How often the interval of kappa and that of the mean difference hold the truth."""
    true = agreement(truth)
    print("| marks | QWK, 95 % interval holds the truth | width | mean difference, the same |\n|---|---|---|---|")
    for number in (30, 100, 300):
        found = [agreement(sample(rng, number)) for _ in range(SAMPLES)]
        kappa = np.array([one.kappa.low <= true.kappa.value <= one.kappa.high for one in found])
        difference = np.array([one.difference.low <= true.difference.value <= one.difference.high for one in found])
        width = np.median([one.kappa.high - one.kappa.low for one in found])
        print(f"| {number} | {rate(kappa).at_least(MIN_COVERAGE)} | {width:.2f} | {rate(difference)} |")


def print_risky_sample(rng: np.random.Generator) -> None:
    """Kappa of 100 marks: random, the riskiest, and as the queue draws them, without weights and with those of the verdict."""
    columns: dict[str, list[float]] = {name: [] for name in ("random", "riskiest", UNWEIGHTED, WEIGHTED)}
    true = []
    for _ in range(SAMPLES // 2):
        attempts = simulated_marks(rng, students=400, per_student=PER_STUDENT, bias_sd=0.2)
        true.append(agreement(attempts).kappa.value)
        apart = (attempts["grader"] - attempts["teacher"]).abs()
        risk = (apart + rng.normal(0, RISK_NOISE, len(apart))).clip(lower=0).to_numpy()
        order = np.argsort(-risk)
        drawn = draw(rng, attempts, risk, 100)
        columns["random"].append(agreement(attempts.sample(100, random_state=int(rng.integers(2**31)))).kappa.value)
        columns["riskiest"].append(agreement(attempts.iloc[order[:100]]).kappa.value)
        columns[UNWEIGHTED].append(agreement(drawn.drop(columns="weight")).kappa.value)
        columns[WEIGHTED].append(agreement(drawn).kappa.value)
    print(f"\nQWK of 100 marks out of 1,200; the truth is {np.mean(true):.3f} on average.\n")
    print(
        "| sample | QWK − truth, mean | Monte Carlo error | SD | verdict (weighted: within 0.03) |\n|---|---|---|---|---|"
    )
    for name, values in columns.items():
        error = np.array(values) - np.array(true)
        verdict = ""
        if name == WEIGHTED:
            verdict = "holds" if abs(error.mean()) <= MAX_BIAS else "**does not hold**"
        print(
            f"| {name} | {error.mean():+.3f} | ±{1.96 * error.std() / math.sqrt(len(error)):.3f} "
            f"| {error.std():.3f} | {verdict} |"
        )


def draw(rng: np.random.Generator, attempts: pd.DataFrame, risk: npt.NDArray[np.float64], number: int) -> pd.DataFrame:
    """Attempts in the order of the queue (`bandup.analysis.marking_queue`), with their `weight`."""
    probability = 0.5 / len(attempts) + 0.5 * risk / risk.sum()
    first = np.argsort(rng.exponential(size=len(attempts)) / probability)[:number]
    return attempts.iloc[first].assign(weight=1 / probability[first])


def sample(rng: np.random.Generator, marks: int) -> pd.DataFrame:
    """Marks of three attempts per student."""
    return simulated_marks(rng, students=math.ceil(marks / PER_STUDENT), per_student=PER_STUDENT, bias_sd=0.2).head(
        marks
    )


if __name__ == "__main__":
    generator = np.random.default_rng(SEED)
    print_coverage(generator, simulated_marks(generator, students=100_000, per_student=PER_STUDENT, bias_sd=0.2))
    print_risky_sample(generator)

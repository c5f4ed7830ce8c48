"""Measure how far the agreement figures can be trusted, on simulated marks whose true agreement is known.

    python -m benchmarks.agreement

The coverage of the intervals, and the bias of weighted kappa where half of the marks are of the riskiest attempts.
"""

import math

import numpy as np
import pandas as pd

from bandup.analysis.agreement import agreement
from benchmarks.rates import rate
from benchmarks.simulated_marks import simulated_marks

SAMPLES = 1_000
MIN_COVERAGE = 0.88
MAX_BIAS = 0.03
PER_STUDENT = 3
SEED = 20_261_130
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
    """Kappa of 100 marks: all random, the riskiest, half and half unweighted, and weighted by the inverse probability."""
    columns: dict[str, list[float]] = {
        name: [] for name in ("random", "riskiest", "half, unweighted", "half, weighted")
    }
    true = []
    for _ in range(SAMPLES // 2):
        attempts = simulated_marks(rng, students=400, per_student=PER_STUDENT, bias_sd=0.2)
        true.append(agreement(attempts).kappa.value)
        apart = (attempts["grader"] - attempts["teacher"]).abs()
        order = np.argsort(-(apart + rng.normal(0, RISK_NOISE, len(apart))).to_numpy())
        risky, rest = attempts.iloc[order[:50]], attempts.iloc[order[50:]]
        drawn = rest.sample(50, random_state=int(rng.integers(2**31)))
        both = pd.concat([risky.assign(weight=1.0), drawn.assign(weight=len(rest) / 50)])
        columns["random"].append(agreement(attempts.sample(100, random_state=int(rng.integers(2**31)))).kappa.value)
        columns["riskiest"].append(agreement(attempts.iloc[order[:100]]).kappa.value)
        columns["half, unweighted"].append(agreement(both.drop(columns="weight")).kappa.value)
        columns["half, weighted"].append(agreement(both).kappa.value)
    print(f"\nQWK of 100 marks out of 1,200; the truth is {np.mean(true):.3f} on average.\n")
    print(
        "| sample | QWK − truth, mean | Monte Carlo error | SD | verdict (weighted: within 0.03) |\n|---|---|---|---|---|"
    )
    for name, values in columns.items():
        error = np.array(values) - np.array(true)
        verdict = ""
        if name == "half, weighted":
            verdict = "holds" if abs(error.mean()) <= MAX_BIAS else "**does not hold**"
        print(
            f"| {name} | {error.mean():+.3f} | ±{1.96 * error.std() / math.sqrt(len(error)):.3f} "
            f"| {error.std():.3f} | {verdict} |"
        )


def sample(rng: np.random.Generator, marks: int) -> pd.DataFrame:
    """Marks of three attempts per student."""
    return simulated_marks(rng, students=math.ceil(marks / PER_STUDENT), per_student=PER_STUDENT, bias_sd=0.2).head(
        marks
    )


if __name__ == "__main__":
    generator = np.random.default_rng(SEED)
    print_coverage(generator, simulated_marks(generator, students=100_000, per_student=PER_STUDENT, bias_sd=0.2))
    print_risky_sample(generator)

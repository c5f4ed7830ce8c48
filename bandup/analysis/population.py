"""The population of the students' changes, and what it says about the size of one student's: partial pooling.

The true changes of a class are taken as Normal(μ, τ²), and each student's estimate as Normal about theirs. μ and τ are
averaged over what the class's estimates leave possible (uniform prior on both; Gelman, Bayesian Analysis 1 (2006)): with a
point estimate of τ, small classes would be said to change all alike.
"""

from dataclasses import dataclass

import numpy as np

from bandup.analysis.measurement_error import Floats

MIN_STUDENTS = 5
"""With fewer students, each one's change is given by itself."""
MAX_SHRINKAGE = 1.25
"""Standard errors by which the class may move a student's estimate: who differs from the class keeps most of the difference."""
_SPREADS = 40


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """Possible spreads τ of the true changes, how likely each is, and the mean μ with its variance given each."""

    spreads: Floats
    weights: Floats
    means: Floats
    mean_variances: Floats


def learn_population(changes: Floats, errors: Floats) -> Population | None:
    """The population from one estimate per student and its standard error; None with fewer than five."""
    if len(changes) < MIN_STUDENTS:
        return None
    largest = 2 * max(float(changes.std()), float(np.median(errors)))
    spreads = np.linspace(0, largest, _SPREADS)
    variances = errors**2 + spreads[:, None] ** 2
    information = (1 / variances).sum(axis=1)
    means = (changes / variances).sum(axis=1) / information
    squares = ((changes - means[:, None]) ** 2 / variances).sum(axis=1)
    likelihood = -(np.log(variances).sum(axis=1) + squares + np.log(information)) / 2
    weights = np.exp(likelihood - likelihood.max())
    return Population(spreads, weights / weights.sum(), means, 1 / information)


def pooled(changes: Floats, errors: Floats, population: Population) -> tuple[Floats, Floats]:
    """Each student's change given the population, and its standard deviation.

    Moved by at most `MAX_SHRINKAGE` standard errors (limited translation: Efron and Morris, JASA 67 (1972)); where that
    limit holds, the standard deviation is the student's own standard error.
    """
    variances = errors[:, None] ** 2
    own = population.spreads**2 / (population.spreads**2 + np.maximum(variances, 1e-12))
    given = population.means + own * (changes[:, None] - population.means)
    spread = own * variances + (1 - own) ** 2 * population.mean_variances
    mean = given @ population.weights
    sd = np.sqrt(np.maximum((spread + given**2) @ population.weights - mean**2, 0))
    limited = np.clip(mean, changes - MAX_SHRINKAGE * errors, changes + MAX_SHRINKAGE * errors)
    return limited, np.where(limited == mean, sd, errors)

"""A student's level in one skill, in numbers: latest, mean and best band, and the weakest criterion."""

from dataclasses import dataclass

import pandas as pd

from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, latest_overall_means
from bandup.analysis.bands import Skill
from bandup.analysis.progress import weakest_criterion
from bandup.memo import memoized


@dataclass(frozen=True)
class SkillSummary:
    """One student's level in one skill; bands from 0 to 9, None where there is no attempt to take them from."""

    n: int
    """Graded attempts."""
    best: float | None
    """The best overall band of all of them."""
    n_dated: int = 0
    """Attempts of known time."""
    latest: float | None = None
    """The overall band of the newest attempt."""
    mean: float | None = None
    """The mean overall band of the latest attempts."""
    n_latest: int = 0
    """The number of these latest attempts, at most `LATEST_ATTEMPTS`."""
    weakest: str | None = None
    """The criterion (its column) with the lowest mean over the latest attempts."""
    weakest_mean: float | None = None


@memoized
def summary_of_skill(attempts: pd.DataFrame, skill: Skill) -> SkillSummary:
    """The summary of one student's attempts at a skill, of which only those of known time can be the latest.

    `attempts`: as returned by `bandup.analysis.attempts.graded_attempts`.
    """
    with_time = dated(attempts)
    best = None if attempts.empty else float(attempts["overall_band"].max())
    if with_time.empty:
        return SkillSummary(len(attempts), best)
    weakest, weakest_mean = weakest_criterion(attempts, skill) or (None, None)
    return SkillSummary(
        n=len(attempts),
        best=best,
        n_dated=len(with_time),
        latest=float(with_time["overall_band"].iloc[-1]),
        mean=float(latest_overall_means(with_time).iloc[0]),
        n_latest=min(len(with_time), LATEST_ATTEMPTS),
        weakest=weakest,
        weakest_mean=weakest_mean,
    )

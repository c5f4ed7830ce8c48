"""Where a student stands in one skill, in numbers."""

from dataclasses import dataclass

import pandas as pd

from bandup.analysis.attempts import dated
from bandup.analysis.attention import latest_means
from bandup.analysis.bands import Skill
from bandup.analysis.progress import BLOCK_SIZE, weakest_criterion
from bandup.memo import memoized


@dataclass(frozen=True)
class Standing:
    """One student in one skill, bands on the scale of 0 to 9; None where there is nothing to tell it by.

    `latest`: the newest attempt's overall band; `mean`: of the latest `of` attempts (five at most); `best`: of all `n`
    graded attempts, of which `timed` have a known time; `weakest`: the criterion (its column) with the lowest mean over the same latest attempts, and
    `weakest_mean` that mean.
    """

    n: int
    best: float | None
    timed: int = 0
    latest: float | None = None
    mean: float | None = None
    of: int = 0
    weakest: str | None = None
    weakest_mean: float | None = None


@memoized
def standing(attempts: pd.DataFrame, skill: Skill) -> Standing:
    """`attempts`: one student's graded attempts, as of `bandup.analysis.attempts.graded`; what is latest needs a known time."""
    timed = dated(attempts)
    best = attempts["overall_band"].max()
    known = Standing(len(attempts), None if pd.isna(best) else float(best))
    if timed.empty:
        return known
    weakest, weakest_mean = weakest_criterion(attempts, skill) or (None, None)
    return Standing(
        known.n,
        known.best,
        len(timed),
        float(timed["overall_band"].iloc[-1]),
        float(latest_means(timed).iloc[0]),
        min(len(timed), BLOCK_SIZE),
        weakest,
        weakest_mean,
    )

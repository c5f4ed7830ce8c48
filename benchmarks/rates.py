"""Shares measured in simulated classes, with their Monte Carlo error and what is asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bandup.analysis.intervals import wilson_interval
from benchmarks.simulated_classes import Booleans, Floats


@dataclass(frozen=True)
class Rate:
    """A share in simulated classes, with its 95 % Monte Carlo interval."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.share:.1%} ({self.low:.1%}–{self.high:.1%})"

    def at_most(self, limit: float) -> str:
        """The share and whether it is within the limit."""
        return f"{self} {_verdict(self.share <= limit, self.low <= limit)}"

    def at_least(self, limit: float) -> str:
        """The share, the limit, and whether it is reached."""
        return f"{self}, at least {limit:.0%}: {_verdict(self.share >= limit, self.high >= limit)}"


def rate(
    values: Sequence[bool] | Booleans | pd.Series, classes: Sequence[int] | Floats | pd.Series | None = None
) -> Rate:
    """The share of true values; `classes`: of each value, as values of one class resemble each other.

    The interval is Wilson's; where the shares of the classes vary more than those of independent values would, the number
    of values is reduced accordingly.
    """
    true = np.asarray(values, dtype=float)
    share, number = float(true.mean()), float(len(true))
    if classes is not None and 0 < share < 1:
        own = pd.Series(true - share).groupby(np.asarray(classes)).sum().to_numpy()
        number /= max(1.0, float((own**2).sum()) / (number * share * (1 - share)))
    return Rate(share, *wilson_interval(share * number, number))


def _verdict(holds: bool, may_hold: bool) -> str:
    """Whether a limit is kept; where only the Monte Carlo interval reaches it, the simulation can't tell."""
    return "holds" if holds else "unclear" if may_hold else "**does not hold**"

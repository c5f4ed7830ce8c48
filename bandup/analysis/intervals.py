"""The interval of a proportion, for every share that is shown: of failed jobs, of marks that agree, of simulated students."""

from typing import TypeVar, cast

import numpy as np
import pandas as pd

from bandup.analysis.measurement_error import critical_value

CONFIDENCE = 0.95
"""Of every interval."""

Numbers = TypeVar("Numbers", float, pd.Series)


def wilson_interval(successes: Numbers, trials: Numbers) -> tuple[Numbers, Numbers]:
    """The Wilson score interval of a proportion at 95 % confidence: its lower and upper end; NaN for 0 trials.

    `successes`, `trials`: numbers or columns; not whole where trials are weighted. Sources: Wilson, JASA 22 (1927),
    209-212; recommended for small numbers by Brown, Cai, DasGupta, Statistical Science 16 (2001), 101-133.
    """
    z = critical_value(1 - CONFIDENCE)
    rate = successes / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half_width = z * np.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2)) / (1 + z**2 / trials)
    low, high = (np.clip(centre + side * half_width, 0.0, 1.0) for side in (-1, 1))
    return cast("Numbers", low), cast("Numbers", high)

"""How often jobs end without a result, per type and per model, and how sure that rate is."""

from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.memo import memoized

FINISHED = (State.SUCCEEDED, State.SUSPECT, *UNSUCCESSFUL)
"""States that mean a job has come to its end, well or not."""

NOT_TOLD = "not told"
"""The row of the jobs that hold no value."""

MODEL_NOTE = (
    "Only completed jobs name the model they used, and not all of them do. Failed and stuck jobs name none and stand "
    "under “not told”, so a model’s own rate tells how often its results came back empty, not how often it failed."
)
"""What a reader of rates per model must know."""

CONFIDENCE = 0.95


@memoized
def failure_rates(jobs: pd.DataFrame, by: Literal["type", "model_used"]) -> pd.DataFrame:
    """One row per value of `by` among finished jobs, most jobs without a result first, then by rate and value.

    Columns: `by` itself (str; `NOT_TOLD` for jobs that hold none), `finished` and `without_result` (int64), `rate`
    (float64, share of the finished), `low` and `high` (float64, the rate's 95 % interval).

    Finished are succeeded, suspect, empty, failed and stuck jobs; without a result failed, stuck and empty ones. A
    running job has no outcome yet, a superseded one is the first trace of a job that counts by its other item, and of
    an unknown status nothing can be told: none of these is counted. A suspect job is finished and not among those
    without a result: it stored one, wrong as it may be. For `model_used` show `MODEL_NOTE` beside the rates.
    """
    state = jobs["state"].astype("str")
    finished = jobs[state.isin(FINISHED)]
    value = finished[by].astype("str").fillna(NOT_TOLD)
    troubled = finished["state"].astype("str").isin(UNSUCCESSFUL)
    table = troubled.groupby(value.rename(by)).agg(finished="size", without_result="sum").astype("int64").reset_index()
    table = table.astype({by: "str"})
    table["rate"] = table["without_result"] / table["finished"]
    table["low"], table["high"] = wilson(table["without_result"], table["finished"])
    return table.sort_values(["without_result", "rate", by], ascending=[False, False, True], ignore_index=True)


def wilson(hits: pd.Series, of: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The Wilson score interval of a proportion at 95 % confidence: `low` and `high`, float64; NaN where `of` is 0.

    Sources: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212;
    recommended for small numbers by Brown, Cai, DasGupta, Interval estimation for a binomial proportion, Statistical
    Science 16 (2001), 101-133.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    number = of.astype("float64")
    rate = hits / number
    centre = (rate + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z * np.sqrt(rate * (1 - rate) / number + z**2 / (4 * number**2)) / (1 + z**2 / number)
    return (centre - half).clip(0, 1), (centre + half).clip(0, 1)

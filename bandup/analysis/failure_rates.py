"""How often jobs end without a result, per type and per model, with confidence intervals."""

from typing import Literal

import pandas as pd

from bandup.analysis.intervals import wilson_interval
from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.memo import memoized

FINISHED = (State.SUCCEEDED, State.SUSPECT, *UNSUCCESSFUL)
"""The states of a job that has ended, with or without a result."""

NOT_STORED = "not stored"
"""The row of the jobs without a value."""

MODEL_NOTE = (
    "Only completed jobs name the model they used, and not all of them do. Failed and stuck jobs name none and are "
    f"counted under “{NOT_STORED}”, so a model’s own rate shows how often its results came back empty, not how often "
    "it failed."
)
"""Shown beside rates per model."""


@memoized
def rates_by(jobs: pd.DataFrame, by: Literal["type", "model_used"]) -> pd.DataFrame:
    """One row per value of `by` among finished jobs, most jobs without a result first, then by rate and value.

    Columns: `by` itself (str; `NOT_STORED` for jobs without a value), `finished` and `without_result` (int64), `rate`
    (float64, share of the finished), `low` and `high` (float64, the rate's 95 % interval).

    A suspect job did store a result, although a wrong one. Not counted are running jobs, superseded ones (their other
    item counts) and those of unknown status. For `model_used`, show `MODEL_NOTE` beside the rates.
    """
    state = jobs["state"].astype("str")
    finished = jobs[state.isin(FINISHED)]
    value = finished[by].astype("str").fillna(NOT_STORED)
    unsuccessful = finished["state"].astype("str").isin(UNSUCCESSFUL)
    groups = unsuccessful.groupby(value.rename(by))
    table = groups.agg(finished="size", without_result="sum").astype("int64").reset_index().astype({by: "str"})
    table["rate"] = table["without_result"] / table["finished"]
    table["low"], table["high"] = wilson_interval(
        table["without_result"].astype("float64"), table["finished"].astype("float64")
    )
    return table.sort_values(["without_result", "rate", by], ascending=[False, False, True], ignore_index=True)

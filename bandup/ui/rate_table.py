"""Failure rates as a small table: how many jobs gave no result, of how many, and how sure the rate is."""

import pandas as pd
from markupsafe import Markup

from bandup.templating import render

MAX_ROWS = 60


def table(rates: pd.DataFrame, heading: str) -> Markup:
    """The first `MAX_ROWS` rates, and how many more there are.

    `rates`: as of `bandup.analysis.failure_rates.rates_by`; `heading`: of its first column, what the rates are by.
    """
    rows = rates.head(MAX_ROWS).itertuples(index=False, name=None)
    return render("rate_table.html", rates=rows, heading=heading, omitted=len(rates) - MAX_ROWS)

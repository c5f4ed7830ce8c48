"""Failure rates as a small table: how many of how many, and how sure the rate is."""

import pandas as pd
from markupsafe import Markup

from bandup.formatting import counted, percent
from bandup.ui import html
from bandup.ui.html import element, joined

MOST_ROWS = 60


def table(rates: pd.DataFrame, heading: str) -> Markup:
    """The first rows of `rates`, as `bandup.analysis.failure_rates.failure_rates` makes it; its first column is what the rate is per."""
    rows = (_row(*row) for row in rates.head(MOST_ROWS).itertuples(index=False, name=None))
    drawn = [html.table((heading, "No result", "Rate", "95 % interval"), rows)]
    if (more := len(rates) - MOST_ROWS) > 0:
        drawn.append(
            element("p", f"{counted(more, f'more {heading.lower()}')} with no more jobs without a result.", "b-quiet")
        )
    return element("div", joined(drawn), "b-rates")


def _row(value: str, finished: int, without_result: int, rate: float, low: float, high: float) -> list[Markup]:
    return [
        element("span", value),
        element("span", f"{without_result:,} of {finished:,}", "b-number"),
        element("span", percent(rate), "b-number"),
        element("span", f"{percent(low)} to {percent(high)}", "b-number"),
    ]

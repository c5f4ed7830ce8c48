"""Failure rates as a small table: how many of how many, and how sure the rate is."""

import pandas as pd
from markupsafe import Markup

from components import markup
from components.markup import element


def table(rates: pd.DataFrame, heading: str) -> Markup:
    """`rates`: as `analysis.rates.failure_rates` makes it; its first column is what the rate is per."""
    rows = (_row(*row) for row in rates.itertuples(index=False, name=None))
    return markup.table((heading, "No result", "Rate", "95 % interval"), rows)


def _row(value: str, finished: int, without_result: int, rate: float, low: float, high: float) -> list[Markup]:
    return [
        element("span", value),
        element("span", f"{without_result:,} of {finished:,}", "b-number"),
        element("span", f"{rate:.1%}".replace("%", " %"), "b-number"),
        element("span", f"{low:.1%} to {high:.1%}".replace("%", " %"), "b-number"),
    ]

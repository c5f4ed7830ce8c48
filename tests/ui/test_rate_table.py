"""Failure rates as a table: texts are escaped, and the number of rows is limited."""

import pandas as pd

from bandup.analysis.failure_rates import rates_by
from bandup.ui.jobs_view import MAX_RATES, rate_table
from tests.ui.parsed import parsed


def rates(*types):
    return rates_by(pd.DataFrame({"type": types, "state": "failed"}).astype("str"), "type")


def test_every_type_stands_with_its_rate():
    lines = parsed(rate_table(rates("writing", "<b>"), "Type")).lines
    assert lines[:4] == ["Type", "No result", "Rate", "95 % interval"]
    assert {"writing", "<b>", "1 of 1", "100.0\u00a0%"} <= set(lines)
    assert not any("more type" in line for line in lines)


def test_of_many_types_the_first_are_shown_and_the_others_counted():
    lines = parsed(rate_table(rates(*(f"type {n:02}" for n in range(MAX_RATES + 3))), "Type")).lines
    assert [line for line in lines if line.startswith("type")] == [f"type {n:02}" for n in range(MAX_RATES)]
    assert lines[-1] == "Not listed: 3 more types, none with more jobs without a result."

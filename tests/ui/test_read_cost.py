from datetime import timedelta

import pytest

from bandup.ui.read_status import cost_sentence, in_dollars, monthly_cost
from data.results import Cost

READ = Cost(requests=30, capacity_units=3840.5, received_bytes=48_254_727, seconds=1.234)


@pytest.mark.parametrize(
    ("this_run", "source"),
    [
        (Cost(), "all of it was cached, nothing was read for this view"),
        (Cost(requests=2), "2 of the requests were made for this view, the rest was cached"),
        (READ, "all of it was read for this view"),
    ],
)
def test_sentence(this_run, source):
    assert cost_sentence(READ, this_run, 0.00048) == (
        f"The data on this page took 30 requests, 3,840.5 read capacity units ($0.0005 on demand), 48.25 MB, 1.23 s; {source}."
    )


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0"),
        (0.00001, "under $0.0001"),
        (0.0001, "$0.0001"),
        (0.25, "$0.2500"),
        (1, "$1.00"),
        (1234.5, "$1,234.50"),
    ],
)
def test_in_dollars(dollars, text):
    assert in_dollars(dollars) == text


def test_monthly_cost():
    assert monthly_cost(1000, timedelta(minutes=5), lambda units: units * 0.125 / 1e6) == (
        "refreshed every 5 minutes while someone is looking, at most 8,640 times a month: about 8,640,000 units, $1.08 on demand"
    )

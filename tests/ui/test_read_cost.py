from datetime import timedelta

import pytest

from bandup.ui.read_cost import in_dollars, in_words, month_in_words
from data.results import Cost

READ = Cost(requests=30, capacity_units=3840.5, received_bytes=48_254_727, seconds=1.234)


@pytest.mark.parametrize(
    ("spent", "whence"),
    [
        (Cost(), "all of it from memory, nothing was read for this view"),
        (Cost(requests=2), "2 of the requests for this view, the rest from memory"),
        (READ, "read for this view"),
    ],
)
def test_what_a_view_took_and_how_much_of_it_was_read_for_it(spent, whence):
    assert in_words(READ, spent, 0.00048) == (
        f"What is shown took 30 requests, 3,840.5 read capacity units ($0.0005 on demand), 48.25 MB, 1.23 s; {whence}."
    )


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        (0, "$0"),
        (0.00001, "under $0.0001"),
        (0.0001, "$0.0001"),
        (0.25, "$0.2500"),
        (1, "$1.00"),
        (1234.5, "$1,234.50"),
    ],
)
def test_dollars(dollars, said):
    assert in_dollars(dollars) == said


def test_a_month_of_reads():
    assert month_in_words(1000, timedelta(minutes=5), lambda units: units * 0.125 / 1e6) == (
        "read anew every 5 minutes while somebody looks, at most 8,640 times a month: 8,640,000 units, $1.08 on demand"
    )

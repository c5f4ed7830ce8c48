from datetime import timedelta

import pytest

from bandup.ui.read_status import cost_sentence, full_read_sentences, in_dollars, monthly_cost
from data.results import Cost
from data.settings import Settings

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


UNMETERED = "This engine does not meter read capacity, so what it would cost on AWS is not known."


def test_an_engine_that_does_not_meter_has_no_cost():
    assert cost_sentence(READ, Cost(), None) == (
        "The data on this page took 30 requests, 48.25 MB, 1.23 s; all of it was cached, nothing was read for this view. "
        f"{UNMETERED}"
    )


@pytest.mark.parametrize(
    ("settings", "cost", "count"),
    [
        (Settings(demo=False), READ, 3),
        (Settings(demo=True), READ, 1),
        (Settings(demo=False), READ + Cost(1, 0.0, 400_000, unmetered_requests=1), 1),
    ],
    ids=["AWS", "the demo", "another engine"],
)
def test_full_reads_cost_nothing_known_where_the_engine_does_not_meter(settings, cost, count):
    sentences = full_read_sentences(cost, settings)
    assert len(sentences) == count
    assert (sentences == [UNMETERED]) is (count == 1)


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

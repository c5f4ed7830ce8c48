"""The interval of a proportion: published values, and its bounds."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.intervals import wilson_interval


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_published_and_computed_values(hits, of, low, high):
    found = wilson_interval(pd.Series([hits]), pd.Series([of]))
    assert [round(float(bound[0]), 4) for bound in found] == [low, high]


@settings(deadline=None)
@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_contains_the_rate(numbers):
    hits, of = numbers
    low, high = (float(bound[0]) for bound in wilson_interval(pd.Series([hits]), pd.Series([of])))
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    assert low < high


def test_no_interval_for_no_trials():
    low, high = wilson_interval(pd.Series([0]), pd.Series([0]))
    assert math.isnan(low[0])
    assert math.isnan(high[0])


def test_numbers_have_the_interval_of_columns():
    columns = wilson_interval(pd.Series([81.0]), pd.Series([263.0]))
    assert wilson_interval(81.0, 263.0) == pytest.approx([float(end[0]) for end in columns])

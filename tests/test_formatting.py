"""Numbers, lengths of time and texts as the pages show them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup.formatting import (
    ago,
    clock_length,
    counted,
    duration,
    fixed,
    joined,
    percent,
    short_date,
    shortened,
    shown_difference,
    signed,
    truncated,
    up_or_down,
    with_interval,
)
from data.schema import CLOCK_SKEW

NOW = datetime(2026, 3, 14, 9, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-DAY, "under a minute"),
        (0, "under a minute"),
        (59.99, "under a minute"),
        (MINUTE, "1 minute"),
        (2 * MINUTE - 0.1, "1 minute"),
        (2 * MINUTE, "2 minutes"),
        (HOUR - 1, "59 minutes"),
        (HOUR, "1 hour"),
        (23.9 * HOUR, "23 hours"),
        (DAY, "1 day"),
        (2 * DAY, "2 days"),
        (30 * DAY, "30 days"),
        (31 * DAY, "1 month"),
        (61 * DAY, "2 months"),
        (365 * DAY, "11 months"),
        (365.25 * DAY, "1 year"),
        (800 * DAY, "2 years"),
    ],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("", 40, ""),
        ("a" * 40, 40, "a" * 40),
        ("0123456789", 10, "0123456789"),
        ("0123456789a", 10, "012345…89a"),
        ("a" * 30 + "b" * 30, 40, "a" * 26 + "…" + "b" * 13),
    ],
)
def test_shortened(text, most, short):
    assert shortened(text, most) == short


@given(st.text(max_size=80), st.integers(4, 50))
def test_shortened_is_never_longer_than_asked_for(text, most):
    assert len(shortened(text, most)) == min(len(text), most)


@pytest.mark.parametrize(
    ("number", "nouns", "text"),
    [
        (0, ("attempt",), "0 attempts"),
        (1, ("attempt",), "1 attempt"),
        (2, ("attempt",), "2 attempts"),
        (1204, ("attempt",), "1,204 attempts"),
        (1, ("index", "indexes"), "1 index"),
        (3, ("index", "indexes"), "3 indexes"),
    ],
)
def test_counted(number, nouns, text):
    assert counted(number, *nouns) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOW, "under a minute ago"),
        (NOW + CLOCK_SKEW, "under a minute ago"),
        (NOW + timedelta(hours=3), "in the future"),
        (NOW - timedelta(minutes=61), "1 hour ago"),
        (pd.Timestamp(NOW - timedelta(days=3)), "3 days ago"),
        (None, "time unknown"),
        (pd.NaT, "time unknown"),
    ],
)
def test_ago(at, text):
    assert ago(at, NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (5.4, "0:05"),
        (59.6, "1:00"),
        (125, "2:05"),
        (120.5, "2:01"),
        (3599.7, "1:00:00"),
        (3725, "1:02:05"),
        (36_000, "10:00:00"),
    ],
)
def test_clock_length(seconds, text):
    assert clock_length(seconds) == text


def test_short_date():
    assert short_date(pd.Timestamp("2026-03-04T23:59", tz="Asia/Tokyo")) == "04 Mar 2026"


@pytest.mark.parametrize(("text", "result"), [("", ""), ("abcde", "abcde"), ("abcdef", "abcd…")])
def test_truncated(text, result):
    assert truncated(text, 5) == result


@pytest.mark.parametrize(
    ("number", "decimals", "shown"),
    [
        (5.25, 1, "5.3"),
        (5.35, 1, "5.4"),
        (-5.25, 1, "−5.3"),
        (1.25, 1, "1.3"),
        (6.125, 2, "6.13"),
        (2.675, 2, "2.68"),
        (np.float32(5.35), 1, "5.4"),
        (5.249, 1, "5.2"),
        (5.2499999, 1, "5.3"),  # 5.25 but for how it was computed
        (0.04, 1, "0.0"),
        (-0.04, 1, "0.0"),
        (-0.0, 1, "0.0"),
        (120.5, 0, "121"),
        (1204.05, 1, "1,204.1"),
    ],
)
def test_numbers_are_rounded_half_away_from_zero(number, decimals, shown):
    assert fixed(number, decimals) == shown


@pytest.mark.parametrize(
    ("change", "shown"), [(0.5, "+0.5"), (-1.0, "−1.0"), (0.0, "0.0"), (-0.04, "0.0"), (0.04, "0.0"), (-0.05, "−0.1")]
)
def test_signed(change, shown):
    assert signed(change) == shown


@pytest.mark.parametrize(
    ("change", "words"),
    [(1.1, "up 1.1"), (0.8, "up 0.8"), (-0.25, "down 0.3"), (0, "level"), (-0.0, "level"), (0.04, "up under 0.1"), (-0.01, "down under 0.1")],
)  # fmt: skip
def test_up_or_down(change, words):
    assert up_or_down(change) == words


@given(st.integers(0, 1800), st.integers(0, 18))
def test_a_difference_agrees_with_the_two_numbers_beside_it(two_hundredths, half_bands):
    mean, target = two_hundredths / 200, half_bands / 2
    gap = Decimal(fixed(target)) - Decimal(fixed(mean))
    assert fixed(shown_difference(target, mean)).replace("−", "-") == f"{gap:.1f}"


@pytest.mark.parametrize(("share", "text"), [(0.0725, "7.3 %"), (0.00049, "0.0 %"), (1.0, "100.0 %")])
def test_percent(share, text):
    assert percent(share) == text.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("words", "sentence"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_joined(words, sentence):
    assert joined(words) == sentence


@pytest.mark.parametrize(
    ("values", "text"),
    [((6.125, 5.985, 6.275), "6.13 (5.99 to 6.28)"), ((6.125, nan, nan), "6.13"), ((nan, nan, nan), "–")],
)
def test_with_interval(values, text):
    assert with_interval(*values) == text

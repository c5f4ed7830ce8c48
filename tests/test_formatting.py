"""Numbers, lengths of time and texts as the pages show them."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandup.formatting import ago, clock_length, counted, duration, short_date, shortened, truncated

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
        (NOW + timedelta(hours=3), "under a minute ago"),
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
        (120.5, "2:00"),
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

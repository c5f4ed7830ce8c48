"""Times of single values, read as columns of one row, and of items whose table has another time attribute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from data import times
from data.columns import frame_of_items
from data.decoder import ItemReader, WireColumn
from data.flags import Flag
from data.schema import CLOCK_SKEW, EVALUATIONS, FLASHCARD_SETS, Attribute, Kind, at_sources
from data.times import EARLIEST_PLAUSIBLE, MAX_AHEAD, stored_times, times_in_file_names
from data.values import NO_FLAG
from tests.data.test_values import ABSENT, MISSING, OF_NO_NUMBER
from tests.wire_values import wire_values

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
NOT_PLAUSIBLE = (None, Flag.TIME_NOT_PLAUSIBLE)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def seconds(time: datetime) -> str:
    return str(int(time.timestamp()))


def column(value: Any) -> WireColumn:
    """A column of one row."""
    rows = ItemReader({"time": "N"}).read_items([{} if value is None else {"time": value}]).flatten()
    return WireColumn([rows.field("time")])


def only(found: times.Times) -> datetime | None:
    """The time in the only row, or None."""
    (time,) = pd.DatetimeIndex(found, tz=UTC)
    return None if pd.isna(time) else time.to_pydatetime()


def stored_time(value: Any) -> tuple[datetime | None, Flag]:
    flags = np.zeros(1, dtype=np.int64)
    time = only(stored_times(column(value), NOW, flags))
    return time, Flag(int(flags[0]))


def time_in_file_name(value: Any) -> datetime | None:
    return only(times_in_file_names(column(value), np.array([True]), NOW))


@pytest.mark.parametrize(
    ("value", "time", "flags"),
    [
        *((value, *MISSING) for value in ABSENT),
        *((value, *NOT_PLAUSIBLE) for value in OF_NO_NUMBER),
        ({"N": "1748779200"}, utc(2025, 6, 1, 12), NO_FLAG),
        ({"N": "1748779200.25"}, utc(2025, 6, 1, 12, 0, 0, 250_000), NO_FLAG),
        ({"N": "1.7487792E+9"}, utc(2025, 6, 1, 12), NO_FLAG),
        ({"N": "1748779200250"}, utc(2025, 6, 1, 12, 0, 0, 250_000), Flag.TIME_IN_MILLISECONDS),
        ({"S": "1748779200"}, utc(2025, 6, 1, 12), Flag.TIME_IS_TEXT),
        ({"S": " 1748779200 "}, utc(2025, 6, 1, 12), Flag.TIME_IS_TEXT),
        ({"S": "1748779200250"}, utc(2025, 6, 1, 12, 0, 0, 250_000), Flag.TIME_IS_TEXT | Flag.TIME_IN_MILLISECONDS),
        ({"S": "2025-06-01T12:00:00Z"}, utc(2025, 6, 1, 12), Flag.TIME_IS_TEXT),
        ({"S": "2025-06-01T14:00:00+02:00"}, utc(2025, 6, 1, 12), Flag.TIME_IS_TEXT),
        ({"S": "2025-06-01T12:00:00.25"}, utc(2025, 6, 1, 12, 0, 0, 250_000), Flag.TIME_IS_TEXT),
        ({"S": "2025-06-01 12:00"}, utc(2025, 6, 1, 12), Flag.TIME_IS_TEXT),
        ({"S": "2025-06-01"}, utc(2025, 6, 1), Flag.TIME_IS_TEXT),
        # the remaining milliseconds of a function's run
        ({"N": "0"}, *NOT_PLAUSIBLE),
        ({"N": "1000"}, *NOT_PLAUSIBLE),
        ({"N": "300000"}, *NOT_PLAUSIBLE),
        ({"S": "300000"}, *NOT_PLAUSIBLE),
        # the bounds
        ({"N": seconds(EARLIEST_PLAUSIBLE)}, EARLIEST_PLAUSIBLE, NO_FLAG),
        ({"N": str(int(seconds(EARLIEST_PLAUSIBLE)) - 1)}, *NOT_PLAUSIBLE),
        ({"N": seconds(NOW + MAX_AHEAD)}, NOW + MAX_AHEAD, NO_FLAG),
        ({"N": str(int(seconds(NOW + MAX_AHEAD)) + 1)}, *NOT_PLAUSIBLE),
        ({"S": "2014-12-31T23:59:59Z"}, *NOT_PLAUSIBLE),
        ({"S": "1970-01-01T00:00:00Z"}, *NOT_PLAUSIBLE),
        ({"S": "2030-01-01T00:00:00Z"}, *NOT_PLAUSIBLE),
        # beyond what a datetime holds
        ({"N": "-1"}, *NOT_PLAUSIBLE),
        ({"N": "9" * 38}, *NOT_PLAUSIBLE),
        ({"N": "-1E+125"}, *NOT_PLAUSIBLE),
        ({"S": "0001-01-01T00:00:00+14:00"}, *NOT_PLAUSIBLE),
        ({"S": "9999-12-31T23:59:59-14:00"}, *NOT_PLAUSIBLE),
        # words, and times that are none
        ({"S": "local"}, *NOT_PLAUSIBLE),
        ({"S": "8f14e45f-ceea-467f-a8f4-0c1d6d0b5d6f"}, *NOT_PLAUSIBLE),
        ({"S": "2025-02-30T12:00:00Z"}, *NOT_PLAUSIBLE),
        ({"S": "2025-06-01T25:00:00Z"}, *NOT_PLAUSIBLE),
        ({"S": "yesterday"}, *NOT_PLAUSIBLE),
    ],
)
def test_a_time_is_plausible_and_in_utc_or_missing_and_flagged(value, time, flags):
    assert stored_time(value) == (time, flags)


@pytest.mark.parametrize(
    ("address", "time"),
    [
        ("s3://bucket/uploads/speaking_audio/u-1/20250601_115900_part1.mp3", utc(2025, 6, 1, 11, 59)),
        ("uploads/20250601_115900_a_b_c.webm", utc(2025, 6, 1, 11, 59)),
        ("20250601_115900_a.mp3", utc(2025, 6, 1, 11, 59)),
        ("s3://bucket/u/with/slashes/20250601_115900_.mp3", utc(2025, 6, 1, 11, 59)),
        ("s3://bucket/20240101_000000_old/20250601_115900_a.mp3", utc(2025, 6, 1, 11, 59)),
        ("s3://bucket/20250601_115900_a/b.mp3", None),
        ("s3://bucket/20250601_115900.mp3", None),
        ("s3://bucket/20250601_115900", None),
        ("s3://bucket/20250601115900_a.mp3", None),
        ("s3://bucket/x20250601_115900_a.mp3", None),
        ("s3://bucket/20251399_115900_a.mp3", None),
        ("s3://bucket/20250230_115900_a.mp3", None),
        ("s3://bucket/20250601_996100_a.mp3", None),
        ("s3://bucket/00000000_000000_a.mp3", None),
        ("s3://bucket/19700101_000000_a.mp3", None),
        ("s3://bucket/20300101_000000_a.mp3", None),
        ("s3://bucket/٢٠٢٥٠٦٠١_115900_a.mp3", None),
        ("/" * 400_000, None),
        ("", None),
    ],
)
def test_the_time_in_a_recordings_file_name(address, time):
    assert time_in_file_name({"S": address}) == time


@pytest.mark.parametrize("value", [None, {"NULL": True}, {"N": "20250601"}, {"L": [{"S": "20250601_115900_a"}]}])
def test_what_is_no_text_holds_no_file_name(value):
    assert time_in_file_name(value) is None


@settings(deadline=None)
@given(wire_values)
def test_whatever_is_stored_a_time_is_plausible_or_missing_and_flagged(value):
    time, flags = stored_time(value)
    blank = "NULL" in value or not value.get("S", "x").strip()
    assert (time is None and not flags) == blank
    for found in (time, time_in_file_name(value)):
        assert found is None or EARLIEST_PLAUSIBLE <= found <= NOW + MAX_AHEAD
        assert found is None or found.utcoffset() == timedelta(0)


KEYS = {"set_id": {"S": "s"}, "user_id": {"S": "u"}}
CREATED, STARTED = {"created_at": {"N": "1748779200"}}, {"started_at": {"N": "1748778000"}}
FINISHED = {"finished_at": {"N": "1748779100"}}


@pytest.mark.parametrize(
    ("rank", "item", "source"),
    [
        (0, CREATED | STARTED | FINISHED, "finished_at"),
        (0, CREATED | STARTED, "created_at"),
        (9, CREATED | STARTED | FINISHED, "created_at"),
        (9, STARTED | FINISHED, "started_at"),
        (9, FINISHED, "finished_at"),
        (9, {}, "unknown"),
    ],
)
def test_the_rank_of_one_more_time_attribute_decides_and_not_where_it_is_declared(monkeypatch, rank, item, source):
    finished = Attribute("finished_at", Kind.TIME, "When the job ended.", time_rank=rank)
    for attributes in ((finished, *FLASHCARD_SETS.attributes), (*FLASHCARD_SETS.attributes, finished)):
        table = replace(FLASHCARD_SETS, attributes=attributes)
        sources = at_sources([EVALUATIONS, table])
        monkeypatch.setattr(times, "AT_SOURCES", sources)
        frame = frame_of_items(table, [KEYS | item], NOW)
        assert frame["at_source"].tolist() == [source]
        assert tuple(frame["at_source"].cat.categories) == sources


@pytest.mark.parametrize(
    ("ahead", "in_future"),
    [
        (timedelta(), False),
        (CLOCK_SKEW, False),
        (CLOCK_SKEW + timedelta(seconds=1), True),
        (MAX_AHEAD, True),
    ],
)
@pytest.mark.parametrize("attribute", ["created_at", "audio_url"])
def test_a_time_further_ahead_than_clocks_differ_is_kept_and_flagged(attribute, ahead, in_future):
    at = NOW + ahead
    stored = {"N": seconds(at)} if attribute == "created_at" else {"S": f"s3://b/{at:%Y%m%d_%H%M%S}_a.mp3"}
    row = frame_of_items(
        EVALUATIONS, [{"evaluation_id": {"S": "e"}, "user_id": {"S": "u"}, attribute: stored}], NOW
    ).iloc[0]
    assert row["at"] == at
    assert bool(row["flags"] & Flag.TIME_IN_FUTURE) == in_future

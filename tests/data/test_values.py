import base64
import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.bands import BAND_VALUES
from data.flags import Flag
from data.values import (
    CLOCK_SKEW,
    EARLIEST_PLAUSIBLE,
    NO_FLAG,
    as_band,
    as_count,
    as_number,
    as_text,
    as_time,
    clean,
    item_json,
    plain,
    time_in_file_name,
)
from tests.data.wire_values import texts, wire_values

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)

MISSING = (None, NO_FLAG)
NOT_A_NUMBER = (None, Flag.BAND_NOT_A_NUMBER)
OFF_SCALE = (None, Flag.BAND_OFF_SCALE)
NOT_READABLE = (None, Flag.NUMBER_NOT_READABLE)
NOT_PLAUSIBLE = (None, Flag.TIME_NOT_PLAUSIBLE)

ABSENT = [None, {"NULL": True}, {"S": ""}, {"S": " \t\n"}]
OF_NO_NUMBER = [
    {"BOOL": True},
    {"BOOL": False},
    {"M": {"band": {"S": "7.0"}}},
    {"L": [{"S": "7.0"}]},
    {"L": []},
    {"SS": ["7.0"]},
    {"NS": ["7"]},
    {"B": b"7.0"},
    {"BS": [b"7.0"]},
    {"S": "error"},
    {"S": "NaN"},
    {"S": "inf"},
    {"S": "-Infinity"},
    {"S": "1e400"},
    {"S": "٧"},
    {"S": "７"},
    {"S": "7,0"},
    {"S": "7.0.0"},
    {"S": "7_0"},
    {"S": "0x7"},
    {"S": "7/9"},
    {"S": "7 5"},
    {"S": "e5"},
    {"S": "."},
    {"S": "null"},
    {"S": "\ud83d"},
    {"S": "7.0\x00"},
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def is_utf8(text: str) -> bool:
    return text.encode(errors="replace").decode() == text


def seconds(time: datetime) -> str:
    return str(int(time.timestamp()))


@pytest.mark.parametrize(
    ("value", "band", "flags"),
    [
        *((value, *MISSING) for value in ABSENT),
        *((value, *NOT_A_NUMBER) for value in OF_NO_NUMBER),
        ({"S": "7.0"}, 7.0, NO_FLAG),
        ({"S": "7"}, 7.0, NO_FLAG),
        ({"S": "7."}, 7.0, NO_FLAG),
        ({"S": ".5"}, 0.5, NO_FLAG),
        ({"S": "+7.0"}, 7.0, NO_FLAG),
        ({"S": " 6.5 "}, 6.5, NO_FLAG),
        ({"S": "6.50"}, 6.5, NO_FLAG),
        ({"S": "65e-1"}, 6.5, NO_FLAG),
        ({"S": "0"}, 0.0, NO_FLAG),
        ({"S": "9.0"}, 9.0, NO_FLAG),
        ({"N": "7"}, 7.0, Flag.STORED_AS_OTHER_TYPE),
        ({"N": "6.5"}, 6.5, Flag.STORED_AS_OTHER_TYPE),
        ({"S": "6.25"}, *OFF_SCALE),
        ({"S": "6.1"}, *OFF_SCALE),
        ({"S": "6.499999"}, *OFF_SCALE),
        ({"S": "9.5"}, *OFF_SCALE),
        ({"S": "10"}, *OFF_SCALE),
        ({"S": "1e1"}, *OFF_SCALE),
        ({"S": "-1"}, *OFF_SCALE),
        ({"S": "-0.5"}, *OFF_SCALE),
        ({"S": "70"}, *OFF_SCALE),
        ({"N": "6.25"}, *OFF_SCALE),
        ({"N": "1E+125"}, *OFF_SCALE),
    ],
)
def test_a_band_is_a_half_step_of_the_scale_or_missing_and_flagged(value, band, flags):
    assert as_band(value) == (band, flags)


@pytest.mark.parametrize(
    ("value", "count", "flags"),
    [
        *((value, *MISSING) for value in ABSENT),
        *((value, *NOT_READABLE) for value in OF_NO_NUMBER),
        ({"N": "250"}, 250, NO_FLAG),
        ({"N": "0"}, 0, NO_FLAG),
        ({"N": "2.5E+2"}, 250, NO_FLAG),
        ({"N": "250.0"}, 250, NO_FLAG),
        ({"N": str(2**53)}, 2**53, NO_FLAG),
        ({"S": "250"}, 250, Flag.STORED_AS_OTHER_TYPE),
        ({"S": " 250 "}, 250, Flag.STORED_AS_OTHER_TYPE),
        ({"N": "2.5"}, *NOT_READABLE),
        ({"N": "-1"}, *NOT_READABLE),
        ({"S": "-1"}, *NOT_READABLE),
        ({"N": "1E+125"}, *NOT_READABLE),
        ({"N": "9" * 38}, *NOT_READABLE),
    ],
)
def test_a_count_is_a_whole_number_of_at_least_zero_or_missing_and_flagged(value, count, flags):
    read = as_count(value)
    assert read == (count, flags)
    assert not isinstance(read[0], float)


@pytest.mark.parametrize(
    ("value", "number", "flags"),
    [
        *((value, *MISSING) for value in ABSENT),
        *((value, *NOT_READABLE) for value in OF_NO_NUMBER),
        ({"S": "120.5"}, 120.5, NO_FLAG),
        ({"S": " 0.7 "}, 0.7, NO_FLAG),
        ({"N": "0.7"}, 0.7, NO_FLAG),
        ({"N": "-3"}, -3.0, NO_FLAG),
        ({"N": "1E-7"}, 1e-7, NO_FLAG),
        ({"S": "12 s"}, *NOT_READABLE),
        ({"S": "2:05"}, *NOT_READABLE),
        ({"N": "1E+999"}, *NOT_READABLE),
    ],
)
def test_a_number_is_finite_or_missing_and_flagged(value, number, flags):
    assert as_number(value) == (number, flags)


@pytest.mark.parametrize(
    ("value", "text", "flags"),
    [
        (None, *MISSING),
        ({"NULL": True}, *MISSING),
        ({"S": ""}, "", NO_FLAG),
        ({"S": "  as it is \n"}, "  as it is \n", NO_FLAG),
        ({"S": "<b>É𝄞</b>"}, "<b>É𝄞</b>", NO_FLAG),
        ({"S": "half \ud83d and \udc00"}, "half \ufffd and \ufffd", NO_FLAG),
        ({"N": "7"}, "7", Flag.TEXT_NOT_TEXT),
        ({"N": "7.50"}, "7.5", Flag.TEXT_NOT_TEXT),
        ({"N": "9" * 38}, "9" * 38, Flag.TEXT_NOT_TEXT),
        ({"BOOL": True}, "true", Flag.TEXT_NOT_TEXT),
        ({"L": [{"S": "a"}, {"NULL": True}]}, '["a", null]', Flag.TEXT_NOT_TEXT),
        ({"M": {"é": {"N": "1"}, "n": {"L": []}}}, '{"é": 1, "n": []}', Flag.TEXT_NOT_TEXT),
        ({"M": {"\ud83d": {"S": "\udc00"}}}, '{"\ufffd": "\ufffd"}', Flag.TEXT_NOT_TEXT),
        ({"SS": ["a", "\ud83d"]}, '["a", "\ufffd"]', Flag.TEXT_NOT_TEXT),
        ({"NS": ["1", "2.5"]}, "[1, 2.5]", Flag.TEXT_NOT_TEXT),
        ({"B": b"\x00\xff"}, '"AP8="', Flag.TEXT_NOT_TEXT),
        ({"BS": [b"a"]}, '["YQ=="]', Flag.TEXT_NOT_TEXT),
    ],
)
def test_text_is_as_stored_and_another_type_becomes_flagged_json(value, text, flags):
    assert as_text(value) == (text, flags)


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
        ({"N": seconds(NOW + CLOCK_SKEW)}, NOW + CLOCK_SKEW, NO_FLAG),
        ({"N": str(int(seconds(NOW + CLOCK_SKEW)) + 1)}, *NOT_PLAUSIBLE),
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
    read = as_time(value, NOW)
    assert read == (time, flags)
    assert read[0] is None or read[0].tzinfo is UTC


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
    assert time_in_file_name({"S": address}, NOW) == time


@pytest.mark.parametrize("value", [None, {"NULL": True}, {"N": "20250601"}, {"L": [{"S": "20250601_115900_a"}]}])
def test_what_is_no_text_holds_no_file_name(value):
    assert time_in_file_name(value, NOW) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"N": "3"}, 3),
        ({"N": "-0.5"}, -0.5),
        ({"N": "1E+2"}, 100.0),
        ({"N": "9" * 38}, int("9" * 38)),
        ({"N": "1E+999"}, "1E+999"),
        ({"BOOL": False}, False),
        ({"NULL": True}, None),
        ({"NS": ["1", "1.5"]}, [1, 1.5]),
        ({"M": {"a": {"L": [{"B": b"a"}, {"SS": ["b"]}]}}}, {"a": ["YQ==", ["b"]]}),
    ],
)
def test_a_value_without_its_wire_type(value, expected):
    read = plain(value)
    assert read == expected
    assert type(read) is type(expected)


@settings(deadline=None)
@given(wire_values)
def test_whatever_is_stored_a_reader_gives_a_value_in_range_or_none(value):
    band, _ = as_band(value)
    assert band is None or band in BAND_VALUES
    count, _ = as_count(value)
    assert count is None or (isinstance(count, int) and 0 <= count <= 2**53)
    number, _ = as_number(value)
    assert number is None or math.isfinite(number)
    text, _ = as_text(value)
    assert text is None or is_utf8(text)
    time, _ = as_time(value, NOW)
    for found in (time, time_in_file_name(value, NOW)):
        assert found is None or EARLIEST_PLAUSIBLE <= found <= NOW + CLOCK_SKEW
        assert found is None or found.utcoffset() == timedelta(0)


@settings(deadline=None)
@given(wire_values)
def test_what_could_not_be_read_is_flagged(value):
    blank = "NULL" in value or not value.get("S", "x").strip()
    for read, flags in (as_band(value), as_count(value), as_number(value), as_time(value, NOW)):
        assert (read is None and not flags) == blank


@settings(deadline=None)
@given(texts)
def test_cleaned_text_can_be_encoded_and_keeps_everything_else(text):
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert is_utf8(cleaned)
    assert all(was == now or 0xD800 <= ord(was) <= 0xDFFF for was, now in zip(text, cleaned, strict=True))


@settings(deadline=None)
@given(st.dictionaries(texts, wire_values, max_size=4))
def test_the_raw_item_is_json_that_reads_back_as_the_item(item):
    written = item_json(item)
    assert is_utf8(written)
    assert json.loads(written) == _as_json(item)


def _as_json(value: Any) -> Any:
    """Binary as base64 text and half characters as U+FFFD: all that JSON in UTF-8 can't hold."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case str():
            return "".join("\ufffd" if 0xD800 <= ord(character) <= 0xDFFF else character for character in value)
        case list():
            return [_as_json(element) for element in value]
        case dict():
            return {_as_json(key): _as_json(element) for key, element in value.items()}
        case _:
            return value

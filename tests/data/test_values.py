import base64
import json
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.bands import BAND_VALUES
from data.columns import reader_of
from data.flags import Flag, flags_in
from data.schema import EVALUATIONS
from data.values import (
    NO_FLAG,
    as_band,
    as_count,
    as_number,
    as_text,
    clean,
    item_json,
    plain,
)
from tests.items import evaluations, flashcard_set, flashcard_sets, writing
from tests.wire_values import texts, wire, wire_values

MISSING = (None, NO_FLAG)
NOT_A_NUMBER = (None, Flag.BAND_NOT_A_NUMBER)
OFF_SCALE = (None, Flag.BAND_OFF_SCALE)
NOT_READABLE = (None, Flag.NUMBER_NOT_READABLE)

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


def is_utf8(text: str) -> bool:
    return text.encode(errors="replace").decode() == text


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
        ({"N": "-1"}, -1, NO_FLAG),
        ({"N": "1E+125"}, *NOT_READABLE),
        ({"N": "9" * 38}, *NOT_READABLE),
    ],
)
def test_a_count_is_a_whole_number_or_missing_and_flagged(value, count, flags):
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
    ("name", "value", "number"),
    [
        ("confidence_score", "0", 0.0),
        ("confidence_score", "1", 1.0),
        ("confidence_score", "1.7", None),
        ("confidence_score", "85", None),
        ("confidence_score", "-0.1", None),
        ("duration", "0.4", 0.4),
        ("duration", "86399", 86399.0),
        ("duration", "86400", None),
        ("duration", "0", None),
        ("duration", "-12", None),
        ("word_count", 0, 0),
        ("word_count", -250, None),
        ("cost", "0", 0.0),
        ("cost", "-0.01", None),
        ("estimated_cost", "-1", None),
    ],
)
def test_a_number_outside_of_its_attributes_bounds_is_missing_and_flagged(name, value, number):
    (attribute,) = (attribute for attribute in EVALUATIONS.attributes if attribute.name == name)
    expected = (number, NO_FLAG) if number is not None else (None, Flag.VALUE_OUT_OF_RANGE)
    assert reader_of(attribute)(wire(value)) == expected


@pytest.mark.parametrize("name", ["total_cards", "num_cards", "page_count", "chunk_count", "processing_time"])
def test_the_numbers_of_a_set_are_not_negative(name):
    row = flashcard_sets(flashcard_set(**{name: -3})).iloc[0]
    assert pd.isna(row[name])
    assert Flag.VALUE_OUT_OF_RANGE in flags_in(int(row["flags"]))


@pytest.mark.parametrize(
    ("stored", "flag"),
    [
        ("error", Flag.OVERALL_BAND_IS_ERROR),
        (" Error ", Flag.OVERALL_BAND_IS_ERROR),
        ("None", Flag.OVERALL_BAND_IS_NONE),
        ("seven", Flag.OVERALL_BAND_NOT_A_NUMBER),
        ({"L": []}, Flag.OVERALL_BAND_NOT_A_NUMBER),
        ("9.5", Flag.OVERALL_BAND_OFF_SCALE),
        ("6.25", Flag.OVERALL_BAND_OFF_SCALE),
        ("7.0", NO_FLAG),
        (7, NO_FLAG),
        ("", NO_FLAG),
        (..., NO_FLAG),
    ],
)
def test_a_flag_says_what_is_stored_in_place_of_an_overall_band(stored, flag):
    every = (
        Flag.OVERALL_BAND_IS_ERROR
        | Flag.OVERALL_BAND_IS_NONE
        | Flag.OVERALL_BAND_NOT_A_NUMBER
        | Flag.OVERALL_BAND_OFF_SCALE
    )
    assert int(evaluations(writing(overall_band=stored, grammar_band="error"))["flags"].iloc[0]) & every == flag


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
    assert count is None or (isinstance(count, int) and abs(count) <= 2**53)
    number, _ = as_number(value)
    assert number is None or math.isfinite(number)
    text, _ = as_text(value)
    assert text is None or is_utf8(text)


@settings(deadline=None)
@given(wire_values)
def test_what_could_not_be_read_is_flagged(value):
    blank = "NULL" in value or not value.get("S", "x").strip()
    for read, flags in (as_band(value), as_count(value), as_number(value)):
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

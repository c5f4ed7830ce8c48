"""From one attribute value of an item, as DynamoDB sends it (`{"S": "7.0"}`), to a plain value and the flags it earns.

Every reader returns `(value, flags)`: value None where the attribute is absent, `NULL`, blank or unreadable. No value is
invented: an unreadable one is flagged, and stays in the raw item.
"""

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from data.flags import Flag
from data.schema import BAND_SCALE, BAND_STEP, Bounds

WireValue = Mapping[str, Any]
"""`{"S": "7.0"}`: one entry, the type and the value."""

WireItem = Mapping[str, WireValue]

N = TypeVar("N", int, float)
Reader = Callable[[WireValue | None], tuple[N | None, Flag]]

NO_FLAG = Flag(0)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_COUNT = 2**53
_MAX_INDENTED_VALUES = 5_000
_WORDS_FOR_NO_BAND = {"error": Flag.OVERALL_BAND_IS_ERROR, "none": Flag.OVERALL_BAND_IS_NONE}
"""What the speaking function stores where the model's reply lacks a band, or holds null."""


def clean(text: str) -> str:
    """Text that can be encoded as UTF-8: a lone surrogate (half a character) becomes U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def shared(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts, equal ones as one object: an item may hold a short text 100,000 times, and opened items are cached."""
    first: dict[str, str] = {}
    return tuple(first.setdefault(text, text) for text in texts)


def is_blank(value: WireValue) -> bool:
    """Whether a value holds nothing: NULL, or text of white space only."""
    return "NULL" in value or ("S" in value and not value["S"].strip())


def plain(value: WireValue) -> Any:  # noqa: ANN401 - any JSON value
    """A value without its wire type, ready for JSON: numbers as int or float, sets as lists, binary as base64 text.

    >>> plain({"M": {"question": {"S": "?"}, "n": {"N": "3"}}})
    {'question': '?', 'n': 3}
    """
    ((kind, content),) = value.items()
    match kind:
        case "S" | "N" | "B":
            return _PLAIN[kind](content)
        case "SS" | "NS" | "BS":
            return [_PLAIN[kind[0]](element) for element in content]
        case "L":
            return [plain(element) for element in content]
        case "M":
            return {clean(key): plain(element) for key, element in content.items()}
        case _:
            return None if kind == "NULL" else content


def item_json(item: WireItem) -> str:
    """The item as stored, in DynamoDB's own JSON (the form `aws dynamodb get-item` prints), indented.

    An item of very many values is on one line: indented, 400 KB of numbers in nested lists take 40 MB.
    """
    compact = wire_json(item)
    if compact.count("{") > _MAX_INDENTED_VALUES:
        return clean(compact)
    return clean(json.dumps(item, indent=2, ensure_ascii=False, default=_base64))


def wire_json(value: WireValue | WireItem) -> str:
    """One value, or an item, in DynamoDB's own JSON, compact; binary as base64 text."""
    return json.dumps(value, ensure_ascii=False, default=_base64)


def as_text(value: WireValue | None) -> tuple[str | None, Flag]:
    """Text as stored; a value of another type becomes compact JSON and is flagged, so that nothing is lost."""
    if value is None or "NULL" in value:
        return None, NO_FLAG
    if "S" in value:
        return clean(value["S"]), NO_FLAG
    return json.dumps(plain(value), ensure_ascii=False), Flag.TEXT_NOT_TEXT


def as_number(value: WireValue | None) -> tuple[float | None, Flag]:
    """A finite number, stored as N or as text; blank text is missing."""
    content = scalar_content(value)
    if content is None:
        return None, NO_FLAG
    number = parse_number(content)
    return (number, NO_FLAG) if number is not None else (None, Flag.NUMBER_NOT_READABLE)


def as_count(value: WireValue | None) -> tuple[int | None, Flag]:
    """A whole number; documented as N, read from text too. `within` says which ones are possible."""
    number, flags = as_number(value)
    if number is None or value is None:
        return None, flags
    if number != int(number) or abs(number) > _MAX_COUNT:
        return None, Flag.NUMBER_NOT_READABLE
    return int(number), NO_FLAG if "N" in value else Flag.STORED_AS_OTHER_TYPE


def as_band(value: WireValue | None) -> tuple[float | None, Flag]:
    """A band, 0 to 9 in half steps; documented as text, read from N too. The word `error` counts as missing."""
    content = scalar_content(value)
    if content is None or value is None:
        return None, NO_FLAG
    number = parse_number(content)
    if number is None:
        return None, Flag.BAND_NOT_A_NUMBER
    if number not in BAND_SCALE or (number / BAND_STEP) % 1:
        return None, Flag.BAND_OFF_SCALE
    return number, NO_FLAG if "S" in value else Flag.STORED_AS_OTHER_TYPE


def as_overall_band(value: WireValue | None) -> tuple[float | None, Flag]:
    """A band as of `as_band`; where it can't be read, one flag more says what was stored in its place."""
    band, flags = as_band(value)
    if Flag.BAND_OFF_SCALE in flags:
        flags |= Flag.OVERALL_BAND_OFF_SCALE
    elif Flag.BAND_NOT_A_NUMBER in flags:
        flags |= _WORDS_FOR_NO_BAND.get(str(scalar_content(value)).casefold(), Flag.OVERALL_BAND_NOT_A_NUMBER)
    return band, flags


def within(bounds: Bounds, read: Reader[N]) -> Reader[N]:
    """The reader, but a number outside of these bounds is missing and flagged."""

    def read_within(value: WireValue | None) -> tuple[N | None, Flag]:
        number, flags = read(value)
        return (number, flags) if number is None or number in bounds else (None, Flag.VALUE_OUT_OF_RANGE)

    return read_within


def scalar_content(value: WireValue | None) -> Any:  # noqa: ANN401 - whatever was stored
    """The content of S or N without surrounding space; None where absent or blank; the content itself otherwise."""
    if value is None or "NULL" in value:
        return None
    if "S" in value:
        return value["S"].strip() or None
    if "N" in value:
        return value["N"]
    return next(iter(value.values()))


def parse_number(content: object) -> float | None:
    """The finite number that a text holds in ASCII digits, or None."""
    if not isinstance(content, str) or not _NUMBER.fullmatch(content):
        return None
    number = float(content)
    return number if math.isfinite(number) else None


def _plain_number(content: str) -> int | float | str:
    number = parse_number(content)
    if number is None:
        return content
    return int(content) if re.fullmatch(r"[+-]?\d+", content) else number


def _base64(content: object) -> str:
    if isinstance(content, str):  # as sent
        return content
    return base64.b64encode(bytes(content)).decode("ascii")  # type: ignore[call-overload]


_PLAIN: Mapping[str, Callable[[Any], Any]] = {"S": clean, "N": _plain_number, "B": _base64}

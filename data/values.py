"""One attribute value of an item, as DynamoDB sends it (`{"S": "7.0"}`), to a plain value and the flags it earns.

This is the reference for how a value is read. Every reader returns `(value, flags)`: value None where the attribute
is absent, `NULL`, blank or unreadable. No value is invented; what could not be read is flagged, and the raw item
still holds it.
"""

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from data.flags import Flag
from data.schema import BAND_STEP, HIGHEST_BAND, LOWEST_BAND

WireValue = Mapping[str, Any]
"""`{"S": "7.0"}`: one entry, the type and the value."""

WireItem = Mapping[str, WireValue]

NO_FLAG = Flag(0)

EARLIEST_PLAUSIBLE = datetime(2015, 1, 1, tzinfo=UTC)
"""No result is older than the platform could be: smaller numbers in `created_at` are something else."""

CLOCK_SKEW = timedelta(days=1)
"""How far ahead of our clock a stored time may lie."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
STAMPED_FILE_NAME = r"(?:^|/)(?P<stamp>\d{8}_\d{6})_[^/]*$"
"""A recording's address with the upload's time in its file name, for `re` and for RE2; its digits are those of ASCII."""
_TIME_IN_FILE_NAME = re.compile(STAMPED_FILE_NAME, re.ASCII)
_SURROGATES = re.compile("[\ud800-\udfff]")
_LARGEST_COUNT = 2**53


def clean(text: str) -> str:
    """Text that can be encoded as UTF-8: a lone surrogate (half a character) becomes U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def plain(value: WireValue) -> Any:  # noqa: ANN401 - any JSON value
    """A value without its wire type, ready for JSON: numbers as int or float, sets as lists, binary as base64 text.

    >>> plain({"M": {"question": {"S": "?"}, "n": {"N": "3"}}})
    {'question': '?', 'n': 3}
    """
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return clean(content)
        case "N":
            return _plain_number(content)
        case "NULL":
            return None
        case "L":
            return [plain(element) for element in content]
        case "M":
            return {clean(key): plain(element) for key, element in content.items()}
        case "SS":
            return [clean(element) for element in content]
        case "NS":
            return [_plain_number(element) for element in content]
        case "B":
            return _base64(content)
        case "BS":
            return [_base64(element) for element in content]
        case _:
            return content


def item_json(item: WireItem) -> str:
    """The item as stored, in DynamoDB's own JSON (the form `aws dynamodb get-item` prints), indented."""
    return clean(json.dumps(item, indent=2, ensure_ascii=False, default=_base64))


def wire_json(value: WireValue) -> str:
    """One value in DynamoDB's own JSON, compact; binary as base64 text."""
    return json.dumps(value, ensure_ascii=False, default=_base64)


def as_text(value: WireValue | None) -> tuple[str | None, Flag]:
    """Text as stored. Another type becomes compact JSON and is flagged, so that nothing is lost."""
    if value is None or "NULL" in value:
        return None, NO_FLAG
    if "S" in value:
        return clean(value["S"]), NO_FLAG
    return json.dumps(plain(value), ensure_ascii=False), Flag.TEXT_NOT_TEXT


def as_number(value: WireValue | None) -> tuple[float | None, Flag]:
    """A finite number, from N or from text that is one; blank text is missing."""
    content = _scalar(value)
    if content is None:
        return None, NO_FLAG
    number = _parse(content)
    return (number, NO_FLAG) if number is not None else (None, Flag.NUMBER_NOT_READABLE)


def as_count(value: WireValue | None) -> tuple[int | None, Flag]:
    """A whole number of at least 0; documented as N, understood as text."""
    number, flags = as_number(value)
    if number is None or value is None:
        return None, flags
    if number != int(number) or not 0 <= number <= _LARGEST_COUNT:
        return None, Flag.NUMBER_NOT_READABLE
    return int(number), NO_FLAG if "N" in value else Flag.STORED_AS_OTHER_TYPE


def as_band(value: WireValue | None) -> tuple[float | None, Flag]:
    """A band, 0 to 9 in half steps; documented as text, understood as N. The word `error` counts as missing."""
    content = _scalar(value)
    if content is None or value is None:
        return None, NO_FLAG
    number = _parse(content)
    if number is None:
        return None, Flag.BAND_NOT_A_NUMBER
    if not LOWEST_BAND <= number <= HIGHEST_BAND or (number / BAND_STEP) % 1:
        return None, Flag.BAND_OFF_SCALE
    return number, NO_FLAG if "S" in value else Flag.STORED_AS_OTHER_TYPE


def as_time(value: WireValue | None, now: datetime) -> tuple[datetime | None, Flag]:
    """A time between 2015 and a day from `now` (aware): Unix seconds; milliseconds and ISO text are understood.

    Text without a zone is read as UTC, the zone of AWS Lambda.
    """
    content = _scalar(value)
    if content is None or value is None:
        return None, NO_FLAG
    from_text = Flag.TIME_IS_TEXT if "S" in value else NO_FLAG
    number = _parse(content)
    if number is None:
        time = _from_iso(content) if isinstance(content, str) else None
        return (time, from_text) if _plausible(time, now) else (None, Flag.TIME_NOT_PLAUSIBLE)
    for unit, flag in ((1, NO_FLAG), (1000, Flag.TIME_IN_MILLISECONDS)):
        time = _from_seconds(number / unit)
        if _plausible(time, now):
            return time, flag | from_text
    return None, Flag.TIME_NOT_PLAUSIBLE


def time_in_file_name(value: WireValue | None, now: datetime) -> datetime | None:
    """The upload's time in a recording's address (`…/<YYYYmmdd_HHMMSS>_<file>`, UTC), or None."""
    if value is None or "S" not in value:
        return None
    found = _TIME_IN_FILE_NAME.search(value["S"])
    if found is None:
        return None
    try:
        time = datetime.strptime(found[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return time if _plausible(time, now) else None


def _scalar(value: WireValue | None) -> Any:  # noqa: ANN401 - whatever was stored
    """The content of S or N without surrounding space; None where absent or blank; the content itself otherwise."""
    if value is None or "NULL" in value:
        return None
    if "S" in value:
        return value["S"].strip() or None
    if "N" in value:
        return value["N"]
    return next(iter(value.values()))


def _parse(content: object) -> float | None:
    if not isinstance(content, str) or not _NUMBER.fullmatch(content):
        return None
    number = float(content)
    return number if math.isfinite(number) else None


def _plain_number(content: str) -> int | float | str:
    number = _parse(content)
    if number is None:
        return content
    return int(content) if re.fullmatch(r"[+-]?\d+", content) else number


def _base64(content: object) -> str:
    if isinstance(content, str):  # as sent
        return content
    return base64.b64encode(bytes(content)).decode("ascii")  # type: ignore[call-overload]


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_iso(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        return None


def plausible_bounds(now: datetime) -> tuple[datetime, datetime]:
    """The earliest and the latest time (aware) that count as plausible at `now`."""
    return EARLIEST_PLAUSIBLE, now + CLOCK_SKEW


def _plausible(time: datetime | None, now: datetime) -> bool:
    earliest, latest = plausible_bounds(now)
    return time is not None and earliest <= time <= latest

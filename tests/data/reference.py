"""A simple implementation that reads items value by value, for comparison with the product's."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.columns import READERS, reader_of
from data.flags import Flag
from data.ids import is_misleading
from data.schema import AT_SOURCES, CLOCK_SKEW, DERIVED_COLUMNS, DTYPES, Kind, Table
from data.times import EARLIEST_PLAUSIBLE, MAX_AHEAD
from data.values import NO_FLAG, parse_number, scalar_content

FLOATS = {Kind.BAND, Kind.NUMBER}


def frame_of(table: Table, items: Sequence[Any], now: datetime) -> pd.DataFrame:
    """The items as a frame with the columns and dtypes that `table.columns` declares."""
    flags = np.zeros(len(items), dtype=np.int64)
    columns = {}
    readers = {
        attribute.name: reader_of(attribute) for attribute in table.summary_attributes if attribute.kind in DTYPES
    }
    for name, kind in table.kinds.items():
        values = []
        for row, item in enumerate(items):
            value, value_flags = readers.get(name, READERS[kind])(item.get(name))
            values.append(value)
            flags[row] |= int(value_flags)
        array = np.array(values, dtype="float64") if kind in FLOATS else values
        first_dtype = DTYPES[kind] if kind in {*FLOATS, Kind.COUNT} else "str"
        columns[name] = pd.Series(array, dtype=first_dtype).astype(DTYPES[kind])
    times, sources = [], []
    for row, item in enumerate(items):
        time, source, time_flags = time_of(table, item, now)
        times.append(time)
        sources.append(source)
        flags[row] |= int(time_flags)
    columns["at"] = pd.Series(pd.DatetimeIndex(times, tz=UTC), dtype=DERIVED_COLUMNS["at"])
    columns["at_source"] = pd.Series(pd.Categorical(sources, categories=AT_SOURCES))
    for name in (table.partition_key, table.sort_key):
        for row, text in enumerate(columns[name]):
            if is_misleading(pa.array([text if isinstance(text, str) else None], pa.large_string()))[0].as_py():
                flags[row] |= int(Flag.ID_MISLEADING)
    columns["flags"] = pd.Series(flags, dtype="int64")
    return pd.DataFrame(columns)


def time_of(table: Table, item: Any, now: datetime) -> tuple[datetime | None, str, Flag]:
    """The item's time, the name of its source, and the flags of both."""
    time, source, flags = None, "unknown", Flag(0)
    for attribute in table.time_attributes:
        if attribute.kind == Kind.TIME:
            candidate, time_flags = as_time(item.get(attribute.name), now)
            flags |= time_flags
            if time is None and candidate is not None:
                time, source = candidate, attribute.name
        if attribute.kind == Kind.RECORDING and time is None:
            time = time_in_file_name(item.get(attribute.name), now)
            if time is not None:
                source, flags = attribute.name, flags | Flag.TIME_FROM_FILE_NAME
    if time is None:
        return time, source, flags | Flag.TIME_UNKNOWN
    milliseconds = time.replace(microsecond=time.microsecond // 1000 * 1000)
    return time, source, flags | Flag.TIME_IN_FUTURE if milliseconds > now + CLOCK_SKEW else flags


def as_time(value: Any, now: datetime) -> tuple[datetime | None, Flag]:
    """A plausible stored time (seconds, else milliseconds, else ISO text), and its flags."""
    content = scalar_content(value)
    if content is None:
        return None, NO_FLAG
    from_text = Flag.TIME_IS_TEXT if "S" in value else NO_FLAG
    number = parse_number(content)
    if number is None:
        time = _from_iso(content) if isinstance(content, str) else None
        return (time, from_text) if _plausible(time, now) else (None, Flag.TIME_NOT_PLAUSIBLE)
    for unit, flag in ((1, NO_FLAG), (1000, Flag.TIME_IN_MILLISECONDS)):
        time = _from_seconds(number / unit)
        if _plausible(time, now):
            return time, flag | from_text
    return None, Flag.TIME_NOT_PLAUSIBLE


def time_in_file_name(value: Any, now: datetime) -> datetime | None:
    """The plausible upload time in a recording's address, or None."""
    if value is None or "S" not in value:
        return None
    match = re.search(r"(?:^|/)(\d{8}_\d{6})_[^/]*$", value["S"], re.ASCII)
    if match is None:
        return None
    try:
        time = datetime.strptime(match[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return time if _plausible(time, now) else None


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_iso(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _plausible(time: datetime | None, now: datetime) -> bool:
    return time is not None and EARLIEST_PLAUSIBLE <= time <= now + MAX_AHEAD

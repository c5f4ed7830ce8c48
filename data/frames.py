"""Items as DynamoDB sends them to a frame with the columns and dtypes that `data.schema` declares.

One row per item, always: an unreadable value is missing and the item flagged, never dropped.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.flags import Flag
from data import values
from data.schema import AT_SOURCES, DERIVED_COLUMNS, DTYPES, Kind, Table
from data.values import WireItem, WireValue

Reader = Callable[[WireValue | None], tuple[Any, Flag]]


def _lower(value: WireValue | None) -> tuple[str | None, Flag]:
    text, flags = values.as_text(value)
    return (text.strip().lower() or None if text else None), flags


def _upper(value: WireValue | None) -> tuple[str | None, Flag]:
    text, flags = values.as_text(value)
    return (text.strip().upper() or None if text else None), flags


def _trimmed(value: WireValue | None) -> tuple[str | None, Flag]:
    text, flags = values.as_text(value)
    return (text.strip() or None if text else None), flags


READERS: dict[Kind, Reader] = {
    Kind.ID: values.as_text,
    Kind.LABEL: _lower,
    Kind.CODE: _upper,
    Kind.NAME: _trimmed,
    Kind.TEXT: values.as_text,
    Kind.BAND: values.as_band,
    Kind.COUNT: values.as_count,
    Kind.NUMBER: values.as_number,
}
"""How each kind of attribute is read. Kinds that are no column of their own (times, recordings) are not here."""


def frame_of(table: Table, items: Sequence[WireItem], now: datetime) -> pd.DataFrame:
    """The items as a frame: one row each in the same order, columns and dtypes as `table.columns` says.

    `now` (aware) bounds what counts as a plausible time.
    """
    flags = np.zeros(len(items), dtype=np.int64)
    columns: dict[str, pd.Series] = {}
    kinds = {table.partition_key: Kind.ID, table.sort_key: Kind.ID} | {
        a.name: a.kind for a in table.light_attributes if a.kind in DTYPES
    }
    for name, kind in kinds.items():
        columns[name] = _column(items, name, kind, flags)
    columns["at"], columns["at_source"] = _times(table, items, now, flags)
    columns["flags"] = pd.Series(flags, dtype=DERIVED_COLUMNS["flags"])
    return pd.DataFrame(columns)


def _column(items: Sequence[WireItem], name: str, kind: Kind, flags: npt.NDArray[np.int64]) -> pd.Series:
    read = READERS[kind]
    found: list[Any] = []
    for row, item in enumerate(items):
        value, odd = read(item.get(name))
        found.append(value)
        if odd:
            flags[row] |= int(odd)
    # pandas would take a column of text that is missing throughout for numbers, and missing numbers for objects
    first = np.array(found, dtype="float64") if kind in {Kind.BAND, Kind.NUMBER} else found
    plain_dtype = DTYPES[kind] if kind in {Kind.BAND, Kind.NUMBER, Kind.COUNT} else "str"
    column: pd.Series = pd.Series(first, dtype=plain_dtype)
    return column.astype(DTYPES[kind])


def _times(
    table: Table, items: Sequence[WireItem], now: datetime, flags: npt.NDArray[np.int64]
) -> tuple[pd.Series, pd.Series]:
    """`at` and `at_source`: a plausible created_at, else started_at, else the recording's file name, else unknown."""
    names = [a.name for a in table.attributes if a.kind == Kind.TIME]
    recordings = [a.name for a in table.attributes if a.kind == Kind.RECORDING]
    at: list[Any] = []
    sources: list[str] = []
    for row, item in enumerate(items):
        time, source = None, "unknown"
        for name in names:
            read, odd = values.as_time(item.get(name), now)
            flags[row] |= int(odd)
            if time is None and read is not None:
                time, source = read, name
        for name in recordings:
            if time is None:
                time = values.time_in_file_name(item.get(name), now)
                if time is not None:
                    source = name
                    flags[row] |= int(Flag.TIME_FROM_FILE_NAME)
        if time is None:
            flags[row] |= int(Flag.TIME_UNKNOWN)
        at.append(time)
        sources.append(source)
    times = pd.Series(pd.DatetimeIndex(at, tz=UTC), dtype=DERIVED_COLUMNS["at"])
    return times, pd.Series(pd.Categorical(sources, categories=AT_SOURCES))

"""The plain way to a frame: one item after the other, one value after the other, by `data.values`. What is fast must agree."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from data import values
from data.columns import READERS
from data.flags import Flag
from data.schema import AT_SOURCES, DERIVED_COLUMNS, DTYPES, Kind, Table

FLOATS = {Kind.BAND, Kind.NUMBER}


def frame_of(table: Table, items: Sequence[Any], now: datetime) -> pd.DataFrame:
    """The items as a frame with the columns and dtypes that `table.columns` declares."""
    flags = np.zeros(len(items), dtype=np.int64)
    kinds = {table.partition_key: Kind.ID, table.sort_key: Kind.ID} | {
        a.name: a.kind for a in table.summary_attributes if a.kind in DTYPES
    }
    columns = {}
    for name, kind in kinds.items():
        found = []
        for row, item in enumerate(items):
            value, odd = READERS[kind](item.get(name))
            found.append(value)
            flags[row] |= int(odd)
        first = np.array(found, dtype="float64") if kind in FLOATS else found
        plain = DTYPES[kind] if kind in {*FLOATS, Kind.COUNT} else "str"
        columns[name] = pd.Series(first, dtype=plain).astype(DTYPES[kind])
    at, sources = [], []
    for row, item in enumerate(items):
        time, source, odd = time_of(table, item, now)
        at.append(time)
        sources.append(source)
        flags[row] |= int(odd)
    columns["at"] = pd.Series(pd.DatetimeIndex(at, tz=UTC), dtype=DERIVED_COLUMNS["at"])
    columns["at_source"] = pd.Series(pd.Categorical(sources, categories=AT_SOURCES))
    columns["flags"] = pd.Series(flags, dtype="int64")
    return pd.DataFrame(columns)


def time_of(table: Table, item: Any, now: datetime) -> tuple[datetime | None, str, Flag]:
    """The item's time, where it is from, and the flags that earns."""
    time, source, flags = None, "unknown", Flag(0)
    for attribute in table.attributes:
        if attribute.kind == Kind.TIME:
            read, odd = values.as_time(item.get(attribute.name), now)
            flags |= odd
            if time is None and read is not None:
                time, source = read, attribute.name
        if attribute.kind == Kind.RECORDING and time is None:
            time = values.time_in_file_name(item.get(attribute.name), now)
            if time is not None:
                source, flags = attribute.name, flags | Flag.TIME_FROM_FILE_NAME
    return time, source, flags if time is not None else flags | Flag.TIME_UNKNOWN

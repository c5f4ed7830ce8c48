"""Columns of wire values to a frame with the columns and dtypes that `data.schema` declares.

One row per item, always: an unreadable value is missing and its item flagged. `data.values` says how one value is read;
each distinct value is read once, as most columns repeat a few values. Times are read by `data.times`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data import values
from data.decoder import Flags, ItemReader, ValueReader, WireColumn
from data.flags import Flag
from data.ids import is_misleading
from data.masking import mask_array
from data.schema import DTYPES, OVERALL_BAND, Attribute, Kind, Table
from data.times import item_times
from data.values import WireItem, WireValue

Column = npt.NDArray[np.float64] | pd.api.extensions.ExtensionArray


def _label(change_case: Callable[[str], str]) -> ValueReader:
    """A reader of trimmed text in one case; blank text is missing."""

    def read(value: WireValue | None) -> tuple[str | None, Flag]:
        text, flags = values.as_text(value)
        return (change_case(text.strip()) or None if text else None), flags

    return read


READERS: dict[Kind, ValueReader] = {
    Kind.ID: values.as_text,
    Kind.LABEL: _label(str.lower),
    Kind.CODE: _label(str.upper),
    Kind.NAME: _label(str),
    Kind.TEXT: values.as_text,
    Kind.BAND: values.as_band,
    Kind.COUNT: values.as_count,
    Kind.NUMBER: values.as_number,
}
"""How each kind of attribute is read. Kinds without a column of their own (times, recordings) are not included."""


def reader_of(attribute: Attribute) -> ValueReader:
    """How one attribute is read: by its kind, and within its bounds."""
    if attribute.name == OVERALL_BAND:
        return values.as_overall_band
    read = READERS[attribute.kind]
    return read if attribute.bounds is None else values.within(attribute.bounds, read)


_DOCUMENTED_AS_NUMBER = {Kind.COUNT, Kind.TIME}


def item_reader(table: Table) -> ItemReader:
    """A reader of the keys and summary attributes of a table's items."""
    keys = dict.fromkeys((table.partition_key, table.sort_key), "S")
    return ItemReader(
        keys | {a.name: "N" if a.kind in _DOCUMENTED_AS_NUMBER else "S" for a in table.summary_attributes}
    )


def frame_of_items(table: Table, items: Sequence[WireItem], now: datetime) -> pd.DataFrame:
    """Parsed items as the frame that `consume_into_frame` returns."""
    return consume_into_frame(table, [item_reader(table).read_items(items).flatten()], now)


def consume_into_frame(table: Table, parts: list[pa.StructArray], now: datetime) -> pd.DataFrame:
    """Turn the items of all parts into a frame, and empty the list of parts.

    The rows keep the order of the items; columns and dtypes are those of `table.columns`. `parts`: as an `ItemReader`
    returns them. The list is consumed so that each attribute's values are freed once they are in the frame, and both
    are never held whole. `now` (aware) bounds what counts as a plausible time.
    """
    if not any(map(len, parts)):
        parts.clear()
        return _without_rows(table).copy()
    return _frame(table, parts, now)


@cache
def _without_rows(table: Table) -> pd.DataFrame:
    return _frame(table, [], datetime.now(UTC))


def _frame(table: Table, parts: list[pa.StructArray], now: datetime) -> pd.DataFrame:
    flags: Flags = np.zeros(sum(map(len, parts)), dtype=np.int64)
    columns: dict[str, Any] = {}
    times = table.time_attributes
    wire = {name: WireColumn([part.field(name) for part in parts]) for name in [*table.kinds, *(a.name for a in times)]}
    parts.clear()
    readers = {a.name: reader_of(a) for a in table.summary_attributes if a.kind in DTYPES}
    for name, kind in table.kinds.items():
        make = _masked_text if kind == Kind.TEXT else _COLUMNS[DTYPES[kind]]
        columns[name] = make(wire.pop(name), readers.get(name, READERS[kind]), flags)
    columns["at"], columns["at_source"] = item_times({a: wire.pop(a.name) for a in times}, now, flags)
    for name in (table.partition_key, table.sort_key):
        misleading = is_misleading(pa.array(columns[name], pa.large_string(), from_pandas=True))
        flags[misleading.to_numpy(zero_copy_only=False)] |= int(Flag.ID_MISLEADING)
    columns["flags"] = flags
    return pd.DataFrame(columns, copy=False)


def _text(column: WireColumn, read: ValueReader, flags: Flags) -> Column:
    text: Column = pd.array(_texts(column, read, flags), dtype="str")
    return text


def _masked_text(column: WireColumn, read: ValueReader, flags: Flags) -> Column:
    text: Column = pd.array(mask_array(_texts(column, read, flags)), dtype="str")
    return text


def _texts(column: WireColumn, read: ValueReader, flags: Flags) -> pa.StringArray:
    texts = column.of("S")
    array = pa.nulls(len(flags), pa.string()) if texts is None else texts
    positions, others = column.read_distinct(read, flags, without=("S",))
    if len(others) > 1:
        mask = positions >= 0
        array = pc.replace_with_mask(array, mask, pa.array([others[p] for p in positions[mask]], pa.string()))
    return array


def _category(column: WireColumn, read: ValueReader, flags: Flags) -> Column:
    positions, distinct = column.read_distinct(read, flags)
    codes, categories = pd.factorize(np.array(distinct, dtype=object), sort=True)
    return pd.Categorical.from_codes(codes[positions], pd.Index(categories, dtype="str"))


def _float(column: WireColumn, read: ValueReader, flags: Flags, dtype: str) -> Column:
    positions, distinct = column.read_distinct(read, flags)
    return np.array([np.nan if value is None else value for value in distinct], dtype=dtype)[positions]


def _count(column: WireColumn, read: ValueReader, flags: Flags) -> Column:
    positions, distinct = column.read_distinct(read, flags)
    missing = np.array([value is None for value in distinct])[positions]
    counts = np.array([0 if value is None else value for value in distinct], dtype=np.int64)[positions]
    return pd.arrays.IntegerArray(counts, missing)


_COLUMNS: dict[str, Callable[[WireColumn, ValueReader, Flags], Column]] = {
    "str": _text,
    "category": _category,
    "float32": partial(_float, dtype="float32"),
    "float64": partial(_float, dtype="float64"),
    "Int64": _count,
}
"""How a column of each dtype is made."""

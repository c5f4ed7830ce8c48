"""Columns of wire values to a frame with the columns and dtypes that `data.schema` declares.

One row per item, always: an unreadable value is missing and the item flagged, never dropped. How one value is read is
`data.values`' to say; it is asked once for each value that differs, as most columns hold the same few again and again.
Times, which all differ, are reckoned for whole columns by the same rules.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data import decoder, values
from data.flags import Flag
from data.schema import AT_SOURCES, DTYPES, Attribute, Kind, Table
from data.values import WireItem, WireValue

ROWS_AT_A_TIME = 8192
"""Times are reckoned for so many rows at once: every step makes an array as long, at the very peak of a read."""

ValueReader = Callable[[WireValue | None], tuple[Any, Flag]]
Flags = npt.NDArray[np.int64]
Column = npt.NDArray[np.float64] | pd.api.extensions.ExtensionArray


def _lower(value: WireValue | None) -> tuple[str | None, Flag]:
    text, flags = values.as_text(value)
    return (text.strip().lower() or None if text else None), flags


def _upper(value: WireValue | None) -> tuple[str | None, Flag]:
    text, flags = values.as_text(value)
    return (text.strip().upper() or None if text else None), flags


def _trimmed(value: WireValue | None) -> tuple[str | None, Flag]:
    text, flags = values.as_text(value)
    return (text.strip() or None if text else None), flags


READERS: dict[Kind, ValueReader] = {
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

_DOCUMENTED_AS_NUMBER = {Kind.COUNT, Kind.TIME}


def reader_of(table: Table) -> decoder.Reader:
    """Reads the keys and light attributes of a table's items into columns."""
    keys = dict.fromkeys((table.partition_key, table.sort_key), "S")
    return decoder.Reader(
        keys | {a.name: "N" if a.kind in _DOCUMENTED_AS_NUMBER else "S" for a in table.summary_attributes}
    )


def frame_of_items(table: Table, items: Sequence[WireItem], now: datetime) -> pd.DataFrame:
    """Some items, parsed already, as `frame_from` makes it of columns."""
    return frame_of_columns(table, [reader_of(table).page_of(items).flatten()], now)


def frame_of_columns(table: Table, parts: list[pa.StructArray], now: datetime) -> pd.DataFrame:
    """The rows of all parts as a frame: in the same order, columns and dtypes as `table.columns` says.

    `parts`: items as a `wire.Reader` reads them; `now` (aware) bounds what counts as a plausible time. The list is empty
    afterwards: an attribute's values are let go of when they are in the frame, so that both are never held whole.
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
    kinds = {table.partition_key: Kind.ID, table.sort_key: Kind.ID} | {
        a.name: a.kind for a in table.summary_attributes if a.kind in DTYPES
    }
    times = [a for a in table.summary_attributes if a.kind in (Kind.TIME, Kind.RECORDING)]
    sent = {name: Sent([part.field(name) for part in parts]) for name in [*kinds, *(a.name for a in times)]}
    parts.clear()
    for name, kind in kinds.items():
        columns[name] = _COLUMNS[kind](sent.pop(name), READERS[kind], flags)
    columns["at"], columns["at_source"] = _times({a: sent.pop(a.name) for a in times}, now, flags)
    columns["flags"] = flags
    return pd.DataFrame(columns, copy=False)


@dataclass(frozen=True)
class Sent:
    """One attribute's values as they were sent, over all parts: each a struct of wire types."""

    parts: Sequence[pa.StructArray]

    def of(self, kind: str) -> pa.StringArray | None:
        """The contents of one wire type (`S`, `N` or `wire.OTHER`), null where the value is of another; None where none is."""
        found = [self._child(part, kind) for part in self.parts]
        if all(child.null_count == len(child) for child in found):
            return None
        return pa.concat_arrays(found) if len(found) > 1 else found[0]

    def others(self, *known: str) -> Iterator[tuple[str, pa.StringArray]]:
        """The wire types that hold something, but for those known already."""
        for kind in ("S", "N", decoder.OTHER):
            if kind not in known and (contents := self.of(kind)) is not None:
                yield kind, contents

    @staticmethod
    def _child(part: pa.StructArray, kind: str) -> pa.StringArray:
        if part.type.get_field_index(kind) < 0:
            return pa.nulls(len(part), pa.string())
        return pc.struct_field(part, kind)  # null where the item lacks the attribute


def _looked_up(
    kinds: Iterator[tuple[str, pa.StringArray]], read: ValueReader, flags: Flags
) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """What is read of each value that differs, and for every row its place in that list; the last is None, for the absent."""
    places = np.full(len(flags), -1, dtype=np.int64)
    found: list[Any] = []
    for kind, contents in kinds:
        encoded = contents.dictionary_encode()
        own = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        answers = [read(_wire_value(kind, content)) for content in encoded.dictionary.to_pylist()]
        odd = np.array([*(int(flag) for _, flag in answers), 0], dtype=np.int64)
        if odd.any():
            flags |= odd[own]
        places = np.where(own >= 0, own + len(found), places)
        found += [value for value, _ in answers]
    return places, [*found, None]


def _text(sent: Sent, read: ValueReader, flags: Flags) -> Column:
    texts = sent.of("S")
    column = pa.nulls(len(flags), pa.string()) if texts is None else texts
    places, found = _looked_up(sent.others("S"), read, flags)
    if len(found) > 1:
        mask = places >= 0
        column = pc.replace_with_mask(column, mask, pa.array([found[place] for place in places[mask]], pa.string()))
    text: Column = pd.array(column, dtype="str")
    return text


def _category(sent: Sent, read: ValueReader, flags: Flags) -> Column:
    places, found = _looked_up(sent.others(), read, flags)
    categories = sorted({value for value in found if value is not None})
    code = {value: number for number, value in enumerate(categories)} | {None: -1}
    codes = np.array([code[value] for value in found], dtype=np.int64)[places]
    used = np.unique(codes[codes >= 0])
    if len(used) < len(categories):
        codes = np.append(np.searchsorted(used, np.arange(len(categories))), -1)[codes]
        categories = [categories[number] for number in used]
    return pd.Categorical.from_codes(codes, pd.Index(categories, dtype="str"))


def _float(dtype: str) -> Callable[[Sent, ValueReader, Flags], Column]:
    def column(sent: Sent, read: ValueReader, flags: Flags) -> Column:
        places, found = _looked_up(sent.others(), read, flags)
        return np.array([np.nan if value is None else value for value in found], dtype=dtype)[places]

    return column


def _count(sent: Sent, read: ValueReader, flags: Flags) -> Column:
    places, found = _looked_up(sent.others(), read, flags)
    missing = np.array([value is None for value in found])[places]
    counts = np.array([0 if value is None else value for value in found], dtype=np.int64)[places]
    return pd.arrays.IntegerArray(counts, missing)


_COLUMNS: dict[Kind, Callable[[Sent, ValueReader, Flags], Column]] = {
    Kind.ID: _text,
    Kind.LABEL: _category,
    Kind.CODE: _category,
    Kind.NAME: _category,
    Kind.TEXT: _text,
    Kind.BAND: _float("float32"),
    Kind.COUNT: _count,
    Kind.NUMBER: _float("float64"),
}

_NO_TIME = np.datetime64("NaT", "ms")
Times = npt.NDArray[np.datetime64]


def _times(times: Mapping[Attribute, Sent], now: datetime, flags: Flags) -> tuple[Column, Column]:
    """`at` and `at_source`: a plausible created_at, else started_at, else the recording's file name, else unknown."""
    at: Times = np.full(len(flags), _NO_TIME)
    sources = np.full(len(flags), AT_SOURCES.index("unknown"))
    for attribute, sent in times.items():
        if attribute.kind == Kind.TIME:
            found = _stored_times(sent, now, flags)
        else:
            found = _times_in_file_names(sent, np.isnat(at), now)
        taken = np.isnat(at) & ~np.isnat(found)
        if attribute.kind == Kind.RECORDING:
            flags[taken] |= int(Flag.TIME_FROM_FILE_NAME)
        at[taken] = found[taken]
        sources[taken] = AT_SOURCES.index(attribute.name)
    flags[np.isnat(at)] |= int(Flag.TIME_UNKNOWN)
    return (
        pd.DatetimeIndex(at, tz=UTC).array,
        pd.Categorical.from_codes(sources, pd.Index([*AT_SOURCES])),
    )


def _stored_times(sent: Sent, now: datetime, flags: Flags) -> Times:
    """`values.as_time` for a whole column."""
    found: Times = np.full(len(flags), _NO_TIME)
    numbers = sent.of("N")
    known: tuple[str, ...] = ()
    if numbers is not None:
        try:
            seconds = pc.cast(numbers, pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            pass  # one of them is none: each is looked up below
        else:
            known = ("N",)
            stored = numbers.is_valid().to_numpy(zero_copy_only=False)
            found = _plausible(seconds, now)
            rest = np.flatnonzero(stored & np.isnat(found))
            found[rest] = _plausible(seconds[rest] / 1000, now)
            flags[rest] |= np.where(np.isnat(found[rest]), int(Flag.TIME_NOT_PLAUSIBLE), int(Flag.TIME_IN_MILLISECONDS))
    places, others = _looked_up(sent.others(*known), lambda value: values.as_time(value, now), flags)
    if len(others) > 1:
        read = np.array([_milliseconds(time) for time in others])[places]
        found = np.where(np.isnat(read), found, read)
    return found


def _plausible(seconds: npt.NDArray[np.float64], now: datetime) -> Times:
    """Unix seconds as times, to the microsecond as `datetime.fromtimestamp` rounds them, then cut to milliseconds."""
    bounds = values.plausible_bounds(now)
    earliest, latest = (bound.timestamp() for bound in bounds)
    first, last = (np.datetime64(bound.replace(tzinfo=None), "us") for bound in bounds)
    found: Times = np.full(len(seconds), _NO_TIME)
    for start in range(0, len(seconds), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        near = np.where((seconds[rows] >= earliest - 1) & (seconds[rows] <= latest + 1), seconds[rows], 0.0)
        fraction, whole = np.modf(near)
        time = (whole.astype(np.int64) * 1_000_000 + np.rint(fraction * 1e6).astype(np.int64)).astype("datetime64[us]")
        found[rows] = np.where((time >= first) & (time <= last), time.astype("datetime64[ms]"), _NO_TIME)
    return found


def _times_in_file_names(sent: Sent, wanted: npt.NDArray[np.bool_], now: datetime) -> Times:
    """`values.time_in_file_name` for a whole column, where it is wanted."""
    found: Times = np.full(len(wanted), _NO_TIME)
    addresses = sent.of("S")
    if addresses is None or not wanted.any():
        return found
    rows = np.flatnonzero(wanted)
    stamps = pc.struct_field(pc.extract_regex(addresses.take(pa.array(rows)), values.STAMPED_FILE_NAME), "stamp")
    stamped = stamps.is_valid().to_numpy(zero_copy_only=False)
    rows, digits = rows[stamped], pc.replace_substring(stamps.drop_null(), "_", "").cast(pa.int64()).to_numpy()
    parts = [digits // 10**power % 10**width for power, width in ((10, 4), (8, 2), (6, 2), (4, 2), (2, 2), (0, 2))]
    year, month, day, hour, minute, second = parts
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    date = first + (day - 1)
    is_date = (
        (month >= 1) & (month <= 12) & (day >= 1) & (date.astype("datetime64[M]") == first.astype("datetime64[M]"))
    )
    is_time = (hour < 24) & (minute < 60) & (second < 60)
    seconds = date.astype("datetime64[s]").astype(np.int64) + hour * 3600 + minute * 60 + second
    found[rows] = np.where(is_date & is_time, _plausible(seconds.astype(np.float64), now), _NO_TIME)
    return found


def _milliseconds(time: datetime | None) -> np.datetime64:
    return _NO_TIME if time is None else np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ms")


def _wire_value(kind: str, content: str) -> WireValue:
    return json.loads(content) if kind == decoder.OTHER else {kind: content}

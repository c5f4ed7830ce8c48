"""One attribute of many items as `data.decoder` reads it: an Arrow array per wire type."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data import decoder
from data.flags import Flag
from data.values import WireValue

ValueReader = Callable[[WireValue | None], tuple[Any, Flag]]
Flags = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WireColumn:
    """The values of one attribute over all parts of a read: each part a struct of wire types."""

    parts: Sequence[pa.StructArray]

    def of(self, wire_type: str) -> pa.StringArray | None:
        """The contents of one wire type (`S`, `N` or `decoder.OTHER`), null for other types; None where all are null."""
        contents = [self._child(part, wire_type) for part in self.parts]
        if all(child.null_count == len(child) for child in contents):
            return None
        return pa.concat_arrays(contents) if len(contents) > 1 else contents[0]

    def by_type(self, *without: str) -> Iterator[tuple[str, pa.StringArray]]:
        """The wire types that occur, with their contents, but those in `without`."""
        for wire_type in ("S", "N", decoder.OTHER):
            if wire_type not in without and (contents := self.of(wire_type)) is not None:
                yield wire_type, contents

    def read_distinct(
        self, read: ValueReader, flags: Flags, *, without: Sequence[str] = ()
    ) -> tuple[npt.NDArray[np.int64], list[Any]]:
        """Read each distinct value once, and add the flags it earns to the rows that hold it.

        Returns for every row a position in the list of read values, and this list. Its last value is None, at position
        -1: for rows without the attribute, and for the wire types in `without`.
        """
        positions = np.full(len(flags), -1, dtype=np.int64)
        values: list[Any] = []
        for wire_type, contents in self.by_type(*without):
            encoded = contents.dictionary_encode()
            codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            results = [read(_wire_value(wire_type, content)) for content in encoded.dictionary.to_pylist()]
            earned = np.array([*(int(flag) for _, flag in results), 0], dtype=np.int64)
            if earned.any():
                flags |= earned[codes]
            positions = np.where(codes >= 0, codes + len(values), positions)
            values += [value for value, _ in results]
        return positions, [*values, None]

    @staticmethod
    def _child(part: pa.StructArray, wire_type: str) -> pa.StringArray:
        if part.type.get_field_index(wire_type) < 0:
            return pa.nulls(len(part), pa.string())
        return pc.struct_field(part, wire_type)  # null where the item lacks the attribute


def _wire_value(wire_type: str, content: str) -> WireValue:
    return json.loads(content) if wire_type == decoder.OTHER else {wire_type: content}

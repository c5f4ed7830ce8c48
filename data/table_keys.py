"""Whether a table is the one that the schema declares: by the keys that DescribeTable returns, or by what a read returns.

A variable that names another table would otherwise be read without an error: every item would lack what is looked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.errors import DataError
from data.schema import EVALUATIONS, FLASHCARD_SETS, REVIEWS, TABLES, KeyedTable, Table

_BOTH = f"{EVALUATIONS.variable} and {FLASHCARD_SETS.variable}"

_Keys = Sequence[tuple[str, str]]
"""Names and types of key attributes, the partition key first."""


class KeysDiffer(DataError):
    """A table of this name exists, but its keys are not those that the product reads."""

    sentence = "{name} is another table: {found}; {advice}."


def check_described_keys(table: KeyedTable, name: str, description: Mapping[str, Any]) -> None:
    """Raise KeysDiffer if the keys in `description` (DescribeTable's `Table`) are not those of the schema.

    A key whose type the endpoint does not give is taken for text.
    """
    types = {part["AttributeName"]: part["AttributeType"] for part in description.get("AttributeDefinitions", ())}
    schema = sorted(description.get("KeySchema", ()), key=lambda part: part.get("KeyType") != "HASH")
    actual = [(part["AttributeName"], types.get(part["AttributeName"], "S")) for part in schema]
    if actual == _keys(table):
        return
    swapped = table != REVIEWS and any(actual == _keys(other) for other in TABLES.values())
    advice = f"{_BOTH} look swapped, so exchange their values" if swapped else _correct(table)
    raise KeysDiffer(name=name, found=f"its keys are {_words(actual)}, not {_words(_keys(table))}", advice=advice)


def check_keys_of_items(table: Table, name: str, items: Iterable[pa.StructArray]) -> None:
    """Raise KeysDiffer if an item lacks a key attribute, which no item of the intended table can.

    `items`: as an `ItemReader` returns them. This finds another table where DescribeTable is not allowed.
    """
    for part in items:
        for key in (table.partition_key, table.sort_key):
            if pc.struct_field(part, [key, "S"]).null_count:
                raise KeysDiffer(name=name, found=f"it holds items without the key {key}", advice=_unsure(table))


def keys_refused(table: Table, name: str) -> KeysDiffer:
    """The error for a table that refuses a request by the keys of the schema."""
    found = f"it refuses the keys {table.partition_key} and {table.sort_key}"
    return KeysDiffer(name=name, found=found, advice=_unsure(table))


def _keys(table: KeyedTable) -> _Keys:
    return [(table.partition_key, "S"), (table.sort_key, "S")]


def _words(keys: _Keys) -> str:
    return " and ".join(f"{name} ({type_})" for name, type_ in keys) or "not known"


def _correct(table: KeyedTable) -> str:
    return f"correct {table.variable} or choose a new name"


def _unsure(table: Table) -> str:
    return f"correct {table.variable}, or exchange {_BOTH} if they are swapped"

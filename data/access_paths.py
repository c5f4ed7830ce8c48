"""The access path of a read: an index, chosen by key schema and projection from `DescribeTable`, or the table.

An index leaves out every item that lacks one of its key attributes. So an index keyed on `user_id` alone, or on
`user_id` and the table's partition key, is *complete*; one keyed on `user_id` and `created_at` is not, as it leaves out
processing and failed jobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from data.schema import Table

READ_UNIT_BYTES = 4096
"""Bytes that one read capacity unit reads strongly consistent; eventually consistent reads cost half."""


@dataclass(frozen=True)
class Index:
    """A global secondary index as DescribeTable describes it. Sizes are estimates, about six hours old.

    A key of several attributes (DynamoDB allows up to four) is their names joined by ` + `, which is no attribute's name.
    """

    name: str
    partition_key: str
    sort_key: str | None
    projection: Literal["ALL", "KEYS_ONLY", "INCLUDE"]
    included: frozenset[str]
    status: str
    item_count: int
    size_bytes: int

    def is_complete(self, table: Table) -> bool:
        """Whether it holds every item of the table: its keys are keys of the table, which no item can lack."""
        keys = {table.partition_key, table.sort_key}
        return self.partition_key in keys and (self.sort_key is None or self.sort_key in keys)

    def covers(self, table: Table) -> bool:
        """Whether it projects every summary attribute, so that the table itself need not be read."""
        projected = self.included | {self.partition_key, self.sort_key, table.partition_key, table.sort_key}
        return self.projection == "ALL" or {a.name for a in table.summary_attributes} <= projected

    @property
    def is_ready(self) -> bool:
        """Whether it can be read whole, also while its capacity is changed.

        An index that is being created lacks items, one that is being deleted disappears soon.
        """
        return self.status in {"ACTIVE", "UPDATING"}


@dataclass(frozen=True)
class Description:
    """DescribeTable's description of one table. `item_count` and `size_bytes` are estimates, about six hours old."""

    table: Table
    name: str
    status: str
    keys: tuple[str, ...]
    indexes: tuple[Index, ...]
    item_count: int
    size_bytes: int
    billing_mode: str

    @property
    def scan_units(self) -> float:
        """Capacity units of an eventually consistent read of the whole table, by estimate."""
        return _units(self.size_bytes)

    def units_through(self, path: "AccessPath") -> float:
        """Capacity units of reading the whole index of a path, or the table where it has none, by estimate."""
        return self.scan_units if path.index is None else _units(path.index.size_bytes)


@dataclass(frozen=True)
class AccessPath:
    """How one kind of read is done; `why` is shown on pages. `leaves_out`: the items that the index lacks, or empty."""

    operation: Literal["Query", "Scan"]
    index: Index | None
    why: str
    leaves_out: str = ""

    @property
    def complete(self) -> bool:
        """Whether the index, or the table, holds every item that is read for."""
        return not self.leaves_out


def describe(table: Table, response: Mapping[str, Any]) -> Description:
    """A DescribeTable response as a Description."""
    content = response["Table"]
    return Description(
        table=table,
        name=content["TableName"],
        status=content.get("TableStatus", ""),
        keys=tuple(key["AttributeName"] for key in content["KeySchema"]),
        indexes=tuple(_index(index) for index in content.get("GlobalSecondaryIndexes") or ()),
        item_count=int(content.get("ItemCount") or 0),
        size_bytes=int(content.get("TableSizeBytes") or 0),
        billing_mode=(content.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
    )


def student_path(description: Description) -> AccessPath:
    """The path to one student's items: the narrowest complete index, else an incomplete one, else a filtered scan."""
    table = description.table
    covering = (i for i in description.indexes if i.is_ready and i.covers(table))
    by_student = [i for i in covering if i.partition_key == table.sort_key]
    if complete := [i for i in by_student if i.is_complete(table)]:
        index = min(complete, key=_narrowest_first)
        return AccessPath("Query", index, f"reads index {index.name}: it holds every item of a student")
    if by_student:
        index = min(by_student, key=lambda i: (i.sort_key != "created_at", *_narrowest_first(i)))
        key = "a numeric created_at" if index.sort_key == "created_at" else index.sort_key
        leaves_out = f"items without {key} (such as processing and failed jobs)"
        return AccessPath("Query", index, f"reads index {index.name}: it leaves out {leaves_out}", leaves_out)
    return AccessPath("Scan", None, "reads the whole table and filters: no index is keyed on user_id")


def all_items_path(description: Description) -> AccessPath:
    """The path to all items, summary attributes: a complete, covering, narrow index, else the table itself."""
    table = description.table
    covering = (i for i in description.indexes if i.is_ready and i.covers(table))
    if narrow := [i for i in covering if i.is_complete(table) and i.projection == "INCLUDE"]:
        index = min(narrow, key=_narrowest_first)
        share = f", {_share(index.size_bytes, description.size_bytes)} of the table's bytes" if index.size_bytes else ""
        return AccessPath("Scan", index, f"reads index {index.name}: complete{share}")
    why = "reads the whole table: no index holds every item and all summary attributes"
    return AccessPath("Scan", None, why)


def indexes_frame(description: Description) -> pd.DataFrame:
    """The table's indexes as the Tables page shows them, one row each.

    Columns: `index`, `partition_key`, `sort_key`, `projection`, `status` (str), `items` (Int64) and `size_mb` (float64),
    estimates, missing where DescribeTable says 0: it counts every six hours, and some engines never do; `holds_every_item`
    and `holds_summary_attributes` (bool).
    """
    table = description.table
    frame = pd.DataFrame(
        [
            {
                "index": index.name,
                "partition_key": index.partition_key,
                "sort_key": index.sort_key or "",
                "projection": f"INCLUDE {len(index.included)}" if index.projection == "INCLUDE" else index.projection,
                "status": index.status,
                "items": index.item_count or None,
                "size_mb": index.size_bytes / 1e6 or None,
                "holds_every_item": index.is_complete(table),
                "holds_summary_attributes": index.covers(table),
            }
            for index in description.indexes
        ]
    )
    return frame if frame.empty else frame.astype({"items": "Int64", "size_mb": "float64"})


def _units(size_bytes: int) -> float:
    return -(-size_bytes // READ_UNIT_BYTES) / 2


def _index(description: Mapping[str, Any]) -> Index:
    projection = description.get("Projection") or {}
    return Index(
        name=description["IndexName"],
        partition_key=_key(description, "HASH"),
        sort_key=_key(description, "RANGE") or None,
        projection=projection.get("ProjectionType", "KEYS_ONLY"),
        included=frozenset(projection.get("NonKeyAttributes") or ()),
        # engines other than AWS may leave the status out
        status=description.get("IndexStatus") or "ACTIVE",
        item_count=int(description.get("ItemCount") or 0),
        size_bytes=int(description.get("IndexSizeBytes") or 0),
    )


def _key(description: Mapping[str, Any], kind: str) -> str:
    return " + ".join(key["AttributeName"] for key in description["KeySchema"] if key["KeyType"] == kind)


def _narrowest_first(index: Index) -> tuple[bool, int, str]:
    return (index.projection == "ALL", len(index.included), index.name)


def _share(part: int, whole: int) -> str:
    return f"1/{max(1, round(whole / part))}" if whole else "a part"

"""Paged reads: one item, a query, a scan in parallel segments. Each says what it consumed.

Every attribute name in an expression goes through `ExpressionAttributeNames`: `status`, `duration` and others are
reserved words.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Full, Queue
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data import decoder
from data.errors import IncompleteRead
from data.results import Cost
from data.values import WireItem

MAX_SEGMENTS = 8
BYTES_PER_SEGMENT = 8 * 1024 * 1024
"""A table is cut into one segment per eight pages (of 1 MB) or so: small tables are not worth more requests."""

MAX_WAITING = 2
"""So many pages wait to be read into columns, besides the one that each segment holds."""

BYTES_AT_A_TIME = 1_000_000
"""Pages are gathered up to so many bytes before they are read into columns: each reading has a cost of its own."""

Client = Any
"""A boto3 DynamoDB client (low-level)."""


class ReadCancelled(Exception):
    """Somebody asked for the read to end before it was done."""


@dataclass(frozen=True)
class Page:
    """One response of a Query or Scan: how many items it held."""

    count: int
    cost: Cost


@dataclass
class PagedRead:
    """All pages of one read: the items in order, as columns of wire values, and what they cost. `seconds` is wall time."""

    items: list[pa.StructArray] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)

    def __len__(self) -> int:
        return sum(map(len, self.items))


OnPage = Callable[[Page], None]
"""Called with every page as it arrives, from any thread; raises ReadCancelled to end the read."""


def projection(names: Iterable[str]) -> dict[str, Any]:
    """`ProjectionExpression` and `ExpressionAttributeNames` for these attributes."""
    aliases = {f"#p{position}": name for position, name in enumerate(dict.fromkeys(names))}
    return {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}


def equals(attribute: str, value: str, expression: str) -> dict[str, Any]:
    """An expression (`KeyConditionExpression` or `FilterExpression`) that holds where an attribute is this text."""
    return {
        expression: "#equal = :equal",
        "ExpressionAttributeNames": {"#equal": attribute},
        "ExpressionAttributeValues": {":equal": {"S": value}},
    }


def request(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """One request of several parts; their attribute names and values are joined."""
    joined: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL"}
    for part in parts:
        for key, value in part.items():
            joined[key] = {**joined.get(key, {}), **value} if isinstance(value, Mapping) else value
    return joined


def get(client: Client, table: str, key: Mapping[str, str]) -> tuple[WireItem | None, Cost]:
    """One item by both keys, or None, and the cost."""
    start = perf_counter()
    answer = client.get_item(
        TableName=table, Key={name: {"S": value} for name, value in key.items()}, ReturnConsumedCapacity="TOTAL"
    )
    return answer.get("Item"), _cost(answer, perf_counter() - start)


def query(client: Client, arguments: Mapping[str, Any], reader: decoder.Reader) -> PagedRead:
    """Every page of a Query."""
    gathered = _Gathered(arguments["TableName"], reader)
    for answer, cost in _answers(client.query, arguments):
        gathered.add(answer, cost)
    return gathered.read()


def scan(
    client: Client,
    arguments: Mapping[str, Any],
    reader: decoder.Reader,
    segments: int,
    key: Sequence[str],
    on_page: OnPage | None = None,
) -> PagedRead:
    """Every page of a Scan in parallel segments, in the order of the segments.

    Pages are received in a thread per segment and read in the caller's: reading in several at once takes more processor
    time and memory, and no less time. An item, known by the attributes `key`, comes once: DynamoDB's segments are
    disjoint, but other engines (moto) send every segment everything. Where one segment fails, the others end at their
    next page: what they would read is paid for and of no use.
    """
    start = perf_counter()
    one = segments == 1
    parts = [arguments if one else {**arguments, "Segment": n, "TotalSegments": segments} for n in range(segments)]
    gathered = [_Gathered(arguments["TableName"], reader) for _ in parts]
    for segment, answer, cost in _received(client.scan, parts):
        gathered[segment].add(answer, cost)
        if on_page is not None:
            on_page(Page(answer["Count"], cost))
    reads = [each.read() for each in gathered]
    items = [part for read in reads for part in read.items]
    cost = sum((read.cost for read in reads), Cost())
    return PagedRead(items if one else _once(items, key), replace(cost, seconds=perf_counter() - start))


def segments_for(size_bytes: int) -> int:
    """How many parallel segments a table of this size is read in: 1 to 8."""
    return min(MAX_SEGMENTS, max(1, math.ceil(size_bytes / BYTES_PER_SEGMENT)))


class _Gathered:
    """The pages of one Query or of one segment of a Scan, gathered before they are read into columns."""

    def __init__(self, table_name: str, reader: decoder.Reader) -> None:
        self._table_name = table_name
        self._reader = reader
        self._read = PagedRead()
        self._pages: list[bytes] = []
        self._counts: list[int] = []

    def add(self, answer: Mapping[str, Any], cost: Cost) -> None:
        """One response. Raises IncompleteRead."""
        self._read.cost += cost
        if decoder.AS_SENT in answer:
            self._pages.append(answer[decoder.AS_SENT])
            self._counts.append(answer["Count"])
            if sum(map(len, self._pages)) >= BYTES_AT_A_TIME:
                self._take()
        else:
            # the event was not there: botocore has parsed the items itself
            self._take()
            self._check([self._reader.page_of(answer["Items"])], [answer["Count"]])

    def read(self) -> PagedRead:
        """All pages. Raises IncompleteRead."""
        self._take()
        return self._read

    def _take(self) -> None:
        pages, counts = self._pages, self._counts
        self._pages, self._counts = [], []
        self._check(self._reader.pages(pages), counts)

    def _check(self, pages: Sequence[pa.ListArray], counts: Sequence[int]) -> None:
        found = [length for page in pages for length in page.value_lengths().to_pylist()]
        for counted, length in zip(counts, found, strict=True):
            if counted != length:
                raise IncompleteRead(self._table_name, counted, length)
        self._read.items.extend(page.flatten() for page in pages)


def _received(
    operation: Callable[..., Any], parts: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int, Mapping[str, Any], Cost]]:
    """The responses of all segments with their segment, as they arrive, each segment's in order."""
    if len(parts) == 1:
        yield from ((0, answer, cost) for answer, cost in _answers(operation, parts[0]))
        return
    arrived: Queue[tuple[int, Any, Cost] | None] = Queue(MAX_WAITING)
    over = Event()

    def hand_over(found: tuple[int, Any, Cost] | None) -> None:
        while not over.is_set():
            with suppress(Full):
                return arrived.put(found, timeout=0.05)

    def receive(segment: int) -> None:
        try:
            for answer, cost in _answers(operation, parts[segment]):
                hand_over((segment, answer, cost))
                if over.is_set():
                    return
        finally:
            hand_over(None)

    with ThreadPoolExecutor(len(parts), thread_name_prefix="scan") as pool:
        futures = [pool.submit(receive, segment) for segment in range(len(parts))]
        try:
            for _ in futures:
                while (found := arrived.get()) is not None:
                    yield found
                for future in futures:
                    if future.done():
                        future.result()
        finally:
            over.set()
        for future in futures:
            future.result()


def _answers(operation: Callable[..., Any], arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Cost]]:
    start_key: Any = None
    while True:
        start = perf_counter()
        answer = operation(**arguments, **({"ExclusiveStartKey": start_key} if start_key else {}))
        yield answer, _cost(answer, perf_counter() - start)
        start_key = answer.get("LastEvaluatedKey")
        if not start_key:
            return


def _once(parts: list[pa.StructArray], key: Sequence[str]) -> list[pa.StructArray]:
    """The items without those that came before."""
    # only items that share their partition key can be the same; a part at a time, as texts are many times their hashes
    first_keys = (pc.struct_field(part, [key[0], "S"]).to_numpy(zero_copy_only=False) for part in parts)
    hashed = [pd.util.hash_array(each, categorize=False) for each in first_keys]
    hashes = np.concatenate([np.empty(0, dtype=np.uint64), *hashed])
    ordered = np.sort(hashes)
    shared = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(shared):
        return parts
    doubtful = np.isin(hashes, shared)
    seen: set[tuple[str, ...]] = set()
    kept = []
    for part, doubted in zip(parts, np.split(doubtful, np.cumsum([*map(len, parts)])[:-1]), strict=True):
        rows = np.flatnonzero(doubted)
        some = part.take(pa.array(rows))
        keys = zip(*(pc.struct_field(some, [name, "S"]).to_pylist() for name in key), strict=True)
        repeated = []
        for row, each in zip(rows, keys, strict=True):
            if each in seen:
                repeated.append(row)
            seen.add(each)
        kept.append(part.take(pa.array(np.delete(np.arange(len(part)), repeated))) if repeated else part)
    return kept


def _cost(answer: Mapping[str, Any], seconds: float) -> Cost:
    consumed = (answer.get("ConsumedCapacity") or {}).get("CapacityUnits", 0.0)
    headers = (answer.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    received = answer.get(decoder.RECEIVED) or headers.get("content-length") or 0
    return Cost(1, float(consumed), int(received), seconds)

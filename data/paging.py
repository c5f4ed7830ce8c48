"""Paged reads: one item, a query, a scan in parallel segments; each returns what it cost.

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
import pyarrow as pa
import pyarrow.compute as pc

from data import decoder
from data.errors import EndlessRead, IncompleteRead, OtherItems
from data.results import Cost
from data.values import WireItem

MAX_SEGMENTS = 8
BYTES_PER_SEGMENT = 8 * 1024 * 1024
"""A table is read in one segment per eight pages (of 1 MB) or so: small tables are not worth more requests."""

PAGE_BYTES = 1024 * 1024
"""Bytes of items that DynamoDB reads for one page at most."""

MIN_PAGES_OF_ANY_READ, MAX_PAGES_PER_FULL_PAGE = 1_000, 10
"""A read of more pages than these, plus these per page that a table of its size fills, does not end.

Tables grow after they were described, and engines may send smaller pages than DynamoDB."""

MAX_QUEUED_PAGES = 2
"""Pages that wait to be read into columns, besides the one that each segment holds."""

MAX_BYTES_PER_UNIT = 4 * 8192
"""Received bytes of one page per capacity unit; an engine that reports fewer units than that implies does not meter.

A unit reads 8 KB eventually consistent, counted over whole items. The JSON of an item takes more bytes than DynamoDB counts
for it, with short attributes about twice as many.
"""

MAX_BUFFERED_BYTES = 1_000_000
"""Pages are buffered up to this size before they are read into columns: each reading has a fixed cost."""

MAX_BATCH_KEYS = 100
"""Keys in one BatchGetItem, DynamoDB's limit."""

Client = Any
"""A boto3 DynamoDB client (low-level)."""


@dataclass(frozen=True)
class ResponsePage:
    """One response of a Query or Scan: the number of its items and its cost."""

    count: int
    cost: Cost


@dataclass
class PagedRead:
    """All pages of one read: the items in order, as columns of wire values, and their cost in wall time."""

    items: list[pa.StructArray] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)

    def __len__(self) -> int:
        return sum(map(len, self.items))


OnPage = Callable[[ResponsePage], None]
"""Called with every page as it arrives, from any thread; raises an error (ReadCancelled) to end the read."""


def projection(names: Iterable[str]) -> dict[str, Any]:
    """`ProjectionExpression` and `ExpressionAttributeNames` for these attributes."""
    aliases = {f"#p{position}": name for position, name in enumerate(dict.fromkeys(names))}
    return {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}


def equals(attribute: str, value: str, expression: str) -> dict[str, Any]:
    """An expression (`KeyConditionExpression` or `FilterExpression`): an attribute equals this text."""
    return {
        expression: "#equal = :equal",
        "ExpressionAttributeNames": {"#equal": attribute},
        "ExpressionAttributeValues": {":equal": {"S": value}},
    }


def request(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Join the parts of a request; their attribute names and values are merged."""
    joined: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL"}
    for part in parts:
        for key, value in part.items():
            joined[key] = {**joined.get(key, {}), **value} if isinstance(value, Mapping) else value
    return joined


def get(client: Client, table: str, key: Mapping[str, str]) -> tuple[WireItem | None, Cost]:
    """One item by both keys, or None, and the cost. Raises OtherItems."""
    start = perf_counter()
    wire_key = {name: {"S": value} for name, value in key.items()}
    response = client.get_item(TableName=table, Key=wire_key, ReturnConsumedCapacity="TOTAL")
    item = response.get("Item")
    if item is not None and _key_of(item, key) != wire_key:
        raise OtherItems(table=table)
    return item, _cost(response, perf_counter() - start)


def batch_get(
    client: Client, table: str, keys: Sequence[Mapping[str, str]], names: Iterable[str]
) -> tuple[list[WireItem], list[dict[str, str]], Cost]:
    """One BatchGetItem of these attributes: the items returned, the keys not processed, and the cost.

    Raises OtherItems where the response holds any other key than these.
    """
    start = perf_counter()
    wire_keys = [{name: {"S": value} for name, value in key.items()} for key in keys]
    response = client.batch_get_item(
        RequestItems={table: {"Keys": wire_keys, **projection(names)}}, ReturnConsumedCapacity="TOTAL"
    )
    items = response.get("Responses", {}).get(table, [])
    unprocessed = response.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    if any(_key_of(found, keys[0]) not in wire_keys for found in (*items, *unprocessed)):
        raise OtherItems(table=table)
    unprocessed_keys = [{name: value["S"] for name, value in key.items()} for key in unprocessed]
    return items, unprocessed_keys, _cost(response, perf_counter() - start)


def query(
    client: Client,
    arguments: Mapping[str, Any],
    reader: decoder.ItemReader,
    key: Sequence[str],
    max_pages: float = math.inf,
) -> PagedRead:
    """Every page of a Query, without items that are repeated. Raises IncompleteRead, EndlessRead."""
    buffer = _PageBuffer(arguments["TableName"], reader)
    for _, response, cost in _limited(_responses_of_segments(client.query, [arguments]), arguments, max_pages):
        buffer.add(response, cost)
    read = buffer.result()
    return replace(read, items=without_duplicates(read.items, key))


def scan(
    client: Client,
    arguments: Mapping[str, Any],
    reader: decoder.ItemReader,
    segments: int,
    key: Sequence[str],
    on_page: OnPage | None = None,
    max_pages: float = math.inf,
) -> PagedRead:
    """Every page of a Scan in parallel segments, in the order of the segments. Raises IncompleteRead, EndlessRead.

    Each segment's pages are received in a thread of its own and read into columns in the caller's: reading in several
    threads takes more processor time and memory, and no less time. Of items with equal `key` attributes only the first
    is returned: DynamoDB's segments are disjoint, but other engines (moto) return everything in every segment. Where one
    segment fails, the others end at their next page, as what they would read costs and is of no use.
    """
    start = perf_counter()
    single = segments == 1
    parts = [arguments if single else {**arguments, "Segment": n, "TotalSegments": segments} for n in range(segments)]
    buffers = [_PageBuffer(arguments["TableName"], reader) for _ in parts]
    for segment, response, cost in _limited(_responses_of_segments(client.scan, parts), arguments, max_pages):
        buffers[segment].add(response, cost)
        if on_page is not None:
            on_page(ResponsePage(response["Count"], cost))
    reads = [buffer.result() for buffer in buffers]
    items = [part for read in reads for part in read.items]
    cost = sum((read.cost for read in reads), Cost())
    return PagedRead(without_duplicates(items, key), replace(cost, seconds=perf_counter() - start))


def scan_items(client: Client, arguments: Mapping[str, Any]) -> tuple[list[WireItem], Cost]:
    """Every item of a small table as sent, and the cost. Raises IncompleteRead, EndlessRead."""
    items: list[WireItem] = []
    total = Cost()
    for response, cost in _responses(client.scan, {**arguments, "ReturnConsumedCapacity": "TOTAL"}):
        is_raw = decoder.RAW_ITEMS in response
        page = decoder.items_of_page(response[decoder.RAW_ITEMS]) if is_raw else response["Items"]
        if len(page) != response["Count"]:
            raise IncompleteRead(table=arguments["TableName"], counted=response["Count"], found=len(page))
        items += page
        total += cost
    return items, total


def segments_for(size_bytes: int) -> int:
    """How many parallel segments a table of this size is read in: 1 to 8."""
    return min(MAX_SEGMENTS, max(1, math.ceil(size_bytes / BYTES_PER_SEGMENT)))


def max_pages_for(size_bytes: int) -> float:
    """How many pages a read of a table of this size may have; no limit where the size is not known (0)."""
    full_pages = math.ceil(size_bytes / PAGE_BYTES)
    return MIN_PAGES_OF_ANY_READ + MAX_PAGES_PER_FULL_PAGE * full_pages if full_pages else math.inf


class _PageBuffer:
    """The pages of one Query or of one segment of a Scan, buffered before they are read into columns."""

    def __init__(self, table_name: str, reader: decoder.ItemReader) -> None:
        self._table_name = table_name
        self._reader = reader
        self._read = PagedRead()
        self._pages: list[bytes] = []
        self._counts: list[int] = []

    def add(self, response: Mapping[str, Any], cost: Cost) -> None:
        """Add one response. Raises IncompleteRead."""
        self._read.cost += cost
        if decoder.RAW_ITEMS in response:
            self._pages.append(response[decoder.RAW_ITEMS])
            self._counts.append(response["Count"])
            if sum(map(len, self._pages)) >= MAX_BUFFERED_BYTES:
                self._flush()
        else:
            # the client has no hooks, and botocore has parsed the items itself
            self._flush()
            self._extend([self._reader.read_items(response["Items"])], [response["Count"]])

    def result(self) -> PagedRead:
        """All pages that were added. Raises IncompleteRead."""
        self._flush()
        return self._read

    def _flush(self) -> None:
        pages, counts = self._pages, self._counts
        self._pages, self._counts = [], []
        self._extend(self._reader.read_pages(pages), counts)

    def _extend(self, pages: Sequence[pa.ListArray], counts: Sequence[int]) -> None:
        lengths = [length for page in pages for length in page.value_lengths().to_pylist()]
        for counted, length in zip(counts, lengths, strict=True):
            if counted != length:
                raise IncompleteRead(table=self._table_name, counted=counted, found=length)
        self._read.items.extend(page.flatten() for page in pages)


_SegmentResponse = tuple[int, Mapping[str, Any], Cost]


def _responses_of_segments(
    operation: Callable[..., Any], parts: Sequence[Mapping[str, Any]]
) -> Iterator[_SegmentResponse]:
    """The responses of all segments with the segment's number, as they arrive; those of one segment in order."""
    if len(parts) == 1:
        yield from ((0, response, cost) for response, cost in _responses(operation, parts[0]))
        return
    queue: Queue[_SegmentResponse | None] = Queue(MAX_QUEUED_PAGES)
    ended = Event()

    def put(response: _SegmentResponse | None) -> None:
        while not ended.is_set():
            with suppress(Full):
                return queue.put(response, timeout=0.05)

    def receive(segment: int) -> None:
        try:
            for response, cost in _responses(operation, parts[segment]):
                put((segment, response, cost))
                if ended.is_set():
                    return
        finally:
            put(None)

    with ThreadPoolExecutor(len(parts), thread_name_prefix="scan") as pool:
        futures = [pool.submit(receive, segment) for segment in range(len(parts))]
        try:
            for _ in futures:
                while (response := queue.get()) is not None:
                    yield response
                for future in futures:
                    if future.done():
                        future.result()
        finally:
            ended.set()
        for future in futures:
            future.result()


def _limited(
    responses: Iterator[_SegmentResponse], arguments: Mapping[str, Any], max_pages: float
) -> Iterator[_SegmentResponse]:
    for number, response in enumerate(responses, 1):
        if number > max_pages:
            raise EndlessRead(table=arguments["TableName"], why=f"more than {max_pages:,.0f} pages")
        yield response


def _responses(operation: Callable[..., Any], arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Cost]]:
    start_key: Any = None
    start_keys: set[str] = set()
    while True:
        start = perf_counter()
        response = operation(**arguments, **({"ExclusiveStartKey": start_key} if start_key else {}))
        yield response, _cost(response, perf_counter() - start)
        start_key = response.get("LastEvaluatedKey")
        if not start_key:
            return
        if (text := repr(start_key)) in start_keys:
            raise EndlessRead(table=arguments["TableName"], why="a LastEvaluatedKey is repeated")
        start_keys.add(text)


def without_duplicates(parts: list[pa.StructArray], key: Sequence[str]) -> list[pa.StructArray]:
    """The items of all parts, of those with one key only the first."""
    partition_keys = pa.chunked_array([pc.struct_field(part, [key[0], "S"]) for part in parts], pa.string())
    if len(pc.unique(partition_keys)) == len(partition_keys):
        return parts
    # only items with equal partition keys can be equal
    counts = partition_keys.value_counts()
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    seen: set[tuple[str, ...]] = set()
    distinct = []
    for part in parts:
        rows = np.flatnonzero(pc.is_in(pc.struct_field(part, [key[0], "S"]), repeated))
        candidates = part.take(pa.array(rows))
        keys = zip(*(pc.struct_field(candidates, [name, "S"]).to_pylist() for name in key), strict=True)
        duplicates = []
        for row, item_key in zip(rows, keys, strict=True):
            if item_key in seen:
                duplicates.append(row)
            seen.add(item_key)
        distinct.append(part.take(pa.array(np.delete(np.arange(len(part)), duplicates))) if duplicates else part)
    return distinct


def check_all_equal(read: PagedRead, attribute: str, text: str, table: str) -> None:
    """Raise OtherItems where an item of the read has another text in this attribute than was asked for."""
    for part in read.items:
        if not pc.all(pc.equal(pc.struct_field(part, [attribute, "S"]), text), skip_nulls=False, min_count=0).as_py():
            raise OtherItems(table=table)


def _key_of(item: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: item.get(name) for name in names}


def _cost(response: Mapping[str, Any], seconds: float) -> Cost:
    consumed = response.get("ConsumedCapacity") or []
    units = sum(float(c.get("CapacityUnits", 0)) for c in (consumed if isinstance(consumed, list) else [consumed]))
    headers = (response.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
    received = int(response.get(decoder.BODY_BYTES) or headers.get("content-length") or 0)
    is_metered = bool(consumed) and received <= max(units, 0.5) * MAX_BYTES_PER_UNIT
    return Cost(1, units, received, seconds, unmetered_requests=0 if is_metered else 1)

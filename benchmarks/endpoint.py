"""An endpoint that replays generated tables like DynamoDB, so that benchmarks measure the client.

    python -m benchmarks.endpoint --items 100000 --port 8000

It serves the reads that the dashboard and other clients send, in pages like DynamoDB's (1 MB of items before projection),
with DynamoDB's counts, consumed capacity and checksum. It checks no signature. The only expressions it supports are a list
of names and one equality of a key. A table whose name ends in `-plain` has no index; under any other name it has the
covering index. `GET /counts` returns the number of requests by operation.
"""

import asyncio
import sys
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click
import orjson

from benchmarks import generated_tables
from benchmarks.generated_tables import Source, StoredTable, summary_names
from data.schema import TableKey
from data.table_definitions import INDEX_SETS, IndexDefinition
from tests import worst_items

PLAIN_SUFFIX = "-plain"
"""The suffix of a table without an index."""

READ_UNIT_BYTES = 4096
RESERVED_WORDS = {"duration", "status"}
"""The attribute names that are reserved words of DynamoDB: it refuses them in an expression."""


class RequestRefused(Exception):
    """A request that DynamoDB would refuse, or that is not supported here. `code`: DynamoDB's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Endpoint:
    """Answers requests from `tables`. `counts`: the number of requests by operation."""

    tables: Mapping[TableKey, StoredTable]
    made_at: float
    counts: Counter[str] = field(default_factory=Counter)

    def answer(self, operation: str, arguments: Mapping[str, Any]) -> bytes:
        """Return the body of the response. Raises RequestRefused."""
        self.counts[operation] += 1
        match operation:
            case "Scan" | "Query":
                return self._items(operation, arguments)
            case "GetItem":
                return self._item(arguments)
            case "BatchGetItem":
                return self._batch(arguments)
            case "DescribeTable":
                return orjson.dumps({"Table": self._description(arguments["TableName"])})
            case "DescribeContinuousBackups":
                recovery = {"PointInTimeRecoveryStatus": "ENABLED"}
                backups = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
                return orjson.dumps({"ContinuousBackupsDescription": backups})
            case "DescribeTimeToLive":
                return orjson.dumps({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
            case _:
                raise RequestRefused("UnknownOperationException", f"{operation} is not supported")

    def _stored(self, name: str) -> StoredTable:
        return self.tables["flashcard_sets" if "flashcard" in name else "evaluations"]

    def _items(self, operation: str, arguments: Mapping[str, Any]) -> bytes:
        """Return a page of a Scan or a Query."""
        name = arguments["TableName"]
        stored = self._stored(name)
        source = self._source(stored, name, arguments.get("IndexName"))
        positions = (
            _query_positions(source, arguments)
            if operation == "Query"
            else source.segment(arguments.get("Segment", 0), arguments.get("TotalSegments", 1))
        )
        if start := arguments.get("ExclusiveStartKey"):
            last = source.positions[start[stored.table.partition_key]["S"], start[stored.table.sort_key]["S"]]
            positions = range(last + positions.step, positions.stop, positions.step)
        page = source.page(positions)
        matching = [page]
        if "FilterExpression" in arguments:
            key_name, value = _parse_equality(arguments, "FilterExpression")
            key_position = (stored.table.partition_key, stored.table.sort_key).index(key_name)
            matching = [range(i, i + 1) for i in page if source.keys[i][key_position] == value]
        names = _projected_names(arguments)
        # an index holds only the attributes that it includes
        rendered = source.rendering(
            names or tuple(sorted(summary_names(stored.table))) if arguments.get("IndexName") else names
        )
        items = b",".join(filter(None, map(rendered.joined, matching)))
        parts = []
        if arguments.get("ReturnConsumedCapacity", "NONE") != "NONE":
            parts.append(b'"ConsumedCapacity":' + orjson.dumps(_capacity(name, [source.bytes_of(page)])))
        parts += [b'"Count":%d' % sum(map(len, matching)), b'"Items":[' + items + b"]"]
        if page and page[-1] != positions[-1]:
            first, second = source.keys[page[-1]]
            key = {stored.table.partition_key: {"S": first}, stored.table.sort_key: {"S": second}}
            parts.append(b'"LastEvaluatedKey":' + orjson.dumps(key))
        parts.append(b'"ScannedCount":%d' % len(page))
        return b"{" + b",".join(parts) + b"}"

    def _item(self, arguments: Mapping[str, Any]) -> bytes:
        stored = self._stored(arguments["TableName"])
        _refuse_long_keys(
            *(arguments["Key"][name]["S"] for name in (stored.table.partition_key, stored.table.sort_key))
        )
        size, item = self._by_key(stored, arguments["Key"], _projected_names(arguments))
        capacity = orjson.dumps(_capacity(arguments["TableName"], [size]))
        return b'{"ConsumedCapacity":' + capacity + (b',"Item":' + item if item else b"") + b"}"

    def _batch(self, arguments: Mapping[str, Any]) -> bytes:
        responses, capacities = [], []
        for name, request in arguments["RequestItems"].items():
            stored = self._stored(name)
            items = [self._by_key(stored, key, _projected_names(request)) for key in request["Keys"]]
            capacities.append(_capacity(name, [size for size, _ in items]))
            responses.append(orjson.dumps(name) + b":[" + b",".join(item for _, item in items if item) + b"]")
        capacity = orjson.dumps(capacities)
        return (
            b'{"ConsumedCapacity":' + capacity + b',"Responses":{' + b",".join(responses) + b'},"UnprocessedKeys":{}}'
        )

    def _by_key(self, stored: StoredTable, key: Mapping[str, Any], names: tuple[str, ...] | None) -> tuple[int, bytes]:
        """The bytes read and the item; 0 and empty if there is no such item."""
        position = stored.base.positions.get((key[stored.table.partition_key]["S"], key[stored.table.sort_key]["S"]))
        if position is None:
            return 0, b""
        item = stored.base.rendering(None).joined(range(position, position + 1))
        if names is not None:
            item = orjson.dumps({name: value for name, value in orjson.loads(item).items() if name in names})
        return stored.base.bytes_of(range(position, position + 1)), item

    def _source(self, stored: StoredTable, name: str, index: str | None) -> Source:
        if index is None:
            return stored.base
        if name.endswith(PLAIN_SUFFIX) or index != _covering_index(stored.table.key).name:
            raise RequestRefused("ValidationException", f"The table does not have the specified index: {index}")
        return stored.index

    def _description(self, name: str) -> dict[str, Any]:
        stored = self._stored(name)
        keys = ((stored.table.partition_key, "HASH"), (stored.table.sort_key, "RANGE"))
        description: dict[str, Any] = {
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "CreationDateTime": self.made_at,
            "ItemCount": len(stored.base.keys),
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
            "TableArn": f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}",
            "TableName": name,
            "TableSizeBytes": stored.base.size,
            "TableStatus": "ACTIVE",
        }
        if not name.endswith(PLAIN_SUFFIX):
            sizes = {"ItemCount": len(stored.index.keys), "IndexSizeBytes": stored.index.size}
            covering = {**_covering_index(stored.table.key).definition, **sizes, "IndexStatus": "ACTIVE"}
            description["GlobalSecondaryIndexes"] = [covering]
        return description


def _covering_index(key: TableKey) -> IndexDefinition:
    """The covering index that `python -m bandup provision` creates."""
    return next(index for index in INDEX_SETS["provisioned"][key] if index.included is not None)


def _projected_names(arguments: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The projected attributes, sorted; None for all. Raises RequestRefused for a reserved word."""
    expression = arguments.get("ProjectionExpression")
    if not expression:
        return None
    return tuple(
        sorted({_resolve_name(name.strip(), arguments, "ProjectionExpression") for name in expression.split(",")})
    )


def _refuse_long_keys(partition_key: str, sort_key: str = "-") -> None:
    """Raise RequestRefused for a key that is longer than DynamoDB allows, or empty."""
    for key, max_bytes in ((partition_key, 2048), (sort_key, 1024)):
        if not 0 < len(key.encode()) <= max_bytes:
            raise RequestRefused(
                "ValidationException",
                f"One or more parameter values were invalid: Size of a key is 0 or exceeds the maximum of {max_bytes} bytes",
            )


def _resolve_name(name: str, arguments: Mapping[str, Any], expression: str) -> str:
    if name.lower() in RESERVED_WORDS:
        raise RequestRefused(
            "ValidationException",
            f"Invalid {expression}: Attribute name is a reserved keyword; reserved keyword: {name}",
        )
    return str(arguments.get("ExpressionAttributeNames", {}).get(name, name))


def _parse_equality(arguments: Mapping[str, Any], expression: str) -> tuple[str, str]:
    """The attribute and the text that it must equal."""
    left, equals, right = arguments[expression].strip("() ").partition(" = ")
    if not equals or " " in right:
        raise RequestRefused("ValidationException", f"{arguments[expression]!r} is not supported")
    return _resolve_name(left, arguments, expression), str(arguments["ExpressionAttributeValues"][right]["S"])


def _query_positions(source: Source, arguments: Mapping[str, Any]) -> range:
    _, value = _parse_equality(arguments, "KeyConditionExpression")
    _refuse_long_keys(value)
    positions = source.partition(value)
    return positions if arguments.get("ScanIndexForward", True) else positions[::-1]


def _capacity(table: str, read_bytes: list[int]) -> dict[str, Any]:
    """Capacity units, eventually consistent: half a unit for each 4 KB begun, of a page or of each item."""
    units = sum(max(1, -(-size // READ_UNIT_BYTES)) for size in read_bytes) / 2
    return {"CapacityUnits": units, "TableName": table}


class Connection(asyncio.Protocol):
    """A persistent HTTP/1.1 connection, with one request at a time."""

    def __init__(self, endpoint: Endpoint, delay: float) -> None:
        self._endpoint = endpoint
        self._delay = delay
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: once a request is complete, respond after `delay` seconds."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = end + 4 + int(headers.get("content-length", 0))
        if len(self._received) < length:
            return
        body = bytes(self._received[end + 4 : length])
        del self._received[:length]
        if first.startswith("GET /counts "):
            self._send(200, orjson.dumps(self._endpoint.counts))
            return
        status, response = self._respond(headers.get("x-amz-target", "").rpartition(".")[2], body)
        asyncio.get_running_loop().call_later(self._delay, self._send, status, response)

    def _respond(self, operation: str, body: bytes) -> tuple[int, bytes]:
        try:
            return 200, self._endpoint.answer(operation, orjson.loads(body or b"{}"))
        except RequestRefused as error:
            kind = f"com.amazonaws.dynamodb.v20120810#{error.code}"
            return 400, orjson.dumps({"__type": kind, "message": str(error)})

    def _send(self, status: int, body: bytes) -> None:
        if self._transport.is_closing():
            return
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Bad Request'}\r\n"
            "Content-Type: application/x-amz-json-1.0\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"x-amz-crc32: {zlib.crc32(body)}\r\n"
            "x-amzn-RequestId: 00000000000000000000000000000000\r\n\r\n"
        )
        self._transport.writelines([head.encode(), body])


async def serve(tables: Mapping[TableKey, StoredTable], port: int, delay: float) -> None:
    """Serve on 127.0.0.1 until cancelled; print the address once the endpoint listens."""
    endpoint = Endpoint(tables, datetime.now(UTC).timestamp())
    server = await asyncio.get_running_loop().create_server(lambda: Connection(endpoint, delay), "127.0.0.1", port)
    click.echo(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    sys.stdout.flush()
    await server.serve_forever()


@click.command()
@click.option("--items", default=20_000, show_default=True, type=click.IntRange(min=1), help="Number of evaluations.")
@click.option("--port", default=0, help="The port; 0 for any free one. The address is printed.")
@click.option("--delay", default=0.0, show_default=True, help="Seconds before every response.")
@click.option(
    "--sets/--no-sets", default=True, help="With flashcard sets, one for every eleven evaluations, or without."
)
@click.option("--worst", is_flag=True, help="With the worst items of 400 kB among the generated ones.")
def main(items: int, port: int, delay: float, sets: bool, worst: bool) -> None:
    """Replay generated tables like DynamoDB, on 127.0.0.1."""
    day = generated_tables.today()
    tables = generated_tables.tables(items, day, worst_items.stored(int(day.timestamp())) if worst else None)
    if not sets:
        tables["flashcard_sets"] = generated_tables.without_items(tables["flashcard_sets"])
    asyncio.run(serve(tables, port, delay))


if __name__ == "__main__":
    main()

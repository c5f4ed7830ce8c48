"""A stand-in for DynamoDB that replays generated tables, so that what is measured is the client.

    python -m benchmarks.endpoint --items 100000 --port 8000

It answers the reads that the dashboard and other clients send, page by page as DynamoDB cuts them (1 MB of items before
projection), with the counts, the consumed capacity and the checksum that DynamoDB gives. It checks no signature and
knows no expressions but a list of names and one equality of keys. A table whose name ends in `-plain` has no index;
under any other name it has the covering one. `GET /counts` tells how many requests of each operation came.
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

from benchmarks import replayed
from benchmarks.replayed import Source, Stored, light_names
from data.provision import INDEX_SETS, IndexDefinition
from data.schema import TableKey

PLAIN = "-plain"
"""Ends the name of a table that is to have no index."""

READ_UNIT_BYTES = 4096
RESERVED = {"duration", "status"}
"""Of DynamoDB's reserved words, those that are names of attributes: refused where they stand in an expression."""


class Refused(Exception):
    """A request that DynamoDB would refuse, or that is not known here. `code` is DynamoDB's name of the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Endpoint:
    """Answers requests from `tables`. `counts`: how many of each operation came."""

    tables: Mapping[TableKey, Stored]
    made_at: float
    counts: Counter[str] = field(default_factory=Counter)

    def answer(self, operation: str, arguments: Mapping[str, Any]) -> bytes:
        """The body of a response. Raises Refused."""
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
                described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
                return orjson.dumps({"ContinuousBackupsDescription": described})
            case "DescribeTimeToLive":
                return orjson.dumps({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
            case _:
                raise Refused("UnknownOperationException", f"{operation} is not replayed")

    def _stored(self, name: str) -> Stored:
        return self.tables["flashcard_sets" if "flashcard" in name else "evaluations"]

    def _items(self, operation: str, arguments: Mapping[str, Any]) -> bytes:
        """A page of a Scan or a Query."""
        name = arguments["TableName"]
        stored = self._stored(name)
        source = self._source(stored, name, arguments.get("IndexName"))
        positions = (
            _partition(source, arguments)
            if operation == "Query"
            else source.segment(arguments.get("Segment", 0), arguments.get("TotalSegments", 1))
        )
        if start := arguments.get("ExclusiveStartKey"):
            after = source.positions[start[stored.table.partition_key]["S"], start[stored.table.sort_key]["S"]]
            positions = range(after + positions.step, positions.stop, positions.step)
        page = source.page(positions)
        chosen = [page]
        if "FilterExpression" in arguments:
            column, value = _equality(arguments, "FilterExpression")
            number = (stored.table.partition_key, stored.table.sort_key).index(column)
            chosen = [range(each, each + 1) for each in page if source.keys[each][number] == value]
        names = _names(arguments)
        # an index holds what it includes, and no more
        rendered = source.rendering(
            names or tuple(sorted(light_names(stored.table))) if arguments.get("IndexName") else names
        )
        items = b",".join(filter(None, map(rendered.of, chosen)))
        parts = []
        if arguments.get("ReturnConsumedCapacity", "NONE") != "NONE":
            parts.append(b'"ConsumedCapacity":' + orjson.dumps(_capacity(name, [source.bytes_of(page)])))
        parts += [b'"Count":%d' % sum(map(len, chosen)), b'"Items":[' + items + b"]"]
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
        found, item = self._by_key(stored, arguments["Key"], _names(arguments))
        capacity = orjson.dumps(_capacity(arguments["TableName"], [found]))
        return b'{"ConsumedCapacity":' + capacity + (b',"Item":' + item if item else b"") + b"}"

    def _batch(self, arguments: Mapping[str, Any]) -> bytes:
        responses, capacities = [], []
        for name, asked in arguments["RequestItems"].items():
            stored = self._stored(name)
            found = [self._by_key(stored, key, _names(asked)) for key in asked["Keys"]]
            capacities.append(_capacity(name, [size for size, _ in found]))
            responses.append(orjson.dumps(name) + b":[" + b",".join(item for _, item in found if item) + b"]")
        capacity = orjson.dumps(capacities)
        return (
            b'{"ConsumedCapacity":' + capacity + b',"Responses":{' + b",".join(responses) + b'},"UnprocessedKeys":{}}'
        )

    def _by_key(self, stored: Stored, key: Mapping[str, Any], names: tuple[str, ...] | None) -> tuple[int, bytes]:
        """Bytes read and the item; 0 and nothing where there is none."""
        at = stored.base.positions.get((key[stored.table.partition_key]["S"], key[stored.table.sort_key]["S"]))
        if at is None:
            return 0, b""
        item = stored.base.rendering(None).of(range(at, at + 1))
        if names is not None:
            item = orjson.dumps({name: value for name, value in orjson.loads(item).items() if name in names})
        return stored.base.bytes_of(range(at, at + 1)), item

    def _source(self, stored: Stored, name: str, index: str | None) -> Source:
        if index is None:
            return stored.base
        if name.endswith(PLAIN) or index != _covering(stored.table.key).name:
            raise Refused("ValidationException", f"The table does not have the specified index: {index}")
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
        if not name.endswith(PLAIN):
            sizes = {"ItemCount": len(stored.index.keys), "IndexSizeBytes": stored.index.size}
            covering = {**_covering(stored.table.key).definition, **sizes, "IndexStatus": "ACTIVE"}
            description["GlobalSecondaryIndexes"] = [covering]
        return description


def _covering(key: TableKey) -> IndexDefinition:
    """The covering index that `python -m bandup provision` makes."""
    return next(index for index in INDEX_SETS["provisioned"][key] if index.included is not None)


def _names(arguments: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The attributes of the projection, sorted; None for all. Raises Refused for a reserved word."""
    expression = arguments.get("ProjectionExpression")
    if not expression:
        return None
    return tuple(sorted({_resolved(name.strip(), arguments, "ProjectionExpression") for name in expression.split(",")}))


def _refuse_long_keys(partition_key: str, sort_key: str = "-") -> None:
    """As DynamoDB does, for empty ones too."""
    for key, most in ((partition_key, 2048), (sort_key, 1024)):
        if not 0 < len(key.encode()) <= most:
            raise Refused(
                "ValidationException",
                f"One or more parameter values were invalid: Size of a key is 0 or exceeds the maximum of {most} bytes",
            )


def _resolved(name: str, arguments: Mapping[str, Any], expression: str) -> str:
    if name.lower() in RESERVED:
        raise Refused(
            "ValidationException",
            f"Invalid {expression}: Attribute name is a reserved keyword; reserved keyword: {name}",
        )
    return str(arguments.get("ExpressionAttributeNames", {}).get(name, name))


def _equality(arguments: Mapping[str, Any], expression: str) -> tuple[str, str]:
    """The attribute and the text that it has to equal."""
    left, equals, right = arguments[expression].strip("() ").partition(" = ")
    if not equals or " " in right:
        raise Refused("ValidationException", f"{arguments[expression]!r} is more than is replayed")
    return _resolved(left, arguments, expression), str(arguments["ExpressionAttributeValues"][right]["S"])


def _partition(source: Source, arguments: Mapping[str, Any]) -> range:
    _, value = _equality(arguments, "KeyConditionExpression")
    _refuse_long_keys(value)
    found = source.partition(value)
    return found if arguments.get("ScanIndexForward", True) else found[::-1]


def _capacity(table: str, read_bytes: list[int]) -> dict[str, Any]:
    """Capacity units, eventually consistent: half a unit for each 4 KB begun, of a page or of each item."""
    units = sum(max(1, -(-each // READ_UNIT_BYTES)) for each in read_bytes) / 2
    return {"CapacityUnits": units, "TableName": table}


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection that is kept open; requests come one after the other."""

    def __init__(self, endpoint: Endpoint, delay: float) -> None:
        self._endpoint = endpoint
        self._delay = delay
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: answers once a request is whole, `delay` seconds later."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        whole = end + 4 + int(headers.get("content-length", 0))
        if len(self._received) < whole:
            return
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        if first.startswith("GET /counts "):
            self._send(200, orjson.dumps(self._endpoint.counts))
            return
        status, answer = self._answered(headers.get("x-amz-target", "").rpartition(".")[2], body)
        asyncio.get_running_loop().call_later(self._delay, self._send, status, answer)

    def _answered(self, operation: str, body: bytes) -> tuple[int, bytes]:
        try:
            return 200, self._endpoint.answer(operation, orjson.loads(body or b"{}"))
        except Refused as refused:
            kind = f"com.amazonaws.dynamodb.v20120810#{refused.code}"
            return 400, orjson.dumps({"__type": kind, "message": str(refused)})

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


async def serve(tables: Mapping[TableKey, Stored], port: int, delay: float) -> None:
    """Serves on 127.0.0.1 until cancelled. Prints the address once it does."""
    endpoint = Endpoint(tables, datetime.now(UTC).timestamp())
    server = await asyncio.get_running_loop().create_server(lambda: Connection(endpoint, delay), "127.0.0.1", port)
    click.echo(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    sys.stdout.flush()
    await server.serve_forever()


@click.command()
@click.option("--items", default=20_000, show_default=True, type=click.IntRange(min=1), help="Evaluations.")
@click.option("--port", default=0, help="0 for any that is free; it is printed.")
@click.option("--delay", default=0.0, show_default=True, help="Seconds that every answer waits.")
@click.option("--sets/--no-sets", default=True, help="With flashcard sets (one for eleven evaluations), or none.")
def main(items: int, port: int, delay: float, sets: bool) -> None:
    """Replay generated tables as DynamoDB would send them, on 127.0.0.1."""
    tables = replayed.tables(items)
    if not sets:
        tables["flashcard_sets"] = replayed.without(tables["flashcard_sets"])
    asyncio.run(serve(tables, port, delay))


if __name__ == "__main__":
    main()

"""The bytes of a page to columns of wire values, without a Python object per item.

botocore offers every response to the event `before-parse.dynamodb.<operation>` before it is parsed. There the items are
cut out of the body, so that its parser never sees them; signing, retries, endpoints and credentials stay botocore's.
pyarrow's JSON reader turns the items into a column per attribute, and within it one per wire type that was seen: a
`StructArray` of structs such as `{"overall_band": {"S": "7.0"}}`. What it can't read (a list, a map, half a character)
goes the slow way, item by item, and stands as its own JSON under `OTHER`.
"""

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.json
from botocore.exceptions import ChecksumError
from botocore.parsers import ResponseParserError

from data import malloc
from data.values import WireItem, clean, wire_json

# what reading a page took is given back when it is done with; pyarrow's own pools keep it, and so do threads' own heaps
pa.set_memory_pool(pa.system_memory_pool())
malloc.use_one_arena()

AS_SENT = "ItemsAsSent"
"""Where a response parsed by botocore holds the JSON of its items."""

DAMAGED = "BodyDamaged"
"""Where a response parsed by botocore holds the error that tells why its body can't be what DynamoDB sent."""

MOST_ATTEMPTS = 3
FIRST_PAUSE = 0.05
"""What is no answer of DynamoDB's is asked for so often, with pauses that double (seconds). What does not match its
checksum botocore asks for again by itself."""

RECEIVED = "BytesReceived"
"""Where such a response says how long its body was."""

OTHER = "X"
"""The wire type under which columns hold what is neither text nor number nor null: the value as JSON."""
_CHILDREN = {"S": pa.string(), "N": pa.string(), "NULL": pa.bool_(), OTHER: pa.string()}
_READ_AS_SENT = frozenset({"S", "N", "NULL"})


_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PAGE = frozenset({"Items", "Count"})
_EXPECTED = {
    "Query": _PAGE,
    "Scan": _PAGE,
    "BatchGetItem": frozenset({"Responses"}),
    "DescribeTable": frozenset({"Table"}),
    "DescribeContinuousBackups": frozenset({"ContinuousBackupsDescription"}),
}
"""What an answer can't lack."""

_FOR_BOTOCORE = ("Count", "LastEvaluatedKey", "ConsumedCapacity")
_TYPED = re.compile(rb'"(\w+)"\s*:\s*\{\s*"(S|N|NULL)"')


def install_hooks(client: Any) -> None:  # noqa: ANN401 - a boto3 client
    """From now on this client's Query and Scan hand their items over as sent, under `AS_SENT`.

    And an answer of any operation that can't be what DynamoDB sent is asked for again. Where that does not help,
    botocore's ChecksumError or ResponseParserError is raised: botocore's own parser takes such a body for an empty
    answer, and hands over one that does not match its checksum.
    """
    events = client.meta.events
    events.register("before-parse.dynamodb", _taken, unique_id="items-as-sent")
    events.register("needs-retry.dynamodb", _asked_again, unique_id="damaged-asked-again")
    events.register("after-call.dynamodb", _refused, unique_id="damaged-refused")


def _taken(
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    operation_model: Any,  # noqa: ANN401 - botocore's
    **_: object,
) -> None:
    body = response_dict["body"]
    if response_dict["status_code"] >= 300:
        # an error, perhaps in a proxy's own words: botocore fails at what is not UTF-8
        response_dict["body"] = body if body.isascii() else body.decode(errors="replace").encode()
        return
    try:
        parts = _checked(body, response_dict["headers"].get("x-amz-crc32"), operation_model.name)
    except (ChecksumError, ResponseParserError) as error:
        customized_response_dict[DAMAGED] = error
        response_dict["body"] = b"{}"
        return
    if operation_model.name in ("Query", "Scan") and isinstance(parts["Items"], msgspec.Raw):
        customized_response_dict[AS_SENT] = bytes(parts["Items"])
        customized_response_dict[RECEIVED] = len(body)
        response_dict["body"] = msgspec.json.encode({name: parts[name] for name in _FOR_BOTOCORE if name in parts})


def _checked(body: bytes, checksum: str | None, operation: str) -> dict[str, Any]:
    """The members of an answer, as the bytes they are where these can be had. Raises ChecksumError, ResponseParserError."""
    if checksum is not None and int(checksum) != (actual := zlib.crc32(body)):
        raise ChecksumError(checksum_type="crc32", expected_checksum=checksum, actual_checksum=str(actual))
    try:
        if not body.isascii():
            body.decode()
        parts = _members(body)
    except ValueError as error:
        raise ResponseParserError(f"{len(body)} bytes that are no answer of {operation}: {error}") from error
    missing = _EXPECTED.get(operation, frozenset()) - parts.keys()
    if missing:
        raise ResponseParserError(f"an answer of {operation} without {', '.join(sorted(missing))}")
    return parts


def _members(body: bytes) -> dict[str, Any]:
    try:
        return _parts.decode(body)
    except msgspec.DecodeError:
        found = json.loads(body)  # takes half a character (`\ud83d` alone) too: botocore will parse it
        if not isinstance(found, dict):
            raise
        return found


def _asked_again(response: tuple[Any, dict[str, Any]] | None, attempts: int, **_: object) -> float | None:
    """The pause (seconds) before botocore asks again; None where it need not, or has often enough."""
    damaged = response is not None and isinstance(response[1].get(DAMAGED), ResponseParserError)
    return FIRST_PAUSE * 2 ** (attempts - 1) if damaged and attempts < MOST_ATTEMPTS else None


def _refused(parsed: Mapping[str, Any], **_: object) -> None:
    if DAMAGED in parsed:
        raise parsed[DAMAGED]


class Reader:
    """Reads items into columns: a struct of attributes, each a struct of the wire types that were seen.

    One for all pages of a table, in any thread: what one page taught serves the next.
    """

    def __init__(self, documented: Mapping[str, str]) -> None:
        """`documented`: attribute to the wire type it should have; attributes not named are not read."""
        self._lock = Lock()
        self._reading = Lock()
        self._learned = False
        self._seen: dict[str, tuple[str, ...]] = {name: (kind,) for name, kind in documented.items()}

    def pages(self, pages: Sequence[bytes]) -> list[pa.ListArray]:
        """The items of some pages, each a JSON array as sent: one row per page that holds its items, in order."""
        if not pages:
            return []
        with self._lock:
            if not self._learned:
                # most of what is odd about a table shows on its first page: this spares the others a vain attempt
                self._learn(pages)
                self._learned = True
        seen = self._seen
        try:
            return [self._read(pages)]
        except pa.ArrowInvalid:
            pass
        with self._lock:
            wider = self._seen is not seen or self._learn(pages)
        if wider:
            try:
                return [self._read(pages)]
            except pa.ArrowInvalid:
                pass
        if len(pages) > 1:
            return [part for page in pages for part in self.pages([page])]
        return [self.page_of(json.loads(pages[0]))]

    def page_of(self, items: Iterable[WireItem]) -> pa.ListArray:
        """One page of items parsed already (`{"band": {"S": "7.0"}}`), the slow way."""
        names = self._seen
        rows = [{name: _canonical(value) for name, value in item.items() if name in names} for item in items]
        item = pa.struct([(name, pa.struct([*_CHILDREN.items()])) for name in names])
        return pa.array([rows], pa.list_(item))

    def _read(self, pages: Sequence[bytes]) -> pa.ListArray:
        text = b"".join(part for page in pages for part in (b'{"Items":', page, b"}\n"))
        seen = self._seen
        attributes = [(name, pa.struct([(kind, _CHILDREN[kind]) for kind in kinds])) for name, kinds in seen.items()]
        schema = pa.schema([("Items", pa.list_(pa.struct(attributes)))])
        options = pyarrow.json.ReadOptions(use_threads=False, block_size=len(text) + 1)
        # an attribute of a type not seen yet is an error and not, as with "ignore", silently missing
        expected = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        # one at a time: two at once cost more processor and memory than they save time, as both wait for the network
        with self._reading:
            read = pyarrow.json.read_json(pa.BufferReader(text), options, expected)
        return read["Items"].combine_chunks()

    def _learn(self, pages: Sequence[bytes]) -> bool:
        """Takes up wire types that these pages hold and none before did; whether there were any."""
        # a quote within a text is escaped, so that no text looks like this
        found = {(name.decode(), kind.decode()) for page in pages for name, kind in _TYPED.findall(page)}
        new = {(name, kind) for name, kind in found if name in self._seen and kind not in self._seen[name]}
        if new:
            wider = dict(self._seen)
            for name, kind in sorted(new):
                wider[name] = (*wider[name], kind)
            self._seen = wider
        return bool(new)


def _canonical(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    if kind in _READ_AS_SENT:
        return {kind: clean(content) if kind == "S" else content}
    return {OTHER: clean(wire_json(value))}

"""From the bytes of a response to columns of wire values, without a Python object per item.

botocore emits the event `before-parse.dynamodb.<operation>` before it parses a response. There the items are cut out of
the body, so that botocore does not parse them; signing, retries, endpoints and credentials stay botocore's. pyarrow's
JSON reader turns the items into a column per attribute, and within it one per wire type: a `StructArray` of structs
like `{"overall_band": {"S": "7.0"}}`. What it can't read (a list, a map, half a character) is read item by item, and kept as
JSON text under `OTHER`.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
from botocore.exceptions import ChecksumError
from botocore.parsers import ResponseParserError

from data.flags import Flag
from data.response_check import check_item, check_response
from data.values import WireItem, WireValue, clean, wire_json

ValueReader = Callable[[WireValue | None], tuple[Any, Flag]]
Flags = npt.NDArray[np.int64]

RAW_ITEMS = "RawItems"
"""The key of a response parsed by botocore that holds the JSON of its items."""

BODY_BYTES = "BodyBytes"
"""The key of such a response that holds the length of its body."""

DAMAGE = "Damage"
"""The key of a response parsed by botocore that holds the error saying why DynamoDB can't have sent its body."""

MAX_ATTEMPTS = 3
FIRST_PAUSE = 0.05
"""Attempts at a response that is not DynamoDB's, and the pause (seconds) before the second, which then doubles.
botocore itself retries where a checksum does not match."""

OTHER = "X"
"""The wire type under which columns hold any value that is not text, number or null: the value as JSON."""
_CHILDREN = {"S": pa.string(), "N": pa.string(), "NULL": pa.bool_(), OTHER: pa.string()}
_SCALAR_TYPES = frozenset({"S", "N", "NULL"})

_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PARSED_BY_BOTOCORE = ("Count", "LastEvaluatedKey", "ConsumedCapacity")
_CHECKSUM = "x-amz-crc32"
_WIRE_TYPE = re.compile(rb'"(\w+)"\s*:\s*\{\s*"(S|N|NULL)"')

_NULL_WORD = np.frombuffer(b"null", np.uint32)[0]
_NULL = re.compile(rb'(?<!\\)"\s*:\s*null')
"""Matches an attribute that is null, which none is: DynamoDB's own null is `{"NULL": true}`. Quotes in texts are escaped."""


def install_hooks(client: Any) -> None:  # noqa: ANN401 - a boto3 client
    """Make this client return the items of Query and Scan unparsed, under `RAW_ITEMS`, and retry damaged responses.

    A response of any operation that DynamoDB can't have sent is requested again. Where that does not help, botocore's
    ChecksumError or ResponseParserError is raised: botocore's own parser would take such a body for an empty response,
    and would return one that does not match its checksum.
    """
    events = client.meta.events
    events.register("before-parse.dynamodb", _cut_out_items, unique_id="raw-items")
    events.register("needs-retry.dynamodb", _retry_damaged, unique_id="damaged-retried")
    events.register("after-call.dynamodb", _raise_damaged, unique_id="damaged-raised")


def _cut_out_items(
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    operation_model: Any,  # noqa: ANN401 - botocore's
    **_: object,
) -> None:
    body, headers = response_dict["body"], response_dict["headers"]
    checksum = headers.get(_CHECKSUM)
    if checksum is not None and not (checksum.isascii() and checksum.isdecimal()):
        # botocore's own check fails at what is not a number
        del headers[_CHECKSUM]
    if response_dict["status_code"] >= 300:
        response_dict["body"] = _error_body(body)
        return
    try:
        _check_sum(body, checksum)
        items, rest = _parts(body, operation_model)
    except (ChecksumError, ResponseParserError) as error:
        customized_response_dict[DAMAGE] = error
        response_dict["body"] = b"{}"
        return
    if items is not None:
        customized_response_dict[RAW_ITEMS] = items
        customized_response_dict[BODY_BYTES] = len(body)
        response_dict["body"] = rest


def _error_body(body: bytes) -> bytes:
    """The code and the message of an error, without whatever botocore fails at: a proxy's own words, other JSON."""
    text = body.decode(errors="replace")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = {"message": text}
    known = content if isinstance(content, dict) else {}
    return json.dumps(
        {name: known[name] for name in ("__type", "code", "message", "Message") if isinstance(known.get(name), str)}
    ).encode()


def _check_sum(body: bytes, checksum: str | None) -> None:
    """Raise ChecksumError where the body has another checksum, ResponseParserError where that is not a number."""
    if checksum is None:
        return
    if not (checksum.isascii() and checksum.isdecimal()):
        raise ResponseParserError(f"{_CHECKSUM} is {checksum!r}")
    if int(checksum) != (actual := zlib.crc32(body)):
        raise ChecksumError(checksum_type="crc32", expected_checksum=checksum, actual_checksum=str(actual))


def _parts(body: bytes, operation: Any) -> tuple[bytes | None, bytes]:  # noqa: ANN401 - botocore's model
    """The items of a page, as they are, and the rest of the body for botocore; None and the body of any other response.

    Raises ResponseParserError where the body is not a response of the operation.
    """
    try:
        if not body.isascii():
            body.decode()
        members = _members(body)
        is_page = operation.name in ("Query", "Scan") and "Items" in members
        items = members["Items"] if is_page else None
        if isinstance(items, msgspec.Raw):
            rest = {name: members[name] for name in _PARSED_BY_BOTOCORE if name in members}
            body, page = msgspec.json.encode(rest), bytes(items)
            if not page.startswith(b"["):
                raise ResponseParserError("Items is not a list")
            check_response(operation.output_shape, {**_json(body), "Items": []})
            return page, body
        check_response(operation.output_shape, _json(body))
    except (ValueError, RecursionError) as error:
        name = operation.name
        raise ResponseParserError(f"{len(body)} bytes that are not a response of {name}: {error}") from error
    return None, body


def _members(body: bytes) -> dict[str, Any]:
    try:
        return _members_of.decode(body)
    except msgspec.DecodeError:
        return _json(body)


def _json(body: bytes) -> dict[str, Any]:
    try:
        members = msgspec.json.decode(body)
    except msgspec.DecodeError:
        members = json.loads(body)  # accepts half a character (`\ud83d` alone) too: botocore will parse it
    if not isinstance(members, dict):
        raise ResponseParserError("not a JSON object")
    return members


def _retry_damaged(response: tuple[Any, dict[str, Any]] | None, attempts: int, **_: object) -> float | None:
    """The pause (seconds) before botocore tries again; None where the response is sound or was tried often enough."""
    damaged = response is not None and isinstance(response[1].get(DAMAGE), ResponseParserError)
    return FIRST_PAUSE * 2 ** (attempts - 1) if damaged and attempts < MAX_ATTEMPTS else None


def _raise_damaged(parsed: Mapping[str, Any], **_: object) -> None:
    if DAMAGE in parsed:
        raise parsed[DAMAGE]


class ItemReader:
    """Reads items into columns: a struct of attributes, each a struct of the wire types that occurred so far.

    One reader serves all pages of a table, from any thread: wire types found on one page are expected on the next.
    """

    def __init__(self, documented: Mapping[str, str]) -> None:
        """`documented`: the attributes to read, each with the wire type it should have."""
        self._lock = Lock()
        self._reading = Lock()
        self._first_page_seen = False
        self._wire_types: dict[str, tuple[str, ...]] = {name: (kind,) for name, kind in documented.items()}

    def read_pages(self, pages: Sequence[bytes]) -> list[pa.ListArray]:
        """The items of some pages, each a JSON array as sent: one row per page that holds its items, in order."""
        if not pages:
            return []
        with self._lock:
            if not self._first_page_seen:
                # most oddities of a table occur on its first page: this spares the others a failing attempt
                self._add_wire_types(pages)
                self._first_page_seen = True
        expected = self._wire_types
        with suppress(pa.ArrowInvalid):
            return [self._read(pages)]
        with self._lock:
            wider = self._wire_types is not expected or self._add_wire_types(pages)
        if wider:
            with suppress(pa.ArrowInvalid):
                return [self._read(pages)]
        if len(pages) > 1:
            return [part for page in pages for part in self.read_pages([page])]
        return [self.read_items(items_of_page(pages[0]))]

    def read_items(self, items: Iterable[WireItem]) -> pa.ListArray:
        """One page of parsed items (`{"band": {"S": "7.0"}}`), one by one: slower."""
        names = self._wire_types
        rows = [{name: _canonical(value) for name, value in item.items() if name in names} for item in items]
        item = pa.struct([(name, pa.struct([*_CHILDREN.items()])) for name in names])
        return pa.array([rows], pa.list_(item))

    def _read(self, pages: Sequence[bytes]) -> pa.ListArray:
        if any(_may_hold_null(page) and _NULL.search(page) for page in pages):
            # pyarrow would take the attribute for absent
            raise ResponseParserError("an attribute is null")
        text = b"".join(part for page in pages for part in (b'{"Items":', page, b"}\n"))
        attributes = [
            (name, pa.struct([(wire_type, _CHILDREN[wire_type]) for wire_type in wire_types]))
            for name, wire_types in self._wire_types.items()
        ]
        schema = pa.schema([("Items", pa.list_(pa.struct(attributes)))])
        options = pyarrow.json.ReadOptions(use_threads=False, block_size=len(text) + 1)
        # an attribute of an unexpected type is an error and not, as with "ignore", silently missing
        expected = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        # one at a time: two at once cost more processor and memory than they save time, as both wait for the network
        with self._reading:
            table = pyarrow.json.read_json(pa.BufferReader(text), options, expected)
        items: pa.ListArray = table["Items"].combine_chunks()
        _check_types(items.flatten())
        return items

    def _add_wire_types(self, pages: Sequence[bytes]) -> bool:
        """Expect the wire types that occur on these pages, too; return whether any of them is new."""
        # quotes within a text are escaped, so that no text matches
        typed = {(name.decode(), kind.decode()) for page in pages for name, kind in _WIRE_TYPE.findall(page)}
        new = {(name, kind) for name, kind in typed if kind not in self._wire_types.get(name, (kind,))}
        if new:
            wider = dict(self._wire_types)
            for name, kind in sorted(new):
                wider[name] = (*wider[name], kind)
            self._wire_types = wider
        return bool(new)


def _may_hold_null(page: bytes) -> bool:
    """As `b"null" in page`, in a third of the time: four bytes at a time, from each of four offsets."""
    words = (np.frombuffer(page, np.uint32, (len(page) - offset) // 4, offset) for offset in range(min(4, len(page))))
    return any((part == _NULL_WORD).any() for part in words)


def items_of_page(page: bytes) -> list[WireItem]:
    """The items of a page. Raises ResponseParserError where one is not an item."""
    try:
        items: list[WireItem] = json.loads(page)
        for item in items:
            check_item(item)
    except (ValueError, RecursionError) as error:
        raise ResponseParserError(f"items that can't be read: {error}") from error
    return items


def _check_types(items: pa.StructArray) -> None:
    """Raise ResponseParserError where an item is null, or an attribute has no wire type or several."""
    if items.null_count:
        raise ResponseParserError("an item is null")
    for attribute in items.type:
        column = items.field(attribute.name)
        held = sum(len(column) - column.field(n).null_count for n in range(column.type.num_fields))
        if held != len(column) - column.null_count:
            raise ResponseParserError(f"a value of {attribute.name} has no wire type or several")


def _canonical(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    if kind in _SCALAR_TYPES:
        return {kind: clean(content) if kind == "S" else content}
    return {OTHER: clean(wire_json(value))}


@dataclass(frozen=True)
class WireColumn:
    """The values of one attribute over all parts of a read: each part a struct of wire types, as of an `ItemReader`."""

    parts: Sequence[pa.StructArray]

    def of(self, wire_type: str) -> pa.StringArray | None:
        """The contents of one wire type (`S`, `N` or `OTHER`), null for other types; None where all are null."""
        contents = [self._child(part, wire_type) for part in self.parts]
        if all(child.null_count == len(child) for child in contents):
            return None
        return pa.concat_arrays(contents) if len(contents) > 1 else contents[0]

    def read_distinct(
        self, read: ValueReader, flags: Flags, *, without: Sequence[str] = ()
    ) -> tuple[npt.NDArray[np.int64], list[Any]]:
        """Read each distinct value once, and add the flags it earns to the rows that hold it.

        Returns for every row a position in the list of read values, and this list. Its last value is None, at position
        -1: for rows without the attribute, and for the wire types in `without`.
        """
        positions = np.full(len(flags), -1, dtype=np.int64)
        values: list[Any] = []
        for wire_type in ("S", "N", OTHER):
            if wire_type in without or (contents := self.of(wire_type)) is None:
                continue
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
    return json.loads(content) if wire_type == OTHER else {wire_type: content}

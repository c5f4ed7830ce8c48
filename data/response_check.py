"""Whether a response has the shape that botocore's model of the operation gives it.

botocore's own parser takes any JSON: it fails with Python's own errors, or returns an empty response, where a value is not
what the model says.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp

MAX_NESTING = 64
"""Levels of lists and maps in one value. DynamoDB stores 32; much deeper ones end in a RecursionError."""

_REQUIRED = {
    "QueryOutput": ("Items", "Count"),
    "ScanOutput": ("Items", "Count"),
    "BatchGetItemOutput": ("Responses",),
    "DescribeTableOutput": ("Table",),
    "TableDescription": ("TableName", "KeySchema"),
    "GlobalSecondaryIndexDescription": ("IndexName", "KeySchema"),
    "LocalSecondaryIndexDescription": ("IndexName", "KeySchema"),
    "DescribeContinuousBackupsOutput": ("ContinuousBackupsDescription",),
}
"""Members that are read, by the name of their shape, besides those that the model itself requires."""

_LISTS = {"SS", "NS", "BS"}


def check_response(shape: Shape, members: Mapping[str, Any]) -> None:
    """Raise ResponseParserError where the members of a response are not as its shape says."""
    if members and not members.keys() & shape.members.keys():  # type: ignore[attr-defined]
        raise _wrong(shape.name, members)
    _check(shape, members, shape.name)


def check_value(value: Any, levels: int = MAX_NESTING) -> None:  # noqa: ANN401 - any JSON value
    """Raise ResponseParserError if this is no attribute value: one wire type, with content of that type."""
    if not isinstance(value, Mapping) or len(value) != 1 or not levels:
        raise _wrong("an attribute value", value)
    ((kind, content),) = value.items()
    if kind == "L" and isinstance(content, list):
        for element in content:
            check_value(element, levels - 1)
    elif kind == "M" and isinstance(content, Mapping):
        for element in content.values():
            check_value(element, levels - 1)
    elif kind in _LISTS:
        if not isinstance(content, list) or not all(_is_content(kind[0], element) for element in content):
            raise _wrong(kind, content)
    elif not _is_content(kind, content):
        raise _wrong(kind, content)


def check_item(item: Any) -> None:  # noqa: ANN401 - any JSON value
    """Raise ResponseParserError if this is no item: a map of attribute values."""
    if not isinstance(item, Mapping):
        raise _wrong("an item", item)
    for value in item.values():
        check_value(value)


def _is_content(kind: str, content: object) -> bool:
    match kind:
        case "S" | "N":
            return isinstance(content, str)
        case "B":
            return isinstance(content, str | bytes)
        case "BOOL" | "NULL":
            return isinstance(content, bool)
    return kind not in {"L", "M"}


def _check(shape: Any, content: Any, where: str) -> None:  # noqa: ANN401 - a shape of botocore's, and any JSON value
    if shape.name == "AttributeValue":
        check_value(content)
        return
    kind = shape.type_name
    if not isinstance(content, _TYPES.get(kind, object)) or not _RULES.get(kind, _anything)(content):
        raise _wrong(where, content)
    if kind == "list":
        for element in content:
            _check(shape.member, element, where)
    elif kind == "map":
        for element in content.values():
            _check(shape.value, element, where)
    elif kind == "structure":
        missing = {*shape.required_members, *_REQUIRED.get(shape.name, ())} - content.keys()
        if missing:
            raise ResponseParserError(f"{where} lacks {', '.join(sorted(missing))}")
        for name in content.keys() & shape.members.keys():
            # as botocore: a member that is null is absent, but not where the absence would mean something
            if content[name] is not None or name in {"Item", *_REQUIRED.get(shape.name, ())}:
                _check(shape.members[name], content[name], name)


def _anything(_: object) -> bool:
    return True


def _is_count(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return not isinstance(content, bool) and 0 <= content < 2**63 and not math.isnan(content)


def _is_time(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        parse_timestamp(content)
    except Exception:
        return False
    return True


_TYPES: dict[str, Any] = {
    "structure": Mapping,
    "list": list,
    "map": Mapping,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": int | float,
    "double": int | float,
    "timestamp": int | float | str,
}
"""The type of JSON, by the type of a shape."""

_RULES: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("integer", "long", "float", "double"), _is_count),
    "timestamp": _is_time,
}


def _wrong(where: str, content: object) -> ResponseParserError:
    return ResponseParserError(f"{where} is {type(content).__name__} where DynamoDB sends another value")

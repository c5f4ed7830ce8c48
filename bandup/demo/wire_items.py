"""From Python values to DynamoDB's low-level wire format."""

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
"""One item in wire format: attribute name to typed value, e.g. `{"created_at": {"N": "1763800000"}}`."""


def to_value(value: object) -> dict[str, Any]:
    """One typed value: str is S, int and float are N, bool is BOOL, None is NULL, list is L, mapping is M."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [to_value(each) for each in value]}
        case Mapping():
            return {"M": to_item(value)}
        case _:
            raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def to_item(attributes: Mapping[str, object]) -> Item:
    """A whole item."""
    return {name: to_value(value) for name, value in attributes.items()}

"""Converts Python values to DynamoDB's low-level wire format."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

DemoItem = dict[str, Any]
"""One item in wire format: attribute name to typed value, e.g. `{"created_at": {"N": "1763800000"}}`."""

_SERIALIZER = TypeSerializer()


def to_item(attributes: Mapping[str, object]) -> DemoItem:
    """Return an item in wire format. Numbers are int or Decimal: boto3 raises TypeError for a float."""
    return {name: _SERIALIZER.serialize(value) for name, value in attributes.items()}

"""The table of reviews, the only one that is written: reads and writes of the entries of `data.review_entries`.

It is append-only: an entry is written once, by one PutItem, and nothing is changed or removed. A correction is a newer entry.
So a write that is retried is the same entry, and what several processes know of the table is joined by the keys.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from data import paging
from data.connection import requesting
from data.errors import DataError
from data.paging import Client
from data.results import Cost
from data.review_entries import MAX_TEXT, ReviewEntry
from data.schema import REVIEWS
from data.settings import Settings
from data.table_keys import check_described_keys
from data.values import WireItem, plain

_SERIALIZER = TypeSerializer()


@dataclass(frozen=True)
class ReviewsRead:
    """Every entry that could be read, how many could not (another kind, another shape), and the cost."""

    entries: tuple[ReviewEntry, ...]
    unreadable: int
    cost: Cost


class TooLong(DataError):
    """A text is longer than an entry may hold."""

    sentence = "The text has {length:,} characters; at most {most:,} can be stored: shorten it, then save it again."


class ReviewTable:
    """Reads and writes of the table of reviews. Raises the named errors of `data.errors`."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._name = settings.reviews
        self._variable = "" if settings.demo else REVIEWS.variable

    def read(self) -> ReviewsRead:
        """Every entry, in order of time. Raises KeysDiffer where the table is another one."""
        with requesting(self._client, self._name, self._variable):
            items, cost = paging.scan_items(self._client, {"TableName": self._name})
            if not all(REVIEWS.partition_key in item and REVIEWS.sort_key in item for item in items):
                described = self._client.describe_table(TableName=self._name)["Table"]
                check_described_keys(REVIEWS, self._name, described)
        entries = [entry for item in items if (entry := _entry_of(item)) is not None]
        entries.sort(key=lambda entry: entry.at)
        return ReviewsRead(tuple(entries), len(items) - len(entries), cost)

    def add(self, entry: ReviewEntry) -> None:
        """Store an entry, once: storing the same one again changes nothing. Raises TooLong."""
        item = item_of(entry)
        with requesting(self._client, self._name, self._variable):
            try:
                self._client.put_item(
                    TableName=self._name,
                    Item=item,
                    ConditionExpression="attribute_not_exists(#key)",
                    ExpressionAttributeNames={"#key": REVIEWS.partition_key},
                )
            except ClientError as error:
                # the response to an earlier attempt was lost: keys are made once per entry, so this entry is stored
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise


def _entry_of(item: WireItem) -> ReviewEntry | None:
    """The entry of an item; None where it is not one, as a newer version of the dashboard or someone else may write."""
    try:
        entry: ReviewEntry = msgspec.convert({name: plain(value) for name, value in item.items()}, ReviewEntry)
        is_timed = entry.time is not None
    except ValueError:  # msgspec's ValidationError is one
        return None
    return entry if is_timed else None


def item_of(entry: ReviewEntry) -> dict[str, Any]:
    """The entry in wire format. Raises TooLong."""
    attributes = msgspec.to_builtins(entry)
    for name in ("text", "comment", "reason", "to"):
        if (length := len(attributes.get(name, ""))) > MAX_TEXT:
            raise TooLong(length=length, most=MAX_TEXT)
    return {name: _SERIALIZER.serialize(_without_floats(value)) for name, value in attributes.items()}


def _without_floats(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """The value as boto3 takes it: floats as Decimal, tuples as lists."""
    match value:
        case float():
            return Decimal(repr(value))
        case dict():
            return {name: _without_floats(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_without_floats(inner) for inner in value]
        case _:
            return value

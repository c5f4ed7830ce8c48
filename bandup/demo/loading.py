"""Loads the demo's items into a DynamoDB-compatible endpoint that is not AWS."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from botocore.loaders import Loader

from data import provision as provisioning
from data.connection import host_of
from data.errors import DataError, naming_errors
from data.schema import TableKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"
BATCH = 25
"""BatchWriteItem takes at most so many items."""

_EVALUATIONS_SHARE = 11 / 12
"""Of the demo's items, as there is one flashcard set for every eleven evaluations."""

_MOST_ATTEMPTS = 10
_LONGEST_PAUSE = 5.0  # seconds
_AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")

WireItem = Mapping[str, Any]


class RealEndpoint(DataError):
    """The demo was asked to write to AWS itself."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} belongs to AWS: the demo only writes to other DynamoDB-compatible endpoints, such as DynamoDB "
            "Local; name one with --endpoint."
        )


class NoEndpoint(DataError):
    """The demo was not told where to write."""

    def __init__(self) -> None:
        super().__init__(
            f"Neither --endpoint nor {ENDPOINT_VARIABLE} says where to load the demo: name a DynamoDB-compatible "
            "endpoint that is not AWS, for instance --endpoint http://127.0.0.1:8000."
        )


class Unwritten(DataError):
    """The endpoint kept giving items back unprocessed."""

    def __init__(self, number: int, attempts: int) -> None:
        super().__init__(
            f"The endpoint gave {number} items back unwritten {attempts} times running: it is too busy; run this again."
        )


def chosen_items(
    generate: Callable[..., Iterator[tuple[TableKey, WireItem]]], now: datetime, number: int | None
) -> tuple[int, Iterator[tuple[TableKey, WireItem]]]:
    """All of the demo, or `number` items spread evenly over a demo about that big; and how many they are.

    Spread, because the generator gives one table after the other, and in a small demo more than it was asked for. It is
    run twice, as only counting tells how many items it gives: that is cheaper than to hold them all.
    """
    if number is None:
        return sum(1 for _ in generate(now)), generate(now)
    total = 0
    for evaluations in (ceil(number * _EVALUATIONS_SHARE), number):
        if total < number:
            size = evaluations
            total = sum(1 for _ in generate(now, evaluations=size))
    rows = enumerate(generate(now, evaluations=size))
    return number, (row for i, row in rows if (i + 1) * number // total > i * number // total)


@dataclass
class Loaded:
    """How many items of each table were written, and how many were refused for which reason."""

    written: Counter[TableKey] = field(default_factory=Counter)
    refused: Counter[tuple[TableKey, str]] = field(default_factory=Counter)


def load(
    client: "DynamoDBClient",
    names: Mapping[TableKey, str],
    items: Iterable[tuple[TableKey, WireItem]],
    progress: Callable[[int], object] = lambda _: None,
    sleep: provisioning.Sleep = time.sleep,
) -> Loaded:
    """Writes items in wire format, 25 at a time. `progress` is told how many more were dealt with.

    DynamoDB refuses a whole batch where one item of it is not valid; its items are then written one by one, and those
    that are refused are counted. Raises Unwritten where items come back unprocessed time and again.
    """
    loaded = Loaded()
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        with naming_errors(" and ".join(names.values())):
            try:
                _write_batch(client, names, batch, sleep)
                loaded.written.update(key for key, _ in batch)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationException":
                    raise
                _write_singly(client, names, batch, loaded)
        progress(len(batch))
    return loaded


def _write_batch(
    client: "DynamoDBClient",
    names: Mapping[TableKey, str],
    batch: Iterable[tuple[TableKey, WireItem]],
    sleep: provisioning.Sleep,
) -> None:
    waiting: dict[str, Any] = {}
    for key, item in batch:
        waiting.setdefault(names[key], []).append({"PutRequest": {"Item": item}})
    for attempt in range(_MOST_ATTEMPTS):
        waiting = dict(client.batch_write_item(RequestItems=waiting).get("UnprocessedItems", {}))
        if not waiting:
            return
        sleep(min(0.05 * 2**attempt, _LONGEST_PAUSE))
    raise Unwritten(sum(map(len, waiting.values())), _MOST_ATTEMPTS)


def _write_singly(
    client: "DynamoDBClient",
    names: Mapping[TableKey, str],
    batch: Iterable[tuple[TableKey, WireItem]],
    loaded: Loaded,
) -> None:
    for key, item in batch:
        try:
            client.put_item(TableName=names[key], Item=item)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            loaded.refused[key, error.response["Error"].get("Message", "no reason given")] += 1
        else:
            loaded.written[key] += 1


def refuse_aws(endpoint: str) -> None:
    """Raises RealEndpoint where an endpoint's host is in a domain of AWS (any partition), EndpointUnreadable where it has none."""
    host = host_of(endpoint)
    if host.endswith((*_AWS_DOMAINS, *_partition_domains())):
        raise RealEndpoint(host)


def _partition_domains() -> Iterator[str]:
    """The domains of all of AWS's partitions, as botocore knows them."""
    for partition in Loader().load_data("partitions")["partitions"]:
        outputs = partition["outputs"]
        yield from (outputs["dnsSuffix"], outputs["dualStackDnsSuffix"])

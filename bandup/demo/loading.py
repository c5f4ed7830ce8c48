"""Writes the demo's items in batches: into the embedded demo, or into an endpoint that is not AWS."""

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

from bandup.demo.items import DemoRow
from data.connection import host_of
from data.errors import DataError, translate_errors
from data.provision import Sleep
from data.schema import StoredKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"
MAX_BATCH_ITEMS = 25
"""BatchWriteItem's limit."""

_EVALUATIONS_SHARE = 11 / 12
"""The part of the demo's items that are evaluations: there is one flashcard set for every eleven of them."""

_MAX_ATTEMPTS = 10
_MAX_PAUSE = 5.0  # seconds
StoredRow = tuple[StoredKey, dict[str, Any]]
"""The key of a table, and an item of it in wire format."""

_AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")


class AwsEndpointRefused(DataError):
    """The demo was asked to write to AWS itself."""

    sentence = (
        "{host} belongs to AWS: the demo only writes to other DynamoDB-compatible endpoints, such as DynamoDB Local; name "
        "one with --endpoint."
    )


class EndpointMissing(DataError):
    """No endpoint was named to write to."""

    sentence = (
        f"Neither --endpoint nor {ENDPOINT_VARIABLE} says where to load the demo: name a DynamoDB-compatible endpoint "
        "that is not AWS, for instance --endpoint http://127.0.0.1:8000."
    )


class ItemsUnwritten(DataError):
    """The endpoint kept returning items as unprocessed."""

    sentence = "The endpoint returned {number} items unwritten {attempts} times in a row: it is too busy, so run this again later."


def choose_items(
    generate: Callable[..., Iterator[DemoRow]], now: datetime, number: int | None
) -> tuple[int, Iterator[DemoRow]]:
    """Return the number of items and the items: the whole demo (None), or `number` of a demo of about that size.

    They are spread evenly over that demo, because the generator yields one table after the other. The generator runs
    twice: only a full run tells how many items it yields (more than asked for in a small demo).
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
class LoadResult:
    """The number of items written, by table, and of items refused, by table and reason."""

    written: Counter[StoredKey] = field(default_factory=Counter)
    refused: Counter[tuple[StoredKey, str]] = field(default_factory=Counter)


def load(
    client: "DynamoDBClient",
    names: Mapping[StoredKey, str],
    items: Iterable[StoredRow],
    progress: Callable[[int], object] = lambda _: None,
    sleep: Sleep = time.sleep,
) -> LoadResult:
    """Write items in wire format, 25 at a time. `progress` is called with the number of items of every finished batch.

    DynamoDB refuses a whole batch if one item of it is invalid; its items are then written one by one, and those that
    are refused are counted. Raises ItemsUnwritten if items keep coming back unprocessed.
    """
    # boto3's `batch_writer` does not serve here: it sends unprocessed items again without a pause and without end, and
    # when a batch is refused it has already dropped its items, so that the valid ones could not be written.
    result = LoadResult()
    iterator = iter(items)
    while batch := list(islice(iterator, MAX_BATCH_ITEMS)):
        with translate_errors(" and ".join(names.values())):
            try:
                _write_batch(client, names, batch, sleep)
                result.written.update(key for key, _ in batch)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationException":
                    raise
                _write_one_by_one(client, names, batch, result)
        progress(len(batch))
    return result


def _write_batch(
    client: "DynamoDBClient", names: Mapping[StoredKey, str], batch: Iterable[StoredRow], sleep: Sleep
) -> None:
    requests: dict[str, Any] = {}
    for key, item in batch:
        requests.setdefault(names[key], []).append({"PutRequest": {"Item": item}})
    for attempt in range(_MAX_ATTEMPTS):
        requests = dict(client.batch_write_item(RequestItems=requests).get("UnprocessedItems", {}))
        if not requests:
            return
        sleep(min(0.05 * 2**attempt, _MAX_PAUSE))
    raise ItemsUnwritten(number=sum(map(len, requests.values())), attempts=_MAX_ATTEMPTS)


def _write_one_by_one(
    client: "DynamoDBClient", names: Mapping[StoredKey, str], batch: Iterable[StoredRow], result: LoadResult
) -> None:
    for key, item in batch:
        try:
            client.put_item(TableName=names[key], Item=item)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            result.refused[key, error.response["Error"].get("Message", "no reason given")] += 1
        else:
            result.written[key] += 1


def refuse_aws(endpoint: str) -> None:
    """Raise AwsEndpointRefused if the host is in a domain of any AWS partition, EndpointUnreadable if there is none."""
    host = host_of(endpoint)
    if host.endswith((*_AWS_DOMAINS, *_partition_domains())):
        raise AwsEndpointRefused(host=host)


def _partition_domains() -> Iterator[str]:
    """The domains of all of AWS's partitions, as botocore knows them."""
    for partition in Loader().load_data("partitions")["partitions"]:
        outputs = partition["outputs"]
        yield from (outputs["dnsSuffix"], outputs["dualStackDnsSuffix"])

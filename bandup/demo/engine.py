"""The embedded demo: moto in this process, filled once with the invented items of `bandup.demo.items`.

A module-level singleton, so that neither a cleared cache nor a second session builds it again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from threading import Lock
from typing import Any

import boto3
from moto import mock_aws

from bandup.demo import items
from data import decoder, provision
from data.errors import naming_errors_of_configuration
from data.schema import TableKey
from data.settings import Settings

REGION = "us-east-1"
BATCH = 25
"""BatchWriteItem takes at most so many items."""

_building = Lock()
_client: Any = None


def client(now: datetime) -> Any:  # noqa: ANN401 - a boto3 client
    """A client of the demo database; the first call builds it, with data up to `now` (aware)."""
    global _client
    with _building:
        if _client is None:
            _client = _built(now)
        return _client


def _built(now: datetime) -> Any:  # noqa: ANN401 - a boto3 client
    cloud = mock_aws()
    cloud.start()
    try:
        return _filled(now)
    except BaseException:
        # half a demo is none: the next call starts anew
        cloud.stop()
        raise


def _filled(now: datetime) -> Any:  # noqa: ANN401 - a boto3 client
    # named here, so that no endpoint or profile of the environment leads the demo out of this process
    with naming_errors_of_configuration():
        session = boto3.Session(aws_access_key_id="demo", aws_secret_access_key="demo", region_name=REGION)  # noqa: S106
        client = session.client("dynamodb", endpoint_url=f"https://dynamodb.{REGION}.amazonaws.com")
    names = Settings().names
    provision.carry_out(client, provision.plan(provision.read_state(client, names), names), report=lambda _: None)
    for batch in _batches(items.generate(now)):
        requests: dict[str, list[dict[str, Any]]] = {}
        for key, item in batch:
            requests.setdefault(names[key], []).append({"PutRequest": {"Item": item}})
        client.batch_write_item(RequestItems=requests)
    decoder.install_hooks(client)
    return client


def _batches(pairs: Iterable[tuple[TableKey, dict[str, Any]]]) -> Iterator[list[tuple[TableKey, dict[str, Any]]]]:
    stream = iter(pairs)
    while batch := list(islice(stream, BATCH)):
        yield batch

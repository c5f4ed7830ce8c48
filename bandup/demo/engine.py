"""The embedded demo: moto in this process, filled once with the items of `bandup.demo.items`.

The client is a module-level singleton, so that neither a cleared cache nor a second session builds the demo again.
"""

from datetime import datetime
from threading import Lock
from typing import Any

import boto3

from bandup.demo import items, loading, reviews
from data import decoder, provision
from data.errors import DataError, translate_configuration_errors
from data.settings import Settings

REGION = "us-east-1"

_building = Lock()
_client: Any = None


class DemoUnavailable(DataError):
    """moto, the in-process DynamoDB of the demo, is not installed. Real tables don't need it."""

    sentence = (
        "The demo needs the package moto, which is not installed: run `pip install -r requirements.txt`, or set "
        "DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS to read your tables, then start this again."
    )


def client(now: datetime) -> Any:  # noqa: ANN401 - a boto3 client
    """Return a client of the demo database. The first call builds it, with data up to `now` (timezone-aware).

    Raises DemoUnavailable, ConfigurationUnusable.
    """
    global _client
    with _building:
        if _client is None:
            _client = _build(now)
        return _client


def _build(now: datetime) -> Any:  # noqa: ANN401 - a boto3 client
    try:
        # imported here, so that nothing but the demo depends on a library for tests
        from moto import mock_aws
    except ImportError as error:
        raise DemoUnavailable from error
    mock = mock_aws()
    mock.start()
    try:
        return _fill(now)
    except BaseException:
        # leave no half-built demo behind: the next call builds it from scratch
        mock.stop()
        raise


def _fill(now: datetime) -> Any:  # noqa: ANN401 - a boto3 client
    # every setting is named, so that no endpoint or profile of the environment leads the demo out of this process
    with translate_configuration_errors():
        session = boto3.Session(aws_access_key_id="demo", aws_secret_access_key="demo", region_name=REGION)  # noqa: S106
        client = session.client("dynamodb", endpoint_url=f"https://dynamodb.{REGION}.amazonaws.com")
    names = Settings().all_names
    provision.apply(client, provision.plan(provision.read_state(client, names), names), report=lambda _: None)
    rows = [*items.generate(now)]
    result = loading.load(client, names, [*rows, *reviews.generate(now, rows)])
    if result.refused:
        raise RuntimeError(f"The demo's own items were refused: {dict(result.refused)}")
    decoder.install_hooks(client)
    return client

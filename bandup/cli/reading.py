"""What the commands share: the tables' names, a client, the data set of everyone, and sentences on stderr."""

import math
import os
from dataclasses import replace
from datetime import UTC, datetime

import click

from bandup.queries.dataset import Dataset, build
from data import decoder
from data.connection import client_for
from data.repository import Repository
from data.schema import TABLES, TableKey
from data.settings import from_environment

endpoint_option = click.option(
    "--endpoint", metavar="URL", help="A DynamoDB-compatible endpoint, in place of the one boto3 would choose."
)
"""The option of every command that reads or provisions."""

agreed_option = click.option(
    "--yes", "agreed", is_flag=True, help="Read also where that takes more than DASHBOARD_SCAN_LIMIT capacity units."
)


def everyone(endpoint: str | None, *, agreed: bool) -> Dataset:
    """All items of both tables, judged as of now. Raises AskFirst where that is dear and not `agreed`."""
    settings = replace(from_environment(os.environ), names=table_names(), demo=False)
    client = client_for(endpoint)
    decoder.install_hooks(client)
    repository = Repository(
        client, replace(settings, scan_limit=math.inf) if agreed else settings, lambda: datetime.now(UTC)
    )
    return build(repository.everyone(), settings.stuck_after)


def table_names() -> dict[TableKey, str]:
    """The tables' names by the environment, by their key in `data.schema`."""
    names = from_environment(os.environ).names
    return {key: names[key] for key in TABLES}


def tell(sentence: str) -> None:
    """Print a sentence for a person, on stderr."""
    click.echo(sentence, err=True)

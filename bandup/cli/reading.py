"""What the commands share: two options, the tables' names, the dataset, and sentences on stderr."""

import math
import os
from dataclasses import replace

import click

from bandup import clock
from bandup.queries.dataset import Dataset, build
from bandup.queries.default_answers import DefaultAnswers
from data import decoder, malloc
from data.connection import client_for
from data.repository import Repository
from data.schema import TableKey
from data.settings import from_environment

endpoint_option = click.option(
    "--endpoint", metavar="URL", help="A DynamoDB-compatible endpoint, in place of the one boto3 would choose."
)
"""The option of every command that connects to the tables."""

agreed_option = click.option(
    "--yes", "agreed", is_flag=True, help="Read even if it takes more than DASHBOARD_SCAN_LIMIT capacity units."
)


def read_dataset(endpoint: str | None, *, agreed: bool) -> Dataset:
    """Read the dataset of all students now. Raises ScanLimitExceeded for an expensive read that is not `agreed`."""
    malloc.configure()
    settings = replace(from_environment(os.environ), demo=False)
    if agreed:
        settings = replace(settings, scan_limit=math.inf)
    client = client_for(endpoint)
    decoder.install_hooks(client)
    repository = Repository(client, settings, clock.now)
    return build(repository.all_items(), settings.stuck_after, DefaultAnswers(repository.feedbacks_by_key))


def table_names() -> dict[TableKey, str]:
    """The tables' names from the environment, by their key in `data.schema`."""
    return from_environment(os.environ).names


def print_status(sentence: str) -> None:
    """Print a sentence for a person, on stderr."""
    click.echo(sentence, err=True)

"""What the commands share: their options, the tables' names, the dataset."""

import math
import os
from dataclasses import replace
from importlib import import_module

import click

from bandup import clock
from bandup.cli.terminal import print_status
from bandup.queries.dataset import Dataset, build
from bandup.queries.default_answers import DefaultAnswers
from data import malloc
from data.connection import client_for
from data.errors import AccessDenied, CredentialsError, DataError, RegionMissing, TableMissing
from data.paging import Client
from data.repository import Repository
from data.review_entries import ReviewEntry
from data.reviews import ReviewTable
from data.schema import EVALUATIONS, FLASHCARD_SETS, REVIEWS, TABLES, StoredKey
from data.settings import Settings, from_environment

_TABLE_VARIABLES = {table.variable for table in (*TABLES.values(), REVIEWS)}

endpoint_option = click.option(
    "--endpoint", metavar="URL", help="A DynamoDB-compatible endpoint, in place of the one boto3 would choose."
)
"""The option of every command that connects to the tables."""

agreed_option = click.option(
    "--yes", "agreed", is_flag=True, help="Read even if it takes more than DASHBOARD_SCAN_LIMIT capacity units."
)


demo_option = click.option(
    "--demo", "from_demo", is_flag=True, help="Read the embedded demo: invented items, nothing from AWS."
)


class TablesUnreadable(DataError):
    """No table is named, and the tables of the default names can't be read. `reason`: why, without advice."""

    sentence = (
        f"{{reason}}, and {EVALUATIONS.variable} and {FLASHCARD_SETS.variable} name no tables: set both to read your "
        "tables, or add --demo to read the demo."
    )


def read_dataset(endpoint: str | None, *, agreed: bool, from_demo: bool) -> Dataset:
    """Read the dataset of all students now, of the embedded demo or of the tables.

    Raises ScanLimitExceeded for an expensive read that is not `agreed`, TablesUnreadable where no table is named and the
    default ones can't be read, and the errors of `Repository.all_items`.
    """
    malloc.configure()
    if from_demo:
        return _read_demo(endpoint)
    settings = from_environment(os.environ)
    try:
        client = client_for(endpoint)
        limit = math.inf if agreed else settings.scan_limit
        repository = Repository(client, replace(settings, scan_limit=limit), clock.now)
        return _dataset(repository)
    except (RegionMissing, CredentialsError, TableMissing, AccessDenied) as error:
        if settings.demo:
            raise TablesUnreadable(reason=str(error).rpartition(": ")[0]) from error
        raise


def read_reviews(endpoint: str | None, *, from_demo: bool) -> tuple[ReviewEntry, ...]:
    """The entries of the table of reviews; none where no table is named. Says so on stderr where it can't be read."""
    settings = _demo_settings() if from_demo else from_environment(os.environ)
    if not settings.reviews or (settings.demo and not from_demo):
        return ()
    try:
        return ReviewTable(_demo_client() if from_demo else client_for(endpoint), settings).read().entries
    except DataError as error:
        print_status(f"Muted and resolved causes are not known. {error}")
        return ()


def _read_demo(endpoint: str | None) -> Dataset:
    if endpoint:
        raise click.UsageError("--demo reads the embedded demo: leave out --demo or --endpoint.")
    return _dataset(Repository(_demo_client(), _demo_settings(), clock.now))


def _demo_settings() -> Settings:
    return from_environment({name: text for name, text in os.environ.items() if name not in _TABLE_VARIABLES})


def _demo_client() -> Client:
    # imported here: real tables don't need moto
    client: Client = import_module("bandup.demo.engine").client(clock.now())
    return client


def _dataset(repository: Repository) -> Dataset:
    default_answers = DefaultAnswers(repository.feedbacks_by_key)
    return build(repository.all_items(), repository.settings.stuck_after, default_answers)


def table_names() -> dict[StoredKey, str]:
    """The tables' names from the environment, by their key in `data.schema`; with that of reviews where there is one."""
    return from_environment(os.environ).all_names

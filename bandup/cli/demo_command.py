"""`bandup demo`: load invented data into a local DynamoDB."""

import sys
from datetime import UTC, datetime

import click

from bandup.cli.reading import table_names
from bandup.cli.terminal import print_status
from bandup.demo import items, loading, reviews
from bandup.demo.loading import ENDPOINT_VARIABLE
from data import provision as provisioning
from data.connection import client_for
from data.table_definitions import INDEX_SETS


@click.command()
@click.option(
    "--endpoint",
    metavar="URL",
    envvar=ENDPOINT_VARIABLE,
    show_envvar=True,
    help="Where to write: a DynamoDB-compatible endpoint that is not AWS.",
)
@click.option(
    "--items",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many items to write, evaluations and flashcard sets together.  [default: the whole demo]",
)
@click.option(
    "--indexes",
    "index_set",
    type=click.Choice(list(INDEX_SETS)),
    default="provisioned",
    show_default=True,
    help="The indexes of the tables that this creates; existing tables keep theirs.",
)
def demo(endpoint: str | None, number: int | None, index_set: str) -> None:
    """Load invented data into a local DynamoDB.

    Creates missing tables, then writes; an item that exists is written again. An item that the endpoint refuses is
    counted and reported, and the others are written: where an index is keyed on created_at, DynamoDB refuses items
    whose created_at is text, so a third of the flashcard sets with the indexes of BandUp's Terraform (--indexes
    terraform). Never writes to AWS itself.
    """
    if not endpoint:
        raise loading.EndpointMissing
    loading.refuse_aws(endpoint)
    names = table_names()
    client = client_for(endpoint)
    states = provisioning.read_state(client, names)
    for key, state in states.items():
        if state is not None:
            provisioning.check_usable(state, key, names[key])
    missing = {key: name for key, name in names.items() if states[key] is None}
    steps = provisioning.plan(states, missing, INDEX_SETS[index_set])
    provisioning.apply(client, steps, print_status)

    now = datetime.now(UTC)
    count, chosen = loading.choose_items(items.generate, now, number)
    with click.progressbar(length=count, label=f"Writing {count} items", file=sys.stderr) as bar:
        result = loading.load(client, names, chosen, progress=bar.update)
    if number is None and "reviews" in names:
        result.written += loading.load(client, names, reviews.generate(now, [*items.generate(now)])).written
    for key, name in names.items():
        print_status(f"{name}: {result.written[key]} items written")
    for (key, reason), refused in result.refused.items():
        print_status(f"{names[key]}: {refused} items refused: {reason}")

"""`bandup demo`: load invented data into a local DynamoDB."""

import sys
from datetime import UTC, datetime

import click

from bandup.cli.reading import table_names, tell
from bandup.demo import items, loading
from bandup.demo.loading import ENDPOINT_VARIABLE
from data import provision as provisioning
from data.connection import client_for


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
    type=click.Choice(list(provisioning.INDEX_SETS)),
    default="provisioned",
    show_default=True,
    help="Which indexes the tables get that this makes; tables that exist keep theirs.",
)
def demo(endpoint: str | None, number: int | None, indexes: str) -> None:
    """Load invented data into a local DynamoDB.

    Makes the tables that are missing, then writes; an item that is there already is written again. An item the
    endpoint refuses is counted and reported, not fatal: where an index is keyed on created_at, DynamoDB refuses the
    items whose created_at is text, so with the indexes of BandUp's Terraform (--indexes terraform) a third of the
    flashcard sets. Never writes to AWS itself.
    """
    if not endpoint:
        raise loading.NoEndpoint
    loading.refuse_aws(endpoint)
    names = table_names()
    client = client_for(endpoint)
    states = provisioning.read_state(client, names)
    for key, state in states.items():
        if state is not None:
            provisioning.check_usable(state, key, names[key])
    missing = {key: name for key, name in names.items() if states[key] is None}
    steps = provisioning.plan(states, missing, provisioning.INDEX_SETS[indexes])
    provisioning.carry_out(client, steps, tell)

    number, chosen = loading.chosen_items(items.generate, datetime.now(UTC), number)
    with click.progressbar(length=number, label=f"Writing {number} items", file=sys.stderr) as bar:
        loaded = loading.load(client, names, chosen, progress=bar.update)
    for key, name in names.items():
        tell(f"{name}: {loaded.written[key]} items written")
    for (key, reason), count in loaded.refused.items():
        tell(f"{names[key]}: {count} items refused: {reason}")

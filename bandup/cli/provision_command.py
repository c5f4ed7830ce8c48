"""`bandup provision`: create the tables, or add what is missing."""

import click

from bandup.cli.reading import endpoint_option, table_names
from bandup.cli.terminal import print_output, print_status
from data import provision as provisioning
from data.connection import client_for


@click.command()
@endpoint_option
@click.option("--dry-run", is_flag=True, help="Print the AWS CLI commands that would do the same, and write nothing.")
def provision(endpoint: str | None, dry_run: bool) -> None:
    """Create the tables, or add what is missing: the platform's two, and the one of second marks and notes.

    The third is left out where DYNAMODB_REVIEWS is empty and the other two are named. Adds missing tables, indexes, tags and point-in-time recovery, and changes nothing else: running it twice is safe.
    Waits until everything can be used.
    """
    names = table_names()
    client = client_for(endpoint)
    steps = provisioning.plan(provisioning.read_state(client, names, print_status), names)
    if not steps:
        print_status("Nothing is missing.")
    elif dry_run:
        options = ["--endpoint-url", endpoint, "--region", client.meta.region_name] if endpoint else []
        for step in steps:
            print_output(step.command(options))
    else:
        provisioning.apply(client, steps, print_status)
        print_status("Done.")

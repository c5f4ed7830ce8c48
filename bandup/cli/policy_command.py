"""`bandup policy`: the IAM policies of the dashboard and of the Lambdas."""

import json
import os

import click

from bandup.cli.terminal import print_output
from data import policy as policies
from data.settings import from_environment


@click.command()
@click.argument("kind", type=click.Choice(policies.POLICY_KINDS))
@click.option("--account", required=True, metavar="NUMBER", help="The AWS account the tables are in: 12 digits.")
@click.option(
    "--region",
    required=True,
    envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
    show_envvar=True,
    help="The region the tables are in.",
)
@click.option("--partition", metavar="NAME", help="The AWS partition, e.g. aws-cn.  [default: the region's]")
def policy(kind: policies.PolicyKind, account: str, region: str, partition: str | None) -> None:
    """Print an IAM policy for the tables as JSON.

    `reader` is for the dashboard: it allows reading the tables and their indexes, and nothing else. `reviewer` also allows
    adding second marks and notes to the table that DYNAMODB_REVIEWS names. `writer` is for the Lambdas.
    """
    settings = from_environment(os.environ)
    document = policies.render(
        kind, settings.names, account=account, region=region, partition=partition, reviews=settings.reviews
    )
    print_output(json.dumps(document, indent=2))

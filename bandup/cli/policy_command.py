"""`bandup policy`: the IAM policies of the dashboard and of the Lambdas."""

import json

import click

from bandup.cli.reading import table_names
from bandup.cli.terminal import print_output
from data import policy as policies


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
    """Print an IAM policy for the two tables as JSON.

    `reader` is for the dashboard: it allows reading the tables and their indexes, and nothing else. `writer` is for the
    Lambdas.
    """
    document = policies.render(kind, table_names(), account=account, region=region, partition=partition)
    print_output(json.dumps(document, indent=2))

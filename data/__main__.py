"""The command line, `python -m data …`: one function per command, registered by its decorator.

What a command hands to other programs goes to stdout; what it tells a person goes to stderr. A DataError is printed as
its sentence, with exit status 2.
"""

import json
import math
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import islice
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import click
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from analysis.states import State
from data import export_files, jobs_report, wire
from data import policy as policies
from data import provision as provisioning
from data.cohort import Cohort, prepared
from data.errors import DataError, naming_errors, naming_errors_of_configuration
from data.repository import CLIENT_CONFIG, Repository, limit_silence
from data.repository import session as start_session
from data.schema import TABLES, TableKey
from data.settings import from_environment

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"
BATCH = 25
"""BatchWriteItem takes at most so many items."""

_EVALUATIONS_SHARE = 11 / 12
"""Of the demo's items, as there is one flashcard set for every eleven evaluations."""

_MOST_ATTEMPTS = 10
_LONGEST_PAUSE = 5.0  # seconds
_AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")

WireItem = Mapping[str, Any]


class RealEndpoint(DataError):
    """The demo was asked to write to AWS itself."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} belongs to AWS: the demo only writes to other DynamoDB-compatible endpoints, such as DynamoDB "
            "Local; name one with --endpoint."
        )


class NoEndpoint(DataError):
    """The demo was not told where to write."""

    def __init__(self) -> None:
        super().__init__(
            f"Neither --endpoint nor {ENDPOINT_VARIABLE} says where to load the demo: name a DynamoDB-compatible "
            "endpoint that is not AWS, for instance --endpoint http://127.0.0.1:8000."
        )


class EndpointUnreadable(DataError):
    """The endpoint is not an address that boto3 can call."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"{endpoint!r} is not an endpoint: it should be like http://127.0.0.1:8000.")


class Unwritten(DataError):
    """The endpoint kept giving items back unprocessed."""

    def __init__(self, number: int, attempts: int) -> None:
        super().__init__(
            f"The endpoint gave {number} items back unwritten {attempts} times running: it is too busy; run this again."
        )


class _Span(click.ParamType[timedelta]):
    """A length of time: a whole number and m, h or d."""

    name = "span"
    _units: ClassVar[dict[str, str]] = {"m": "minutes", "h": "hours", "d": "days"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """The text as a timedelta; click's own error where it is none."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([mhd])", str(value).strip(), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is no length of time: it should be like 90m, 24h or 7d.", param, ctx)
        return timedelta(**{self._units[found[2]]: int(found[1])})


class _Commands(click.Group):
    """A group whose commands end a DataError with its sentence."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except DataError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """BandUp's two DynamoDB tables, from the command line.

    DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS name the tables; where neither is set they are bandup-evaluations
    and bandup-flashcard-sets. Credentials, region and endpoint come from boto3's usual chain: AWS_PROFILE, AWS_REGION,
    AWS_ENDPOINT_URL_DYNAMODB.
    """


@main.command()
@click.option(
    "--endpoint", metavar="URL", help="A DynamoDB-compatible endpoint, in place of the one boto3 would choose."
)
@click.option("--dry-run", is_flag=True, help="Print the AWS CLI commands that would do the same, and write nothing.")
def provision(endpoint: str | None, dry_run: bool) -> None:
    """Make the two tables, or add what is missing.

    Adds tables, indexes, tags and point-in-time recovery that are not there, and changes nothing else: running it
    twice is safe. Waits until everything can be used.
    """
    names = _table_names()
    client = _client(endpoint)
    steps = provisioning.plan(provisioning.read_state(client, names, _tell), names)
    if not steps:
        _tell("Nothing is missing.")
    elif dry_run:
        options = ["--endpoint-url", endpoint, "--region", client.meta.region_name] if endpoint else []
        for step in steps:
            click.echo(step.command(options))
    else:
        provisioning.carry_out(client, steps, _tell)
        _tell("Done.")


_agreed = click.option(
    "--yes", "agreed", is_flag=True, help="Read also where that takes more than DASHBOARD_SCAN_LIMIT capacity units."
)


@main.command()
@_agreed
@click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
@click.option(
    "--since",
    type=_Span(),
    metavar="SPAN",
    help="List only jobs of the last SPAN, such as 90m, 24h or 7d; jobs of unknown time are left out, and said so.",
)
@click.option(
    "--state",
    "chosen",
    type=click.Choice([str(state) for state in State]),
    multiple=True,
    help="List only jobs in this state; may be given more than once.",
)
@click.option(
    "--endpoint", metavar="URL", help="A DynamoDB-compatible endpoint, in place of the one boto3 would choose."
)
@click.pass_context
def jobs(
    ctx: click.Context,
    agreed: bool,
    as_json: bool,
    since: timedelta | None,
    chosen: tuple[State, ...],
    endpoint: str | None,
) -> None:
    """List the jobs that did not succeed.

    The states are those of the Jobs page. Every item of both tables is counted. Exit status: 0 nothing wrong, 1 a
    listed job failed, is stuck or came back empty, 2 the tables could not be read.
    """
    cohort = _everyone(endpoint, agreed=agreed)
    listed, undated = jobs_report.selected(cohort.jobs, cohort.read_at, since, [State(state) for state in chosen])
    if as_json:
        click.echo(json.dumps(jobs_report.as_json(cohort.jobs, listed, cohort.read_at), ensure_ascii=False))
    else:
        click.echo("\n".join(jobs_report.as_lines(cohort.jobs, listed, cohort.read_at)))
    if undated:
        _tell(f"{undated} more at an unknown time: they are listed without --since.")
    ctx.exit(1 if jobs_report.is_trouble(listed) else 0)


@main.command()
@_agreed
@click.option(
    "--format",
    "file_format",
    type=click.Choice(export_files.FORMATS),
    default="csv",
    show_default=True,
    help="The format of the files; the data dictionary is CSV in any case.",
)
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where to write the files; the folder is made where it is missing.",
)
@click.option(
    "--table",
    "chosen",
    type=click.Choice(export_files.FILES),
    multiple=True,
    help="Write only this table; may be given more than once.  [default: all of them]",
)
@click.option("--force", is_flag=True, help="Write over files of the same names.")
@click.option(
    "--endpoint", metavar="URL", help="A DynamoDB-compatible endpoint, in place of the one boto3 would choose."
)
def export(
    agreed: bool,
    file_format: export_files.Format,
    folder: Path,
    chosen: tuple[str, ...],
    force: bool,
    endpoint: str | None,
) -> None:
    """Write the tables as CSV or Parquet files.

    One file per table: every evaluation and every flashcard set (without essays, transcripts, feedback and cards),
    every student, every job; and dictionary.csv, which says what each column means. No spreadsheet runs what is
    in the CSV: a text that starts like a formula has an apostrophe before it.
    """
    names = [name for name in export_files.FILES if not chosen or name in chosen]
    with export_files.writing_into(folder, names, file_format, force=force) as writer:
        frames = export_files.as_files(_everyone(endpoint, agreed=agreed))
        written = writer.write({name: frames[name] for name in names})
    for path, rows in written.items():
        _tell(f"{path}: {rows:,} row{'' if rows == 1 else 's'} written")


@main.command()
@click.argument("role", type=click.Choice(policies.ROLES))
@click.option("--account", required=True, metavar="NUMBER", help="The AWS account the tables are in: 12 digits.")
@click.option(
    "--region",
    required=True,
    envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
    show_envvar=True,
    help="The region the tables are in.",
)
@click.option("--partition", metavar="NAME", help="The AWS partition, e.g. aws-cn.  [default: the region's]")
def policy(role: policies.Role, account: str, region: str, partition: str | None) -> None:
    """Print an IAM policy for the two tables as JSON.

    READER may read the tables and their indexes and nothing else: it is what the dashboard needs. WRITER is what the
    Lambdas need.
    """
    document = policies.render(role, _table_names(), account=account, region=region, partition=partition)
    click.echo(json.dumps(document, indent=2))


@main.command()
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
        raise NoEndpoint
    refuse_aws(endpoint)
    from data.demo import items  # no other command needs the demo's texts

    names = _table_names()
    client = _client(endpoint)
    states = provisioning.read_state(client, names)
    for key, state in states.items():
        if state is not None:
            provisioning.check_usable(state, key, names[key])
    missing = {key: name for key, name in names.items() if states[key] is None}
    steps = provisioning.plan(states, missing, provisioning.INDEX_SETS[indexes])
    provisioning.carry_out(client, steps, _tell)

    number, chosen = _chosen(items.generate, datetime.now(UTC), number)
    with click.progressbar(length=number, label=f"Writing {number} items", file=sys.stderr) as bar:
        loaded = load(client, names, chosen, progress=bar.update)
    for key, name in names.items():
        _tell(f"{name}: {loaded.written[key]} items written")
    for (key, reason), count in loaded.refused.items():
        _tell(f"{names[key]}: {count} items refused: {reason}")


def _chosen(
    generate: Callable[..., Iterator[tuple[TableKey, WireItem]]], now: datetime, number: int | None
) -> tuple[int, Iterator[tuple[TableKey, WireItem]]]:
    """All of the demo, or `number` items spread evenly over a demo about that big; and how many they are.

    Spread, because the generator gives one table after the other, and in a small demo more than it was asked for. It is
    run twice, as only counting tells how many items it gives: that is cheaper than to hold them all.
    """
    if number is None:
        return sum(1 for _ in generate(now)), generate(now)
    total = 0
    for evaluations in (ceil(number * _EVALUATIONS_SHARE), number):
        if total < number:
            size = evaluations
            total = sum(1 for _ in generate(now, evaluations=size))
    rows = enumerate(generate(now, evaluations=size))
    return number, (row for i, row in rows if (i + 1) * number // total > i * number // total)


@dataclass
class Loaded:
    """How many items of each table were written, and how many were refused for which reason."""

    written: Counter[TableKey] = field(default_factory=Counter)
    refused: Counter[tuple[TableKey, str]] = field(default_factory=Counter)


def load(
    client: "DynamoDBClient",
    names: Mapping[TableKey, str],
    items: Iterable[tuple[TableKey, WireItem]],
    progress: Callable[[int], object] = lambda _: None,
    sleep: provisioning.Sleep = time.sleep,
) -> Loaded:
    """Writes items in wire format, 25 at a time. `progress` is told how many more were dealt with.

    DynamoDB refuses a whole batch where one item of it is not valid; its items are then written one by one, and those
    that are refused are counted. Raises Unwritten where items come back unprocessed time and again.
    """
    loaded = Loaded()
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        with naming_errors(" and ".join(names.values())):
            try:
                _write_batch(client, names, batch, sleep)
                loaded.written.update(key for key, _ in batch)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationException":
                    raise
                _write_singly(client, names, batch, loaded)
        progress(len(batch))
    return loaded


def _write_batch(
    client: "DynamoDBClient",
    names: Mapping[TableKey, str],
    batch: Iterable[tuple[TableKey, WireItem]],
    sleep: provisioning.Sleep,
) -> None:
    waiting: dict[str, Any] = {}
    for key, item in batch:
        waiting.setdefault(names[key], []).append({"PutRequest": {"Item": item}})
    for attempt in range(_MOST_ATTEMPTS):
        waiting = dict(client.batch_write_item(RequestItems=waiting).get("UnprocessedItems", {}))
        if not waiting:
            return
        sleep(min(0.05 * 2**attempt, _LONGEST_PAUSE))
    raise Unwritten(sum(map(len, waiting.values())), _MOST_ATTEMPTS)


def _write_singly(
    client: "DynamoDBClient",
    names: Mapping[TableKey, str],
    batch: Iterable[tuple[TableKey, WireItem]],
    loaded: Loaded,
) -> None:
    for key, item in batch:
        try:
            client.put_item(TableName=names[key], Item=item)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            loaded.refused[key, error.response["Error"].get("Message", "no reason given")] += 1
        else:
            loaded.written[key] += 1


def refuse_aws(endpoint: str) -> None:
    """Raises RealEndpoint where an endpoint's host is in a domain of AWS (any partition), EndpointUnreadable where it has none."""
    host = _host(endpoint)
    if host.endswith((*_AWS_DOMAINS, *_partition_domains())):
        raise RealEndpoint(host)


def _partition_domains() -> Iterator[str]:
    """The domains of all of AWS's partitions, as botocore knows them."""
    for partition in Loader().load_data("partitions")["partitions"]:
        outputs = partition["outputs"]
        yield from (outputs["dnsSuffix"], outputs["dualStackDnsSuffix"])


def _host(endpoint: str) -> str:
    """The host of an address, in lower case and without the root's dot."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise EndpointUnreadable(endpoint) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise EndpointUnreadable(endpoint)
    return host.rstrip(".")


def _is_private(host: str) -> bool:
    """Whether a host is this machine or on a private network: by its address, or a name that public DNS does not have."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal"))
    return address.is_loopback or address.is_private


def _client(endpoint: str | None) -> "DynamoDBClient":
    """A client for `endpoint`, or for what boto3's chain says.

    A private endpoint that was named needs neither credentials nor region: where boto3 finds none, invented ones serve.
    """
    config = CLIENT_CONFIG.merge(Config(parameter_validation=True))
    region = key = None
    session = start_session()
    with naming_errors_of_configuration():
        if endpoint and _is_private(_host(endpoint)):
            credentials: Credentials | None = session.get_credentials()
            region = None if session.region_name else "us-east-1"
            key = None if credentials else "local"
        client: DynamoDBClient = session.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=key,
            config=config,
        )
    limit_silence(client)
    return client


def _everyone(endpoint: str | None, *, agreed: bool) -> Cohort:
    """All items of both tables, judged as of now. Raises AskFirst where that is dear and not `agreed`."""
    settings = replace(from_environment(os.environ), names=_table_names(), demo=False)
    client = _client(endpoint)
    wire.take_items(client)
    repository = Repository(
        client, replace(settings, scan_limit=math.inf) if agreed else settings, lambda: datetime.now(UTC)
    )
    return prepared(repository.everyone(), settings.stuck_after)


def _table_names() -> dict[TableKey, str]:
    names = from_environment(os.environ).names
    return {key: names[key] for key in TABLES}


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)


if __name__ == "__main__":
    main()

"""What reading everyone costs in capacity units, with the covering index and without, on engines that count them.

    python -m benchmarks.cost

Dynoxide counts as DynamoDB does; dynalite is near, and quicker on large tables (moto's figures are not real). Both come
from npm into the system's temporary folder; no install script of theirs is run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError

from benchmarks import measured, server
from benchmarks.measured import Target, ratio
from data import access_paths
from data.repository import Repository
from data.schema import TABLES, TableKey
from data.settings import Settings

PACKAGES = {"dynoxide": "@dynoxide/linux-x64@1.2.1", "dynalite": "dynalite@4.0.0"}
START_SECONDS = 20


@dataclass(frozen=True)
class Units:
    """Capacity units of one table: its own scan, its covering index's scan, and how many items each gave."""

    table: float
    index: float
    items: int
    indexed_items: int


def installed(engine: str) -> list[str]:
    """The command that starts an engine, installed by npm where it is not there yet; a port is to follow."""
    folder = Path(tempfile.gettempdir()) / "bandup-benchmarks" / "engines" / PACKAGES[engine].replace("/", "-")
    if not folder.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise click.ClickException("npm is needed to install the engines.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        under_way = Path(tempfile.mkdtemp(dir=folder.parent))
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([npm, "install", "--prefix", str(under_way), *quiet, PACKAGES[engine]], check=True)
        under_way.rename(folder)
    if engine == "dynoxide":
        return [str(folder / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"), "serve", "--port"]
    return ["node", str(folder / "node_modules" / "dynalite" / "cli.js"), "--host", "127.0.0.1", "--port"]


@contextmanager
def started(engine: str) -> Iterator[Any]:
    """A client of an engine with empty tables in memory."""
    port = server.free_port()
    process = subprocess.Popen([*installed(engine), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", **_NOBODY)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                client.list_tables()
                break
            except BotoCoreError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield client
    finally:
        process.terminate()
        process.wait(timeout=server.STOP_SECONDS)


_NOBODY: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "benchmark",
    "aws_secret_access_key": "benchmark",
}


def load(client: Any, settings: Settings, items: int, indexes: str) -> None:  # noqa: ANN401 - a boto3 client
    """Writes so many items of the demo by the product's own command."""
    command = [sys.executable, "-m", "bandup", "demo", f"--items={items}", f"--indexes={indexes}"]
    environment = {TABLES[key].variable: name for key, name in settings.names.items()}
    subprocess.run(
        [*command, "--endpoint", client.meta.endpoint_url],
        cwd=server.ROOT,
        env=server.clean_environment({**server.NOBODY, **environment}),
        stderr=subprocess.DEVNULL,
        check=True,
    )


def scanned(client: Any, table: str, index: str | None) -> tuple[float, int]:  # noqa: ANN401 - a boto3 client
    """Capacity units and items of one whole scan, page after page."""
    arguments: dict[str, Any] = {"TableName": table, "ReturnConsumedCapacity": "TOTAL"}
    if index is not None:
        arguments["IndexName"] = index
    units, items = 0.0, 0
    while True:
        page = client.scan(**arguments)
        units += page["ConsumedCapacity"]["CapacityUnits"]
        items += page["Count"]
        if "LastEvaluatedKey" not in page:
            return units, items
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def measure(client: Any, items: int) -> tuple[dict[TableKey, Units], float, float]:  # noqa: ANN401 - a boto3 client
    """Both tables' units, and what the product says that it consumed for everyone, indexed and plain."""
    indexed = Settings(names={"evaluations": "evaluations", "flashcard_sets": "sets"}, demo=False)
    plain = Settings(names={"evaluations": "plain-evaluations", "flashcard_sets": "plain-sets"}, demo=False)
    load(client, indexed, items, "provisioned")
    load(client, plain, items, "none")
    found: dict[TableKey, Units] = {}
    for key, table in TABLES.items():
        name = indexed.names[key]
        path = access_paths.everyone_path(access_paths.describe(table, client.describe_table(TableName=name)))
        if path.index is None:
            raise click.ClickException(f"{name} has no covering index: {path.why}")
        through_index, indexed_items = scanned(client, name, path.index.name)
        of_table, table_items = scanned(client, name, None)
        found[key] = Units(of_table, through_index, table_items, indexed_items)
    told = [
        Repository(client, settings, lambda: datetime.now(UTC)).everyone().cost.capacity_units
        for settings in (indexed, plain)
    ]
    return found, told[0], told[1]


@click.command()
@click.option("--items", default=10_000, show_default=True, help="Items of both tables together.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(list(PACKAGES)), default=list(PACKAGES))
def main(items: int, engines: Sequence[str]) -> None:
    """Measure the capacity units of reading everyone."""
    os.environ.pop("AWS_PROFILE", None)
    print(measured.machine())
    targets = []
    for engine in engines:
        with started(engine) as client:
            found, indexed, plain = measure(client, items)
        rows = [
            (TABLES[key].default_name, f"{units.items:,}", f"{units.table:,.1f}", f"{units.index:,.1f}")
            for key, units in found.items()
        ]
        rows.append(("both, as the product reads and reports it", "", f"{plain:,.1f}", f"{indexed:,.1f}"))
        columns = ("table", "items", "units, whole table", "units, covering index")
        measured.show(f"{engine} ({PACKAGES[engine]}), {items:,} items of the demo", columns, rows)
        for key, units in found.items():
            if units.items != units.indexed_items:
                raise click.ClickException(f"{key}: the index gave {units.indexed_items} of {units.items} items")
        evaluations = found["evaluations"]
        says = f"{engine}: units of the covering index by the table’s"
        targets += [
            Target(f"{says}, evaluations", 1 / 8, ratio(evaluations.index, evaluations.table)),
            Target(f"{says}, both tables as the product reports", 1 / 8, ratio(indexed, plain)),
        ]
    measured.show_targets(targets)


if __name__ == "__main__":
    main()

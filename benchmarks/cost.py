"""Measure the capacity units of reading everyone, with the covering index and without, on engines that count them.

    python -m benchmarks.cost

Dynoxide counts as DynamoDB does; dynalite is close, and faster on large tables. moto's figures are not real. npm installs
both engines into the system's temporary folder, without running their install scripts.
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

from benchmarks import reporting, server
from benchmarks.reporting import Target, ratio
from data import access_paths
from data.repository import Repository
from data.schema import TABLES, TableKey
from data.settings import Settings

PACKAGES = {"dynoxide": "@dynoxide/linux-x64@1.2.1", "dynalite": "dynalite@4.0.0"}
START_SECONDS = 20
_CLIENT_ARGUMENTS: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "benchmark",
    "aws_secret_access_key": "benchmark",
}


@dataclass(frozen=True)
class TableUnits:
    """Capacity units of a scan of one table and of its covering index, and the number of items that each returned."""

    table: float
    index: float
    items: int
    indexed_items: int


def install(engine: str) -> list[str]:
    """Install an engine with npm if necessary; return the command that starts it, to which a port must be appended."""
    folder = Path(tempfile.gettempdir()) / "bandup-benchmarks" / "engines" / PACKAGES[engine].replace("/", "-")
    if not folder.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise click.ClickException("npm is needed to install the engines.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent))
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([npm, "install", "--prefix", str(temporary), *options, PACKAGES[engine]], check=True)
        temporary.rename(folder)
    if engine == "dynoxide":
        return [str(folder / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"), "serve", "--port"]
    return ["node", str(folder / "node_modules" / "dynalite" / "cli.js"), "--host", "127.0.0.1", "--port"]


@contextmanager
def start_engine(engine: str) -> Iterator[Any]:
    """Start an engine without tables, in memory; yield a client for it."""
    port = server.free_port()
    process = subprocess.Popen([*install(engine), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", **_CLIENT_ARGUMENTS)
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


def load(client: Any, settings: Settings, items: int, indexes: str) -> None:  # noqa: ANN401 - a boto3 client
    """Write `items` items of the demo with `python -m bandup demo`."""
    command = [sys.executable, "-m", "bandup", "demo", f"--items={items}", f"--indexes={indexes}"]
    environment = {TABLES[key].variable: name for key, name in settings.names.items()}
    subprocess.run(
        [*command, "--endpoint", client.meta.endpoint_url],
        cwd=server.ROOT,
        env=server.clean_environment({**server.FAKE_AWS, **environment}),
        stderr=subprocess.DEVNULL,
        check=True,
    )


def scan(client: Any, table: str, index: str | None) -> tuple[float, int]:  # noqa: ANN401 - a boto3 client
    """Scan to the end; return the capacity units and the number of items."""
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


def measure(client: Any, items: int) -> tuple[dict[TableKey, TableUnits], float, float]:  # noqa: ANN401 - a boto3 client
    """Return both tables' units, and the units that the product reports for reading everyone, with indexes and without."""
    indexed = Settings(names={"evaluations": "evaluations", "flashcard_sets": "sets"}, demo=False)
    plain = Settings(names={"evaluations": "plain-evaluations", "flashcard_sets": "plain-sets"}, demo=False)
    load(client, indexed, items, "provisioned")
    load(client, plain, items, "none")
    by_table: dict[TableKey, TableUnits] = {}
    for key, table in TABLES.items():
        name = indexed.names[key]
        path = access_paths.all_items_path(access_paths.describe(table, client.describe_table(TableName=name)))
        if path.index is None:
            raise click.ClickException(f"{name} has no covering index: {path.why}")
        index_units, indexed_items = scan(client, name, path.index.name)
        table_units, table_items = scan(client, name, None)
        by_table[key] = TableUnits(table_units, index_units, table_items, indexed_items)
    reported = [
        Repository(client, settings, lambda: datetime.now(UTC)).all_items().cost.capacity_units
        for settings in (indexed, plain)
    ]
    return by_table, reported[0], reported[1]


@click.command()
@click.option("--items", default=10_000, show_default=True, help="Number of items, both tables together.")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(list(PACKAGES)),
    default=list(PACKAGES),
    help="Only this engine; may be repeated.",
)
def main(items: int, engines: Sequence[str]) -> None:
    """Measure the capacity units of reading everyone."""
    os.environ.pop("AWS_PROFILE", None)
    print(reporting.machine_info())
    targets = []
    for engine in engines:
        with start_engine(engine) as client:
            by_table, indexed, plain = measure(client, items)
        rows = [
            (TABLES[key].default_name, f"{units.items:,}", f"{units.table:,.1f}", f"{units.index:,.1f}")
            for key, units in by_table.items()
        ]
        rows.append(("both, as the product reads and reports it", "", f"{plain:,.1f}", f"{indexed:,.1f}"))
        columns = ("table", "items", "units, whole table", "units, covering index")
        reporting.print_table(f"{engine} ({PACKAGES[engine]}), {items:,} items of the demo", columns, rows)
        for key, units in by_table.items():
            if units.items != units.indexed_items:
                raise click.ClickException(f"{key}: the index gave {units.indexed_items} of {units.items} items")
        evaluations = by_table["evaluations"]
        label = f"{engine}: units, covering index ÷ whole table"
        targets += [
            Target(f"{label}, evaluations", 1 / 8, ratio(evaluations.index, evaluations.table)),
            Target(f"{label}, both tables as the product reports", 1 / 8, ratio(indexed, plain)),
        ]
    reporting.print_targets(targets)


if __name__ == "__main__":
    main()

"""Compare the product's read path with other methods of reading the same table, replayed on this machine.

    python -m benchmarks.reads

The table comes from `benchmarks.endpoint`, so that only the client's work is measured. Every run is a new process, and the
methods alternate. awswrangler is measured if its environment exists (see README.md).
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import click

from benchmarks import reporting, server
from benchmarks.generated_tables import LONG_HISTORY_USER, summary_names
from benchmarks.read_methods import ReadCase, ReadCost
from benchmarks.reporting import Target, format_seconds, ratio
from benchmarks.server import EndpointProcess
from data.schema import EVALUATIONS
from data.table_definitions import INDEX_SETS

WRANGLER_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"
"""The environment with `benchmarks/requirements.txt`: awswrangler needs an older pyarrow than the product."""

WARM_ITEMS = 200
STUDENT_READS = 50
"""Reads of one student per process: a single one is too short to measure."""

COVERING = next(index.name for index in INDEX_SETS["provisioned"]["evaluations"] if index.included is not None)
TABLE, INDEX, ALL_ATTRIBUTES = "table, projected", "covering index", "all attributes"
SOURCES = (TABLE, INDEX, ALL_ATTRIBUTES)
NO_CLIENT = ("no client + pyarrow", "no client + msgspec")
CPU_METHODS = ("boto3 resource", "boto3 client", "awswrangler", "ours", *NO_CLIENT, "only bytes")
AWSWRANGLER_THREADED = ("awswrangler 4 threads", "awswrangler 8 threads")
WALL_METHODS = ("boto3 resource", *AWSWRANGLER_THREADED, "ours")

Runs = Mapping[tuple[str, str], Sequence[ReadCost]]
"""The cost of each run, by source and method."""


class MethodFailed(click.ClickException):
    """A method ended with an error or did not read every item."""


def read_case(method: str, source: str, endpoint: EndpointProcess, warm_endpoint: EndpointProcess) -> ReadCase:
    """The case of one method and one source. The product finds the index by itself."""
    columns = () if source == ALL_ATTRIBUTES else summary_names(EVALUATIONS)
    index = COVERING if source == INDEX and method != "ours" else ""
    table = "evaluations" if source == INDEX else "evaluations-plain"
    return ReadCase(method, endpoint.address, warm_endpoint.address, table, columns, index)


def measure_case(case: ReadCase) -> ReadCost:
    """Measure one run in a new process. Raises MethodFailed."""
    python = str(WRANGLER_PYTHON) if case.method.startswith("awswrangler") else sys.executable
    process = subprocess.run(
        [python, "-m", "benchmarks.read_methods", json.dumps(asdict(case))],
        cwd=server.ROOT,
        env=server.clean_environment(server.FAKE_AWS),
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise MethodFailed(f"{case.method}:\n{process.stderr[-2000:]}")
    return ReadCost(**json.loads(process.stdout))


def available(methods: Iterable[str]) -> list[str]:
    """The methods that can be measured here."""
    return [method for method in methods if WRANGLER_PYTHON.exists() or not method.startswith("awswrangler")]


def compare(items: int, runs: int, delay: float, methods: Sequence[str], sources: Sequence[str]) -> Runs:
    """Measure every method on every source, alternating. Raises MethodFailed."""
    costs: dict[tuple[str, str], list[ReadCost]] = defaultdict(list)
    with (
        server.endpoint(items, delay, sets=False) as endpoint,
        server.endpoint(WARM_ITEMS, sets=False) as warm_endpoint,
    ):
        for run in range(runs):
            for source in sources:
                for method in available(methods):
                    cost = measure_case(read_case(method, source, endpoint, warm_endpoint))
                    if cost.rows != items:
                        raise MethodFailed(f"{method} read {cost.rows} of {items} items from {source}")
                    costs[source, method].append(cost)
                    cpu, wall = format_seconds(cost.cpu), format_seconds(cost.wall)
                    _log(f"run {run + 1} of {runs}, {source}, {method}: {cpu} CPU, {wall}")
    return costs


def measure_student(items: int, runs: int) -> Mapping[str, float]:
    """The median CPU seconds of reading one student's 200 items by index, by method."""
    cpu_seconds: dict[str, list[float]] = defaultdict(list)
    with server.endpoint(items) as endpoint, server.endpoint(WARM_ITEMS) as warm_endpoint:
        for _ in range(runs):
            for method in ("boto3 resource", "ours"):
                case = read_case(method, INDEX, endpoint, warm_endpoint)
                cost = measure_case(replace(case, user_id=LONG_HISTORY_USER, repeats=STUDENT_READS))
                if cost.rows != WARM_ITEMS:
                    raise MethodFailed(f"{method} read {cost.rows} of {WARM_ITEMS} items of the student")
                cpu_seconds[method].append(cost.cpu)
    return {method: median(seconds) for method, seconds in cpu_seconds.items()}


def print_runs(heading: str, costs: Runs, methods: Sequence[str], sources: Sequence[str]) -> None:
    """Print a table of medians: CPU and wall seconds, and peak memory."""
    rows = []
    for method in available(methods):
        cells = []
        for source in sources:
            runs = costs[source, method]
            cpu, wall, peak = (median(getattr(run, name) for run in runs) for name in ("cpu", "wall", "peak_mb"))
            cells.append(f"{cpu:.3f} s CPU, {wall:.2f} s, +{peak:.0f} MB")
        rows.append((method, *cells))
    reporting.print_table(heading, ("method", *sources), rows)


def cpu_targets(items: int, costs: Runs) -> list[Target]:
    """The targets for CPU and memory."""

    def cpu(source: str, *methods: str) -> float | None:
        """The lowest of these methods' medians."""
        medians = [median(run.cpu for run in costs[source, method]) for method in methods if (source, method) in costs]
        return min(medians, default=None)

    targets = [
        Target(f"{items:,}: CPU, ours ÷ {other}, {source}", limit, ratio(cpu(source, "ours"), cpu(source, other)))
        for source, limit in ((TABLE, 1 / 10), (INDEX, 1 / 15), (ALL_ATTRIBUTES, 1 / 5))
        for other in ("boto3 resource", "awswrangler")
    ]
    targets += [
        Target(
            f"{items:,}: CPU, ours ÷ no client, {source}",
            1.5,
            ratio(cpu(source, "ours"), cpu(source, *NO_CLIENT)),
        )
        for source in SOURCES
    ]
    targets += [
        Target(
            f"{items:,}: peak memory of ours, MB, {source}", 60, median(run.peak_mb for run in costs[source, "ours"])
        )
        for source in (TABLE, INDEX)
    ]
    return targets


def wall_targets(items: int, delay: float, costs: Runs) -> list[Target]:
    """The targets for wall time on a slow network."""

    def wall(source: str, *methods: str) -> float | None:
        medians = [median(run.wall for run in costs[source, method]) for method in methods if (source, method) in costs]
        return min(medians, default=None)

    label = f"{items:,}, {delay * 1000:g} ms per request: wall time, ours ÷"
    return [
        Target(f"{label} boto3 resource, {TABLE}", 1 / 8, ratio(wall(TABLE, "ours"), wall(TABLE, "boto3 resource"))),
        Target(f"{label} boto3 resource, {INDEX}", 1 / 20, ratio(wall(INDEX, "ours"), wall(INDEX, "boto3 resource"))),
        Target(
            f"{label} fastest awswrangler, {TABLE}",
            1 / 3,
            ratio(wall(TABLE, "ours"), wall(TABLE, *AWSWRANGLER_THREADED)),
        ),
        Target(
            f"{label} fastest awswrangler, {INDEX}",
            1 / 3,
            ratio(wall(INDEX, "ours"), wall(INDEX, *AWSWRANGLER_THREADED)),
        ),
    ]


def _log(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@click.option(
    "--items",
    "sizes",
    multiple=True,
    type=int,
    default=(20_000, 100_000),
    show_default=True,
    help="Number of evaluations; may be repeated.",
)
@click.option(
    "--runs",
    default=5,
    show_default=True,
    type=click.IntRange(min=1),
    help="Runs of each method; their median is reported.",
)
@click.option("--delay", default=0.05, show_default=True, help="Seconds added to every request in the part `wall`.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["cpu", "wall", "student"]),
    default=("cpu", "wall", "student"),
    help="Only this part; may be repeated.",
)
def main(sizes: Sequence[int], runs: int, delay: float, parts: Sequence[str]) -> None:
    """Compare the read path with boto3, awswrangler and the lower limit."""
    print(reporting.machine_info())
    if not WRANGLER_PYTHON.exists():
        _log("awswrangler is not measured: benchmarks/README.md says how to install it.")
    targets = []
    for items in sizes if "cpu" in parts else ():
        costs = compare(items, runs, 0, CPU_METHODS, SOURCES)
        print_runs(f"{items:,} evaluations, medians of {runs}", costs, CPU_METHODS, SOURCES)
        targets += cpu_targets(items, costs)
    if "wall" in parts:
        costs = compare(max(sizes), runs, delay, WALL_METHODS, (TABLE, INDEX))
        heading = f"{max(sizes):,} evaluations, {delay * 1000:g} ms per request, medians of {runs}"
        print_runs(heading, costs, WALL_METHODS, (TABLE, INDEX))
        targets += wall_targets(max(sizes), delay, costs)
    if "student" in parts:
        by_method = measure_student(max(sizes), runs)
        rows = [(method, format_seconds(cpu)) for method, cpu in by_method.items()]
        reporting.print_table(f"One student’s {WARM_ITEMS} items by index, CPU", ("method", "CPU"), rows)
        label = "CPU, ours ÷ boto3 resource, one student’s 200 items by index"
        targets.append(Target(label, 1 / 3, ratio(by_method["ours"], by_method["boto3 resource"])))
    reporting.print_targets(targets)


if __name__ == "__main__":
    main()

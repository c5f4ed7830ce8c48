"""The product's read path against other ways to read the same table, replayed on this machine.

    python -m benchmarks.reads

The table comes from `benchmarks.endpoint`, so that the client's work is what is measured. Every run of every way is a
process of its own; the ways take turns. awswrangler is measured where its environment is there (see README.md).
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

import click

from benchmarks import measured, server
from benchmarks.measured import Target, ratio, seconds
from benchmarks.replayed import LONG_HISTORY_USER, light_names
from benchmarks.server import Endpoint
from benchmarks.ways import Case, Taken
from data.provision import INDEX_SETS
from data.schema import EVALUATIONS

WRANGLER_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"
"""Where `benchmarks/requirements.txt` is installed: awswrangler wants an older pyarrow than the product has."""

WARM_ITEMS = 200
STUDENT_READS = 50
"""One student's read is too short to be measured: a process reads so many times."""

COVERING = next(index.name for index in INDEX_SETS["provisioned"]["evaluations"] if index.included is not None)
TABLE, INDEX, WHOLE = "table, projected", "covering index", "all attributes"
SOURCES = (TABLE, INDEX, WHOLE)
NO_CLIENT = ("no client + pyarrow", "no client + msgspec")
CPU_WAYS = ("boto3 resource", "boto3 client", "awswrangler", "ours", *NO_CLIENT, "only bytes")
THREADED = ("awswrangler 4 threads", "awswrangler 8 threads")
WALL_WAYS = ("boto3 resource", *THREADED, "ours")

Runs = Mapping[tuple[str, str], Sequence[Taken]]
"""By source and way: what each run took."""


class Failed(click.ClickException):
    """A way ended with an error."""


def case(way: str, source: str, endpoint: Endpoint, warm: Endpoint) -> Case:
    """One way to read one source. The product finds the index by itself."""
    columns = () if source == WHOLE else light_names(EVALUATIONS)
    index = COVERING if source == INDEX and way != "ours" else ""
    table = "evaluations" if source == INDEX else "evaluations-plain"
    return Case(way, endpoint.address, warm.address, table, columns, index)


def taken(asked: Case) -> Taken:
    """What one run took, in a fresh process. Raises Failed."""
    python = str(WRANGLER_PYTHON) if asked.way.startswith("awswrangler") else sys.executable
    done = subprocess.run(
        [python, "-m", "benchmarks.ways", json.dumps(asdict(asked))],
        cwd=server.ROOT,
        env=server.clean_environment(server.NOBODY),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{asked.way}:\n{done.stderr[-2000:]}")
    return Taken(**json.loads(done.stdout))


def present(ways: Iterable[str]) -> list[str]:
    """The ways that can be measured here."""
    return [way for way in ways if WRANGLER_PYTHON.exists() or not way.startswith("awswrangler")]


def compared(items: int, runs: int, delay: float, ways: Sequence[str], sources: Sequence[str]) -> Runs:
    """Every way on every source, taking turns. Raises Failed where one did not read every item."""
    found: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    with server.endpoint(items, delay, sets=False) as endpoint, server.endpoint(WARM_ITEMS, sets=False) as warm:
        for run in range(runs):
            for source in sources:
                for way in present(ways):
                    one = taken(case(way, source, endpoint, warm))
                    if one.rows != items:
                        raise Failed(f"{way} read {one.rows} of {items} items from {source}")
                    found[source, way].append(one)
                    _tell(f"run {run + 1} of {runs}, {source}, {way}: {seconds(one.cpu)} CPU, {seconds(one.wall)}")
    return found


def student(items: int, runs: int) -> Mapping[str, float]:
    """CPU seconds of reading one student's 200 items by index, by way: medians."""
    found: dict[str, list[float]] = defaultdict(list)
    with server.endpoint(items) as endpoint, server.endpoint(WARM_ITEMS) as warm:
        for _ in range(runs):
            for way in ("boto3 resource", "ours"):
                asked = asdict(case(way, INDEX, endpoint, warm))
                one = taken(Case(**{**asked, "user_id": LONG_HISTORY_USER, "times": STUDENT_READS}))
                if one.rows != WARM_ITEMS:
                    raise Failed(f"{way} read {one.rows} of {WARM_ITEMS} items of the student")
                found[way].append(one.cpu)
    return {way: median(each) for way, each in found.items()}


def show_runs(heading: str, found: Runs, ways: Sequence[str], sources: Sequence[str]) -> None:
    """A table of medians: CPU and wall seconds, and the peak of memory."""
    rows = []
    for way in present(ways):
        cells = []
        for source in sources:
            runs = found[source, way]
            cpu, wall, peak = (median(getattr(run, name) for run in runs) for name in ("cpu", "wall", "peak_mb"))
            cells.append(f"{cpu:.3f} s CPU, {wall:.2f} s, +{peak:.0f} MB")
        rows.append((way, *cells))
    measured.show(heading, ("way", *sources), rows)


def cpu_targets(items: int, found: Runs) -> list[Target]:
    """The targets of CPU and memory."""

    def cpu(source: str, *ways: str) -> float | None:
        """The least of these ways' medians."""
        medians = [median(run.cpu for run in found[source, way]) for way in ways if (source, way) in found]
        return min(medians, default=None)

    targets = [
        Target(f"{items:,}: CPU of ours by {other}, {source}", at_most, ratio(cpu(source, "ours"), cpu(source, other)))
        for source, at_most in ((TABLE, 1 / 10), (INDEX, 1 / 15), (WHOLE, 1 / 5))
        for other in ("boto3 resource", "awswrangler")
    ]
    targets += [
        Target(
            f"{items:,}: CPU of ours by no client at all, {source}",
            1.5,
            ratio(cpu(source, "ours"), cpu(source, *NO_CLIENT)),
        )
        for source in SOURCES
    ]
    targets += [
        Target(f"{items:,}: MB over base of ours, {source}", 60, median(run.peak_mb for run in found[source, "ours"]))
        for source in (TABLE, INDEX)
    ]
    return targets


def wall_targets(items: int, delay: float, found: Runs) -> list[Target]:
    """The targets of wall time with a slow network."""

    def wall(source: str, *ways: str) -> float | None:
        medians = [median(run.wall for run in found[source, way]) for way in ways if (source, way) in found]
        return min(medians, default=None)

    slow = f"{items:,}, {delay * 1000:g} ms a request: wall of ours by"
    return [
        Target(f"{slow} boto3 resource, {TABLE}", 1 / 8, ratio(wall(TABLE, "ours"), wall(TABLE, "boto3 resource"))),
        Target(f"{slow} boto3 resource, {INDEX}", 1 / 20, ratio(wall(INDEX, "ours"), wall(INDEX, "boto3 resource"))),
        Target(f"{slow} awswrangler’s best, {TABLE}", 1 / 3, ratio(wall(TABLE, "ours"), wall(TABLE, *THREADED))),
        Target(f"{slow} awswrangler’s best, {INDEX}", 1 / 3, ratio(wall(INDEX, "ours"), wall(INDEX, *THREADED))),
    ]


def _tell(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@click.option("--items", "sizes", multiple=True, type=int, default=(20_000, 100_000), show_default=True)
@click.option("--runs", default=5, show_default=True, type=click.IntRange(min=1), help="The median of so many counts.")
@click.option("--delay", default=0.05, show_default=True, help="Seconds a request waits in the part `wall`.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["cpu", "wall", "student"]),
    default=("cpu", "wall", "student"),
    help="Only this part; may be given more than once.",
)
def main(sizes: Sequence[int], runs: int, delay: float, parts: Sequence[str]) -> None:
    """Measure the read path against boto3, awswrangler and the limit."""
    print(measured.machine())
    if not WRANGLER_PYTHON.exists():
        _tell("awswrangler is left out: see benchmarks/README.md for how to install it.")
    targets = []
    for items in sizes if "cpu" in parts else ():
        found = compared(items, runs, 0, CPU_WAYS, SOURCES)
        show_runs(f"{items:,} evaluations, medians of {runs}", found, CPU_WAYS, SOURCES)
        targets += cpu_targets(items, found)
    if "wall" in parts:
        found = compared(max(sizes), runs, delay, WALL_WAYS, (TABLE, INDEX))
        heading = f"{max(sizes):,} evaluations, {delay * 1000:g} ms a request, medians of {runs}"
        show_runs(heading, found, WALL_WAYS, (TABLE, INDEX))
        targets += wall_targets(max(sizes), delay, found)
    if "student" in parts:
        by_way = student(max(sizes), runs)
        rows = [(way, seconds(cpu)) for way, cpu in by_way.items()]
        measured.show(f"One student’s {WARM_ITEMS} items by index, CPU", ("way", "CPU"), rows)
        says = "CPU of ours by boto3 resource, one student’s 200 items by index"
        targets.append(Target(says, 1 / 3, ratio(by_way["ours"], by_way["boto3 resource"])))
    measured.show_targets(targets)


if __name__ == "__main__":
    main()

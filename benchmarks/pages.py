"""How long the first run and a rerun of every page take, on a real server over its websocket, as the tables grow.

    python -m benchmarks.pages

Beside them, in the same run and taking turns: a rerun of an empty script, with and without Streamlit's garbage collection
after every script, and of the page as tutorials write it (`benchmarks/apps`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import click

from benchmarks import measured, replayed, server
from benchmarks.measured import Target, ratio, seconds
from benchmarks.replayed import LONG_HISTORY_USER
from benchmarks.visitor import Run, Visitor

APPS = Path(__file__).parent / "apps"
EMPTY, EMPTY_COLLECTED, TUTORIAL = "empty script", "empty script, collected", "as tutorials write it"
STUDENTS, STUDENT, EVALUATION, FLASHCARDS, JOBS, TABLES = (
    "/",
    "/student",
    "/evaluation",
    "/flashcards",
    "/jobs",
    "/tables",
)
BY_ADDRESS = (STUDENT, EVALUATION)
"""Pages that read only what they show: opened first, before anything else was read."""

PAGES = (*BY_ADDRESS, STUDENTS, FLASHCARDS, JOBS, TABLES)
RERUNS_AT_A_TURN = 3
NO_REFRESH = {"DASHBOARD_REFRESH_SECONDS": "86400", "DASHBOARD_JOBS_REFRESH_SECONDS": "86400"}
"""What is measured is a rerun, not whether a background read takes turns with it."""

COLLECTION, NO_COLLECTION = "--runner.postScriptGC=true", "--runner.postScriptGC=false"


@dataclass
class Opened:
    """One page: its first run, its reruns (seconds each) and the scans that were sent until its first run was done."""

    first: Run
    scans: int
    reruns: list[float] = field(default_factory=list)
    rerun_bytes: int = 0


def paths(items: int) -> Mapping[str, str]:
    """The address of every page below the server's, for tables of this size."""
    evaluations = replayed.tables(items)["evaluations"]
    at = evaluations.index.partition(LONG_HISTORY_USER)[0]
    one = {"evaluation_id": evaluations.index.keys[at][0], "user_id": LONG_HISTORY_USER}
    addresses = {
        STUDENT: f"student?{urlencode({'user_id': LONG_HISTORY_USER})}",
        EVALUATION: f"evaluation?{urlencode(one)}",
        STUDENTS: "",
    }
    return {page: addresses.get(page, page.strip("/")) for page in PAGES}


def opened(items: int, rounds: int) -> dict[str, Opened]:
    """Every page on tables of this size, and what it is compared with; all take turns."""
    found: dict[str, Opened] = {}
    with ExitStack() as stack:
        endpoint = stack.enter_context(server.endpoint(items))
        indexed, plain = endpoint.environment(), endpoint.environment(indexed=False)

        def visit(name: str, started: server.Streamlit, path: str) -> Visitor:
            visitor = stack.enter_context(Visitor(started.address, path))
            before = endpoint.counts().get("Scan", 0)
            found[name] = Opened(visitor.run(), endpoint.counts().get("Scan", 0) - before)
            _tell(f"{items:,}, {name}: first run {seconds(found[name].first.seconds)}")
            return visitor

        dashboard = stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", {**indexed, **NO_REFRESH}))
        visitors = {page: visit(page, dashboard, path) for page, path in paths(items).items()}
        for name, script, options in (
            (EMPTY, "empty.py", (NO_COLLECTION,)),
            (EMPTY_COLLECTED, "empty.py", (COLLECTION,)),
            (TUTORIAL, "tutorial.py", (COLLECTION,)),
        ):
            started = stack.enter_context(server.streamlit(APPS / script, plain, options))
            visitors[name] = visit(name, started, "")
        for _ in range(rounds):
            for name, visitor in visitors.items():
                runs = [visitor.run() for _ in range(1 if name == TUTORIAL else RERUNS_AT_A_TURN)]
                found[name].reruns += [run.seconds for run in runs]
                found[name].rerun_bytes = runs[-1].received_bytes
    return found


def targets(by_size: Mapping[int, Mapping[str, Opened]]) -> list[Target]:
    """What a rerun may take at the largest size."""
    reruns = {size: {name: median(each.reruns) for name, each in found.items()} for size, found in by_size.items()}
    least, most = min(reruns), max(reruns)
    empty = median(rerun for found in by_size.values() for rerun in found[EMPTY].reruns)
    wanted = []
    for page in (STUDENTS, JOBS):
        at_most = reruns[most][page]
        grown = ratio(at_most, reruns[least][page]) if least != most else None
        tutorial = ratio(at_most, reruns[most][TUTORIAL])
        wanted += [
            Target(f"rerun of {page} at {most:,} by an {EMPTY}’s", 10, ratio(at_most, empty)),
            Target(f"rerun of {page} at {most:,} by its own at {least:,}", 1.5, grown),
            Target(f"rerun of {page} at {most:,} by that of the page {TUTORIAL}", 1 / 20, tutorial),
        ]
    wanted.append(Target(f"scans for {STUDENT} by address at {most:,}", 0, by_size[most][STUDENT].scans))
    return wanted


def show(by_size: Mapping[int, Mapping[str, Opened]]) -> None:
    """Tables of first runs and of reruns."""
    sizes = sorted(by_size)
    names = list(by_size[sizes[0]])
    columns = ("page", *(f"{size:,}" for size in sizes))
    first = [(name, *(seconds(by_size[size][name].first.seconds) for size in sizes)) for name in names]
    measured.show("First run, in this order (the first page that needs everyone waits for the read)", columns, first)
    reruns: dict[str, list[str]] = defaultdict(list)
    for size in sizes:
        for name, page in by_size[size].items():
            reruns[name].append(f"{seconds(median(page.reruns))}, {page.rerun_bytes / 1e3:,.0f} kB")
    measured.show("Rerun, median, and bytes sent to the browser", columns, [(name, *reruns[name]) for name in names])


def _tell(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@click.option("--items", "sizes", multiple=True, type=int, default=(1_000, 10_000, 100_000), show_default=True)
@click.option("--rounds", default=7, show_default=True, help=f"Turns of {RERUNS_AT_A_TURN} reruns (tutorial: 1) each.")
def main(sizes: Sequence[int], rounds: int) -> None:
    """Measure first runs and reruns of every page."""
    print(measured.machine())
    by_size = {size: opened(size, rounds) for size in sizes}
    show(by_size)
    measured.show_targets(targets(by_size))


if __name__ == "__main__":
    main()

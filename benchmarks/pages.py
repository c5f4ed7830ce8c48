"""Measure the first run and a rerun of every page, over the websocket of a real server, as the tables grow.

    python -m benchmarks.pages

For comparison the same run measures, in turns, a rerun of an empty script, with and without Streamlit's garbage collection
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

from benchmarks import generated_tables, reporting, server
from benchmarks.generated_tables import LONG_HISTORY_USER
from benchmarks.reporting import Target, format_seconds, ratio
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
"""Pages that read only what they show. They are opened first, before anything else is read."""

PAGES = (*BY_ADDRESS, STUDENTS, FLASHCARDS, JOBS, TABLES)
RERUNS_PER_ROUND = 3
NO_REFRESH = {"DASHBOARD_REFRESH_SECONDS": "86400", "DASHBOARD_JOBS_REFRESH_SECONDS": "86400"}
"""No background read runs while a rerun is measured."""

COLLECTION, NO_COLLECTION = "--runner.postScriptGC=true", "--runner.postScriptGC=false"


@dataclass
class PageTiming:
    """One page: its first run, the scans sent until that was done, and its reruns (seconds each, bytes of the last one)."""

    first: Run
    scans: int
    reruns: list[float] = field(default_factory=list)
    rerun_bytes: int = 0


def page_paths(items: int) -> Mapping[str, str]:
    """The path of every page, with ids that tables of this size hold."""
    evaluations = generated_tables.tables(items)["evaluations"]
    position = evaluations.index.partition(LONG_HISTORY_USER)[0]
    evaluation = {"evaluation_id": evaluations.index.keys[position][0], "user_id": LONG_HISTORY_USER}
    paths = {
        STUDENT: f"student?{urlencode({'user_id': LONG_HISTORY_USER})}",
        EVALUATION: f"evaluation?{urlencode(evaluation)}",
        STUDENTS: "",
    }
    return {page: paths.get(page, page.strip("/")) for page in PAGES}


def measure(items: int, rounds: int) -> dict[str, PageTiming]:
    """Measure every page on tables of this size, and the scripts for comparison, in turns."""
    timings: dict[str, PageTiming] = {}
    with ExitStack() as stack:
        endpoint = stack.enter_context(server.endpoint(items))
        indexed, plain = endpoint.environment(), endpoint.environment(indexed=False)

        def visit(name: str, running: server.StreamlitProcess, path: str) -> Visitor:
            visitor = stack.enter_context(Visitor(running.address, path))
            before = endpoint.counts().get("Scan", 0)
            timings[name] = PageTiming(visitor.run(), endpoint.counts().get("Scan", 0) - before)
            _log(f"{items:,}, {name}: first run {format_seconds(timings[name].first.seconds)}")
            return visitor

        dashboard = stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", {**indexed, **NO_REFRESH}))
        visitors = {page: visit(page, dashboard, path) for page, path in page_paths(items).items()}
        for name, script, options in (
            (EMPTY, "empty.py", (NO_COLLECTION,)),
            (EMPTY_COLLECTED, "empty.py", (COLLECTION,)),
            (TUTORIAL, "tutorial.py", (COLLECTION,)),
        ):
            running = stack.enter_context(server.streamlit(APPS / script, plain, options))
            visitors[name] = visit(name, running, "")
        for _ in range(rounds):
            for name, visitor in visitors.items():
                runs = [visitor.run() for _ in range(1 if name == TUTORIAL else RERUNS_PER_ROUND)]
                timings[name].reruns += [run.seconds for run in runs]
                timings[name].rerun_bytes = runs[-1].received_bytes
    return timings


def targets(by_size: Mapping[int, Mapping[str, PageTiming]]) -> list[Target]:
    """The targets for a rerun at the largest size."""
    medians = {size: {name: median(page.reruns) for name, page in timings.items()} for size, timings in by_size.items()}
    smallest, largest = min(medians), max(medians)
    empty = median(rerun for timings in by_size.values() for rerun in timings[EMPTY].reruns)
    results = []
    for page in (STUDENTS, JOBS):
        rerun = medians[largest][page]
        growth = ratio(rerun, medians[smallest][page]) if smallest != largest else None
        label = f"rerun of {page} at {largest:,} ÷"
        results += [
            Target(f"{label} {EMPTY}", 10, ratio(rerun, empty)),
            Target(f"{label} the same at {smallest:,}", 1.5, growth),
            Target(f"{label} the page {TUTORIAL}", 1 / 20, ratio(rerun, medians[largest][TUTORIAL])),
        ]
    results.append(Target(f"scans for {STUDENT} by address at {largest:,}", 0, by_size[largest][STUDENT].scans))
    return results


def show(by_size: Mapping[int, Mapping[str, PageTiming]]) -> None:
    """Print the tables of first runs and of reruns."""
    sizes = sorted(by_size)
    names = list(by_size[sizes[0]])
    columns = ("page", *(f"{size:,}" for size in sizes))
    first = [(name, *(format_seconds(by_size[size][name].first.seconds) for size in sizes)) for name in names]
    reporting.print_table(
        "First run, in this order (the first page that needs everyone waits for the read)", columns, first
    )
    reruns: dict[str, list[str]] = defaultdict(list)
    for size in sizes:
        for name, page in by_size[size].items():
            reruns[name].append(f"{format_seconds(median(page.reruns))}, {page.rerun_bytes / 1e3:,.0f} kB")
    reporting.print_table(
        "Rerun, median, and bytes sent to the browser", columns, [(name, *reruns[name]) for name in names]
    )


def _log(text: str) -> None:
    click.echo(text, err=True)


@click.command()
@click.option(
    "--items",
    "sizes",
    multiple=True,
    type=int,
    default=(1_000, 10_000, 100_000),
    show_default=True,
    help="Number of evaluations; may be repeated.",
)
@click.option(
    "--rounds", default=7, show_default=True, help=f"Rounds of {RERUNS_PER_ROUND} reruns of every page (tutorial: 1)."
)
def main(sizes: Sequence[int], rounds: int) -> None:
    """Measure the first run and reruns of every page."""
    print(reporting.machine_info())
    by_size = {size: measure(size, rounds) for size in sizes}
    show(by_size)
    reporting.print_targets(targets(by_size))


if __name__ == "__main__":
    main()

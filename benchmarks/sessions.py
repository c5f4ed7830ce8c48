"""Measure the memory of the dashboard's server while 1, 10 and 50 sessions have the Students page open.

    python -m benchmarks.sessions

Each session is a websocket that opens the page and reruns it once, as a first click does. All sessions stay open.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import reporting, server
from benchmarks.reporting import Target, ratio
from benchmarks.visitor import Visitor

SETTLE_SECONDS = 3.0
"""Wait after the last run, so that late garbage collections are done."""


@dataclass(frozen=True)
class Memory:
    """The memory of one process, MB: resident set size, and proportional set size (shared pages counted by share)."""

    rss: float
    pss: float


def process_memory(pid: int) -> Memory:
    """The memory of a process now."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return Memory(sizes["Rss"], sizes["Pss"])


@click.command()
@click.option("--items", default=100_000, show_default=True, help="Number of evaluations.")
@click.option(
    "--sessions",
    "steps",
    multiple=True,
    type=int,
    default=(1, 10, 50),
    show_default=True,
    help="Number of sessions; may be repeated.",
)
@click.option("--path", default="", help="The page, relative to the server's address.  [default: Students]")
def main(items: int, steps: Sequence[int], path: str) -> None:
    """Measure the server's memory as the number of sessions grows."""
    print(reporting.machine_info())
    by_sessions: dict[int, Memory] = {}
    with ExitStack() as stack:
        endpoint = stack.enter_context(server.endpoint(items))
        dashboard = stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()))
        empty = process_memory(dashboard.pid)
        visitors: list[Visitor] = []
        for sessions in sorted(steps):
            while len(visitors) < sessions:
                visitors.append(stack.enter_context(Visitor(dashboard.address, path)))
                visitors[-1].run()
                visitors[-1].run()
            time.sleep(SETTLE_SECONDS)
            by_sessions[sessions] = process_memory(dashboard.pid)
            click.echo(f"{sessions} sessions: {by_sessions[sessions].rss:.0f} MB", err=True)
    rows = [("none, nothing read", f"{empty.rss:.0f}", f"{empty.pss:.0f}")]
    rows += [(str(sessions), f"{used.rss:.0f}", f"{used.pss:.0f}") for sessions, used in by_sessions.items()]
    reporting.print_table(f"Memory of the server, MB, {items:,} evaluations", ("sessions", "RSS", "PSS"), rows)
    fewest, most = min(by_sessions), max(by_sessions)
    first, last = by_sessions[fewest], by_sessions[most]
    reporting.print_targets(
        [
            Target(f"RSS of {most} sessions ÷ of {fewest}", 1.5, ratio(last.rss, first.rss)),
            Target(f"PSS of {most} sessions ÷ of {fewest}", 1.5, ratio(last.pss, first.pss)),
        ]
    )


if __name__ == "__main__":
    main()

"""Memory of the dashboard's server as more and more people have the Students page open, on 100,000 evaluations.

    python -m benchmarks.sessions

Each session is a websocket that opens the page and runs it again once, as after a first click; all stay open.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import measured, server
from benchmarks.measured import Target, ratio
from benchmarks.visitor import Visitor

SETTLE_SECONDS = 3.0
"""After the last session's last run: late garbage collections are done."""


@dataclass(frozen=True)
class Memory:
    """Of one process, MB: resident, and proportional (shared pages count by share)."""

    rss: float
    pss: float


def memory(pid: int) -> Memory:
    """What a process holds now."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return Memory(found["Rss"], found["Pss"])


@click.command()
@click.option("--items", default=100_000, show_default=True, help="Evaluations.")
@click.option("--sessions", "steps", multiple=True, type=int, default=(1, 10, 50), show_default=True)
@click.option("--path", default="", help="The page, below the server's address.  [default: Students]")
def main(items: int, steps: Sequence[int], path: str) -> None:
    """Measure the server's memory with 1, 10 and 50 sessions."""
    print(measured.machine())
    found: dict[int, Memory] = {}
    with ExitStack() as stack:
        endpoint = stack.enter_context(server.endpoint(items))
        dashboard = stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()))
        empty = memory(dashboard.pid)
        visitors: list[Visitor] = []
        for sessions in sorted(steps):
            while len(visitors) < sessions:
                visitors.append(stack.enter_context(Visitor(dashboard.address, path)))
                visitors[-1].run()
                visitors[-1].run()
            time.sleep(SETTLE_SECONDS)
            found[sessions] = memory(dashboard.pid)
            click.echo(f"{sessions} sessions: {found[sessions].rss:.0f} MB", err=True)
    rows = [("none, nothing read", f"{empty.rss:.0f}", f"{empty.pss:.0f}")]
    rows += [(str(sessions), f"{each.rss:.0f}", f"{each.pss:.0f}") for sessions, each in found.items()]
    measured.show(f"Memory of the server, MB, {items:,} evaluations", ("sessions", "RSS", "PSS"), rows)
    least, most = found[min(found)], found[max(found)]
    says = f"of {max(found)} sessions by that of {min(found)}"
    measured.show_targets(
        [
            Target(f"RSS {says}", 1.5, ratio(most.rss, least.rss)),
            Target(f"PSS {says}", 1.5, ratio(most.pss, least.pss)),
        ]
    )


if __name__ == "__main__":
    main()

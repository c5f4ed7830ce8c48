"""Simulate many users at once; measure failures, the time of a click, the growth of memory and the open files of the server.

    python -m benchmarks.load
    python -m benchmarks.load --minutes 10 --worst    # endurance

Every session opens pages, students and attempts, filters, pages through tables, changes targets, compares, studies
flashcards and looks at jobs, and after some clicks closes its tab and opens another. Each has its own random pace and ids,
from a fixed seed. With `--worst`, the worst items of 400 kB are stored among the others, and sessions open every page of
them. Failures are an exception box, an error on a page, a refused chunk of a table and a disconnected session.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from random import Random
from statistics import median, quantiles
from threading import Event, Lock, Thread
from urllib.parse import urlencode

import click
from websockets.exceptions import WebSocketException

from benchmarks import generated_tables, reporting, server
from benchmarks.reporting import Target, format_seconds, ratio
from benchmarks.sessions import Memory, process_memory
from benchmarks.visitor import PageFailed, Run, Visitor
from data.paging import MAX_SEGMENTS
from tests import worst_items

THINK_TIME_SECONDS = (2.0, 8.0)
"""The shortest and the longest time that a user looks at a page before the next click."""
SAMPLE_INTERVAL_SECONDS = 1.0
"""Between two samples of the server's memory."""
MIN_DURATION_SECONDS = 120.0
"""Growth is not measured in a shorter run."""
STEADY_AFTER_SECONDS = 120.0
"""Time after which memory should hardly grow; in a run of less than four minutes, half of the run."""
CLICKS_OF_A_TAB = (20, 60)
"""The fewest and the most clicks in one tab. The next tab is another session of the server."""
WINDOW_SECONDS = 30.0
"""The memory at a time is the median over this window around it. In this time all items are read once, and the read itself
holds some 100 MB more."""
MAX_GROWTH = 1.1
MAX_CONNECTIONS = 2 * MAX_SEGMENTS
"""The server's connections to DynamoDB at once (`data/connection.py`)."""
FILES_OF_A_SESSION, FILES_OF_A_CLOSED_SESSION = 4, 3
"""Open files: the websocket, and the three of the event loop that Streamlit makes for each session. Streamlit keeps a session
for two minutes after its tab was closed, so that it can reconnect."""
MAX_CLOSED_SESSIONS = 128
"""Closed sessions that Streamlit keeps at most (`MemorySessionStorage`)."""
SEED = 20_260_214
ID_SAMPLE_SIZE = 3_000
"""Number of evaluations, and of sets, that sessions open by their address, like links from a colleague."""


@dataclass
class LoadResult:
    """The result of all sessions. `runs`: seconds of each run, by action; `failures`: how often each failure occurred."""

    runs: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def add_run(self, action: str, run: Run) -> None:
        """Record a successful run."""
        with self.lock:
            self.runs.setdefault(action, []).append(run.seconds)

    def add_failure(self, action: str, error: Exception) -> None:
        """Record a failure."""
        with self.lock:
            self.failures[f"{action}: {type(error).__name__}: {error}"[:300]] += 1

    @property
    def all_runs(self) -> list[float]:
        """Seconds of every run."""
        return [duration for durations in self.runs.values() for duration in durations]


@dataclass(frozen=True)
class Ids:
    """Items that sessions open. `evaluations`, `sets`: `(evaluation_id, user_id)` and `(set_id, user_id)`."""

    evaluations: Sequence[tuple[str, str]]
    sets: Sequence[tuple[str, str]]
    worst: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The addresses of the worst items, by what is opened."""


class SimulatedUser:
    """One session: chooses a random action on the open page."""

    def __init__(self, visitor: Visitor, ids: Ids, rng: Random) -> None:
        self._visitor = visitor
        self._ids = ids
        self._rng = rng

    def next_action(self) -> tuple[str, Callable[[], Run]]:
        """The name of the next action, and the action."""
        visitor = self._visitor
        actions = [
            ("Students", lambda: visitor.go("")),
            ("Jobs", lambda: visitor.go("jobs")),
            ("Tables", lambda: visitor.go("tables")),
            ("Flashcards", lambda: visitor.go("flashcards")),
            *[("an evaluation", self._evaluation)] * 3,
            *[("a set", self._set)] * 2,
            *[("two students", self._two_students)] * 2,
            *[("rerun", visitor.run)] * 2,
        ]
        actions += [(f"worst items: {what}", partial(self._worst, what)) for what in self._ids.worst]
        page_actions = self._page_actions()
        return self._rng.choice(page_actions if page_actions and self._rng.random() < 0.7 else actions)

    def _page_actions(self) -> list[tuple[str, Callable[[], Run]]]:
        """The actions that the open page offers."""
        rng, visitor = self._rng, self._visitor
        choices: dict[str, Callable[[], str | list[str] | bool]] = {
            "target": lambda: f"{rng.randrange(8, 19) / 2:.1f}",
            "skill": lambda: [rng.choice(("writing", "speaking"))],
            "period": lambda: [rng.choice(("7d", "30d", "all"))],
            "window": lambda: [rng.choice(("24h", "7d", "30d", "all"))],
            "search": lambda: rng.choice(("learner-00", "7", "")),
            "find": lambda: rng.choice(("timeout", "learner-0000", "")),
            "broken": lambda: rng.random() < 0.5,
            "view": lambda: [rng.choice(("Read", "Study"))],
            "card_search": lambda: rng.choice(("the", "")),
            "raw": lambda: rng.random() < 0.5,
        }
        buttons = ("state_failed", "state_stuck", "turn", "known", "again")
        keys = visitor.keys
        actions: list[tuple[str, Callable[[], Run]]] = []
        actions += [(key, partial(visitor.use, key, choose())) for key, choose in choices.items() if key in keys]
        actions += [(key, partial(visitor.use, key)) for key in buttons if key in keys]
        actions += [(f"a row of {key}", partial(visitor.open, key)) for key in visitor.tables]
        # a link is as probable as everything else together
        links = visitor.links
        return actions + [("a link", partial(visitor.go, rng.choice(links))) for _ in actions or links if links]

    def scroll(self) -> None:
        """Scroll each long table on the page to a random row."""
        for key, rows in self._visitor.tables.items():
            if rows:
                self._visitor.scroll(key, self._rng.randrange(rows))

    def _evaluation(self) -> Run:
        evaluation_id, user_id = self._rng.choice(self._ids.evaluations)
        return self._visitor.go(f"evaluation?{urlencode({'evaluation_id': evaluation_id, 'user_id': user_id})}")

    def _set(self) -> Run:
        set_id, user_id = self._rng.choice(self._ids.sets)
        return self._visitor.go(f"flashcards?{urlencode({'set_id': set_id, 'user_id': user_id})}")

    def _worst(self, what: str) -> Run:
        return self._visitor.go(self._rng.choice(self._ids.worst[what]))

    def _two_students(self) -> Run:
        users = [user_id for _, user_id in self._rng.sample(self._ids.evaluations, 2)]
        return self._visitor.go(f"compare?{urlencode({'user_id': users}, doseq=True)}")


def browse(
    address: str,
    ids: Ids,
    sessions: int,
    duration: float,
    think_time: tuple[float, float] = THINK_TIME_SECONDS,
) -> LoadResult:
    """Run this number of sessions at once for `duration` seconds."""
    result, stop = LoadResult(), Event()

    def use_tab(rng: Random) -> None:
        action = "begin"
        try:
            with Visitor(address) as visitor:
                user = SimulatedUser(visitor, ids, rng)
                result.add_run("Students", visitor.run())
                for _ in range(rng.randint(*CLICKS_OF_A_TAB)):
                    if stop.wait(rng.uniform(*think_time)):
                        return
                    try:
                        action, run = user.next_action()
                        result.add_run(action, run())
                        action = "scroll"
                        user.scroll()
                    except PageFailed as error:
                        result.add_failure(f"{action}, {visitor.address}", error)
                        visitor.go("")
        except (OSError, WebSocketException, PageFailed) as error:
            result.add_failure(f"session ended at {action}", error)

    def session(number: int) -> None:
        rng = Random(f"{SEED} {number}")
        stop.wait(rng.uniform(0, think_time[1]))
        while not stop.wait(rng.uniform(*think_time)):
            use_tab(rng)

    threads = [Thread(target=session, args=(number,), name=f"session {number}") for number in range(sessions)]
    for thread in threads:
        thread.start()
    stop.wait(duration)
    stop.set()
    for thread in threads:
        thread.join()
    return result


@dataclass(frozen=True)
class Sample:
    """What a process used at a time. `at`: seconds since the start; `open_files`: the number of its file descriptors."""

    at: float
    memory: Memory
    open_files: int


class ServerMonitor:
    """Samples the memory and the open files of a process: once at the start, then every second."""

    def __init__(self, pid: int) -> None:
        self.samples: list[Sample] = []
        self._pid = pid
        self._stop = Event()
        self._thread = Thread(target=self._sample_until_stopped, name="server monitor", daemon=True)

    def __enter__(self) -> "ServerMonitor":
        """Start sampling."""
        self._started = time.monotonic()
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sampling."""
        self._stop.set()
        self._thread.join()

    def at(self, second: float) -> Memory:
        """The memory at a time: the median of the window around it, or of the last window at the end."""
        end = min(second + WINDOW_SECONDS / 2, self.samples[-1].at)
        window = [sample.memory for sample in self.samples if end - WINDOW_SECONDS < sample.at <= end]
        return Memory(median(used.rss for used in window), median(used.pss for used in window))

    def highest_rss(self, first: float, last: float) -> float:
        """The highest RSS (MB) at any time of a period: the highest median of a window around that time."""
        return max(self.at(sample.at).rss for sample in self.samples if first <= sample.at <= last)

    def most_open_files(self, until: float = inf) -> int:
        """The most open files in any sample up to a time."""
        return max(sample.open_files for sample in self.samples if sample.at <= until)

    def _sample_until_stopped(self) -> None:
        while not self._stop.wait(SAMPLE_INTERVAL_SECONDS):
            self._sample()

    def _sample(self) -> None:
        memory = process_memory(self._pid)
        self.samples.append(Sample(time.monotonic() - self._started, memory, open_files(self._pid)))


def open_files(pid: int) -> int:
    """The number of file descriptors that a process has open, sockets included."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def sample_ids(items: int, size: int = ID_SAMPLE_SIZE) -> Ids:
    """Sample ids from tables of this size; the same ids at every call."""
    rng = Random(SEED)
    samples = {
        key: rng.sample(table.base.keys, min(size, len(table.base.keys)))
        for key, table in generated_tables.tables(items).items()
    }
    return Ids(samples["evaluations"], samples["flashcard_sets"])


def steady_after(duration: float) -> float:
    """The time after which memory should hardly grow, in a run of this many seconds."""
    return min(STEADY_AFTER_SECONDS, duration / 2)


def targets(result: LoadResult, monitor: ServerMonitor, duration: float, sessions: int) -> list[Target]:
    """The targets for failures, for the growth of the server's memory, and for its open files.

    Beyond those that are open before the first session, the server may open the files of every session, of every closed
    session that Streamlit keeps, and of the connections to DynamoDB.
    """
    steady = steady_after(duration)
    growth, highest = None, None
    if duration >= MIN_DURATION_SECONDS:
        base = monitor.at(steady).rss
        growth = ratio(monitor.at(duration).rss, base)
        highest = ratio(monitor.highest_rss(steady, duration), base)
    return [
        Target("errors", 0, sum(result.failures.values())),
        Target(f"RSS at the end ÷ after {steady:.0f} s", MAX_GROWTH, growth),
        Target(f"highest RSS from then on ÷ after {steady:.0f} s", MAX_GROWTH, highest),
        Target(
            "open files at any time",
            monitor.samples[0].open_files
            + sessions * FILES_OF_A_SESSION
            + MAX_CLOSED_SESSIONS * FILES_OF_A_CLOSED_SESSION
            + MAX_CONNECTIONS,
            monitor.most_open_files(),
        ),
    ]


def print_result(result: LoadResult, monitor: ServerMonitor, duration: float) -> None:
    """Print the tables of runs, and of memory and open files, and the failures."""
    by_frequency = sorted(result.runs.items(), key=lambda item: -len(item[1]))
    rows = [_run_row(action, durations) for action, durations in [("all", result.all_runs), *by_frequency]]
    reporting.print_table("Runs of a script", ("action", "runs", "median", "95th percentile", "longest"), rows)
    steady = steady_after(duration)
    seconds = {30.0, 60.0, duration, *(steady * number for number in range(1, int(duration / steady) + 1))}
    start = monitor.samples[0]
    rows = [("start", f"{start.memory.rss:.0f}", f"{start.memory.pss:.0f}", str(start.open_files))]
    for second in sorted(second for second in seconds if second <= duration):
        used, most = monitor.at(second), monitor.most_open_files(until=second)
        rows.append((f"{second:.0f} s", f"{used.rss:.0f}", f"{used.pss:.0f}", str(most)))
    reporting.print_table(
        "Memory of the server, MB, and its open files (the most until then)",
        ("after", "RSS", "PSS", "open files"),
        rows,
    )
    print(f"\nHighest RSS in a single sample: {max(sample.memory.rss for sample in monitor.samples):.0f} MB")
    for failure, count in result.failures.most_common():
        print(f"\n{count} times: {failure}")


def _run_row(action: str, durations: Sequence[float]) -> tuple[str, ...]:
    percentile_95 = quantiles(durations, n=20, method="inclusive")[-1] if len(durations) > 1 else durations[0]
    figures = (median(durations), percentile_95, max(durations))
    return action, f"{len(durations):,}", *map(format_seconds, figures)


@click.command()
@click.option(
    "--sessions", default=50, show_default=True, type=click.IntRange(min=1), help="Number of sessions at once."
)
@click.option("--minutes", default=2.0, show_default=True, type=click.FloatRange(min=0.1), help="Duration.")
@click.option(
    "--items", default=100_000, show_default=True, type=click.IntRange(min=100), help="Number of evaluations."
)
@click.option("--worst", is_flag=True, help="Store and open the worst items of 400 kB, too.")
def main(sessions: int, minutes: float, items: int, worst: bool) -> None:
    """Simulate many users at once."""
    print(reporting.machine_info())
    duration = minutes * 60
    with ExitStack() as stack:
        endpoint = stack.enter_context(server.endpoint(items, worst=worst))
        dashboard = stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()))
        monitor = stack.enter_context(ServerMonitor(dashboard.pid))
        ids = replace(sample_ids(items), worst=worst_items.addresses() if worst else {})
        result = browse(dashboard.address, ids, sessions, duration)
    among = ", the worst items among them" if worst else ""
    print(f"\n{sessions} sessions, {minutes:g} minutes, {items:,} evaluations{among}")
    print_result(result, monitor, duration)
    reporting.print_targets(targets(result, monitor, duration, sessions))


if __name__ == "__main__":
    main()

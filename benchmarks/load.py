"""Many people browsing at once: whether anything fails, how long a click takes, and whether the server's memory grows.

    python -m benchmarks.load

Every session opens pages, filters, turns a table's pages, changes targets, opens students and attempts, compares, leafs
through flashcards and looks at jobs, each at a pace and with ids of its own, as drawn by chance with a fixed seed. Beside
reruns counts whatever should never happen: an exception box, an error on a page, a session that was disconnected.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from random import Random
from statistics import median, quantiles
from threading import Event, Lock, Thread
from urllib.parse import urlencode

import click
from websockets.exceptions import WebSocketException

from benchmarks import measured, replayed, server
from benchmarks.measured import Target, ratio, seconds
from benchmarks.sessions import Memory, memory
from benchmarks.visitor import PageFailed, Run, Visitor

THINKING_SECONDS = (2.0, 8.0)
"""A person looks at a page for so long, at least and at most, before the next click."""
EVERY_SECONDS = 1.0
"""Between two looks at the server's memory."""
STEADY_AFTER = 60.0
"""Seconds after which memory should hardly grow any more."""
AROUND_SECONDS = 30.0
"""What memory is at a time is the median of so many seconds around it. In that time everyone is read once, and for as long
as that takes some 100 MB more are held."""
MOST_GROWTH = 1.1
SEED = 20_260_214
STUDENTS_KNOWN = 3_000
"""Ids of evaluations and sets that sessions open by their address, as links sent to a colleague do."""


@dataclass
class Found:
    """What all sessions met together. `runs`: seconds of each run by what was done; `failures`: what should not happen."""

    runs: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def note(self, deed: str, run: Run) -> None:
        """A run that went well."""
        with self.lock:
            self.runs.setdefault(deed, []).append(run.seconds)

    def fail(self, deed: str, error: Exception) -> None:
        """Something that should not have happened."""
        with self.lock:
            self.failures[f"{deed}: {type(error).__name__}: {error}"[:300]] += 1

    @property
    def all_runs(self) -> list[float]:
        """Seconds of every run."""
        return [each for runs in self.runs.values() for each in runs]


@dataclass(frozen=True)
class Ids:
    """What there is to open: `(evaluation_id, user_id)` and `(set_id, user_id)`."""

    evaluations: Sequence[tuple[str, str]]
    sets: Sequence[tuple[str, str]]


class Person:
    """One session: what somebody does next, by chance, on the page that is open."""

    def __init__(self, visitor: Visitor, ids: Ids, chance: Random) -> None:
        self._visitor = visitor
        self._ids = ids
        self._chance = chance

    def next(self) -> tuple[str, Callable[[], Run]]:
        """What is done next, and how."""
        chance = self._chance
        visitor = self._visitor
        deeds = [
            ("Students", lambda: visitor.go("")),
            ("Jobs", lambda: visitor.go("jobs")),
            ("Tables", lambda: visitor.go("tables")),
            ("Flashcards", lambda: visitor.go("flashcards")),
            *[("an evaluation", self._evaluation)] * 3,
            *[("a set", self._set)] * 2,
            *[("two students", self._two_students)] * 2,
            *[("rerun", visitor.run)] * 2,
        ]
        here = self._deeds_here()
        return chance.choice(here if here and chance.random() < 0.7 else deeds)

    def _deeds_here(self) -> list[tuple[str, Callable[[], Run]]]:
        """What the open page offers."""
        chance, visitor = self._chance, self._visitor
        choices: dict[str, Callable[[], str | list[str] | bool]] = {
            "target": lambda: f"{chance.randrange(8, 19) / 2:.1f}",
            "skill": lambda: [chance.choice(("writing", "speaking"))],
            "period": lambda: [chance.choice(("7d", "30d", "all"))],
            "window": lambda: [chance.choice(("24h", "7d", "30d", "all"))],
            "search": lambda: chance.choice(("learner-00", "7", "")),
            "find": lambda: chance.choice(("timeout", "learner-0000", "")),
            "broken": lambda: chance.random() < 0.5,
            "view": lambda: [chance.choice(("Read", "Study"))],
            "card_search": lambda: chance.choice(("the", "")),
            "raw": lambda: chance.random() < 0.5,
        }
        buttons = ("state_failed", "state_stuck", "turn", "known", "again")
        keys = visitor.keys
        found: list[tuple[str, Callable[[], Run]]] = []
        found += [(key, partial(visitor.use, key, choose())) for key, choose in choices.items() if key in keys]
        found += [(key, partial(visitor.use, key)) for key in buttons if key in keys]
        found += [(f"a row of {key}", partial(visitor.open, key)) for key in visitor.tables]
        # as often as everything else together
        links = visitor.links
        return found + [("a link", partial(visitor.go, chance.choice(links))) for _ in found or links if links]

    def scroll(self) -> None:
        """Turns the pages of the long tables in sight."""
        for key, rows in self._visitor.tables.items():
            if rows:
                self._visitor.scroll(key, self._chance.randrange(rows))

    def _evaluation(self) -> Run:
        evaluation_id, user_id = self._chance.choice(self._ids.evaluations)
        return self._visitor.go(f"evaluation?{urlencode({'evaluation_id': evaluation_id, 'user_id': user_id})}")

    def _set(self) -> Run:
        set_id, user_id = self._chance.choice(self._ids.sets)
        return self._visitor.go(f"flashcards?{urlencode({'set_id': set_id, 'user_id': user_id})}")

    def _two_students(self) -> Run:
        users = [user_id for _, user_id in self._chance.sample(self._ids.evaluations, 2)]
        return self._visitor.go(f"compare?{urlencode({'user_id': users}, doseq=True)}")


def browse(
    address: str, ids: Ids, sessions: int, during: float, thinking: tuple[float, float] = THINKING_SECONDS
) -> Found:
    """So many sessions browse for so many seconds, all at once."""
    found, over = Found(), Event()

    def session(number: int) -> None:
        chance = Random(f"{SEED} {number}")
        deed = "begin"
        try:
            over.wait(chance.uniform(0, thinking[1]))
            with Visitor(address) as visitor:
                person = Person(visitor, ids, chance)
                found.note("Students", visitor.run())
                while not over.wait(chance.uniform(*thinking)):
                    try:
                        deed, do = person.next()
                        found.note(deed, do())
                        deed = "scroll"
                        person.scroll()
                    except PageFailed as error:
                        found.fail(deed, error)
                        visitor.go("")
        except (OSError, WebSocketException, PageFailed) as error:
            found.fail(f"session ended at {deed}", error)

    threads = [Thread(target=session, args=(number,), name=f"session {number}") for number in range(sessions)]
    for thread in threads:
        thread.start()
    over.wait(during)
    over.set()
    for thread in threads:
        thread.join()
    return found


class Watch:
    """Looks at the memory of a process every second: `(seconds since it began, memory)`."""

    def __init__(self, pid: int) -> None:
        self.looks: list[tuple[float, Memory]] = []
        self._pid = pid
        self._over = Event()
        self._thread = Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> "Watch":
        """Begins to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self._over.set()
        self._thread.join()

    def at(self, when: float) -> Memory:
        """The memory at a time (seconds), the median of the looks around; at the end, of the last ones."""
        until = min(when + AROUND_SECONDS / 2, self.looks[-1][0])
        looks = [each for second, each in self.looks if until - AROUND_SECONDS < second <= until]
        return Memory(median(each.rss for each in looks), median(each.pss for each in looks))

    def _look(self) -> None:
        begun = time.monotonic()
        while not self._over.wait(EVERY_SECONDS):
            self.looks.append((time.monotonic() - begun, memory(self._pid)))


def ids_of(items: int, sample: int = STUDENTS_KNOWN) -> Ids:
    """Some of the ids in tables of this size, the same at every call."""
    stored = replayed.tables(items)
    chance = Random(SEED)
    picked = {key: chance.sample(table.base.keys, min(sample, len(table.base.keys))) for key, table in stored.items()}
    return Ids(picked["evaluations"], picked["flashcard_sets"])


def targets(found: Found, watch: Watch, lasted: float) -> list[Target]:
    """What may happen, and how much the server may grow."""
    grown = None
    if lasted > STEADY_AFTER:
        grown = ratio(watch.at(lasted).rss, watch.at(STEADY_AFTER).rss)
    return [
        Target("errors", 0, sum(found.failures.values())),
        Target("RSS at the end by that after the first minute", MOST_GROWTH, grown),
    ]


def show(found: Found, watch: Watch, lasted: float) -> None:
    """Tables of what was done and of the memory, and what failed."""
    runs = found.all_runs
    rows = [("all", f"{len(runs):,}", seconds(median(runs)), seconds(_late(runs)), seconds(max(runs)))]
    for deed, of_deed in sorted(found.runs.items(), key=lambda one: -len(one[1])):
        rows.append(
            (deed, f"{len(of_deed):,}", seconds(median(of_deed)), seconds(_late(of_deed)), seconds(max(of_deed)))
        )
    measured.show("Runs of a script", ("what was done", "runs", "median", "95th percentile", "longest"), rows)
    moments = [at for at in (STEADY_AFTER / 2, STEADY_AFTER, lasted / 2, lasted) if at <= lasted]
    looks = [(f"{at:.0f} s", watch.at(at)) for at in sorted({*moments})]
    measured.show(
        "Memory of the server, MB",
        ("after", "RSS", "PSS"),
        [(at, f"{one.rss:.0f}", f"{one.pss:.0f}") for at, one in looks],
    )
    for failure, times in found.failures.most_common():
        print(f"\n{times} times: {failure}")


def _late(runs: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(runs, n=20, method="inclusive")[-1] if len(runs) > 1 else runs[0]


@click.command()
@click.option("--sessions", default=50, show_default=True, type=click.IntRange(min=1))
@click.option("--minutes", default=2.0, show_default=True, type=click.FloatRange(min=0.1))
@click.option("--items", default=100_000, show_default=True, type=click.IntRange(min=100), help="Evaluations.")
def main(sessions: int, minutes: float, items: int) -> None:
    """Let many sessions browse at once."""
    print(measured.machine())
    lasted = minutes * 60
    with ExitStack() as stack:
        endpoint = stack.enter_context(server.endpoint(items))
        dashboard = stack.enter_context(server.streamlit(server.ROOT / "dashboard.py", endpoint.environment()))
        watch = stack.enter_context(Watch(dashboard.pid))
        found = browse(dashboard.address, ids_of(items), sessions, lasted)
    print(f"\n{sessions} sessions, {minutes:g} minutes, {items:,} evaluations")
    show(found, watch, lasted)
    measured.show_targets(targets(found, watch, lasted))


if __name__ == "__main__":
    main()

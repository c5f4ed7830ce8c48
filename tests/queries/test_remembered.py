"""The caches of students and items are bounded, and keep neither what is absent nor what is unfinished."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bandup import clock
from bandup.queries import cached_reads
from benchmarks.server import EndpointProcess
from data.parsers import evaluation_of, flashcard_set_of
from data.records import Feedback
from data.repository import Repository
from data.results import Cost, StudentItems
from data.schema import EVALUATIONS, FLASHCARD_SETS
from tests.items import NOW, before, evaluations, flashcard_set, flashcard_sets, job, states, writing


class Reads:
    """The methods of the repository that were called, and what each of them finds."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.answers: dict[str, Any] = {"same_job": (evaluations(), Cost())}
        self.find(writing(user_id="somebody"), flashcard_set(user_id="somebody"))
        self.answers["feedbacks"] = ([("an-attempt", Feedback())], Cost())

    def find(self, essay: dict[str, Any], cards: dict[str, Any]) -> None:
        found = StudentItems("", evaluations(essay), flashcard_sets(cards), NOW, Cost(), {})
        self.answers["student"] = found
        self.answers["evaluation"] = (evaluation_of(essay, NOW), Cost())
        self.answers["flashcard_set"] = (flashcard_set_of(FLASHCARD_SETS, cards, NOW), Cost())

    def find_nothing(self) -> None:
        nothing = StudentItems("", EVALUATIONS.empty_frame(), FLASHCARD_SETS.empty_frame(), NOW, Cost(), {})
        self.answers |= {"student": nothing, "evaluation": (None, Cost()), "flashcard_set": (None, Cost())}
        self.answers["feedbacks"] = ([], Cost())


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reads]:
    reads = Reads()

    def answer(name: str) -> Any:
        reads.called.append(name)
        return reads.answers[name]

    for name in reads.answers:
        monkeypatch.setattr(Repository, name, lambda *_, name=name: answer(name))
    monkeypatch.setattr(Repository, "student_paths", lambda _: {})
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for name, value in EndpointProcess("http://127.0.0.1:9").environment().items():
        monkeypatch.setenv(name, value)
    cached_reads.reset_caches()
    yield reads
    cached_reads.reset_caches()


READS: dict[str, tuple[int, Callable[[str], Any]]] = {
    "student": (cached_reads.MAX_STUDENTS, lambda key: cached_reads.student(key)),
    "evaluation": (cached_reads.MAX_RECORDS, lambda key: cached_reads.evaluation(key, "somebody")),
    "flashcard set": (cached_reads.MAX_RECORDS, lambda key: cached_reads.flashcard_set(key, "somebody")),
    "feedbacks": (cached_reads.MAX_STUDENTS, lambda key: cached_reads.feedbacks(key, ["an-attempt"])),
}


@pytest.mark.parametrize(("max_entries", "read"), READS.values(), ids=READS)
def test_the_caches_are_bounded(reads: Reads, max_entries: int, read: Callable[[str], object]) -> None:
    def is_read(key: str) -> bool:
        before_it = len(reads.called)
        read(key)
        return len(reads.called) > before_it

    assert all(is_read(f"id {number}") for number in range(max_entries))
    assert not is_read(f"id {max_entries - 1}")
    assert is_read("one more")
    assert is_read("id 0")
    assert not is_read("one more")


@pytest.mark.parametrize("read", [read for _, read in READS.values()], ids=READS)
def test_absence_is_not_cached(reads: Reads, read: Callable[[str], object]) -> None:
    found = read("there")
    reads.find_nothing()
    read("new")
    reads.__init__()  # type: ignore[misc]
    assert type(read("new")) is type(found)
    assert len(reads.called) == 1


@pytest.mark.parametrize("status", ["processing", "failed", "queued"])
def test_an_unfinished_item_is_read_again(reads: Reads, status: str) -> None:
    reads.find(job(status, user_id="somebody"), flashcard_set(user_id="somebody", status=status))
    assert cached_reads.evaluation("e1", "somebody").row["status"] != "completed"
    assert cached_reads.flashcard_set("s1", "somebody").row["status"] != "completed"
    reads.find(writing(user_id="somebody"), flashcard_set(user_id="somebody"))
    assert cached_reads.evaluation("e1", "somebody").row["status"] == "completed"
    assert cached_reads.flashcard_set("s1", "somebody").row["status"] == "completed"


def test_a_cached_student_has_the_states_of_now(reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    started = before(minutes=10)
    reads.find(
        job("processing", user_id="somebody", started_at=started),
        flashcard_set(user_id="somebody", status="processing", created_at=..., started_at=started),
    )

    def shown() -> list[str]:
        read = cached_reads.student("somebody")
        return [*states(read.evaluations), *states(read.flashcard_sets)]

    assert shown() == ["running", "running"]
    first = cached_reads.student("somebody").evaluations
    assert cached_reads.student("somebody").evaluations is first, "what was computed from it would be computed again"
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=5, seconds=1))
    assert shown() == ["stuck", "stuck"]
    assert cached_reads.student("somebody").evaluations is cached_reads.student("somebody").evaluations
    assert reads.called == ["student"]

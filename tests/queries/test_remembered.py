"""The caches of students and items are bounded: many pages, or invented ids, fill no memory."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bandup.analysis import states
from bandup.queries import cached_reads
from benchmarks.server import EndpointProcess
from data.repository import Repository
from data.results import Cost, StudentItems
from data.schema import EVALUATIONS, FLASHCARD_SETS

NOW = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The methods of the repository that were called, each of which finds nothing."""
    called: list[str] = []
    no_items = StudentItems("", EVALUATIONS.empty_frame(), FLASHCARD_SETS.empty_frame(), NOW, Cost(), {})
    answers = {
        "student": no_items,
        "evaluation": (None, Cost()),
        "flashcard_set": (None, Cost()),
        "feedbacks": ([], Cost()),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(Repository, name, lambda *_, name=name, answer=answer: called.append(name) or answer)
    monkeypatch.setattr(Repository, "student_paths", lambda _: {})
    monkeypatch.setattr(states, "with_state", lambda frame, *_: frame)  # there are no rows
    for name, value in EndpointProcess("http://127.0.0.1:9").environment().items():
        monkeypatch.setenv(name, value)
    cached_reads.reset_caches()
    yield called
    cached_reads.reset_caches()


@pytest.mark.parametrize(
    ("max_entries", "read"),
    [
        (cached_reads.MAX_STUDENTS, cached_reads.student),
        (cached_reads.MAX_RECORDS, lambda key: cached_reads.evaluation(key, "somebody")),
        (cached_reads.MAX_RECORDS, lambda key: cached_reads.flashcard_set(key, "somebody")),
        (cached_reads.MAX_STUDENTS, lambda key: cached_reads.feedbacks(key, ["an-attempt"])),
    ],
    ids=["student", "evaluation", "flashcard set", "feedbacks"],
)
def test_the_caches_are_bounded(reads: list[str], max_entries: int, read: Callable[[str], object]) -> None:
    def is_read(key: str) -> bool:
        before = len(reads)
        read(key)
        return len(reads) > before

    assert all(is_read(f"id {number}") for number in range(max_entries))
    assert not is_read(f"id {max_entries - 1}")
    assert is_read("one more")
    assert is_read("id 0")
    assert not is_read("one more")

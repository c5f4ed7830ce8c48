"""What is remembered of students and items is bounded: whoever opens many, or makes ids up, fills no memory."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bandup.analysis import states
from bandup.queries import cached
from benchmarks.server import Endpoint
from data.repository import Repository
from data.results import Cost, StudentItems
from data.schema import EVALUATIONS, FLASHCARD_SETS

NOW = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The methods of the repository that were asked, each of which finds nothing."""
    asked: list[str] = []
    nobody = StudentItems("", EVALUATIONS.empty_frame(), FLASHCARD_SETS.empty_frame(), NOW, Cost(), {})
    answers = {
        "student": nobody,
        "evaluation": (None, Cost()),
        "flashcard_set": (None, Cost()),
        "feedbacks": ([], Cost()),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(Repository, name, lambda *_, name=name, answer=answer: asked.append(name) or answer)
    monkeypatch.setattr(Repository, "student_paths", lambda _: {})
    monkeypatch.setattr(states, "with_state", lambda frame, *_: frame)  # there is nothing to judge
    for name, value in Endpoint("http://127.0.0.1:9").environment().items():
        monkeypatch.setenv(name, value)
    cached.reset_caches()
    yield asked
    cached.reset_caches()


@pytest.mark.parametrize(
    ("most", "read"),
    [
        (cached.MOST_STUDENTS, cached.student),
        (cached.MOST_RECORDS, lambda key: cached.evaluation(key, "somebody")),
        (cached.MOST_RECORDS, lambda key: cached.flashcard_set(key, "somebody")),
        (cached.MOST_STUDENTS, lambda key: cached.feedbacks(key, ["an-attempt"])),
    ],
    ids=["student", "evaluation", "flashcard set", "feedbacks"],
)
def test_only_so_many_are_remembered(reads: list[str], most: int, read: Callable[[str], object]) -> None:
    def is_read(key: str) -> bool:
        before = len(reads)
        read(key)
        return len(reads) > before

    assert all(is_read(f"id {number}") for number in range(most))
    assert not is_read(f"id {most - 1}")
    assert is_read("one more")
    assert is_read("id 0")
    assert not is_read("one more")

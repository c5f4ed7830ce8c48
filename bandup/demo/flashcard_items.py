"""Flashcard sets in the three shapes that exist: documented JSON text, rows of the evaluations table, native lists."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bandup.demo.content import BUCKET, DemoCard, DemoDeck
from bandup.demo.grading import uses_newer_model
from bandup.demo.oddities import Attributes
from bandup.demo.seeded_random import random_uuid
from bandup.demo.student_profiles import DAY
from bandup.demo.unfinished_jobs import error_message

MIN_CARDS, MAX_CARDS = 6, 25
"""The number of cards in a set."""

UNREADABLE_CARDS = (
    '[{"question": "What does “ubiquitous” mean?", "answer": "Present, appearing or found everywhere"}, '
    '{"question": "Give a synonym of “scarce”", "ans'
)
"""Cards as JSON that is truncated in the middle of an answer."""


@dataclass(frozen=True)
class CardSource:
    """A student's upload of a document, the cards chosen from its deck, and when: in Unix seconds, in days before now."""

    deck: DemoDeck
    user_id: str
    cards: tuple[DemoCard, ...]
    at: int
    days_ago: float

    @property
    def document_id(self) -> str:
        """The S3 key of the upload."""
        return f"uploads/documents/{self.user_id}/{self.deck.file_name}"

    @property
    def chunk_count(self) -> int:
        """How many chunks the document was split into."""
        return max(1, round(self.deck.pages * 1.7))


def choose_cards(user_id: str, deck: DemoDeck, at: int, now: int, rng: Random) -> CardSource:
    """Choose some cards of a deck, in the order of the document; `at` and `now` in Unix seconds."""
    count = rng.randint(MIN_CARDS, min(MAX_CARDS, len(deck.cards)))
    chosen = sorted(rng.sample(range(len(deck.cards)), count))
    return CardSource(deck, user_id, tuple(deck.cards[i] for i in chosen), at, (now - at) / DAY)


def documented(source: CardSource) -> Attributes:
    """Return a completed set as it is documented, without its keys: the cards are JSON text."""
    cards = [{"question": card.question, "answer": card.answer} for card in source.cards]
    return {
        "document_id": source.document_id,
        "status": "completed",
        "flashcards": json.dumps(cards, ensure_ascii=False),
        "total_cards": len(cards),
        "page_count": source.deck.pages,
        "chunk_count": source.chunk_count,
        "created_at": source.at,
    }


def typed_documented(source: CardSource, rng: Random) -> Attributes:
    """Return a documented set whose cards also have type, difficulty and chunk, which the function often adds."""
    return documented(source) | {"flashcards": json.dumps(_full_cards(source, rng), ensure_ascii=False)}


def in_evaluations(source: CardSource, rng: Random) -> Attributes:
    """Return a set as a row of the evaluations table, without its keys."""
    row = {"evaluation_type": "flashcard", "status": "completed"} | typed_documented(source, rng)
    del row["total_cards"]
    return row


def native(source: CardSource, created_at: str, rng: Random) -> Attributes:
    """Return a set with native lists, without its keys: other attribute names, and a `created_at` that is no time."""
    cards = _full_cards(source, rng)
    difficulties = {card.difficulty for card in source.cards}
    return {
        "status": "completed",
        "document_url": f"s3://{BUCKET}/{source.document_id}",
        "flashcards": cards,
        "num_cards": len(cards),
        "difficulty": next(iter(difficulties)) if len(difficulties) == 1 else rng.choice(("MEDIUM", "MIXED")),
        "question_types": sorted({card.type for card in source.cards}),
        "page_count": source.deck.pages,
        "chunk_count": source.chunk_count,
        "model_used": "gemini-2.5-flash" if uses_newer_model(source.days_ago) else "gemini-2.0-flash",
        "processing_time": f"{4.0 + 0.9 * len(cards) + rng.expovariate(0.25):.2f}",
        "created_at": created_at,
    }


def _full_cards(source: CardSource, rng: Random) -> list[Attributes]:
    """The cards with all their attributes, as native values."""
    chunks = sorted(rng.randrange(source.chunk_count) for _ in source.cards)
    return [
        {
            "question": card.question,
            "answer": card.answer,
            "type": card.type,
            "difficulty": card.difficulty,
            "source_chunk": chunk,
        }
        for card, chunk in zip(source.cards, chunks, strict=True)
    ]


def _started(source: CardSource) -> Attributes:
    """What the flashcard function writes when a job starts."""
    return {"document_id": source.document_id, "status": "processing", "started_at": source.at}


def _failed(source: CardSource, rng: Random) -> Attributes:
    message = error_message("flashcards", rng.randrange(9), rng)
    return _started(source) | {"status": "failed", "error_message": message}


def _iso_text(source: CardSource, rng: Random) -> Attributes:
    """A `created_at` that an index keyed on a number would refuse: not in the evaluations table, which has one."""
    return documented(source) | {"created_at": datetime.fromtimestamp(source.at, UTC).isoformat()}


SET_KINDS: Mapping[Callable[[CardSource, Random], Attributes], int] = {
    _failed: 3,
    (lambda source, rng: _started(source)): 3,
    (lambda source, rng: documented(source) | {"flashcards": "[]", "total_cards": 0}): 1,
    (lambda source, rng: native(source, "local", rng) | {"flashcards": [], "num_cards": 0}): 1,
    (lambda source, rng: typed_documented(source, rng) | {"total_cards": len(source.cards) + 5}): 1,
    (lambda source, rng: documented(source) | {"flashcards": UNREADABLE_CARDS}): 1,
    _iso_text: 1,
    (lambda source, rng: native(source, "local", rng)): 12,
    (lambda source, rng: native(source, random_uuid(rng), rng)): 11,
    (lambda source, rng: documented(source)): 24,
    typed_documented: 23,
}
"""Kinds of flashcard sets, and how often each occurs among 80."""

"""Flashcard sets in the three shapes that exist: documented JSON text, rows of the evaluations table, native lists."""

import json
from dataclasses import dataclass
from random import Random

from bandup.demo.content import DemoCard, DemoDeck, decks
from bandup.demo.grading import uses_newer_model

MIN_CARDS, MAX_CARDS = 6, 25
"""The number of cards in a set."""

UNREADABLE_CARDS = (
    '[{"question": "What does “ubiquitous” mean?", "answer": "Present, appearing or found everywhere"}, '
    '{"question": "Give a synonym of “scarce”", "ans'
)
"""Cards as JSON that is truncated in the middle of an answer."""


@dataclass(frozen=True)
class CardSource:
    """A student's upload of a document, and the cards chosen from its deck."""

    deck: DemoDeck
    user_id: str
    cards: tuple[DemoCard, ...]

    @property
    def document_id(self) -> str:
        """The S3 key of the upload."""
        return f"uploads/documents/{self.user_id}/{self.deck.file_name}"

    @property
    def pages(self) -> dict[str, object]:
        """Page and chunk counts of the document."""
        return {"page_count": self.deck.pages, "chunk_count": max(1, round(self.deck.pages * 1.7))}


def choose_cards(user_id: str, deck: DemoDeck, rng: Random) -> CardSource:
    """Choose some cards of a deck, in the order of the document."""
    count = rng.randint(MIN_CARDS, min(MAX_CARDS, len(deck.cards)))
    chosen = sorted(rng.sample(range(len(deck.cards)), count))
    return CardSource(deck, user_id, tuple(deck.cards[i] for i in chosen))


def choose_any_cards(user_id: str, rng: Random) -> CardSource:
    """Choose some cards of a random document."""
    return choose_cards(user_id, rng.choice(decks()), rng)


def documented(source: CardSource, at: int) -> dict[str, object]:
    """Return a completed set as it is documented, without its keys: the cards are JSON text."""
    cards = [{"question": card.question, "answer": card.answer} for card in source.cards]
    return {
        "document_id": source.document_id,
        "status": "completed",
        "flashcards": json.dumps(cards, ensure_ascii=False),
        "total_cards": len(cards),
        **source.pages,
        "created_at": at,
    }


def typed_documented(source: CardSource, at: int, rng: Random) -> dict[str, object]:
    """Return a documented set whose cards also have type, difficulty and chunk, which the function often adds."""
    return documented(source, at) | {"flashcards": json.dumps(_full_cards(source, rng), ensure_ascii=False)}


def in_evaluations(source: CardSource, at: int, rng: Random) -> dict[str, object]:
    """Return a set as a row of the evaluations table, without its keys."""
    return {
        "evaluation_type": "flashcard",
        "status": "completed",
        "document_id": source.document_id,
        "flashcards": json.dumps(_full_cards(source, rng), ensure_ascii=False),
        **source.pages,
        "created_at": at,
    }


def native(source: CardSource, created_at: str, days_ago: float, rng: Random) -> dict[str, object]:
    """Return a set with native lists, without its keys: other attribute names, and a `created_at` that is no time."""
    cards = _full_cards(source, rng)
    difficulties = {card.difficulty for card in source.cards}
    return {
        "status": "completed",
        "document_url": f"s3://bandup-production-uploads/{source.document_id}",
        "flashcards": cards,
        "num_cards": len(cards),
        "difficulty": next(iter(difficulties)) if len(difficulties) == 1 else rng.choice(("MEDIUM", "MIXED")),
        "question_types": sorted({card.type for card in source.cards}),
        "page_count": source.pages["page_count"],
        "chunk_count": source.pages["chunk_count"],
        "model_used": "gemini-2.5-flash" if uses_newer_model(days_ago) else "gemini-2.0-flash",
        "processing_time": f"{4.0 + 0.9 * len(cards) + rng.expovariate(0.25):.2f}",
        "created_at": created_at,
    }


def _full_cards(source: CardSource, rng: Random) -> list[dict[str, object]]:
    """The cards with all their attributes, as native values."""
    chunks = int(str(source.pages["chunk_count"]))
    chunk_numbers = sorted(rng.randrange(chunks) for _ in source.cards)
    return [
        {
            "question": card.question,
            "answer": card.answer,
            "type": card.type,
            "difficulty": card.difficulty,
            "source_chunk": chunk,
        }
        for card, chunk in zip(source.cards, chunk_numbers, strict=True)
    ]

"""Flashcard sets, in the three shapes that exist: documented JSON text, rows of the evaluations table, native lists."""

import json
from dataclasses import dataclass
from random import Random

from bandup.demo.content import Card, Deck, decks
from bandup.demo.grading import newer_model

FEWEST, MOST = 6, 25
"""Cards in a set."""

UNREADABLE = (
    '[{"question": "What does “ubiquitous” mean?", "answer": "Present, appearing or found everywhere"}, '
    '{"question": "Give a synonym of “scarce”", "ans'
)
"""Card text cut off in the middle of an answer."""


@dataclass(frozen=True)
class Source:
    """A student's copy of a document, and the cards chosen from it."""

    deck: Deck
    user_id: str
    cards: tuple[Card, ...]

    @property
    def document_id(self) -> str:
        """The S3 key of the upload."""
        return f"uploads/documents/{self.user_id}/{self.deck.file_name}"

    @property
    def pages(self) -> dict[str, object]:
        """Page and chunk counts of the document."""
        return {"page_count": self.deck.pages, "chunk_count": max(1, round(self.deck.pages * 1.7))}


def source(user_id: str, deck: Deck, rng: Random) -> Source:
    """Some cards of a deck, in the order of the document."""
    count = rng.randint(FEWEST, min(MOST, len(deck.cards)))
    chosen = sorted(rng.sample(range(len(deck.cards)), count))
    return Source(deck, user_id, tuple(deck.cards[i] for i in chosen))


def any_source(user_id: str, rng: Random) -> Source:
    """Cards of any document."""
    return source(user_id, rng.choice(decks()), rng)


def documented(origin: Source, at: int) -> dict[str, object]:
    """A completed set as it is documented, without its keys: the cards are JSON text."""
    cards = [{"question": card.question, "answer": card.answer} for card in origin.cards]
    return {
        "document_id": origin.document_id,
        "status": "completed",
        "flashcards": json.dumps(cards, ensure_ascii=False),
        "total_cards": len(cards),
        **origin.pages,
        "created_at": at,
    }


def typed_documented(origin: Source, at: int, rng: Random) -> dict[str, object]:
    """The same with the card's type, difficulty and place, which the function often adds."""
    return documented(origin, at) | {"flashcards": json.dumps(_full(origin, rng), ensure_ascii=False)}


def in_evaluations(origin: Source, at: int, rng: Random) -> dict[str, object]:
    """A set stored as a row of the evaluations table, without its keys."""
    return {
        "evaluation_type": "flashcard",
        "status": "completed",
        "document_id": origin.document_id,
        "flashcards": json.dumps(_full(origin, rng), ensure_ascii=False),
        **origin.pages,
        "created_at": at,
    }


def native(origin: Source, created_at: str, days_ago: float, rng: Random) -> dict[str, object]:
    """A set of native lists, without its keys: other names, and a `created_at` that tells no time."""
    cards = _full(origin, rng)
    difficulties = {card.difficulty for card in origin.cards}
    return {
        "status": "completed",
        "document_url": f"s3://bandup-production-uploads/{origin.document_id}",
        "flashcards": cards,
        "num_cards": len(cards),
        "difficulty": next(iter(difficulties)) if len(difficulties) == 1 else rng.choice(("MEDIUM", "MIXED")),
        "question_types": sorted({card.type for card in origin.cards}),
        "page_count": origin.pages["page_count"],
        "chunk_count": origin.pages["chunk_count"],
        "model_used": "gemini-2.5-flash" if newer_model(days_ago) else "gemini-2.0-flash",
        "processing_time": f"{4.0 + 0.9 * len(cards) + rng.expovariate(0.25):.2f}",
        "created_at": created_at,
    }


def _full(origin: Source, rng: Random) -> list[dict[str, object]]:
    """The cards with everything the function knows of them, in native values."""
    chunks = int(str(origin.pages["chunk_count"]))
    places = sorted(rng.randrange(chunks) for _ in origin.cards)
    return [
        {
            "question": card.question,
            "answer": card.answer,
            "type": card.type,
            "difficulty": card.difficulty,
            "source_chunk": place,
        }
        for card, place in zip(origin.cards, places, strict=True)
    ]

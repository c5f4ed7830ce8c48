"""The demo's written material, read once from the TOML files beside this package."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bandup.demo.prose import Passage, parse

SECTIONS = {
    "TASK_1": ("intro", "overview", "first", "second"),
    "TASK_2": ("intro", "first", "second", "third", "end"),
}
"""The paragraphs of an essay, in order."""

SHARED = {"TASK_1": ("closing",), "TASK_2": ("third",)}
"""Passages that every topic of a task may use, written once with `<subject>` in them."""

REGISTERS = ("plain", "rich")
"""How a passage is told: plain is what learners up to about band 6 can say, rich what those above it do."""


@dataclass(frozen=True)
class EssayTopic:
    """A writing task: its passages by register and section, each with alternatives."""

    name: str
    task_type: str
    subject: str
    field: str
    points: tuple[str, str]
    passages: Mapping[str, Mapping[str, tuple[Passage, ...]]]


@dataclass(frozen=True)
class Question:
    """A question of the speaking test (or a line of a cue card): answers by register."""

    asked: str
    answers: Mapping[str, tuple[Passage, ...]]


@dataclass(frozen=True)
class SpeakingTopic:
    """A topic of one part of the speaking test."""

    name: str
    part: str
    subject: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Card:
    """A flashcard as it was written; a set holds some of a deck's."""

    type: str
    difficulty: str
    question: str
    answer: str


@dataclass(frozen=True)
class Deck:
    """A document students upload, and the cards made of it."""

    file_name: str
    pages: int
    cards: tuple[Card, ...]


def _tables(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files of a folder by name, in order."""
    for entry in sorted((files("bandup.demo") / "content" / folder).iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".toml"):
            yield entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text(encoding="utf-8"))


@cache
def table(name: str) -> dict[str, Any]:
    """A single file of material, e.g. `feedback`."""
    return tomllib.loads((files("bandup.demo") / "content" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def essay_topics(task_type: str) -> tuple[EssayTopic, ...]:
    """The topics of a writing task."""
    folder = {"TASK_1": "task1", "TASK_2": "task2"}[task_type]
    return tuple(
        EssayTopic(
            name=name,
            task_type=task_type,
            subject=content["subject"],
            field=content.get("field", content["subject"]),
            points=(content["points"][0], content["points"][1]),
            passages={register: _essay_passages(content, register, SHARED[task_type]) for register in REGISTERS},
        )
        for name, content in _tables(folder)
    )


def _essay_passages(
    content: Mapping[str, Any], register: str, shared: tuple[str, ...]
) -> dict[str, tuple[Passage, ...]]:
    """A topic's own passages in a register and the shared ones that speak of its subject."""
    own = {section: tuple(parse(text) for text in texts) for section, texts in content[register].items()}
    general = {
        section: tuple(
            parse(text.replace("<subject>", content["subject"])) for text in table("shared")[section][register]
        )
        for section in shared
    }
    return own | general


@cache
def speaking_topics(part: str) -> tuple[SpeakingTopic, ...]:
    """The topics of a part of the speaking test."""
    return tuple(
        SpeakingTopic(
            name=name,
            part=part,
            subject=content["subject"],
            questions=tuple(
                Question(
                    asked=question["asked"],
                    answers={register: tuple(parse(text) for text in question[register]) for register in REGISTERS},
                )
                for question in content["question"]
            ),
        )
        for name, content in _tables("speaking")
        if content["part"] == part
    )


@cache
def decks() -> tuple[Deck, ...]:
    """The documents students make flashcards of."""
    return tuple(
        Deck(
            file_name=content["file_name"],
            pages=content["pages"],
            cards=tuple(Card(*card) for card in content["cards"]),
        )
        for _, content in _tables("decks")
    )

"""The demo's texts, read once from the TOML files in the folder `content`."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bandup.demo.passages import Passage, parse

SECTIONS = {
    "TASK_1": ("intro", "overview", "first", "second"),
    "TASK_2": ("intro", "first", "second", "third", "end"),
}
"""The paragraphs of an essay, in order."""

SHARED_SECTIONS = {"TASK_1": ("closing",), "TASK_2": ("third",)}
"""Sections whose passages all topics of a task share, with `<subject>` as a placeholder."""

REGISTERS = ("plain", "rich")
"""The language level of a passage: `plain` for learners up to about band 6, `rich` for those above."""


@dataclass(frozen=True)
class EssayTopic:
    """A writing task: alternative passages by register and section."""

    name: str
    task_type: str
    subject: str
    field: str
    points: tuple[str, str]
    passages: Mapping[str, Mapping[str, tuple[Passage, ...]]]


@dataclass(frozen=True)
class SpeakingQuestion:
    """A question of the speaking test, or a line of a cue card, with alternative answers by register."""

    asked: str
    answers: Mapping[str, tuple[Passage, ...]]


@dataclass(frozen=True)
class SpeakingTopic:
    """A topic of one part of the speaking test."""

    name: str
    part: str
    subject: str
    questions: tuple[SpeakingQuestion, ...]


@dataclass(frozen=True)
class DemoCard:
    """A flashcard of a deck; a flashcard set contains some of them."""

    type: str
    difficulty: str
    question: str
    answer: str


@dataclass(frozen=True)
class DemoDeck:
    """A document that students upload, and the cards that can be generated from it."""

    file_name: str
    pages: int
    cards: tuple[DemoCard, ...]


def _toml_files(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The TOML files of a folder as (name, content), in order of name."""
    for entry in sorted((files("bandup.demo") / "content" / folder).iterdir(), key=lambda file: file.name):
        if entry.name.endswith(".toml"):
            yield entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text(encoding="utf-8"))


@cache
def toml_content(name: str) -> dict[str, Any]:
    """Return the content of one TOML file, e.g. `feedback`."""
    return tomllib.loads((files("bandup.demo") / "content" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def essay_topics(task_type: str) -> tuple[EssayTopic, ...]:
    """Return the topics of a writing task (`TASK_1` or `TASK_2`)."""
    folder = {"TASK_1": "task1", "TASK_2": "task2"}[task_type]
    return tuple(
        EssayTopic(
            name=name,
            task_type=task_type,
            subject=content["subject"],
            field=content.get("field", content["subject"]),
            points=(content["points"][0], content["points"][1]),
            passages={
                register: _essay_passages(content, register, SHARED_SECTIONS[task_type]) for register in REGISTERS
            },
        )
        for name, content in _toml_files(folder)
    )


def _essay_passages(
    content: Mapping[str, Any], register: str, shared: tuple[str, ...]
) -> dict[str, tuple[Passage, ...]]:
    """A topic's own passages in a register, and the shared ones with its subject filled in."""
    own = {section: tuple(parse(text) for text in texts) for section, texts in content[register].items()}
    general = {
        section: tuple(
            parse(text.replace("<subject>", content["subject"])) for text in toml_content("shared")[section][register]
        )
        for section in shared
    }
    return own | general


@cache
def speaking_topics(part: str) -> tuple[SpeakingTopic, ...]:
    """Return the topics of a part of the speaking test (`PART_1` to `PART_3`)."""
    return tuple(
        SpeakingTopic(
            name=name,
            part=part,
            subject=content["subject"],
            questions=tuple(
                SpeakingQuestion(
                    asked=question["asked"],
                    answers={register: tuple(parse(text) for text in question[register]) for register in REGISTERS},
                )
                for question in content["question"]
            ),
        )
        for name, content in _toml_files("speaking")
        if content["part"] == part
    )


@cache
def decks() -> tuple[DemoDeck, ...]:
    """Return the documents that students generate flashcards from."""
    return tuple(
        DemoDeck(
            file_name=content["file_name"],
            pages=content["pages"],
            cards=tuple(DemoCard(*card) for card in content["cards"]),
        )
        for _, content in _toml_files("decks")
    )

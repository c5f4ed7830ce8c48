"""The demo's texts, read once from the TOML files in the folder `content`."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypedDict

import msgspec

BUCKET = "bandup-production-uploads"
CRITERIA = {
    "writing": ("task_achievement", "coherence", "lexical", "grammar"),
    "speaking": ("fluency", "lexical", "grammar", "pronunciation"),
}
SECTIONS = {
    "TASK_1": ("intro", "overview", "first", "second"),
    "TASK_2": ("intro", "first", "second", "third", "end"),
}
"""The paragraphs of an essay, in order."""

Register = Literal["plain", "rich"]
"""The language level of a passage: `plain` for learners up to about band 6, `rich` for those above."""


class EssayTopic(msgspec.Struct, frozen=True):
    """A writing task: by register and section, alternative passages as of `bandup.demo.passages.parse`."""

    task_type: str
    subject: str
    points: tuple[str, str]
    passages: dict[Register, dict[str, list[str]]]
    field: str = ""
    """What the vocabulary is about, where that is not the subject."""


class SpeakingQuestion(TypedDict):
    """A question of the speaking test, or a line of a cue card: alternative answers by register."""

    plain: list[str]
    rich: list[str]


class SpeakingTopic(msgspec.Struct, frozen=True):
    """A topic of one part of the speaking test."""

    part: str
    subject: str
    question: list[SpeakingQuestion]


class DemoCard(msgspec.Struct, frozen=True, array_like=True):
    """A flashcard of a deck; a flashcard set contains some of them."""

    type: str
    difficulty: str
    question: str
    answer: str


class DemoDeck(msgspec.Struct, frozen=True):
    """A document that students upload, and the cards that can be generated from it."""

    file_name: str
    pages: int
    cards: tuple[DemoCard, ...]


@cache
def toml_content(name: str) -> dict[str, Any]:
    """Return the content of one TOML file, e.g. `feedback`."""
    return tomllib.loads((files("bandup.demo") / "content" / f"{name}.toml").read_text(encoding="utf-8"))


def _folder_content(folder: str) -> Iterator[dict[str, Any]]:
    """The contents of a folder's TOML files, in order of name."""
    for name in sorted(entry.name for entry in (files("bandup.demo") / "content" / folder).iterdir()):
        yield toml_content(f"{folder}/{name.removesuffix('.toml')}")


@cache
def essay_topics(task_type: str) -> list[EssayTopic]:
    """Return the topics of a writing task (`TASK_1` or `TASK_2`): their own passages, and those that they share."""
    shared = toml_content("shared")[task_type]
    topics = []
    for content in _folder_content(task_type.replace("_", "").lower()):
        passages = {
            register: content[register]
            | {
                section: [text.replace("<subject>", content["subject"]) for text in texts]
                for section, texts in shared[register].items()
            }
            for register in shared
        }
        topics.append(msgspec.convert(content | {"task_type": task_type, "passages": passages}, EssayTopic))
    return topics


@cache
def speaking_topics(part: str) -> list[SpeakingTopic]:
    """Return the topics of a part of the speaking test (`PART_1` to `PART_3`)."""
    topics = msgspec.convert([*_folder_content("speaking")], list[SpeakingTopic])
    return [topic for topic in topics if topic.part == part]


@cache
def decks() -> tuple[DemoDeck, ...]:
    """Return the documents that students generate flashcards from."""
    return msgspec.convert([*_folder_content("decks")], tuple[DemoDeck, ...])

"""Passages with slips: text written once, told rightly or with a learner's mistake in chosen places.

A slip is written `{right|wrong|kind}` or `{right|wrong|kind|note}` inside the text, so the mistake, its correction and
what to say about it stand together, and every quotation of a mistake is true of the essay it came from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

_SLIP = re.compile(r"\{([^{}|]*)\|([^{}|]*)\|([a-z_]+)(?:\|([^{}|]*))?\}")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")

SHORT_SENTENCE = 115
"""Characters up to which a mistake is quoted with its whole sentence."""

WORDS_AROUND = 5
"""Words kept on each side of a mistake quoted from a longer sentence."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A place where a learner may go wrong."""

    right: str
    wrong: str
    kind: str
    note: str


Passage = tuple[str | Slip, ...]


def parse(text: str) -> Passage:
    """A passage from its marked-up text. Line breaks inside it are only typography.

    >>> parse("I {like|likes|agreement} tea.")
    ('I ', Slip(right='like', wrong='likes', kind='agreement', note=''), ' tea.')
    """
    text = " ".join(text.split())
    parts: list[str | Slip] = []
    position = 0
    for match in _SLIP.finditer(text):
        parts += [text[position : match.start()], Slip(match[1], match[2], match[3], match[4] or "")]
        position = match.end()
    parts.append(text[position:])
    left = [part for part in parts if isinstance(part, str) and ("{" in part or "}" in part)]
    if left:
        raise ValueError(f"Unreadable slip in {left[0]!r}")
    return tuple(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Made:
    """A slip that was made: where its wrong words stand in the text."""

    start: int
    end: int
    slip: Slip


class Quote(NamedTuple):
    """A stretch of a text as it stands, where it stands, and the same words put right."""

    start: int
    end: int
    wrong: str
    right: str


@dataclass(slots=True)
class Draft:
    """A text being put together, and the slips made in it."""

    text: str = ""
    made: list[Made] = field(default_factory=list)

    def add(self, passage: Passage, likelihood: Mapping[str, float], rng: Random, *, before: str = "") -> None:
        """Append a passage after `before`, making each slip with the likelihood of its kind (0 where not named)."""
        pieces = [before if self.text else ""]
        length = len(self.text) + len(pieces[0])
        for part in passage:
            if isinstance(part, str):
                words = part
            elif rng.random() < likelihood.get(part.kind, 0.0):
                words = part.wrong
                self.made.append(Made(length, length + len(words), part))
            else:
                words = part.right
            pieces.append(words)
            length += len(words)
        self.text += "".join(pieces)

    def quote(self, made: Made, limit: int) -> Quote | None:
        """The words around a slip and the same words put right; None where they don't end before `limit`."""
        start, end = self._sentence(made)
        if end - start > SHORT_SENTENCE:
            start, end = self._neighbourhood(made, start, end)
        inside = [each for each in self.made if each.start < end and each.end > start]
        start = min(start, *(each.start for each in inside), made.start)
        end = max(end, *(each.end for each in inside), made.end)
        if end > limit:
            return None
        right, position = [], start
        for each in inside:
            right += [self.text[position : each.start], each.slip.right]
            position = each.end
        right.append(self.text[position:end])
        return Quote(start, end, self.text[start:end].strip(), " ".join("".join(right).split()))

    def around(self, made: Made, words: int) -> str:
        """A slip with a few words on each side."""
        before, after = self.text[: made.start].split()[-words:], self.text[made.end :].split()[:words]
        joined = " ".join([*before, ""]) if self.text[made.start - 1 : made.start].isspace() else " ".join(before)
        return f"{joined}{self.text[made.start : made.end]} {' '.join(after)}".strip(" ,.;")

    def _sentence(self, made: Made) -> tuple[int, int]:
        """Where the sentence that holds a slip starts and ends, its full stop included."""
        start = 0
        for match in _SENTENCE_END.finditer(self.text):
            if match.end() > made.start:
                break
            start = match.end()
        following = _SENTENCE_END.search(self.text, max(made.end - 1, made.start))
        end = following.end() if following else len(self.text)
        while start < made.start and self.text[start].isspace():
            start += 1
        return start, end

    def _neighbourhood(self, made: Made, start: int, end: int) -> tuple[int, int]:
        """A few words on each side of a slip, inside its sentence."""
        before = list(re.finditer(r"\S+", self.text[start : made.start]))
        after = list(re.finditer(r"\S+", self.text[made.end : end]))
        if len(before) > WORDS_AROUND:
            start += before[-WORDS_AROUND].start()
        if len(after) > WORDS_AROUND:
            end = made.end + after[WORDS_AROUND - 1].end()
            while self.text[end - 1] in ",;":
                end -= 1
        return start, end

"""Passages with slips: places where the text is either correct or contains a learner's typical mistake.

A slip is written `{right|wrong|kind}` or `{right|wrong|kind|note}` inside the text. So the mistake, its correction and
the remark about it are kept together, and every quoted mistake really occurs in its essay.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import NamedTuple

_PART = re.compile(r"[^{}]+|\{([^{}|]*)\|([^{}|]*)\|([a-z_]+)(?:\|([^{}|]*))?\}")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")

MAX_SENTENCE_QUOTE = 115
"""The length in characters up to which a mistake is quoted with its whole sentence."""

CONTEXT_WORDS = 5
"""Words on each side of a mistake that is quoted from a longer sentence."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A place where a learner may make a mistake: the correct and the wrong words, and the kind of mistake."""

    right: str
    wrong: str
    kind: str
    note: str


@cache
def parse(text: str) -> tuple[str | Slip, ...]:
    """Return the parts of a marked-up text; line breaks in it count as spaces. Raises ValueError if it is malformed.

    >>> parse("I {like|likes|agreement} tea.")
    ('I ', Slip(right='like', wrong='likes', kind='agreement', note=''), ' tea.')
    """
    text = " ".join(text.split())
    parts = [*_PART.finditer(text)]
    if "".join(part[0] for part in parts) != text:
        raise ValueError(f"Unreadable slip in {text!r}")
    return tuple(Slip(part[1], part[2], part[3], part[4] or "") if part[3] else part[0] for part in parts)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A slip that became a mistake, and the position of its wrong words in the text."""

    start: int
    end: int
    slip: Slip


class EssayQuote(NamedTuple):
    """A part of a text: its position, its words, and the same words corrected."""

    start: int
    end: int
    wrong: str
    right: str


@dataclass(slots=True)
class Draft:
    """A text under construction, and the mistakes in it."""

    text: str = ""
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, passage: str, probabilities: Mapping[str, float], rng: Random, *, before: str) -> None:
        """Append a passage after `before`. Each slip becomes a mistake with the probability of its kind (default 0)."""
        pieces = [before if self.text else ""]
        length = len(self.text) + len(pieces[0])
        for part in parse(passage):
            if isinstance(part, str):
                words = part
            elif rng.random() < probabilities.get(part.kind, 0.0):
                words = part.wrong
                self.mistakes.append(Mistake(length, length + len(words), part))
            else:
                words = part.right
            pieces.append(words)
            length += len(words)
        self.text += "".join(pieces)

    def quote(self, mistake: Mistake, limit: int) -> EssayQuote | None:
        """Return the words around a mistake and their correction; None if they end after `limit` (characters)."""
        start, end = self._sentence(mistake)
        if end - start > MAX_SENTENCE_QUOTE:
            start, end = self._context(mistake, start, end)
        inside = [other for other in self.mistakes if other.start < end and other.end > start]
        start, end = min(start, inside[0].start), max(end, inside[-1].end)
        if end > limit:
            return None
        right, position = "", start
        for other in inside:
            right += self.text[position : other.start] + other.slip.right
            position = other.end
        right += self.text[position:end]
        return EssayQuote(start, end, self.text[start:end].strip(), " ".join(right.split()))

    def around(self, mistake: Mistake, words: int) -> str:
        """Return a mistake with `words` words on each side."""
        before, after = self.text[: mistake.start].split()[-words:], self.text[mistake.end :].split()[:words]
        joined = " ".join([*before, ""]) if self.text[mistake.start - 1 : mistake.start].isspace() else " ".join(before)
        return f"{joined}{self.text[mistake.start : mistake.end]} {' '.join(after)}".strip(" ,.;")

    def _sentence(self, mistake: Mistake) -> tuple[int, int]:
        """Start and end of the sentence that contains a mistake, including its full stop."""
        start = 0
        for match in _SENTENCE_END.finditer(self.text):
            if match.end() > mistake.start:
                break
            start = match.end()
        following = _SENTENCE_END.search(self.text, max(mistake.end - 1, mistake.start))
        before = self.text[start : mistake.start]
        return start + len(before) - len(before.lstrip()), following.end() if following else len(self.text)

    def _context(self, mistake: Mistake, start: int, end: int) -> tuple[int, int]:
        """Start and end of a mistake with CONTEXT_WORDS words on each side, within its sentence."""
        before = list(re.finditer(r"\S+", self.text[start : mistake.start]))
        after = list(re.finditer(r"\S+", self.text[mistake.end : end]))
        if len(before) > CONTEXT_WORDS:
            start += before[-CONTEXT_WORDS].start()
        if len(after) > CONTEXT_WORDS:
            end = mistake.end + after[CONTEXT_WORDS - 1].end()
            while self.text[end - 1] in ",;":
                end -= 1
        return start, end

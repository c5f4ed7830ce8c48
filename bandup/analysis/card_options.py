"""The options of a choice card with their letters, and which of them the card's answer names."""

import re
from collections.abc import Sequence
from string import ascii_uppercase
from typing import NamedTuple

from bandup.text_search import normal_form

_OWN_LETTER = re.compile(r"\s*\(?([A-Za-z])(?:[).:]|\s-)\s+")
_ANSWER = re.compile(
    r"\s*(?:(?:the\s+)?(?:correct\s+)?(?:answer|option)\s*(?:is|:)?\s*)?\(?([A-Za-z])\)?(?:[).:]|\s-)?(\s.*)?",
    re.I | re.S,
)
_LONGEST_ANSWER = 2_000


class Option(NamedTuple):
    """One option: its letter (or number after 26), its text without a letter of its own, whether the answer names it."""

    letter: str
    text: str
    is_right: bool = False


def options_of(options: Sequence[str], answer: str) -> list[Option]:
    """The options in their order. One is right only where the answer names it unambiguously, by letter, text or both."""
    texts = _without_letters(options)
    right = _right(texts, answer)
    return [Option(_letter(index), text, index == right) for index, text in enumerate(texts)]


def named_option(options: Sequence[Option], answer: str) -> str:
    """The right option with its letter where the answer is a letter only; empty otherwise."""
    right = next((option for option in options if option.is_right), None)
    return f"{right.letter}. {right.text}" if right and _folded(right.text) not in _folded(answer) else ""


def _letter(index: int) -> str:
    return ascii_uppercase[index] if index < len(ascii_uppercase) else str(index + 1)


def _without_letters(options: Sequence[str]) -> list[str]:
    """The options, without the letters that stand before each of them in order: `A) rain` is `rain`."""
    found = [_OWN_LETTER.match(option) for option in options]
    in_order = all(match and match[1].upper() == _letter(index) for index, match in enumerate(found))
    return [
        option[match.end() :] if match and in_order else option for option, match in zip(options, found, strict=True)
    ]


def _right(texts: Sequence[str], answer: str) -> int | None:
    """The index of the option that an answer names; None where it names none, or text and letter name different ones."""
    wanted = _folded(answer[:_LONGEST_ANSWER])
    if not wanted:
        return None
    folded = [_folded(text) for text in texts]
    named = {index for index, text in enumerate(folded) if text == wanted}
    match = _ANSWER.fullmatch(answer[:_LONGEST_ANSWER])
    if match:
        index = ascii_uppercase.index(match[1].upper())
        rest = _folded(match[2] or "")
        if index < len(texts) and rest in {"", folded[index]}:
            named |= {index}
    return named.pop() if len(named) == 1 else None


def _folded(text: str) -> str:
    return " ".join(normal_form(text).casefold().split()).rstrip(".")

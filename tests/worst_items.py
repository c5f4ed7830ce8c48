"""Items of DynamoDB's full size whose content is as unfavourable as it can be: for every page, parser and export."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from data.schema import TableKey
from tests.documented import FLASHCARD_SET, WRITING
from tests.heavy import MAX_ITEM_BYTES
from tests.wire_values import wire

SIZE = MAX_ITEM_BYTES - 10_000
"""Bytes of one attribute; the rest of the item has room beside it."""
LIKE_FEEDBACK = {"strengths": ["Clear position"], "weaknesses": ["Short"]}


def _repeated(piece: str) -> str:
    return piece * (SIZE // len(piece.encode()))


def _list_of(element: Any) -> list[Any]:
    return [element] * (SIZE // (len(json.dumps(element)) + 2))


def _named(value: Any, prefix: str = "n") -> dict[str, Any]:
    return {f"{prefix}{number}": value for number in range(SIZE // (len(json.dumps(value)) + len(prefix) + 11))}


def _under(names: list[str], content: Any) -> Any:
    for name in names:
        content = {name: content}
    return content


DEEP_NAMES = ["n" * 3_000] * 50
LEAVES = {f"leaf{number}": 1 for number in range(13_000)}

FEEDBACKS: Mapping[str, Any] = {
    "a name of 150,000 characters over 13,000 leaves": {"a": {"k" * 150_000: LEAVES}, **LIKE_FEEDBACK},
    "fifty levels of long names over 13,000 leaves": {**_under(DEEP_NAMES, LEAVES), **LIKE_FEEDBACK},
    "a list of numbers": {"strengths": _list_of(1)},
    "a list of empty maps": {"strengths": _list_of({})},
    "a list at the top": _list_of(1),
    "names without a meaning": _named("a") | LIKE_FEEDBACK,
    "names without a meaning in a criterion": {"grammar": _named("a"), **LIKE_FEEDBACK},
    "maps in maps": {"coherence": _named({"a": {"b": 1}}), **LIKE_FEEDBACK},
    "quotes": {"quoted_examples": _list_of({"quote": "a"})},
    "quotes with more": {"quoted_examples": _list_of({"quote": "a", "x": 1})},
    "recommendations": {"recommendations": _list_of("Read.")},
    "a text of short lines": {"overall": _repeated("a\n")[: SIZE // 3]},
    "a list of lists": {"weaknesses": _list_of([[[1]]])},
    "weaknesses": {"weaknesses": _list_of("Articles are wrong.")},
    "a long word": {"overall": "é" * (SIZE // 6)},
}
"""Feedback as JSON values. Each is stored as JSON text."""

CARDS: Mapping[str, Any] = {
    "numbers": _list_of(1),
    "empty maps": _list_of({}),
    "the shortest cards": _list_of({"question": "a"}),
    "a type each": [
        {"question": f"q{number}", "answer": "a", "type": f"T{number}", "difficulty": f"D{number}"}
        for number in range(5_500)
    ],
    "cards of 26 options and 12 fields": _list_of(
        {"question": "q", "answer": "a", "options": ["o"] * 26} | {f"f{number}": "x" for number in range(12)}
    ),
    "one card of many options": [{"question": "q", "answer": "a", "options": _list_of("o")}],
    "one card of many fields": [{"question": "q", "answer": "a", **_named("x")}],
    "one card of a deep field": [{"question": "q", "answer": "a", "more": _under(DEEP_NAMES, LEAVES)}],
    "a type of 300,000 characters": [{"question": "q", "type": "t" * 300_000}, {"question": "r", "type": "t" * 9_000}],
    "texts beside the cards": {"flashcards": [{"question": "q", "answer": "a"}], **_named("x")},
}
"""Cards as JSON values. Each is stored as JSON text."""


def evaluations() -> dict[str, dict[str, Any]]:
    """Attributes of an evaluation, by a name for the case."""
    feedbacks = {name: {"feedback": {"S": json.dumps(content)}} for name, content in FEEDBACKS.items()}
    return feedbacks | {
        "native feedback": {"feedback": wire({"strengths": [1] * 100_000})},
        "feedback that is no JSON": {"feedback": {"S": _repeated("a\n")}},
        "feedback encoded twice": {"feedback": {"S": json.dumps(json.dumps({"strengths": ["a"] * 40_000}))}},
        "an essay of short lines": {"essay_text": {"S": _repeated("a\n")}},
        "an essay with a quote in each line": {
            "essay_text": {"S": _repeated("a\n")[:150_000]},
            "feedback": {"S": json.dumps({"quoted_examples": [{"quote": "a"}] * 10_000})},
        },
        "a transcript of short lines": {"transcript": {"S": _repeated("a\n")}},
        "an error of short lines": {"status": {"S": "failed"}, "error_message": {"S": _repeated("a\n")}},
        "an unknown attribute of many numbers": {"more": {"L": [{"N": "1"}] * 120_000}},
        "an unknown attribute of deep lists": {"more": _deep_list()},
    }


def sets() -> dict[str, dict[str, Any]]:
    """Attributes of a flashcard set, by a name for the case."""
    texts = {name: {"flashcards": {"S": json.dumps(content)}} for name, content in CARDS.items()}
    return texts | {
        "native numbers": {"flashcards": {"L": [{"N": "1"}] * 120_000}},
        "cards that are no JSON": {"flashcards": {"S": _repeated("a\n")}},
        "a long document name": {"document_id": {"S": _repeated("ab/")}},
        "question types": {"question_types": {"L": [{"S": "a"}] * 120_000}},
    }


ORDINARY = "ordinary"
"""The name of an ordinary evaluation and set beside the worst ones."""


def stored(at: int) -> dict[TableKey, list[dict[str, Any]]]:
    """The items of both tables, stored at `at` (Unix seconds): a case's name is its id and its user's.

    Each user of an evaluation has an ordinary attempt beside it, which a page compares it with.
    """
    worst = {**evaluations(), ORDINARY: {}}
    attempts = [_keyed(WRITING, "evaluation_id", name, name, at) | own for name, own in worst.items()]
    attempts += [_keyed(WRITING, "evaluation_id", f"{ORDINARY} {name}", name, at) for name in worst]
    worst_sets = {**sets(), ORDINARY: {}}
    return {
        "evaluations": attempts,
        "flashcard_sets": [_keyed(FLASHCARD_SET, "set_id", name, name, at) | own for name, own in worst_sets.items()],
    }


PAGES: Mapping[str, tuple[str, Callable[[str], dict[str, Any]], Callable[[], dict[str, dict[str, Any]]]]] = {
    "evaluation": ("evaluation", lambda name: {"evaluation_id": name, "user_id": name}, evaluations),
    "its student": ("student", lambda name: {"user_id": name}, evaluations),
    "its job": ("jobs", lambda name: {"evaluation_id": name, "user_id": name}, evaluations),
    "beside another": (
        "compare",
        lambda name: {"evaluation_id": [name, f"{ORDINARY} {name}"], "user_id": name},
        evaluations,
    ),
    "set": ("flashcards", lambda name: {"set_id": name, "user_id": name}, sets),
    "set to study": ("flashcards", lambda name: {"set_id": name, "user_id": name, "view": "Study"}, sets),
}
"""The pages that show one item: the page's name, its parameters by the name of a case, and the cases."""


def addresses() -> dict[str, list[str]]:
    """The addresses of all worst items, by what is opened (`PAGES`)."""
    return {
        what: [f"{page}?{urlencode(parameters_of(name), doseq=True)}" for name in items()]
        for what, (page, parameters_of, items) in PAGES.items()
    }


def _keyed(template: dict[str, Any], key_name: str, key: str, user_id: str, at: int) -> dict[str, Any]:
    return {**template, key_name: {"S": key}, "user_id": {"S": user_id}, "created_at": {"N": str(at)}}


def _deep_list() -> dict[str, Any]:
    value: dict[str, Any] = {"L": [{"N": "1"}] * 100_000}
    for _ in range(30):
        value = {"L": [value]}
    return value

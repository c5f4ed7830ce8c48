"""The largest items, ids and histories that DynamoDB allows, with which every page must stay usable."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from benchmarks import generated_tables
from benchmarks.generated_tables import StoredTable
from data.schema import TABLES, TableKey
from tests.documented import FLASHCARD_SET, SPEAKING, WRITING

Item = dict[str, Any]

MAX_ITEM_BYTES = 400 * 1024
"""DynamoDB's maximum size of an item."""
MAX_KEY_BYTES = 1024
"""DynamoDB's maximum size of a sort key, which `user_id` is."""

BUSY, BUSY_ATTEMPTS = "learner-with-20000", 20_000
AUTHOR, ESSAY = "author-of-a-long-essay", "essay-of-400-kb"
COLLECTOR, CARDS, MAX_CARDS = "collector", "set-of-5000-cards", 5_000
LONG_IDS: Mapping[str, str] = {
    "unbroken": "i" * MAX_KEY_BYTES,
    "Vietnamese": "Nguyễn·" * (MAX_KEY_BYTES // len("Nguyễn·".encode())),
    "emoji": "👩🏽‍🎓" * (MAX_KEY_BYTES // len("👩🏽‍🎓".encode())),
    "bytes": "%FF/?&#\\" * (MAX_KEY_BYTES // 8),
}
"""Ids of 1 KB: each is the id of a student, and the ids of their evaluations and set are derived from it."""
DAY = 86_400


def tables(items: Mapping[TableKey, list[Item]]) -> dict[TableKey, StoredTable]:
    """Both tables with these items, ready to be served."""
    return {key: generated_tables.stored_table(table, items.get(key, [])) for key, table in TABLES.items()}


def everything(now: float) -> dict[TableKey, list[Item]]:
    """All large items and long ids in one pair of tables. `now`: Unix seconds."""
    evaluations = [*_busy(int(now)), long_essay(int(now)), *_few_of(AUTHOR, int(now))]
    sets = [many_cards(int(now))]
    for name in LONG_IDS.values():
        evaluations += _few_of(name, int(now))
        sets.append(_written(FLASHCARD_SET, name, name, int(now), "set_id"))
    return {"evaluations": evaluations, "flashcard_sets": sets}


def one_item(now: float) -> dict[TableKey, list[Item]]:
    """One table with one essay, the other empty."""
    return {"evaluations": [_written(WRITING, "the-only-one", "the-only-student", int(now))]}


def long_essay(now: int) -> Item:
    """An essay that fills an item, with feedback that quotes its beginning, its middle and its end."""
    item = _written(WRITING, ESSAY, AUTHOR, now)
    sentences = [
        f"Sentence {number} says that cities grow faster than the roads that lead to them." for number in range(5)
    ]
    paragraph = " ".join(sentences)
    quotes = [f"In paragraph {number} the writer repeats" for number in (0, 1_000, 4_000)]
    examples = [{"quote": quote, "issue": "repetition", "suggestion": "say it once"} for quote in quotes]
    item["feedback"] = {"S": json.dumps({"weaknesses": ["Repeats itself"] * 50, "quoted_examples": examples})}
    room = MAX_ITEM_BYTES - generated_tables.item_bytes(item) - 100
    paragraphs, used = [], 0
    for number in count():
        line = f"In paragraph {number} the writer repeats what was said. {paragraph[: 40 if number % 2 else None]}\n"
        used += len(line)
        if used > room:
            break
        paragraphs.append(line)
    item["essay_text"] = {"S": "".join(paragraphs)}
    item["word_count"] = {"N": str(len(item["essay_text"]["S"].split()))}
    return item


def many_cards(now: int) -> Item:
    """A set with `MAX_CARDS` cards, about as many as fit into an item."""
    cards = [
        {"question": f"Word {number}?", "answer": f"Meaning {number}.", "type": "QA"} for number in range(MAX_CARDS)
    ]
    item = _written(FLASHCARD_SET, CARDS, COLLECTOR, now, "set_id")
    item["flashcards"] = {"S": json.dumps(cards)}
    item["total_cards"] = {"N": str(MAX_CARDS)}
    return item


def ids_of_few(user_id: str) -> list[str]:
    """The ids of the few evaluations of a student; the last one failed."""
    ids = [f"{number}{user_id}" for number in range(7)]
    return [key.encode()[:MAX_KEY_BYTES].decode(errors="ignore") for key in ids]


def _busy(now: int) -> list[Item]:
    """One student's attempts, four a day: in both skills, some without a time, some failed."""
    items = []
    for number in range(BUSY_ATTEMPTS):
        template = SPEAKING if number % 3 else WRITING
        item = _written(template, f"attempt-{number:06}", BUSY, now - number * DAY // 4)
        for position, name in enumerate(sorted(name for name in item if name.endswith("_band"))):
            item[name] = {"S": f"{5 + (number * 7 + position * 3) % 7 / 2:.1f}"}
        if number % 50 == 0:
            del item["created_at"]
        if number % 40 == 0:
            item["status"] = {"S": "failed"}
            item["error_message"] = {"S": f"Model overloaded, attempt {number}"}
        items.append(item)
    return items


def _few_of(user_id: str, now: int) -> list[Item]:
    """A few attempts of one student, whose ids contain the student's as far as there is room; the last one failed."""
    items = []
    for number, key in enumerate(ids_of_few(user_id)):
        item = _written(SPEAKING if number % 2 else WRITING, key, user_id, now - number * DAY)
        items.append(item)
    items[-1]["status"] = {"S": "failed"}
    items[-1]["error_message"] = {"S": "Model overloaded"}
    return items


def _written(template: Item, key: str, user_id: str, at: int, key_name: str = "evaluation_id") -> Item:
    return {**template, key_name: {"S": key}, "user_id": {"S": user_id}, "created_at": {"N": str(at)}}

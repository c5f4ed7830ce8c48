"""The three example items of the documented schema, all of `user-456`, and tables to put items into."""

import json
from collections.abc import Iterable
from typing import Any

from data import provision
from data.schema import TABLES, TableKey
from data.settings import Settings

NAMES = Settings().names

ESSAY = "Many people believe that technology has made our lives more complex than it was a generation ago."
TRANSCRIPT = (
    "I would like to talk about my hometown. It is a small city on the coast, and it is famous for its fishing.\n"
    "Um, when I was a child, you know, we went to the harbour every morning to watch the boats come in."
)

WRITING = {
    "evaluation_id": {"S": "eval-abc123"},
    "user_id": {"S": "user-456"},
    "evaluation_type": {"S": "writing"},
    "status": {"S": "completed"},
    "overall_band": {"S": "7.0"},
    "task_achievement_band": {"S": "7.0"},
    "coherence_band": {"S": "7.0"},
    "lexical_band": {"S": "6.5"},
    "grammar_band": {"S": "7.0"},
    "word_count": {"N": "287"},
    "essay_text": {"S": ESSAY},
    "feedback": {"S": json.dumps({"strengths": ["Clear position"], "weaknesses": ["Limited range of linkers"]})},
    "model_used": {"S": "gemini-writing_task2"},
    "created_at": {"N": "1763800000"},
}
SPEAKING = {
    "evaluation_id": {"S": "speak-xyz789"},
    "user_id": {"S": "user-456"},
    "evaluation_type": {"S": "speaking"},
    "status": {"S": "completed"},
    "overall_band": {"S": "7.0"},
    "fluency_band": {"S": "7.0"},
    "lexical_band": {"S": "7.0"},
    "grammar_band": {"S": "6.5"},
    "pronunciation_band": {"S": "7.5"},
    "transcript": {"S": TRANSCRIPT},
    "duration": {"S": "120.5"},
    "word_count": {"N": "44"},
    "feedback": {
        "S": json.dumps(
            {
                "fluency": {"band": 7.0, "feedback": "Speaks at length without noticeable effort."},
                "pronunciation": {"band": 7.5, "feedback": "Easy to understand throughout."},
            }
        )
    },
    "model_used": {"S": "gemini-2.5-flash-audio"},
    "created_at": {"N": "1763803600"},
}
CARDS = [
    {"question": "What does “abundant” mean?", "answer": "Existing in large quantities."},
    {"question": "Give the opposite of “scarce”.", "answer": "Plentiful."},
]
FLASHCARD_SET = {
    "set_id": {"S": "flashcard-set-123"},
    "user_id": {"S": "user-456"},
    "document_id": {"S": "uploads/documents/user-456/vocab-guide.pdf"},
    "status": {"S": "completed"},
    "flashcards": {"S": json.dumps(CARDS)},
    "total_cards": {"N": "2"},
    "page_count": {"N": "12"},
    "chunk_count": {"N": "8"},
    "created_at": {"N": "1763807200"},
}
ITEMS: list[tuple[TableKey, dict[str, Any]]] = [
    ("evaluations", WRITING),
    ("evaluations", SPEAKING),
    ("flashcard_sets", FLASHCARD_SET),
]


def fill(client: Any, index_set: str, items: Iterable[tuple[TableKey, dict[str, Any]]]) -> None:
    """Makes both tables with a set of indexes of `provision.INDEX_SETS` and puts the items in."""
    for key, table in TABLES.items():
        indexes = provision.INDEX_SETS[index_set][key]
        client.create_table(**provision.create_table_request(table, NAMES[key], indexes))
    for key, item in items:
        client.put_item(TableName=NAMES[key], Item=item)

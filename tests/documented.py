"""The three example items of the documented schema, all of `user-456`, and a function that stores items."""

import json
from collections.abc import Iterable
from typing import Any

from data.schema import TABLES, TableKey
from data.settings import Settings
from data.table_definitions import INDEX_SETS, create_table_request
from tests.items import item

NAMES = Settings().names

ESSAY = "Many people believe that technology has made our lives more complex than it was a generation ago."
TRANSCRIPT = (
    "I would like to talk about my hometown. It is a small city on the coast, and it is famous for its fishing.\n"
    "Um, when I was a child, you know, we went to the harbour every morning to watch the boats come in."
)

WRITING = item(
    evaluation_id="eval-abc123",
    user_id="user-456",
    evaluation_type="writing",
    status="completed",
    overall_band="7.0",
    task_achievement_band="7.0",
    coherence_band="7.0",
    lexical_band="6.5",
    grammar_band="7.0",
    word_count=287,
    essay_text=ESSAY,
    feedback=json.dumps({"strengths": ["Clear position"], "weaknesses": ["Limited range of linkers"]}),
    model_used="gemini-writing_task2",
    created_at=1763800000,
)
SPEAKING = item(
    evaluation_id="speak-xyz789",
    user_id="user-456",
    evaluation_type="speaking",
    status="completed",
    overall_band="7.0",
    fluency_band="7.0",
    lexical_band="7.0",
    grammar_band="6.5",
    pronunciation_band="7.5",
    transcript=TRANSCRIPT,
    duration="120.5",
    word_count=44,
    feedback=json.dumps(
        {
            "fluency": {"band": 7.0, "feedback": "Speaks at length without noticeable effort."},
            "pronunciation": {"band": 7.5, "feedback": "Easy to understand throughout."},
        }
    ),
    model_used="gemini-2.5-flash-audio",
    created_at=1763803600,
)
CARDS = [
    {"question": "What does “abundant” mean?", "answer": "Existing in large quantities."},
    {"question": "Give the opposite of “scarce”.", "answer": "Plentiful."},
]
FLASHCARD_SET = item(
    set_id="flashcard-set-123",
    user_id="user-456",
    document_id="uploads/documents/user-456/vocab-guide.pdf",
    status="completed",
    flashcards=json.dumps(CARDS),
    total_cards=2,
    page_count=12,
    chunk_count=8,
    created_at=1763807200,
)
ITEMS: list[tuple[TableKey, dict[str, Any]]] = [
    ("evaluations", WRITING),
    ("evaluations", SPEAKING),
    ("flashcard_sets", FLASHCARD_SET),
]


def fill(client: Any, index_set: str, items: Iterable[tuple[TableKey, dict[str, Any]]]) -> None:
    """Create both tables with the indexes of `INDEX_SETS[index_set]` and store the items."""
    for key, table in TABLES.items():
        indexes = INDEX_SETS[index_set][key]
        client.create_table(**create_table_request(table, NAMES[key], indexes))
    for key, stored in items:
        client.put_item(TableName=NAMES[key], Item=stored)

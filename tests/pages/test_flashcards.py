"""The Flashcards page: filters and study mode."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import documented

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]
CARDS = [
    {"question": "abundant", "answer": "plentiful", "type": "VOCABULARY", "difficulty": "EASY"},
    {"question": "scarce", "answer": "rare", "type": "VOCABULARY", "difficulty": "HARD"},
    {"question": "GDP", "answer": "what a country makes", "type": "DEFINITION", "difficulty": "HARD"},
]
ADDRESS = {"set_id": "flashcard-set-123", "user_id": "user-456"}


@pytest.fixture(autouse=True)
def a_set(cloud: Any) -> None:
    item = documented.FLASHCARD_SET | {"flashcards": {"S": json.dumps(CARDS)}, "total_cards": {"N": "3"}}
    documented.fill(cloud, "none", [("flashcard_sets", item)])


def answers(shown: str) -> set[str]:
    return {card["answer"] for card in CARDS if card["answer"] in shown}


def test_cards_are_filtered_by_type_difficulty_and_text(open_page: Open, text_of: TextOf) -> None:
    app = open_page("flashcards", **ADDRESS)
    assert answers(text_of(app)) == {"plentiful", "rare", "what a country makes"}
    app.get("button_group")[1].set_value(["VOCABULARY"]).run()
    assert answers(text_of(app)) == {"plentiful", "rare"}
    app.text_input(key="find").set_value("RARE").run()
    assert answers(text_of(app)) == {"rare"}
    app.text_input(key="find").set_value("nowhere").run()
    assert "No cards match." in text_of(app)


def test_studying_shows_one_card_turns_it_and_ends(open_page: Open, text_of: TextOf) -> None:
    app = open_page("flashcards", **ADDRESS, view="Study")
    assert not app.exception
    assert "abundant" in text_of(app)
    assert answers(text_of(app)) == set()
    app.button(key="turn").click().run()
    assert answers(text_of(app)) == {"plentiful"}
    app.button(key="again").click().run()
    assert "scarce" in text_of(app)
    for _ in range(3):
        app.button(key="known").click().run()
    assert "Every card of this set is known." in [element.value for element in app.success]
    assert app.button(key="turn").disabled
    app.button(key="restart").click().run()
    assert "abundant" in text_of(app)


def test_choice_cards_show_their_options_and_every_other_field(cloud: Any, open_page: Open, text_of: TextOf) -> None:
    choice = {"question": "Which is wet?", "answer": "B", "question_type": "INFERENCE", "chunk_reference": "p. 3"}
    reply = {"cards": [choice | {"options": ["sand", "rain"], "hint": "It falls."}], "topic": "weather"}
    stored = {"S": f"```json\n{json.dumps(reply)}\n```"}
    cloud.put_item(TableName=documented.NAMES["flashcard_sets"], Item=documented.FLASHCARD_SET | {"flashcards": stored})
    shown = text_of(open_page("flashcards", **ADDRESS))
    for text in (
        "sand",
        "✓ right",
        "inference",
        "p. 3",
        "It falls.",
        "topic: weather",
        "json_in_code_fence",
        "json_wrapped",
    ):
        assert text in shown
    app = open_page("flashcards", **ADDRESS, view="Study")
    assert "sand" in text_of(app)
    assert "✓ right" not in text_of(app)
    assert "It falls." not in text_of(app)
    app.button(key="turn").click().run()
    assert "✓ right" in text_of(app)
    assert "It falls." in text_of(app)


def test_a_set_of_many_unreadable_entries_shows_some_of_them(cloud: Any, open_page: Open, text_of: TextOf) -> None:
    item = documented.FLASHCARD_SET | {"flashcards": {"S": json.dumps([1] * 100_000)}, "total_cards": {"N": "3"}}
    cloud.put_item(TableName=documented.NAMES["flashcard_sets"], Item=item)
    app = open_page("flashcards", **ADDRESS)
    assert not app.exception
    assert "And 99,980 more entries in the raw item." in text_of(app)


def test_cards_can_be_taken_away_and_odd_ones_are_marked(cloud: Any, open_page: Open, text_of: TextOf) -> None:
    odd = [*CARDS, CARDS[0], {"question": "", "answer": "only an answer"}]
    item = documented.FLASHCARD_SET | {"flashcards": {"S": json.dumps(odd)}, "total_cards": {"N": "3"}}
    cloud.put_item(TableName=documented.NAMES["flashcard_sets"], Item=item)
    app = open_page("flashcards", **ADDRESS)
    assert "same as card 1" in text_of(app)
    assert "no question" in text_of(app)
    assert "`card_count_differs`".replace("_", "") in text_of(app).replace("_", "")
    assert {button.proto.label for button in app.get("download_button")} == {
        "Anki package",
        "Tab-separated for Anki",
        "CSV",
    }
    assert len(open_page("flashcards", user_id="user-456").get("download_button")) == 3

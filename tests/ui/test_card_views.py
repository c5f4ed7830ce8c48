import pytest
from markupsafe import Markup

from bandup.analysis.flashcard_sets import cards_frame
from bandup.ui.card_views import code_label, grid, option_label
from data.records import Card
from tests.ui.parsed import HOSTILE, balanced, parsed


def rendered(*cards):
    return grid(cards_frame(cards))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_in_every_slot(text):
    page = parsed(rendered(Card(text, text, text, text, text)))
    assert isinstance(rendered(Card(text, text)), Markup)
    assert page.structure == parsed(rendered(Card("x", "x", "x", "x", "x"))).structure
    marks = text.replace("_", " ").lower()
    assert page.text == f"{text}\n{text}\n{marks} · {marks}\n\n\n"


@pytest.mark.parametrize(
    ("card", "lines"),
    [
        (Card("Q", "A", "FILL_BLANK", "HARD"), ["Q", "A", "fill blank · hard"]),
        (Card("Q", "A", "", "EASY"), ["Q", "A", "easy"]),
        (Card("Q", "A", "DEFINITION"), ["Q", "A", "definition"]),
        (Card("Q", "A"), ["Q", "A"]),
        (Card("", "A"), ["No question", "A"]),
        (Card("Q", ""), ["Q", "No answer"]),
    ],
)
def test_one_card(card, lines):
    assert parsed(rendered(card)).lines == lines


def test_cards_are_a_list_in_their_order():
    page = parsed(rendered(Card("Q1", "A1"), Card("Q2", "A2")))
    assert page.lines == ["Q1", "A1", "Q2", "A2"]
    assert page.structure.count("<li class='b-card'") == 2
    assert balanced(page.structure)
    assert rendered() == Markup('<ul class="b-cards"></ul>')


def test_lines_of_a_card_are_kept():
    assert "one\n\n  two" in rendered(Card("one\n\n  two", "A"))


def test_codes_as_words():
    assert code_label("FILL_BLANK") == "fill blank"
    assert option_label("[x](http://e.example)") == "\\[x\\](http:\u2060//e.example)"

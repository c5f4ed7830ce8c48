import pytest
from markupsafe import Markup

from bandup.analysis.flashcard_sets import cards_frame
from bandup.templating import render
from bandup.ui import card_views
from bandup.ui.card_views import code_label, grid
from data.records import Card
from tests.ui.parsed import HOSTILE, balanced, parsed


def words(html):
    """The texts of a card's elements in order."""
    return [line.strip() for line in parsed(html).lines if line.strip()]


def rendered(*cards):
    return grid(cards_frame(cards))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_in_every_slot(text):
    card = Card(text, text, text, text, text, (text, text), ((text, text),))
    page = parsed(rendered(card))
    assert isinstance(rendered(Card(text, text)), Markup)
    assert page.structure == parsed(rendered(Card("x", "x", "x", "x", "x", ("x", "x"), (("x", "x"),)))).structure
    marks = text.replace("_", " ").lower()
    assert f"\n{marks} · {marks}\n" in page.text
    assert page.text.count(text) >= 6  # a long name of a field is cut


@pytest.mark.parametrize(
    ("card", "lines"),
    [
        (Card("Q", "A", "FILL_BLANK", "HARD"), ["Q", "A", "fill blank · hard"]),
        (Card("Q", "A", "", "EASY"), ["Q", "A", "easy"]),
        (Card("Q", "A", "DEFINITION"), ["Q", "A", "definition"]),
        (Card("Q", "A"), ["Q", "A"]),
        (Card("", "A"), ["No question", "A"]),
        (
            Card("Q", "B", "INFERENCE", options=("A) a", "B) b"), source_chunk="3", others=(("hint", "H"),)),
            ["Q", "A", "a", "B", "b", "✓ right", "B", "inference", "source chunk", ": 3", "hint", ": H"],
        ),
        (Card("Q", "C", options=("a", "b")), ["Q", "A", "a", "B", "b", "C"]),
        (Card("Q", ""), ["Q", "No answer"]),
    ],
)
def test_one_card(card, lines):
    assert words(rendered(card)) == lines


def test_the_question_side_has_the_options_and_nothing_that_tells_the_answer():
    card = card_views._values(cards_frame([Card("Q", "B", options=("a", "b"), others=(("hint", "b!"),))]).iloc[0])
    front, back = (words(render("study_card.html", card=card, with_answer=side)) for side in (False, True))
    assert front == ["Q", "A", "a", "B", "b"]
    assert back == ["Q", "A", "a", "B", "b", "✓ right", "B", "hint", ": b!"]


def test_what_is_drawn_of_a_huge_card_is_bounded():
    options, others = ("long " * 1_000,) * 5_000, tuple((f"field {n}", "long " * 100) for n in range(5_000))
    html = rendered(Card("Q", "A", options=options, others=others))
    assert len(html) < 30_000
    assert "and 4,974 more" in html
    assert "and 4,988 more fields in the raw item" in html


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

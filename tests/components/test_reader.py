import pytest
from markupsafe import Markup

from components.reader import STORED_ESSAY_CHARACTERS, essay, is_cut_off, transcript
from tests.components.parsed import HOSTILE, balanced, parsed

THOUSAND = "word " * 200
CUT_NOTE = "Only the first 1,000 characters are stored; the essay had 280 words."


@pytest.mark.parametrize("draw", [transcript, lambda text: essay(text, 3)])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text(draw, text):
    found = draw(f"{text}\nand {text}")
    assert isinstance(found, Markup)
    assert parsed(found).structure == ["<div class='b-prose'", "<p", "</p", "<p", "</p", "</div"]
    assert parsed(found).lines == [text, f"and {text}"]


@pytest.mark.parametrize(
    ("text", "words", "cut"),
    [
        (THOUSAND, 280, True),
        (THOUSAND, 201, True),
        (THOUSAND, 200, False),
        (THOUSAND, 0, False),
        (THOUSAND, None, False),
        (THOUSAND[:-1], 280, False),
        (THOUSAND * 2, 400, False),
        (THOUSAND * 2, 500, True),
        ("word", 280, False),
        ("", 280, False),
        ("", None, False),
    ],
)
def test_an_essay_that_was_cut_off_says_so(text, words, cut):
    assert STORED_ESSAY_CHARACTERS == 1000
    assert is_cut_off(text, words) == cut
    assert ("Only the first" in essay(text, words)) == cut


def test_the_note_follows_the_essay():
    found = parsed(essay(THOUSAND, 280))
    assert found.lines == [THOUSAND.strip(), CUT_NOTE]
    assert found.structure[-2:] == ["<p class='b-note'", "</p"]
    assert balanced(found.structure)


def test_a_whole_transcript_is_shown():
    long = "\n".join(f"line {n} & more" for n in range(5000))
    assert parsed(transcript(long)).lines == long.split("\n")


def test_nothing_to_read():
    assert transcript("") == essay("", None) == Markup('<div class="b-prose"></div>')

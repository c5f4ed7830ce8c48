import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from bandup.analysis.quote_matching import Placed, Span, placed
from bandup.analysis.transcripts import search
from bandup.ui.annotated_text import essay, example, transcript
from data.records import QuotedExample
from tests.ui.parsed import HOSTILE, balanced, parsed

THOUSAND = "word " * 200
CUT_NOTE = "Only the first 1,000 characters are stored; the essay had 280 words."
TEXT = "Many people is happy.\n\nHe go to school, and he have a dog."


def drawn(text: str, *quotes: str, words: int | None = 20) -> Markup:
    examples = [QuotedExample(quote, f"issue of {quote}", f"better {quote}") for quote in quotes]
    return essay(text, placed(examples, text, words), words)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_in_every_slot(text):
    harmless, hostile = (
        parsed(
            essay(
                f"start {some} end",
                [
                    Placed(QuotedExample(some, some, some), Span(6, 6 + len(some))),
                    Placed(QuotedExample(some, some, some), Span(6, 6 + len(some)), cut_off=True),
                    Placed(QuotedExample(some, some, some), None),
                ],
                None,
            )
        )
        for some in ("harmless", text)
    )
    assert hostile.structure == harmless.structure
    assert balanced(hostile.structure)
    assert hostile.text.count(text) >= 10
    assert isinstance(drawn(text, text), Markup)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_transcript_is_a_text(text):
    found = parsed(transcript(f"{text} and {text}", [Span(0, len(text))]))
    assert found.structure == ["<div class='b-prose'", "<p", "<mark class='b-found'", "</mark", "</p", "</div"]
    assert found.text.replace("\n", "") == f"{text} and {text}"


def test_only_elements_for_reading():
    structure = parsed(drawn(TEXT, "people is", "he have", "is happy", "nowhere")).structure
    assert balanced(structure)
    assert {entry.strip("</").split(" ")[0] for entry in structure} == {
        *("div", "section", "h3", "p", "ol", "ul", "li", "blockquote", "b", "span", "mark", "sup")
    }
    assert {entry.split(" ", 1)[1] for entry in structure if " " in entry} == {
        *("class='b-annotated'", "class='b-passages'", "class='b-passage'", "class='b-notes'", "class='b-note'"),
        *("class='b-found'", "class='b-found b-shared'", "class='b-quote'"),
        *(f"class='b-quote' value='{number}'" for number in (1, 2, 3)),
    }


def test_quotes_are_marked_and_numbered_and_their_notes_stand_with_their_paragraph():
    found = drawn(TEXT, "he have", "people is", "He go")
    assert parsed(found).lines == [
        *("Many people is[1]", " happy."),
        *("people is", "Issue: ", "issue of people is", "Better: ", "better people is"),
        *("He go[2]", " to school, and he have[3]", " a dog."),
        *("He go", "Issue: ", "issue of He go", "Better: ", "better He go"),
        *("he have", "Issue: ", "issue of he have", "Better: ", "better he have"),
    ]
    assert re.findall("<mark[^>]*>(.*?)</mark>", found) == [
        "people is<sup>[1]</sup>",
        "He go<sup>[2]</sup>",
        "he have<sup>[3]</sup>",
    ]
    assert re.findall(r"<li[^>]*value=\"(\d)\"", found) == ["1", "2", "3"]
    assert found.count('<div class="b-passage">') == 2


def test_overlapping_quotes_each_have_their_number_at_their_end():
    found = drawn("Many people are happy today.", "people are happy", "are happy today", "happy")
    assert re.findall("<mark[^>]*>.*?</mark>", found) == [
        '<mark class="b-found">people </mark>',
        '<mark class="b-found b-shared">are </mark>',
        '<mark class="b-found b-shared">happy<sup>[1][3]</sup></mark>',
        '<mark class="b-found"> today<sup>[2]</sup></mark>',
    ]


def test_a_quote_over_two_paragraphs_is_marked_in_both():
    found = drawn("Many people\n\nis happy.", "people is")
    assert re.findall("<mark[^>]*>(.*?)</mark>", found) == ["people<sup>[1]</sup>", "is<sup>[1]</sup>"]
    assert found.count("<li") == 1
    assert found.index("</mark></p>") < found.index("<li") < found.index("<mark", found.index("</mark></p>"))


def test_what_was_not_found_stands_apart():
    found = parsed(drawn(TEXT, "nowhere", "people is", "neither"))
    at = found.lines.index("Not found in the essay")
    assert found.lines[at + 1] == "The grader may have put the words another way."
    assert [line for line in found.lines[at + 2 :] if line in {"nowhere", "neither", "people is"}] == [
        "nowhere",
        "neither",
    ]
    assert "<ul class='b-notes'" in found.structure


def test_an_essay_that_was_cut_off_says_so_and_why_a_quote_is_missing():
    found = parsed(drawn(THOUSAND, "word word wordy word", words=280))
    assert found.lines[:4] == [
        THOUSAND.strip(),
        CUT_NOTE,
        "Not found in the essay",
        "They may stand in the part that is not stored.",
    ]


def test_a_quote_that_goes_beyond_the_stored_text_says_so():
    text = "word " * 195 + "In the modern world, people"[:25]
    found = parsed(drawn(text, "In the modern world, people is", words=280))
    assert found.lines[0].endswith("In the modern world, peop[1]")
    assert "The stored text ends within this quote." in found.lines
    assert "Not found in the essay" not in found.lines


@pytest.mark.parametrize(
    ("text", "words", "note"),
    [
        (THOUSAND, 280, CUT_NOTE),
        (THOUSAND, 1280, CUT_NOTE.replace("280", "1,280")),
        (THOUSAND, None, "Only the first 1,000 characters of an essay are stored; this one may have been longer."),
        (THOUSAND, 200, None),
        (THOUSAND[:-1], 280, None),
        ("", 280, None),
    ],
)
def test_a_cut_off_essay_without_examples(text, words, note):
    assert parsed(essay(text, [], words)).lines == [line for line in (text.strip(), note) if line]


def test_an_essay_without_examples_is_its_paragraphs():
    assert essay(TEXT, [], 20) == Markup(
        '<div class="b-annotated"><div class="b-prose"><p>Many people is happy.</p>'
        "<p>He go to school, and he have a dog.</p></div></div>"
    )


def test_examples_without_an_essay():
    assert parsed(drawn("", "people is")).lines[:3] == [
        "Examples from the essay",
        "No essay is stored to find them in.",
        "people is",
    ]


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (QuotedExample("q"), ["q"]),
        (QuotedExample("q", "i"), ["q", "Issue: ", "i"]),
        (QuotedExample("q", "", "s"), ["q", "Better: ", "s"]),
        (QuotedExample("q", "i", "s"), ["q", "Issue: ", "i", "Better: ", "s"]),
    ],
)
def test_an_example(one, lines):
    assert parsed(example(one)).lines == lines


def visible(markup: Markup, tag: str) -> str:
    """The text of the paragraphs, without numbers, and without white space."""
    inside = "".join(re.findall(f"<{tag}>(.*?)</{tag}>", markup, flags=re.DOTALL))
    return "".join(parsed(re.sub("<sup>.*?</sup>", "", inside)).text.split())


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["the", "cat", "rất", " ", "\n", "<b>", ". ", "\u2028", "é"]), max_size=40).map("".join),
    st.lists(st.sampled_from(["the", "cat", "the cat", "rất", "<b>", "cat. the"]), max_size=4),
)
def test_nothing_of_the_essay_is_lost(text, quotes):
    found = essay(text, placed([QuotedExample(quote) for quote in quotes], text), None)
    without_notes = Markup(re.sub("<(ol|section).*?</\\1>", "", found, flags=re.DOTALL))
    assert visible(without_notes, "p") == "".join(text.split())
    assert balanced(parsed(found).structure)


@settings(deadline=None)
@given(st.text(), st.text(min_size=1, max_size=2))
def test_nothing_of_a_transcript_is_lost(text, wanted):
    kept = "".join(c for c in text if unicodedata.category(c) != "Cc" or c.isspace())
    assert visible(transcript(kept, search(kept, wanted)), "p") == "".join(kept.split())


def test_a_transcript_in_lines_with_its_hits():
    text = "I like the park. " * 40
    found = transcript(text, search(text, "PARK"))
    assert len(parsed(found).lines) > 40
    assert found.count("<p>") == 3
    assert found.count('<mark class="b-found">park</mark>') == 40
    assert "<sup>" not in found
    assert transcript("one\n\ntwo", [Span(5, 8), Span(0, 3)]).count("<mark") == 2
    assert transcript("one\n\ntwo") == Markup('<div class="b-prose"><p>one</p><p>two</p></div>')
    assert transcript("") == Markup('<div class="b-prose"></div>')


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("a\n" * 100_000, ["a"] * 200),
        ("the cat sat. " * 30_000, ["the cat"] * 200),
        (" ".join(f"w{at}" for at in range(700)), [" ".join(f"w{at}" for at in range(end)) for end in range(1, 700)]),
    ],
    ids=["lines", "one line", "nested"],
)
def test_the_largest_essays(text, quotes):
    started = time.process_time()
    drawn(text, *quotes)
    assert time.process_time() - started < 8

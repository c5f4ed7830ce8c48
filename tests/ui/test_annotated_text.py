import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from bandup.analysis.quote_matching import LocatedQuote, Span, locate_quotes
from bandup.analysis.transcripts import find_text
from bandup.templating import environment
from bandup.ui.annotated_text import essay, transcript
from data.records import QuotedExample
from tests.ui.parsed import HOSTILE, balanced, parsed

quoted_example = environment.get_template("macros.html").module.quoted_example

THOUSAND = "word " * 200
CUT_NOTE = "Only the first 1,000 characters are stored; the essay had 280 words."
TEXT = "Many people is happy.\n\nHe go to school, and he have a dog."


def rendered_essay(text: str, *quotes: str, words: int | None = 20) -> Markup:
    examples = [QuotedExample(quote, f"issue of {quote}", f"better {quote}") for quote in quotes]
    return essay(text, locate_quotes(examples, text, words), words)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_in_every_slot(text):
    harmless, hostile = (
        parsed(
            essay(
                f"start {some} end",
                [
                    LocatedQuote(QuotedExample(some, some, some), Span(6, 6 + len(some))),
                    LocatedQuote(QuotedExample(some, some, some), Span(6, 6 + len(some)), cut_off=True),
                    LocatedQuote(QuotedExample(some, some, some), None),
                ],
                None,
            )
        )
        for some in ("harmless", text)
    )
    assert hostile.structure == harmless.structure
    assert balanced(hostile.structure)
    assert hostile.text.count(text) >= 10
    assert isinstance(rendered_essay(text, text), Markup)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_transcript_is_a_text(text):
    markup = parsed(transcript(f"{text} and {text}", [Span(0, len(text))]))
    assert markup.structure == ["<div class='b-prose'", "<p", "<mark class='b-mark'", "</mark", "</p", "</div"]
    assert markup.text.replace("\n", "") == f"{text} and {text}"


def test_only_elements_for_reading():
    structure = parsed(rendered_essay(TEXT, "people is", "he have", "is happy", "nowhere")).structure
    assert balanced(structure)
    assert {entry.strip("</").split(" ")[0] for entry in structure} == {
        *("div", "section", "h3", "p", "ol", "ul", "li", "blockquote", "b", "span", "mark", "sup")
    }
    assert {entry.split(" ", 1)[1] for entry in structure if " " in entry} == {
        *("class='b-essay'", "class='b-paragraph'", "class='b-annotations'", "class='b-small'"),
        *("class='b-mark'", "class='b-mark b-overlap'", "class='b-quote'"),
        *(f"class='b-quote' value='{number}'" for number in (1, 2, 3)),
    }


def test_quotes_are_marked_and_numbered_and_their_notes_stand_with_their_paragraph():
    markup = rendered_essay(TEXT, "he have", "people is", "He go")
    assert parsed(markup).lines == [
        *("Many people is[1]", " happy."),
        *("people is", "Issue: ", "issue of people is", "Better: ", "better people is"),
        *("He go[2]", " to school, and he have[3]", " a dog."),
        *("He go", "Issue: ", "issue of He go", "Better: ", "better He go"),
        *("he have", "Issue: ", "issue of he have", "Better: ", "better he have"),
    ]
    assert re.findall("<mark[^>]*>(.*?)</mark>", markup) == [
        "people is<sup>[1]</sup>",
        "He go<sup>[2]</sup>",
        "he have<sup>[3]</sup>",
    ]
    assert re.findall(r"<li[^>]*value=\"(\d)\"", markup) == ["1", "2", "3"]
    assert markup.count('<div class="b-paragraph">') == 2


def test_overlapping_quotes_each_have_their_number_at_their_end():
    markup = rendered_essay("Many people are happy today.", "people are happy", "are happy today", "happy")
    assert re.findall("<mark[^>]*>.*?</mark>", markup) == [
        '<mark class="b-mark">people </mark>',
        '<mark class="b-mark b-overlap">are </mark>',
        '<mark class="b-mark b-overlap">happy<sup>[1][3]</sup></mark>',
        '<mark class="b-mark"> today<sup>[2]</sup></mark>',
    ]


def test_a_quote_over_two_paragraphs_is_marked_in_both():
    markup = rendered_essay("Many people\n\nis happy.", "people is")
    assert re.findall("<mark[^>]*>(.*?)</mark>", markup) == ["people<sup>[1]</sup>", "is<sup>[1]</sup>"]
    assert markup.count("<li") == 1
    assert markup.index("</mark></p>") < markup.index("<li") < markup.index("<mark", markup.index("</mark></p>"))


def test_what_was_not_found_stands_apart():
    markup = parsed(rendered_essay(TEXT, "nowhere", "people is", "neither"))
    at = markup.lines.index("Not found in the essay")
    assert markup.lines[at + 1] == "The grader may have changed the wording."
    assert [line for line in markup.lines[at + 2 :] if line in {"nowhere", "neither", "people is"}] == [
        "nowhere",
        "neither",
    ]
    assert "<ul class='b-annotations'" in markup.structure


def test_an_essay_that_was_cut_off_says_so_and_why_a_quote_is_missing():
    markup = parsed(rendered_essay(THOUSAND, "word word wordy word", words=280))
    assert markup.lines[:4] == [
        THOUSAND.strip(),
        CUT_NOTE,
        "Not found in the essay",
        "They may be in the part that is not stored.",
    ]


def test_a_quote_that_goes_beyond_the_stored_text_says_so():
    text = "word " * 195 + "In the modern world, people"[:25]
    markup = parsed(rendered_essay(text, "In the modern world, people is", words=280))
    assert markup.lines[0].endswith("In the modern world, peop[1]")
    assert "The stored text ends within this quote." in markup.lines
    assert "Not found in the essay" not in markup.lines


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
        '<div class="b-essay"><div class="b-prose"><p>Many people is happy.</p>'
        "<p>He go to school, and he have a dog.</p></div></div>"
    )


def test_examples_without_an_essay():
    assert parsed(rendered_essay("", "people is")).lines[:3] == [
        "Examples from the essay",
        "No essay is stored to find them in.",
        "people is",
    ]


@pytest.mark.parametrize(
    ("quote_example", "lines"),
    [
        (QuotedExample("q"), ["q"]),
        (QuotedExample("q", "i"), ["q", "Issue: ", "i"]),
        (QuotedExample("q", "", "s"), ["q", "Better: ", "s"]),
        (QuotedExample("q", "i", "s"), ["q", "Issue: ", "i", "Better: ", "s"]),
    ],
)
def test_an_example(quote_example, lines):
    assert parsed(quoted_example(quote_example)).lines == lines


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
    markup = essay(text, locate_quotes([QuotedExample(quote) for quote in quotes], text), None)
    without_notes = Markup(re.sub("<(ol|section).*?</\\1>", "", markup, flags=re.DOTALL))
    assert visible(without_notes, "p") == "".join(text.split())
    assert balanced(parsed(markup).structure)


@settings(deadline=None)
@given(st.text(), st.text(min_size=1, max_size=2))
def test_nothing_of_a_transcript_is_lost(text, wanted):
    kept = "".join(c for c in text if unicodedata.category(c) != "Cc" or c.isspace())
    assert visible(transcript(kept, find_text(kept, wanted)), "p") == "".join(kept.split())


def test_a_transcript_in_lines_with_its_hits():
    text = "I like the park. " * 40
    markup = transcript(text, find_text(text, "PARK"))
    assert len(parsed(markup).lines) > 40
    assert markup.count("<p>") == 3
    assert markup.count('<mark class="b-mark">park</mark>') == 40
    assert "<sup>" not in markup
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
    rendered_essay(text, *quotes)
    assert time.process_time() - started < 8

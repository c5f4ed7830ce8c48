import re
import time
import unicodedata
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.quote_matching import (
    MAX_GAP,
    STORED_CHARACTERS,
    LocatedQuote,
    Segment,
    Span,
    cut_at_spans,
    is_cut_off,
    locate_quotes,
    numbered_spans,
)
from data.records import QuotedExample

NFC, NFD = (lambda text: unicodedata.normalize("NFC", text)), (lambda text: unicodedata.normalize("NFD", text))


def find_quote(quote, text):
    """The place of one quote in a text, None if it is not found."""
    return locate_quotes([QuotedExample(quote)], text)[0].span


FILLING = "word " * 400
LONG_AGO = "long " * (MAX_GAP // 5)

CASES = {
    # what the grader quoted, and the essay with ⟦…⟧ where that stands; without it, the quote is not there
    "to the letter": ("He go to school", "Every day ⟦He go to school⟧ by bus."),
    "the whole essay": ("He go.", "⟦He go.⟧"),
    "case": ("HE GO to School", "Every day ⟦he go to school⟧ by bus."),
    "case that makes two letters of one": ("STRASSE", "the ⟦Straße⟧ is long"),
    "the same case before another": ("the city", "The city grows and ⟦the city⟧ is loud."),
    "case in another alphabet": ("ОБРАЗОВАНИЕ важно", "Моё ⟦образование важно⟧."),
    "spacing": ("people  is \t happy", "Many ⟦people is happy⟧."),
    "a line break in the essay": ("people is happy", "Many ⟦people\r\n is happy⟧."),
    "a line break in the quote": ("people\nis happy", "Many ⟦people is happy⟧."),
    "non-breaking and thin spaces": ("10 000 people is", "About ⟦10\u202f000\u00a0people is⟧ here."),
    "space around the quote": ("  people is \n", "Many ⟦people is⟧ happy."),
    "space before a comma": ("people, is happy", "Many ⟦people ,is happy⟧."),
    "curly apostrophe in the essay": ("don't agree", "I ⟦don’t agree⟧ at all."),
    "curly apostrophe in the quote": ("don’t agree", "I ⟦don't agree⟧ at all."),
    "curly quotation marks inside": ('the "global village" are', "So ⟦the “global village” are⟧ small."),
    "double quotation marks made single": ("the 'global village' are", 'So ⟦the "global village" are⟧ small.'),
    "quotation marks around": ('"people is"', "Many ⟦people is⟧ happy."),
    "curly quotation marks around": ("“People is happy.”", "Many ⟦people is happy⟧, they say."),
    "guillemets around": ("« people is »", "Many ⟦people is⟧ happy."),
    "markdown around": ("**people is**", "Many ⟦people is⟧ happy."),
    "escaped quotation marks": ('\\"people is\\"', "Many ⟦people is⟧ happy."),
    "final punctuation that was added": ("people is happy.", "Many ⟦people is happy⟧ and rich."),
    "final punctuation that is there": ("people is happy.", "Many ⟦people is happy.⟧ They sing."),
    "a dash of another length": ("cities - like mine - is", "Some ⟦cities — like mine — is⟧ old."),
    "a hyphen that is none": ("well-known problem", "A ⟦well‑known problem⟧."),
    "a hyphen left out": ("well known problem", "A ⟦well-known problem⟧."),
    "a comma left out": ("However it is", "⟦However, it is⟧ late."),
    "a comma added": ("However, it is", "⟦However it is⟧ late."),
    "the quote with its comma before the one without": ("However, it", "However it is. ⟦However, it⟧ was."),
    "an apostrophe left out": ("its a problem", "I think ⟦it's a problem⟧."),
    "a full stop is no comma": ("the city people", "We left the city. People stayed."),
    "ellipsis of three dots": ("I think... people", "Well, ⟦I think… people⟧ is."),
    "ellipsis before": ("… people is happy", "Many ⟦people is happy⟧."),
    "ellipsis after": ("Many people is...", "⟦Many people is⟧ happy."),
    "ellipsis in the middle": ("The graph … in 1990", "⟦The graph shows how many was sold in 1990⟧ and later."),
    "dots in the middle": ("The graph ... in 1990", "⟦The graph shows how many was sold in 1990⟧."),
    "brackets in the middle": ("The graph [...] in 1990", "⟦The graph shows how many was sold in 1990⟧."),
    "two ellipses": ("The graph … sold … 1990", "⟦The graph shows how many was sold in 1990⟧."),
    "ellipsis: parts in another order": ("in 1990 … The graph", "The graph shows how many was sold in 1990."),
    "ellipsis: parts too far apart": ("The graph … in 1990", f"The graph {FILLING} in 1990."),
    "ellipsis: parts just near enough": ("The graph … in 1990", f"⟦The graph {LONG_AGO}in 1990⟧."),
    "ellipsis: parts just too far": ("The graph … in 1990", f"The graph {LONG_AGO}long long in 1990."),
    "ellipsis: a later place": ("The graph … in 1990", f"The graph {FILLING} in 1990. ⟦The graph sank in 1990⟧."),
    "ellipsis: the nearest parts": ("The graph … in 1990", f"The graph {FILLING} ⟦The graph sank in 1990⟧ in 1990."),
    "ellipsis: one part missing": ("The graph … in 1991", "The graph shows how many was sold in 1990."),
    "ellipsis: too little to be sure": ("The … in", "The graph shows how many was sold in 1990."),
    "ellipsis: too many parts": ("a … b … c … d … e … f … g", "a a b b c c d d e e f f g"),
    "composed Vietnamese": (NFC("rất cần thiết"), NFD("Điều này ⟦rất cần thiết⟧.")),
    "decomposed Vietnamese": (NFD("rất cần thiết"), NFC("Điều này ⟦rất cần thiết⟧.")),
    "other diacritics are other words": ("rat can", "Điều này rất cần thiết."),
    "no half of a decomposed letter": ("cafe", NFD("the café")),
    "ligatures and full width": ("find the office", "⟦ﬁnd the ｏﬃce⟧ there"),
    "right to left": ("التعليم مهم", "أعتقد أن ⟦التعليم مهم⟧ جدا"),
    "right to left with marks between": ("التعليم مهم", "أعتقد أن ⟦التعليم\u200f مهم⟧ جدا"),
    "soft hyphens and zero width": ("technology is", "I say ⟦tech\u00adno\u200blogy is⟧ good"),
    "a word": ("informations", "Many ⟦informations⟧ are here."),
    "a word only as a word": ("the", "Other people bathe there, but ⟦the⟧ others don't."),
    "a word inside another": ("the", "Others bathe there."),
    "a word with an apostrophe is another": ("its", "I think it's late."),
    "a word before an apostrophe": ("it", "We know it's late and leave ⟦it⟧."),
    "a word beside a hyphen": ("known", "A well-⟦known⟧ man."),
    "the first of several": ("the", "⟦the⟧ man and the dog and the cat"),
    "a number": ("5", "In 1995, 3.5 of ⟦5⟧."),
    "a sign that is part of the quote": ("C++", "I like vitamin C and ⟦C++⟧."),
    "a sign that is missing": ("5%", "In 5 years."),
    "begins inside a word": ("ducation are very import", "⟦Education are very important⟧ here."),
    "begins inside a word: too short": ("ducation are", "Education are very important."),
    "another word in the middle": ("people is very happy", "Many people is quite happy."),
    "more words than the essay": ("Many people is happy and rich", "Many people is happy."),
    "not there": ("nothing like it", "Many people is happy."),
    "nothing quoted": ("", "Many people."),
    "only space": (" \n", "Many people."),
    "only signs": ("...", "Many people... Many."),
    "nothing in the essay": ("people", ""),
    "only space in the essay": ("people", " \n "),
    "tags": ("<b>people</b> is", "Many ⟦<b>people</b> is⟧ <script>"),
    "entities as they stand": ("fish &amp; chips", "I eat ⟦fish &amp; chips⟧."),
    "patterns": (r"(a+)+$ [^x]*", r"say ⟦(a+)+$ [^x]*⟧ twice"),
    "control characters": ("a\x00b c\x1fd", "x ⟦a\x00b c\x1fd⟧ y"),
    "overridden direction": ("evil text", "⟦\u202eevil text\u202c⟧"),
    "emoji": ("I 👩‍👧 love", "and ⟦I 👩‍👧 love⟧ it"),
}


def marked(essay: str) -> tuple[str, Span | None]:
    """An essay without its ⟦…⟧, and the span between them."""
    begin, end = essay.find("⟦"), essay.find("⟧")
    return essay.replace("⟦", "").replace("⟧", ""), None if begin < 0 else Span(begin, end - 1)


@pytest.mark.parametrize(("quote", "essay"), CASES.values(), ids=CASES)
def test_find_quote(quote, essay):
    text, span = marked(essay)
    found = find_quote(quote, text)
    assert found == span, text[slice(*found)] if found else None


def stored(text: str) -> str:
    """An essay of exactly the stored length that ends with this text."""
    return ("many words " * 100)[: STORED_CHARACTERS - len(text) - 1] + " " + text


CUT = {
    # the quote, what stands at the end of the stored text, and how much of that is found
    "in a word": ("In the modern world, people is", "In the modern wor", "In the modern wor"),
    "after a word": ("In the modern world, people is", "In the modern world", "In the modern world"),
    "after a sign": ("In the modern world, people is", "In the modern world,", "In the modern world,"),
    "after a space": ("In the modern world, people is", "In the modern world, ", "In the modern world,"),
    "in an apostrophe": ("I really think they don't know", "I really think they don’", "I really think they don’"),
    "with another case and quotation marks": ("“IN THE MODERN world!”", "in the modern wo", "in the modern wo"),
    "before its last letter": ("In the modern world", "In the modern worl", "In the modern worl"),
    "decomposed": (NFC("Điều này rất cần thiết"), NFD("Điều này rất câ"), NFD("Điều này rất câ")),
    "too little to be sure": ("In the city of London", "In the ci", None),
    "too few words to be sure": ("Notwithstanding, circumstances we", "Notwithstanding, circum", None),
    "other words before": ("In the modern world, people is", "on a foreign world, peop", None),
    "another word": ("In the modern world, people is", "In the modern worm", None),
    "its end at the end": ("In the modern world, people is", "world, people is here", None),
}


@pytest.mark.parametrize(("quote", "end", "found"), CUT.values(), ids=CUT)
def test_a_quote_that_the_limit_cuts_off_is_at_the_end(quote, end, found):
    text = stored(end)
    (one,) = locate_quotes([QuotedExample(quote)], text, 400)
    assert one.cut_off
    assert one.span == find_quote(quote, text)
    assert one.span == (None if found is None else Span(text.index(end), text.index(end) + len(found)))


def test_only_a_text_of_the_stored_length_is_cut_off():
    quote, end = "In the modern world, people is", "In the modern wor"
    assert find_quote(quote, end) is None
    assert find_quote(quote, "x" + stored(end)) is None
    whole = stored(end)
    assert locate_quotes([QuotedExample(quote)], whole, len(whole.split())) == [
        LocatedQuote(QuotedExample(quote), None)
    ]


def test_a_quote_that_is_whole_in_a_cut_off_text_is_not_cut_off():
    text = stored("In the modern world")
    assert locate_quotes([QuotedExample("the modern world.")], text, 400) == [
        LocatedQuote(QuotedExample("the modern world."), Span(STORED_CHARACTERS - 16, STORED_CHARACTERS))
    ]


@pytest.mark.parametrize(
    ("characters", "words", "cut_off"),
    [
        (1000, 201, True),
        (1000, None, True),
        (1000, 200, False),
        (1000, 0, False),
        (999, 280, False),
        (1001, 280, False),
    ],
)
def test_is_cut_off(characters, words, cut_off):
    assert is_cut_off(("word " * 300)[:characters], words) == cut_off


def test_a_count_that_is_not_a_number_is_unknown():
    assert is_cut_off("word " * 200, float("nan"))


def of(*quotes: str) -> list[QuotedExample]:
    return [QuotedExample(quote, f"issue {at}") for at, quote in enumerate(quotes)]


def test_examples_are_in_the_order_of_the_essay_and_those_not_found_last():
    text = "One mistake here, another mistake there."
    first, second, third, fourth = of("not here", "another mistake", "One", "nor here")
    assert locate_quotes([first, second, third, fourth], text) == [
        LocatedQuote(third, Span(0, 3)),
        LocatedQuote(second, Span(18, 33)),
        LocatedQuote(first, None),
        LocatedQuote(fourth, None),
    ]
    assert numbered_spans(locate_quotes([first, second, third], text)) == [(1, Span(0, 3)), (2, Span(18, 33))]


def test_a_repeated_quote_gets_the_next_place_and_then_the_first_again():
    text = "the man, the dog, The end"
    found = locate_quotes(of("the", "“the”", "the", "the"), text)
    assert [one.span for one in found] == [Span(0, 3), Span(0, 3), Span(0, 3), Span(9, 12)]
    assert [one.example.issue for one in found] == ["issue 0", "issue 2", "issue 3", "issue 1"]


def test_no_examples():
    assert locate_quotes([], "text") == []
    assert cut_at_spans("text", numbered_spans([])) == [Segment("text")]
    assert cut_at_spans("", numbered_spans([])) == []


def test_overlapping_quotes_are_cut_where_one_begins_or_ends():
    text = "Many people are happy today"
    found = locate_quotes(of("people are happy", "are happy today", "happy", "Many", "Many"), text)
    assert cut_at_spans(text, numbered_spans(found)) == [
        Segment("Many", (1, 2)),
        Segment(" "),
        Segment("people ", (3,)),
        Segment("are ", (3, 4)),
        Segment("happy", (3, 4, 5)),
        Segment(" today", (4,)),
    ]


def essentials(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if c.isalnum())


WRITTEN = st.lists(
    st.sampled_from(["the", "The", "a", "an", "cat", "cats", "don't", "don’t", "3.5", "é", "e\u0301", "rất"]),
    max_size=40,
).flatmap(
    lambda words: st.lists(st.sampled_from([" ", ", ", ". ", "\n", " – ", "… ", "-"]), min_size=40, max_size=40).map(
        lambda gaps: "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    )
)


@settings(deadline=None)
@given(WRITTEN, st.data())
def test_whole_words_of_the_essay_are_found_in_their_place(text, data):
    words = list(re.finditer(r"[^\s,.…–-]+(?:\.5)?", text))
    if not words:
        return
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    quote = text[words[first].start() : words[last].end()]
    found = find_quote(quote, text)
    assert found
    assert essentials(text[slice(*found)]) == essentials(quote)
    assert found.start in {word.start() for word in words}
    assert found.end in {word.end() for word in words}


@settings(deadline=None)
@given(WRITTEN, st.data())
def test_any_piece_that_is_long_enough_is_found(text, data):
    start = data.draw(st.integers(0, len(text)))
    quote = text[start : data.draw(st.integers(start, len(text)))]
    if len(essentials(quote)) >= 15 and len(re.findall(r"\w+", essentials_by_word(quote))) > 3:
        found = find_quote(quote, text)
        assert found
        assert essentials(quote) in essentials(text[slice(*found)])


def essentials_by_word(text: str) -> str:
    """The words of a text without apostrophes, points and marks, which do not separate words."""
    return re.sub(r"['’.\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))


@settings(deadline=None)
@given(st.one_of(WRITTEN, st.text()), st.one_of(WRITTEN, st.text()))
def test_the_text_found_is_the_text_quoted(quote, text):
    found = find_quote(quote, text)
    if found is not None:
        assert 0 <= found.start < found.end <= len(text)
        if "…" not in quote and ".." not in quote:
            assert essentials(quote) in essentials(text[slice(*found)])
        else:
            assert essentials(re.split(r"…|\.\.", quote.strip("….,–-' \n"))[0]) in essentials(text[slice(*found)])


@settings(deadline=None)
@given(st.text(), st.lists(st.text()))
def test_segments_join_to_the_text_however_hostile(text, quotes):
    found = locate_quotes(of(*quotes), text)
    assert sorted(one.example.issue for one in found) == sorted(one.issue for one in of(*quotes))
    assert "".join(piece.text for piece in cut_at_spans(text, numbered_spans(found))) == text


@settings(deadline=None)
@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=8))
def test_each_character_has_the_numbers_of_the_spans_that_cover_it(text, pieces):
    spans = [Span(start, start + length) for start, length in pieces if start + length <= len(text)]
    found = cut_at_spans(text, enumerate(spans, 1))
    assert all(piece.text for piece in found)
    expected = [tuple(n for n, span in enumerate(spans, 1) if span.start <= at < span.end) for at in range(len(text))]
    assert [piece.numbers for piece in found for _ in piece.text] == expected


def essay_of(characters: int) -> str:
    rng = Random(3)
    words = ["".join(rng.choices("abcdefghij", k=rng.randint(2, 9))) for _ in range(3000)]
    return " ".join(rng.choice(words) for _ in range(characters // 6))[:characters]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        (essay_of(400_000), [essay_of(400_000)[at * 900 :][:60] for at in range(200)]),
        (essay_of(400_000), [f"{essay_of(1000)[at * 4 :][:9]} … nowhere zzz" for at in range(200)]),
        ("a " * 200_000, ["a " * length + "b" for length in range(1, 201)]),
        ("a … " * 100_000, ["a … a … a b"] * 200),
        ("a" * 400_000, ["a" * length for length in range(1, 201)]),
        ('"' * 400_000, ['"' * length + "a" for length in range(1, 201)]),
        ("." * 400_000, ["." * length + "a" for length in range(1, 201)]),
        ("e" + "\u0301" * 399_999, ["e\u0301 a b"] * 200),
        (" \n" * 200_000, ["a  b"] * 200),
        ("the cat " * 50_000, ["the"] * 200),
    ],
    ids=["found", "parts", "repeated", "ellipses", "one word", "quotation marks", "dots", "marks", "space", "the same"],
)
def test_two_hundred_quotes_in_the_largest_essay(text, quotes):
    started = time.process_time()
    found = locate_quotes(of(*quotes), text)
    assert "".join(piece.text for piece in cut_at_spans(text, numbered_spans(found))) == text
    assert time.process_time() - started < 5

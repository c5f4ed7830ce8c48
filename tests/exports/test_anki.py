import csv
import html
import io
import json
import re
import sqlite3
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandup.analysis.flashcard_sets import cards_frame
from bandup.exports.anki import Deck, anki_package, card_problems, deck_name, tab_separated, to_deck
from data.records import Card, FlashcardSet
from tests.items import flashcard_set, flashcard_sets

NOW = datetime(2026, 3, 14, 9, 26, 54, tzinfo=UTC)
CARDS = (
    Card("What is a drought?", "A long dry time", "DEFINITION", "EASY", "3"),
    Card('Fill: a ___ of <rain> & "hail"', "lack\nor want", "FILL_BLANK", "HARD"),
    Card("Từ đồng nghĩa?", "مترادف", "VOCABULARY"),
    Card("# first\tsecond", "a\r\n#b\rc"),
    Card("", "only an answer"),
    Card("only a question", " "),
)
DECK = Deck("student-1", "set-1", "BandUp::vocab.pdf", CARDS)


def tables(package: bytes, folder) -> dict[str, list[sqlite3.Row]]:
    """The notes, cards and collection of a package."""
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        assert files.testzip() is None
        assert files.namelist() == ["collection.anki2", "media"]
        assert json.loads(files.read("media")) == {}
        path = folder / "collection.anki2"
        path.write_bytes(files.read("collection.anki2"))
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in ("notes", "cards", "col")}
    connection.close()
    return found


@pytest.fixture
def opened(tmp_path):
    """Decks as a package, read back."""
    return lambda decks, now=NOW: tables(anki_package(decks, now), tmp_path)


def fields(note: sqlite3.Row) -> list[str]:
    return note["flds"].split("\x1f")


def guids(found) -> list[str]:
    return [note["guid"] for note in found["notes"]]


def test_notes_of_a_package(opened):
    notes = opened([DECK])["notes"]
    assert [fields(note) for note in notes] == [
        ["What is a drought?", "A long dry time<br><small>source chunk: 3</small>"],
        ["Fill: a ___ of &lt;rain&gt; &amp; &quot;hail&quot;", "lack<br>or want"],
        ["Từ đồng nghĩa?", "مترادف"],
        ["# first\tsecond", "a<br>#b<br>c"],
        ["(no question)", "only an answer"],
        ["only a question", "(no answer)"],
    ]
    assert [note["tags"].split() for note in notes] == [
        ["type::definition", "difficulty::easy"],
        ["type::fill_blank", "difficulty::hard"],
        ["type::vocabulary"],
        [],
        [],
        [],
    ]


CHOICE = Card(
    "Which is wet?", "B", "TRUE_FALSE", options=("A) sand", "B) <rain>"), others=(("hint", "[sound:x]"), ("page", "7"))
)


def test_a_choice_card_has_its_options_on_the_front_and_every_other_field_on_the_back(opened):
    deck = replace(DECK, cards=(CHOICE,))
    (note,) = opened([deck])["notes"]
    assert fields(note) == [
        "Which is wet?<br>A. sand<br>B. &lt;rain&gt;",
        "B<br>B. &lt;rain&gt;<br><small>hint: &#91;sound:x]<br>page: 7</small>",
    ]
    assert note["tags"].split() == ["type::true_false"]
    ((_, _, front, back, tags),) = rows(tab_separated([deck]))
    assert front == "Which is wet?\nA. sand\nB. <rain>"
    assert back == "B\nB. <rain>\nhint: [\u2060sound:x]\npage: 7"
    assert tags == "type::true_false"


def test_options_leave_the_guid_of_a_note_unchanged(opened):
    with_options, without = (opened([replace(DECK, cards=(card,))]) for card in (CHOICE, replace(CHOICE, options=())))
    assert guids(with_options) == guids(without)


def test_every_note_has_one_card_in_its_deck(opened):
    other = replace(DECK, set_id="set-2", name="BandUp::other.pdf", cards=CARDS[:2])
    found = opened([DECK, other])
    decks = {int(key): deck["name"] for key, deck in json.loads(found["col"][0]["decks"]).items()}
    assert sorted(decks.values()) == ["BandUp::other.pdf", "BandUp::vocab.pdf", "Default"]
    of_notes = {card["nid"]: decks[card["did"]] for card in found["cards"]}
    assert [of_notes[note["id"]] for note in found["notes"]] == [DECK.name] * 6 + [other.name] * 2
    assert len(found["cards"]) == 8


def test_the_note_type(opened):
    found = opened([DECK])
    ((identifier, model),) = json.loads(found["col"][0]["models"]).items()
    assert {str(note["mid"]) for note in found["notes"]} == {identifier}
    assert model["name"] == "BandUp flashcard"
    assert [field["name"] for field in model["flds"]] == ["Question", "Answer"]
    (template,) = model["tmpls"]
    assert "{{Answer}}" not in template["qfmt"]
    assert "{{Question}}" in template["afmt"]
    assert "{{Answer}}" in template["afmt"]


def test_a_second_export_has_the_same_ids_and_a_later_time(opened):
    first, second = opened([DECK]), opened([replace(DECK)], NOW + timedelta(days=3))
    assert guids(first) == guids(second)
    assert [fields(note) for note in first["notes"]] == [fields(note) for note in second["notes"]]
    for table, column in (("notes", "mid"), ("cards", "did")):
        assert [row[column] for row in first[table]] == [row[column] for row in second[table]]
    assert [note["mod"] for note in second["notes"]] == [note["mod"] + 3 * 86_400 for note in first["notes"]]
    assert first["notes"][0]["id"] == int(NOW.timestamp() * 1000)
    assert anki_package([DECK], NOW) == anki_package([DECK], NOW)
    with zipfile.ZipFile(io.BytesIO(anki_package([DECK], NOW))) as files:
        assert files.infolist()[0].date_time == NOW.timetuple()[:6]


def test_the_question_identifies_a_note(opened):
    changed = (Card("New", "first"), *(replace(card, answer="x", type="", difficulty="HARD") for card in CARDS[:4]))
    first, second = opened([DECK]), opened([replace(DECK, name=deck_name("renamed"), cards=changed)])
    assert guids(second)[1:] == guids(first)[:4]
    assert guids(second)[0] not in guids(first)
    respaced = replace(DECK, cards=(replace(CARDS[0], question=" What  is a\ndrought? "),))
    assert guids(opened([respaced])) == guids(first)[:1]


def test_the_answer_identifies_a_card_without_a_question(opened):
    cards = (Card("", "one"), Card("", "two"))
    first, second = (opened([replace(DECK, cards=some)]) for some in (cards, cards[::-1]))
    assert guids(first) == guids(second)[::-1]


def test_notes_of_other_students_and_sets_differ(opened):
    found = [
        guid
        for user_id, set_id in (("a", "b"), ("a", "c"), ("d", "b"), ("a b", ""), ("a\x1fb", "c"))
        for guid in guids(opened([replace(DECK, user_id=user_id, set_id=set_id)]))
    ]
    assert len(set(found)) == len(found) == 30


def test_duplicates_are_separate_notes(opened):
    card = replace(CARDS[0], source_chunk="")
    cards = (card, replace(card, answer="other"), card, replace(card, question="What  is a drought?"))
    found = opened([replace(DECK, cards=cards)])
    assert len(set(guids(found))) == 4
    assert [fields(note)[1] for note in found["notes"]] == ["A long dry time", "other", *["A long dry time"] * 2]


def test_sets_of_one_document_are_one_deck(opened):
    """Anki would name the second `vocab.pdf_`; it ignores case in names."""
    found = opened([DECK, replace(DECK, set_id="set-2"), replace(DECK, set_id="set-3", name="BandUp::VOCAB.pdf")])
    assert len({card["did"] for card in found["cards"]}) == 1
    assert len(json.loads(found["col"][0]["decks"])) == 2
    assert len(set(guids(found))) == 18


@pytest.mark.parametrize("decks", [[], [replace(DECK, cards=())], [replace(DECK, cards=(Card("", " \n"),))]])
def test_no_cards_to_export(opened, decks):
    found = opened(decks)
    assert found["notes"] == found["cards"] == []
    assert rows(tab_separated(decks)) == []


def test_five_thousand_cards(opened):
    cards = tuple(Card(f"Question {n} <b>", "answer " * 20, "DEFINITION", "EASY") for n in range(5000))
    started = time.process_time()
    package = anki_package([replace(DECK, cards=cards)], NOW)
    assert time.process_time() - started < 5
    assert len(package) < 2_000_000
    assert len(opened([replace(DECK, cards=cards)])["notes"]) == 5000


HOSTILE = (
    "<img src=http://evil.example/x.png><script>alert(1)</script>",
    "&lt;b&gt; {{Question}} {{c1::x}} </div>",
    "a\x1fb\x00c\x07d",
    '"quoted\tand\n#apart"',
    "\u2028 one \x85 two \x0b three",
    "'; DROP TABLE notes; --",
)


def test_tags_are_short(opened):
    (note,) = opened([replace(DECK, cards=(Card("Q", "A", "long type " * 1000, "%%"),))])["notes"]
    assert note["tags"].split() == ["type::" + ("long_type_" * 4)]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_in_anki(opened, text):
    found = opened([replace(DECK, cards=(Card(text, text, text, text),))])
    (note,) = found["notes"]
    assert len(fields(note)) == 2
    assert set(fields(note)) == {fields(note)[0]}
    assert set(re.findall("<[^>]*>", fields(note)[0])) <= {"<br>"}
    assert html.unescape(fields(note)[0].replace("<br>", "\n")) == re.sub("[\x00\x07\x0b\x1f\x85]", "", text).strip()
    assert len(note["tags"].split()) == 2
    assert not re.search(r"[\s\"<>&]", note["tags"].strip().replace(" ", ""))


@pytest.mark.parametrize(
    "command",
    ["[sound:http://evil.example/x.mp3]", "[latex]x[/latex]", "[$]x[/$]", "[$$]x[/$$]", "[LaTeX]", "[anki:x]"],
)
def test_a_card_can_not_make_anki_run_or_play_something(opened, command):
    deck = replace(DECK, cards=(Card(f"{command} [kept]", command),))
    for side in fields(opened([deck])["notes"][0]):
        assert "[" not in side.replace("[kept]", "")
        assert html.unescape(side).removesuffix(" [kept]") == command
    for side in rows(tab_separated([deck]))[0][2:4]:
        assert not re.search(r"\[(?!\u2060|kept)", side)
        assert side.replace("\u2060", "").removesuffix(" [kept]") == command


@pytest.mark.parametrize("maths", [r"\(x\)", r"\[x\]", r"\\(\href{javascript:alert(1)}{x}\)", r"\[latex]"])
def test_a_card_is_not_a_mathjax_formula(opened, maths):
    deck = replace(DECK, cards=(Card(maths, maths),))
    sides = [html.unescape(side) for side in fields(opened([deck])["notes"][0])] + rows(tab_separated([deck]))[0][2:4]
    for side in sides:
        assert not re.search(r"\\[(\[]", side)
        assert side.replace("\u2060", "") == maths


@settings(deadline=None)
@given(st.lists(st.builds(Card, st.text(), st.text(), st.text(), st.text()), max_size=5))
def test_any_cards_can_be_exported(cards):
    deck = replace(DECK, cards=tuple(cards))
    anki_package([deck], NOW)
    found = rows(tab_separated([deck]))
    assert len(found) == sum(bool(card.question.strip() or card.answer.strip()) for card in cards)
    assert {len(row) for row in found} <= {5}


def rows(text: str) -> list[list[str]]:
    """The cards of a text file, below its headers, which have no quotation marks."""
    _, quote, below = text.partition('"')
    return list(csv.reader(io.StringIO(quote + below, newline=""), delimiter="\t"))


def test_a_text_file_begins_with_the_headers_of_anki():
    text = tab_separated([DECK])
    assert text.split('"', 1)[0].splitlines() == [
        "#separator:Tab",
        "#html:false",
        "#notetype:Basic",
        "#notetype:BandUp flashcard",
        "#guid column:1",
        "#deck column:2",
        "#tags column:5",
    ]


def test_a_text_file_has_the_cards_unchanged(opened):
    text = tab_separated([DECK, replace(DECK, set_id="set-2", name="BandUp::x", cards=CARDS[:1])])
    found = rows(text)
    assert [row[1:] for row in found] == [
        [
            "BandUp::vocab.pdf",
            "What is a drought?",
            "A long dry time\nsource chunk: 3",
            "type::definition difficulty::easy",
        ],
        ["BandUp::vocab.pdf", CARDS[1].question, "lack\nor want", "type::fill_blank difficulty::hard"],
        ["BandUp::vocab.pdf", "Từ đồng nghĩa?", "مترادف", "type::vocabulary"],
        ["BandUp::vocab.pdf", "# first\tsecond", "a\n#b\nc", ""],
        ["BandUp::vocab.pdf", "(no question)", "only an answer", ""],
        ["BandUp::vocab.pdf", "only a question", "(no answer)", ""],
        ["BandUp::x", "What is a drought?", "A long dry time\nsource chunk: 3", "type::definition difficulty::easy"],
    ]
    assert [row[0] for row in found[:6]] == guids(opened([DECK]))


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("vocab-guide.pdf", "BandUp::vocab-guide.pdf"),
        ("2024", "BandUp::2024"),
        ("a::b", "BandUp::a:b"),
        ("::a::", "BandUp::a"),
        (" a\tb\n ", "BandUp::a b"),
        ("", "BandUp::Flashcards"),
        (":::", "BandUp::Flashcards"),
        ("Từ vựng\x00", "BandUp::Từ vựng"),
    ],
)
def test_deck_names(named, name):
    assert deck_name(named) == name


def test_a_deck_is_named_after_its_document_else_after_the_set():
    with_document = flashcard_sets(flashcard_set(document_id="uploads/a/vocab.pdf"))
    without = flashcard_sets(flashcard_set(set_id="s-7"))
    assert to_deck(FlashcardSet(with_document, "flashcard_sets", CARDS, "")).name == "BandUp::vocab.pdf"
    found = to_deck(FlashcardSet(without, "flashcard_sets", CARDS, ""))
    assert found == Deck(str(without["user_id"].iloc[0]), "s-7", "BandUp::s-7", CARDS)


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ([], []),
        ([Card("Q", "A"), Card("Q2", "A")], ["", ""]),
        ([Card("Q", "A"), Card("q", " a "), Card("Q", "B")], ["", "same as card 1", ""]),
        (
            [Card("x", "y"), Card("Q", "A"), Card("Q", "A"), Card("Q", "A")],
            ["", "", "same as card 2", "same as card 2"],
        ),
        ([Card("two  words", "A"), Card("Two\nwords", "a")], ["", "same as card 1"]),
        ([Card("café", "ﬁne"), Card("cafe\u0301", "fine")], ["", "same as card 1"]),
        ([Card("cafe", "A"), Card("café", "A")], ["", ""]),
        ([Card("", "A"), Card("Q", " \n"), Card(" ", "")], ["no question", "no answer", "empty"]),
        ([Card("", "A"), Card("", "a")], ["no question", "no question, same as card 1"]),
        ([Card("Q", ""), Card("Q", "")], ["no answer", "no answer, same as card 1"]),
        ([Card("", ""), Card("", "")], ["empty", "empty"]),
        ([Card("Q", "A", options=("x", "y")), Card("Q", "A", options=("y", "x"))], ["", ""]),
        ([Card("Q", "A", options=("x", "y")), Card("Q", "A", options=("X", "y"))], ["", "same as card 1"]),
        ([Card("Q", "A", "DEFINITION"), Card("Q", "A", "VOCABULARY")], ["", "same as card 1"]),
    ],
)
def test_card_problems(cards, said):
    found = card_problems(cards_frame(cards))
    assert found.to_list() == said
    assert found.dtype == "str"


def test_card_problems_have_the_index_of_the_cards():
    cards = cards_frame([Card("Q", "A"), Card("Q", ""), Card("Q", "A")]).iloc[[2, 0]]
    pd.testing.assert_series_equal(card_problems(cards), pd.Series(["", "same as card 1"], index=[2, 0], dtype="str"))

"""Flashcards as files for Anki, and the problems of single cards.

Source: Anki's manual, "Importing: Text Files" (file headers, GUID column) and "Packaged Decks"; Anki 26.09 as tried.
"""

import csv
import hashlib
import html
import io
import json
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import genanki
import pandas as pd

from bandup.analysis.card_options import named_option, options_of
from bandup.analysis.flashcard_sets import document_name
from bandup.formatting import shortened
from data.records import Card, FlashcardSet

MAX_DECK_NAME = 255
"""Characters of a deck's name below the parent: a text file repeats it in the line of every card."""

ROOT_DECK = "BandUp"
"""The parent of all exported decks. It also prevents Anki from reading a document named `123` as the id of a deck."""

NO_QUESTION, NO_ANSWER = "(no question)", "(no answer)"
"""Texts for a missing side: Anki creates no card from a note without a front."""

_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters: one of them separates the fields of a note, another ends a text in SQLite."""

_COMMAND = re.compile(r"\[(?=/?(?:latex|\$\$?)\]|sound:|anki:)", re.IGNORECASE)
"""Markup that Anki would run or play: LaTeX, sounds, its own tags."""

_MATHS = re.compile(r"\\(?=[(\[])")
"""The start of a MathJax formula, which may hold links: Anki runs MathJax on every card."""

_WORD_JOINER = "\u2060"
NOTE_TYPE = f"{ROOT_DECK} flashcard"
_FRONT, _BACK = '<div dir="auto">{{Question}}</div>', '<div dir="auto">{{Answer}}</div>'
_LOOK = ".card { font: 1.25rem/1.5 sans-serif; text-align: center; color: black; background: white; }"


@dataclass(frozen=True)
class Deck:
    """One flashcard set as a deck in Anki. `name` is its full name, as of `deck_name`; the ids are those of the set."""

    user_id: str
    set_id: str
    name: str
    cards: tuple[Card, ...]


def to_deck(flashcard_set: FlashcardSet) -> Deck:
    """An opened set as a deck, named after its document, else after its id: `BandUp::vocab-guide.pdf`."""
    row = flashcard_set.frame.iloc[0]
    name = document_name(row["document_id"], row["document_url"]) or str(row["set_id"])
    return Deck(str(row["user_id"]), str(row["set_id"]), deck_name(name), flashcard_set.cards)


def deck_name(name: str) -> str:
    """The full name in Anki: always exactly one level below `ROOT_DECK`, and not longer than `MAX_DECK_NAME`."""
    one_level = re.sub(r"::+", ":", " ".join(_NOT_TEXT.sub("", name).split())).strip(':" ')
    return f"{ROOT_DECK}::{shortened(one_level, MAX_DECK_NAME) or 'Flashcards'}"


def card_problems(cards: pd.DataFrame) -> pd.Series:
    """The problems of each card in words, empty if it has none: a str Series with the index of `cards`.

    The problems are `empty`, `no question` or `no answer` for blank sides, and `same as card 3` if an earlier card
    (numbered from 1) has the same question, answer and options, ignoring case, spacing and Unicode form.
    """
    first: dict[tuple[str, ...], int] = {}
    texts = []
    sides = zip(cards["question"], cards["answer"], cards["options"], strict=True)
    for number, (*texts_of_card, options) in enumerate(sides, 1):
        question, answer = map(_normalised, texts_of_card)
        problems = [] if question and answer else ["no question" if answer else "no answer" if question else "empty"]
        earlier = first.setdefault((question, answer, *map(_normalised, options)), number)
        if earlier < number and (question or answer):
            problems.append(f"same as card {earlier}")
        texts.append(", ".join(problems))
    return pd.Series(texts, index=cards.index, dtype="str")


def tab_separated(decks: Sequence[Deck]) -> str:
    """The decks as one text file for Anki 2.1.54 and later (UTF-8): headers, then a line per card.

    Columns: GUID, deck (older versions only create missing decks from a column), front, back, tags. The GUIDs are those of
    `anki_package`: a second import of either kind updates the cards of the first (but a package after a text leaves them
    unchanged, as its note type differs). Every field is quoted. Not for spreadsheets: formulas are unchanged.
    """
    file = io.StringIO(newline="")
    # Anki uses the last of these note types that it has; columns have no names here, as those differ between languages
    file.write(f"#separator:Tab\n#html:false\n#notetype:Basic\n#notetype:{NOTE_TYPE}\n")
    file.write("#guid column:1\n#deck column:2\n#tags column:5\n")
    rows = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
    for deck in decks:
        for guid, card in _notes(deck):
            front, back, fields = (_COMMAND.sub(f"[{_WORD_JOINER}", side) for side in _sides(card))
            rows.writerow((guid, deck.name, front, f"{back}\n{fields}" if fields else back, " ".join(_tags(card))))
    return file.getvalue()


def anki_package(decks: Sequence[Deck], now: datetime) -> bytes:
    """The decks as an Anki package (`.apkg`): a second import updates the notes and keeps the learning progress.

    GUIDs depend on `user_id`, `set_id` and question only, the ids of decks on their names: two sets of one document
    become one deck. `now` (aware) is the modification time of the notes: Anki updates a note from a newer package.
    """
    model = genanki.Model(
        _identifier("note type"),
        NOTE_TYPE,
        fields=[{"name": "Question"}, {"name": "Answer"}],
        templates=[{"name": "Card 1", "qfmt": _FRONT, "afmt": f'{_FRONT}<hr id="answer">{_BACK}'}],
        css=_LOOK,
    )
    anki_decks: dict[str, genanki.Deck] = {}
    for deck in decks:
        key = deck.name.casefold()  # Anki ignores case in names of decks
        anki_deck = anki_decks.setdefault(key, genanki.Deck(_identifier("deck", key), deck.name))
        for guid, card in _notes(deck):
            front, back, fields = (_field(side) for side in _sides(card))
            back += f"<br><small>{fields}</small>" if fields else ""
            note = genanki.Note(model, [front, back], tags=_tags(card), guid=guid)
            anki_deck.add_note(note)
    seconds = now.timestamp()
    # genanki's own write_to_file leaves a temporary file behind
    with closing(sqlite3.connect(":memory:")) as connection:
        genanki.Package([*anki_decks.values()]).write_to_db(connection.cursor(), seconds, count(int(seconds * 1000)))
        connection.commit()
        collection = connection.serialize()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in (("collection.anki2", collection), ("media", b"{}")):
            package.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _notes(deck: Deck) -> Iterator[tuple[str, Card]]:
    """The deck's cards, except empty ones, with their GUIDs. The order distinguishes cards of the same question."""
    cards_of_question: dict[str, int] = {}
    for card in deck.cards:
        question, answer = " ".join(card.question.split()), card.answer.strip()
        if not (question or answer):
            continue
        # without a question, the answer identifies the card
        key = unicodedata.normalize("NFC", question or f"\n{answer}")
        cards_of_question[key] = cards_of_question.get(key, 0) + 1
        yield genanki.guid_for(json.dumps([deck.user_id, deck.set_id, key, cards_of_question[key]])), card


def _sides(card: Card) -> tuple[str, str, str]:
    """Front: the question and its options. Back: the answer, the option that its letter names. Then every other field."""
    options = options_of(card.options, card.answer)
    source = [("source chunk", card.source_chunk)] if card.source_chunk else []
    front = [_clean(card.question) or NO_QUESTION, *(_clean(f"{option.letter}. {option.text}") for option in options)]
    back = [_clean(card.answer) or NO_ANSWER, _clean(named_option(options, card.answer))]
    fields = [_clean(f"{name}: {text}") for name, text in (*source, *card.others)]
    return "\n".join(front), "\n".join(filter(None, back)), "\n".join(fields)


def _clean(text: str) -> str:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _MATHS.sub(rf"\\{_WORD_JOINER}", _NOT_TEXT.sub("", unix).strip())


def _field(text: str) -> str:
    """A text as HTML, which is how Anki reads a field."""
    return _COMMAND.sub("&#91;", html.escape(text)).replace("\n", "<br>")


def _tags(card: Card) -> list[str]:
    """The tags of a card: `type::fill_blank`, `difficulty::easy`. A tag has no spaces, and `::` between its levels."""
    named = (("type", card.type), ("difficulty", card.difficulty))
    words = ((name, re.sub(r"\W+", "_", text).strip("_").lower()[:40]) for name, text in named)
    return [f"{name}::{word}" for name, word in words if word]


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _identifier(*names: str) -> int:
    """A number that depends only on these names, as large as Anki's own ids (milliseconds) but never equal to one."""
    digest = hashlib.sha256(json.dumps([ROOT_DECK, *names]).encode()).digest()
    return (1 << 51) + int.from_bytes(digest[:6])

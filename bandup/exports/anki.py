"""Flashcards to take away into Anki, and what is wrong with some of them.

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

from bandup.analysis.flashcard_sets import document_name
from data.records import Card, FlashcardSet

ROOT = "BandUp"
"""The deck above all of ours. It also keeps a document named `123` from being read as the id of a deck."""

NO_QUESTION, NO_ANSWER = "(no question)", "(no answer)"
"""Stand in Anki for the side a card lacks: it makes no card of a note without a front."""

_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters: one of them parts the fields of a note, another ends a text in SQLite."""

_COMMAND = re.compile(r"\[(?=/?(?:latex|\$\$?)\]|sound:|anki:)", re.IGNORECASE)
"""What Anki would run or play where a card holds it: LaTeX, a sound, its own tags."""

_MATHS = re.compile(r"\\(?=[(\[])")
"""How MathJax begins, which Anki runs over every card: its formulas may hold links."""

_WORD_JOINER = "\u2060"
NOTE_TYPE = f"{ROOT} flashcard"
_FRONT, _BACK = '<div dir="auto">{{Question}}</div>', '<div dir="auto">{{Answer}}</div>'
_LOOK = ".card { font: 1.25rem/1.5 sans-serif; text-align: center; color: black; background: white; }"


@dataclass(frozen=True)
class Deck:
    """One flashcard set as a deck in Anki. `name` is its full name there, as of `deck_name`; the ids are the set's own."""

    user_id: str
    set_id: str
    name: str
    cards: tuple[Card, ...]


def deck_of(flashcard_set: FlashcardSet) -> Deck:
    """An opened set as a deck, named for its document, else for its id: `BandUp::vocab-guide.pdf`."""
    row = flashcard_set.frame.iloc[0]
    named = document_name(row["document_id"], row["document_url"]) or str(row["set_id"])
    return Deck(str(row["user_id"]), str(row["set_id"]), deck_name(named), flashcard_set.cards)


def deck_name(named: str) -> str:
    """The full name in Anki, one level below `ROOT`, whatever the name holds."""
    one_level = re.sub(r"::+", ":", " ".join(_NOT_TEXT.sub("", named).split())).strip(':" ')
    return f"{ROOT}::{one_level or 'Flashcards'}"


def marks(cards: pd.DataFrame) -> pd.Series:
    """What is wrong with each card, in words; empty where nothing is. Str Series of the cards' index.

    `cards`: columns as of `bandup.analysis.flashcard_sets.cards_frame`. `empty`, `no question` or `no answer` where a side is
    blank; `same as card 3` where question and answer are those of an earlier card (its number from 1), without regard
    to case, spacing and Unicode form.
    """
    sides = [
        tuple(_normalised(side) for side in card)
        for card in cards[["question", "answer"]].itertuples(index=False, name=None)
    ]
    first: dict[tuple[str, ...], int] = {}
    found = []
    for number, (question, answer) in enumerate(sides, 1):
        said = [] if question and answer else ["no question" if answer else "no answer" if question else "empty"]
        earlier = first.setdefault((question, answer), number)
        if earlier < number and (question or answer):
            said.append(f"same as card {earlier}")
        found.append(", ".join(said))
    return pd.Series(found, index=cards.index, dtype="str")


def tab_separated(decks: Sequence[Deck]) -> str:
    """The decks as one text file for Anki 2.1.54 and later (UTF-8): headers, then a line per card.

    Columns: GUID, deck, front, back, tags. GUIDs are those of `anki_package`: an import after one of either kind updates
    the cards it knows (a package after a text leaves them as they are: its note type is another). The decks stand in a
    column because older versions make missing ones only there. Every field is quoted: tabs, line breaks, quotation marks
    and a `#` at the beginning are the card's own. Meant for Anki, not for a spreadsheet: texts that look like formulas
    stand as they are.
    """
    file = io.StringIO(newline="")
    # of two note types Anki takes the last it has; columns are left without names, which differ between languages
    file.write(f"#separator:Tab\n#html:false\n#notetype:Basic\n#notetype:{NOTE_TYPE}\n")
    file.write("#guid column:1\n#deck column:2\n#tags column:5\n")
    rows = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
    for deck in decks:
        for guid, card in _notes(deck):
            front, back = (_COMMAND.sub(f"[{_WORD_JOINER}", side) for side in _sides(card))
            rows.writerow((guid, deck.name, front, back, " ".join(_tags(card))))
    return file.getvalue()


def anki_package(decks: Sequence[Deck], now: datetime) -> bytes:
    """The decks as an Anki package (`.apkg`): a second import updates the notes of the first and keeps what was learnt.

    GUIDs follow from `user_id`, `set_id` and question alone, ids of decks from their names: two sets of one document
    are one deck. `now` (aware) is when the notes were changed: Anki updates a note from a package that is newer.
    """
    model = genanki.Model(
        _identifier("note type"),
        NOTE_TYPE,
        fields=[{"name": "Question"}, {"name": "Answer"}],
        templates=[{"name": "Card 1", "qfmt": _FRONT, "afmt": f'{_FRONT}<hr id="answer">{_BACK}'}],
        css=_LOOK,
    )
    made: dict[str, genanki.Deck] = {}
    for deck in decks:
        key = deck.name.casefold()  # to Anki, names that differ in case are one
        one = made.setdefault(key, genanki.Deck(_identifier("deck", key), deck.name))
        for guid, card in _notes(deck):
            note = genanki.Note(model, [_field(side) for side in _sides(card)], tags=_tags(card), guid=guid)
            one.add_note(note)
    seconds = now.timestamp()
    # genanki's own write_to_file leaves a temporary file behind
    with closing(sqlite3.connect(":memory:")) as connection:
        genanki.Package([*made.values()]).write_to_db(connection.cursor(), seconds, count(int(seconds * 1000)))
        connection.commit()
        collection = connection.serialize()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in (("collection.anki2", collection), ("media", b"{}")):
            package.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _notes(deck: Deck) -> Iterator[tuple[str, Card]]:
    """The deck's cards with their GUIDs. Cards of one question in a set are told apart by their order; empty cards are
    left out.
    """
    seen: dict[str, int] = {}
    for card in deck.cards:
        question, answer = " ".join(card.question.split()), card.answer.strip()
        if not (question or answer):
            continue
        # where no question tells a card from others, its answer does
        key = unicodedata.normalize("NFC", question or f"\n{answer}")
        seen[key] = seen.get(key, 0) + 1
        yield genanki.guid_for(json.dumps([deck.user_id, deck.set_id, key, seen[key]])), card


def _sides(card: Card) -> tuple[str, str]:
    unix = (side.replace("\r\n", "\n").replace("\r", "\n") for side in (card.question, card.answer))
    question, answer = (_MATHS.sub(rf"\\{_WORD_JOINER}", _NOT_TEXT.sub("", side).strip()) for side in unix)
    return question or NO_QUESTION, answer or NO_ANSWER


def _field(text: str) -> str:
    """A text as the HTML Anki takes a field for."""
    return _COMMAND.sub("&#91;", html.escape(text)).replace("\n", "<br>")


def _tags(card: Card) -> list[str]:
    """`type::fill_blank`, `difficulty::easy`: a tag has no space, and `::` between its levels."""
    named = (("type", card.type), ("difficulty", card.difficulty))
    words = ((name, re.sub(r"\W+", "_", text).strip("_").lower()[:40]) for name, text in named)
    return [f"{name}::{word}" for name, word in words if word]


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _identifier(*named: str) -> int:
    """A number that always follows from these names, as large as Anki's ids (milliseconds) but none of theirs."""
    digest = hashlib.sha256(json.dumps([ROOT, *named]).encode()).digest()
    return (1 << 51) + int.from_bytes(digest[:6])

"""File names of downloads made of texts that strangers wrote, and the button itself."""

import csv
import io
from unicodedata import normalize

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui import downloads
from bandup.ui.downloads import file_name
from data.records import Card, FlashcardSet
from tests.items import flashcard_set, flashcard_sets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vocab-guide.pdf", "vocab-guide.pdf.apkg"),
        ("../../etc/passwd", "etc-passwd.apkg"),
        ("..\\..\\boot.ini", "boot.ini.apkg"),
        (".hidden", "hidden.apkg"),
        ('a\nb\r"c', "a-b-c.apkg"),
        ("đỗ hải yến", "đỗ-hải-yến.apkg"),
        ("", "flashcards.apkg"),
        ("///", "flashcards.apkg"),
        ("\u202egpj.exe", "gpj.exe.apkg"),
    ],
)
def test_a_file_name_is_not_a_path_and_misleads_nobody(text: str, expected: str) -> None:
    assert file_name(text, "apkg") == expected


def test_a_long_name_is_cut() -> None:
    assert len(file_name("x" * 1000, "csv")) <= 84


def test_the_name_of_a_file_is_the_same_for_every_form_of_a_text() -> None:
    assert downloads.file_name("Đỗ Hải Yến", "csv") == "Đỗ-Hải-Yến.csv"
    assert downloads.file_name(normalize("NFD", "Đỗ Hải Yến"), "csv") == "Đỗ-Hải-Yến.csv"


def test_the_csv_of_cards_has_every_field() -> None:
    card = Card("Q", "B", "INFERENCE", "EASY", "3", ("=a", "b"), (("hint", "H"),))
    opened = FlashcardSet(flashcard_sets(flashcard_set()), "flashcard_sets", (card,), "{}")
    (row,) = csv.DictReader(io.StringIO(downloads._cards_csv([opened]).decode("utf-8-sig")))
    assert row == {
        **{"question": "Q", "answer": "B", "type": "INFERENCE", "difficulty": "EASY", "source_chunk": "3"},
        **{"options": '["=a", "b"]', "others": '{"hint": "H"}', "set_id": "s1", "user_id": "u1"},
    }


def test_a_download_does_not_rerun_the_page() -> None:
    def page() -> None:
        from bandup.ui import downloads

        downloads.button("CSV", lambda: "a,b", "a.csv", "text/csv", key="csv")

    (button,) = AppTest.from_function(page).run().get("download_button")
    assert button.proto.ignore_rerun
    assert button.proto.deferred_file_id

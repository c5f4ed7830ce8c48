"""Every CSV file that is written opens in Excel with the right letters."""

import io
import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bandup.exports import tables_export
from bandup.ui import downloads
from data.parsers import flashcard_set_of
from data.schema import FLASHCARD_SETS
from tests.items import NOW, flashcard_set

ROOT = Path(__file__).parents[2]
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FRAME = pd.DataFrame({"student": ["Nguyễn Thị Hà"], "band": [6.5]})


def cards() -> bytes:
    item = flashcard_set(flashcards='[{"question": "Nguyễn?", "answer": "là họ"}]')
    return downloads._cards_csv([flashcard_set_of(FLASHCARD_SETS, item, NOW)])


def zipped() -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(tables_export.zip_frames({"students": FRAME}, "csv")))
    assert archive.read("dictionary.csv").startswith(BYTE_ORDER_MARK)
    return archive.read("students.csv")


FILES: dict[str, Any] = {
    "flashcards": cards,
    "export": partial(tables_export.file_bytes, FRAME, "csv"),
    "rows shown": zipped,
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
def test_a_file_begins_with_one_byte_order_mark_and_is_utf_8(make):
    content = make()
    assert content.startswith(BYTE_ORDER_MARK)
    assert content.count(BYTE_ORDER_MARK) == 1
    assert "Nguyễn" in content.decode("utf-8-sig")
    assert not pd.read_csv(io.BytesIO(content)).columns[0].startswith("\ufeff")


def test_parquet_stays_as_it_is():
    assert tables_export.file_bytes(FRAME, "parquet").startswith(b"PAR1")


def test_pages_offer_csv_as_files_not_as_text():
    """Streamlit encodes a text as UTF-8 without the mark."""
    offering = [*ROOT.glob("pages/*.py"), *ROOT.glob("bandup/ui/*.py"), *ROOT.glob("bandup/cli/*.py")]
    assert [path.name for path in offering if re.search(r"csv_text|formula_safe_csv|to_csv", path.read_text())] == []

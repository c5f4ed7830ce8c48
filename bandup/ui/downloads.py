"""Download buttons: flashcards for Anki, tables as CSV or Parquet, a student's report. A file is built when it is clicked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from bandup.analysis.flashcard_sets import cards_frame
from bandup.exports import anki, tables_export
from bandup.exports.report import Contents, student_report
from bandup.text_search import normal_form
from bandup.ui.viewer import viewer_locale, viewer_zone
from data.records import FlashcardSet
from data.results import FeedbacksRead

_UNSAFE_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


def file_name(text: str, extension: str) -> str:
    """Make a file name of text from the tables: word characters in NFC, dots and dashes, no path, no leading dot."""
    stem = _UNSAFE_IN_FILE_NAMES.sub("-", normal_form(text)).strip(".-")[:80]
    return f"{stem or 'flashcards'}.{extension}"


button = partial(st.download_button, on_click="ignore")
"""A button whose file is built when it is clicked, without a rerun: that would give the button another file.

While a page is open, the session keeps the callable, and with a function defined in a page all variables of that page. A page
that has the dataset therefore passes a `partial` of what the file is built from, not a lambda.
"""


def flashcard_buttons(name: str, load: Callable[[], Sequence[FlashcardSet]], now: Callable[[], datetime]) -> None:
    """Offer flashcard sets as an Anki package, as tab-separated text for Anki and as CSV. `load` reads the sets."""

    def decks() -> list[anki.Deck]:
        return [anki.to_deck(flashcard_set) for flashcard_set in load()]

    with st.container(horizontal=True):
        for label, make, extension, mime in (
            ("Anki package", lambda: anki.anki_package(decks(), now()), "apkg", "application/zip"),
            ("Tab-separated for Anki", lambda: anki.tab_separated(decks()), "txt", "text/plain"),
            ("CSV", lambda: _cards_csv(load()), "csv", "text/csv"),
        ):
            button(label, make, file_name(name, extension), mime, key=extension)


def report_button(contents: Contents, load: Callable[[], FeedbacksRead], now: Callable[[], datetime]) -> None:
    """Offer a student's report as one HTML file in the viewer's time zone and locale. `load` reads the feedback it quotes."""
    zone, locale = viewer_zone(), viewer_locale()
    button(
        "Printable report",
        lambda: student_report(replace(contents, feedbacks=load().feedbacks), now().astimezone(zone), locale),
        file_name(f"report-{contents.user_id}", "html"),
        "text/html",
        key="report",
        help="One HTML file with charts that opens offline and prints on A4",
    )


def table_buttons(name: str, bundle: Callable[[str], bytes]) -> None:
    """Offer the rows shown and their data dictionary as CSV and as Parquet, each in a zip file."""
    with st.container(horizontal=True):
        for file_format, format_name in (("csv", "CSV"), ("parquet", "Parquet")):
            label, zip_name = f"These rows as {format_name}", f"{name}-{file_format}.zip"
            button(label, partial(bundle, file_format), zip_name, "application/zip", key=f"{name}_{file_format}")


def _cards_csv(sets: Sequence[FlashcardSet]) -> bytes:
    """The cards of all sets, each with the keys of its set."""
    rows = [flashcard_set.frame.iloc[0] for flashcard_set in sets]
    frames = [
        cards_frame(flashcard_set.cards).assign(set_id=str(row["set_id"]), user_id=row["user_id"])
        for flashcard_set, row in zip(sets, rows, strict=True)
    ]
    return tables_export.file_bytes(pd.concat(frames, ignore_index=True), "csv") if frames else b""

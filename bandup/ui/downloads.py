"""Downloads: decks for Anki, tables as CSV, a student's report. What is downloaded is made when it is asked for."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from bandup.analysis.flashcard_sets import cards_frame
from bandup.exports import anki
from bandup.exports.report import Contents, student_report
from bandup.exports.safe_csv import formula_safe_csv
from bandup.ui.plain_text import viewer_zone
from data.records import FlashcardSet

_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


def file_name(named: str, ending: str) -> str:
    """A name for a download out of a text from the tables: word characters, dots and dashes, no path, no leading dot."""
    kept = _NOT_IN_FILE_NAMES.sub("-", named).strip(".-")[:80]
    return f"{kept or 'flashcards'}.{ending}"


button = partial(st.download_button, on_click="ignore")
"""A button for a file that is made when it is clicked. The page is not drawn anew: that would give the button another file,
and a second click on the one in sight would fail.

What makes the file is held by the session for as long as the page is open in some browser, and with a function that a page
defines all of that page's variables: the read of everyone, of the day it was opened. So pages hand over a `partial` of what
the file is made of, and no lambda, wherever they have such a read at hand.
"""


def flashcards(named: str, load: Callable[[], Sequence[FlashcardSet]], now: Callable[[], datetime]) -> None:
    """Buttons for a deck, or several: an Anki package, tab-separated text for Anki, and CSV. `load` reads the sets."""

    def package() -> bytes:
        return anki.anki_package([anki.deck_of(one) for one in load()], now())

    def text() -> str:
        return anki.tab_separated([anki.deck_of(one) for one in load()])

    def table() -> str:
        frames = [
            cards_frame(one.cards).assign(set_id=str(one.frame["set_id"].iloc[0]), user_id=one.frame["user_id"].iloc[0])
            for one in load()
        ]
        return formula_safe_csv(pd.concat(frames, ignore_index=True)) if frames else ""

    with st.container(horizontal=True):
        button("Anki package", package, file_name(named, "apkg"), "application/zip", key="apkg")
        button("Tab-separated for Anki", text, file_name(named, "txt"), "text/plain", key="txt")
        button("CSV", table, file_name(named, "csv"), "text/csv", key="csv")


def report(user_id: str, load: Callable[[], Contents], now: Callable[[], datetime]) -> None:
    """A button for a student's report: one HTML file, in the time zone of the viewer. `load` reads what it tells."""
    zone = viewer_zone()
    button(
        "Report to print",
        lambda: student_report(load(), now().astimezone(zone)),
        file_name(f"report-{user_id}", "html"),
        "text/html",
        key="report",
        help="One HTML file: opens without a network, prints on A4, charts included",
    )


def rows(named: str, bundle: Callable[[str], bytes]) -> None:
    """Buttons for exactly the rows on the screen with their data dictionary, as CSV and as Parquet files in a zip."""
    with st.container(horizontal=True):
        for kind in ("csv", "parquet"):
            button(
                f"These rows as {'CSV' if kind == 'csv' else 'Parquet'}",
                partial(bundle, kind),
                f"{named}-{kind}.zip",
                "application/zip",
                key=f"{named}_{kind}",
            )

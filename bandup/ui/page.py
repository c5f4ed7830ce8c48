"""The parts every page has: title, sections, notes, warnings, empty states, errors, and the page for an unknown item."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NoReturn

import streamlit as st

from bandup.analysis.students import is_student
from bandup.formatting import shortened
from bandup.ui import address
from bandup.ui.html import element, show
from bandup.ui.plain_text import plain
from data.errors import DataError

MAX_ID_LENGTH = 2_100
"""Characters shown of a title, and of an id under which nothing is stored: longer than real ids with their parameter’s name."""

LONG_TITLE = 60
"""Longer titles, for example an id of hundreds of characters, get a smaller font: on a phone they would fill the screen."""

MAX_TAB_TITLE = 60

MAX_COLORED_VALUES, MAX_CODE_LINES = 60, 300

LOGO = str(Path(__file__).with_name("logo.svg"))
FAVICON = f"data:image/png;base64,{b64encode(Path(__file__).with_name('favicon.png').read_bytes()).decode()}"
"""Embedded in the page: Streamlit serves a file like a download, which needs a sign-in."""


def header(title: str, summary: str = "") -> None:
    """Show the page's title, also as the title of the browser's tab, and a one-sentence summary below it. Both are escaped.

    The title is HTML, not Markdown, whose escapes would be copied with it: an id is selected as it is stored.
    """
    st.set_page_config(page_title=f"{shortened(title, MAX_TAB_TITLE)} · BandUp")
    css_class = "b-title b-long" if len(title) > LONG_TITLE else "b-title"
    show(element("h1", element("bdi", shortened(title, MAX_ID_LENGTH)), css_class))
    if summary:
        text(summary)


def section(title: str) -> None:
    """Show a heading below the page's title."""
    st.header(plain(title), anchor=False)


def subsection(title: str) -> None:
    """Show a heading below a section's."""
    st.subheader(plain(title), anchor=False)


def id_heading(text: str, level: Literal[2, 3]) -> None:
    """Show a heading that is or holds an id, as HTML like the page's title: it is copied as it is stored.

    `level`: 2 for the heading of a section, 3 for one below it.
    """
    show(element(f"h{level}", element("bdi", shortened(text, MAX_ID_LENGTH)), "b-id-heading"))


def text(sentence: str) -> None:
    """Show a paragraph."""
    st.markdown(plain(sentence))


def note(text: str) -> None:
    """Show a quiet line, for example what a figure leaves out."""
    show(element("p", text, "b-note"))


def empty_state(what: str, hint: str) -> None:
    """Say what is empty and what the reader can do."""
    st.info(f"**{plain(what)}** {plain(hint)}", icon="🗒️")


def warning(what: str, hint: str = "") -> None:
    """Show something the reader must know before trusting what follows."""
    st.warning(f"**{plain(what)}** {plain(hint)}".strip(), icon="⚠️")


def code(text: str, language: str | None = None) -> None:
    """Show a text as it is, in wrapped lines, with a button to copy it; a text of very many lines without the button.

    `st.code` makes an element of each line, and with a language of each word.
    """
    if text.count("\n") < MAX_CODE_LINES:
        st.code(text, language=language, wrap_lines=True)
    else:
        show(element("pre", text, "b-raw b-code"))


def stored_json(raw: str) -> None:
    """Show an item as stored, as `code` does; a short one with colours, which make an element of each value."""
    code(raw, "json" if raw.count("{") <= MAX_COLORED_VALUES else None)


def side_by_side(show_side: Callable[..., object], *values: Sequence[Any]) -> None:
    """Call a function once in each of two columns, with the first and with the second of every pair of values."""
    for column, arguments in zip(st.columns(2, gap="large"), zip(*values, strict=True), strict=True):
        with column:
            show_side(*arguments)


def not_found(kind: str, ids: str, back: str, back_label: str) -> NoReturn:
    """Say that nothing is stored under the ids in the address, link back, and end the script."""
    header(f"No such {kind}")
    st.info("Nothing is stored under this address. It may be mistyped, or the item may have been removed.", icon="🔍")
    code("\n".join(shortened(line, MAX_ID_LENGTH) for line in ids.splitlines()))
    address.link_back(back, back_label)
    st.stop()


def require_student_id(user_id: str) -> None:
    """End the script with an explanation where a user id names no student (`bandup.analysis.students`)."""
    if is_student(user_id):
        return
    header("No student")
    st.info(
        f"Jobs whose request named no student are stored under {plain(user_id.strip())}. They may be different people’s, so "
        "there is no student’s page for them: the Jobs page lists them.",
        icon="🔍",
    )
    st.stop()


@contextmanager
def show_errors(key: str) -> Iterator[None]:
    """Show a named error as its sentence, with a button to try again. Other errors pass through.

    An error with `agree` asks for permission to spend capacity: its button grants it and tries again. One with `restart`
    is a read that was cancelled. The frame wraps every page in this; a fragment needs its own, since it also runs without
    the frame.
    """
    try:
        yield
    except DataError as error:
        agree = getattr(error, "agree", None)
        if agree is not None:
            st.warning(plain(str(error)), icon="⚠️")
            st.button("Read anyway", on_click=agree, key=f"{key}_agreed")
            return
        restart = getattr(error, "restart", None)
        if restart is not None:
            st.info(plain(str(error)), icon="⏹️")
            st.button("Read the tables again", on_click=restart, key=f"{key}_restarted")
            return
        st.error(plain(str(error)), icon="⚠️")
        if st.button("Try again", key=key):
            st.rerun()

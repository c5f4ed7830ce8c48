"""The parts every page has: title, sections, notes, warnings, empty states, and the page for an address without an item."""

from base64 import b64encode
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import streamlit as st

from bandup.formatting import shortened
from bandup.ui.html import element, show
from bandup.ui.plain_text import plain

MAX_ID_LENGTH = 2_100
"""Characters of an id shown when nothing is stored under it: longer than real ids with their parameter’s name."""

LONG_TITLE = 60
"""Longer titles, for example an id of hundreds of characters, get a smaller font: on a phone they would fill the screen."""

LOGO = str(Path(__file__).with_name("logo.svg"))
FAVICON = f"data:image/png;base64,{b64encode(Path(__file__).with_name('favicon.png').read_bytes()).decode()}"
"""Embedded in the page: Streamlit serves a file like a download, which needs a sign-in."""


def header(title: str, summary: str = "") -> None:
    """Show the page's title and a one-sentence summary below it. Both are escaped."""
    with st.container(key="long_title") if len(title) > LONG_TITLE else nullcontext():
        st.title(plain(title), anchor=False)
    if summary:
        st.markdown(plain(summary))


def section(title: str) -> None:
    """Show a heading below the page's title."""
    st.header(plain(title), anchor=False)


def note(text: str) -> None:
    """Show a quiet line, for example what a figure leaves out."""
    show(element("p", text, "b-quiet"))


def empty_state(what: str, hint: str) -> None:
    """Say what is empty and what the reader can do."""
    st.info(f"**{plain(what)}** {plain(hint)}", icon="🗒️")


def warning(what: str, hint: str = "") -> None:
    """Show something the reader must know before trusting what follows."""
    st.warning(f"**{plain(what)}** {plain(hint)}".strip(), icon="⚠️")


def not_found(kind: str, ids: str, back: str, back_label: str) -> NoReturn:
    """Say that nothing is stored under the ids in the address, link back, and end the script."""
    header(f"No such {kind}")
    st.info("Nothing is stored under this address. It may be mistyped, or the item may have been removed.", icon="🔍")
    st.code("\n".join(shortened(line, MAX_ID_LENGTH) for line in ids.splitlines()), language=None, wrap_lines=True)
    st.page_link(back, label=back_label)
    st.stop()

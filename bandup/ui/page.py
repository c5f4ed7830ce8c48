"""What every page begins with and what stands where there is nothing: headers, empty states, ways back."""

from base64 import b64encode
from contextlib import nullcontext
from pathlib import Path

import streamlit as st

from bandup.formatting import shortened
from bandup.ui.html import element, show
from bandup.ui.plain_text import plain

LONGEST_NAME = 2_100
"""So many characters of an id are shown where it names nothing: more than real ones have, with the parameter’s name."""

LONG_TITLE = 60
"""A longer title, such as an id of hundreds of characters, is set smaller: on a phone it would fill the screen."""

LOGO = str(Path(__file__).with_name("logo.svg"))
FAVICON = f"data:image/png;base64,{b64encode(Path(__file__).with_name('favicon.png').read_bytes()).decode()}"
"""In the page itself: a file would be served as downloads are, and so to nobody who has not signed in."""


def header(title: str, answer: str = "") -> None:
    """The page's title and under it one sentence that answers it. Texts from the tables go in as they are."""
    with st.container(key="long_title") if len(title) > LONG_TITLE else nullcontext():
        st.title(plain(title), anchor=False)
    if answer:
        st.markdown(plain(answer))


def section(title: str) -> None:
    """A heading below the page's title."""
    st.header(plain(title), anchor=False)


def note(text: str) -> None:
    """A quiet line: what a figure leaves out, what a view cost. The text goes in as it is."""
    show(element("p", text, "b-quiet"))


def nothing(what: str, do: str) -> None:
    """An empty state: what is empty, and what to do."""
    st.info(f"**{plain(what)}** {plain(do)}", icon="🗒️")


def no_such(what: str, named: str, back: str, back_label: str) -> None:
    """A friendly page for an address that names nothing: says so, offers the way back, ends the page."""
    header(f"No such {what}")
    st.info("Nothing is stored under this address. It may be mistyped, or the item may have been removed.", icon="🔍")
    st.code("\n".join(shortened(line, LONGEST_NAME) for line in named.splitlines()), language=None, wrap_lines=True)
    st.page_link(back, label=back_label)
    st.stop()


def caution(what: str, do: str = "") -> None:
    """Something the reader must know before trusting what follows."""
    st.warning(f"**{plain(what)}** {plain(do)}".strip(), icon="⚠️")

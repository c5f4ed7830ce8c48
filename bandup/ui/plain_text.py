"""Text from the tables, escaped for the slots of Streamlit that render Markdown."""

import re

import pandas as pd

WORD_JOINER = "\u2060"
"""Zero-width. After `:`, `@`, `www` and within `->` it keeps Streamlit from turning text into links, emoji, directives
and arrows. A time (`09:05`) needs none."""

_INLINE = re.compile(r"([\\`*_\[\]<$&~])")
_LINE_START = re.compile(r"^(\s*\d*)([-+#>|.)])")
_JOINED = re.compile(r":(?=\S)(?!(?<=\d:)\d\d\b)|@|www|[-<>~](?=[->=])", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """Escape text for a slot that renders Markdown (title, caption, label, metric), so that it is shown as it is."""
    one_line = _LINE_START.sub(r"\1\\\2", _INLINE.sub(r"\\\1", _SPACE.sub(" ", text)))
    return _JOINED.sub(rf"\g<0>{WORD_JOINER}", one_line)


def button_labels(texts: pd.Series) -> pd.Series:
    """Escape labels for the button column of a table, where `:material/…:` would become an icon."""
    return texts.astype("str").str.replace(":material", f":{WORD_JOINER}material", regex=False)

"""Texts from the tables made safe for slots that render Markdown, and times in the viewer's zone and locale."""

import re
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

DEFAULT_LOCALE = "en-GB"
NARROW_SPACE = "\u202f"
_INLINE = re.compile(r"([\\`*_\[\]<$&~])")
_AT_THE_START = re.compile(r"^(\s*\d*)([-+#>|.)])")
_JOINED = re.compile(r":(?=\S)(?!(?<=\d:)\d\d\b)|@|www|[-<>~](?=[->=])", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
WORD_JOINER = "\u2060"
"""Zero-width: after `:`, `@`, `www` and within `->` it keeps Streamlit from making links, emoji, directives and arrows of
a text. A time (`09:05`) needs none."""


def plain(text: str) -> str:
    """A text from the tables for a slot that renders Markdown (titles, captions, labels, metrics): shown as it is."""
    one_line = _AT_THE_START.sub(r"\1\\\2", _INLINE.sub(r"\\\1", _SPACE.sub(" ", text)))
    return _JOINED.sub(rf"\g<0>{WORD_JOINER}", one_line)


def button_labels(texts: pd.Series) -> pd.Series:
    """Texts from the tables as labels in a table's button column, where `:material/…:` would become an icon."""
    return texts.astype("str").str.replace(":material", f":{WORD_JOINER}material", regex=False)


def viewer_zone() -> ZoneInfo:
    """The time zone of the viewer's browser; UTC where it is not known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def viewer_locale() -> Locale:
    """The locale of the viewer's browser; British where it is not known."""
    return _locale(st.context.locale or DEFAULT_LOCALE)


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    with suppress(UnknownLocaleError, ValueError):
        return Locale.parse(name, sep="-")
    return Locale.parse(DEFAULT_LOCALE, sep="-")


def local_time(at: datetime | pd.Timestamp | None, zone: tzinfo) -> str:
    """`14 Mar 2026, 09:05 ICT`, in the viewer's zone and locale; `time unknown` where there is none."""
    if at is None or pd.isna(at):
        return "time unknown"
    local, locale = pd.Timestamp(at).tz_convert(zone), viewer_locale()
    day, time = format_date(local, "medium", locale), format_time(local, "short", locale=locale)
    return f"{day}, {time.replace(NARROW_SPACE, ' ')} {local:%Z}"

"""Words and numbers for people, and texts from the tables made safe for the sinks that render Markdown or HTML."""

import re
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from bandup.analysis.durations import span

DEFAULT_LOCALE = "en-GB"
NARROW_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"
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


def shortened(text: str, most: int = 40) -> str:
    """A long id for a narrow place: its beginning, an ellipsis, its end."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 3]}…{text[-(kept // 3) :]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 attempt`, `1,204 attempts`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """A share of 1 as `7.3 %`, which no end of a line parts."""
    return f"{share:.1%}".replace("%", f"{NO_BREAK_SPACE}%")


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


def ago(at: datetime | pd.Timestamp | None, now: datetime) -> str:
    """`3 days ago`, `under a minute ago`; `time unknown` where there is none."""
    if at is None or pd.isna(at):
        return "time unknown"
    return f"{span((now - pd.Timestamp(at)).total_seconds())} ago"


def clock(seconds: float) -> str:
    """A recording's length: `2:05`, `1:02:05`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"

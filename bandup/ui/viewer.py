"""What the viewer's browser reports: its time zone and locale, and times formatted in both."""

from contextlib import suppress
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st
from babel import Locale, UnknownLocaleError

from bandup import formatting

DEFAULT_LOCALE = "en-GB"


def viewer_zone() -> ZoneInfo:
    """Return the time zone of the viewer's browser, UTC if unknown."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def viewer_locale() -> Locale:
    """Return the locale of the viewer's browser, British English if unknown."""
    return _locale(st.context.locale or DEFAULT_LOCALE)


def local_time(at: datetime | pd.Timestamp | None, zone: tzinfo) -> str:
    """Format a time in a zone and the viewer's locale: `14 Mar 2026, 09:05 ICT`, or `time unknown`."""
    return formatting.local_time(at, zone, viewer_locale())


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    with suppress(UnknownLocaleError, ValueError):
        return Locale.parse(name, sep="-")
    return Locale.parse(DEFAULT_LOCALE, sep="-")

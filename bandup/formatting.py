"""Numbers, lengths of time and ids as text for people: the one place where each is formatted."""

from datetime import datetime, tzinfo

import pandas as pd
from babel import Locale
from babel.dates import format_date, format_time

MINUS = "−"
TIME_SOURCES = {
    "created_at": "",
    "started_at": "from the job’s start",
    "audio_url": "from the recording’s file name",
    "unknown": "",
}
"""By `at_source`: where a time comes from that is not the item’s own."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun: `1 attempt`, `1,204 attempts`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """A share of 1 as `7.3 %`, with a space that no line break can split."""
    return f"{share:.1%}".replace("%", "\u00a0%")


def signed(change: float, decimals: int = 1) -> str:
    """A difference of bands with its sign: `+0.5`, `−1.0`, `0.0`."""
    text = f"{change:+.{decimals}f}"
    return f"{0:.{decimals}f}" if float(text) == 0 else text.replace("-", MINUS)


def duration(seconds: float) -> str:
    """A length of time in its largest unit: `3 days`, `5 hours`, `12 minutes`; `under a minute` below that."""
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = int(seconds // length)
        if number >= 1:
            return counted(number, unit)
    return "under a minute"


def ago(at: datetime | pd.Timestamp | None, now: datetime) -> str:
    """The time since `at`: `3 days ago`, `under a minute ago`; `time unknown` where there is none."""
    if at is None or pd.isna(at):
        return "time unknown"
    return f"{duration((now - pd.Timestamp(at)).total_seconds())} ago"


def local_time(at: datetime | pd.Timestamp | None, zone: tzinfo, locale: Locale) -> str:
    """A time in a zone and a locale: `14 Mar 2026, 09:05 ICT`; `time unknown` where there is none."""
    if at is None or pd.isna(at):
        return "time unknown"
    local = pd.Timestamp(at).tz_convert(zone)
    day = format_date(local, "medium", locale)
    time = format_time(local, "short", locale=locale).replace("\u202f", " ")  # a narrow no-break space
    return f"{day}, {time} {local:%Z}"


def short_date(at: datetime | pd.Timestamp) -> str:
    """The day of a time: `03 Jan 2026`."""
    return at.strftime("%d %b %Y")


def clock_length(seconds: float) -> str:
    """The length of a recording: `2:05`, `1:02:05`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def shortened(text: str, most: int = 40) -> str:
    """A long id for a narrow place: its beginning, an ellipsis, its end."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 3]}…{text[-(kept // 3) :]}"


def truncated(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis where it has more than `length` characters."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def shortened_at_word(text: str, length: int) -> str:
    """A text on one line, cut after a word and with an ellipsis where it has more than `length` characters."""
    one_line = " ".join(text.split())
    if len(one_line) <= length:
        return one_line
    beginning = one_line[: length - 1]
    return f"{beginning.rpartition(' ')[0] or beginning}…"

"""Numbers, lengths of time and ids as text for people: the one place where each is formatted."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from babel import Locale
from babel.dates import format_date, format_time

from data.schema import CLOCK_SKEW

MINUS = "−"
_UNITS = (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60))
"""Units of time with their seconds, longest first."""
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


def joined(words: Iterable[str]) -> str:
    """Words in a sentence: `Grammar`, `Lexis and Grammar`, `Task, Lexis and Grammar`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def rounded(number: float, decimals: int = 1) -> float:
    """A number as it is shown, rounded half away from zero: 5.25 is 5.3, −5.25 is −5.3. The one rule of all that is shown.

    So a reader rounds, and so do the browser's tables; Python's own `round` and `:.1f` make 5.25 a 5.2. What a computation
    leaves beyond five decimals (a mean of 32-bit bands, 5.3499999) does not decide. Compare and choose by the numbers
    themselves, and round last.
    """
    exact = Decimal(repr(round(float(number), 5)))
    return float(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0  # without the sign of −0.0


def fixed(number: float, decimals: int = 1) -> str:
    """A number with a fixed number of decimals, rounded as of `rounded`: `5.3`, `1,204.0`, `−0.5`; never `−0.0`."""
    return f"{rounded(number, decimals):,.{decimals}f}".replace("-", MINUS)


def shown_difference(second: float, first: float, decimals: int = 1) -> float:
    """The difference of two numbers as they are shown: a reader who subtracts one from the other gets the same."""
    return rounded(rounded(second, decimals) - rounded(first, decimals), decimals)


def percent(share: float, decimals: int = 1) -> str:
    """A share of 1 as `7.3 %`, with a space that no line break can split."""
    return f"{fixed(share * 100, decimals)}\u00a0%"


def signed(change: float, decimals: int = 1) -> str:
    """A difference of bands with its sign: `+0.5`, `−1.0`, `0.0`."""
    return f"{'+' if rounded(change, decimals) > 0 else ''}{fixed(change, decimals)}"


def with_interval(value: float, low: float, high: float, *, label: str = "") -> str:
    """A mean with two decimals and, where there is one, its interval: `6.13 (5.98 to 6.28)`; `label` goes before the interval."""
    interval = "" if pd.isna(low) else f" ({label}{fixed(low, 2)} to {fixed(high, 2)})"
    return "–" if pd.isna(value) else f"{fixed(value, 2)}{interval}"


def up_or_down(change: float, decimals: int = 1) -> str:
    """A change of bands in words: `up 0.5`, `down 1.0`, `up under 0.1`; `level` where there is none."""
    if change == 0:
        return "level"
    size = rounded(abs(change), decimals)
    return f"{'up' if change > 0 else 'down'} {fixed(size, decimals) if size else f'under {fixed(10**-decimals, decimals)}'}"


IN_FUTURE = "in the future"
"""In place of an age, where a time lies further ahead of now than clocks differ."""


def duration(seconds: float) -> str:
    """A length of time in its largest unit: `3 days`, `5 hours`, `12 minutes`; `under a minute` below that."""
    for unit, length in _UNITS:
        number = int(seconds // length)
        if number >= 1:
            return counted(number, unit)
    return "under a minute"


def durations(seconds: pd.Series) -> pd.Series:
    """Lengths of time as of `duration` (str), missing where the seconds are."""
    lengths = np.array([length for _, length in reversed(_UNITS)])
    unit = np.searchsorted(lengths, seconds.to_numpy(), side="right")
    length = np.append(1.0, lengths)[np.where(seconds.isna(), 0, unit)]
    # few lengths differ once they are whole numbers of their unit; -1 stands for a missing one
    shortest = (seconds // length * length).where(unit > 0, 0.0).where(seconds.notna())
    codes, values = pd.factorize(shortest)
    texts = pd.array([duration(value) for value in values], dtype="str").take(codes, allow_fill=True)
    return pd.Series(texts, index=seconds.index)


def ago(at: datetime | pd.Timestamp | None, now: datetime) -> str:
    """The time since `at`: `3 days ago`, `in the future`; `time unknown` where there is none."""
    if at is None or pd.isna(at):
        return "time unknown"
    if pd.Timestamp(at) > pd.Timestamp(now) + CLOCK_SKEW:
        return IN_FUTURE
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
    whole = int(rounded(seconds, 0))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def shortened(text: str, most: int = 40) -> str:
    """A long id for a narrow place: its beginning, an ellipsis, its end."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 3]}…{text[-(kept // 3) :]}"


def printable(text: str) -> str:
    """A text for a terminal: one line, and no control characters, which could move its cursor or colour it."""
    return "".join(character if character.isprintable() else " " for character in text)


def truncated(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis where it has more than `length` characters."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


MAX_PARAGRAPHS = 40
"""Paragraphs of one text that become elements of their own."""


def paragraphs(text: str, most: int = MAX_PARAGRAPHS) -> list[str]:
    """The lines of a text that are not blank; from the last of `most` on they are one paragraph with line breaks."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= most else [*lines[: most - 1], "\n".join(lines[most - 1 :])]


OMITTED_HINT = "the raw item shows everything"


def omitted_values(number: int) -> str:
    """What is said where values of an item are left out: `… and 1,204 more values; the raw item shows everything`."""
    return f"… and {counted(number, 'more value')}; {OMITTED_HINT}."


def shortened_at_word(text: str, length: int) -> str:
    """A text on one line, cut after a word and with an ellipsis where it has more than `length` characters."""
    one_line = " ".join(text.split())
    if len(one_line) <= length:
        return one_line
    beginning = one_line[: length - 1]
    return f"{beginning.rpartition(' ')[0] or beginning}…"

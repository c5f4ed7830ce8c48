"""Times of items: the time windows of the Jobs page, each ending now, and times in another zone than UTC."""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Literal, Self

import pandas as pd

from bandup.memo import memoized


class Window(StrEnum):
    """How far back to look. The value is the address parameter."""

    label: str
    """The window's name as users read it: `Last 24 hours`."""
    length: timedelta | None
    """None if the window has no beginning."""

    DAY = "24h", "Last 24 hours", timedelta(hours=24)
    WEEK = "7d", "Last 7 days", timedelta(days=7)
    MONTH = "30d", "Last 30 days", timedelta(days=30)
    ALL = "all", "All time", None

    def __new__(cls, value: str, label: str = "", length: timedelta | None = None) -> Self:
        """Create a member from its value, label and length."""
        window = str.__new__(cls, value)
        window._value_, window.label, window.length = value, label, length
        return window


@memoized
def in_window(jobs: pd.DataFrame, window: Window, now: datetime) -> pd.DataFrame:
    """The jobs of a window, in the order given; it begins exactly its length before `now` (aware).

    Jobs of unknown time are only in `all`: beside any other window, show their number (`undated_count`). Times after
    `now` (clocks differ) are in every window.
    """
    if window.length is None:
        return jobs
    return jobs[jobs["at"] >= pd.Timestamp(now) - window.length]


@memoized
def in_zone(items: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """The items with `at` in a time zone (datetime64[ms, zone]): the same moments, other hours, days and weeks.

    Figures over time and `bandup.analysis.practice` use the zone of `at`. Exports stay in UTC.
    """
    return items.assign(at=items["at"].dt.tz_convert(zone))


@memoized
def undated_count(jobs: pd.DataFrame) -> int:
    """The number of jobs of unknown time."""
    return int(jobs["at"].isna().sum())


def frequency(window: Window) -> Literal["h", "D"]:
    """The width of a bar over time as a pandas frequency: an hour in the shortest window, a day in the others."""
    return "h" if window is Window.DAY else "D"

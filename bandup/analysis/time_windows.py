"""Times of items: the time windows of the Jobs page, each ending now, and times in another zone than UTC."""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Literal, Self

import pandas as pd

from bandup.memo import memoized
from data.flags import Flag
from data.schema import CLOCK_SKEW


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


def in_future(at: pd.Series, now: datetime) -> pd.Series:
    """Whether each time lies after `now` (aware) by more than clocks differ: bool, False where missing."""
    return at > pd.Timestamp(now) + CLOCK_SKEW


def is_dated(items: pd.DataFrame) -> pd.Series:
    """Whether each item's time is known and did not lie in the future when it was read: bool, same index."""
    is_known = items["at"].notna()
    return is_known & (items["flags"] & int(Flag.TIME_IN_FUTURE)).eq(0) if "flags" in items else is_known


def since(jobs: pd.DataFrame, length: timedelta, now: datetime) -> pd.DataFrame:
    """The jobs from exactly `length` before `now` (aware) until now, in the order given.

    Jobs of unknown time are left out, and so are those in the future, which is no more plausible: show their number
    (`undated_count`).
    """
    return jobs[(jobs["at"] >= pd.Timestamp(now) - length) & ~in_future(jobs["at"], now)]


@memoized
def in_window(jobs: pd.DataFrame, window: Window, now: datetime) -> pd.DataFrame:
    """The jobs of a window, as of `since`; all of them where the window has no beginning."""
    return jobs if window.length is None else since(jobs, window.length, now)


@memoized
def in_zone(items: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """The items with `at` in a time zone (datetime64[ms, zone]): the same moments, other hours, days and weeks.

    Figures over time and `bandup.analysis.practice` use the zone of `at`. Exports stay in UTC.
    """
    return items.assign(at=items["at"].dt.tz_convert(zone))


@memoized
def undated_count(jobs: pd.DataFrame, now: datetime) -> int:
    """The number of jobs at an unknown time or in the future (of `now`, aware)."""
    return int((jobs["at"].isna() | in_future(jobs["at"], now)).sum())


def frequency(window: Window) -> Literal["h", "D"]:
    """The width of a bar over time as a pandas frequency: an hour in the shortest window, a day in the others."""
    return "h" if window is Window.DAY else "D"

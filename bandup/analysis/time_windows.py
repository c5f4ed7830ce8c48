"""The time windows of the Jobs page, each ending now."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

import pandas as pd

from bandup.memo import memoized


class Window(StrEnum):
    """How far back to look. The value is the address parameter."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"

    @property
    def label(self) -> str:
        """The window's name as users read it: `Last 24 hours`."""
        return _LABELS[self]

    @property
    def length(self) -> timedelta | None:
        """The length of the window; None if it has no beginning."""
        return _LENGTHS[self]


_LABELS = {
    Window.DAY: "Last 24 hours",
    Window.WEEK: "Last 7 days",
    Window.MONTH: "Last 30 days",
    Window.ALL: "All time",
}
_LENGTHS = {
    Window.DAY: timedelta(hours=24),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=30),
    Window.ALL: None,
}


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
def undated_count(jobs: pd.DataFrame) -> int:
    """The number of jobs of unknown time."""
    return int(jobs["at"].isna().sum())


def frequency(window: Window) -> Literal["h", "D"]:
    """The width of a bar over time as a pandas frequency: an hour in the shortest window, a day in the others."""
    return "h" if window is Window.DAY else "D"

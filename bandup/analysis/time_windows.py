"""The windows of time ops look through, from the clock backwards."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

import pandas as pd

from bandup.memo import memoized


class Window(StrEnum):
    """How far back to look. The value is what an address carries."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"

    @property
    def label(self) -> str:
        """The window's name for a person: `Last 24 hours`."""
        return _LABELS[self]

    @property
    def length(self) -> timedelta | None:
        """How long the window is; None where it has no beginning."""
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
def within(jobs: pd.DataFrame, window: Window, now: datetime) -> pd.DataFrame:
    """The jobs of a window, in the order given: from exactly its length before `now` (aware) on.

    Jobs of unknown time are in `all` only: say how many (`undated`) wherever another window is shown. Times after `now`
    (clocks differ) are in every window.
    """
    if window.length is None:
        return jobs
    return jobs[jobs["at"] >= pd.Timestamp(now) - window.length]


@memoized
def undated(jobs: pd.DataFrame) -> int:
    """How many jobs have no known time."""
    return int(jobs["at"].isna().sum())


def frequency(window: Window) -> Literal["h", "D"]:
    """The width of a bar over time, as pandas names it: an hour in the shortest window, a day in the others."""
    return "h" if window is Window.DAY else "D"

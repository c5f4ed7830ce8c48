"""How regularly a student practises: attempts per week, and the gaps between them.

Every essay and recording counts as practice, whatever its state: graded, failed, stuck or still running. Only
superseded items don't count, because the same job counts by its other item.
"""

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from bandup.analysis.attempts import dated
from bandup.analysis.bands import Skill
from bandup.analysis.states import State
from bandup.formatting import counted
from bandup.memo import memoized

_WEEK = pd.Timedelta(weeks=1)


class PracticeGaps(NamedTuple):
    """A student's longest gap between two attempts (None with fewer than two), with its ends, and the current one.

    In whole days; the ends are in the time zone of `at`. `current`: since the last attempt; None without any.
    """

    longest: int | None
    longest_from: pd.Timestamp | None
    longest_to: pd.Timestamp | None
    current: int | None


def practice_attempts(evaluations: pd.DataFrame) -> pd.DataFrame:
    """One student's essays and recordings of known time, oldest first. `evaluations`: with their `state`."""
    own = evaluations["evaluation_type"].astype("str").isin([*Skill])
    own &= evaluations["state"].astype("str").ne(State.SUPERSEDED)
    return dated(evaluations[own]).sort_values(["at", "evaluation_id"], ignore_index=True)


def attempts_per_week(evaluations: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Attempts per week and skill, for each week from that of the first attempt to that of `now` (aware).

    One row per ISO 8601 week, in the time zone of `at`: `week` (datetime64[ms] without a zone, its Monday), `writing` and
    `speaking` (int64). No rows without an attempt of known time. `evaluations`: one student's, with their `state`.
    """
    attempts = practice_attempts(evaluations)
    if attempts.empty:
        dtypes = {"week": "datetime64[ms]"} | {str(skill): "int64" for skill in Skill}
        return pd.DataFrame(columns=[*dtypes]).astype(dtypes)
    mondays = week_start(attempts["at"])
    last = max(mondays.max(), week_start(pd.Series([pd.Timestamp(now).tz_convert(attempts["at"].dt.tz)])).iloc[0])
    weeks = pd.date_range(mondays.min(), last, freq=_WEEK, name="week")
    counts = attempts.groupby([mondays.rename("week"), attempts["evaluation_type"].astype("str")]).size()
    table = counts.unstack().reindex(index=weeks, columns=[str(skill) for skill in Skill])  # noqa: PD010 - a Series
    table = table.fillna(0).astype("int64").rename_axis(columns=None).reset_index()
    return table.astype({"week": "datetime64[ms]"})


def practice_gaps(evaluations: pd.DataFrame, now: datetime) -> PracticeGaps:
    """One student's longest gap between two attempts at either skill, and the time since the last. `now` is aware.

    Of equally long gaps the latest is given.
    """
    at = practice_attempts(evaluations)["at"]
    if at.empty:
        return PracticeGaps(None, None, None, None)
    current = max(0, (pd.Timestamp(now) - at.iloc[-1]).days)
    if len(at) == 1:
        return PracticeGaps(None, None, None, current)
    days = at.diff().dt.days
    end = int(days[days == days.max()].index[-1])
    return PracticeGaps(int(days.max()), at.iloc[end - 1], at.iloc[end], current)


def week_start(at: pd.Series) -> pd.Series:
    """Midnight of the Monday of each time's ISO week, in its own time zone: datetime64[ms] of the same index."""
    day = at.dt.tz_localize(None).dt.floor("D")
    monday: pd.Series = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return monday.astype("datetime64[ms]")


@memoized
def describe_practice(evaluations: pd.DataFrame, now: datetime) -> str:
    """Sentences on the attempts and active weeks, the longest gap with its dates, and the time since the last attempt."""
    table = attempts_per_week(evaluations, now)
    if table.empty:
        return "No attempt of known time yet."
    per_week = table[[*Skill]].sum(axis=1)
    attempts, active, weeks = int(per_week.sum()), int((per_week > 0).sum()), len(table)
    sentence = f"{counted(attempts, 'attempt')}, graded or not, {'this week' if weeks == 1 else f'in {active} of {weeks} weeks'}"
    gaps = practice_gaps(evaluations, now)
    if gaps.longest and gaps.longest_from is not None and gaps.longest_to is not None:
        start, end = (f"{end.day} {end:%b %Y}" for end in (gaps.longest_from, gaps.longest_to))
        sentence += f"; the longest gap {counted(gaps.longest, 'day')} ({start} to {end})"
    last = f"{counted(gaps.current, 'day')} ago" if gaps.current else "within the last 24 hours"
    return f"{sentence}. The last attempt was {last}."

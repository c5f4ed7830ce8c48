"""How regularly a student practises: attempts per week, and the gaps between them.

What counts is that the student sat down to it, so every essay and recording counts, whatever became of it: graded,
failed, stuck or still running. Only superseded items don't: the same job counts by its other item.
"""

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from bandup.analysis.attempts import dated
from bandup.analysis.bands import Skill
from bandup.analysis.states import State
from bandup.memo import memoized

_WEEK = pd.Timedelta(weeks=1)


class Gaps(NamedTuple):
    """The days a student did not practise: the longest gap between two attempts with its ends, and the current one.

    Days are whole, ends on the clock that `at` is on. The longest gap is None where there are fewer than two attempts, the current one where
    there is none.
    """

    longest: int | None
    longest_from: pd.Timestamp | None
    longest_to: pd.Timestamp | None
    current: int | None


def practised(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The essays and recordings among one student's judged evaluations whose time is known, oldest first."""
    own = evaluations["evaluation_type"].astype("str").isin([*Skill])
    own &= evaluations["state"].astype("str").ne(State.SUPERSEDED)
    return dated(evaluations[own]).sort_values(["at", "evaluation_id"], ignore_index=True)


def weekly(evaluations: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Attempts per week and skill from the week of the first attempt to that of `now` (aware), none left out.

    One row per ISO 8601 week, on the clock that `at` is on: `week` (datetime64[ms] without a zone, its Monday), `writing`
    and `speaking` (int64). No rows where there is no attempt of known time. `evaluations`: one student's judged evaluations. An
    attempt later than `now` (clocks differ) has its week too.
    """
    attempts = practised(evaluations)
    if attempts.empty:
        return pd.DataFrame(columns=["week", *Skill]).astype(
            {"week": "datetime64[ms]"} | dict.fromkeys([str(skill) for skill in Skill], "int64")
        )
    mondays = monday(attempts["at"])
    last = max(mondays.max(), monday(pd.Series([pd.Timestamp(now).tz_convert(attempts["at"].dt.tz)])).iloc[0])
    weeks = pd.date_range(mondays.min(), last, freq=_WEEK, name="week")
    counts = attempts.groupby([mondays.rename("week"), attempts["evaluation_type"].astype("str")]).size()
    table = counts.unstack().reindex(index=weeks, columns=[str(skill) for skill in Skill])  # noqa: PD010 - a Series
    table = table.fillna(0).astype("int64").rename_axis(columns=None).reset_index()
    return table.astype({"week": "datetime64[ms]"})


def gaps(evaluations: pd.DataFrame, now: datetime) -> Gaps:
    """The longest gap between two attempts of one student, at either skill, and the one since the last.

    Of equally long gaps the latest. `now` is aware.
    """
    at = practised(evaluations)["at"]
    if at.empty:
        return Gaps(None, None, None, None)
    current = max(0, (pd.Timestamp(now) - at.iloc[-1]).days)
    if len(at) == 1:
        return Gaps(None, None, None, current)
    days = at.diff().dt.days
    end = int(days[days == days.max()].index[-1])
    return Gaps(int(days.max()), at.iloc[end - 1], at.iloc[end], current)


def monday(at: pd.Series) -> pd.Series:
    """The Monday, at midnight, of the ISO week of each time on its own clock: datetime64[ms] of the same index."""
    day = at.dt.tz_localize(None).dt.floor("D")
    monday: pd.Series = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    return monday.astype("datetime64[ms]")


@memoized
def in_words(evaluations: pd.DataFrame, now: datetime) -> str:
    """One or two sentences: how many attempts in how many weeks, the longest gap with its dates, the current gap."""
    table = weekly(evaluations, now)
    if table.empty:
        return "No attempt of known time yet."
    each = table[[*Skill]].sum(axis=1)
    attempts, active, weeks = int(each.sum()), int((each > 0).sum()), len(table)
    when = "this week" if weeks == 1 else f"in {active} of {weeks} weeks"
    said = f"{_counted(attempts, 'attempt')} {when}"
    found = gaps(evaluations, now)
    if found.longest and found.longest_from is not None and found.longest_to is not None:
        start, end = (f"{end.day} {end.strftime('%b %Y')}" for end in (found.longest_from, found.longest_to))
        said += f"; the longest gap {_counted(found.longest, 'day')} ({start} to {end})"
    return f"{said}. {_since(found.current or 0)}"


def _since(days: int) -> str:
    if days == 0:
        return "The last attempt was within the last 24 hours."
    return f"The last attempt was {_counted(days, 'day')} ago."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

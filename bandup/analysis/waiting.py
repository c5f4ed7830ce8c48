"""The jobs that left a student without a result until now, and the students who are waiting for one."""

from datetime import datetime

import pandas as pd

from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.analysis.students import has_student, of_students
from bandup.analysis.time_windows import in_future
from bandup.memo import memoized


@memoized
def unresolved(jobs: pd.DataFrame) -> pd.DataFrame:
    """The failed, stuck and empty jobs without a later success of the same student and type; columns as given.

    A job is resolved only if a succeeded job of the same user and type is known to be later. The grader's default
    answer (suspect) is not a success. Jobs without a type are never resolved, nor are those of `unknown` and
    `anonymous`, who may be different students. `jobs` must hold the successes: filter by window or state afterwards.
    """
    state = jobs["state"].astype("str")
    known = has_student(jobs["user_id"])
    successes = jobs[state.eq(State.SUCCEEDED) & known & jobs["at"].notna()]
    unsuccessful = jobs.loc[state.isin(UNSUCCESSFUL), ["user_id", "type", "at"]].astype({"type": "str"})
    keys = ["user_id", "type"]
    # sorted by time, so that the last row of a key is its latest: faster than a maximum per group
    latest = (
        successes[[*keys, "at"]].astype({"type": "str"}).dropna().sort_values("at").drop_duplicates(keys, keep="last")
    )
    joined = unsuccessful.merge(latest, on=keys, how="left", suffixes=("", "_success"), validate="many_to_one")
    resolved = (joined["at_success"] > joined["at"]).to_numpy(dtype=bool)
    return jobs[state.isin(UNSUCCESSFUL)][~resolved]


@memoized
def waiting_students(jobs: pd.DataFrame, now: datetime, listed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Students with an unresolved stuck job, longest waiting first: one row per student and type.

    `listed`: rows of `jobs`, for instance those of a window; only these are counted, and the others only tell what is
    resolved. Without it all are counted.

    Columns: `user_id`, `type` (str, missing where the jobs have none), `since` (UTC, the time of the oldest such job;
    NaT, listed last, where no time is known or all lie in the future), `stuck` (int64, the number of such jobs),
    `waited_seconds` (float64 up to `now`, never below 0, NaN where `since` is unknown). Jobs stored without a student are
    left out.
    """
    open_jobs = of_students(unresolved(jobs))
    if listed is not None:
        open_jobs = open_jobs[open_jobs.index.isin(listed.index)]
    stuck = open_jobs[open_jobs["state"].astype("str").eq(State.STUCK)].astype({"type": "str"})
    stuck["at"] = stuck["at"].where(~in_future(stuck["at"], now))
    groups = stuck.groupby(["user_id", "type"], dropna=False, sort=True)
    table = groups.agg(since=("at", "min"), stuck=("at", "size")).reset_index()
    table["waited_seconds"] = (pd.Timestamp(now) - table["since"]).dt.total_seconds().clip(lower=0)
    table = table.astype({"user_id": "str", "type": "str", "stuck": "int64", "waited_seconds": "float64"})
    return table.sort_values("since", na_position="last", kind="stable", ignore_index=True)

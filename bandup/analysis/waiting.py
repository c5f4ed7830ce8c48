"""What is still broken for a student, and who is waiting for a result."""

from datetime import datetime

import pandas as pd

from bandup.analysis.states import UNKNOWN_USERS, UNSUCCESSFUL, State
from bandup.memo import memoized

WAITING_COLUMNS = ("user_id", "type", "since", "stuck", "waited_seconds")


@memoized
def still_broken(jobs: pd.DataFrame) -> pd.DataFrame:
    """The failed, stuck and empty jobs after which the same student had no success of the same type; columns as given.

    A job is left out only where a succeeded job of the same user and type is known to be later: both times known and
    the success's after the job's. So a job of unknown time stays, a success of unknown time settles nothing, one of the
    same moment neither, and the grader's default answer (suspect) is no success. Jobs without a type stay, and so do
    those of `unknown` and `anonymous`: another's success is none for whoever that was.

    `jobs` must hold the successes: judge first, narrow to a window or to the troubled afterwards.
    """
    state = jobs["state"].astype("str")
    known = ~jobs["user_id"].isin(UNKNOWN_USERS)
    successes = jobs[state.eq(State.SUCCEEDED) & known & jobs["at"].notna()]
    troubled = jobs.loc[state.isin(UNSUCCESSFUL), ["user_id", "type", "at"]].astype({"type": "str"})
    keys = ["user_id", "type"]
    # sorted by time, so that the last of a key is its latest: quicker than a maximum per group
    latest = (
        successes[[*keys, "at"]].astype({"type": "str"}).dropna().sort_values("at").drop_duplicates(keys, keep="last")
    )
    joined = troubled.merge(latest, on=keys, how="left", suffixes=("", "_success"), validate="many_to_one")
    settled = (joined["at_success"] > joined["at"]).to_numpy(dtype=bool)
    return jobs[state.isin(UNSUCCESSFUL)][~settled]


def waiting(jobs: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Students with a stuck job and no success of its type since, longest waiting first; columns `WAITING_COLUMNS`.

    One row per student and type: `type` (str, missing where the jobs hold none), `since` (UTC, the time of the oldest
    such job of known time; NaT, listed last, where no time is known), `stuck` (int64, how many such jobs) and
    `waited_seconds` (float64 up to `now`, never below 0, NaN where `since` is unknown). "Since" is to be read as in
    `still_broken`. Jobs stored without a student (`unknown`, `anonymous`) are left out: nobody can be told who waits.
    """
    broken = still_broken(jobs)
    named = ~broken["user_id"].isin(UNKNOWN_USERS)
    stuck = broken[named & broken["state"].astype("str").eq(State.STUCK)].astype({"type": "str"})
    groups = stuck.groupby(["user_id", "type"], dropna=False, sort=True)
    table = groups.agg(since=("at", "min"), stuck=("at", "size")).reset_index()
    table["waited_seconds"] = (pd.Timestamp(now) - table["since"]).dt.total_seconds().clip(lower=0)
    table = table.astype({"user_id": "str", "type": "str", "stuck": "int64", "waited_seconds": "float64"})
    table = table.sort_values("since", na_position="last", kind="stable", ignore_index=True)
    return table[[*WAITING_COLUMNS]]

"""Jobs whose result is stored under another id than their own.

The queue's request id is the id of the `processing` item; where the request has a `session_id`, the result gets that as its
`evaluation_id`, and the first item stays at processing for ever. Only the evaluations table has such jobs.

A completed evaluation settles an unfinished job under another id if all of this holds:

- both are of the same user and the same type, and neither is missing, `unknown` or `anonymous`;
- it was stored from the start of the job to `RESULT_WINDOW` after it. The result of a recording often has only the time in
  its file name: the upload, which comes before the job. It may lie up to `UPLOAD_LEAD` before the start, and after it by
  no more than clocks differ: a later upload is another attempt, an earlier one more likely belongs to an earlier job;
- it is not the result of the item with its own id: if there is an unfinished item with that id, it belongs to that one.

A student's next essay that is graded within `RESULT_WINDOW` looks the same, so the window is short: hiding a job that has
no result is worse than listing one that has.

One result settles one job. Of several jobs it goes to the one that started first, and a job takes the first result that
it can have. A job or a result of unknown or future time is never matched.
"""

from datetime import timedelta

import pandas as pd

from bandup.analysis.students import has_student
from bandup.analysis.time_windows import is_dated
from data.schema import CLOCK_SKEW

RESULT_WINDOW = timedelta(minutes=5)
"""From a job's start to its result: an essay is graded within a minute or two, and who tries again mostly does so later."""

UPLOAD_LEAD = timedelta(minutes=2)
"""From a recording's upload to the start of its job: the queue delivers within seconds, the first time."""

_SAME = ["user_id", "evaluation_type"]


def results_under_another_id(evaluations: pd.DataFrame) -> pd.Series:
    """The result of each job that is settled by an item with another id: positions of rows (int64), by job's position.

    `evaluations`: the frame of `data.schema`, in any order. The rule is the module's. Jobs without such a result are not in
    the index.
    """
    items = evaluations.reset_index(drop=True)
    status = items["status"].astype("str")
    is_job, is_completed = status.eq("processing"), status.eq("completed")
    if not is_job.any():
        return pd.Series(dtype="int64")
    ids = items["evaluation_id"]
    repeated = ids.duplicated(keep=False)  # few ids, so that comparing them is fast
    can_match = is_dated(items) & items["evaluation_type"].notna() & has_student(items["user_id"])
    is_job &= can_match & ~(repeated & ids.isin(ids[repeated & is_completed]))
    is_result = is_completed & can_match & ~(repeated & ids.isin(ids[repeated & ~is_completed]))
    is_result &= items["user_id"].isin(items["user_id"][is_job])
    rows = items[[*_SAME, "at"]].astype(dict.fromkeys(_SAME, "str")).assign(row=items.index)
    is_upload = items["at_source"].eq("audio_url")
    earliest = rows["at"] - RESULT_WINDOW
    starts = {
        "earliest_start": earliest.mask(is_upload, rows["at"] - CLOCK_SKEW).astype(rows["at"].dtype),
        "latest_start": rows["at"].mask(is_upload, rows["at"] + UPLOAD_LEAD).astype(rows["at"].dtype),
    }
    jobs = rows[is_job].sort_values("at")
    results = rows.assign(**starts)[is_result].drop(columns="at").sort_values("latest_start")
    results = results.rename(columns={"row": "result"})
    return _matched(jobs, results)


def _matched(jobs: pd.DataFrame, results: pd.DataFrame) -> pd.Series:
    """Match both, each sorted by time: in every round each job left takes its first result, and the first job gets it."""
    matches = []
    while len(jobs) and len(results):
        found = pd.merge_asof(
            jobs,
            results,
            left_on="at",
            right_on="latest_start",
            by=_SAME,
            direction="forward",
            tolerance=RESULT_WINDOW + UPLOAD_LEAD,
        ).dropna(subset="result")
        found = found[found["at"] >= found["earliest_start"]].drop_duplicates("result")
        if found.empty:
            break
        matches.append(found[["row", "result"]])
        jobs = jobs[~jobs["row"].isin(found["row"])]
        results = results[~results["result"].isin(found["result"])]
    if not matches:
        return pd.Series(dtype="int64")
    pairs = pd.concat(matches).astype("int64")
    return pd.Series(pairs["result"].to_numpy(), index=pairs["row"].to_numpy(), dtype="int64")

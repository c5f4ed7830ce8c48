"""The students who need attention, each with reasons that a reader can check; there is no score.

A student is named for each of these reasons; 2 to 4 are per skill:

1. *waiting*: a job is stuck and nothing of its type succeeded since;
2. *falling*: the trend of the overall band falls by more than noise (`bandup.analysis.progress`);
3. *stalled*: at least three attempts of known time, no clear change, and the mean overall band of the latest five at
   least half a band under the target;
4. *weak criterion*: the weakest criterion's mean over the latest five attempts is at least one band under the target;
5. *silent*: three graded attempts or more, and 14 days or more since the last item.

Students are sorted by the number of reasons, then by the largest gap under the target, then by user id.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.bands import Skill, criterion_name
from bandup.analysis.progress import MIN_ATTEMPTS_FOR_TREND, Certainty
from bandup.analysis.states import UNKNOWN_USERS
from bandup.formatting import duration
from bandup.memo import memoized

STALLED_GAP = 0.5
"""Bands under the target."""
WEAK_GAP = 1.0
"""Bands under the target."""
SILENT_DAYS = 14
REASON_SEPARATOR = "; "
DEFAULT_TARGET = 6.5
"""The target band where none is set: what most universities ask for."""


@memoized
def students_needing_attention(
    students: pd.DataFrame,
    changes: Mapping[Skill, pd.DataFrame],
    means: Mapping[Skill, pd.Series],
    waiting: pd.DataFrame,
    target: float,
    now: datetime,
    targets: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per student with a reason.

    Columns: `user_id` (str), `why` (str, all reasons as text, joined by `REASON_SEPARATOR`), `reasons` (int64), `gap`
    (float64, bands under the target, the largest of the reasons; NaN if none is about a band).

    `students`: as returned by `bandup.analysis.student_list.all_students`; `changes`: per skill as returned by
    `progress.trends_by_student`; `means`: per skill as returned by `attempts.latest_overall_means`; `waiting`: as
    returned by `bandup.analysis.waiting.waiting_students`; `target` in bands, `targets` other students' own, by user id;
    `now` aware. `unknown` and `anonymous` are not students: they are left out.
    """
    reasons = pd.concat(
        [
            _waiting(waiting),
            *(_of_skill(changes[skill], means[skill], skill, target, targets or {}) for skill in Skill),
            _silent(students, now),
        ],
        ignore_index=True,
    )
    reasons = reasons[~reasons["user_id"].isin(UNKNOWN_USERS)]
    by_user = reasons.groupby("user_id", sort=True)
    table = by_user.agg(why=("why", REASON_SEPARATOR.join), reasons=("why", "size"), gap=("gap", "max")).reset_index()
    table = table.astype({"user_id": "str", "why": "str", "reasons": "int64", "gap": "float64"})
    return table.sort_values(["reasons", "gap", "user_id"], ascending=[False, False, True], ignore_index=True)


@memoized
def attention_among(attention: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """The rows of `attention` that are about one of `students`, in the same order."""
    return attention[attention["user_id"].isin(students["user_id"])]


def student_targets(user_ids: pd.Series, target: float, targets: Mapping[str, float]) -> pd.Series:
    """Each student's target (float64, bands): from `targets` where it has one, else `target`."""
    return user_ids.map(dict(targets)).astype("float64").fillna(target)


def _of_skill(
    changes: pd.DataFrame, means: pd.Series, skill: Skill, target: float, targets: Mapping[str, float]
) -> pd.DataFrame:
    own = student_targets(changes["user_id"], target, targets).to_numpy()
    mean = means.reindex(changes["user_id"]).to_numpy(dtype="float64")
    table = changes.assign(gap=own - mean, weak_gap=own - changes["weakest_mean"].to_numpy(dtype="float64"))
    certainty = table["certainty"].astype("str")
    is_falling = certainty.eq(Certainty.LIKELY) & (table["rise"] < 0)
    is_stalled = certainty.eq(Certainty.NO_CLEAR_CHANGE) & (table["n"] >= MIN_ATTEMPTS_FOR_TREND)
    falling = table[is_falling]
    stalled = table[is_stalled & (table["gap"] >= STALLED_GAP)]
    weak = table[table["weak_gap"] >= WEAK_GAP]
    name = skill.capitalize()
    why_falling = [f"{name} down about {-rise:.1f} over {n} attempts" for rise, n in _tuples(falling, "rise", "n")]
    why_stalled = [
        f"{name}: no clear change in {n} attempts, {gap:.1f} under target" for n, gap in _tuples(stalled, "n", "gap")
    ]
    why_weak = [
        f"{criterion_name(column)} {gap:.1f} under target" for column, gap in _tuples(weak, "weakest", "weak_gap")
    ]
    reasons = [
        _reasons(falling, why_falling),
        _reasons(stalled, why_stalled, stalled["gap"]),
        _reasons(weak, why_weak, weak["weak_gap"]),
    ]
    return pd.concat(reasons, ignore_index=True)


def _silent(students: pd.DataFrame, now: datetime) -> pd.DataFrame:
    attempts = students[[f"{skill}_attempts" for skill in Skill]].sum(axis=1)
    days = (pd.Timestamp(now) - students["last_activity"]).dt.days
    silent = (attempts >= MIN_ATTEMPTS_FOR_TREND) & (days >= SILENT_DAYS)
    return _reasons(students[silent], [f"last active {int(number)} days ago" for number in days[silent]])


def _waiting(waiting: pd.DataFrame) -> pd.DataFrame:
    sentences = [
        "waiting for a result" if pd.isna(seconds) else f"waiting for a result for {duration(seconds)}"
        for seconds in waiting["waited_seconds"]
    ]
    return _reasons(waiting, sentences).drop_duplicates("user_id")


def _reasons(rows: pd.DataFrame, why: list[str], gap: pd.Series | None = None) -> pd.DataFrame:
    gaps = np.full(len(rows), np.nan) if gap is None else gap.to_numpy(dtype="float64")
    users = rows["user_id"].to_numpy(dtype="object")
    return pd.DataFrame({"user_id": users, "why": pd.Series(why, dtype="str"), "gap": gaps})


def _tuples(rows: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(rows[[*columns]].itertuples(index=False, name=None))

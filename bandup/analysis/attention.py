"""The students who need attention, each with reasons that a reader can check; there is no score.

A student is named for each of these reasons; 2 to 4 are per skill:

1. *waiting*: a job is stuck and nothing of its type succeeded since;
2. *falling*: the trend of the overall band falls by more than noise (`bandup.analysis.progress`);
3. *stalled*: three attempts or more, no clear change, and the mean overall band at least half a band under the target;
4. *weak criterion*: the weakest criterion's mean is at least one band under the target;
5. *silent*: three graded attempts or more, and 14 days or more since the last item.

Means are over the latest attempts. Sorted by the number of reasons, then by the largest gap, then by user id.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.bands import Skill, criterion_names
from bandup.analysis.progress import MIN_ATTEMPTS_FOR_TREND, Certainty
from bandup.analysis.students import of_students
from bandup.formatting import duration, fixed, shown_difference, up_or_down
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
    by_user = of_students(reasons).groupby("user_id", sort=True)
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
    table = changes.assign(
        target=own, mean=mean, gap=own - mean, weak_gap=own - changes["weakest_mean"].to_numpy(dtype="float64")
    )
    certainty = table["certainty"].astype("str")
    is_falling = certainty.eq(Certainty.LIKELY) & (table["rise"] < 0)
    is_stalled = certainty.eq(Certainty.NO_CLEAR_CHANGE) & (table["n"] >= MIN_ATTEMPTS_FOR_TREND)
    is_stalled &= table["gap"] >= STALLED_GAP
    name = skill.capitalize()
    reasons = [
        _reasons(table[is_falling], lambda row: f"{name} {up_or_down(row.rise)} over {row.n} graded attempts"),
        _reasons(
            table[is_stalled],
            lambda row: (
                f"{name}: no clear change in {row.n} graded attempts, {fixed(shown_difference(row.target, row.mean))} under target"
            ),
            "gap",
        ),
        _reasons(
            table[table["weak_gap"] >= WEAK_GAP],
            lambda row: (
                f"{criterion_names(row.weakest.split())} {fixed(shown_difference(row.target, row.weakest_mean))} under target"
            ),
            "weak_gap",
        ),
    ]
    return pd.concat(reasons, ignore_index=True)


def _silent(students: pd.DataFrame, now: datetime) -> pd.DataFrame:
    attempts = students[[f"{skill}_attempts" for skill in Skill]].sum(axis=1)
    days = (pd.Timestamp(now) - students["last_activity"]).dt.days
    silent = students.assign(days=days)[(attempts >= MIN_ATTEMPTS_FOR_TREND) & (days >= SILENT_DAYS)]
    return _reasons(silent, lambda row: f"last active {int(row.days)} days ago")


def _waiting(waiting: pd.DataFrame) -> pd.DataFrame:
    def why(row: Any) -> str:  # noqa: ANN401 - a row
        known = pd.notna(row.waited_seconds)
        return f"waiting for a result for {duration(row.waited_seconds)}" if known else "waiting for a result"

    return _reasons(waiting, why).drop_duplicates("user_id")


def _reasons(rows: pd.DataFrame, why: Callable[[Any], str], gap: str | None = None) -> pd.DataFrame:
    """One row per given row: `user_id`, `why` (the text for it) and `gap` (the column of that name, NaN without)."""
    texts = pd.Series([why(row) for row in rows.itertuples()], dtype="str")
    gaps = rows[gap].to_numpy(dtype="float64") if gap else np.full(len(rows), np.nan)
    return pd.DataFrame({"user_id": rows["user_id"].to_numpy(dtype="object"), "why": texts, "gap": gaps})

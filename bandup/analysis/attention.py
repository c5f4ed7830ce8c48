"""The students who need attention, each with reasons that a reader can check; there is no score.

A student is named for one of these reasons, the first of which decides the order; 2 and 4 are per skill:

1. *waiting*: a job is stuck and nothing of its type succeeded since;
2. *falling*: the overall band is *likely* down (`bandup.analysis.progress`);
3. *silent*: three graded attempts or more, and no item for 14 days and for longer than any break of theirs before;
4. *not rising*: six graded attempts or more, nine in ten rises that they allow are under half a band, and the latest five
   lie half a band or more under the target.

A criterion that stands out as weak (`bandup.analysis.weakest_criterion`) is a remark on a student who is named. Students
with the same first reason are in order of the gap between the target and the mean of their latest attempts.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.bands import Skill, criterion_names
from bandup.analysis.certainty import Certainty
from bandup.analysis.students import of_students
from bandup.formatting import counted, duration, fixed, shown_difference, signed, up_or_down
from bandup.memo import memoized

MIN_ATTEMPTS_TO_BE_SILENT = 3
SILENT_DAYS = 14
MIN_ATTEMPTS_TO_RISE = 6
LEAST_RISE = 0.5
"""Bands. A student whose attempts allow less does not rise."""
TARGET_GAP = 0.5
"""Bands under the target."""
REASON_SEPARATOR = "; "
DEFAULT_TARGET = 6.5
"""The target band where none is set: what most universities ask for."""


class Reason(StrEnum):
    """Why a student needs attention, the most urgent first."""

    WAITING = "waiting"
    FALLING = "falling"
    SILENT = "silent"
    NOT_RISING = "not_rising"


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
    """One row per student with a reason, in the order in which to look at them.

    Columns: `user_id` (str), `why` (str, all reasons as text, joined by `REASON_SEPARATOR`), `reasons` (str, of `Reason`,
    spaces between), `remark` (str, weak criteria, empty without), `gap` (float64, bands under the target in the skill
    that is furthest under it; NaN without a graded attempt of known time).

    `students`: as returned by `bandup.analysis.student_list.all_students`; `changes`: per skill as returned by
    `progress.trends_by_student`; `means`: per skill as returned by `attempts.latest_overall_means`; `waiting`: as
    returned by `bandup.analysis.waiting.waiting_students`; `target` in bands, `targets` other students' own, by user id;
    `now` aware. `unknown` and `anonymous` are not students: they are left out.
    """
    gaps = {skill: _gaps(means[skill], target, targets or {}) for skill in Skill}
    reasons = pd.concat(
        [
            _waiting(waiting),
            *(_falling(changes[skill], skill) for skill in Skill),
            _silent(students, now),
            *(_not_rising(changes[skill], gaps[skill], skill) for skill in Skill),
        ],
        ignore_index=True,
    )
    reasons = of_students(reasons)
    reasons["rank"] = reasons["reason"].map([*Reason].index).astype("int64")
    by_user = reasons.sort_values("rank", kind="stable").groupby("user_id", sort=True)
    table = by_user.agg(
        why=("why", REASON_SEPARATOR.join), reasons=("reason", lambda own: " ".join(own.unique())), rank=("rank", "min")
    ).reset_index()
    largest = pd.concat([*gaps.values()], axis=1).max(axis=1)
    table["gap"] = largest.reindex(table["user_id"]).to_numpy(dtype="float64")
    remarks = table["user_id"].map(_remarks(changes)).astype("str")
    table = table.assign(remark=remarks.fillna("")).sort_values(
        ["rank", "gap", "user_id"], ascending=[True, False, True], na_position="last", ignore_index=True
    )
    dtypes = {"user_id": "str", "why": "str", "reasons": "str", "remark": "str", "gap": "float64"}
    return table[[*dtypes]].astype(dtypes)


@memoized
def attention_among(attention: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """The rows of `attention` that are about one of `students`, in the same order."""
    return attention[attention["user_id"].isin(students["user_id"])]


def student_targets(user_ids: pd.Series, target: float, targets: Mapping[str, float]) -> pd.Series:
    """Each student's target (float64, bands): from `targets` where it has one, else `target`."""
    return user_ids.map(dict(targets)).astype("float64").fillna(target)


def _gaps(means: pd.Series, target: float, targets: Mapping[str, float]) -> pd.Series:
    """How far each mean lies under the student's target as both are shown, in bands, by user id."""
    own = student_targets(means.index.to_series(), target, targets)
    gaps = [shown_difference(aim, mean) for aim, mean in zip(own, means, strict=True)]
    return pd.Series(gaps, index=means.index, dtype="float64")


def _falling(changes: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    is_falling = changes["certainty"].astype("str").eq(Certainty.LIKELY) & (changes["change"] < 0)

    def why(row: Any) -> str:  # noqa: ANN401 - a row
        interval = f"{signed(row.lower)} to {signed(row.upper)}"
        return f"{skill.capitalize()} likely {up_or_down(row.change)} ({interval}), {_attempts(row)}"

    return _reasons(changes[is_falling], Reason.FALLING, why)


def _not_rising(changes: pd.DataFrame, gaps: pd.Series, skill: Skill) -> pd.DataFrame:
    table = changes.assign(gap=gaps.reindex(changes["user_id"]).to_numpy(dtype="float64"))
    is_under = table["gap"] >= TARGET_GAP
    is_flat = (table["n"] >= MIN_ATTEMPTS_TO_RISE) & (table["most"] < LEAST_RISE)

    def why(row: Any) -> str:  # noqa: ANN401 - a row
        most = f"up {fixed(row.most)} at most" if row.most > 0 else "not up"
        return f"{skill.capitalize()} {most}, {_attempts(row)}, {fixed(row.gap)} under target"

    return _reasons(table[is_under & is_flat], Reason.NOT_RISING, why)


def _silent(students: pd.DataFrame, now: datetime) -> pd.DataFrame:
    attempts = students[[f"{skill}_attempts" for skill in Skill]].sum(axis=1)
    days = (pd.Timestamp(now) - students["last_activity"]).dt.total_seconds() / 86_400
    is_silent = (attempts >= MIN_ATTEMPTS_TO_BE_SILENT) & (days >= SILENT_DAYS) & (days > students["longest_break"])

    def why(row: Any) -> str:  # noqa: ANN401 - a row
        return f"silent for {int(row.days)} days, never more than {int(row.longest_break)} before"

    return _reasons(students.assign(days=days)[is_silent], Reason.SILENT, why)


def _waiting(waiting: pd.DataFrame) -> pd.DataFrame:
    def why(row: Any) -> str:  # noqa: ANN401 - a row
        known = pd.notna(row.waited_seconds)
        return f"waiting for a result for {duration(row.waited_seconds)}" if known else "waiting for a result"

    return _reasons(waiting, Reason.WAITING, why).drop_duplicates("user_id")


def _attempts(row: Any) -> str:  # noqa: ANN401 - a row
    return counted(row.n, "graded attempt")


def _remarks(changes: Mapping[Skill, pd.DataFrame]) -> dict[str, str]:
    """Which criteria stand out as weak, by user id: `weakest in writing: Lexical Resource, 0.4 under the attempt’s mean`."""
    remarks: dict[str, str] = {}
    for skill in Skill:
        weak = changes[skill].dropna(subset=["weakest"])
        for user_id, weakest, below in weak[["user_id", "weakest", "weakest_below"]].itertuples(index=False):
            remark = f"weakest in {skill}: {criterion_names(weakest.split())}, {fixed(below)} under the attempt’s mean"
            remarks[user_id] = f"{remarks[user_id]}{REASON_SEPARATOR}{remark}" if user_id in remarks else remark
    return remarks


def _reasons(rows: pd.DataFrame, reason: Reason, why: Callable[[Any], str]) -> pd.DataFrame:
    """One row per given row: `user_id`, `reason` and `why` (the text for it)."""
    texts = pd.Series([why(row) for row in rows.itertuples()], dtype="str")
    table = pd.DataFrame({"user_id": rows["user_id"].to_numpy(dtype="object"), "why": texts})
    return table.assign(reason=np.full(len(table), str(reason), dtype="object"))

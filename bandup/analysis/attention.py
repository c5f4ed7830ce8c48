"""Who needs attention, and why: a rule that can be reproduced by hand, and no score.

A student is named for each of these reasons, per skill where it is of a skill:

1. *waiting*: a job is stuck and nothing of its type succeeded since;
2. *falling*: the trend of the overall band falls by more than noise (`bandup.analysis.progress`);
3. *stalled*: at least three dated attempts, no change that can be told from noise, and the mean overall band of the
   latest five at least half a band under the target;
4. *weak criterion*: the weakest criterion's mean over the latest five attempts is at least one band under the target;
5. *silent*: three graded attempts or more, and 14 days or more since the last item.

Students stand in the order of how many reasons there are, then of the largest gap under the target, then of the user id.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.bands import Skill, criterion_name
from bandup.analysis.progress import BLOCK_SIZE, MIN_ATTEMPTS_FOR_TREND, Certainty
from bandup.analysis.states import UNKNOWN_USERS
from bandup.formatting import duration
from bandup.memo import memoized

STALLED_GAP = 0.5
WEAK_GAP = 1.0
SILENT_DAYS = 14
BETWEEN_REASONS = "; "
DEFAULT_TARGET = 6.5
"""What most universities ask for: the target where none is set."""


@memoized
def attention(
    students: pd.DataFrame,
    changes: Mapping[Skill, pd.DataFrame],
    means: Mapping[Skill, pd.Series],
    waiting: pd.DataFrame,
    target: float,
    now: datetime,
    targets: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per student with a reason: `user_id` (str), `why` (str, all reasons in words, `BETWEEN_REASONS` between them), `reasons` (int64), `gap`
    (float64, bands under the target, the largest of the reasons; NaN where none is of a band).

    `students`: as of `bandup.analysis.student_list`; `changes`: per skill as of `progress.change_of_students`; `means`: per skill
    the mean overall band of each student's latest five attempts, by user id; `waiting`: as of `bandup.analysis.waiting`;
    `target` in bands, `targets` other students' own, by user id; `now` aware. Nobody is told apart under `unknown` and `anonymous`: they are left out.
    """
    skills = (_of_skill(changes[skill], means[skill], skill, target, targets or {}) for skill in Skill)
    found = [_waiting(waiting), *skills]
    found.append(_silent(students, now))
    reasons = pd.concat(found, ignore_index=True)
    reasons = reasons[~reasons["user_id"].isin(UNKNOWN_USERS)]
    by_user = reasons.groupby("user_id", sort=True)
    table = by_user.agg(why=("why", BETWEEN_REASONS.join), reasons=("why", "size"), gap=("gap", "max")).reset_index()
    table = table.astype({"user_id": "str", "why": "str", "reasons": "int64", "gap": "float64"})
    return table.sort_values(["reasons", "gap", "user_id"], ascending=[False, False, True], ignore_index=True)


@memoized
def among(attention: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """The rows of those students, in the order given."""
    return attention[attention["user_id"].isin(students["user_id"])]


def own_targets(user_ids: pd.Series, target: float, targets: Mapping[str, float]) -> pd.Series:
    """Each student's target (float64, bands): their own out of `targets` where there is one, else `target`."""
    return user_ids.map(dict(targets)).astype("float64").fillna(target)


def latest_means(attempts: pd.DataFrame, size: int = BLOCK_SIZE) -> pd.Series:
    """The mean overall band (float64) over each student's latest dated attempts, by user id; `attempts` oldest first."""
    latest = attempts[attempts["at"].notna()].groupby("user_id").tail(size)
    return latest.groupby("user_id")["overall_band"].mean().astype("float64")


def _of_skill(
    changes: pd.DataFrame, means: pd.Series, skill: Skill, target: float, targets: Mapping[str, float]
) -> pd.DataFrame:
    own = own_targets(changes["user_id"], target, targets).to_numpy()
    mean = means.reindex(changes["user_id"]).to_numpy(dtype="float64")
    weakest = changes["weakest_mean"].to_numpy(dtype="float64")
    table = changes.assign(gap=own - mean, weak_gap=own - weakest)
    certainty = table["certainty"].astype("str")
    name = skill.capitalize()
    falling = table[certainty.eq(Certainty.LIKELY) & (table["rise"] < 0)]
    stalled = table[
        (table["n"] >= MIN_ATTEMPTS_FOR_TREND) & certainty.eq(Certainty.CANNOT_TELL) & (table["gap"] >= STALLED_GAP)
    ]
    weak = table[table["weak_gap"] >= WEAK_GAP]
    return pd.concat(
        [
            _reasons(
                falling, [f"{name} down about {-rise:.1f} over {n} attempts" for rise, n in _of(falling, "rise", "n")]
            ),
            _reasons(
                stalled,
                [
                    f"{name}: no clear change in {n} attempts, {gap:.1f} under target"
                    for n, gap in _of(stalled, "n", "gap")
                ],
                stalled["gap"],
            ),
            _reasons(
                weak,
                [
                    f"{criterion_name(column)} {gap:.1f} under target"
                    for column, gap in _of(weak, "weakest", "weak_gap")
                ],
                weak["weak_gap"],
            ),
        ],
        ignore_index=True,
    )


def _silent(students: pd.DataFrame, now: datetime) -> pd.DataFrame:
    attempts = students[[f"{skill}_attempts" for skill in Skill]].sum(axis=1)
    days = (pd.Timestamp(now) - students["last_activity"]).dt.days
    silent = (attempts >= MIN_ATTEMPTS_FOR_TREND) & (days >= SILENT_DAYS)
    return _reasons(students[silent], [f"{int(count)} days since the last" for count in days[silent]])


def _waiting(waiting: pd.DataFrame) -> pd.DataFrame:
    said = [
        "waiting for a result" if pd.isna(seconds) else f"waiting for a result for {duration(seconds)}"
        for seconds in waiting["waited_seconds"]
    ]
    return _reasons(waiting, said).drop_duplicates("user_id")


def _reasons(rows: pd.DataFrame, why: list[str], gap: pd.Series | None = None) -> pd.DataFrame:
    gaps = np.full(len(rows), np.nan) if gap is None else gap.to_numpy(dtype="float64")
    users = rows["user_id"].to_numpy(dtype="object")
    return pd.DataFrame({"user_id": users, "why": pd.Series(why, dtype="str"), "gap": gaps})


def _of(rows: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return list(rows[[*names]].itertuples(index=False, name=None))

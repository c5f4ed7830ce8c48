"""What a teacher marks next: attempts drawn half at random and half by risk, with the probability of each.

Every attempt has the probability ½·1/n + ½·risk/Σrisk within its stratum (skill and model), where risk counts the reasons to
doubt its grade; a stratum's share is proportional to the square root of its size, so that rare models are seen too (power
allocation: Bankier, The American Statistician 42, 1988). Marks weigh the inverse of that probability, so that the sample
says something of all attempts (docs/second-marks.md). The order is each person's own and stays the same from visit to visit: an
attempt comes after −log(u)/p, where u depends on the attempt and the person only (Efraimidis and Spirakis, Information
Processing Letters 97, 2006).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bandup.analysis.attempts import graded_attempts
from bandup.analysis.bands import BAND_STEP, CRITERIA, Skill
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.states import State
from bandup.analysis.students import of_students
from bandup.analysis.time_windows import is_dated
from bandup.memo import memoized
from data.flags import Flag

TERM = timedelta(days=120)
GOAL = 50
"""Attempts to mark in a term: the mean difference is then known to about ±0.2 of a band."""
PAIR_EVERY = 4
"""Every fourth attempt of a person is one that another teacher has marked, while there is any: agreement between people."""

OFF_TREND_ERRORS = 2.0
"""Standard errors of a band from the mean of the student's other attempts at which it counts as far off."""
MIN_OTHER_ATTEMPTS = 2
JAGGED = 2.0
"""Bands between an attempt's best and worst criterion at which its profile counts as jagged."""
LOW_CONFIDENCE = 0.7
"""The confidence below which a grade is doubtful: what the functions store with their defaults, 0.7 and more, says nothing."""
FIRST_WEEKS = timedelta(days=21)
"""How long a model counts as new, from its first attempt on."""

REASONS = {
    "off_trend": "far off the student’s other attempts",
    "jagged": "criteria far apart",
    "mismatch": "overall band does not fit its criteria",
    "near_target": "at the target, or half a band below",
    "low_confidence": "the grader was not sure",
    "new_model": "a new model’s first weeks",
    "suspect": "may be the grader’s default answer",
}
SEPARATOR = " · "


@memoized
def attempts_to_mark(
    evaluations: pd.DataFrame,
    estimates: Mapping[Skill, ClassEstimates],
    targets: Mapping[str, float],
    target: float,
    since: datetime,
) -> pd.DataFrame:
    """The students' graded attempts since a time, with `risk` (int64), `why` (str) and `probability` (float64, sums to 1).

    `evaluations`: everyone's, with their `state`; `targets`: students' own by id, `target` that of the others. The grader's
    default answers are among them: whether they are grades is the question.
    """
    parts = [_with_reasons(evaluations, skill, estimates[skill], targets, target) for skill in Skill]
    attempts = pd.concat([part[part["at"].ge(since) & is_dated(part)] for part in parts], ignore_index=True)
    reasons = attempts[[*REASONS]].to_numpy(dtype="bool")
    texts = np.array([*REASONS.values()], dtype=object)
    why = [SEPARATOR.join(texts[row]) for row in reasons]
    marked = attempts.assign(risk=reasons.sum(axis=1).astype("int64"), why=pd.Series(why, dtype="str"))
    return marked.assign(probability=_probabilities(marked)).drop(columns=[*REASONS])


def _with_reasons(
    evaluations: pd.DataFrame, skill: Skill, estimates: ClassEstimates, targets: Mapping[str, float], target: float
) -> pd.DataFrame:
    """The attempts of a skill with a column of booleans per reason."""
    attempts = of_students(graded_attempts(evaluations, skill, include_suspect=True)).reset_index(drop=True)
    overall = attempts["overall_band"].astype("float64")
    by_student = overall.groupby(attempts["user_id"])
    others = by_student.transform("size") - 1
    distance = (overall - by_student.transform("mean")) * (others + 1) / others.where(others > 0)
    error = np.sqrt(estimates.overall.variance * (1 + 1 / others.where(others > 0)))
    criteria = attempts[[*CRITERIA[skill]]].astype("float64")
    models = _models(attempts)
    first_seen = attempts["at"].groupby(models).transform("min")
    below_target = attempts["user_id"].map(targets).astype("float64").fillna(target) - overall
    return attempts.assign(
        off_trend=others.ge(MIN_OTHER_ATTEMPTS) & distance.abs().gt(OFF_TREND_ERRORS * error),
        jagged=(criteria.max(axis=1) - criteria.min(axis=1)).ge(JAGGED),
        mismatch=(attempts["flags"] & int(Flag.OVERALL_DIFFERS_FROM_CRITERIA)).ne(0),
        near_target=below_target.between(0, BAND_STEP),
        low_confidence=attempts["confidence_score"].lt(LOW_CONFIDENCE),
        new_model=first_seen.gt(attempts["at"].min()) & (attempts["at"] - first_seen).lt(FIRST_WEEKS),
        suspect=attempts["state"].astype("str").eq(State.SUSPECT),
    )


def _probabilities(attempts: pd.DataFrame) -> pd.Series:
    strata = [attempts["evaluation_type"].astype("str"), _models(attempts)]
    size = attempts["risk"].groupby(strata).transform("size")
    risks = attempts["risk"].groupby(strata).transform("sum")
    within = 0.5 / size + 0.5 * (attempts["risk"] / risks).where(risks > 0, 1 / size)
    shares = np.sqrt(size)
    # each stratum's share counts once, not once per attempt of it
    probabilities: pd.Series = within * shares / (shares / size).sum()
    return probabilities


def _models(attempts: pd.DataFrame) -> pd.Series:
    """The model of each attempt, empty where none is stored."""
    return attempts["model_used"].astype("str").fillna("")


def term_start(now: datetime) -> datetime:
    """When the term began: a whole day, so that what is computed since then is found again."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - TERM


class Draw(NamedTuple):
    """How an attempt was chosen, as `data.review_entries.Mark` stores it; `why`: what was unusual about its grade."""

    drawn: Literal["queue", "pair", "by hand"] = "by hand"
    probability: float | None = None
    why: str = ""


def draw_of(queue: pd.DataFrame, evaluation_id: str, user_id: str) -> Draw:
    """The draw of an attempt: by the queue only where it comes next in it; any other was chosen by hand."""
    if queue.empty:
        return Draw()
    first = queue.iloc[0]
    if (first["evaluation_id"], first["user_id"]) != (evaluation_id, user_id):
        return Draw()
    return Draw("pair" if first["drawn"] == "pair" else "queue", float(first["probability"]), str(first["why"]))


@memoized
def queue_of(attempts: pd.DataFrame, marks: pd.DataFrame, skipped: frozenset[tuple[str, str]], by: str) -> pd.DataFrame:
    """What one person marks, in their order: the attempts with `drawn` (`queue` or `pair`) and `probability`.

    `attempts`: as of `attempts_to_mark`; `marks`: everyone's (`bandup.analysis.second_marks.marks_table`); `skipped`: the keys that the person
    leaves out. What the person has marked is left out; what others have marked comes only as a pair, and then first.
    """
    keys = pd.MultiIndex.from_frame(attempts[["evaluation_id", "user_id"]])
    marked_by: dict[tuple[str, str], set[str]] = {}
    for evaluation_id, user_id, person in marks[["evaluation_id", "user_id", "by"]].itertuples(index=False, name=None):
        marked_by.setdefault((evaluation_id, user_id), set()).add(person)
    own_keys = [key for key, people in marked_by.items() if by in people]
    is_open = ~keys.isin([*own_keys, *skipped])
    is_pair = keys.isin([key for key, people in marked_by.items() if len(people) == 1 and by not in people])
    uniform = (_hashes(keys, by) + 0.5) / 2.0**64
    order = -np.log(uniform) / attempts["probability"].to_numpy()
    drawn = attempts.assign(drawn=np.where(is_pair, "pair", "queue"), order=order)
    fresh = drawn[is_open & ~keys.isin([*marked_by])].sort_values("order", kind="stable")
    pairs = drawn[is_open & is_pair].sort_values("order", kind="stable")
    is_pair_due = len(own_keys) % PAIR_EVERY == PAIR_EVERY - 1
    first = pairs.head(1) if is_pair_due or fresh.empty else pairs.head(0)
    return pd.concat([first, fresh]).drop(columns="order").reset_index(drop=True)


def _hashes(keys: pd.MultiIndex, by: str) -> npt.NDArray[np.integer[Any]]:
    """A number per key that depends on nothing but the key and the person."""
    texts = pd.Series([f"{len(first)}:{first}{second}\0{by}" for first, second in keys], dtype="object")
    return pd.util.hash_pandas_object(texts, index=False).to_numpy()

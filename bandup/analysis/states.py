"""The state of a job: what the dashboard derives from an item's `status`, for items of either table.

`status` is the stored attribute, `state` is derived. `State` lists the states in the order in which they are tested;
`with_state` holds the tests and applies them to a whole frame at once.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

import numpy as np
import pandas as pd

from bandup.analysis.bands import CRITERIA, Skill
from bandup.analysis.results_elsewhere import results_under_another_id
from bandup.analysis.students import has_student
from data.flags import DEFAULT_CRITERION_FLAGS, Flag
from data.schema import CLOCK_SKEW, DEFAULT_BAND, FLASHCARD

STUCK_AFTER = timedelta(minutes=15)
"""A job that is still processing after this time is stuck, unless set otherwise: the functions end within minutes."""

DEFAULT_CONFIDENCE = 0.7
"""What the grader stores if it can't parse the model's reply: five bands of 6.0 at confidence 0.7."""

_ALL_CRITERIA_DEFAULT = sum(int(flag) for flag in DEFAULT_CRITERION_FLAGS.values())


class State(StrEnum):
    """The states, in the order in which they are tested, each with its meaning as users read it."""

    sentence: str

    SUPERSEDED = "superseded", "Not completed itself, but the same job is completed under another user or id."
    FAILED = "failed", "The function caught an error and marked the job as failed."
    STUCK = "stuck", "Still processing long after it started: an uncaught error most likely ended the function."
    RUNNING = "running", "Started a short while ago and still processing."
    EMPTY = "empty", "Marked completed, but there is no result: no valid overall band, or no readable card."
    SUSPECT = (
        "suspect",
        "All five bands are 6.0, at low confidence or without feedback: the grader's default answer, not a grade.",
    )
    SUCCEEDED = "succeeded", "Completed, with a result."
    UNKNOWN = "unknown", "The status is missing or not one that the functions write."

    def __new__(cls, value: str, sentence: str = "") -> Self:
        """Create a member from its value and its sentence."""
        state = str.__new__(cls, value)
        state._value_, state.sentence = value, sentence
        return state


UNSUCCESSFUL = (State.FAILED, State.STUCK, State.EMPTY)
"""The states that leave a student without a result."""


def with_state(items: pd.DataFrame, key: str, now: datetime, stuck_after: timedelta = STUCK_AFTER) -> pd.DataFrame:
    """Return the items with a column `state` (category of `State`) and with the flags that need several attributes.

    `items`: a frame of either table as `data.schema` declares it; `key`: the column of its partition key. The state
    `superseded` and the flags `twin` and `result_under_another_id` (`bandup.analysis.results_elsewhere`) are only found
    if all items of a job are in the frame. A job that starts in the future counts as started at an unknown time. A set counts as empty by
    the column `readable_cards` if there is one (the cards were read), else by `total_cards` or `num_cards`.
    """
    status = items["status"].astype("str")
    completed = status.eq("completed")
    same_key = items[key].duplicated(keep=False)
    completed_elsewhere = same_key & items[key].isin(items.loc[completed & same_key, key])
    age = pd.Timestamp(now) - items["at"]
    young = (age <= stuck_after) & (age >= -CLOCK_SKEW)
    under_another_id = _has_result_under_another_id(items)

    tests = {
        State.SUPERSEDED: ~completed & completed_elsewhere | under_another_id,
        State.FAILED: status.eq("failed"),
        State.STUCK: status.eq("processing") & ~young,
        State.RUNNING: status.eq("processing"),
        State.EMPTY: completed & ~_has_result(items),
        State.SUSPECT: completed & _is_default_answer(items),
        State.SUCCEEDED: completed,
    }
    state = np.select([test.to_numpy(dtype=bool) for test in tests.values()], list(tests), default=State.UNKNOWN)
    flags = items["flags"] | _row_flags(items, status, completed, same_key)
    flags[under_another_id] |= int(Flag.RESULT_UNDER_ANOTHER_ID)
    return items.assign(state=pd.Categorical(state.astype(str), categories=[*State]), flags=flags)


def running_until(items: pd.DataFrame, now: datetime, stuck_after: timedelta = STUCK_AFTER) -> datetime | None:
    """The time of the youngest running job that has become stuck by `now`, None if all of them may still be running.

    `items`: with `state`, as of an earlier time; only running jobs change their state as time passes.
    """
    overdue = items.loc[items["state"].eq(State.RUNNING) & (items["at"] < pd.Timestamp(now) - stuck_after), "at"]
    return None if overdue.empty else overdue.max().to_pydatetime()


def with_stuck_until(items: pd.DataFrame, until: datetime) -> pd.DataFrame:
    """The items with the running jobs of `until` and earlier as stuck; `items` itself if there are none.

    `items`: any frame with `state` (category or str) and `at`.
    """
    state, stuck = items["state"], str(State.STUCK)
    overdue = state.eq(State.RUNNING) & (items["at"] <= pd.Timestamp(until))
    if not overdue.any():
        return items
    if isinstance(state.dtype, pd.CategoricalDtype) and stuck not in state.cat.categories:
        state = state.cat.add_categories([stuck])
    return items.assign(state=state.mask(overdue, stuck))


def state_counts(states: pd.Series) -> pd.Series:
    """The number of items in each state: an int64 Series indexed by every `State`. The counts add up to all items."""
    return states.value_counts().reindex([*State], fill_value=0).astype("int64").rename("items")


def _has_result(items: pd.DataFrame) -> pd.Series:
    if "overall_band" not in items:
        return _has_cards(items)
    is_set = items["evaluation_type"].astype("str").eq(FLASHCARD)
    return items["overall_band"].notna().where(~is_set, _has_cards(items))


def _has_cards(items: pd.DataFrame) -> pd.Series:
    """Whether a set has cards, by the cards that were read, else by the stored number; True where neither is known."""
    return _card_counts(items).ne(0).fillna(value=True).astype(bool)


def _card_counts(items: pd.DataFrame) -> pd.Series:
    """The number of cards that were read, else the stored number (Int64, missing where neither is known)."""
    cards = pd.Series(pd.NA, index=items.index, dtype="Int64")
    for column in ("readable_cards", "total_cards", "num_cards"):
        if column in items:
            cards = cards.fillna(items[column])
    return cards


def _has_card_count(items: pd.DataFrame) -> pd.Series:
    """Whether a set's number of cards is known; True for what is no set."""
    is_set = items["evaluation_type"].astype("str").eq(FLASHCARD) if "evaluation_type" in items else True
    return _card_counts(items).notna() | ~pd.Series(is_set, index=items.index)


def _is_default_answer(items: pd.DataFrame) -> pd.Series:
    if "overall_band" not in items:
        return pd.Series(data=False, index=items.index)
    writing = items["evaluation_type"].astype("str").eq(Skill.WRITING)
    bands = items[["overall_band", *CRITERIA[Skill.WRITING]]]
    without_feedback = (items["flags"] & _ALL_CRITERIA_DEFAULT).eq(_ALL_CRITERIA_DEFAULT)
    is_default = items["confidence_score"].le(DEFAULT_CONFIDENCE) | without_feedback
    return writing & bands.eq(DEFAULT_BAND).all(axis=1) & is_default


def _has_result_under_another_id(items: pd.DataFrame) -> pd.Series:
    settled = pd.Series(data=False, index=items.index)
    if "evaluation_id" in items:
        settled.iloc[results_under_another_id(items).index] = True
    return settled


def _row_flags(items: pd.DataFrame, status: pd.Series, completed: pd.Series, same_key: pd.Series) -> pd.Series:
    flags = pd.Series(0, index=items.index, dtype="int64")

    def mark(flag: Flag, where: pd.Series) -> None:
        flags[where.astype(bool)] |= int(flag)

    mark(Flag.STATUS_UNKNOWN, ~status.isin(["processing", "completed", "failed"]))
    mark(Flag.USER_UNKNOWN, ~has_student(items["user_id"]))
    mark(Flag.TWIN, same_key)
    mark(Flag.CARDS_NOT_COUNTED, completed & ~_has_card_count(items))
    if "overall_band" in items:
        kind = items["evaluation_type"].astype("str")
        mark(Flag.TYPE_UNKNOWN, ~kind.isin([*Skill, FLASHCARD]))
        for skill, columns in CRITERIA.items():
            graded = completed & kind.eq(skill)
            mark(Flag.BAND_MISSING, graded & items[["overall_band", *columns]].isna().any(axis=1))
            mark(Flag.OVERALL_DIFFERS_FROM_CRITERIA, graded & _differs(items, columns))
    return flags


def _differs(items: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    """Where the overall band is not the mean of the criteria rounded up or down: no rule for rounding is published."""
    halves = items[list(columns)].astype("float64").mean(axis=1, skipna=False) * 2
    overall = items["overall_band"].astype("float64") * 2
    return halves.notna() & overall.notna() & overall.ne(np.floor(halves)) & overall.ne(np.ceil(halves))

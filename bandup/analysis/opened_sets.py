"""What opened flashcard sets showed, applied to lists that know only the stored numbers of cards.

A set is judged by its cards where they were read, else by `total_cards` or `num_cards`; where neither is stored it counts
as succeeded until it is opened (flag `cards_not_counted`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from bandup.analysis.states import UNSUCCESSFUL, State
from bandup.memo import memoized
from data.flags import Flag

_SIGNATURE = {"flashcard_sets": ("status", "at", "total_cards", "num_cards"), "evaluations": ("status", "at")}
"""By table, the attributes that lists have: an item whose values differ was written again since it was opened."""
_JUDGED_BY_CARDS = (State.EMPTY, State.SUCCEEDED)


class OpenedSet(NamedTuple):
    """An opened set: its keys, the attributes that tell whether it was written again, and its state and flags."""

    table: str
    set_id: str
    user_id: str
    signature: tuple[Any, ...]
    state: str
    flags: int


class Correction(NamedTuple):
    """A set whose state or flags differ from what its list row says."""

    table: str
    set_id: str
    user_id: str
    state: str
    flags: int
    was_unsuccessful: bool


def opened_set(row: pd.Series, table: str) -> OpenedSet:
    """What to remember of an opened set; `row` is its row of the sets frame with `state`."""
    keys = (table, str(row["set_id"]), str(row["user_id"]))
    return OpenedSet(*keys, _signature(row, table), str(row["state"]), int(row["flags"]))


@dataclass(frozen=True, eq=False)
class OpenedNow:
    """The sets opened so far: one object until another is opened, so that what was computed for it is found again."""

    sets: tuple[OpenedSet, ...] = ()


@memoized
def corrections(items: pd.DataFrame, table: str, key: str, opened: OpenedNow) -> tuple[Correction, ...]:
    """The opened sets of a table that its frame (with `state`) shows with another state or other flags.

    `key`: the column of the partition key. Sets that were written again since, or are no longer there, are left out.
    """
    of_table = [one for one in opened.sets if one.table == table and one.state in _JUDGED_BY_CARDS]
    by_key = {(one.set_id, one.user_id): one for one in of_table}
    if not by_key:
        return ()
    rows = items[items[key].isin({set_id for set_id, _ in by_key})]
    found = []
    columns = [rows[name].tolist() for name in (key, "user_id", "state", "flags")]
    signatures = zip(*(rows[name].tolist() for name in _SIGNATURE[table]), strict=True)
    for (set_id, user_id, state, own_flags), signature in zip(zip(*columns, strict=True), signatures, strict=True):
        one = by_key.get((set_id, user_id))
        if one is None or state not in _JUDGED_BY_CARDS or one.signature != _without_missing(signature):
            continue
        flags = (own_flags & ~int(Flag.CARDS_NOT_COUNTED)) | one.flags
        if (one.state, flags) != (state, own_flags):
            found.append(Correction(table, set_id, user_id, one.state, flags, state in UNSUCCESSFUL))
    return tuple(found)


@memoized
def corrected(items: pd.DataFrame, key: str, changes: Sequence[Correction]) -> pd.DataFrame:
    """The items with the states and flags of these sets; `items` itself without changes.

    `items` has `state`, `flags`, `user_id` and the partition key in the column `key`; where it holds items of both tables
    also `table`.
    """
    if not changes:
        return items
    by_key = {(change.table, change.set_id, change.user_id): change for change in changes}
    places = items[key].isin({change.set_id for change in changes}).to_numpy().nonzero()[0]
    rows = items.iloc[places]
    tables = rows["table"].tolist() if "table" in items else [changes[0].table] * len(rows)
    state, flags = items["state"].astype("str").to_numpy(copy=True), items["flags"].to_numpy(copy=True)
    for place, *row_key in zip(places, tables, rows[key].tolist(), rows["user_id"].tolist(), strict=True):
        if change := by_key.get(tuple(row_key)):
            state[place], flags[place] = change.state, change.flags
    states = pd.Series(state, index=items.index).astype(_with_states(items["state"], changes))
    return items.assign(state=states, flags=flags)


@memoized
def with_changed_students(students: pd.DataFrame, changes: Sequence[Correction]) -> pd.DataFrame:
    """The students of `bandup.analysis.student_list` with `unsuccessful` after these corrections."""
    by_student: dict[str, int] = {}
    for change in changes:
        more = (change.state in UNSUCCESSFUL) - change.was_unsuccessful
        by_student[change.user_id] = by_student.get(change.user_id, 0) + more
    if not any(by_student.values()):
        return students
    difference = students["user_id"].map(by_student).fillna(0).astype("int64")
    return students.assign(unsuccessful=students["unsuccessful"] + difference)


def _signature(row: pd.Series, table: str) -> tuple[Any, ...]:
    return _without_missing(row[name] for name in _SIGNATURE[table])


def _without_missing(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(None if pd.isna(value) else value for value in values)


def _with_states(states: pd.Series, changes: Sequence[Correction]) -> Any:  # noqa: ANN401 - a dtype of pandas
    """The dtype of the states, with a category for each new one."""
    if not isinstance(states.dtype, pd.CategoricalDtype):
        return states.dtype
    known = [*states.cat.categories]
    return pd.CategoricalDtype(known + sorted({change.state for change in changes} - {*known}), states.cat.ordered)

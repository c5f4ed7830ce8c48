"""Choosing the two students or attempts of a comparison, and naming them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from bandup.analysis.attempts import evaluation_title
from bandup.analysis.bands import Skill, format_band
from bandup.formatting import counted, shortened
from bandup.text_search import look_alike_notes
from bandup.ui import address, links, page
from bandup.ui.plain_text import plain
from bandup.ui.viewer import local_time, viewer_zone

T = TypeVar("T")

MAX_OFFERED = 500
"""The latest attempts offered to choose from. More would be formatted and sent again at every click."""


def require_found(
    kind: str, sides: Sequence[dict[str, str]], items: Sequence[T | None], correct: Callable[..., dict[str, str]]
) -> list[T]:
    """Return the items of the sides. If one is None, end the page and offer to compare the other side with another item.

    `correct`: the parameters to correct of a side that is not found, none if it is as it was meant; the address is then
    corrected first.
    """
    found = [item for item in items if item is not None]
    if len(found) == len(sides):
        return found
    pairs = [*zip(sides, items, strict=True)]
    corrected = [side if item is not None else side | correct(**side) for side, item in pairs]
    if corrected != [*sides]:
        others = links.sides_to_compare()[len(sides) :]
        address.redirect(links.COMPARE, links.comparison(*corrected, *others))
    message, buttons = st.container(), st.container()
    with buttons:
        for side, item in pairs:
            if item is not None:
                compare_button(side, f"Compare {shortened(next(iter(side.values())))} with another {kind}")
    with message:
        missing = [side for side, item in pairs if item is None]
        ids = "\n".join(f"{name} {value}" for side in missing for name, value in side.items())
        page.not_found(kind, ids, links.STUDENTS, "All students")


def compare_button(side: dict[str, str], label: str) -> None:
    """Show a button to choose what to compare this side with; a link to the current page would be shown as pressed."""
    if st.button(plain(label), key=" ".join(["another", *side.values()]), type="tertiary"):
        address.go_to(links.COMPARE, side)


def compare_link(row: pd.Series, before: pd.Series | None) -> None:
    """On an attempt's page, link to its comparison with the previous attempt, or to the choice of another one."""
    if row["evaluation_type"] not in {*Skill}:
        return
    label = "Compare with another attempt" if before is None else "Compare with the previous attempt"
    sides = [links.evaluation(side["evaluation_id"], side["user_id"]) for side in (before, row) if side is not None]
    st.page_link(links.COMPARE, label=label, query_params=links.comparison(*sides))


def choice_header(chosen: str, *, is_repeated: bool) -> None:
    """Show the header while a side is to be chosen. `chosen`: the other side, or empty."""
    if not chosen:
        summary = "Choose two students, one after the other. To compare attempts, start from an attempt’s page."
    elif is_repeated:
        summary = f"This address names {chosen} twice. Choose another one to compare it with."
    else:
        summary = f"Choose what to compare {chosen} with."
    page.header("Compare", summary)


def select_student(user_ids: pd.Series, label: str = "Student") -> str | None:
    """Show the students to choose from by id, and return the chosen one."""
    notes = look_alike_notes(user_ids.to_frame("user_id"), "user_id")
    labels = {user_id: f"{user_id} ({note})" for user_id, note in notes.items()}
    chosen: str | None = st.selectbox(
        label,
        user_ids,
        index=None,
        format_func=lambda user_id: labels.get(user_id, user_id),
        placeholder="A student’s id",
    )
    return chosen


def choose_student(user_ids: pd.Series, first: Sequence[dict[str, str]]) -> None:
    """Choose a student to compare with `first`, or the first student if that is empty."""
    others = user_ids[~user_ids.isin([side["user_id"] for side in first])]
    chosen = select_student(others, "Compare with" if first else "Student")
    if chosen:
        address.go_to(links.COMPARE, links.comparison(*first, links.student(chosen)))


def choose_attempt(row: pd.Series, others: pd.DataFrame) -> None:
    """Choose one of `others`, latest first, to compare an attempt with; say how else if it is not among them."""
    by_address = "add its ids to the end of this address: …&evaluation_id=…&user_id=…"
    if others.empty:
        hint = f"To compare it with another student’s attempt, {by_address}."
        page.empty_state("This student has no other graded attempt of this kind.", hint)
        return
    if len(others) > MAX_OFFERED:
        page.note(
            f"Only the latest {MAX_OFFERED:,} of {counted(len(others), 'attempt with a band', 'attempts with a band')} are listed. To compare with an older "
            f"one, {by_address}."
        )
        others = others.head(MAX_OFFERED)
    labels = _unique_labels([_attempt_label(other) for _, other in others.iterrows()], others["evaluation_id"])
    label_of = dict(zip(others["evaluation_id"], labels, strict=True))
    chosen = st.selectbox(
        "Compare with", label_of, index=None, format_func=label_of.__getitem__, placeholder="An attempt"
    )
    if chosen:
        sides = [links.evaluation(evaluation_id, row["user_id"]) for evaluation_id in (row["evaluation_id"], chosen)]
        address.go_to(links.COMPARE, links.comparison(*sides))


def attempt_names(rows: Sequence[pd.Series]) -> list[str]:
    """Short names of several attempts: the time of each, and its student if there are several."""
    zone = viewer_zone()
    several_students = len({row["user_id"] for row in rows}) > 1
    owners = [f"{shortened(str(row['user_id']))}, " if several_students else "" for row in rows]
    names = [owner + local_time(row["at"], zone) for owner, row in zip(owners, rows, strict=True)]
    return _unique_labels(names, [row["evaluation_id"] for row in rows])


def attempt_title(row: pd.Series) -> str:
    """The task, student and time of an attempt: `Writing, Task 2 of user-456, 14 Mar 2026, 09:05 ICT`."""
    title = evaluation_title(row["evaluation_type"], row["task_type"], row["part"])
    return f"{title} of {row['user_id']}, {local_time(row['at'], viewer_zone())}"


def _unique_labels(labels: Sequence[str], keys: Iterable[str]) -> list[str]:
    """The labels, with the key appended to those that occur more than once."""
    counts = Counter(labels)
    return [f"{label}, {key}" if counts[label] > 1 else label for label, key in zip(labels, keys, strict=True)]


def _attempt_label(row: pd.Series) -> str:
    title = evaluation_title(row["evaluation_type"], row["task_type"], row["part"])
    return f"{local_time(row['at'], viewer_zone())}, {title}, band {format_band(row['overall_band'])}"

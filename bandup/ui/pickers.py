"""What stands side by side: choosing the second of two students or attempts, and what to call each of them."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from bandup.analysis.attempts import titled
from bandup.analysis.bands import Skill, format_band
from bandup.formatting import counted, shortened
from bandup.ui import links, page
from bandup.ui.plain_text import local_time, plain, viewer_zone

MOST_OFFERED = 500
"""So many attempts are offered to choose from, the latest: more would be worked out and sent again at every click."""


def must_be_there(what: str, sides: Sequence[dict[str, str]], are_there: Sequence[bool]) -> None:
    """Ends the page where a side's address names nothing, with the way on that the other side leaves."""
    if all(are_there):
        return
    said, way_on = st.container(), st.container()
    missing, there = (
        [side for side, one in zip(sides, are_there, strict=True) if one is is_there] for is_there in (False, True)
    )
    with way_on:
        for side in there:
            beside_another(side, f"Compare {shortened(next(iter(side.values())))} with another {what}")
    with said:
        named = "\n".join(f"{name} {key}" for side in missing for name, key in side.items())
        page.no_such(what, named, links.STUDENTS, "All students")


def beside_another(side: dict[str, str], label: str) -> None:
    """On the page itself: goes to the choice of another to put beside this one. `label` goes in as it is.

    A button, for Streamlit draws a link to the page in force as pressed.
    """
    if st.button(plain(label), key=" ".join(["another", *side.values()]), type="tertiary"):
        st.switch_page(links.COMPARE, query_params=side)


def begun(named: str, *, twice: bool) -> None:
    """The header where one side is still to be chosen, or both. `named`: the one there is, empty where there is none."""
    if not named:
        page.header(
            "Compare", "Choose two students, one after the other. Attempts are compared from an attempt’s page."
        )
    elif twice:
        page.header("Compare", f"This address names {named} twice. Choose another to put beside.")
    else:
        page.header("Compare", f"Choose what to put beside {named}.")


def student(ids: pd.Series, label: str = "Student") -> str | None:
    """A choice among students by their ids; None as long as there is none."""
    chosen: str | None = st.selectbox(label, ids, index=None, placeholder="A student’s id")
    return chosen


def choose_student(ids: pd.Series, first: Sequence[dict[str, str]]) -> None:
    """A choice among the students; who is chosen stands beside `first`, or is the first where that is empty."""
    others = ids[~ids.isin([side["user_id"] for side in first])]
    chosen = student(others, "Compare with" if first else "Student")
    if chosen:
        st.switch_page(links.COMPARE, query_params=links.compare(*first, links.student(chosen)))


def choose_attempt(row: pd.Series, others: pd.DataFrame) -> None:
    """A choice among `others`, the attempts to put beside this one, latest first; a sentence where there are none."""
    if others.empty:
        page.nothing(
            "This student has no other graded attempt of this kind.",
            "One of another student is compared by its address: …&evaluation_id=…&user_id=… once more at the end.",
        )
        return
    if len(others) > MOST_OFFERED:
        page.note(
            f"The latest {MOST_OFFERED:,} of {counted(len(others), 'attempt')} are offered. An older one is compared by its "
            "address: …&evaluation_id=…&user_id=… once more at the end."
        )
        others = others.head(MOST_OFFERED)
    labels = _told_apart([_labelled(other) for _, other in others.iterrows()], others["evaluation_id"])
    named = dict(zip(others["evaluation_id"], labels, strict=True))
    chosen = st.selectbox("Compare with", [*named], index=None, format_func=named.__getitem__, placeholder="An attempt")
    if chosen:
        sides = (links.evaluation(key, row["user_id"]) for key in (row["evaluation_id"], chosen))
        st.switch_page(links.COMPARE, query_params=links.compare(*sides))


def from_attempt(row: pd.Series, before: pd.Series | None) -> None:
    """On an attempt's own page: a link that puts it beside the previous one, or to the choice of another."""
    if row["evaluation_type"] not in {*Skill}:
        return
    label = "Compare with another attempt" if before is None else "Compare with the one before"
    sides = (links.evaluation(one["evaluation_id"], one["user_id"]) for one in (before, row) if one is not None)
    st.page_link(links.COMPARE, label=label, query_params=links.compare(*sides))


def names(rows: Sequence[pd.Series]) -> list[str]:
    """What to call each of several attempts: its time, and its student where they are of several."""
    zone = viewer_zone()
    of_several = len({row["user_id"] for row in rows}) > 1
    said = [(f"{shortened(str(row['user_id']))}, " if of_several else "") + local_time(row["at"], zone) for row in rows]
    return _told_apart(said, [row["evaluation_id"] for row in rows])


def in_full(row: pd.Series) -> str:
    """An attempt by what it is, whose and when: `Writing, Task 2 of user-456, 14 Mar 2026, 09:05 ICT`."""
    what = titled(row["evaluation_type"], row["task_type"], row["part"])
    return f"{what} of {row['user_id']}, {local_time(row['at'], viewer_zone())}"


def _told_apart(labels: Sequence[str], keys: Iterable[str]) -> list[str]:
    """The labels, each with its key where another reads the same."""
    times = Counter(labels)
    return [f"{label}, {key}" if times[label] > 1 else label for label, key in zip(labels, keys, strict=True)]


def _labelled(row: pd.Series) -> str:
    what = titled(row["evaluation_type"], row["task_type"], row["part"])
    return f"{local_time(row['at'], viewer_zone())}, {what}, band {format_band(row['overall_band'])}"

"""Addresses: every state worth showing a colleague, built in one place. Parameters carry the tables' attribute names."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from bandup import pages_list
from bandup.analysis.attention import DEFAULT_TARGET

STUDENTS = pages_list.STUDENTS.script
STUDENT = pages_list.STUDENT.script
EVALUATION = pages_list.EVALUATION.script
COMPARE = pages_list.COMPARE.script
FLASHCARDS = pages_list.FLASHCARDS.script
JOBS = pages_list.JOBS.script
TABLES = pages_list.TABLES.script

SEARCH = "search"
"""The parameter of Students that holds the search, and the key of its field."""

LONGEST = 2_049
"""No id is longer than 2,048 bytes: what is cut here names nothing, cut or not. Addresses may hold half a million characters,
which would be kept with everything that is remembered of such an id."""

TARGET_OF = "target_of"
"""The parameter of a student's own target: `target_of=user-456:7.0`, once for each such student.

A link from page to page carries a target in this one: `target` belongs to a widget on both, and Streamlit lets no link set
the parameter of a widget (it refuses a switch of pages that would).
"""


def student(user_id: str, target: float = DEFAULT_TARGET) -> dict[str, str]:
    """Query parameters of one student's page; a target band only where it is not the usual one."""
    return {"user_id": user_id} | ({} if target == DEFAULT_TARGET else {TARGET_OF: own_target(user_id, target)})


def own_target(user_id: str, target: float) -> str:
    """A student's own target as the value of `TARGET_OF`."""
    return f"{user_id}:{target:.1f}"


def evaluation(evaluation_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of one evaluation's page."""
    return {"evaluation_id": evaluation_id, "user_id": user_id}


def flashcard_set(set_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of one flashcard set's page."""
    return {"set_id": set_id, "user_id": user_id}


def compare(*sides: dict[str, str]) -> dict[str, list[str]]:
    """Query parameters of a comparison of students or of attempts: those of each one's own page, repeated in order."""
    return {name: [side[name] for side in sides] for name in sides[0]}


def compared() -> list[dict[str, str]]:
    """What the address in force compares: the query parameters of each side's own page, in order.

    Attempts where it names an `evaluation_id`, else students. A `user_id` that stands alone beside several
    `evaluation_id` is that of all. A side with an empty id is left out.
    """
    users, keys = parameters("user_id"), parameters("evaluation_id")
    if not any(keys):
        return [student(user_id) for user_id in users if user_id]
    whose = users * len(keys) if len(users) == 1 else users
    return [evaluation(key, user_id) for key, user_id in zip(keys, whose, strict=False) if key and user_id]


def opened_job() -> tuple[Literal["evaluations", "flashcard_sets"], str, str]:
    """The job the address opens: its table, partition key and student; the key is empty where it opens none."""
    if set_id := parameter("set_id"):
        return "flashcard_sets", set_id, parameter("user_id")
    return "evaluations", parameter("evaluation_id"), parameter("user_id")


def job(table: str, key: str, user_id: str) -> dict[str, str]:
    """Query parameters of one opened job: the keys of its table."""
    return flashcard_set(key, user_id) if table == "flashcard_sets" else evaluation(key, user_id)


def href(page: str, parameters: dict[str, str]) -> str:
    """A relative address for a link in HTML: `student?user_id=user-456`."""
    return f"{Path(page).stem}?{urlencode(parameters)}"


def parameter(name: str) -> str:
    """A parameter of the address in force, empty where absent; of a repeated one the last counts.

    At most `LONGEST` characters of it.
    """
    return str(st.query_params.get(name, ""))[:LONGEST]


def parameters(name: str) -> list[str]:
    """All values of a repeated parameter of the address in force, in order: at most `LONGEST` characters of each."""
    return [str(value)[:LONGEST] for value in st.query_params.get_all(name)]


def set_query_params(**parameters: str | list[str]) -> None:
    """Puts parameters into the address in force (a list repeats one, an empty one is taken out) and draws the page anew."""
    for name, value in parameters.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
    st.rerun()


def item(kind: str, key: str, user_id: str) -> tuple[str, dict[str, str]]:
    """The page that shows an item, and its parameters: flashcard sets have one of their own."""
    if kind == "flashcard":
        return FLASHCARDS, flashcard_set(key, user_id)
    return EVALUATION, evaluation(key, user_id)


def open_item(kind: str, key: str, user_id: str) -> None:
    """Goes to the page that shows this item."""
    page, parameters = item(kind, key, user_id)
    st.switch_page(page, query_params=parameters)

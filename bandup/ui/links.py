"""The addresses of the dashboard, built and read in one place. Parameters have the names of the tables' attributes."""

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

SEARCH = "search"
"""The parameter of the Students page that holds the search, and the key of the search field."""

MAX_PARAMETER_LENGTH = 2_049
"""Characters read of a parameter. Ids have at most 2,048 bytes, so a longer value names no item, cut or not. Addresses
may hold half a million characters, which every cache keyed on the id would store."""

TARGET_OF = "target_of"
"""The parameter of a student's own target: `target_of=user-456:7.0`, once per student.

Links between pages carry a target in this parameter, not in `target`: that one belongs to a widget on both pages, and
Streamlit refuses a switch of pages that sets the parameter of a widget.
"""


def student(user_id: str, target: float = DEFAULT_TARGET) -> dict[str, str]:
    """Query parameters of a student's page, with the target band if it is not the default."""
    return {"user_id": user_id} | ({} if target == DEFAULT_TARGET else {TARGET_OF: target_of(user_id, target)})


def target_of(user_id: str, target: float) -> str:
    """A student's own target as a value of the parameter `TARGET_OF`."""
    return f"{user_id}:{target:.1f}"


def evaluation(evaluation_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of an evaluation's page."""
    return {"evaluation_id": evaluation_id, "user_id": user_id}


def flashcard_set(set_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of a flashcard set's page."""
    return {"set_id": set_id, "user_id": user_id}


def comparison(*sides: dict[str, str]) -> dict[str, list[str]]:
    """Query parameters of a comparison: those of each student's or attempt's own page, repeated in order."""
    return {name: [side[name] for side in sides] for name in sides[0]}


def job(table: str, key: str, user_id: str) -> dict[str, str]:
    """Query parameters of a job on the Jobs page: the keys of its table."""
    return flashcard_set(key, user_id) if table == "flashcard_sets" else evaluation(key, user_id)


def item_page(kind: str, key: str, user_id: str) -> tuple[str, dict[str, str]]:
    """The page of an item and its query parameters; `kind` is the evaluation type."""
    if kind == "flashcard":
        return FLASHCARDS, flashcard_set(key, user_id)
    return EVALUATION, evaluation(key, user_id)


def href(page: str, query_params: dict[str, str]) -> str:
    """A relative address for a link in HTML: `student?user_id=user-456`."""
    return f"{Path(page).stem}?{urlencode(query_params)}"


def item_href(key: str, user_id: str, kind: str = "") -> str:
    """A relative address of an item's page for a link in HTML."""
    return href(*item_page(kind, key, user_id))


def query_param(name: str) -> str:
    """A parameter of the current address: the last value if it is repeated, empty if it is absent, cut if too long."""
    return str(st.query_params.get(name, ""))[:MAX_PARAMETER_LENGTH]


def query_param_values(name: str) -> list[str]:
    """All values of a repeated parameter of the current address in order, each cut if too long."""
    return [str(value)[:MAX_PARAMETER_LENGTH] for value in st.query_params.get_all(name)]


def set_query_params(**query_params: str | list[str]) -> None:
    """Set parameters of the current address and rerun. A list repeats a parameter, an empty value removes it."""
    for name, value in query_params.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
    st.rerun()


def sides_to_compare() -> list[dict[str, str]]:
    """The parameters of the page of each attempt that the address compares or, without `evaluation_id`, each student.

    A single `user_id` belongs to every `evaluation_id`. A side with an empty id is left out.
    """
    user_ids, evaluation_ids = query_param_values("user_id"), query_param_values("evaluation_id")
    if not any(evaluation_ids):
        return [student(user_id) for user_id in user_ids if user_id]
    owners = user_ids * len(evaluation_ids) if len(user_ids) == 1 else user_ids
    return [evaluation(key, owner) for key, owner in zip(evaluation_ids, owners, strict=False) if key and owner]


def job_in_address() -> tuple[Literal["evaluations", "flashcard_sets"], str, str]:
    """The table, partition key and user id of the job in the current address; the key is empty if there is none."""
    if set_id := query_param("set_id"):
        return "flashcard_sets", set_id, query_param("user_id")
    return "evaluations", query_param("evaluation_id"), query_param("user_id")

"""Addresses: every state worth showing a colleague, built in one place. Parameters carry the tables' attribute names."""

from typing import Literal
from urllib.parse import urlencode

import streamlit as st

STUDENTS = "pages/students.py"
STUDENT = "pages/student.py"
EVALUATION = "pages/evaluation.py"
FLASHCARDS = "pages/flashcards.py"
JOBS = "pages/jobs.py"
TABLES = "pages/tables.py"


def student(user_id: str) -> dict[str, str]:
    """Query parameters of one student's page."""
    return {"user_id": user_id}


def evaluation(evaluation_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of one evaluation's page."""
    return {"evaluation_id": evaluation_id, "user_id": user_id}


def flashcard_set(set_id: str, user_id: str) -> dict[str, str]:
    """Query parameters of one flashcard set's page."""
    return {"set_id": set_id, "user_id": user_id}


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
    return f"{page.removeprefix('pages/').removesuffix('.py')}?{urlencode(parameters)}"


def parameter(name: str) -> str:
    """A parameter of the address in force, empty where absent; of a repeated one the last counts."""
    return str(st.query_params.get(name, ""))


def keep(**parameters: str) -> None:
    """Puts parameters into the address in force (an empty one is taken out) and draws the page anew."""
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

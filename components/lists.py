"""Lists of items that open: a student's evaluations, flashcard sets, jobs."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from analysis.attempts import titled
from analysis.bands import BAND_COLUMNS
from analysis.flashcards import document_name
from analysis.jobs import ages
from components import links, tables
from components.marks import state_labels
from components.text import counted


def with_titles(items: pd.DataFrame) -> pd.DataFrame:
    """The evaluations as they are listed: with `what` (str: task or part), `state` labelled."""
    titles = [titled(*row) for row in zip(items["evaluation_type"], items["task_type"], items["part"], strict=True)]
    return items.assign(state=state_labels(items["state"]), what=pd.Series(titles, index=items.index, dtype="str"))


def evaluations(items: pd.DataFrame, key: str) -> None:
    """A student's evaluations, whatever their state, as of `with_titles`; a click opens one."""
    bands = {column: tables.band_column(column) for column in BAND_COLUMNS if items[column].notna().any()}
    opened = tables.openable(
        items,
        "what",
        {
            "at": tables.time_column("When", "Empty where no attribute tells the time"),
            "state": tables.text_column("State"),
            **bands,
            "model_used": tables.text_column("Model"),
            "error_message": tables.text_column("Error"),
            "evaluation_id": tables.text_column("Evaluation id"),
        },
        key=key,
        alt=f"{counted(len(items), 'evaluation')} with time, type, state and bands",
        opens_label="Evaluation",
    )
    if opened is not None:
        links.open_item(str(opened["evaluation_type"]), opened["evaluation_id"], opened["user_id"])


def with_documents(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets as they are listed: with `document` (str, its name) and `cards` (Int64, as stored), `state` labelled."""
    names = zip(sets["document_id"], sets["document_url"], strict=True)
    documents = pd.Series([document_name(*pair) or "no document" for pair in names], index=sets.index, dtype="str")
    cards = sets["total_cards"].fillna(sets["num_cards"])
    return sets.assign(state=state_labels(sets["state"]), document=documents, cards=cards)


def flashcard_sets(sets: pd.DataFrame, key: str, once: Callable[..., Any], *, with_student: bool) -> None:
    """Flashcard sets of either table, as of `with_documents`; a click opens one."""
    opened = tables.openable(
        sets,
        "document",
        {
            **({"user_id": tables.text_column("Student")} if with_student else {}),
            "at": tables.time_column("When", "Empty where no attribute tells the time"),
            "state": tables.text_column("State"),
            "cards": tables.number_column("Cards", "As stored; sets kept among the evaluations tell it when opened"),
            "page_count": tables.number_column("Pages", "Pages of the source PDF"),
            "chunk_count": tables.number_column("Chunks", "Chunks the PDF was cut into"),
            "set_id": tables.text_column("Set id"),
        },
        key=key,
        alt=f"{counted(len(sets), 'flashcard set')} with document, time, state and number of cards",
        opens_label="Set",
        once=once,
    )
    if opened is not None:
        st.switch_page(links.FLASHCARDS, query_params=links.flashcard_set(opened["set_id"], opened["user_id"]))


def with_ages(items: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """The jobs as they are listed: with `in_state` (category, labelled) and `age` (str) at `now`."""
    return items.assign(in_state=state_labels(items["state"]), age=ages(items, now))


def jobs(items: pd.DataFrame, key: str, once: Callable[..., Any]) -> pd.Series | None:
    """Jobs of both tables with state, age and error, as of `with_ages`; the one that was clicked, or None."""
    return tables.openable(
        items,
        "id",
        {
            "in_state": tables.text_column("State"),
            "age": tables.text_column("Age", "Since the job's own time, as of the last read"),
            "at": tables.time_column("When", "Empty where no attribute tells the time"),
            "type": tables.text_column("Type"),
            "user_id": tables.text_column("Student"),
            "error_message": tables.text_column("Error", width="large"),
            "model_used": tables.text_column("Model"),
        },
        key=key,
        alt=f"{counted(len(items), 'job')} with state, age, type, student and error",
        opens_label="Job",
        once=once,
    )

"""Lists of items that open: a student's evaluations, flashcard sets, jobs."""

import pandas as pd
import streamlit as st

from analysis.attempts import titled
from analysis.bands import BAND_COLUMNS
from analysis.flashcards import document_name
from components import links, tables
from components.marks import state_labels
from components.text import counted


def evaluations(items: pd.DataFrame, key: str) -> None:
    """A student's evaluations, whatever their state; a click opens one."""
    drawn = items.assign(
        state=state_labels(items["state"]),
        what=[titled(*row) for row in zip(items["evaluation_type"], items["task_type"], items["part"], strict=True)],
    )
    bands = {column: tables.band_column(column) for column in BAND_COLUMNS if items[column].notna().any()}
    opened = tables.openable(
        drawn,
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


def flashcard_sets(sets: pd.DataFrame, key: str, *, with_student: bool) -> None:
    """Flashcard sets of either table; a click opens one."""
    drawn = sets.assign(
        state=state_labels(sets["state"]),
        document=[
            document_name(*pair) or "no document"
            for pair in zip(sets["document_id"], sets["document_url"], strict=True)
        ],
        cards=sets["total_cards"].fillna(sets["num_cards"]),
    )
    opened = tables.openable(
        drawn,
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
    )
    if opened is not None:
        st.switch_page(links.FLASHCARDS, query_params=links.flashcard_set(opened["set_id"], opened["user_id"]))


def jobs(items: pd.DataFrame, key: str) -> pd.Series | None:
    """Jobs of both tables with state, age and error; the one that was clicked, or None."""
    return tables.openable(
        items.assign(in_state=state_labels(items["state"])),
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
    )

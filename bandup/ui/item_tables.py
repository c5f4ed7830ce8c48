"""Lists of items that open: a student's evaluations, flashcard sets, jobs."""

from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.analysis.attempts import titled
from bandup.analysis.bands import BAND_COLUMNS
from bandup.analysis.flashcard_sets import document_name
from bandup.analysis.job_list import ages
from bandup.formatting import counted
from bandup.memo import memoized
from bandup.ui import clickable_table, links
from bandup.ui.badges import state_labels


@memoized
def with_titles(items: pd.DataFrame) -> pd.DataFrame:
    """The evaluations as they are listed: with `what` (str: task or part), `state` labelled."""
    titles = [titled(*row) for row in zip(items["evaluation_type"], items["task_type"], items["part"], strict=True)]
    return items.assign(state=state_labels(items["state"]), what=pd.Series(titles, index=items.index, dtype="str"))


def evaluations(items: pd.DataFrame, key: str) -> None:
    """A student's evaluations, whatever their state, as of `with_titles`; a click opens one."""
    bands = {column: clickable_table.band_column(column) for column in BAND_COLUMNS if items[column].notna().any()}
    opened = clickable_table.openable(
        items,
        "what",
        {
            "at": clickable_table.time_column("When", "Empty where no attribute tells the time"),
            "state": clickable_table.text_column("State"),
            **bands,
            "model_used": clickable_table.text_column("Model"),
            "error_message": clickable_table.text_column("Error"),
            "evaluation_id": clickable_table.text_column("Evaluation id"),
        },
        key=key,
        alt=f"{counted(len(items), 'evaluation')} with time, type, state and bands",
        opens_label="Evaluation",
    )
    if opened is not None:
        links.open_item(str(opened["evaluation_type"]), opened["evaluation_id"], opened["user_id"])


@memoized
def with_documents(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets as they are listed: with `document` (str, its name) and `cards` (Int64, as stored), `state` labelled."""
    names = zip(sets["document_id"], sets["document_url"], strict=True)
    documents = pd.Series([document_name(*pair) or "no document" for pair in names], index=sets.index, dtype="str")
    cards = sets["total_cards"].fillna(sets["num_cards"])
    return sets.assign(state=state_labels(sets["state"]), document=documents, cards=cards)


def flashcard_sets(sets: pd.DataFrame, key: str, *, with_student: bool) -> None:
    """Flashcard sets of either table, as of `with_documents`; a click opens one."""
    opened = clickable_table.openable(
        sets,
        "document",
        {
            **({"user_id": clickable_table.text_column("Student")} if with_student else {}),
            "at": clickable_table.time_column("When", "Empty where no attribute tells the time"),
            "state": clickable_table.text_column("State"),
            "cards": clickable_table.number_column(
                "Cards", "As stored; sets kept among the evaluations tell it when opened"
            ),
            "page_count": clickable_table.number_column("Pages", "Pages of the source PDF"),
            "chunk_count": clickable_table.number_column("Chunks", "Chunks the PDF was cut into"),
            "set_id": clickable_table.text_column("Set id"),
        },
        key=key,
        alt=f"{counted(len(sets), 'flashcard set')} with document, time, state and number of cards",
        opens_label="Set",
    )
    if opened is not None:
        st.switch_page(links.FLASHCARDS, query_params=links.flashcard_set(opened["set_id"], opened["user_id"]))


@memoized
def with_ages(items: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """The jobs as they are listed: with `in_state` (category, labelled) and `age` (str) at `now`."""
    return items.assign(in_state=state_labels(items["state"]), age=ages(items, now))


def jobs(items: pd.DataFrame, key: str) -> pd.Series | None:
    """Jobs of both tables with state, age and error, as of `with_ages`; the one that was clicked, or None."""
    return clickable_table.openable(
        items,
        "id",
        {
            "in_state": clickable_table.text_column("State"),
            "age": clickable_table.text_column("Age", "Since the job's own time, as of the last read"),
            "at": clickable_table.time_column("When", "Empty where no attribute tells the time"),
            "type": clickable_table.text_column("Type"),
            "user_id": clickable_table.text_column("Student"),
            "error_message": clickable_table.text_column("Error", width="large"),
            "model_used": clickable_table.text_column("Model"),
        },
        key=key,
        alt=f"{counted(len(items), 'job')} with state, age, type, student and error",
        opens_label="Job",
    )

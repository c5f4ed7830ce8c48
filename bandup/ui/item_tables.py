"""Tables of items that can be opened: evaluations, flashcard sets, jobs."""

from datetime import datetime
from typing import Any

import pandas as pd

from bandup.analysis import attempts, flashcard_sets, job_columns, job_list
from bandup.analysis.bands import BAND_COLUMNS, criterion_meaning, criterion_name, criterion_short_name
from bandup.analysis.second_marks import TEACHER_BAND
from bandup.formatting import counted
from bandup.memo import memoized
from bandup.text_search import with_look_alike_notes
from bandup.ui import address, clickable_table, links, page
from bandup.ui.clickable_table import number_column, state_labels, text_column, time_column
from data.flags import Flag

TIME_HELP = "Empty if the time is unknown"


def show_evaluations(evaluations: pd.DataFrame, key: str, *, is_complete: bool = True) -> None:
    """Show one student's evaluations of any state; a click opens one. `is_complete`: whether none may be missing."""
    if evaluations.empty and not is_complete:
        page.note("No essays or recordings were found so far.")
        return
    if evaluations.empty:
        page.empty_state("No essays or recordings yet.", "They appear here as soon as the student hands one in.")
        return
    table = _with_titles(evaluations)
    row = clickable_table.show(
        table,
        "title",
        {
            "at": time_column("When", TIME_HELP),
            "state": "State",
            **{column: _criterion_column(column) for column in BAND_COLUMNS},
            **({TEACHER_BAND: _teacher_column()} if TEACHER_BAND in table else {}),
            "model_used": "Model",
            "error_message": "Error",
            "evaluation_id": "Evaluation id",
        },
        key=key,
        alt=f"{counted(len(table), 'evaluation')} with time, type, state and bands",
        button_label="Evaluation",
    )
    if row is not None:
        address.go_to(*links.item_page(str(row["evaluation_type"]), row["evaluation_id"], row["user_id"]))


def show_flashcard_sets(sets: pd.DataFrame, key: str, *, with_student: bool, is_complete: bool = True) -> None:
    """Show flashcard sets of either table; a click opens one.

    `with_student` adds the student's column. `is_complete`: whether none may be missing.
    """
    if sets.empty and not is_complete:
        page.note("No flashcard sets were found so far.")
        return
    if sets.empty:
        page.empty_state("No flashcard sets yet.", "They appear here as soon as a PDF has been turned into cards.")
        return
    table = _with_documents(sets)
    row = clickable_table.show(
        table,
        "document",
        {
            "id_note": clickable_table.id_note_column(),
            **({"user_id": "Student"} if with_student else {}),
            "at": time_column("When", TIME_HELP),
            "state": text_column("State", help=job_columns.STATE_HELP),
            "cards": number_column(
                "Cards", help="As stored; sets in the evaluations table show their number when opened"
            ),
            "page_count": number_column("Pages", help="Pages of the source PDF"),
            "chunk_count": number_column("Chunks", help="Chunks the PDF was split into"),
            "set_id": "Set id",
        },
        key=key,
        alt=f"{counted(len(table), 'flashcard set')} with document, time, state and number of cards",
        button_label="Set",
    )
    if row is not None:
        address.go_to(links.FLASHCARDS, links.flashcard_set(row["set_id"], row["user_id"]))


def show_jobs(jobs: pd.DataFrame, now: datetime, key: str) -> pd.Series | None:
    """Show jobs of both tables with the columns of `bandup.analysis.job_columns`. Return the clicked row, or None."""
    table = _with_ages(jobs, now)
    columns = {"id_note": clickable_table.id_note_column()}
    for column in job_columns.on_page():
        if column.name == "at":
            columns["age"] = text_column("Age", help="Time since the job’s own time, to the minute")
        columns[column.name] = _job_column(column)
    alt = f"{counted(len(table), 'job')} with state, age, type, student and error"
    return clickable_table.show(table, "id", columns, key=key, alt=alt, button_label="Job")


@memoized
def _with_titles(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The evaluations with `title` (str: task or part) and `state` labelled (category)."""
    names = zip(evaluations["evaluation_type"], evaluations["task_type"], evaluations["part"], strict=True)
    titles = pd.Series([attempts.evaluation_title(*row) for row in names], index=evaluations.index, dtype="str")
    return evaluations.assign(state=state_labels(evaluations["state"]), title=titles)


@memoized
def _with_documents(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets with `document` (str: its name), `cards` (Int64, as stored), `state` labelled (category) and `id_note` (str)."""
    names = [
        flashcard_sets.document_name(*row) or "no document"
        for row in zip(sets["document_id"], sets["document_url"], strict=True)
    ]
    documents = pd.Series(names, index=sets.index, dtype="str")
    cards = sets["total_cards"].fillna(sets["num_cards"])
    table = sets.assign(state=_states(sets), document=documents, cards=cards)
    return with_look_alike_notes(table, "user_id", "set_id")


@memoized
def _with_ages(jobs: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """The jobs with `age` at `now` (str), `state` labelled (category) and `id_note` (str)."""
    return with_look_alike_notes(jobs.assign(state=_states(jobs), age=job_list.ages(jobs, now)), "user_id", "id")


def _states(items: pd.DataFrame) -> pd.Series:
    """The labelled states (category); of a set whose cards were never counted with `, not opened`."""
    labels = state_labels(items["state"])
    not_opened = (items["flags"] & int(Flag.CARDS_NOT_COUNTED)).ne(0)
    if not not_opened.any():
        return labels
    texts = labels.astype("str")
    return texts.mask(not_opened, texts + job_columns.NOT_OPENED).astype("category")


def _criterion_column(column: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    help_text = f"{criterion_name(column)}: {criterion_meaning(column)}"
    return clickable_table.band_column(criterion_short_name(column), help=help_text)


def _teacher_column() -> Any:  # noqa: ANN401 - Streamlit's own type is private
    return clickable_table.band_column("Teacher", help="The mean of teachers’ own overall bands")


def _job_column(column: job_columns.JobColumn) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    dtype = pd.api.types.pandas_dtype(column.dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return time_column(column.heading, column.help_text)
    if pd.api.types.is_numeric_dtype(dtype):
        return number_column(column.heading, help=column.help_text)
    return text_column(column.heading, help=column.help_text, width="large" if column.is_wide else None)

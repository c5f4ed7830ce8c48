"""Notes on a student or an evaluation, the form for a new one, and keeping a student's target band."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.templating import render
from bandup.ui import html, page, reviewer_name
from bandup.ui.review_entries import store
from bandup.ui.viewer import local_time, viewer_zone
from data.review_entries import MAX_TEXT, Note, TargetBand, moment_of, subject_of

MAX_SHOWN = 50


def show_notes(notes: pd.DataFrame) -> None:
    """Show notes, newest first: who, when and the text as it was typed. `notes`: of `bandup.analysis.notes.notes_table`."""
    if notes.empty:
        return
    zone = viewer_zone()
    rows = [
        {"by": row["by"], "when": local_time(row["at"], zone), "text": row["text"]}
        for row in notes.head(MAX_SHOWN).to_dict("records")
    ]
    html.show(render("notes.html", notes=rows))
    if len(notes) > MAX_SHOWN:
        page.note(f"… and {len(notes) - MAX_SHOWN:,} older notes.")


def new_note(user_id: str, evaluation_id: str, signed_in_as: str, now: datetime) -> Note | None:
    """Offer a form for a note in an expander; return the note once it is saved."""
    with st.expander("Add a note", key="new_note"):
        by = reviewer_name.ask(signed_in_as)
        if not by:
            return None
        with st.form("note", border=False):
            text = st.text_area("Note", key="note_text", max_chars=MAX_TEXT, label_visibility="collapsed")
            if not st.form_submit_button("Save the note", type="primary"):
                return None
        if not text.strip():
            st.error("Type the note first.", icon="⚠️")
            return None
    subject = subject_of("evaluation", evaluation_id, user_id) if evaluation_id else subject_of("student", user_id)
    return Note(
        subject=subject, at=moment_of(now), by=by, user_id=user_id, evaluation_id=evaluation_id, text=text.strip()
    )


def save(entry: Note | TargetBand | None, add: Callable[[Note | TargetBand], object]) -> None:
    """Store an entry, where there is one, and run the page again, which shows it."""
    if entry is not None and store(entry, add):
        st.rerun()


def keep_target(user_id: str, target: float, kept: float, signed_in_as: str, now: datetime) -> TargetBand | None:
    """Offer to keep the chosen target for a student where another one is kept; return the entry once that is clicked."""
    if target == kept or not st.button(f"Keep {target:.1f} as this student’s target", key="keep_target"):
        return None
    by = signed_in_as or str(st.session_state.get(reviewer_name.KEY, "")) or "somebody at the machine"
    return TargetBand(subject=subject_of("student", user_id), at=moment_of(now), by=by, user_id=user_id, band=target)

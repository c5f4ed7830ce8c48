"""What ops did about a cause, and the forms to add to it. Every form returns what to store."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

import pandas as pd
import streamlit as st

from bandup.analysis import cause_memory
from bandup.analysis.cause_memory import CauseMemory
from bandup.formatting import counted, local_time
from bandup.templating import render
from bandup.ui import html, page, reviewer_name
from bandup.ui.review_entries import store
from bandup.ui.viewer import viewer_locale, viewer_zone
from data.review_entries import MAX_TEXT, CauseAction, CauseActionName, HandOff, hand_offs, moment_of

Add = Callable[[Sequence[CauseAction | HandOff]], object]

PENDING_HAND_OFF = "hand_off_pending"
"""In the session: a hand-off that could not be stored as a whole, and its entries."""

MAX_SHOWN = 30
MAX_NAME = 80
MAX_MUTE = timedelta(days=365)
DEFAULT_MUTE = timedelta(days=7)


def show_history(cause: pd.Series, memory: CauseMemory, jobs: pd.DataFrame, now: datetime) -> None:
    """Show a cause's status and owner, what became of its hand-offs, and what was done. `jobs`: all, of any time."""
    last = None if pd.isna(cause["last"]) else cause["last"].to_pydatetime()
    status = cause_memory.status_of(memory, last, now)
    if status or memory.owner:
        html.show_facts({"Status": status or "open", "Owner": memory.owner or "nobody"})
    if memory.is_back(last) and memory.resolved_at is not None:
        back = cause_memory.jobs_since(jobs, str(cause["state"]), str(cause["cause"]), memory.resolved_at)
        page.warning(f"It came back: {counted(back, 'job')} since it was marked as resolved.")
    for handed in reversed(memory.handed_off):
        met = cause_memory.outcomes(jobs, str(cause["state"]), str(cause["cause"]), handed)
        page.text(cause_memory.describe_outcomes(handed, met))
    if memory.actions:
        zone, locale = viewer_zone(), viewer_locale()
        notes = [
            {"by": entry.by, "when": local_time(entry.time, zone, locale), "text": cause_memory.describe_action(entry)}
            for entry in memory.actions[:MAX_SHOWN]
        ]
        with st.expander(f"What was done ({len(memory.actions)})", key="cause_history"):
            html.show(render("notes.html", notes=notes))


def change(cause: pd.Series, memory: CauseMemory, signed_in_as: str, now: datetime, add: Add) -> None:
    """Offer to set the owner, add a note, mute, resolve or reopen a cause; store what is chosen and run again."""
    with st.expander("Owner, note, mute, resolved", key="cause_change"):
        by = reviewer_name.ask(signed_in_as)
        if not by:
            return
        action = _chosen(memory, now)
    if action is None:
        return
    name, text, until = action
    state, text_of_cause = str(cause["state"]), str(cause["cause"])
    entry = CauseAction(
        subject=cause_memory.subject_of_cause(state, text_of_cause),
        at=moment_of(now),
        by=by,
        state=state,
        cause=text_of_cause,
        action=name,
        text=text,
        until=until,
    )
    if store(entry, lambda one: add([one])):
        st.rerun()


def _chosen(memory: CauseMemory, now: datetime) -> tuple[CauseActionName, str, str] | None:
    """The action that was just chosen, with its text and its end."""
    with st.form("cause_owner", border=False):
        owner = st.text_input("Owner", value=memory.owner, key="cause_owner_name", max_chars=MAX_NAME)
        if st.form_submit_button("Set the owner"):
            return "owner", owner.strip(), ""
    with st.form("cause_note", border=False):
        text = st.text_area("Note", key="cause_note_text", height=80, max_chars=MAX_TEXT)
        if st.form_submit_button("Save the note") and text.strip():
            return "note", text.strip(), ""
    today = now.date()
    with st.form("cause_mute", border=False):
        until = st.date_input(
            "Mute until", today + DEFAULT_MUTE, min_value=today, max_value=today + MAX_MUTE, key="cause_mute_until"
        )
        if st.form_submit_button("Mute") and until is not None:
            end = datetime.combine(until, time(23, 59, 59), UTC)
            return "mute", "", end.isoformat()
    with st.container(horizontal=True):
        if memory.is_muted(now) and st.button("End the mute", key="cause_unmute"):
            return "unmute", "", ""
        if memory.resolved_at is None and st.button("Mark as resolved", key="cause_resolve"):
            return "resolve", "", ""
        if memory.resolved_at is not None and st.button("Reopen", key="cause_reopen"):
            return "reopen", "", ""
    return None


def record_hand_off(cause: pd.Series, jobs: pd.DataFrame, signed_in_as: str, now: datetime, add: Add) -> None:
    """Offer to record that the jobs of a cause were handed off, so that it is known later what became of them."""
    by = signed_in_as or str(st.session_state.get(reviewer_name.KEY, ""))
    with st.form("record_hand_off", border=False):
        to = st.text_input(
            "Handed to", key="hand_off_to", max_chars=MAX_NAME, placeholder="a person, a ticket, a script"
        )
        if not by:
            by = st.text_input("Your name", key="hand_off_by", max_chars=MAX_NAME)
        if not st.form_submit_button(f"Record that {counted(len(jobs), 'job')} were handed off"):
            return
    if not by.strip():
        st.error("Say who hands them off.", icon="⚠️")
        return
    state, text = str(cause["state"]), str(cause["cause"])
    subject = cause_memory.subject_of_cause(state, text)
    keys = cause_memory.ids_of(jobs)
    content = (subject, tuple(keys), to.strip(), by.strip())
    # the same hand-off sent again is the same entries: some may be stored although a response was lost
    kept, entries = st.session_state.get(PENDING_HAND_OFF, (None, []))
    if kept != content:
        entries = [*hand_offs(subject, state, text, keys, to=to.strip(), by=by.strip(), now=now)]
    st.session_state[PENDING_HAND_OFF] = (content, entries)
    if all(store(entry, lambda one: add([one])) for entry in entries):
        del st.session_state[PENDING_HAND_OFF]
        st.rerun()

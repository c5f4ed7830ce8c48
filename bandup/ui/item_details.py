"""The facts of one item around its texts: subtitle, state, neighbours, details, flags, the item as stored."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.analysis import attempts
from bandup.analysis.bands import Skill, criteria_mean, criterion_short_name, format_band, format_exact_mean
from bandup.analysis.states import State
from bandup.formatting import TIME_SOURCES, ago, clock_length, counted, fixed, signed
from bandup.text_search import form_note
from bandup.ui import attempt_panels, html, links, page
from bandup.ui.plain_text import plain
from bandup.ui.viewer import local_time, viewer_zone
from data.flags import Flag, flags_in
from data.records import Evaluation


def subtitle(row: pd.Series, now: datetime) -> str:
    """The student and the time of an item, with the source of the time if it is not the item's own."""
    if pd.isna(row["at"]):
        return f"{row['user_id']} · time unknown"
    source = TIME_SOURCES[str(row["at_source"])]
    when = f"{local_time(row['at'], viewer_zone())} ({ago(row['at'], now)}{f', {source}' if source else ''})"
    return f"{row['user_id']} · {when}"


def set_subtitle(row: pd.Series, cards: int, now: datetime) -> str:
    """The cards, student and time of a set, with its pages and chunks if they are known."""
    parts = [counted(cards, "card"), str(row["user_id"]), ago(row["at"], now)]
    for name, noun in (("page_count", "page"), ("chunk_count", "chunk")):
        count = optional_int(row[name])
        parts += [counted(count, noun)] if count is not None else []
    return " · ".join(parts)


def show_state(row: pd.Series, same_job_users: Sequence[str] = ()) -> None:
    """Show what is wrong with the item, its error, and links to the same job under other users; nothing if it succeeded."""
    state = State(row["state"])
    if state != State.SUCCEEDED:
        page.warning(f"{state.capitalize()}.", state.sentence)
    if int(row["flags"]) & Flag.OVERALL_DIFFERS_FROM_CRITERIA:
        mean = criteria_mean(attempt_panels.bands_of(row), Skill(row["evaluation_type"])) or 0.0
        page.warning(
            f"The stored overall band is {format_band(row['overall_band'])}, the mean of its criteria {format_exact_mean(mean)}.",
            "The two do not match, rounded up or down. Check which one the student was given.",
        )
    error = row.get("error_message")
    if isinstance(error, str) and error:
        page.code(error)
    for user_id in same_job_users:
        query_params = links.evaluation(row["evaluation_id"], user_id)
        st.page_link(links.EVALUATION, label=f"The same job under {plain(user_id)}", query_params=query_params)


def show_look_alikes(user_id: str, others: Sequence[str]) -> None:
    """Warn that other students' ids look like this one, and link to them. `others`: of `ids_in_other_forms`."""
    if others:
        page.warning(
            "Another student’s id looks the same.", f"This one is {form_note(user_id)}. They are two students."
        )
    for other in others:
        label = f"The other student ({form_note(other)})"
        st.page_link(links.STUDENT, label=label, query_params=links.student(other))


def show_neighbours(row: pd.Series, before: pd.Series | None, after: pd.Series | None) -> None:
    """Link to the previous and the next attempt of the same skill, and say what changed since the previous one."""
    if before is None and after is None:
        return
    with st.container(horizontal=True):
        for text, other in (("← Previous attempt", before), ("Next attempt →", after)):
            if other is not None:
                query_params = links.evaluation(other["evaluation_id"], other["user_id"])
                label = f"{text} ({format_band(other['overall_band'])})"
                st.page_link(links.EVALUATION, label=label, query_params=query_params)
    if before is not None and (changes := attempts.band_changes(before, row)):
        differences = ", ".join(
            f"{criterion_short_name(column)} {signed(change) if change else '±0'}" for column, change in changes.items()
        )
        page.note(
            f"Since the previous attempt: {differences}. Half a band between two attempts is within the grader’s error."
        )


def show_details(row: pd.Series, evaluation: Evaluation) -> None:
    """Show words, duration, speech rate, model, confidence and cost of an attempt; unknown ones are left out."""
    words = optional_int(row["word_count"])
    seconds = None if pd.isna(row["duration"]) else float(row["duration"])
    # without a stored count, the words of the transcript are counted
    spoken_words = words if words is not None else len(evaluation.transcript.split()) or None
    rate = attempts.words_per_minute(spoken_words, seconds)
    html.show_facts(
        {
            "Words": f"{words:,}" if words is not None else None,
            "Duration": clock_length(seconds) if seconds is not None else None,
            "Words per minute": fixed(rate, 0) if rate is not None else None,
            "Model": row["model_used"],
            "Grader’s confidence": fixed(row["confidence_score"], 2) if pd.notna(row["confidence_score"]) else None,
            **{"Cost, USD" if name == "cost" else "Estimated cost, USD": cost for name, cost in evaluation.costs},
        }
    )


def show_flags(mask: int) -> None:
    """Show a sentence per flag of an item in an expander; nothing where it has no flag."""
    flags = flags_in(mask)
    if flags:
        with st.expander(f"Data issues of this item ({len(flags)})", key="data_issues"):
            for flag in flags:
                st.markdown(f"- {plain(flag.sentence)} `{flag.label}`")


def show_raw(raw: str) -> None:
    """Show the item as stored, behind a toggle."""
    if st.toggle("Show the raw item", key="raw"):
        page.stored_json(raw)


def optional_int(number: object) -> int | None:
    """A count from a frame as an int, None if missing."""
    return None if pd.isna(number) else int(number)  # type: ignore[call-overload]

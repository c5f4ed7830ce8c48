"""The facts of one item around its texts: title, time and its source, state, neighbours, details."""

from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.analysis.attempts import changes, words_per_minute
from bandup.analysis.bands import BAND_COLUMNS, Skill, criteria_mean, format_band, format_mean, short_name
from bandup.analysis.states import State
from bandup.formatting import ago, clock_length, counted
from bandup.ui import links, page
from bandup.ui.html import facts, show
from bandup.ui.plain_text import local_time, plain, viewer_zone
from data.flags import Flag
from data.records import Evaluation

TIME_SOURCES = {
    "created_at": "",
    "started_at": "from the job’s start",
    "audio_url": "from the recording’s file name",
    "unknown": "",
}
EXPLAINED = (State.FAILED, State.STUCK, State.RUNNING, State.EMPTY, State.SUSPECT, State.SUPERSEDED, State.UNKNOWN)


def subtitle(row: pd.Series, now: datetime) -> str:
    """Who and when, with the source of the time where it is not the item's own."""
    if pd.isna(row["at"]):
        return f"{row['user_id']} · time unknown"
    source = TIME_SOURCES[str(row["at_source"])]
    when = f"{local_time(row['at'], viewer_zone())} ({ago(row['at'], now)}{f', {source}' if source else ''})"
    return f"{row['user_id']} · {when}"


def set_subtitle(row: pd.Series, cards: int, now: datetime) -> str:
    """A set's cards, student, time, pages and chunks, as far as they are known."""
    known = [counted(cards, "card"), str(row["user_id"]), ago(row["at"], now)]
    for name, noun in (("page_count", "page"), ("chunk_count", "chunk")):
        number = whole(row[name])
        known += [counted(number, noun)] if number is not None else []
    return " · ".join(known)


def state_notice(row: pd.Series, twins: tuple[str, ...] = ()) -> None:
    """What is wrong with the item, at the top of its page; nothing where it succeeded."""
    state = State(row["state"])
    if state in EXPLAINED:
        page.caution(f"{state.capitalize()}.", state.sentence)
    if int(row["flags"]) & Flag.OVERALL_DIFFERS_FROM_CRITERIA:
        mean = criteria_mean({name: row[name] for name in BAND_COLUMNS}, Skill(row["evaluation_type"])) or 0.0
        page.caution(
            f"The stored overall band is {format_band(row['overall_band'])}, the mean of its criteria {format_mean(mean)}.",
            "The one is no rounding of the other, up or down: ask which of them the student was told.",
        )
    error = row.get("error_message")
    if isinstance(error, str) and error:
        st.code(error, language=None, wrap_lines=True)
    for twin in twins:
        st.page_link(
            links.EVALUATION,
            label=f"The same job under {plain(twin)}",
            query_params=links.evaluation(row["evaluation_id"], twin),
        )


def neighbours(row: pd.Series, before: pd.Series | None, after: pd.Series | None) -> None:
    """Links to the previous and the next attempt of the same skill, and what changed since the previous one."""
    if before is None and after is None:
        return
    with st.container(horizontal=True):
        for label, other in (("← Previous attempt", before), ("Next attempt →", after)):
            if other is not None:
                st.page_link(
                    links.EVALUATION,
                    label=f"{label} ({format_band(other['overall_band'])})",
                    query_params=links.evaluation(other["evaluation_id"], other["user_id"]),
                )
    if before is not None and (changed := changes(before, row)):
        said = ", ".join(f"{short_name(column)} {_signed(change)}" for column, change in changed.items())
        page.note(f"Since the previous attempt: {said}. Half a band between two attempts is within the grader’s error.")


def _signed(change: float) -> str:
    """`+0.5`, `−1.0`, `±0`."""
    return f"{change:+.1f}".replace("-", "−") if change else "±0"


def details(row: pd.Series, evaluation: Evaluation) -> None:
    """Words, duration, speech rate, model, confidence and cost, where they are known."""
    words = whole(row["word_count"])
    seconds = None if pd.isna(row["duration"]) else float(row["duration"])
    # a transcript's words are counted where the item does not tell
    spoken = words if words is not None else len(evaluation.transcript.split()) or None
    rate = words_per_minute(spoken, seconds)
    known = {
        "Words": f"{words:,}" if words is not None else None,
        "Duration": clock_length(seconds) if seconds is not None else None,
        "Words per minute": f"{rate:.0f}" if rate is not None else None,
        "Model": row["model_used"] if pd.notna(row["model_used"]) else None,
        "Grader’s confidence": f"{row['confidence_score']:.2f}" if pd.notna(row["confidence_score"]) else None,
        **{"Cost, USD" if name == "cost" else "Cost by estimate, USD": cost for name, cost in evaluation.costs},
    }
    show(facts({name: str(value) for name, value in known.items() if value is not None}))


def whole(number: object) -> int | None:
    """A count from a frame as an int, None where missing."""
    return None if pd.isna(number) else int(number)  # type: ignore[call-overload]

"""Second marks on the pages: an attempt to be marked blind, marks beside the AI's, the queue and its progress."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import second_marks
from bandup.analysis.agreement import MIN_MARKS_FOR_KAPPA
from bandup.analysis.bands import Skill, band_columns, criterion_name, format_band
from bandup.analysis.marking_queue import GOAL, TERM, Draw, draw_of
from bandup.formatting import counted, joined, short_date, signed
from bandup.templating import render
from bandup.ui import (
    address,
    annotated_text,
    clickable_table,
    html,
    item_details,
    links,
    mark_form,
    page,
    reviewer_name,
)
from bandup.ui.clickable_table import band_column, text_column, time_column
from bandup.ui.mark_form import TypedMark
from bandup.ui.review_entries import store
from data.records import Evaluation
from data.review_entries import MAX_TEXT, Mark, Skip, moment_of, subject_of

SEEN_GRADES = "seen_grades"
"""In the session: the attempts whose grade this person has seen, which no mark of theirs is blind to."""


def show_text(evaluation: Evaluation, word_count: int | None) -> None:
    """Show the essay or the transcript alone, without anything of the feedback."""
    if evaluation.essay_text:
        page.section("Essay")
        html.show(annotated_text.essay(evaluation.essay_text, (), word_count))
    if evaluation.transcript:
        page.section("Transcript")
        html.show(annotated_text.transcript(evaluation.transcript))
    if not (evaluation.essay_text or evaluation.transcript):
        page.empty_state("No essay or transcript is stored.", "Without it there is nothing to mark: skip this attempt.")


def is_blind_address() -> bool:
    """Whether the address asks for the page on which an attempt is marked without seeing its grade."""
    return address.query_param(links.MARK) == links.BLIND


def remember_seen(row: pd.Series) -> None:
    """Remember that this session shows the grade of an attempt."""
    st.session_state.setdefault(SEEN_GRADES, set()).add((row["evaluation_id"], row["user_id"]))


def remember_draw(row: pd.Series, queue: pd.DataFrame) -> Draw:
    """How this attempt was drawn, as of when this session first opened it to be marked: the queue moves on meanwhile."""
    draw: Draw = st.session_state.setdefault(
        f"{form_key(row)}_draw", draw_of(queue, str(row["evaluation_id"]), str(row["user_id"]))
    )
    return draw


def show_blind(row: pd.Series, evaluation: Evaluation, draw: Draw, by: str, now: datetime) -> Mark | Skip | None:
    """Show an attempt without its grade beside the form to mark it; return the mark, or the skip, once it is given."""
    skill, task_type = Skill(row["evaluation_type"]), None if pd.isna(row["task_type"]) else str(row["task_type"])
    was_seen = (row["evaluation_id"], row["user_id"]) in st.session_state.get(SEEN_GRADES, set())
    if was_seen:
        page.warning(
            "You have seen the AI’s bands of this attempt.", "Your mark is stored, but does not count as a blind one."
        )
    text, form = st.columns([3, 2], gap="large")
    with form:
        page.section("Your mark")
        typed = mark_form.show(skill, task_type, form_key(row), takes_focus=True)
        skip = show_skip(str(row["evaluation_id"]), str(row["user_id"]), by, now)
    with text:
        show_text(evaluation, item_details.optional_int(row["word_count"]))
    mark_form.show_descriptors(skill, task_type)
    if typed is None:
        return skip
    return mark_of(row, skill, typed, draw, by=by, now=now, is_blind=not was_seen)


def mark_in_sight(row: pd.Series, signed_in_as: str, now: datetime) -> Mark | None:
    """Offer to mark an attempt whose grade is in sight, or to correct a mark, in an expander; return it once it is saved."""
    skill, task_type = Skill(row["evaluation_type"]), None if pd.isna(row["task_type"]) else str(row["task_type"])
    with st.expander("Add your own mark, or correct it", key="mark_in_sight"):
        page.note(
            "With the AI’s bands in sight, it does not count in the verdict; a blind mark made before it still does."
        )
        by = reviewer_name.ask(signed_in_as, "_mark")
        typed = mark_form.show(skill, task_type, f"{form_key(row)}_seen", takes_focus=False) if by else None
    return None if typed is None else mark_of(row, skill, typed, Draw(), by=by, now=now, is_blind=False)


def show_next(row: pd.Series, queue: Callable[[], pd.DataFrame]) -> None:
    """After marking: what was unusual about the grade, and a button that opens the next attempt of the queue."""
    draw: Draw | None = st.session_state.get(f"{form_key(row)}_draw")
    if draw is None or not is_blind_address():
        return
    if draw.why:
        page.note(f"Drawn because: {draw.why}.")
    if st.button("Next attempt", type="primary", shortcut="Enter", key="next_to_mark"):
        following = queue()
        if following.empty:
            address.go_to(links.MARKING)
        address.go_to(links.EVALUATION, links.to_mark(following.iloc[0]["evaluation_id"], following.iloc[0]["user_id"]))


def show_marks(marks: pd.DataFrame, row: pd.Series) -> None:
    """Show the marks of one attempt beside the AI's bands, with the differences. `marks`: one row per person."""
    skill, task_type = Skill(row["evaluation_type"]), None if pd.isna(row["task_type"]) else str(row["task_type"])
    page.section("Second marks")
    html.show(marks_table(marks, skill, task_type))
    for mark in marks[marks["comment"].ne("")].to_dict("records"):
        page.note(f"{mark['by']}: {mark['comment']}")
    if not marks["is_blind"].all():
        names = joined(marks.loc[~marks["is_blind"], "by"])
        page.note(f"Not blind, so not counted in the verdict on the grader: {names}.")


def marks_table(marks: pd.DataFrame, skill: Skill, task_type: str | None) -> Markup:
    """A row per criterion: the AI's band, and each person's with its difference (AI − person)."""
    records = marks.to_dict("records")
    rows = [
        {
            "name": criterion_name(column, task_type),
            "grader": format_band(records[0][f"{second_marks.GRADER}{column}"]),
            "marks": [_band_and_difference(record, column) for record in records],
        }
        for column in band_columns(skill)
    ]
    return render("second_marks.html", people=[record["by"] for record in records], rows=rows)


def _band_and_difference(record: Mapping[Any, Any], column: str) -> dict[str, str]:
    band, grader = record[column], record[f"{second_marks.GRADER}{column}"]
    known = not (pd.isna(band) or pd.isna(grader))
    return {"band": format_band(band), "difference": f"AI {signed(grader - band)}" if known and grader != band else ""}


def progress_sentence(marks: pd.DataFrame, by: str, now: datetime) -> str:
    """How much of the term's goal a person has marked, and how many marks the verdicts still need, from everyone."""
    since = now - TERM
    own = second_marks.count_since(marks, since, by=by)
    counted_marks = second_marks.marks_of_verdict(marks)
    missing = {skill: MIN_MARKS_FOR_KAPPA - int(counted_marks["skill"].eq(skill).sum()) for skill in Skill}
    more = [
        f"{number} more until the verdict on {skill} means something" for skill, number in missing.items() if number > 0
    ]
    goal = f"{own} of {GOAL} attempts marked blind since {short_date(since)}"
    return f"{'; '.join([goal, *more])}."


def why_drawn(attempt: pd.Series) -> str:
    """Why an attempt comes next, without what would give its grade away."""
    if attempt["drawn"] == "pair":
        return "Another teacher has marked this attempt: two marks of one attempt show how far people agree."
    if attempt["risk"]:
        return "Drawn because something about its grade is unusual; what it is follows once you have marked it."
    return "Drawn at random."


def show_own_marks(marks: pd.DataFrame) -> pd.Series | None:
    """Show a person's marks (`bandup.analysis.second_marks.own_marks`) and return the one that was clicked, or None."""
    return clickable_table.show(
        marks,
        "user_id",
        {
            "what": text_column("Attempt"),
            "at": time_column("Marked"),
            "overall_band": band_column("Yours", help="Your overall band"),
            "grader_overall_band": band_column("AI", help="The AI’s overall band"),
            "difference": text_column("AI − you"),
            "comment": text_column("Comment", width="large"),
        },
        key="own_marks",
        alt=f"{counted(len(marks), 'attempt')} that you marked, with both overall bands",
        button_label="Student",
    )


def show_skip(evaluation_id: str, user_id: str, by: str, now: datetime) -> Skip | None:
    """Offer to leave an attempt out of the queue, with a reason; return the entry once it is given."""
    with st.popover("Skip it", key="skip"), st.form("skip_form", border=False):
        reason = st.text_input("Why? (for example: the text is cut off)", key="skip_reason", max_chars=MAX_TEXT)
        if not st.form_submit_button("Skip this attempt"):
            return None
    if not reason.strip():
        st.error("Say why, so that it is known what was left out.", icon="⚠️")
        return None
    subject = subject_of("evaluation", evaluation_id, user_id)
    return Skip(
        subject=subject,
        at=moment_of(now),
        by=by,
        evaluation_id=evaluation_id,
        user_id=user_id,
        reason=reason.strip(),
    )


def store_and_rerun(entry: Mark | Skip, add: Callable[[Mark | Skip], object]) -> None:
    """Store an entry, then run the page again, which shows it; where that fails, the page says why and goes on."""
    if store(entry, add):
        st.rerun()


def mark_of(
    row: pd.Series, skill: Skill, typed: TypedMark, draw: Draw, *, by: str, now: datetime, is_blind: bool
) -> Mark:
    """The entry of a mark. `row`: of the evaluation, whose bands are stored beside the teacher's."""

    def text(name: str) -> str:
        return "" if pd.isna(row[name]) else str(row[name])

    evaluation_id, user_id = str(row["evaluation_id"]), str(row["user_id"])
    return Mark(
        subject=subject_of("evaluation", evaluation_id, user_id),
        at=moment_of(now),
        by=by,
        evaluation_id=evaluation_id,
        user_id=user_id,
        skill=skill,
        bands=typed.bands,
        grader_bands=second_marks.bands_in(row, skill),
        is_blind=is_blind,
        drawn=draw.drawn if is_blind else "by hand",
        probability=draw.probability if is_blind else None,
        task_type=text("task_type"),
        part=text("part"),
        model_used=text("model_used"),
        comment=typed.comment,
    )


def form_key(row: pd.Series) -> str:
    """The key of the form for one attempt: what is typed for it does not appear in the next one's."""
    return f"mark_{subject_of('evaluation', str(row['evaluation_id']), str(row['user_id']))[-16:]}"

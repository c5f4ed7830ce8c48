"""Lists of students: who needs attention, and all of them."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import streamlit as st

from bandup.analysis.attention import REASON_SEPARATOR
from bandup.analysis.bands import Skill, criterion_short_name
from bandup.analysis.progress import Certainty
from bandup.formatting import counted, shortened
from bandup.memo import memoized
from bandup.templating import render
from bandup.ui import clickable_table, html, links, page
from bandup.ui.plain_text import plain

MAX_SHOWN_IN_FULL = 6
"""Students who need attention shown with all their reasons; the others follow in a table."""
MAX_LABEL_LENGTH = 22


def show_attention(attention: pd.DataFrame, target_of: Callable[[str], float]) -> str | None:
    """Show who needs attention and why. Return the id of the student who was clicked in the table, or None.

    `attention`: as of `bandup.analysis.attention.students_needing_attention`; `target_of`: the target band of a student by id.
    """
    if attention.empty:
        page.empty_state(
            "No one needs attention.",
            "There are no stuck jobs, falling trends, stalled students, weak criteria or long absences.",
        )
        return None
    page.note(f"{counted(len(attention), 'student')}, most reasons first.")
    for user_id, why in attention[["user_id", "why"]].head(MAX_SHOWN_IN_FULL).itertuples(index=False, name=None):
        name, reasons = st.columns([1, 5], gap="small", vertical_alignment="center")
        with name:
            st.page_link(
                links.STUDENT,
                label=f"**{plain(shortened(user_id, MAX_LABEL_LENGTH))}**",
                query_params=links.student(user_id, target_of(user_id)),
            )
        with reasons:
            html.show(render("reasons.html", reasons=why.split(REASON_SEPARATOR)))
    rest = attention.iloc[MAX_SHOWN_IN_FULL:]
    if rest.empty:
        return None
    title = f"{counted(len(rest), 'more student')} {'needs' if len(rest) == 1 else 'need'} attention"
    expander = st.expander(title, on_change="rerun", key="attention_rest")
    if not expander.open:
        return None
    help_text = "Every reason with its number; the README explains the rules"
    with expander:
        return _user_id(
            clickable_table.show(
                rest,
                "user_id",
                {"why": clickable_table.text_column("Why", help_text, "large")},
                key="attention",
                alt=f"{title}, and why",
                button_label="Student",
            )
        )


@memoized
def with_changes(students: pd.DataFrame, changes: Mapping[Skill, pd.DataFrame]) -> pd.DataFrame:
    """The students with their changes as the table shows them.

    `students`: as of `bandup.analysis.student_list`; `changes`: per skill as of
    `bandup.analysis.progress.trends_by_student`. Adds per skill `<skill>_change` (str: the change and its certainty) and
    `<skill>_weakest` (str: criterion), and makes `<skill>_bands` float32 arrays, which halves what goes to the browser.
    """
    table = students
    for skill in Skill:
        change = changes[skill].set_index("user_id")
        table = table.assign(
            **{
                f"{skill}_change": table["user_id"].map(_change_text(change)),
                f"{skill}_weakest": table["user_id"].map(change["weakest"].dropna().map(criterion_short_name)),
                f"{skill}_bands": table[f"{skill}_bands"].map(lambda bands: np.asarray(bands, dtype="float32")),
            }
        )
    return table


def show_students(students: pd.DataFrame) -> str | None:
    """Show students, as of `with_changes`, with bands, changes and jobs. Return the id that was clicked, or None."""
    return _user_id(
        clickable_table.show(
            students,
            "user_id",
            {
                **_skill_columns(Skill.WRITING, "Essays"),
                **_skill_columns(Skill.SPEAKING, "Recordings"),
                "sets": clickable_table.number_column("Sets", "Flashcard sets"),
                "unsuccessful": clickable_table.number_column("Without result", "Failed, stuck and empty jobs"),
                "suspect": clickable_table.number_column(
                    "Default answers", "Essays that got the grader’s default answer instead of a grade"
                ),
                "last_activity": clickable_table.time_column("Last activity"),
            },
            key="students",
            alt=f"{counted(len(students), 'student')} with latest bands, change, weakest criterion and last activity",
            button_label="Student",
        )
    )


def _skill_columns(skill: Skill, heading: str) -> dict[str, object]:
    noun = heading.lower()
    return {
        f"{skill}_band": clickable_table.band_column(skill.capitalize(), f"Latest overall band of the graded {noun}"),
        f"{skill}_best": clickable_table.band_column("Best", f"Best overall band of the graded {noun}"),
        f"{skill}_bands": clickable_table.sparkline_column(f"Latest {noun}", skill),
        f"{skill}_change": clickable_table.text_column(
            "Change", "From the first attempt to the last, if it is more than noise"
        ),
        f"{skill}_weakest": clickable_table.text_column(
            "Weakest", "Criterion with the lowest mean over the latest five attempts"
        ),
        f"{skill}_attempts": clickable_table.number_column(heading, f"Graded {noun}"),
    }


def _change_text(change: pd.DataFrame) -> pd.Series:
    """`up 0.5, likely` or `no clear change` by user id; missing with too few attempts."""
    certainty = change["certainty"].astype("str")
    likely = certainty.eq(Certainty.LIKELY)
    text = pd.Series(pd.NA, index=change.index, dtype="str")
    text[certainty.eq(Certainty.NO_CLEAR_CHANGE)] = "no clear change"
    text[likely] = [f"{'up' if rise > 0 else 'down'} {abs(rise):.1f}, likely" for rise in change.loc[likely, "rise"]]
    return text


def _user_id(row: pd.Series | None) -> str | None:
    return None if row is None else str(row["user_id"])

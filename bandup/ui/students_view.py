"""The Students page: who needs attention, all students, and the class by criterion with its graders."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd
import streamlit as st

from bandup import text_search
from bandup.analysis import criteria_matrix
from bandup.analysis.attention import REASON_SEPARATOR
from bandup.analysis.bands import Skill, criterion_short_name
from bandup.analysis.certainty import CLAIMED, Certainty
from bandup.charts import band_distribution_chart, criteria_matrix_chart
from bandup.formatting import counted, shortened, up_or_down
from bandup.memo import memoized
from bandup.templating import render
from bandup.ui import clickable_table, figures, html, links, page
from bandup.ui.clickable_table import band_column, number_column, text_column
from bandup.ui.plain_text import plain

MAX_SHOWN_IN_FULL = 6
"""Students who need attention shown with all their reasons; the others follow in a table."""
MAX_LABEL_LENGTH = 18


def show_attention(attention: pd.DataFrame, target_of: Callable[[str], float], search: str = "") -> str | None:
    """Show who needs attention and why. Return the id of the student who was clicked in the table, or None.

    `attention`: as of `bandup.analysis.attention.students_needing_attention`, only of students whose id contains `search`;
    `target_of`: a student's target band by id.
    """
    if attention.empty and search.strip():
        page.empty_state(
            f"“{search}” is in no id of a student listed here.", "Clear the search to see everyone listed."
        )
        return None
    if attention.empty:
        hint = "No one waits for a result, falls, has gone silent or fails to rise towards the target."
        page.empty_state("No one needs attention.", hint)
        return None
    page.note(f"{counted(len(attention), 'student')}: waiting first, then falling, silent and not rising.")
    shown = attention[["user_id", "why", "remark"]].head(MAX_SHOWN_IN_FULL)
    for user_id, why, remark in shown.itertuples(index=False, name=None):
        name, reasons = st.columns([1, 5], gap="small", vertical_alignment="center")
        with name:
            label = f"**{plain(shortened(user_id, MAX_LABEL_LENGTH))}**"
            st.page_link(links.STUDENT, label=label, query_params=links.student(user_id, target_of(user_id)))
        with reasons:
            html.show(render("reasons.html", reasons=why.split(REASON_SEPARATOR), remark=remark))
    rest = attention.iloc[MAX_SHOWN_IN_FULL:]
    if rest.empty:
        return None
    title = f"{counted(len(rest), 'more student')} {'needs' if len(rest) == 1 else 'need'} attention"
    expander = st.expander(title, on_change="rerun", key="attention_rest")
    if not expander.open:
        return None
    with expander:
        why = text_column("Why", help="Every reason with its number; the README explains the rules", width="large")
        columns = {"why": why, "remark": text_column("Remark", help="A criterion that stands out as the weakest")}
        return clickable_table.clicked_student(rest, columns, key="attention", alt=f"{title}, and why")


@memoized
def with_changes(students: pd.DataFrame, changes: Mapping[Skill, pd.DataFrame]) -> pd.DataFrame:
    """The students of `bandup.analysis.student_list` with the `changes` of `bandup.analysis.progress.trends_by_student`.

    Adds per skill `<skill>_change` (str: the change and its certainty) and `<skill>_weakest` (str: criterion), and makes
    `<skill>_bands` float32 arrays, which halves what goes to the browser. Adds `id_note` (str) to ids that look alike.
    """
    table = students
    for skill in Skill:
        change = changes[skill].set_index("user_id")
        table = table.assign(
            **{
                f"{skill}_change": table["user_id"].map(_change_text(change)),
                f"{skill}_weakest": table["user_id"].map(change["weakest"].dropna().map(_short_names)),
                f"{skill}_bands": table[f"{skill}_bands"].map(lambda bands: np.asarray(bands, dtype="float32")),
            }
        )
    return text_search.with_look_alike_notes(table, "user_id")


def show_students(students: pd.DataFrame) -> str | None:
    """Show students, as of `with_changes`, with bands, changes and jobs. Return the id that was clicked, or None."""
    default_answers = "Essays that got the grader’s default answer instead of a grade"
    columns = {
        "id_note": clickable_table.id_note_column(),
        **_skill_columns(Skill.WRITING, "Essays"),
        **_skill_columns(Skill.SPEAKING, "Recordings"),
        "sets": number_column("Sets", help="Flashcard sets"),
        "unsuccessful": number_column("Without result", help="Failed, stuck and empty jobs"),
        "suspect": number_column("Default answers", help=default_answers),
        "last_activity": clickable_table.time_column("Last activity"),
    }
    alt = f"{counted(len(students), 'student')} with latest bands, change, weakest criterion and last activity"
    return clickable_table.clicked_student(students, columns, key="students", alt=alt)


def _skill_columns(skill: Skill, heading: str) -> dict[str, object]:
    noun = heading.lower()
    change = "From the first attempt to the last: its likely size, if it is perhaps or likely more than noise"
    weakest = "Criterion that stands out from the others over all graded attempts; empty where none does"
    return {
        f"{skill}_band": band_column(skill.capitalize(), help=f"Latest overall band of the graded {noun}"),
        f"{skill}_best": band_column("Best", help=f"Best overall band of the graded {noun}"),
        f"{skill}_bands": clickable_table.sparkline_column(f"Latest {noun}", skill),
        f"{skill}_change": text_column("Change", help=change),
        f"{skill}_weakest": text_column("Weakest", help=weakest),
        f"{skill}_attempts": number_column(heading, help=f"Graded {noun}"),
    }


@cache
def _short_names(columns: str) -> str:
    """The short names of criteria, given as `weakest` of `bandup.analysis.progress.trends_by_student` has them."""
    return ", ".join(map(criterion_short_name, columns.split()))


def _change_text(change: pd.DataFrame) -> pd.Series:
    """`likely up 0.5`, `perhaps down 0.3` or `no clear change` by user id; missing with too few attempts."""
    certainty = change["certainty"].astype("str")
    is_claimed = certainty.isin(CLAIMED)
    text = pd.Series(pd.NA, index=change.index, dtype="str")
    text[certainty.eq(Certainty.NO_CLEAR_CHANGE)] = "no clear change"
    claimed = change.loc[is_claimed, "change"]
    text[is_claimed] = [f"{word} {up_or_down(size)}" for word, size in zip(certainty[is_claimed], claimed, strict=True)]
    return text


def show_class(evaluations: pd.DataFrame, skill: Skill, target: float, targets: Mapping[str, float]) -> str | None:
    """Show the class in one skill, against its target and students' own by id. Return the id that was clicked, or None."""
    dark = figures.is_dark()
    by_criterion, by_band = st.columns([3, 2], gap="large")
    with by_criterion:
        means = criteria_matrix.means_by_student(evaluations, skill)
        page.note(f"{criteria_matrix.describe_class(means, skill)} Click a row to open the student.".strip())
        clicked = figures.show_clickable(
            criteria_matrix_chart.criteria_matrix(means, skill, target=target, targets=targets, dark=dark),
            criteria_matrix_chart.criteria_matrix_alt(means, skill, target=target, targets=targets),
            key="matrix",
        )
    with by_band:
        figures.show(
            band_distribution_chart.band_distribution(evaluations, skill, dark=dark),
            band_distribution_chart.band_distribution_alt(evaluations, skill),
            key="band_distribution",
        )
    return clicked

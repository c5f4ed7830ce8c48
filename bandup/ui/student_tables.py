"""Students as lists that open: who needs attention, and everyone."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import streamlit as st

from bandup.analysis.attention import BETWEEN_REASONS
from bandup.analysis.bands import Skill, short_name
from bandup.analysis.progress import Certainty
from bandup.formatting import counted, shortened
from bandup.memo import memoized
from bandup.ui import clickable_table, html, links
from bandup.ui.plain_text import plain

MOST_IN_FULL = 6
"""So many students who need attention are shown with every reason in full; the others stand in a list below them."""
LONGEST_NAME = 22


def needing_attention(attention: pd.DataFrame, target_of: Callable[[str], float]) -> str | None:
    """Who needs attention, each reason readable; the rest as a list that opens, and the student clicked in it.

    `attention`: as of `bandup.analysis.attention.attention`; `target_of`: the target band of a student's page.
    """
    for user_id, why in attention[["user_id", "why"]].head(MOST_IN_FULL).itertuples(index=False, name=None):
        name, said = st.columns([1, 5], gap="small", vertical_alignment="center")
        with name:
            st.page_link(
                links.STUDENT,
                label=f"**{plain(shortened(user_id, LONGEST_NAME))}**",
                query_params=links.student(user_id, target_of(user_id)),
            )
        with said:
            reasons = why.split(BETWEEN_REASONS)
            html.show(html.element("div", html.joined(html.element("span", one) for one in reasons), "b-reasons"))
    rest = attention.iloc[MOST_IN_FULL:]
    if rest.empty:
        return None
    more = st.expander(f"{counted(len(rest), 'more student')} with a reason", on_change="rerun", key="attention_rest")
    if not more.open:
        return None
    with more:
        return _clicked(
            clickable_table.openable(
                rest,
                "user_id",
                {
                    "why": clickable_table.text_column(
                        "Why", "Every reason with its number; the rule is in the README", "large"
                    )
                },
                key="attention",
                alt=f"{counted(len(rest), 'more student')} who need attention, and why",
                opens_label="Student",
            )
        )


@memoized
def with_changes(students: pd.DataFrame, changes: Mapping[Skill, pd.DataFrame]) -> pd.DataFrame:
    """The students with `<skill>_change` (str, in words with its certainty), `<skill>_weakest` (str, criterion) and
    `<skill>_bands` as arrays (float32: half of what goes to the browser).

    `students`: as of `bandup.analysis.student_list`; `changes`: per skill as of `bandup.analysis.progress.change_of_students`.
    """
    drawn = students
    for skill in Skill:
        change = changes[skill].set_index("user_id")
        drawn = drawn.assign(
            **{
                f"{skill}_change": drawn["user_id"].map(_in_words(change)),
                f"{skill}_weakest": drawn["user_id"].map(change["weakest"].dropna().map(short_name)),
                f"{skill}_bands": drawn[f"{skill}_bands"].map(lambda bands: np.asarray(bands, dtype="float32")),
            }
        )
    return drawn


def everyone(students: pd.DataFrame) -> str | None:
    """All students with latest bands, change, weakest criterion, attempts; the one who was clicked.

    `students`: as of `with_changes`.
    """
    return _clicked(
        clickable_table.openable(
            students,
            "user_id",
            {
                **_of_skill(Skill.WRITING, "Essays"),
                **_of_skill(Skill.SPEAKING, "Recordings"),
                "sets": clickable_table.number_column("Sets", "Flashcard sets"),
                "troubled": clickable_table.number_column("Without result", "Failed, stuck and empty jobs"),
                "suspect": clickable_table.number_column(
                    "Default answers", "Essays with the grader’s default answer: no grade"
                ),
                "last_activity": clickable_table.time_column("Last activity"),
            },
            key="students",
            alt=f"{counted(len(students), 'student')} with latest bands, change, weakest criterion and last activity",
            opens_label="Student",
        )
    )


def _of_skill(skill: Skill, noun: str) -> dict[str, object]:
    name = skill.capitalize()
    return {
        f"{skill}_band": clickable_table.number_of_band(
            name, f"Overall band of the latest of the graded {noun.lower()}"
        ),
        f"{skill}_best": clickable_table.number_of_band("Best", f"Best overall band of the graded {noun.lower()}"),
        f"{skill}_bands": clickable_table.bands_column(f"Latest {noun.lower()}", skill),
        f"{skill}_change": clickable_table.text_column(
            "Change", "From the first attempt to the last, where it is more than noise"
        ),
        f"{skill}_weakest": clickable_table.text_column(
            "Weakest", "Criterion with the lowest mean over the latest five"
        ),
        f"{skill}_attempts": clickable_table.number_column(noun, f"Graded {noun.lower()}"),
    }


def _in_words(change: pd.DataFrame) -> pd.Series:
    """A change with its certainty: `up 0.5, likely`, `not told from noise`, missing where there are too few attempts."""
    likely = change["certainty"].astype("str").eq(Certainty.LIKELY)
    unsure = change["certainty"].astype("str").eq(Certainty.CANNOT_TELL)
    said = pd.Series(pd.NA, index=change.index, dtype="str")
    said[unsure] = "not told from noise"
    said[likely] = [f"{'up' if rise > 0 else 'down'} {abs(rise):.1f}, likely" for rise in change.loc[likely, "rise"]]
    return said


def _clicked(row: pd.Series | None) -> str | None:
    return None if row is None else str(row["user_id"])

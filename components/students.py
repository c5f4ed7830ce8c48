"""Students as lists that open: who needs attention, and everyone."""

import pandas as pd
import streamlit as st

from analysis.bands import Skill, short_name
from analysis.progress import Certainty
from components import links, tables
from components.text import counted


def needing_attention(attention: pd.DataFrame) -> None:
    """Who needs attention and why, in words; a click opens the student. As of `analysis.attention.attention`."""
    opened = tables.openable(
        attention,
        "user_id",
        {"why": tables.text_column("Why", "Every reason with its number; the rule is in the README", "large")},
        key="attention",
        alt=f"{counted(len(attention), 'student')} who need attention, and why",
        opens_label="Student",
        most_rows=6,
    )
    _open(opened)


def everyone(students: pd.DataFrame, changes: dict[Skill, pd.DataFrame]) -> None:
    """All students with latest bands, change, weakest criterion, attempts; a click opens one."""
    drawn = students
    for skill in Skill:
        change = changes[skill].set_index("user_id")
        drawn = drawn.assign(
            **{
                f"{skill}_change": drawn["user_id"].map(_in_words(change)),
                f"{skill}_weakest": drawn["user_id"].map(change["weakest"].dropna().map(short_name)),
            }
        )
    opened = tables.openable(
        drawn,
        "user_id",
        {
            **_of_skill(Skill.WRITING, "Essays"),
            **_of_skill(Skill.SPEAKING, "Recordings"),
            "sets": tables.number_column("Sets", "Flashcard sets"),
            "troubled": tables.number_column("Without result", "Failed, stuck and empty jobs"),
            "suspect": tables.number_column("Default answers", "Essays with the grader’s default answer: no grade"),
            "last_activity": tables.time_column("Last activity"),
        },
        key="students",
        alt=f"{counted(len(students), 'student')} with latest bands, change, weakest criterion and last activity",
        opens_label="Student",
    )
    _open(opened)


def _of_skill(skill: Skill, noun: str) -> dict[str, object]:
    name = skill.capitalize()
    return {
        f"{skill}_band": tables.number_of_band(name, f"Overall band of the latest of the graded {noun.lower()}"),
        f"{skill}_best": tables.number_of_band("Best", f"Best overall band of the graded {noun.lower()}"),
        f"{skill}_bands": tables.bands_column(f"Latest {noun.lower()}", skill),
        f"{skill}_change": tables.text_column(
            "Change", "From the first attempt to the last, where it is more than noise"
        ),
        f"{skill}_weakest": tables.text_column("Weakest", "Criterion with the lowest mean over the latest five"),
        f"{skill}_attempts": tables.number_column(noun, f"Graded {noun.lower()}"),
    }


def _in_words(change: pd.DataFrame) -> pd.Series:
    """A change with its certainty: `up 0.5, likely`, `not told from noise`, missing where there are too few attempts."""
    likely = change["certainty"].astype("str").eq(Certainty.LIKELY)
    unsure = change["certainty"].astype("str").eq(Certainty.CANNOT_TELL)
    said = pd.Series(pd.NA, index=change.index, dtype="str")
    said[unsure] = "not told from noise"
    said[likely] = [f"{'up' if rise > 0 else 'down'} {abs(rise):.1f}, likely" for rise in change.loc[likely, "rise"]]
    return said


def _open(opened: pd.Series | None) -> None:
    if opened is not None:
        st.switch_page(links.STUDENT, query_params=links.student(opened["user_id"]))

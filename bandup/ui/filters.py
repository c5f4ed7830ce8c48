"""Filters that live in the address."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from bandup.analysis.bands import Skill
from bandup.analysis.states import State
from bandup.analysis.time_windows import Window
from bandup.charts.theme import STATE_STYLES
from bandup.ui import links
from bandup.ui.plain_text import plain


def states(by_state: pd.Series) -> list[State]:
    """A row of counts by state, each a filter: a click puts the state into the address or takes it out again.

    `by_state`: as `bandup.analysis.states.counts` gives it. Returns the states in the address, in order of `State`.
    """
    chosen = set(links.parameter("state").split(","))
    with st.container(horizontal=True, gap="small"):
        for name, style in STATE_STYLES.items():
            state = State(name)
            if st.button(
                f"{style.glyph} {state} **{by_state[state]:,}**",
                key=f"state_{state}",
                type="primary" if state in chosen else "secondary",
                help=state.sentence,
            ):
                toggled = chosen ^ {state}
                links.set_query_params(state=",".join(one for one in State if one in toggled), cause="")
    return [state for state in State if state in chosen]


def window(label: str = "Window", key: str = "window") -> Window:
    """The window of time to look through, in the address under `key`: pages that have one each need their own."""
    chosen = st.segmented_control(
        label,
        [*Window],
        default=Window.ALL,
        required=True,
        format_func=str,  # what is shown is what the address carries
        key=key,
        bind="query-params",
    )
    return Window(chosen or Window.ALL)  # `?window=` without a value chooses none, required or not


@dataclass(frozen=True)
class Wanted:
    """Which jobs to list: of these types (empty: all), holding this text, only those that are still broken."""

    types: list[str]
    text: str
    still_broken: bool


FIND = "find"
"""The key of the search above the list of jobs, and its name in the address."""
ASKED = "jobs_asked_for"
"""What the next run puts into that search: Streamlit lets nobody write a widget's value once it is drawn."""


def find_jobs(text: str) -> None:
    """Draws the page anew with this in the search above the list of jobs."""
    st.session_state[ASKED] = text
    st.rerun()


def jobs(types: list[str]) -> Wanted:
    """The filters above the list of jobs; `types` are those there are."""
    if asked := st.session_state.pop(ASKED, ""):
        st.session_state[FIND] = asked
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", placeholder="In ids, students and errors", key=FIND, type="search", bind="query-params"
        )
        chosen = st.pills("Type", types, selection_mode="multi", format_func=plain, key="type", bind="query-params")
        still_broken = st.toggle(
            "Still broken only",
            key="broken",
            bind="query-params",
            help="Hides jobs after which the same student succeeded with the same type",
        )
    return Wanted(list(chosen), text, still_broken)


def skill(skills: Sequence[Skill]) -> Skill:
    """The skill to look at, in the address."""
    chosen = st.segmented_control(
        "Skill", [*skills], default=skills[0], required=True, format_func=str, key="skill", bind="query-params"
    )
    return Skill(chosen or skills[0])  # `?skill=` without a value chooses none, required or not

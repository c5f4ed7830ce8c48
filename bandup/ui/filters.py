"""Filters whose choice is part of the address."""

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

SEARCH_KEY = "find"
"""The key of the search field above the list of jobs, and its parameter in the address."""
PENDING_KEY = "pending_job_search"
"""What the next run puts into that field: Streamlit forbids setting a widget's value once it is shown."""


@dataclass(frozen=True)
class JobFilters:
    """Which jobs to list: of these types (all if empty), that contain this text, only those that are still broken."""

    types: list[str]
    text: str
    still_broken: bool


def choose_states(by_state: pd.Series) -> list[State]:
    """Show a button per state with its count; a click adds the state to the address or removes it.

    `by_state`: as of `bandup.analysis.states.counts`. Returns the chosen states in the order of `State`.
    """
    chosen = set(links.query_param("state").split(","))
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
                links.set_query_params(state=",".join(state for state in State if state in toggled), cause="")
    return [state for state in State if state in chosen]


def choose_window(label: str = "Window", key: str = "window") -> Window:
    """Choose a time window. `key` is its parameter in the address; each page with a window needs its own."""
    chosen = st.segmented_control(
        label,
        [*Window],
        default=Window.ALL,
        required=True,
        format_func=str,  # the address carries the option's text
        key=key,
        bind="query-params",
    )
    return Window(chosen or Window.ALL)  # `?window=` without a value chooses none in spite of `required`


def choose_skill(skills: Sequence[Skill]) -> Skill:
    """Choose one of the skills."""
    chosen = st.segmented_control(
        "Skill", [*skills], default=skills[0], required=True, format_func=str, key="skill", bind="query-params"
    )
    return Skill(chosen or skills[0])  # `?skill=` without a value chooses none in spite of `required`


def include_default_answers(evaluations: pd.DataFrame) -> bool:
    """Choose whether the grader's default answers count as grades; not offered if there are none."""
    return bool((evaluations["state"] == State.SUSPECT).any()) and st.toggle(
        "Count the grader’s default answers", key="suspect", bind="query-params", help=State.SUSPECT.sentence
    )


def choose_jobs(types: list[str]) -> JobFilters:
    """Show the filters above the list of jobs; `types` are the types to choose from."""
    if text := st.session_state.pop(PENDING_KEY, ""):
        st.session_state[SEARCH_KEY] = text
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", placeholder="Ids, students and errors", key=SEARCH_KEY, type="search", bind="query-params"
        )
        chosen = st.pills("Type", types, selection_mode="multi", format_func=plain, key="type", bind="query-params")
        still_broken = st.toggle(
            "Still broken only",
            key="broken",
            bind="query-params",
            help="Hides jobs that were followed by a success of the same student with the same type",
        )
    return JobFilters(list(chosen), text, still_broken)


def search_jobs(text: str) -> None:
    """Put this text into the search above the list of jobs, and rerun."""
    st.session_state[PENDING_KEY] = text
    st.rerun()

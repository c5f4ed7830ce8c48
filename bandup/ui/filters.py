"""Filters and target bands, all part of the address."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from bandup.analysis.attempts import has_default_answers
from bandup.analysis.attention import DEFAULT_TARGET
from bandup.analysis.bands import BAND_VALUES, Skill
from bandup.analysis.second_marks import TEACHER_BAND
from bandup.analysis.states import State
from bandup.analysis.time_windows import Window
from bandup.charts.theme import STATE_STYLES
from bandup.formatting import counted, truncated
from bandup.ui import address, links, page, pickers
from bandup.ui.plain_text import plain

JOB_SEARCH = "find"
"""The parameter of the Jobs page that holds the search in its list."""

MAX_PILLS = 30
MAX_PILL_LENGTH = 60
"""Buttons offered for the values that a column holds, and characters of each. A set of 5,500 cards may have 5,500 types."""

MIN_TARGET = 4.0
TARGETS = [f"{band:.1f}" for band in BAND_VALUES if band >= MIN_TARGET]


class JobFilters(NamedTuple):
    """Which jobs to list: of these types (all if empty), that contain this text, only those that are still broken."""

    types: list[str]
    text: str
    still_broken: bool


def choose_states(by_state: pd.Series) -> list[State]:
    """Show a button per state with its count, which adds the state to the address or removes it. Return the chosen ones."""
    named = ",".join(address.query_param_values("state")).lower().split(",")
    chosen = {state for state in State if state in named}
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
                address.rerun_with(state=",".join(state for state in State if state in toggled), cause="")
    return [state for state in State if state in chosen]


def choose_window(label: str = "Window", key: str = "window") -> Window:
    """Choose a time window. `key` is its parameter in the address; each page with a window needs its own."""
    return Window(_choose_one(label, [*Window], Window.ALL, key))


def choose_skill(skills: Sequence[Skill]) -> Skill:
    """Choose one of the skills."""
    return Skill(_choose_one("Skill", skills, skills[0], "skill"))


def _choose_one(label: str, options: Sequence[str], default: str, key: str) -> str:
    chosen = st.segmented_control(
        label, options, required=True, format_func=str, **address.tie_choice(key, options, default)
    )
    return chosen or default


def choose_several(
    label: str, name: str, options: Sequence[str], format_label: Callable[[str], str] = str
) -> list[str]:
    """Choose any of the options with buttons, tied to the parameter `name`.

    Of very many options the first are offered, and those that the address names; a note counts the others.
    """
    others = {*options[MAX_PILLS:]}
    named = [value for value in dict.fromkeys(address.query_param_values(name)) if value in others]
    offered = [*options[:MAX_PILLS], *named[:MAX_PILLS]]
    labels: dict[str, str] = {}
    for option in offered:
        text = plain(truncated(format_label(option), MAX_PILL_LENGTH))
        # Streamlit knows an option by its label
        labels[option] = text if text not in labels.values() else f"{text} ({len(labels) + 1})"
    chosen = st.pills(
        label,
        offered,
        selection_mode="multi",
        format_func=labels.__getitem__,
        **address.tie_choices(name, offered),
    )
    if more := len(options) - len(offered):
        page.note(f"… and {more:,} more; add “&{name}=…” to this address to choose one of them.")
    return list(chosen)


def include_default_answers(evaluations: pd.DataFrame) -> bool:
    """Choose whether the grader's defaults, whole or in a criterion, count as grades; not offered if there are none."""
    return has_default_answers(evaluations) and st.toggle(
        "Count the grader’s default answers", help=State.SUSPECT.sentence, **address.tie_switch("suspect")
    )


def include_second_marks(evaluations: pd.DataFrame) -> bool:
    """Choose whether the report holds teachers' own bands; not offered if there are none."""
    return TEACHER_BAND in evaluations and st.toggle("Second marks in the report", **address.tie_switch("marks"))


def leave_out_quiet(causes: pd.DataFrame) -> pd.DataFrame:
    """Leave out muted and resolved causes (`is_quiet`) unless a switch asks for them; they then come last."""
    quiet = causes["is_quiet"]
    if not quiet.any():
        return causes
    title = f"Show {counted(int(quiet.sum()), 'muted or resolved cause')}"
    if not st.toggle(title, **address.tie_switch("quiet")):
        return causes[~quiet].reset_index(drop=True)
    return causes.sort_values("is_quiet", kind="stable", ignore_index=True)


def choose_jobs(types: list[str]) -> JobFilters:
    """Show the filters above the list of jobs; `types` are the types to choose from."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", placeholder="Ids, students and errors", type="search", **address.tie_text(JOB_SEARCH)
        )
        chosen = choose_several("Type", "type", types)
        still_broken = st.toggle(
            "Still broken only",
            help="Hides jobs that were followed by a success of the same student with the same type",
            **address.tie_switch("broken"),
        )
    return JobFilters(chosen, text, still_broken)


def choose_target(default: float = DEFAULT_TARGET) -> float:
    """Choose a target band: the class's, or on a student's page that student's."""
    chosen = st.selectbox(
        "Target band",
        TARGETS,
        width=120,
        help="The gaps below are measured against this band",
        **address.tie_list("target", TARGETS, f"{default:.1f}"),
    )
    return float(chosen or default)


def student_targets() -> dict[str, float]:
    """The students' own targets in the current address, by user id."""
    return parse_targets(address.query_param_values(links.TARGET_OF))


def choose_student_targets(user_ids: pd.Series) -> dict[str, float]:
    """Choose targets of single students: set one for any of `user_ids`, or remove one. Returns targets by user id."""
    targets = student_targets()
    popover = st.popover(
        f"Targets of {counted(len(targets), 'student')}" if targets else "A student’s own target",
        on_change="rerun",  # so that the ids are sent only while it is open
        key="own_targets",
    )
    if popover.open:
        with popover:
            user_id = pickers.select_student(user_ids)
            band = st.selectbox("Their target", TARGETS, index=TARGETS.index(f"{DEFAULT_TARGET:.1f}"), key="own_target")
            if st.button("Set", disabled=user_id is None) and user_id is not None:
                _set_targets(targets | {user_id: float(band)})
            for other, target in targets.items():
                if st.button(f"✕ {plain(other)}: {target:.1f}", key=f"own_target_of_{other}", type="tertiary"):
                    _set_targets({user: band for user, band in targets.items() if user != other})
    return targets


def parse_targets(values: Iterable[str]) -> dict[str, float]:
    """Targets by user id from values of the parameter. Invalid values are ignored; the last one of a student counts."""
    parts = (value.rpartition(":") for value in values)
    return {user_id: float(band) for user_id, _, band in parts if user_id and band in TARGETS}


def format_targets(targets: dict[str, float]) -> list[str]:
    """Targets by user id as values of the parameter: the inverse of `parse_targets`."""
    return [f"{user_id}:{band:.1f}" for user_id, band in targets.items()]


def _set_targets(targets: dict[str, float]) -> None:
    address.rerun_with(**{links.TARGET_OF: format_targets(targets)})

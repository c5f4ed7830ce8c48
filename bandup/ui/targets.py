"""Target bands: one for the class, and students' own. Both are part of the address."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from bandup.analysis.attention import DEFAULT_TARGET
from bandup.analysis.bands import BAND_VALUES
from bandup.formatting import counted
from bandup.ui import links, pickers
from bandup.ui.plain_text import plain

MIN_TARGET = 4.0
BANDS = [f"{band:.1f}" for band in BAND_VALUES if band >= MIN_TARGET]


def choose_target(default: float = DEFAULT_TARGET) -> float:
    """Choose a target band: the class's, or on a student's page that student's."""
    chosen = st.selectbox(
        "Target band",
        BANDS,
        index=BANDS.index(f"{default:.1f}"),
        key="target",
        bind="query-params",
        width=120,
        help="The gaps below are measured against this band",
    )
    return float(chosen or default)


def student_target(user_id: str) -> float:
    """The target band that the current address gives a student, or the default."""
    return parse_targets(links.query_param_values(links.TARGET_OF)).get(user_id, DEFAULT_TARGET)


def choose_student_targets(user_ids: pd.Series) -> dict[str, float]:
    """Choose targets of single students: set one for any of `user_ids`, or remove one. Returns targets by user id."""
    targets = parse_targets(links.query_param_values(links.TARGET_OF))
    popover = st.popover(
        f"Targets of {counted(len(targets), 'student')}" if targets else "A student’s own target",
        on_change="rerun",  # so that the ids are sent only while it is open
        key="own_targets",
    )
    if popover.open:
        with popover:
            user_id = pickers.select_student(user_ids)
            band = st.selectbox("Their target", BANDS, index=BANDS.index(f"{DEFAULT_TARGET:.1f}"), key="own_target")
            if st.button("Set", disabled=user_id is None) and user_id is not None:
                _set_targets(targets | {user_id: float(band)})
            for other, target in targets.items():
                if st.button(f"✕ {plain(other)}: {target:.1f}", key=f"own_target_of_{other}", type="tertiary"):
                    _set_targets({user: band for user, band in targets.items() if user != other})
    return targets


def parse_targets(values: Iterable[str]) -> dict[str, float]:
    """Targets by user id from values of the parameter. Invalid values are ignored; the last one of a student counts."""
    parts = (value.rpartition(":") for value in values)
    return {user_id: float(band) for user_id, _, band in parts if user_id and band in BANDS}


def format_targets(targets: dict[str, float]) -> list[str]:
    """Targets by user id as values of the parameter: the inverse of `parse_targets`."""
    return [links.target_of(user_id, band) for user_id, band in targets.items()]


def _set_targets(targets: dict[str, float]) -> None:
    links.set_query_params(**{links.TARGET_OF: format_targets(targets)})

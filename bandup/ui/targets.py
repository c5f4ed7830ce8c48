"""The target bands that everything is measured against: the class's, and students' own. All stand in the address."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from bandup.analysis.attention import DEFAULT_TARGET
from bandup.analysis.bands import BAND_VALUES
from bandup.formatting import counted
from bandup.ui import links, pickers
from bandup.ui.plain_text import plain

LOWEST_TARGET = 4.0
BANDS = [f"{band:.1f}" for band in BAND_VALUES if band >= LOWEST_TARGET]


def target(usual: float = DEFAULT_TARGET) -> float:
    """The class's target band, or on a student's page the student's: `usual` as long as none is chosen."""
    chosen = st.selectbox(
        "Target band",
        BANDS,
        index=BANDS.index(f"{usual:.1f}"),
        key="target",
        bind="query-params",
        width=120,
        help="What the gaps below are measured against",
    )
    return float(chosen or usual)


def of_student(user_id: str) -> float:
    """The target band that the address in force gives a student, else the usual one."""
    return read(links.parameters(links.TARGET_OF)).get(user_id, DEFAULT_TARGET)


def own(user_ids: pd.Series) -> dict[str, float]:
    """Students' own targets by user id, with a place to set one for any of `user_ids` and to take it back."""
    chosen = read(links.parameters(links.TARGET_OF))
    box = st.popover(
        f"Targets of {counted(len(chosen), 'student')}" if chosen else "A student’s own target",
        on_change="rerun",  # so that the ids are sent only while it is open
        key="own_targets",
    )
    if box.open:
        with box:
            user_id = pickers.student(user_ids)
            band = st.selectbox("Their target", BANDS, index=BANDS.index(f"{DEFAULT_TARGET:.1f}"), key="own_target")
            if st.button("Set", disabled=user_id is None) and user_id is not None:
                links.set_query_params(**{links.TARGET_OF: written({**chosen, user_id: float(band)})})
            for other, own_band in chosen.items():
                if st.button(f"✕ {plain(other)}: {own_band:.1f}", key=f"own_target_of_{other}", type="tertiary"):
                    links.set_query_params(
                        **{links.TARGET_OF: written({user: to for user, to in chosen.items() if user != other})}
                    )
    return chosen


def read(parameters: Iterable[str]) -> dict[str, float]:
    """Targets by user id out of their parameters; what is none is passed over, of two for one student the last counts."""
    parts = (parameter.rpartition(":") for parameter in parameters)
    return {user_id: float(band) for user_id, _, band in parts if user_id and band in BANDS}


def written(targets: dict[str, float]) -> list[str]:
    """Targets by user id as their parameters: `read` gives them back."""
    return [links.own_target(user_id, band) for user_id, band in targets.items()]

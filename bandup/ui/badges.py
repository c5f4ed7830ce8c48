"""Marks: the state of a job by symbol and word, and the flags of an item as sentences."""

import pandas as pd
import streamlit as st

from bandup.analysis.states import State
from bandup.charts.theme import STATE_STYLES
from bandup.ui.plain_text import plain
from data.flags import flags_in


def state_label(state: str) -> str:
    """A state as symbol and word: `✕ failed`."""
    return f"{STATE_STYLES[State(state)].glyph} {state}"


def state_labels(states: pd.Series) -> pd.Series:
    """A column of states as symbols and words (category)."""
    return states.astype("category").cat.rename_categories(state_label)


def flags(mask: int) -> None:
    """What is odd about an item, a sentence per flag, behind a heading; nothing where nothing is odd."""
    found = flags_in(mask)
    if found:
        with st.expander(f"What is odd about this item ({len(found)})"):
            for flag in found:
                st.markdown(f"- {plain(flag.sentence)} `{flag.label}`")

"""The states of jobs as symbols and words, and the flags of an item as sentences."""

import pandas as pd
import streamlit as st

from bandup.charts.theme import state_label
from bandup.ui.plain_text import plain
from data.flags import flags_in


def state_labels(states: pd.Series) -> pd.Series:
    """A column of states as symbols and words (category)."""
    return states.astype("category").cat.rename_categories(state_label)


def show_flags(mask: int) -> None:
    """Show a sentence per flag of an item in an expander; nothing where it has no flag."""
    flags = flags_in(mask)
    if flags:
        with st.expander(f"Data issues of this item ({len(flags)})"):
            for flag in flags:
                st.markdown(f"- {plain(flag.sentence)} `{flag.label}`")

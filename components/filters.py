"""Filters that live in the address."""

import pandas as pd
import streamlit as st

from analysis.states import State
from charts.theme import STATE_STYLES
from components import links


def states(by_state: pd.Series) -> list[State]:
    """A row of counts by state, each a filter: a click puts the state into the address or takes it out again.

    `by_state`: as `analysis.states.counts` gives it. Returns the states in the address, in order of `State`.
    """
    chosen = set(links.parameter("state").split(","))
    with st.container(horizontal=True, gap="small"):
        for state in State:
            style = STATE_STYLES[state]
            if st.button(
                f"{style.glyph} {state} **{by_state[state]:,}**",
                key=f"state_{state}",
                type="primary" if state in chosen else "secondary",
                help=state.sentence,
            ):
                _put(chosen ^ {state})
    return [state for state in State if state in chosen]


def _put(chosen: set[str]) -> None:
    ordered = ",".join(state for state in State if state in chosen)
    if ordered:
        st.query_params["state"] = ordered
    else:
        st.query_params.pop("state", None)
    st.rerun()

"""Study mode: one card at a time, turned with the space bar, known or to repeat. Kept for this session only."""

from random import Random

import pandas as pd
import streamlit as st

from bandup.analysis import study_round
from bandup.formatting import counted
from bandup.ui import html
from bandup.ui.card_grid import study_card


@st.fragment
def show(cards: pd.DataFrame, set_id: str) -> None:
    """Show a round over the cards of one set; columns as of `bandup.analysis.flashcard_sets.cards_frame`."""
    key = f"round {set_id}"
    if key not in st.session_state or st.session_state[key].total != len(cards):
        st.session_state[key] = study_round.start(len(cards))
    current: study_round.Round = st.session_state[key]

    def set_round(new: study_round.Round) -> None:
        st.session_state[key] = new

    st.progress(
        current.known / max(1, current.total), text=f"{current.known} of {counted(current.total, 'card')} known"
    )
    if current.card is None:
        st.success("Every card of this set is known.", icon="🎉")
    else:
        html.show(study_card(cards.iloc[current.card], with_answer=current.is_turned))
    with st.container(horizontal=True):
        for label, shortcut, new in (
            ("Turn", "Space", current.turned()),
            ("Again", "Left", current.with_again()),
            ("Known", "Right", current.with_known()),
        ):
            st.button(
                label,
                on_click=set_round,
                args=(new,),
                key=label.lower(),
                shortcut=shortcut,
                disabled=current.card is None,
            )
        st.button(
            "Shuffle and start again",
            on_click=lambda: set_round(study_round.start(current.total, Random())),  # noqa: S311 - no secret
            key="shuffle",
        )
        st.button("Start again", on_click=set_round, args=(study_round.start(current.total),), key="restart")

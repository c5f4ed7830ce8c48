"""Study mode: one card at a time, turned with the space bar, known or to see again. Kept for this session only."""

from random import Random

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import study_round
from bandup.formatting import counted
from bandup.ui.card_grid import kind_label
from bandup.ui.html import element, joined, show


@st.fragment
def table(cards: pd.DataFrame, set_id: str) -> None:
    """The cards (columns as of `bandup.analysis.flashcard_sets.cards_frame`) as a round of their own per set."""
    key = f"round {set_id}"
    if key not in st.session_state or st.session_state[key].total != len(cards):
        st.session_state[key] = study_round.start(len(cards))
    now: study_round.Round = st.session_state[key]

    def becomes(then: study_round.Round) -> None:
        st.session_state[key] = then

    st.progress(now.known / max(1, now.total), text=f"{now.known} of {counted(now.total, 'card')} known")
    if now.card is None:
        st.success("Every card of this set is known.", icon="🎉")
    else:
        show(_face(cards.iloc[now.card], is_turned=now.is_turned))
    with st.container(horizontal=True):
        st.button(
            "Turn",
            on_click=becomes,
            args=(now.turned(),),
            key="turn",
            shortcut="Space",
            disabled=now.card is None,
        )
        st.button(
            "Again",
            on_click=becomes,
            args=(now.with_again(),),
            key="again",
            shortcut="Left",
            disabled=now.card is None,
        )
        st.button(
            "Known",
            on_click=becomes,
            args=(now.with_known(),),
            key="known",
            shortcut="Right",
            disabled=now.card is None,
        )
        st.button(
            "Shuffle and start again",
            on_click=lambda: becomes(study_round.start(now.total, Random())),  # noqa: S311 - no secret
            key="shuffle",
        )
        st.button("Start again", on_click=becomes, args=(study_round.start(now.total),), key="restart")


def _face(card: pd.Series, *, is_turned: bool) -> Markup:
    marks = " · ".join(kind_label(str(card[name])) for name in ("type", "difficulty") if card[name])
    parts = [element("p", card["question"] or "No question", "b-question")]
    if is_turned:
        parts.append(element("p", card["answer"] or "No answer", "b-answer"))
    if marks:
        parts.append(element("p", marks, "b-note"))
    return element("div", joined(parts), "b-card b-face")

"""Flashcards: a grid of cards with filters, and study mode, one card at a time."""

from random import Random

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import flashcard_sets, study_round
from bandup.formatting import counted
from bandup.templating import render
from bandup.ui import address, html
from bandup.ui.plain_text import plain


def grid(cards: pd.DataFrame) -> Markup:
    """The cards of `bandup.analysis.flashcard_sets.cards_frame` side by side; a column `mark` says what is wrong with one."""
    return render("card_grid.html", cards=[_values(card) for _, card in cards.iterrows()])


def show_filters(cards: pd.DataFrame) -> pd.DataFrame:
    """Show filters by text, type and difficulty, and return the cards that pass."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="A word of a card", type="search", **address.tie_text("find"))
        types = _pills("Type", cards["type"])
        difficulties = _pills("Difficulty", cards["difficulty"])
    return flashcard_sets.filter_cards(cards, types, difficulties, text)


@st.fragment
def show_study_mode(cards: pd.DataFrame, set_id: str) -> None:
    """Show a round over the cards of one set: turned with the space bar, known or to repeat. Kept for this session only."""
    key = f"round {set_id}"
    if key not in st.session_state or st.session_state[key].total != len(cards):
        st.session_state[key] = study_round.start(len(cards))
    current: study_round.Round = st.session_state[key]

    def set_round(new: study_round.Round) -> None:
        st.session_state[key] = new

    known = f"{current.known} of {counted(current.total, 'card')} known"
    st.progress(current.known / max(1, current.total), text=known)
    is_over = current.card is None
    if current.card is None:
        st.success("Every card of this set is known.", icon="🎉")
    else:
        card = _values(cards.iloc[current.card]) | {"problem": ""}
        html.show(render("study_card.html", card=card, with_answer=current.is_turned))
    with st.container(horizontal=True):
        for label, shortcut, new in (
            ("Turn", "Space", current.turned()),
            ("Again", "Left", current.with_again()),
            ("Known", "Right", current.with_known()),
        ):
            st.button(label, label.lower(), on_click=set_round, args=(new,), shortcut=shortcut, disabled=is_over)
        st.button(
            "Shuffle and start again",
            on_click=lambda: set_round(study_round.start(current.total, Random())),  # noqa: S311 - no secret
            key="shuffle",
        )
        st.button("Start again", on_click=set_round, args=(study_round.start(current.total),), key="restart")


def code_label(code: str) -> str:
    """`FILL_BLANK` as words: `fill blank`."""
    return code.replace("_", " ").lower()


def option_label(code: str) -> str:
    """A type or difficulty as an option to choose, safe for a slot that renders Markdown."""
    return plain(code_label(code))


def _values(card: pd.Series) -> dict[str, str]:
    labels = [code_label(str(card[name])) for name in ("type", "difficulty") if card[name]]
    problem = card.get("mark") or ""
    return {"question": card["question"], "answer": card["answer"], "labels": " · ".join(labels), "problem": problem}


def _pills(label: str, codes: pd.Series) -> list[str]:
    options = [code for code in codes.unique() if code]
    if not options:
        return []
    tied = address.tie_choices(str(codes.name), options)
    return list(st.pills(label, options, selection_mode="multi", format_func=option_label, **tied))

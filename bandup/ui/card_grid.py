"""Flashcards as cards: question and answer, type and difficulty."""

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import flashcard_sets
from bandup.ui.html import element, joined
from bandup.ui.plain_text import plain


def grid(cards: pd.DataFrame) -> Markup:
    """The cards side by side; columns as of `bandup.analysis.flashcard_sets.cards_frame`, and `mark`: what is wrong with a card."""
    return element("ul", joined(_card(card) for _, card in cards.iterrows()), "b-cards")


def _card(card: pd.Series) -> Markup:
    marks = " · ".join(kind_label(str(card[name])) for name in ("type", "difficulty") if card[name])
    parts = [
        element("p", card["question"] or "No question", "b-question"),
        element("p", card["answer"] or "No answer", "b-answer"),
        *([element("p", marks, "b-note")] if marks else []),
        *([element("p", f"⚠ {card['mark']}", "b-note")] if card.get("mark") else []),
    ]
    return element("li", joined(parts), "b-card")


def kind_label(code: str) -> str:
    """`FILL_BLANK` as words: `fill blank`."""
    return code.replace("_", " ").lower()


def option(code: str) -> str:
    """A type or difficulty as an option to choose, safe for a slot that renders Markdown."""
    return plain(kind_label(code))


def filtered(cards: pd.DataFrame) -> pd.DataFrame:
    """Filters above the cards, of the types and difficulties there are, and the cards that pass."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="A word of a card", key="card_search", type="search")
        types = _chosen("Type", cards["type"])
        difficulties = _chosen("Difficulty", cards["difficulty"])
    return flashcard_sets.matching(cards, types, difficulties, text)


def _chosen(label: str, codes: pd.Series) -> list[str]:
    options = [code for code in codes.unique() if code]
    return list(st.pills(label, options, selection_mode="multi", format_func=option)) if options else []

"""Flashcards as cards: question and answer, type and difficulty."""

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import flashcard_sets
from bandup.templating import render
from bandup.ui.plain_text import plain


def grid(cards: pd.DataFrame) -> Markup:
    """The cards side by side.

    `cards`: columns as of `bandup.analysis.flashcard_sets.cards_frame`, and optionally `mark`: what is wrong with a card.
    """
    return render("card_grid.html", cards=[_values(card) for _, card in cards.iterrows()])


def study_card(card: pd.Series, *, with_answer: bool) -> Markup:
    """One card, large, for study mode; before it is turned without its answer."""
    return render("study_card.html", card=_values(card) | {"problem": ""}, with_answer=with_answer)


def _values(card: pd.Series) -> dict[str, str]:
    labels = [code_label(str(card[name])) for name in ("type", "difficulty") if card[name]]
    return {
        "question": card["question"],
        "answer": card["answer"],
        "labels": " · ".join(labels),
        "problem": card.get("mark") or "",
    }


def code_label(code: str) -> str:
    """`FILL_BLANK` as words: `fill blank`."""
    return code.replace("_", " ").lower()


def option_label(code: str) -> str:
    """A type or difficulty as an option to choose, safe for a slot that renders Markdown."""
    return plain(code_label(code))


def show_filters(cards: pd.DataFrame) -> pd.DataFrame:
    """Show filters by text, type and difficulty, and return the cards that pass."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="A word of a card", key="card_search", type="search")
        types = _pills("Type", cards["type"])
        difficulties = _pills("Difficulty", cards["difficulty"])
    return flashcard_sets.filter_cards(cards, types, difficulties, text)


def _pills(label: str, codes: pd.Series) -> list[str]:
    options = [code for code in codes.unique() if code]
    return list(st.pills(label, options, selection_mode="multi", format_func=option_label)) if options else []

"""Flashcards: a grid of cards with filters, and study mode, one card at a time."""

from collections.abc import Sequence
from contextlib import nullcontext
from random import Random

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import card_options, flashcard_sets, study_round
from bandup.formatting import counted, truncated
from bandup.templating import render
from bandup.ui import address, filters, html, page
from data.records import FlashcardSet

MAX_OPTIONS = 26
MAX_OTHERS = 12
MAX_LENGTH = 400
"""What is drawn of a card besides question and answer: options, other fields, characters of each. An item has up to 400 KB."""

MAX_CARD_ROWS = MAX_OPTIONS + MAX_OTHERS

MAX_ROWS = 360
"""Options and other fields on one page of cards: each makes up to three elements."""

MAX_TEXTS = 20
MAX_TEXT_LENGTH = 4_000
"""Entries of a set that are not cards: how many are shown, and characters of each."""


def grid(cards: pd.DataFrame) -> Markup:
    """The cards of `bandup.analysis.flashcard_sets.cards_frame` side by side; a column `mark` says what is wrong with one."""
    all_rows = [
        min(len(options), MAX_OPTIONS) + min(len(others) + 1, MAX_OTHERS)
        for options, others in zip(cards["options"], cards["others"], strict=True)
    ]
    most = next(most for most in range(MAX_CARD_ROWS, -1, -1) if sum(min(rows, most) for rows in all_rows) <= MAX_ROWS)
    return render("card_grid.html", cards=[_values(card, most) for _, card in cards.iterrows()])


def choose_view(views: Sequence[str]) -> str:
    """Choose one of two views of a set, the first unless another is chosen.

    The second is in a container of its own, so that the browser draws the buttons again and they lose the focus: a focused
    button would take the keys of study mode for itself.
    """
    tied = address.tie_choice("view", views, views[0])
    with st.container() if address.query_param("view") == views[1] else nullcontext():
        return str(st.segmented_control("View", views, required=True, **tied))


def show_filters(cards: pd.DataFrame) -> pd.DataFrame:
    """Show filters by text, type and difficulty, and return the cards that pass."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", placeholder="A word of a card", type="search", **address.tie_text("find"))
        types = _choose_codes("Type", cards["type"])
        difficulties = _choose_codes("Difficulty", cards["difficulty"])
    return flashcard_sets.filter_cards(cards, types, difficulties, text)


def show_other_texts(flashcard_set: FlashcardSet) -> None:
    """Show what is stored with the cards and is none: entries that are not cards, texts beside the list. Bounded."""
    for sentence, texts in (
        ("Stored in this set, but not readable as a card:", flashcard_set.unreadable),
        ("Stored beside the cards:", flashcard_set.beside),
    ):
        for text in texts[:MAX_TEXTS]:
            page.note(sentence)
            page.code(truncated(text, MAX_TEXT_LENGTH))
        if len(texts) > MAX_TEXTS:
            page.note(f"And {counted(len(texts) - MAX_TEXTS, 'more entry', 'more entries')} in the raw item.")


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


def _values(card: pd.Series, most: int = MAX_CARD_ROWS) -> dict[str, object]:
    """What the macro `flashcard` shows of a card, with at most `most` options and other fields together."""
    labels = [truncated(code_label(str(card[name])), MAX_LENGTH) for name in ("type", "difficulty") if card[name]]
    options = card_options.options_of(card["options"], card["answer"])
    source = {"source chunk": card["source_chunk"]} if card["source_chunk"] else {}
    others = [*(source | card["others"]).items()]
    options_shown = options[: min(MAX_OPTIONS, most)]
    others_shown = others[: min(MAX_OTHERS, most - len(options_shown))]
    return {
        "question": card["question"],
        "answer": card["answer"],
        "options": [option._replace(text=truncated(option.text, MAX_LENGTH)) for option in options_shown],
        "more_options": len(options) - len(options_shown),
        "labels": " · ".join(labels),
        "others": [(truncated(name, 60), truncated(text, MAX_LENGTH)) for name, text in others_shown],
        "more_others": len(others) - len(others_shown),
        "problem": card.get("mark") or "",
    }


def _choose_codes(label: str, codes: pd.Series) -> list[str]:
    """Choose any of the codes in a column of cards; the most frequent ones are offered first where there are very many."""
    options = [code for code in codes.unique() if code]
    if len(options) > filters.MAX_PILLS:
        options = [code for code in codes.value_counts().index if code]
    return filters.choose_several(label, str(codes.name), options, code_label) if options else []

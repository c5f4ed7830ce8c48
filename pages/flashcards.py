"""Flashcards: everybody's sets, one student's, or one set with its cards. For teachers."""

import streamlit as st

from analysis import decks, flashcards
from components import cards as cards_grid
from components import cost, facts, links, lists, markup, page, reading, study, take_away
from components.marks import flags
from components.text import counted
from data import cached

CARDS_PER_PAGE = 60
VIEWS = (READ, STUDY) = ("Read", "Study")

set_id, user_id = links.parameter("set_id"), links.parameter("user_id")
if not set_id:
    if user_id:
        student = cached.student(user_id)
        once, cost_read = student.once, student.cost
        sets = once(flashcards.all_sets, student.evaluations, student.flashcard_sets)
        st.page_link(links.STUDENT, label="← All of this student", query_params=links.student(user_id))
    else:
        cohort = reading.wait_for(cached.snapshots())
        sets, once, cost_read = cohort.sets, cohort.once, cohort.cost
    page.header("Flashcards", f"{counted(len(sets), 'set')}{f' of {user_id}' if user_id else ', newest first'}.")
    if sets.empty:
        page.nothing("No flashcard sets here.", "They stand here as soon as a PDF is turned into cards.")
    else:
        lists.flashcard_sets(once(lists.with_documents, sets), "sets", once, with_student=not user_id)
        if user_id:
            take_away.flashcards(user_id, cached.later(lambda: cached.flashcard_sets_of(user_id)), cached.now)
    cost.line(cost_read, cached)
    st.stop()

read = cached.flashcard_set(set_id, user_id)
if read is None:
    page.no_such("flashcard set", f"set_id {set_id}\nuser_id {user_id}", links.FLASHCARDS, "All flashcard sets")

row, opened = read.row, read.flashcard_set
st.page_link(links.FLASHCARDS, label="← All sets of this student", query_params=links.student(user_id))
document = flashcards.document_name(row["document_id"], row["document_url"])
page.header(document or "Flashcard set", facts.set_subtitle(row, len(opened.cards), cached.now()))
facts.state_notice(row)
for entry in opened.unreadable:
    page.note("Stored here, but no card:")
    st.code(entry, language=None, wrap_lines=True)

cards = flashcards.cards_frame(opened.cards)
cards["mark"] = decks.marks(cards)
if cards.empty:
    page.nothing("No card can be read in this set.", "The raw item below holds all there is.")
elif st.segmented_control("View", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params") == STUDY:
    study.table(cards, set_id)
else:
    found = cards_grid.filtered(cards)
    page.note(f"{len(found):,} of {counted(len(cards), 'card')}")
    pages = -(-len(found) // CARDS_PER_PAGE)
    number = st.pagination(pages, key="cards_page") if pages > 1 else 1
    if found.empty:
        page.nothing("No card matches.", "Change or clear the filters.")
    markup.show(cards_grid.grid(found.iloc[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]))

if opened.cards:
    take_away.flashcards(document or set_id, lambda: [opened], cached.now)
flags(int(row["flags"]))
if st.toggle("Show the raw item", key="raw"):
    st.code(opened.raw, language="json", wrap_lines=True)
cost.line(read.cost, cached)

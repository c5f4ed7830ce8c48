"""Flashcards: everybody's sets, one student's, or one set with its cards. For teachers."""

import streamlit as st

from bandup import clock
from bandup.analysis import flashcard_sets
from bandup.auth import guard
from bandup.exports import anki
from bandup.formatting import counted
from bandup.queries import cached
from bandup.ui import (
    card_grid,
    downloads,
    html,
    item_details,
    item_tables,
    links,
    page,
    read_cost,
    snapshot_status,
    study_mode,
)
from bandup.ui.badges import flags

CARDS_PER_PAGE = 60
VIEWS = (READ, STUDY) = ("Read", "Study")

set_id, user_id = links.parameter("set_id"), links.parameter("user_id")
if not set_id:
    if user_id:
        student = cached.student(user_id)
        cost_read = student.cost
        sets = flashcard_sets.all_sets(student.evaluations, student.flashcard_sets)
        st.page_link(links.STUDENT, label="← All of this student", query_params=links.student(user_id))
    else:
        cohort = snapshot_status.wait_for(cached.snapshots())
        sets, cost_read = cohort.sets, cohort.cost
    page.header("Flashcards", f"{counted(len(sets), 'set')}{f' of {user_id}' if user_id else ', newest first'}.")
    if sets.empty:
        page.nothing("No flashcard sets here.", "They stand here as soon as a PDF is turned into cards.")
    else:
        item_tables.flashcard_sets(item_tables.with_documents(sets), "sets", with_student=not user_id)
        if user_id:
            downloads.flashcards(user_id, guard.as_current_user(lambda: cached.flashcard_sets_of(user_id)), clock.now)
    read_cost.line(cost_read, cached.cost_of_this_run(), cached.settings())
    st.stop()

read = cached.flashcard_set(set_id, user_id)
if read is None:
    page.no_such("flashcard set", f"set_id {set_id}\nuser_id {user_id}", links.FLASHCARDS, "All flashcard sets")

row, opened = read.row, read.flashcard_set
st.page_link(links.FLASHCARDS, label="← All sets of this student", query_params=links.student(user_id))
document = flashcard_sets.document_name(row["document_id"], row["document_url"])
page.header(document or "Flashcard set", item_details.set_subtitle(row, len(opened.cards), clock.now()))
item_details.state_notice(row)
for entry in opened.unreadable:
    page.note("Stored here, but no card:")
    st.code(entry, language=None, wrap_lines=True)

cards = flashcard_sets.cards_frame(opened.cards)
cards["mark"] = anki.marks(cards)
if cards.empty:
    page.nothing("No card can be read in this set.", "The raw item below holds all there is.")
elif st.segmented_control("View", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params") == STUDY:
    study_mode.table(cards, set_id)
else:
    found = card_grid.filtered(cards)
    page.note(f"{len(found):,} of {counted(len(cards), 'card')}")
    pages = -(-len(found) // CARDS_PER_PAGE)
    number = st.pagination(pages, key="cards_page") if pages > 1 else 1
    if found.empty:
        page.nothing("No card matches.", "Change or clear the filters.")
    html.show(card_grid.grid(found.iloc[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]))

if opened.cards:
    downloads.flashcards(document or set_id, lambda: [opened], clock.now)
flags(int(row["flags"]))
if st.toggle("Show the raw item", key="raw"):
    st.code(opened.raw, language="json", wrap_lines=True)
read_cost.line(read.cost, cached.cost_of_this_run(), cached.settings())

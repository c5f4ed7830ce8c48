"""Flashcards: everyone's sets, one student's sets, or one set with its cards. For teachers."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import flashcard_sets
from bandup.exports import anki
from bandup.formatting import counted
from bandup.queries import cached_reads, run_cost
from bandup.ui import address, card_views, downloads, html, item_details, item_tables, links, page, read_status

CARDS_PER_PAGE = 60
VIEWS = (READ, STUDY) = ("Read", "Study")

set_id, user_id = address.query_param("set_id"), address.query_param("user_id")
if not set_id:
    if user_id:
        page.require_student_id(user_id)
        student = cached_reads.student(user_id)
        sets, cost = flashcard_sets.all_sets(student.evaluations, student.flashcard_sets), student.cost
        if sets.empty and (other_form := cached_reads.stored_form(user_id)):
            address.correct(user_id=other_form)
        address.link_back(links.STUDENT, "← This student’s page", user_id=user_id)
        is_complete = not student.incomplete_because
        found = "" if is_complete else " found so far"
        page.header("Flashcards", f"{counted(len(sets), 'set')} of {user_id}{found}.")
        read_status.show_student_reads([student], cached_reads.whole_read(), clock.now())
        item_tables.show_flashcard_sets(sets, "sets", with_student=False, is_complete=is_complete)
        if len(sets):
            downloads.flashcard_buttons(user_id, partial(cached_reads.flashcard_sets_of, user_id), clock.now)
    else:
        refresh = cached_reads.dataset_refresh()
        dataset = read_status.wait_for(refresh)
        page.header("Flashcards", f"{counted(len(dataset.sets), 'set')}, newest first.")
        read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)
        item_tables.show_flashcard_sets(dataset.sets, "sets", with_student=True)
        cost = dataset.cost
    read_status.show_cost(cost, run_cost.total(), cached_reads.settings())
    st.stop()

read = cached_reads.flashcard_set(set_id, user_id)
if read is None:
    if corrected := cached_reads.stored_ids(user_id, set_id=set_id):
        address.correct(**corrected)
    page.not_found("flashcard set", f"set_id {set_id}\nuser_id {user_id}", links.FLASHCARDS, "All flashcard sets")

row, flashcard_set = read.row, read.flashcard_set
address.link_back(links.FLASHCARDS, "← This student’s sets", user_id=user_id)
document = flashcard_sets.document_name(row["document_id"], row["document_url"])
page.header(document or "Flashcard set", item_details.set_subtitle(row, len(flashcard_set.cards), clock.now()))
item_details.show_state(row)
card_views.show_other_texts(flashcard_set)

cards = flashcard_sets.cards_frame(flashcard_set.cards)
cards["mark"] = anki.card_problems(cards)
if cards.empty:
    page.empty_state("No readable cards in this set.", "The raw item below shows everything that is stored.")
elif card_views.choose_view(VIEWS) == STUDY:
    card_views.show_study_mode(cards, set_id)
else:
    matching = card_views.show_filters(cards)
    page.note(f"{len(matching):,} of {counted(len(cards), 'card')}")
    page_count = -(-len(matching) // CARDS_PER_PAGE)
    number = st.pagination(page_count, **address.tie_number("page", page_count)) if page_count > 1 else 1
    if matching.empty:
        page.empty_state("No cards match.", "Change or clear the filters.")
    html.show(card_views.grid(matching.iloc[(number - 1) * CARDS_PER_PAGE : number * CARDS_PER_PAGE]))

if flashcard_set.cards:
    downloads.flashcard_buttons(document or set_id, lambda: [flashcard_set], clock.now)
item_details.show_flags(int(row["flags"]))
item_details.show_raw(flashcard_set.raw)
read_status.show_cost(read.cost, run_cost.total(), cached_reads.settings())

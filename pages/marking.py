"""Marking: the attempt to mark next without seeing the AI's bands, why it was drawn, and what was marked. For teachers."""

import streamlit as st

from bandup import clock
from bandup.analysis import second_marks
from bandup.analysis.attempts import evaluation_title
from bandup.queries import cached_reads, reviews, run_cost
from bandup.ui import address, item_details, links, marking_view, page, read_status, reviewer_name

page.header("Marking", "Mark attempts as you would yourself; how far the AI agrees is then known, not assumed.")
if not reviews.are_on():
    page.note(reviews.HOW_TO_TURN_ON)
    st.stop()
refresh = cached_reads.dataset_refresh()
dataset = read_status.wait_for(refresh)
read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)
stored = reviews.for_teacher()
if stored.problem:
    page.warning(stored.problem)
by = reviewer_name.ask(reviews.signed_in_as())
if not by:
    st.stop()
page.text(marking_view.progress_sentence(stored.marks, by, clock.now()))

page.section("Next")
queue = reviews.next_to_mark(by)
if queue.empty:
    page.empty_state(
        "There is nothing left to mark.", "Attempts of the last 120 days appear here once they are graded."
    )
else:
    attempt = queue.iloc[0]
    title = evaluation_title(attempt["evaluation_type"], attempt["task_type"], attempt["part"])
    page.subsection(title)
    page.text(item_details.subtitle(attempt, clock.now()))
    page.note(marking_view.why_drawn(attempt))
    with st.container(horizontal=True):
        if st.button("Mark it", type="primary", shortcut="Enter", key="mark_next"):
            address.go_to(links.EVALUATION, links.to_mark(attempt["evaluation_id"], attempt["user_id"]))
        if skip := marking_view.show_skip(attempt["evaluation_id"], attempt["user_id"], by, clock.now()):
            marking_view.store_and_rerun(skip, reviews.add_about_student)

own = second_marks.own_marks(stored.marks, by)
page.section("What you marked")
if own.empty:
    page.empty_state("You have not marked anything yet.", "Your marks appear here beside the AI’s.")
elif (clicked := marking_view.show_own_marks(own)) is not None:
    address.go_to(links.EVALUATION, links.evaluation(clicked["evaluation_id"], clicked["user_id"]))
read_status.show_cost(dataset.cost, run_cost.total(), cached_reads.settings())

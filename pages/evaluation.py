"""Evaluation: one attempt with its bands, feedback, and essay or transcript. For teachers."""

import streamlit as st

from bandup import clock
from bandup.analysis import attempts, second_marks
from bandup.queries import cached_reads, reviews, run_cost
from bandup.ui import (
    address,
    annotated_text,
    attempt_panels,
    html,
    item_details,
    links,
    marking_view,
    notes_view,
    page,
    pickers,
    read_status,
    reviewer_name,
)

evaluation_id, user_id = address.query_param("evaluation_id"), address.query_param("user_id")
if not (evaluation_id and user_id):
    page.header("Evaluation", "Open an evaluation from a student’s page.")
    address.link_back(links.STUDENTS, "← All students")
    st.stop()

read = cached_reads.evaluation(evaluation_id, user_id)
if read is None:
    if corrected := cached_reads.stored_ids(user_id, evaluation_id=evaluation_id):
        address.correct(**corrected)
    page.not_found("evaluation", f"evaluation_id {evaluation_id}\nuser_id {user_id}", links.STUDENTS, "All students")

row, evaluation = read.row, read.evaluation
evaluation_type, task_type = str(row["evaluation_type"]), row["task_type"]
if evaluation_type == "flashcard":
    address.redirect(links.FLASHCARDS, links.flashcard_set(evaluation_id, user_id))

address.link_back(links.STUDENT, "← This student’s page", user_id=user_id)
title = attempts.evaluation_title(row["evaluation_type"], task_type, row["part"])
page.header(title, item_details.subtitle(row, clock.now()))
stored = reviews.for_teacher()
if can_be_marked := reviews.are_on() and second_marks.can_be_marked(row):
    marks = second_marks.marks_of(stored.marks, evaluation_id, user_id)
    if marking_view.is_blind_address():
        # nothing of the grade may reach the browser before the mark is stored
        by = reviewer_name.ask(reviews.signed_in_as())
        if not by:
            st.stop()
        if by not in [*marks["by"]]:
            draw = marking_view.remember_draw(row, reviews.next_to_mark(by))
            if entry := marking_view.show_blind(row, evaluation, draw, by, clock.now()):
                marking_view.store_and_rerun(entry, reviews.add_about_student)
            st.stop()

item_details.show_state(row, read.same_job_users)

attempt_panels.show_scoreboard(row, evaluation)
if can_be_marked:
    marking_view.remember_seen(row)
    if len(marks):
        marking_view.show_marks(marks, row)
    marking_view.show_next(row, lambda: reviews.next_to_mark(reviewer_name.ask(reviews.signed_in_as())))
    if entry := marking_view.mark_in_sight(row, reviews.signed_in_as(), clock.now()):
        marking_view.store_and_rerun(entry, reviews.add_about_student)
if reviews.are_on():
    notes = stored.notes
    notes_view.show_notes(notes[notes["evaluation_id"].eq(evaluation_id) & notes["user_id"].eq(user_id)])
    new_note = notes_view.new_note(user_id, evaluation_id, reviews.signed_in_as(), clock.now())
    notes_view.save(new_note, reviews.add_about_student)
if stored.problem:
    page.note(stored.problem)
neighbours = st.container()

text, feedback = st.columns([3, 2], gap="large")
with feedback:
    page.section("Feedback")
    if evaluation.feedback:
        bands, with_examples = attempt_panels.bands_of(row), not evaluation.essay_text
        html.show(attempt_panels.feedback_panel(evaluation.feedback, bands, task_type, with_examples=with_examples))
    else:
        page.empty_state("No feedback is stored.", "The raw item below shows everything that is stored.")
with text:
    if evaluation.essay_text:
        page.section("Essay")
        html.show(annotated_text.evaluation_essay(evaluation, item_details.optional_int(row["word_count"])))
    if evaluation.transcript:
        page.section("Transcript")
        annotated_text.show_transcript(evaluation.transcript)
    if not (evaluation.essay_text or evaluation.transcript):
        page.section("Text")
        page.empty_state("No essay or transcript is stored.", "The raw item below shows everything that is stored.")

item_details.show_details(row, evaluation)
item_details.show_flags(int(row["flags"]))
item_details.show_raw(evaluation.raw)

# last, so that nothing above waits for the student's other attempts
student = cached_reads.student(user_id)
before, after = attempts.neighbours(student.evaluations, evaluation_id)
with neighbours:
    item_details.show_neighbours(row, before, after)
    pickers.compare_link(row, before)
read_status.show_cost(read.cost + student.cost, run_cost.total(), cached_reads.settings())

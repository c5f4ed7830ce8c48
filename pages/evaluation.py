"""Evaluation: one attempt with its bands, feedback, and essay or transcript. For teachers."""

import streamlit as st

from bandup import clock
from bandup.analysis import attempts, quote_matching
from bandup.analysis.bands import BAND_COLUMNS, Skill
from bandup.queries import cached_reads, run_cost
from bandup.ui import (
    annotated_text,
    badges,
    band_badges,
    feedback_panel,
    html,
    item_details,
    links,
    page,
    pickers,
    read_cost,
    transcript,
)

evaluation_id, user_id = links.query_param("evaluation_id"), links.query_param("user_id")
if not (evaluation_id and user_id):
    page.header("Evaluation", "Open an evaluation from a student’s page.")
    st.page_link(links.STUDENTS, label="← All students")
    st.stop()

read = cached_reads.evaluation(evaluation_id, user_id)
if read is None:
    page.not_found("evaluation", f"evaluation_id {evaluation_id}\nuser_id {user_id}", links.STUDENTS, "All students")

row, evaluation = read.row, read.evaluation
evaluation_type, task_type = str(row["evaluation_type"]), row["task_type"]
if evaluation_type == "flashcard":
    st.switch_page(links.FLASHCARDS, query_params=links.flashcard_set(evaluation_id, user_id))

st.page_link(links.STUDENT, label="← This student’s page", query_params=links.student(user_id))
title = attempts.evaluation_title(row["evaluation_type"], task_type, row["part"])
page.header(title, item_details.subtitle(row, clock.now()))
item_details.show_state(row, read.same_job_users)

bands = {name: float(row[name]) for name in BAND_COLUMNS}
if evaluation_type in {*Skill}:
    html.show(band_badges.scoreboard(bands, evaluation.stored_bands, Skill(evaluation_type), task_type))
neighbours = st.container()

text, feedback = st.columns([3, 2], gap="large")
with feedback:
    page.section("Feedback")
    if evaluation.feedback:
        # quoted examples are marked in the essay, if there is one
        with_examples = not evaluation.essay_text
        html.show(feedback_panel.panel(evaluation.feedback, bands, task_type, with_examples=with_examples))
    else:
        page.empty_state("No feedback is stored.", "The raw item below shows everything that is stored.")
with text:
    if evaluation.essay_text:
        page.section("Essay")
        words = item_details.optional_int(row["word_count"])
        quotes = quote_matching.locate_quotes(evaluation.feedback.quoted_examples, evaluation.essay_text, words)
        html.show(annotated_text.essay(evaluation.essay_text, quotes, words))
    if evaluation.transcript:
        page.section("Transcript")
        transcript.show(evaluation.transcript)
    if not (evaluation.essay_text or evaluation.transcript):
        page.section("Text")
        page.empty_state("No essay or transcript is stored.", "The raw item below shows everything that is stored.")

item_details.show_details(row, evaluation)
badges.show_flags(int(row["flags"]))
item_details.show_raw(evaluation.raw)

# last, so that nothing above waits for the student's other attempts
student = cached_reads.student(user_id)
before, after = attempts.neighbours(student.evaluations, evaluation_id)
with neighbours:
    item_details.show_neighbours(row, before, after)
    pickers.compare_link(row, before)
read_cost.show(read.cost + student.cost, run_cost.total(), cached_reads.settings())

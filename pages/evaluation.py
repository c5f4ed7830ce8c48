"""Evaluation: one attempt, made for reading. For teachers."""

import streamlit as st

from bandup import clock
from bandup.analysis import attempts, quote_matching
from bandup.analysis.bands import BAND_COLUMNS, Skill
from bandup.queries import cached
from bandup.ui import (
    annotated_text,
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
from bandup.ui.badges import flags

evaluation_id, user_id = links.parameter("evaluation_id"), links.parameter("user_id")
if not (evaluation_id and user_id):
    page.header("Evaluation", "An evaluation is opened from a student’s page.")
    st.page_link(links.STUDENTS, label="← All students")
    st.stop()

read = cached.evaluation(evaluation_id, user_id)
if read is None:
    page.no_such("evaluation", f"evaluation_id {evaluation_id}\nuser_id {user_id}", links.STUDENTS, "All students")

row, evaluation = read.row, read.evaluation
kind = str(row["evaluation_type"])
if kind == "flashcard":
    st.switch_page(links.FLASHCARDS, query_params=links.flashcard_set(evaluation_id, user_id))

st.page_link(links.STUDENT, label="← All of this student", query_params=links.student(user_id))
page.header(
    attempts.titled(row["evaluation_type"], row["task_type"], row["part"]), item_details.subtitle(row, clock.now())
)
item_details.state_notice(row, read.same_job_users)

stored = {name: float(row[name]) for name in BAND_COLUMNS}
if kind in {*Skill}:
    html.show(band_badges.scoreboard(stored, evaluation.stored_bands, Skill(kind), row["task_type"]))
around = st.container()

text, said = st.columns([3, 2], gap="large")
with said:
    page.section("Feedback")
    if evaluation.feedback:
        alone = not evaluation.essay_text
        html.show(feedback_panel.panel(evaluation.feedback, stored, row["task_type"], with_examples=alone))
    else:
        page.nothing("No feedback is stored.", "The raw item below holds all there is.")
with text:
    if evaluation.essay_text:
        page.section("Essay")
        words = item_details.whole(row["word_count"])
        placed = quote_matching.placed(evaluation.feedback.quoted_examples, evaluation.essay_text, words)
        html.show(annotated_text.essay(evaluation.essay_text, placed, words))
    if evaluation.transcript:
        page.section("Transcript")
        transcript.show(evaluation.transcript)
    if not (evaluation.essay_text or evaluation.transcript):
        page.section("Text")
        page.nothing("No essay and no transcript is stored.", "The raw item below holds all there is.")

item_details.details(row, evaluation)
flags(int(row["flags"]))
if st.toggle("Show the raw item", key="raw"):
    st.code(evaluation.raw, language="json", wrap_lines=True)

# last: what is above must not wait for the student's other attempts
student = cached.student(user_id)
before, after = attempts.neighbours(student.evaluations, evaluation_id)
with around:
    item_details.neighbours(row, before, after)
    pickers.from_attempt(row, before)
read_cost.line(read.cost + student.cost, cached.cost_of_this_run(), cached.settings())

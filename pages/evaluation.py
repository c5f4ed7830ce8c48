"""Evaluation: one attempt, made for reading. For teachers."""

import streamlit as st

from analysis import attempts, quotes
from analysis.bands import BAND_COLUMNS, Skill
from components import annotated, bands, choosing, cost, facts, feedback, links, markup, page, spoken
from components.marks import flags
from data import cached

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
page.header(attempts.titled(row["evaluation_type"], row["task_type"], row["part"]), facts.subtitle(row, cached.now()))
facts.state_notice(row, read.twins)

stored = {name: float(row[name]) for name in BAND_COLUMNS}
if kind in {*Skill}:
    markup.show(bands.scoreboard(stored, evaluation.stored_bands, Skill(kind), row["task_type"]))
around = st.container()

text, said = st.columns([3, 2], gap="large")
with said:
    page.section("Feedback")
    if evaluation.feedback:
        alone = not evaluation.essay_text
        markup.show(feedback.panel(evaluation.feedback, stored, row["task_type"], with_examples=alone))
    else:
        page.nothing("No feedback is stored.", "The raw item below holds all there is.")
with text:
    if evaluation.essay_text:
        page.section("Essay")
        words = facts.whole(row["word_count"])
        placed = quotes.placed(evaluation.feedback.quoted_examples, evaluation.essay_text, words)
        markup.show(annotated.essay(evaluation.essay_text, placed, words))
    if evaluation.transcript:
        page.section("Transcript")
        spoken.show(evaluation.transcript)
    if not (evaluation.essay_text or evaluation.transcript):
        page.section("Text")
        page.nothing("No essay and no transcript is stored.", "The raw item below holds all there is.")

facts.details(row, evaluation)
flags(int(row["flags"]))
if st.toggle("Show the raw item", key="raw"):
    st.code(evaluation.raw, language="json", wrap_lines=True)

# last: what is above must not wait for the student's other attempts
student = cached.student(user_id)
before, after = attempts.neighbours(student.evaluations, evaluation_id)
with around:
    facts.neighbours(row, before, after)
    choosing.from_attempt(row, before)
cost.line(read.cost + student.cost, cached)

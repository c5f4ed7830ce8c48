"""Student: where one student's bands are going, and what stands behind them. For teachers."""

from functools import partial

import streamlit as st

from analysis import attempts
from analysis.bands import Skill
from analysis.flashcards import all_sets
from analysis.recurring import recurring
from analysis.states import State
from analysis.zones import in_zone
from components import (
    choosing,
    cost,
    filters,
    links,
    lists,
    markup,
    page,
    reading,
    standing,
    take_away,
    targets,
    weaknesses,
)
from components import progress as student_progress
from components.report import Contents
from components.text import counted, viewer_zone
from data import cached

user_id = links.parameter("user_id")
if not user_id:
    page.header("Student", "Choose a student to see their bands, attempts and flashcards.")
    if chosen := choosing.student(reading.wait_for(cached.snapshots()).students["user_id"]):
        st.switch_page(links.STUDENT, query_params=links.student(chosen))
    st.stop()

with st.spinner(cached.before_reading_a_student()):
    read = cached.student(user_id)
once = read.once
evaluations = once(in_zone, read.evaluations, viewer_zone())
sets = once(all_sets, read.evaluations, read.flashcard_sets)
if evaluations.empty and sets.empty:
    page.no_such("student", user_id, links.STUDENTS, "All students")

with st.container(horizontal=True):
    st.page_link(links.STUDENTS, label="← All students")
    st.page_link(links.COMPARE, label="Compare with another student", query_params=links.student(user_id))
page.header(user_id, once(attempts.in_words, evaluations, read.read_at))
for why in read.left_out.values():
    page.caution(f"Some jobs may be missing here: this page {why}.", "Open Students once to complete it.")

shown = evaluations
with st.container(horizontal=True, vertical_alignment="bottom"):
    target = targets.target(targets.of_student(user_id))
    if (evaluations["state"] == State.SUSPECT).any() and st.toggle(
        "Count the grader’s default answers", key="suspect", bind="query-params", help=State.SUSPECT.sentence
    ):
        shown = once(attempts.counting_suspect, evaluations)
    take_away.report(
        user_id,
        cached.later(
            lambda: Contents(
                user_id,
                evaluations,
                sets,
                cached.feedbacks(user_id, once(attempts.newest_ids, shown)).feedbacks,
                target,
                counts_suspect=shown is not evaluations,
                may_lack=[*read.left_out.values()],
            )
        ),
        cached.now,
    )
graded = {skill: once(attempts.graded, shown, skill) for skill in Skill}
taken = read.cost
markup.show(standing.panels(graded, target, once))

page.section("Progress")
student_progress.in_words(graded, once)
student_progress.over_time(shown, graded, target, once)
for sentence in once(attempts.left_out_of_charts, shown):
    page.note(sentence)

if skills := [skill for skill in Skill if len(graded[skill])]:
    page.section("Criteria")
    student_progress.by_criterion(shown, graded, filters.skill(skills), once)
    page.section("What the feedback keeps saying")
    looked_at = once(attempts.newest_ids, shown)
    with st.spinner("Reading the latest feedback …"):
        said = cached.feedbacks(user_id, looked_at)
    taken += said.cost
    page.note(
        f"The latest {counted(len(said.feedbacks), 'attempt')}, themes named in two or more, most often named first."
    )
    markup.show(weaknesses.table(once(recurring, said.feedbacks), user_id))

    page.section("Practice")
    student_progress.practice(shown, read.read_at, once)

page.section(f"All {counted(len(evaluations), 'evaluation')}")
if evaluations.empty:
    page.nothing("No essays and no recordings yet.", "They stand here as soon as one is handed in.")
else:
    lists.evaluations(once(lists.with_titles, evaluations), "evaluations")
    take_away.rows("evaluations", partial(cached.bundle, {"evaluations": read.evaluations}))

page.section(counted(len(sets), "flashcard set"))
if sets.empty:
    page.nothing("No flashcard sets yet.", "They stand here as soon as a PDF is turned into cards.")
else:
    lists.flashcard_sets(once(lists.with_documents, sets), "sets", once, with_student=False)

cost.line(taken, cached)

"""Student: where one student's bands are going, and what stands behind them. For teachers."""

import streamlit as st

from analysis import attempts
from analysis.bands import Skill
from analysis.flashcards import all_sets
from analysis.states import State
from charts import criteria, progress
from components import cost, figures, links, lists, page, reading
from components.text import counted
from data import cached

user_id = links.parameter("user_id")
if not user_id:
    page.header("Student", "Choose a student to see their bands, attempts and flashcards.")
    ids = reading.wait_for(cached.snapshots()).students["user_id"]
    chosen = st.selectbox("Student", ids, index=None, placeholder="A student’s id")
    if chosen:
        st.switch_page(links.STUDENT, query_params=links.student(chosen))
    st.stop()

with st.spinner(cached.before_reading_a_student()):
    read = cached.student(user_id)
evaluations, sets = read.evaluations, all_sets(read.evaluations, read.flashcard_sets)
if evaluations.empty and sets.empty:
    page.no_such("student", user_id, links.STUDENTS, "All students")

st.page_link(links.STUDENTS, label="← All students")
page.header(user_id, attempts.in_words(evaluations, cached.now()))
for why in read.left_out.values():
    page.caution(f"Some jobs may be missing here: this page {why}.", "Open Students once to complete it.")

dark = figures.is_dark()
shown = evaluations
if (evaluations["state"] == State.SUSPECT).any() and st.toggle(
    "Count the grader’s default answers", key="suspect", bind="query-params", help=State.SUSPECT.sentence
):
    shown = attempts.counting_suspect(evaluations)
figures.show(progress.overall_over_time(shown, dark=dark), progress.overall_over_time_alt(shown))
for sentence in attempts.left_out_of_charts(shown):
    page.note(sentence)

skills = [skill for skill in Skill if len(attempts.graded(shown, skill))]
if skills:
    page.section("Criteria")
    skill = Skill(
        st.segmented_control("Skill", skills, default=skills[0], required=True, format_func=str.capitalize, key="skill")
    )
    over_time, breakdown = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            progress.criteria_over_time(shown, skill, dark=dark),
            progress.criteria_over_time_alt(shown, skill),
        )
    with breakdown:
        figures.show(
            criteria.criteria_breakdown(shown, skill, dark=dark),
            criteria.criteria_breakdown_alt(shown, skill),
        )

page.section(f"All {counted(len(evaluations), 'evaluation')}")
if evaluations.empty:
    page.nothing("No essays and no recordings yet.", "They stand here as soon as one is handed in.")
else:
    lists.evaluations(evaluations, "evaluations")

page.section(counted(len(sets), "flashcard set"))
if sets.empty:
    page.nothing("No flashcard sets yet.", "They stand here as soon as a PDF is turned into cards.")
else:
    lists.flashcard_sets(sets, "sets", with_student=False)

cost.line(read.cost)

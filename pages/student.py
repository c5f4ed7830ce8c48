"""Student: where one student's bands are going, and what stands behind them. For teachers."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import attempts
from bandup.analysis.bands import Skill
from bandup.analysis.flashcard_sets import all_sets
from bandup.analysis.recurring_feedback import recurring
from bandup.analysis.states import State
from bandup.analysis.time_zones import in_zone
from bandup.auth import guard
from bandup.exports import tables_export
from bandup.exports.report import Contents
from bandup.formatting import counted
from bandup.queries import cached
from bandup.ui import (
    downloads,
    filters,
    html,
    item_tables,
    links,
    page,
    pickers,
    progress_section,
    read_cost,
    snapshot_status,
    summary_cards,
    targets,
    weakness_table,
)
from bandup.ui.plain_text import viewer_zone

user_id = links.parameter("user_id")
if not user_id:
    page.header("Student", "Choose a student to see their bands, attempts and flashcards.")
    if chosen := pickers.student(snapshot_status.wait_for(cached.snapshots()).students["user_id"]):
        st.switch_page(links.STUDENT, query_params=links.student(chosen))
    st.stop()

with st.spinner(cached.before_reading_a_student()):
    read = cached.student(user_id)
evaluations = in_zone(read.evaluations, viewer_zone())
sets = all_sets(read.evaluations, read.flashcard_sets)
if evaluations.empty and sets.empty:
    page.no_such("student", user_id, links.STUDENTS, "All students")

with st.container(horizontal=True):
    st.page_link(links.STUDENTS, label="← All students")
    st.page_link(links.COMPARE, label="Compare with another student", query_params=links.student(user_id))
page.header(user_id, attempts.in_words(evaluations, read.read_at))
for why in read.incomplete_because.values():
    page.caution(f"Some jobs may be missing here: this page {why}.", "Open Students once to complete it.")

shown = evaluations
with st.container(horizontal=True, vertical_alignment="bottom"):
    target = targets.target(targets.of_student(user_id))
    if (evaluations["state"] == State.SUSPECT).any() and st.toggle(
        "Count the grader’s default answers", key="suspect", bind="query-params", help=State.SUSPECT.sentence
    ):
        shown = attempts.counting_suspect(evaluations)
    downloads.report(
        user_id,
        guard.as_current_user(
            lambda: Contents(
                user_id,
                evaluations,
                sets,
                cached.feedbacks(user_id, attempts.newest_ids(shown)).feedbacks,
                target,
                counts_suspect=shown is not evaluations,
                caveats=[*read.incomplete_because.values()],
            )
        ),
        clock.now,
    )
graded = {skill: attempts.graded(shown, skill) for skill in Skill}
taken = read.cost
html.show(summary_cards.panels(graded, target))

page.section("Progress")
progress_section.in_words(graded)
progress_section.over_time(shown, graded, target)
for sentence in attempts.left_out_of_charts(shown):
    page.note(sentence)

if skills := [skill for skill in Skill if len(graded[skill])]:
    page.section("Criteria")
    progress_section.by_criterion(shown, graded, filters.skill(skills))
    page.section("What the feedback keeps saying")
    looked_at = attempts.newest_ids(shown)
    with st.spinner("Reading the latest feedback …"):
        said = cached.feedbacks(user_id, looked_at)
    taken += said.cost
    page.note(
        f"The latest {counted(len(said.feedbacks), 'attempt')}, themes named in two or more, most often named first."
    )
    html.show(weakness_table.table(recurring(said.feedbacks), user_id))

    page.section("Practice")
    progress_section.practice(shown, read.read_at)

page.section(f"All {counted(len(evaluations), 'evaluation')}")
if evaluations.empty:
    page.nothing("No essays and no recordings yet.", "They stand here as soon as one is handed in.")
else:
    item_tables.evaluations(item_tables.with_titles(evaluations), "evaluations")
    downloads.rows("evaluations", partial(tables_export.bundle, {"evaluations": read.evaluations}))

page.section(counted(len(sets), "flashcard set"))
if sets.empty:
    page.nothing("No flashcard sets yet.", "They stand here as soon as a PDF is turned into cards.")
else:
    item_tables.flashcard_sets(item_tables.with_documents(sets), "sets", with_student=False)

read_cost.line(taken, cached.cost_of_this_run(), cached.settings())

"""Student: one student's progress, attempts and flashcard sets. For teachers."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import attempts, second_marks
from bandup.analysis.attention import DEFAULT_TARGET
from bandup.analysis.bands import Skill
from bandup.analysis.flashcard_sets import all_sets
from bandup.analysis.time_windows import in_zone
from bandup.exports import tables_export
from bandup.exports.report import Contents
from bandup.formatting import counted
from bandup.queries import cached_reads, reviews, run_cost
from bandup.ui import (
    address,
    downloads,
    filters,
    item_details,
    item_tables,
    links,
    notes_view,
    page,
    pickers,
    progress_section,
    read_status,
)
from bandup.ui.viewer import viewer_zone

user_id = address.query_param("user_id")
if not user_id:
    page.header("Student", "Choose a student to see their bands, attempts and flashcards.")
    refresh = cached_reads.dataset_refresh()
    dataset = read_status.wait_for(refresh)
    read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)
    if chosen := pickers.select_student(dataset.students["user_id"]):
        address.go_to(links.STUDENT, links.student(chosen))
    st.stop()

page.require_student_id(user_id)
with st.spinner(cached_reads.student_read_notice()):
    read = cached_reads.student(user_id)
cost = read.cost
stored = reviews.for_teacher()
evaluations = second_marks.with_teacher_bands(in_zone(read.evaluations, viewer_zone()), stored.marks)
sets = all_sets(read.evaluations, read.flashcard_sets)
show_completeness = partial(read_status.show_student_reads, [read], cached_reads.whole_read(), clock.now())
if evaluations.empty and sets.empty:
    if other_form := cached_reads.stored_form(user_id):
        address.correct(user_id=other_form)
    if read.incomplete_because:
        page.header(user_id, "No item of this student was found so far.")
        show_completeness()
        st.stop()
    page.not_found("student", user_id, links.STUDENTS, "All students")

with st.container(horizontal=True):
    address.link_back(links.STUDENTS, "← All students")
    st.page_link(links.COMPARE, label="Compare with another student", query_params=links.student(user_id))
page.header(user_id, attempts.describe_attempts(evaluations, read.read_at))
item_details.show_look_alikes(user_id, cached_reads.ids_in_other_forms(user_id))
show_completeness()
caveats = [" ".join(parts)] if (parts := read_status.incomplete_sentence([read], cached_reads.settings().names)) else []

with st.container(horizontal=True, vertical_alignment="bottom"):
    kept_target = stored.targets.get(user_id, DEFAULT_TARGET)
    target = filters.choose_target(filters.student_targets().get(user_id, kept_target))
    counts_suspect = filters.include_default_answers(evaluations)
    shown = attempts.suspect_as_succeeded(evaluations) if counts_suspect else evaluations
    read_feedbacks = partial(cached_reads.feedbacks, user_id, attempts.newest_attempt_ids(shown))
    estimates = cached_reads.class_estimates()
    reported = evaluations if filters.include_second_marks(evaluations) else read.evaluations
    report = Contents(user_id, reported, sets, (), target, estimates, counts_suspect=counts_suspect, caveats=caveats)
    downloads.report_button(report, read_feedbacks, clock.now)
    if reviews.are_on():
        kept = notes_view.keep_target(user_id, target, kept_target, reviews.signed_in_as(), clock.now())
        notes_view.save(kept, reviews.add_about_student)
graded = {skill: attempts.graded_attempts(shown, skill) for skill in Skill}
progress_section.show_summary_cards(graded, target)

page.section("Progress")
progress_section.show_progress(shown, graded, estimates, target)

if reviews.are_on():
    page.section("Notes")
    notes_view.show_notes(stored.notes[stored.notes["user_id"].eq(user_id)])
    new_note = notes_view.new_note(user_id, "", reviews.signed_in_as(), clock.now())
    notes_view.save(new_note, reviews.add_about_student)
if stored.problem:
    page.note(stored.problem)

if skills := [skill for skill in Skill if len(graded[skill])]:
    page.section("Criteria")
    progress_section.show_criteria(shown, graded, estimates[filters.choose_skill(skills)])

    page.section("Recurring feedback")
    feedbacks = read_feedbacks()
    cost += feedbacks.cost
    progress_section.show_recurring_feedback(feedbacks, user_id)

    page.section("Practice")
    progress_section.show_practice(shown, read.read_at)

page.section(f"All {counted(len(evaluations), 'evaluation')}")
item_tables.show_evaluations(evaluations, "evaluations", is_complete=not read.incomplete_because)
if len(evaluations):
    page.note(attempts.describe_grades(shown))
    downloads.table_buttons("evaluations", partial(tables_export.zip_frames, {"evaluations": read.evaluations}))

page.section(counted(len(sets), "flashcard set"))
item_tables.show_flashcard_sets(sets, "sets", with_student=False, is_complete=not read.incomplete_because)

read_status.show_cost(cost, run_cost.total(), cached_reads.settings())

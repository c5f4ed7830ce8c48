"""Students: who needs attention, all students, and the class by criterion. For teachers."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import time_windows
from bandup.analysis.attention import attention_among, students_needing_attention
from bandup.analysis.bands import Skill
from bandup.analysis.default_answers import unchecked_sentence
from bandup.analysis.student_list import rows_of, search_students
from bandup.auth import guard
from bandup.exports import tables_export
from bandup.formatting import counted
from bandup.queries import cached_reads, reviews, run_cost
from bandup.ui import address, downloads, filters, links, page, read_status, students_view

refresh = cached_reads.dataset_refresh()
dataset = read_status.wait_for(refresh)
students = students_view.with_changes(dataset.students, dataset.changes)

attempts = int(students[[f"{skill}_attempts" for skill in Skill]].to_numpy().sum())
page.header(
    "Students",
    f"{counted(len(students), 'student')} with {counted(attempts, 'graded attempt')}, most recently active first.",
)
if unchecked := unchecked_sentence(dataset.evaluations):
    page.note(unchecked)
read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)
if students.empty:
    sees_everyone = guard.current_person().students is None
    page.empty_state(
        "Both tables are empty." if sees_everyone else "None of your students has any data yet.",
        "Students appear here as soon as they hand in an essay or a recording.",
    )
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        "Search", placeholder="A student’s id or part of it", type="search", **address.tie_text(links.SEARCH)
    )
    target = filters.choose_target()
    own_targets = {**reviews.for_teacher().targets, **filters.choose_student_targets(students["user_id"])}

matching = search_students(students, search)
attention = students_needing_attention(
    dataset.students, dataset.changes, dataset.means, dataset.waiting, target, dataset.as_of, own_targets
)
listed = attention_among(attention, matching) if search else attention
page.section("Needs attention")
clicked = students_view.show_attention(listed, lambda user_id: own_targets.get(user_id, target), search)

page.section("All students")
if matching.empty:
    page.empty_state(f"No student’s id contains “{search}”.", "Change or clear the search.")
else:
    clicked = students_view.show_students(matching) or clicked
    rows = tables_export.with_progress(rows_of(dataset.students, matching), dataset.changes, attention)
    downloads.table_buttons("students", partial(tables_export.zip_frames, {"students": rows}))

page.section("The class")
with st.container(horizontal=True, vertical_alignment="bottom"):
    skill = filters.choose_skill([*Skill])
    window = filters.choose_window("Period", "period")
evaluations = time_windows.in_window(dataset.evaluations, window, dataset.read_at)
clicked = clicked or students_view.show_class(evaluations, skill, target, own_targets)
address.link_back(links.GRADER, "Is the grader right, and does it drift?")
if clicked is not None:
    address.go_to(links.STUDENT, links.student(clicked, own_targets.get(clicked, target)))

read_status.show_cost(dataset.cost, run_cost.total(), cached_reads.settings())

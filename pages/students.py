"""Students: the class at a glance, who needs attention first. For teachers."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import criteria_matrix, time_windows
from bandup.analysis.attention import among, attention
from bandup.analysis.bands import Skill
from bandup.analysis.student_list import rows_of, searched
from bandup.auth import guard
from bandup.charts import band_distribution, criteria_matrix_chart
from bandup.exports import tables_export
from bandup.formatting import counted
from bandup.queries import cached
from bandup.ui import (
    downloads,
    figures,
    filters,
    links,
    model_comparison,
    page,
    read_cost,
    snapshot_status,
    student_tables,
    targets,
)

store = cached.snapshots()
cohort = snapshot_status.wait_for(store)
everyone = student_tables.with_changes(cohort.students, cohort.changes)

attempts = int(everyone[[f"{skill}_attempts" for skill in Skill]].to_numpy().sum())
page.header(
    "Students",
    f"{counted(len(everyone), 'student')} with {counted(attempts, 'graded attempt')}, most recently active first.",
)
if everyone.empty:
    nobody = (
        "Both tables are empty." if guard.current_person().students is None else "None of your students is here yet."
    )
    page.nothing(nobody, "As soon as somebody hands in an essay or a recording, they stand here.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        "Search", placeholder="A student’s id or part of it", key=links.SEARCH, bind="query-params", type="search"
    )
    target = targets.target()
    own = targets.own(everyone["user_id"])

found = searched(everyone, search)
urgent = attention(everyone, cohort.changes, cohort.means, cohort.waiting, target, cohort.read_at, own)
urgent = among(urgent, found) if search else urgent
page.section("Look at first")
clicked = None
if urgent.empty:
    page.nothing("Nobody stands out.", "Nobody waits, falls, stalls under the target or has gone silent.")
else:
    page.note(f"{counted(len(urgent), 'student')} with a reason, most reasons first.")
    clicked = student_tables.needing_attention(urgent, lambda user_id: own.get(user_id, target))

page.section("Everyone")
if found.empty:
    page.nothing(f"No student’s id contains “{search}”.", "Change or clear the search.")
else:
    clicked = student_tables.everyone(found) or clicked
    downloads.rows("students", partial(tables_export.bundle, {"students": rows_of(cohort.students, found)}))

page.section("The class")
with st.container(horizontal=True, vertical_alignment="bottom"):
    skill = filters.skill([*Skill])
    window = filters.window("Period", "period")
evaluations = time_windows.within(cohort.evaluations, window, cohort.read_at)
by_criterion, by_band = st.columns([3, 2], gap="large")
dark = figures.is_dark()
with by_criterion:
    standing = criteria_matrix.matrix(evaluations, skill)
    said = criteria_matrix.in_words(standing, skill)
    page.note(f"{said} A click on a row opens the student.".strip())
    clicked = clicked or figures.show_openable(
        criteria_matrix_chart.criteria_matrix(standing, skill, target=target, targets=own, dark=dark),
        criteria_matrix_chart.criteria_matrix_alt(standing, skill, target=target, targets=own),
        key="matrix",
    )
with by_band:
    figures.show(
        band_distribution.band_distribution(evaluations, skill, dark=dark),
        band_distribution.band_distribution_alt(evaluations, skill),
    )
    model_comparison.compared(evaluations, skill)
if clicked is not None:
    st.switch_page(links.STUDENT, query_params=links.student(clicked, own.get(clicked, target)))

snapshot_status.age(store, clock.now())
read_cost.line(cohort.cost, cached.cost_of_this_run(), cached.settings())

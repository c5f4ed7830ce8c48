"""Students: the class at a glance, who needs attention first. For teachers."""

import streamlit as st

from analysis import windows
from analysis.attention import attention
from analysis.bands import Skill
from analysis.drift import model_changes
from analysis.students import searched
from charts import distribution, drift, matrix
from components import cost, figures, filters, page, reading, take_away
from components import students as student_lists
from components.text import counted
from data import cached

store = cached.snapshots()
cohort = reading.wait_for(store)
everyone = cohort.students

attempts = int(everyone[[f"{skill}_attempts" for skill in Skill]].to_numpy().sum())
page.header(
    "Students",
    f"{counted(len(everyone), 'student')} with {counted(attempts, 'graded attempt')}, most recently active first.",
)
if everyone.empty:
    page.nothing("Both tables are empty.", "As soon as somebody hands in an essay or a recording, they stand here.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        "Search", placeholder="A student’s id or part of it", key="search", bind="query-params", type="search"
    )
    target = filters.target()

found = searched(everyone, search)
urgent = attention(found, cohort.changes, cohort.means, cohort.waiting, target, cohort.read_at)
urgent = urgent[urgent["user_id"].isin(found["user_id"])]
page.section("Look at first")
if urgent.empty:
    page.nothing("Nobody stands out.", "Nobody waits, falls, stalls under the target or has gone silent.")
else:
    page.note(f"{counted(len(urgent), 'student')} with a reason, most reasons first.")
    student_lists.needing_attention(urgent)

page.section("Everyone")
if found.empty:
    page.nothing(f"No student’s id contains “{search}”.", "Change or clear the search.")
else:
    student_lists.everyone(found, cohort.changes)
    take_away.rows("students", lambda kind: cached.bundle({"students": found}, kind))

page.section("The class")
with st.container(horizontal=True, vertical_alignment="bottom"):
    skill = filters.skill([*Skill])
    window = filters.window("Period", "period")
evaluations = windows.within(cohort.evaluations, window, cohort.read_at)
by_criterion, by_band = st.columns([3, 2], gap="large")
dark = figures.is_dark()
with by_criterion:
    figures.show(
        matrix.criteria_matrix(evaluations, skill, target=target, dark=dark),
        matrix.criteria_matrix_alt(evaluations, skill, target=target),
    )
with by_band:
    figures.show(
        distribution.band_distribution(evaluations, skill, dark=dark),
        distribution.band_distribution_alt(evaluations, skill),
    )
with st.expander("Does the grader drift? Bands by model"):
    for sentence in model_changes(evaluations, skill)["in_words"]:
        page.note(sentence)
    figures.show(
        drift.bands_by_model(evaluations, skill, dark=dark), drift.bands_by_model_alt(evaluations, skill), "drift"
    )
    figures.show(
        drift.heaping_by_model(evaluations, skill, dark=dark), drift.heaping_by_model_alt(evaluations, skill), "heaping"
    )

cost.line(cohort.cost, reading.freshness(store.view(), cached.now()))

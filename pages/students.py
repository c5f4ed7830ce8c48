"""Students: the class at a glance, who needs attention first. For teachers."""

from functools import partial

import streamlit as st

from analysis import matrix as standings
from analysis import windows
from analysis.attention import among, attention
from analysis.bands import Skill
from analysis.students import rows_of, searched
from charts import distribution, matrix
from components import cost, figures, filters, graders, links, page, reading, take_away, targets
from components import students as student_lists
from components.text import counted
from data import cached

store = cached.snapshots()
cohort = reading.wait_for(store)
once = cohort.once
everyone = once(student_lists.with_changes, cohort.students, cohort.changes)

attempts = int(everyone[[f"{skill}_attempts" for skill in Skill]].to_numpy().sum())
page.header(
    "Students",
    f"{counted(len(everyone), 'student')} with {counted(attempts, 'graded attempt')}, most recently active first.",
)
if everyone.empty:
    nobody = "Both tables are empty." if cached.person().students is None else "None of your students is here yet."
    page.nothing(nobody, "As soon as somebody hands in an essay or a recording, they stand here.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        "Search", placeholder="A student’s id or part of it", key=links.SEARCH, bind="query-params", type="search"
    )
    target = targets.target()
    own = targets.own(everyone["user_id"])

found = once(searched, everyone, search)
urgent = once(attention, everyone, cohort.changes, cohort.means, cohort.waiting, target, cohort.read_at, own)
urgent = once(among, urgent, found) if search else urgent
page.section("Look at first")
clicked = None
if urgent.empty:
    page.nothing("Nobody stands out.", "Nobody waits, falls, stalls under the target or has gone silent.")
else:
    page.note(f"{counted(len(urgent), 'student')} with a reason, most reasons first.")
    clicked = student_lists.needing_attention(urgent, lambda user_id: own.get(user_id, target))

page.section("Everyone")
if found.empty:
    page.nothing(f"No student’s id contains “{search}”.", "Change or clear the search.")
else:
    clicked = student_lists.everyone(found, once) or clicked
    take_away.rows("students", partial(cached.bundle, {"students": once(rows_of, cohort.students, found)}))

page.section("The class")
with st.container(horizontal=True, vertical_alignment="bottom"):
    skill = filters.skill([*Skill])
    window = filters.window("Period", "period")
evaluations = once(windows.within, cohort.evaluations, window, cohort.read_at)
by_criterion, by_band = st.columns([3, 2], gap="large")
dark = figures.is_dark()
with by_criterion:
    standing = once(standings.matrix, evaluations, skill)
    said = once(standings.in_words, standing, skill)
    page.note(f"{said} A click on a row opens the student.".strip())
    clicked = clicked or figures.show_openable(
        once(matrix.criteria_matrix, standing, skill, target=target, targets=own, dark=dark),
        once(matrix.criteria_matrix_alt, standing, skill, target=target, targets=own),
        key="matrix",
    )
with by_band:
    figures.show(
        once(distribution.band_distribution, evaluations, skill, dark=dark),
        once(distribution.band_distribution_alt, evaluations, skill),
    )
    graders.compared(evaluations, skill, once)
if clicked is not None:
    st.switch_page(links.STUDENT, query_params=links.student(clicked, own.get(clicked, target)))

reading.age(store, cached.now())
cost.line(cohort.cost, cached)

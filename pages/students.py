"""Students: everyone at a glance. For teachers."""

import streamlit as st

from analysis.bands import Skill
from analysis.students import searched
from components import cost, links, page, reading, tables
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

search = st.text_input(
    "Search", placeholder="A student’s id or part of it", key="search", bind="query-params", type="search"
)
found = searched(everyone, search)
if found.empty:
    page.nothing(f"No student’s id contains “{search}”.", "Change or clear the search.")
else:
    opened = tables.openable(
        found,
        "user_id",
        {
            "writing_band": tables.number_of_band("Writing", "Overall band of the latest graded essay"),
            "writing_bands": tables.bands_column("Latest essays", Skill.WRITING),
            "speaking_band": tables.number_of_band("Speaking", "Overall band of the latest graded recording"),
            "speaking_bands": tables.bands_column("Latest recordings", Skill.SPEAKING),
            "writing_attempts": tables.number_column("Essays", "Graded essays"),
            "speaking_attempts": tables.number_column("Recordings", "Graded recordings"),
            "sets": tables.number_column("Sets", "Flashcard sets"),
            "troubled": tables.number_column("Without result", "Failed, stuck and empty jobs"),
            "suspect": tables.number_column("Default answers", "Essays with the grader’s default answer: no grade"),
            "last_activity": tables.time_column("Last activity"),
        },
        key="students",
        alt=f"{counted(len(found), 'student')} with latest bands, attempts and last activity",
        opens_label="Student",
    )
    if opened is not None:
        st.switch_page(links.STUDENT, query_params=links.student(opened["user_id"]))

cost.line(cohort.cost, reading.freshness(store.view(), cached.now()))

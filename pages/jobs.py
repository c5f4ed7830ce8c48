"""Jobs: what went wrong, newest first. For ops."""

import streamlit as st

from analysis import jobs as analysis_jobs
from analysis.states import State, counts
from components import cost, lists, page, reading
from components.marks import state_label
from components.text import counted, plain
from data import cached

store = cached.snapshots()
cohort = reading.wait_for(store)
by_state = counts(cohort.jobs["state"])
page.header("Jobs", analysis_jobs.in_words(by_state))

with st.container(horizontal=True):
    for state, number in by_state.items():
        st.metric(state_label(str(state)), f"{number:,}", border=True, help=State(state).sentence)

unsucceeded = cohort.jobs[cohort.jobs["state"] != State.SUCCEEDED]
if unsucceeded.empty:
    page.nothing("Every job succeeded.", "Nothing needs you here.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    states = st.pills(
        "State", [s for s in State if s != State.SUCCEEDED], selection_mode="multi", format_func=state_label
    )
    types = st.pills(
        "Type", sorted(unsucceeded["type"].dropna().astype("str").unique()), selection_mode="multi", format_func=plain
    )
    text = st.text_input("Search", placeholder="In ids, students and errors", key="search", type="search")

found = analysis_jobs.matching(unsucceeded, states, types, text)
if found.empty:
    page.nothing("No job matches.", "Change or clear the filters.")
else:
    page.note(f"{len(found):,} of {counted(len(unsucceeded), 'job')} that did not succeed")
    lists.jobs(found.assign(age=analysis_jobs.ages(found, cohort.read_at)), "jobs")
cost.line(cohort.cost, reading.freshness(store.view(), cached.now()))

"""Jobs: what went wrong, since when and why; each cause and each job opens and is handed on. For ops."""

import streamlit as st

from bandup import clock
from bandup.analysis import failure_causes, job_list, time_windows, waiting
from bandup.analysis.states import State
from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.exports import aws_commands
from bandup.formatting import counted
from bandup.queries import cached
from bandup.ui import (
    cause_list,
    error_boundary,
    filters,
    item_tables,
    job_details,
    jobs_overview,
    links,
    page,
    read_cost,
    snapshot_status,
    waiting_students,
)
from bandup.ui.plain_text import plain

NEWS = [state for state in State if state != State.SUCCEEDED]

table, key, user_id = links.opened_job()
teaches = Role.TEACHER in guard.current_person().roles
if key:
    read = cached.job(table, key, user_id)
    if read is None:
        page.no_such("job", f"{key}\n{user_id}", links.JOBS, "All jobs")
    st.page_link(links.JOBS, label="← All jobs")
    page.header(key)
    now = clock.now()
    job_details.show(
        read.row,
        read.raw,
        read.same_job_users,
        job_details.commands(read.row, *cached.address(table), now),
        now,
        to_student=teaches,
    )
    read_cost.line(read.cost, cached.cost_of_this_run(), cached.settings())
    st.stop()

page.header("Jobs")
every = cached.settings().jobs_refresh_after
with st.container(horizontal=True, vertical_alignment="bottom"):
    window = filters.window()
    paused = st.toggle("Pause", key="paused", help="Otherwise this page reads again by itself while it is open")


def board() -> None:
    """All that is read anew while the page is open."""
    store = cached.job_snapshots(None if paused else every)
    cohort = snapshot_status.wait_for(store)
    jobs = time_windows.within(cohort.jobs, window, cohort.read_at)
    by_state = job_list.by_state(jobs)
    st.markdown(plain(job_list.in_words(by_state)))
    snapshot_status.age(store, clock.now())
    undated = time_windows.undated(cohort.jobs)
    if window != time_windows.Window.ALL and undated:
        page.note(f"{counted(undated, 'job')} at an unknown time: to be found under “{time_windows.Window.ALL.label}”.")
    chosen = filters.states(by_state)

    jobs_overview.show(jobs, time_windows.frequency(window))

    found = job_list.matching(jobs, chosen or NEWS, [], "")
    page.section("Causes")
    grouped = failure_causes.causes(found)
    if (named := links.parameter("cause")) and len(chosen) == 1:
        found = failure_causes.of_cause(found, chosen[0], named)
        if st.button("← All causes"):
            links.set_query_params(cause="")
        if len(found):
            cause_list.opened(failure_causes.causes(found).iloc[0], aws_commands.redrive_lines(found))
    elif grouped.empty:
        page.nothing("Nothing went wrong here.", "Choose a longer window or another state to see more.")
    elif (clicked := cause_list.listed(grouped)) is not None:
        links.set_query_params(cause=clicked["cause"], state=clicked["state"])

    page.section(f"Jobs: {' and '.join(chosen)}" if chosen else "Jobs without a result, and those to look at")
    wanted = filters.jobs(job_list.types(found))
    listed = job_list.matching(found, [], wanted.types, wanted.text)
    if wanted.still_broken:
        listed = job_list.among(listed, waiting.still_broken(cohort.jobs))
    page.note(f"{len(listed):,} of {counted(len(jobs), 'job')} in this window")
    if listed.empty:
        page.nothing("No job matches.", "Change or clear the filters.")
    elif (opened := item_tables.jobs(item_tables.with_ages(listed, cohort.read_at), "jobs")) is not None:
        st.switch_page(links.JOBS, query_params=links.job(opened["table"], opened["id"], opened["user_id"]))

    page.section("Who is waiting")
    if cohort.waiting.empty:
        page.nothing("Nobody.", "A student with a stuck job and nothing since would stand here.")
    elif waits := waiting_students.listed(cohort.waiting):
        if teaches:
            st.switch_page(links.STUDENT, query_params=links.student(waits))
        filters.find_jobs(waits)
    read_cost.line(cohort.cost, cached.cost_of_this_run(), cached.settings())


@st.fragment(run_every=None if paused else every)
def live_board() -> None:
    """The board, run again by itself; named errors are shown here, as the frame is not around such a run."""
    with error_boundary.boundary("try_board_again"):
        board()


live_board()

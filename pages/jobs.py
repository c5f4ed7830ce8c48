"""Jobs: what went wrong, since when and why; each cause and each job opens and is handed on. For ops."""

import streamlit as st

from analysis import causes, handoff, waiting, windows
from analysis import jobs as analysis_jobs
from analysis.states import State
from components import causes as cause_list
from components import cost, filters, job, links, lists, overview, page, reading, trouble
from components import waiting as waiting_list
from components.text import counted, plain
from data import cached
from data.cached import Role

NEWS = [state for state in State if state != State.SUCCEEDED]

table, key, user_id = links.opened_job()
teaches = Role.TEACHER in cached.person().roles
if key:
    read = cached.job(table, key, user_id)
    if read is None:
        page.no_such("job", f"{key}\n{user_id}", links.JOBS, "All jobs")
    st.page_link(links.JOBS, label="← All jobs")
    page.header(key)
    now = cached.now()
    job.show(
        read.row, read.raw, read.twins, job.commands(read.row, *cached.address(table), now), now, to_student=teaches
    )
    cost.line(read.cost, cached)
    st.stop()

page.header("Jobs")
every = cached.settings().jobs_refresh_after
with st.container(horizontal=True, vertical_alignment="bottom"):
    window = filters.window()
    paused = st.toggle("Pause", key="paused", help="Otherwise this page reads again by itself while it is open")


def board() -> None:
    """All that is read anew while the page is open."""
    store = cached.job_snapshots(None if paused else every)
    cohort = reading.wait_for(store)
    once = cohort.once
    jobs = once(windows.within, cohort.jobs, window, cohort.read_at)
    by_state = once(analysis_jobs.by_state, jobs)
    st.markdown(plain(analysis_jobs.in_words(by_state)))
    reading.age(store, cached.now())
    undated = once(windows.undated, cohort.jobs)
    if window != windows.Window.ALL and undated:
        page.note(f"{counted(undated, 'job')} at an unknown time: to be found under “{windows.Window.ALL.label}”.")
    chosen = filters.states(by_state)

    overview.show(jobs, windows.frequency(window), once)

    found = once(analysis_jobs.matching, jobs, chosen or NEWS, [], "")
    page.section("Causes")
    grouped = once(causes.causes, found)
    if (named := links.parameter("cause")) and len(chosen) == 1:
        found = once(causes.of_cause, found, chosen[0], named)
        if st.button("← All causes"):
            links.keep(cause="")
        if len(found):
            cause_list.opened(once(causes.causes, found).iloc[0], once(handoff.redrive_lines, found))
    elif grouped.empty:
        page.nothing("Nothing went wrong here.", "Choose a longer window or another state to see more.")
    elif (clicked := cause_list.listed(grouped)) is not None:
        links.keep(cause=clicked["cause"], state=clicked["state"])

    page.section(f"Jobs: {' and '.join(chosen)}" if chosen else "Jobs without a result, and those to look at")
    wanted = filters.jobs(once(analysis_jobs.types, found))
    listed = once(analysis_jobs.matching, found, [], wanted.types, wanted.text)
    if wanted.still_broken:
        listed = once(analysis_jobs.among, listed, once(waiting.still_broken, cohort.jobs))
    page.note(f"{len(listed):,} of {counted(len(jobs), 'job')} in this window")
    if listed.empty:
        page.nothing("No job matches.", "Change or clear the filters.")
    elif (opened := lists.jobs(once(lists.with_ages, listed, cohort.read_at), "jobs", once)) is not None:
        st.switch_page(links.JOBS, query_params=links.job(opened["table"], opened["id"], opened["user_id"]))

    page.section("Who is waiting")
    if cohort.waiting.empty:
        page.nothing("Nobody.", "A student with a stuck job and nothing since would stand here.")
    elif waits := waiting_list.listed(cohort.waiting):
        if teaches:
            st.switch_page(links.STUDENT, query_params=links.student(waits))
        filters.find_jobs(waits)
    cost.line(cohort.cost, cached)


@st.fragment(run_every=None if paused else every)
def live_board() -> None:
    """The board, run again by itself; named errors are shown here, as the frame is not around such a run."""
    with trouble.boundary(cached.DataError, "try_board_again"):
        board()


live_board()

"""Jobs: what did not succeed, since when and why; each cause and each job can be opened. For ops."""

from datetime import timedelta

import streamlit as st

from bandup import clock
from bandup.analysis import cause_memory, job_list, time_windows
from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.formatting import counted
from bandup.queries import cached_reads, reviews, run_cost
from bandup.ui import address, filters, jobs_view, links, page, read_status

table, key, user_id = links.job_in_address()
is_teacher = Role.TEACHER in guard.current_person().roles
if key:
    read = cached_reads.job(table, key, user_id)
    if read is None:
        key_name = "set_id" if table == "flashcard_sets" else "evaluation_id"
        if corrected := cached_reads.stored_ids(user_id, Role.OPS, **{key_name: key}):
            address.correct(**corrected)
        page.not_found("job", f"{key}\n{user_id}", links.JOBS, "All jobs")
    address.link_back(links.JOBS, "← All jobs")
    page.header(key)
    jobs_view.show_job(read, cached_reads.table_address(table), clock.now(), student_link=is_teacher)
    read_status.show_cost(read.cost, run_cost.total(), cached_reads.settings())
    st.stop()

page.header("Jobs")
refresh_after = cached_reads.settings().jobs_refresh_after
with st.container(horizontal=True, vertical_alignment="bottom"):
    window = filters.choose_window()
    paused = st.toggle("Pause", help="Stops the automatic refresh of this page", **address.tie_switch("paused"))


# not within the fragment, where it could not be cancelled
read_status.wait_for(cached_reads.dataset_refresh_for_ops(timedelta.max))


@st.fragment(run_every=None if paused else refresh_after)
@page.show_errors("try_board_again")
def board() -> None:
    """Everything below the filters, rerun by itself; such a run has no frame, so it shows named errors itself."""
    refresh = cached_reads.dataset_refresh_for_ops(timedelta.max if paused else refresh_after)
    read_status.show_age(refresh, clock.now(), refresh_after)
    dataset = read_status.wait_for(refresh)
    jobs = time_windows.in_window(dataset.jobs, window, dataset.read_at)
    per_state = job_list.jobs_per_state(jobs)
    page.text(job_list.counts_sentence(per_state, len(dataset.jobs)))
    undated = time_windows.undated_count(dataset.jobs, dataset.read_at)
    if window != time_windows.Window.ALL and undated:
        page.note(
            f"{counted(undated, 'job')} at an unknown time or in the future: listed under “{time_windows.Window.ALL.label}” only."
        )
    states = filters.choose_states(per_state)

    jobs_view.show_rates(jobs, window, dataset.read_at)
    stored = reviews.for_ops()
    memory = jobs_view.OpsMemory(
        cause_memory.memory_of(stored.entries),
        reviews.signed_in_as(),
        reviews.add_about_cause,
        reviews.are_on(),
        stored.problem,
    )
    selected = jobs_view.show_causes(jobs, states, dataset.jobs, memory, clock.now())
    jobs_view.show_list(selected, states, dataset, len(jobs))
    jobs_view.show_waiting(dataset, jobs, open_student=is_teacher)
    read_status.show_cost(dataset.cost, run_cost.total(), cached_reads.settings())


board()

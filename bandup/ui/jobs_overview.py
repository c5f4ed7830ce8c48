"""The sections of the Jobs page: states over time, failure rates, causes, the list of jobs, waiting students."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from bandup.analysis import failure_causes, failure_rates, job_list, waiting
from bandup.analysis.states import State
from bandup.analysis.time_zones import in_zone
from bandup.charts import jobs_chart
from bandup.exports import aws_commands
from bandup.formatting import counted
from bandup.queries.dataset import Dataset
from bandup.ui import cause_list, figures, filters, html, item_tables, links, page, rate_table, waiting_students
from bandup.ui.viewer import viewer_zone

NOT_SUCCEEDED = [state for state in State if state != State.SUCCEEDED]


def show_rates(jobs: pd.DataFrame, freq: Literal["h", "D"]) -> None:
    """Show the states over time, one bar per hour or day (`freq`), and the failure rates by type and by model."""
    local = in_zone(jobs, viewer_zone())
    over_time, rates = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            jobs_chart.states_over_time(local, freq=freq, dark=figures.is_dark()),
            jobs_chart.states_over_time_alt(local, freq=freq),
        )
    with rates:
        html.show(rate_table.table(failure_rates.rates_by(jobs, "type"), "Type"))
        with st.expander("Per model"):
            html.show(rate_table.table(failure_rates.rates_by(jobs, "model_used"), "Model"))
            page.note(failure_rates.MODEL_NOTE)


def show_causes(jobs: pd.DataFrame, states: Sequence[State]) -> pd.DataFrame:
    """Show the causes of the jobs in these states (all but succeeded if empty), or the one in the address.

    Returns the jobs shown: those in the states, and with the cause in the address if there is one.
    """
    page.section("Causes")
    jobs = job_list.filter_jobs(jobs, states or NOT_SUCCEEDED, [], "")
    cause = links.query_param("cause")
    if cause and len(states) == 1:
        jobs = failure_causes.jobs_with_cause(jobs, states[0], cause)
        if st.button("← All causes"):
            links.set_query_params(cause="")
        if len(jobs):
            cause_list.show_cause(failure_causes.group_by_cause(jobs).iloc[0], aws_commands.redrive_lines(jobs))
        return jobs
    causes = failure_causes.group_by_cause(jobs)
    if causes.empty:
        page.empty_state("No failures.", "Choose a longer window or another state to see more.")
    elif (clicked := cause_list.show_causes(causes)) is not None:
        links.set_query_params(cause=clicked["cause"], state=clicked["state"])
    return jobs


def show_list(jobs: pd.DataFrame, states: Sequence[State], dataset: Dataset, jobs_in_window: int) -> None:
    """Show the jobs that pass the filters; a click opens one. `dataset` says which jobs are still broken."""
    page.section(f"Jobs: {' and '.join(states)}" if states else "Jobs that did not succeed")
    chosen = filters.choose_jobs(job_list.types_of(jobs))
    listed = job_list.filter_jobs(jobs, [], chosen.types, chosen.text)
    if chosen.still_broken:
        listed = job_list.in_both(listed, waiting.unresolved(dataset.jobs))
    page.note(f"{len(listed):,} of {counted(jobs_in_window, 'job')} in this window")
    if listed.empty:
        page.empty_state("No jobs match.", "Change or clear the filters.")
    elif (row := item_tables.show_jobs(listed, dataset.read_at, "jobs")) is not None:
        st.switch_page(links.JOBS, query_params=links.job(row["table"], row["id"], row["user_id"]))


def show_waiting(students: pd.DataFrame, *, open_student: bool) -> None:
    """Show the waiting students. A click opens the student's page, or searches the list of jobs for the student."""
    page.section("Waiting students")
    if students.empty:
        page.empty_state("No one is waiting.", "Students with a stuck job and no success since appear here.")
    elif user_id := waiting_students.show(students):
        if open_student:
            st.switch_page(links.STUDENT, query_params=links.student(user_id))
        filters.search_jobs(user_id)

"""The Jobs page: states over time, failure rates, causes, the list of jobs, waiting students; and one job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import cause_memory, failure_causes, failure_rates, job_list, waiting
from bandup.analysis.cause_memory import CauseKey, CauseMemory
from bandup.analysis.states import State
from bandup.analysis.students import is_student
from bandup.analysis.time_windows import Window, frequency, in_zone
from bandup.charts import jobs_chart
from bandup.charts.theme import state_label
from bandup.exports import aws_commands
from bandup.formatting import ago, counted, duration
from bandup.queries.dataset import Dataset
from bandup.templating import render
from bandup.ui import (
    address,
    cause_memory_view,
    clickable_table,
    downloads,
    figures,
    filters,
    html,
    item_details,
    item_tables,
    links,
    page,
)
from bandup.ui.clickable_table import number_column, text_column, time_column
from bandup.ui.plain_text import plain
from bandup.ui.viewer import local_time, viewer_zone
from data.results import JobRead

NOT_SUCCEEDED = [state for state in State if state != State.SUCCEEDED]
MAX_RATES = 60


def show_rates(jobs: pd.DataFrame, window: Window, read_at: datetime) -> None:
    """Show the states over time, one bar per hour or day, and the failure rates by type and by model.

    `jobs`: those of the window, which ends at `read_at`.
    """
    freq = frequency(window)
    local = in_zone(jobs, viewer_zone())
    over_time, rates = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            jobs_chart.states_over_time(local, freq=freq, until=read_at, length=window.length, dark=figures.is_dark()),
            jobs_chart.states_over_time_alt(local, freq=freq),
            key="states_over_time",
        )
    with rates:
        by_type = failure_rates.rates_by(jobs, "type")
        html.show(rate_table(by_type, "Type"))
        finished = int(by_type["finished"].sum())
        if others := len(jobs) - finished:
            are = "is" if others == 1 else "are"
            page.note(f"Of {counted(finished, 'finished job')}; {others:,} more {are} running, superseded or unknown.")
        with st.expander("Per model", key="per_model"):
            html.show(rate_table(failure_rates.rates_by(jobs, "model_used"), "Model"))
            page.note(failure_rates.MODEL_NOTE)


def rate_table(rates: pd.DataFrame, heading: str) -> Markup:
    """The first rates of `bandup.analysis.failure_rates.rates_by`, and how many more; `heading`: what they are by."""
    rows = rates.head(MAX_RATES).itertuples(index=False, name=None)
    return render("rate_table.html", rates=rows, heading=heading, omitted=len(rates) - MAX_RATES)


@dataclass(frozen=True)
class OpsMemory:
    """What ops did about causes, who looks now (empty: to be asked) and what stores more; `problem`: why it can't be read."""

    memories: Mapping[CauseKey, CauseMemory]
    signed_in_as: str
    add: cause_memory_view.Add
    is_on: bool
    problem: str = ""


def show_causes(
    jobs: pd.DataFrame, states: Sequence[State], all_jobs: pd.DataFrame, memory: OpsMemory, now: datetime
) -> pd.DataFrame:
    """Show the causes of the jobs in these states (all but succeeded if empty), or the one in the address.

    Returns these jobs; if there is a cause in the address, those with this cause. `all_jobs`: of any time. Muted and
    resolved causes follow at a switch.
    """
    page.section("Causes")
    if memory.problem:
        page.note(memory.problem)
    jobs = job_list.filter_jobs(jobs, states or NOT_SUCCEEDED, [], "")
    cause = address.query_param("cause")
    if cause and len(states) == 1:
        jobs = failure_causes.jobs_with_cause(jobs, states[0], cause)
        if st.button("← All causes"):
            address.rerun_with(cause="")
        if len(jobs):
            _show_cause(failure_causes.group_by_cause(jobs).iloc[0], jobs, all_jobs, memory, now)
        return jobs
    causes = cause_memory.with_memory(failure_causes.group_by_cause(jobs), memory.memories, now)
    if causes.empty:
        listed = f"No {' or '.join(states)} jobs" if states else "No jobs that did not succeed"
        page.empty_state(f"{listed} in this window.", "Choose a longer window or another state to see more.")
    else:
        shown = filters.leave_out_quiet(causes)
        if len(shown) and (clicked := _show_cause_list(shown)) is not None:
            address.rerun_with(cause=clicked["cause"], state=clicked["state"])
    return jobs


def _show_cause_list(causes: pd.DataFrame) -> pd.Series | None:
    return clickable_table.show(
        causes.assign(in_state=clickable_table.state_labels(causes["state"]), share=100 * causes["share"]),
        "cause",
        {
            "jobs": number_column("Jobs"),
            "share": st.column_config.ProgressColumn("Share", format="%.0f %%", min_value=0.0, max_value=100.0),
            "students": number_column("Students", help="Students with such a job"),
            "in_state": "State",
            **({"status": text_column("Status", width=210)} if causes["status"].ne("").any() else {}),
            **({"owner": text_column("Owner", width=120)} if causes["owner"].ne("").any() else {}),
            "first": time_column("First seen"),
            "last": time_column("Last seen"),
            "undated": number_column("Undated", help="Jobs at an unknown time"),
            "types": "Types",
            "models": "Models",
        },
        key="causes",
        alt=f"{counted(len(causes), 'cause')} of failure with jobs, students, first and last seen",
        button_label="Cause",
        button_width=420,
    )


def _show_cause(cause: pd.Series, jobs: pd.DataFrame, all_jobs: pd.DataFrame, memory: OpsMemory, now: datetime) -> None:
    """Show one cause: its numbers, samples of its error texts, what was done about it, and the ids of its `jobs`."""
    zone, redrive = viewer_zone(), aws_commands.redrive_lines(jobs)
    known = memory.memories.get(cause_memory.cause_key(cause["state"], cause["cause"]), CauseMemory())
    page.section(str(cause["cause"]))
    html.show_facts(
        {
            "Jobs": f"{cause['jobs']:,}",
            "Students": f"{cause['students']:,}",
            "First seen": local_time(cause["first"], zone),
            "Last seen": local_time(cause["last"], zone),
            "Types": cause["types"] or "–",
            "Models": cause["models"] or "not stored",
        }
    )
    for sample in cause["samples"]:
        page.code(sample)
    cause_memory_view.show_history(cause, known, all_jobs, now)
    if memory.is_on:
        cause_memory_view.change(cause, known, memory.signed_in_as, now, memory.add)
    title = f"Hand-off: the ids of {counted(cause['jobs'], 'job')} as JSON lines, for a redrive"
    with st.expander(title, key="hand_off"):
        downloads.button("Download", redrive, file_name="redrive.jsonl", mime="application/x-ndjson", key="redrive")
        with st.container(height=240, border=False):  # a code block's own scrolling can't be done by keyboard
            page.code(redrive)  # with colours, 4,826 lines made 158,000 elements
        if memory.is_on:
            cause_memory_view.record_hand_off(cause, jobs, memory.signed_in_as, now, memory.add)


def show_list(jobs: pd.DataFrame, states: Sequence[State], dataset: Dataset, jobs_in_window: int) -> None:
    """Show the jobs that pass the filters; a click opens one. `dataset` says which jobs are still broken."""
    page.section(f"Jobs: {' and '.join(states)}" if states else "Jobs that did not succeed")
    types, text, still_broken = filters.choose_jobs(job_list.types_of(jobs))
    listed = job_list.filter_jobs(jobs, [], types, text)
    if still_broken:
        listed = job_list.in_both(listed, waiting.unresolved(dataset.jobs))
    page.note(f"{len(listed):,} of {counted(jobs_in_window, 'job')} in this window")
    if listed.empty:
        page.empty_state("No jobs match.", "Change or clear the filters.")
    elif (row := item_tables.show_jobs(listed, dataset.as_of, "jobs")) is not None:
        address.go_to(links.JOBS, links.job(row["table"], row["id"], row["user_id"]))


def show_waiting(dataset: Dataset, jobs: pd.DataFrame, *, open_student: bool) -> None:
    """Show the students with an unresolved stuck job among `jobs`, those of a window, and count the other ones.

    A click opens the student's page, or searches the list of jobs.
    """
    page.section("Waiting students")
    students = waiting.waiting_students(dataset.jobs, dataset.as_of, jobs)
    others = dataset.waiting["user_id"][~dataset.waiting["user_id"].isin(students["user_id"])].nunique()
    if others:
        page.note(f"{counted(others, 'more student')} waiting for a job of another or an unknown time: see all time.")
    if students.empty:
        what = "No one is waiting for a job of this window." if others else "No one is waiting."
        page.empty_state(what, "Students with a stuck job and no success since appear here.")
    elif (user_id := choose_waiting_student(students)) is not None:
        if open_student:
            address.go_to(links.STUDENT, links.student(user_id))
        address.rerun_with(**{filters.JOB_SEARCH: user_id})


def choose_waiting_student(waiting: pd.DataFrame) -> str | None:
    """Show the students, longest waiting first, and return the id of the one that was clicked, or None."""
    waited = ["time unknown" if pd.isna(seconds) else duration(seconds) for seconds in waiting["waited_seconds"]]
    return clickable_table.clicked_student(
        waiting.assign(waited=waited),
        {
            "type": "Type",
            "waited": "Waiting for",
            "since": time_column("Since"),
            "stuck": number_column("Stuck jobs"),
        },
        key="waiting",
        alt=f"{counted(len(waiting), 'student')} with a stuck job and no result since",
    )


def show_job(read: JobRead, table_address: tuple[str, str, str | None], now: datetime, *, student_link: bool) -> None:
    """Show one job. `table_address`: the table's name, region and, if it is not AWS, endpoint."""
    row = read.row
    item_details.show_state(row, read.same_job_users)
    html.show_facts(
        {
            "State": state_label(row["state"]),
            "Status": row["status"],
            "Type": row.get("evaluation_type", "flashcard"),
            "Student": row["user_id"],
            "When": local_time(row["at"], viewer_zone()),
            "Age": ago(row["at"], now),
            "Time from": row["at_source"],
            "Model": row["model_used"],
        }
    )
    item_details.show_flags(int(row["flags"]))
    page.section("Hand-off")
    page.note("Commands to run yourself: the dashboard only reads.")
    for heading, command in _commands(row, *table_address, now).items():
        st.markdown(f"**{plain(heading)}**")
        page.code(command)
    page.section("Raw item")
    page.stored_json(read.raw)
    if student_link and is_student(read.row["user_id"]):
        st.page_link(links.STUDENT, label="This student’s page", query_params=links.student(row["user_id"]))


def _commands(row: pd.Series, table_name: str, region: str, endpoint: str | None, now: datetime) -> dict[str, str]:
    """Commands to copy, by heading: read the item, read the function's logs around the job, the query of those logs."""
    key_name = "evaluation_id" if "evaluation_id" in row else "set_id"
    key = str(row[key_name])
    at = None if pd.isna(row["at"]) else row["at"].to_pydatetime()
    get_item = aws_commands.get_item_command(table_name, key_name, key, row["user_id"], region, endpoint)
    logs = aws_commands.logs_command(key, at, now, region=region)
    return {
        "The item as it is stored now": get_item,
        "The function’s logs around that time (fill in the log group)": logs,
        "The same query for CloudWatch Logs Insights": aws_commands.logs_query(key),
    }

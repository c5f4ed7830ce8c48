"""One job: its facts, its flags, the item as stored, and AWS commands for ops to run themselves."""

from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.charts.theme import state_label
from bandup.exports import aws_commands
from bandup.formatting import ago
from bandup.ui import html, item_details, links, page
from bandup.ui.badges import show_flags
from bandup.ui.plain_text import plain
from bandup.ui.viewer import local_time, viewer_zone
from data.results import JobRead


def show(read: JobRead, table_address: tuple[str, str, str | None], now: datetime, *, student_link: bool) -> None:
    """Show one job. `table_address`: the table's name, region and, if it is not AWS, endpoint."""
    row = read.row
    item_details.show_state(row, read.same_job_users)
    facts = {
        "State": state_label(row["state"]),
        "Status": row["status"],
        "Type": row.get("evaluation_type", "flashcard"),
        "Student": row["user_id"],
        "When": local_time(row["at"], viewer_zone()),
        "Age": ago(row["at"], now),
        "Time from": row["at_source"],
        "Model": row["model_used"],
    }
    html.show(html.facts({name: str(value) for name, value in facts.items() if pd.notna(value)}))
    show_flags(int(row["flags"]))
    page.section("Hand-off")
    page.note("Commands to run yourself: the dashboard only reads.")
    for heading, command in _commands(row, *table_address, now).items():
        st.markdown(f"**{plain(heading)}**")
        st.code(command, language=None, wrap_lines=True)
    page.section("Raw item")
    st.code(read.raw, language="json", wrap_lines=True)
    if student_link:
        st.page_link(links.STUDENT, label="This student’s page", query_params=links.student(row["user_id"]))


def _commands(row: pd.Series, table_name: str, region: str, endpoint: str | None, now: datetime) -> dict[str, str]:
    """Commands to copy, by heading: read the item, read the function's logs around the job, the query of those logs."""
    key_name = "evaluation_id" if "evaluation_id" in row else "set_id"
    key = str(row[key_name])
    at = None if pd.isna(row["at"]) else row["at"].to_pydatetime()
    return {
        "The item as it is stored now": aws_commands.get_item_command(
            table_name, key_name, key, row["user_id"], region, endpoint
        ),
        "The function’s logs around that time (fill in the log group)": aws_commands.logs_command(
            key, at, now, region=region
        ),
        "The same query for CloudWatch Logs Insights": aws_commands.logs_query(key),
    }

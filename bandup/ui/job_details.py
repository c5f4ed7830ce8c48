"""One opened job: its facts, what is odd about it, its twins, the raw item, and the commands ops run themselves."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.exports import aws_commands
from bandup.formatting import ago
from bandup.ui import html, item_details, links, page
from bandup.ui.badges import flags, state_label
from bandup.ui.plain_text import local_time, plain, viewer_zone


def commands(row: pd.Series, table_name: str, region: str, endpoint: str | None, now: datetime) -> dict[str, str]:
    """What ops copy, by heading: the item as it is now, the function's log around the job, the log's query alone."""
    key_name = "evaluation_id" if "evaluation_id" in row else "set_id"
    key = str(row[key_name])
    at = None if pd.isna(row["at"]) else row["at"].to_pydatetime()
    return {
        "The item as it is stored now": aws_commands.get_item(
            table_name, key_name, key, row["user_id"], region, endpoint
        ),
        "What the function logged around it (fill in its log group)": aws_commands.start_query(
            key, at, now, region=region
        ),
        "The same as a query for CloudWatch Logs Insights": aws_commands.logs_query(key),
    }


def show(
    row: pd.Series, raw: str, twins: Sequence[str], commands: dict[str, str], now: datetime, *, to_student: bool
) -> None:
    """`row`: a judged row of either table; `raw`: the item as stored; `commands`: heading to the text to copy;
    `to_student`: whether a link to the student's page stands at the end.
    """
    item_details.state_notice(row, tuple(twins))
    known = {
        "State": state_label(row["state"]),
        "Status": row["status"],
        "Type": row.get("evaluation_type", "flashcard"),
        "Student": row["user_id"],
        "When": local_time(row["at"], viewer_zone()),
        "Age": ago(row["at"], now),
        "Time from": row["at_source"],
        "Model": row["model_used"],
    }
    html.show(html.facts({name: str(value) for name, value in known.items() if pd.notna(value)}))
    flags(int(row["flags"]))
    page.section("Hand-off")
    page.note("Commands to run yourself: the dashboard only reads.")
    for heading, command in commands.items():
        st.markdown(f"**{plain(heading)}**")
        st.code(command, language=None, wrap_lines=True)
    page.section("Raw item")
    st.code(raw, language="json", wrap_lines=True)
    if to_student:
        st.page_link(links.STUDENT, label="Everything of this student", query_params=links.student(row["user_id"]))

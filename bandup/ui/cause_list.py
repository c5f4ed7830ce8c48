"""Causes of failure as a list, and one opened cause with samples of its errors and its jobs for a redrive."""

import pandas as pd
import streamlit as st

from bandup.formatting import counted
from bandup.ui import clickable_table, downloads, html, page
from bandup.ui.badges import state_labels
from bandup.ui.viewer import local_time, viewer_zone


def show_causes(causes: pd.DataFrame) -> pd.Series | None:
    """Show the causes, most jobs first, and return the one that was clicked, or None.

    `causes`: as of `bandup.analysis.failure_causes.group_by_cause`.
    """
    return clickable_table.show(
        causes.assign(in_state=state_labels(causes["state"]), share=100 * causes["share"]),
        "cause",
        {
            "jobs": clickable_table.number_column("Jobs"),
            "share": st.column_config.ProgressColumn("Share", format="%.0f %%", min_value=0.0, max_value=100.0),
            "students": clickable_table.number_column("Students", "Students with such a job"),
            "in_state": clickable_table.text_column("State"),
            "first": clickable_table.time_column("First seen"),
            "last": clickable_table.time_column("Last seen"),
            "undated": clickable_table.number_column("Undated", "Jobs at an unknown time"),
            "types": clickable_table.text_column("Types"),
            "models": clickable_table.text_column("Models"),
        },
        key="causes",
        alt=f"{counted(len(causes), 'cause')} of failure with jobs, students, first and last seen",
        button_label="Cause",
        button_width=420,
    )


def show_cause(cause: pd.Series, redrive: str) -> None:
    """Show one cause: its numbers, samples of its error texts, and the ids of all its jobs (`redrive`: as JSON lines)."""
    zone = viewer_zone()
    page.section(str(cause["cause"]))
    html.show(
        html.facts(
            {
                "Jobs": f"{cause['jobs']:,}",
                "Students": f"{cause['students']:,}",
                "First seen": local_time(cause["first"], zone),
                "Last seen": local_time(cause["last"], zone),
                "Types": cause["types"] or "–",
                "Models": cause["models"] or "not stored",
            }
        )
    )
    for sample in cause["samples"]:
        st.code(sample, language=None, wrap_lines=True)
    with st.expander(f"Hand-off: the ids of {counted(cause['jobs'], 'job')} as JSON lines, for a redrive"):
        downloads.button("Download", redrive, file_name="redrive.jsonl", mime="application/x-ndjson", key="redrive")
        with st.container(height=240, border=False):  # a code block's own scrolling can't be done by keyboard
            st.code(redrive, language=None, wrap_lines=True)  # with colours, 4,826 lines made 158,000 elements

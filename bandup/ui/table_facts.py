"""One DynamoDB table: keys, indexes, recovery, the access path of each read, the meaning of its attributes."""

from typing import Any

import streamlit as st

from bandup.formatting import counted
from bandup.ui import html, page
from bandup.ui.plain_text import plain
from data.results import TableFacts

INDEX_COLUMNS: dict[str, Any] = {
    "index": "Index",
    "partition_key": "Partition key",
    "sort_key": "Sort key",
    "projection": "Projection",
    "status": "Status",
    "items": "Items",
    "size_mb": st.column_config.NumberColumn("MB", format="%.2f"),
    "holds_every_item": "Holds every item",
    "holds_summary_attributes": "Holds all summary attributes",
}
BILLING = {"PAY_PER_REQUEST": "on demand", "PROVISIONED": "provisioned"}


def show(facts: TableFacts) -> None:
    """Show everything known about one table, under its name."""
    description = facts.description
    page.section(description.name)
    html.show(
        html.facts(
            {
                "Items (estimate)": f"{description.item_count:,}",
                "Size (estimate)": _megabytes(description.size_bytes),
                "Billing": BILLING.get(description.billing_mode, description.billing_mode),
                "Point-in-time recovery": facts.recovery,
                "Time to live": facts.time_to_live,
                "Keys": ", ".join(description.keys),
            }
        )
    )
    st.markdown(f"**A student’s items:** {plain(facts.student_path.why)}.")
    st.markdown(f"**All items:** {plain(facts.all_items_path.why)}. {plain(_full_read_cost(description.scan_units))}")
    st.markdown("**One item:** GetItem with both keys.")
    if facts.indexes.empty:
        page.empty_state("No secondary indexes.", "Run “python -m bandup provision” to create the recommended ones.")
    else:
        st.dataframe(
            facts.indexes,
            hide_index=True,
            column_config=INDEX_COLUMNS,
            alt=f"{counted(len(facts.indexes), 'index', 'indexes')} of {description.name}",
        )
    with st.expander(
        f"The meaning of its {counted(len(facts.attributes), 'column and attribute', 'columns and attributes')}"
    ):
        st.dataframe(
            facts.attributes, hide_index=True, alt=f"The meaning of the columns and attributes of {description.name}"
        )


def _megabytes(size: int) -> str:
    """A size in MB; a dash if DescribeTable gives none."""
    return f"{size / 1e6:,.1f} MB" if size else "–"


def _full_read_cost(units: float) -> str:
    """A sentence on the cost of reading the whole table; empty if DescribeTable gives no size."""
    return f"Reading the whole table takes about {units:,.1f} read capacity units." if units else ""

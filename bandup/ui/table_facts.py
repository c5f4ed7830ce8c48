"""One table of DynamoDB: its keys, indexes, recovery, the path each read takes, what its attributes mean."""

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
    "holds_light_attributes": "Holds all light attributes",
}
BILLING = {"PAY_PER_REQUEST": "on demand", "PROVISIONED": "provisioned"}


def show(facts: TableFacts) -> None:
    """All that is known of one table, under its name."""
    description = facts.description
    page.section(description.name)
    html.show(
        html.facts(
            {
                "Items, by estimate": f"{description.item_count:,}",
                "Size, by estimate": _megabytes(description.size_bytes),
                "Billing": BILLING.get(description.billing_mode, description.billing_mode),
                "Point-in-time recovery": facts.recovery,
                "Time to live": facts.time_to_live,
                "Keys": ", ".join(description.keys),
            }
        )
    )
    st.markdown(f"**A student’s items:** {plain(facts.student_path.why)}.")
    st.markdown(f"**Everyone:** {plain(facts.everyone_path.why)}. {plain(_whole_table(description.scan_units))}")
    st.markdown("**One item:** GetItem with both keys.")
    if facts.indexes.empty:
        page.nothing("No secondary index.", "The command “python -m bandup provision” makes those that serve best.")
    else:
        st.dataframe(
            facts.indexes,
            hide_index=True,
            column_config=INDEX_COLUMNS,
            alt=f"{counted(len(facts.indexes), 'index', 'indexes')} of {description.name}",
        )
    with st.expander(
        f"What its {counted(len(facts.attributes), 'column and attribute', 'columns and attributes')} mean"
    ):
        st.dataframe(
            facts.attributes, hide_index=True, alt=f"What the columns and attributes of {description.name} mean"
        )


def _megabytes(size: int) -> str:
    """A size in MB; a dash where DescribeTable does not tell."""
    return f"{size / 1e6:,.1f} MB" if size else "–"


def _whole_table(units: float) -> str:
    """What a read of the whole table takes, where DescribeTable tells its size."""
    return f"By estimate the whole table is {units:,.1f} read capacity units." if units else ""

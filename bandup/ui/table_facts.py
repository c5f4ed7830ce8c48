"""One DynamoDB table: keys, indexes, recovery, access paths, the meaning of its attributes, and its data quality."""

from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.formatting import counted, fixed
from bandup.templating import render
from bandup.ui import html, links, page
from bandup.ui.plain_text import plain
from data.results import TableFacts

INDEX_COLUMNS: dict[str, Any] = {
    "index": "Index",
    "partition_key": "Partition key",
    "sort_key": "Sort key",
    "projection": "Projection",
    "status": "Status",
    "items": st.column_config.NumberColumn("Items (estimate)", format="localized"),
    "size_mb": st.column_config.NumberColumn("MB (estimate)", format="%.2f"),
    "holds_every_item": "Holds every item",
    "holds_summary_attributes": "Holds all summary attributes",
}
NOT_KNOWN = "not known yet"
BILLING = {"PAY_PER_REQUEST": "on demand", "PROVISIONED": "provisioned"}


def show(facts: TableFacts) -> None:
    """Show everything known about one table, under its name."""
    description = facts.description
    size, units = description.size_bytes, description.scan_units  # 0 where DescribeTable gives no size
    page.section(description.name)
    html.show_facts(
        {
            # 0 where DynamoDB has not counted yet, which it does every six hours, or where the engine never does
            "Items (estimate)": f"{description.item_count:,}" if description.item_count else NOT_KNOWN,
            "Size (estimate)": f"{fixed(size / 1e6)} MB" if size else NOT_KNOWN,
            "Billing": BILLING.get(description.billing_mode, description.billing_mode),
            "Point-in-time recovery": facts.recovery,
            "Time to live": facts.time_to_live,
            "Keys": ", ".join(description.keys),
        }
    )
    scan = f"Reading the whole table takes about {fixed(units)} read capacity units." if units else ""
    st.markdown(f"**A student’s items:** {plain(facts.student_path.why)}.")
    st.markdown(f"**All items:** {plain(facts.all_items_path.why)}. {plain(scan)}")
    st.markdown("**One item:** GetItem with both keys.")
    if facts.indexes.empty:
        page.empty_state("No secondary indexes.", "Run “python -m bandup provision” to create the recommended ones.")
    else:
        alt = f"{counted(len(facts.indexes), 'index', 'indexes')} of {description.name}"
        st.dataframe(
            facts.indexes,
            hide_index=True,
            column_config=INDEX_COLUMNS,
            placeholder=NOT_KNOWN,
            alt=alt,
            key=f"indexes of {description.name}",
        )
    attributes = counted(len(facts.attributes), "column and attribute", "columns and attributes")
    with st.expander(f"The meaning of its {attributes}", key=f"meanings of {description.name}"):
        alt = f"The meaning of the columns and attributes of {description.name}"
        st.dataframe(facts.attributes, hide_index=True, alt=alt, key=f"attributes of {description.name}")


def quality_table(flags: pd.DataFrame) -> Markup:
    """A row per flag, with links to samples. `flags`: as of `bandup.analysis.data_quality.flag_counts`."""
    return render("quality_table.html", flags=flags.to_dict("records"), href=links.item_href)

"""Tables: keys, indexes, recovery, and the path each read takes. For ops."""

import streamlit as st

from components import cost, page, reading
from components.text import counted, plain
from data import cached

page.header("Tables", "What the two tables are, how they are read, and what a read costs.")

ESTIMATE = "DescribeTable’s estimate, up to six hours old"
INDEX_COLUMNS = {
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


def megabytes(size: int) -> str:
    """A size in MB; a dash where DescribeTable does not tell."""
    return f"{size / 1e6:,.1f} MB" if size else "–"


def whole_table(units: float) -> str:
    """What a read of the whole table takes, where DescribeTable tells its size."""
    return f"By estimate the whole table is {units:,.1f} read capacity units." if units else ""


for key in cached.TABLE_KEYS:
    facts = cached.table_facts(key)
    description = facts.description
    page.section(description.name)
    with st.container(horizontal=True):
        st.metric("Items", f"{description.item_count:,}", help=ESTIMATE, width="content")
        st.metric("Size", megabytes(description.size_bytes), help=ESTIMATE, width="content")
        st.metric("Billing", BILLING.get(description.billing_mode, description.billing_mode), width="content")
        st.metric("Point-in-time recovery", plain(facts.recovery), width="content")
        st.metric("Time to live", plain(facts.time_to_live), width="content")

    st.markdown(f"**Keys.** Partition key `{description.keys[0]}`, sort key `{description.keys[-1]}`.")
    st.markdown(f"**A student’s items:** {plain(facts.student_path.why)}.")
    st.markdown(f"**Everyone:** {plain(facts.everyone_path.why)}. {plain(whole_table(description.scan_units))}")
    st.markdown("**One item:** GetItem with both keys.")
    if facts.indexes.empty:
        page.nothing("No secondary index.", "The command “python -m data provision” makes those that serve best.")
    else:
        st.dataframe(
            facts.indexes,
            hide_index=True,
            column_config=INDEX_COLUMNS,
            alt=counted(len(facts.indexes), "index", "indexes"),
        )
    with st.expander(f"What its {counted(len(facts.attributes), 'attribute')} mean"):
        st.dataframe(facts.attributes, hide_index=True, alt="Attributes and their meaning")

store = cached.snapshots()
cohort = reading.wait_for(store)
cost.line(cohort.cost, reading.freshness(store.view(), cached.now()))

"""Tables: keys, indexes, recovery, and the path each read takes. For ops."""

import streamlit as st

from analysis import exports, quality
from components import cost, markup, page, reading, take_away
from components import quality as quality_table
from components.text import counted, plain
from data import cached

page.header("Tables", "What the two tables are, how they are read, what a read costs, and how good the data is.")

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
    markup.show(
        markup.facts(
            {
                "Items, by estimate": f"{description.item_count:,}",
                "Size, by estimate": megabytes(description.size_bytes),
                "Billing": BILLING.get(description.billing_mode, description.billing_mode),
                "Point-in-time recovery": facts.recovery,
                "Time to live": facts.time_to_live,
                "Keys": ", ".join(description.keys),
            }
        )
    )
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
    with st.expander(
        f"What its {counted(len(facts.attributes), 'column and attribute', 'columns and attributes')} mean"
    ):
        st.dataframe(facts.attributes, hide_index=True, alt="Columns and attributes and their meaning")

store = cached.snapshots()
cohort = reading.wait_for(store)
odd = cohort.once(quality.odd_items, cohort.jobs)
page.section("What it costs")
units, settings = cohort.cost.capacity_units, cached.settings()
st.markdown(
    plain(f"One read of everyone took {units:,.1f} read capacity units, {cost.in_dollars(cached.price(units))}.")
)
for where, every in (("Pages", settings.refresh_after), ("The Jobs page", settings.jobs_refresh_after)):
    st.markdown(plain(f"{where}: {cost.month_in_words(units, every, cached.price)}."))
page.section("Data quality")
st.markdown(f"{len(odd):,} of {counted(len(cohort.jobs), 'item')} have something odd about them; none was left out.")
for key in cached.TABLE_KEYS:
    counts = cohort.once(quality.flag_counts, cohort.jobs, key)
    if len(counts):
        st.subheader(key.replace("_", " ").capitalize(), anchor=False)
        markup.show(quality_table.table(counts))
if len(odd):
    take_away.button(
        f"Download the {counted(len(odd), 'odd item')} as CSV",
        lambda: exports.formula_safe_csv(odd),
        file_name="odd-items.csv",
        mime="text/csv",
    )
reading.age(store, cached.now())
cost.line(cohort.cost, cached)

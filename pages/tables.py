"""Tables: keys, indexes, access paths, cost and data quality of the two tables. For ops."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import data_quality
from bandup.exports import safe_csv
from bandup.formatting import counted
from bandup.queries import cached_reads, run_cost
from bandup.ui import downloads, html, page, quality_table, read_cost, snapshot_status, table_facts
from bandup.ui.plain_text import plain

page.header("Tables", "Keys, indexes, access paths, cost and data quality of the two tables.")

for key in cached_reads.TABLE_KEYS:
    table_facts.show(cached_reads.table_facts(key))

refresh = cached_reads.dataset_refresh_for_ops()
dataset = snapshot_status.wait_for(refresh)
page.section("Read cost")
for sentence in read_cost.full_read_sentences(dataset.cost, cached_reads.settings()):
    st.markdown(plain(sentence))

page.section("Data quality")
odd = data_quality.flagged_items(dataset.jobs)
st.markdown(f"{len(odd):,} of {counted(len(dataset.jobs), 'item')} have something odd about them; none was left out.")
for key in cached_reads.TABLE_KEYS:
    counts = data_quality.flag_counts(dataset.jobs, key)
    if len(counts):
        st.subheader(key.replace("_", " ").capitalize(), anchor=False)
        html.show(quality_table.table(counts))
if len(odd):
    downloads.button(
        f"Download the {counted(len(odd), 'odd item')} as CSV",
        partial(safe_csv.formula_safe_csv, odd),
        file_name="odd-items.csv",
        mime="text/csv",
    )
snapshot_status.show_age(refresh, clock.now())
read_cost.show(dataset.cost, run_cost.total(), cached_reads.settings())

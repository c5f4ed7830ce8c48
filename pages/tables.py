"""Tables: keys, indexes, recovery, and the path each read takes. For ops."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import data_quality
from bandup.exports import safe_csv
from bandup.formatting import counted
from bandup.queries import cached
from bandup.ui import downloads, html, page, quality_table, read_cost, snapshot_status, table_facts
from bandup.ui.plain_text import plain

page.header("Tables", "What the two tables are, how they are read, what a read costs, and how good the data is.")

for key in cached.TABLE_KEYS:
    table_facts.show(cached.table_facts(key))

store = cached.job_snapshots()
cohort = snapshot_status.wait_for(store)
page.section("What it costs")
for sentence in read_cost.of_everyone_in_words(cohort.cost, cached.settings()):
    st.markdown(plain(sentence))

odd = data_quality.odd_items(cohort.jobs)
page.section("Data quality")
st.markdown(f"{len(odd):,} of {counted(len(cohort.jobs), 'item')} have something odd about them; none was left out.")
for key in cached.TABLE_KEYS:
    counts = data_quality.flag_counts(cohort.jobs, key)
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
snapshot_status.age(store, clock.now())
read_cost.line(cohort.cost, cached.cost_of_this_run(), cached.settings())

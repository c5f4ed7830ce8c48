"""Tables: keys, indexes, recovery, and the path each read takes. For ops."""

from functools import partial

import streamlit as st

from analysis import exports, quality
from components import cost, markup, page, reading, table_facts, take_away
from components import quality as quality_table
from components.text import counted, plain
from data import cached

page.header("Tables", "What the two tables are, how they are read, what a read costs, and how good the data is.")

for key in cached.TABLE_KEYS:
    table_facts.show(cached.table_facts(key))

store = cached.job_snapshots()
cohort = reading.wait_for(store)
page.section("What it costs")
for sentence in cost.of_everyone_in_words(cohort.cost, cached.settings()):
    st.markdown(plain(sentence))

odd = cohort.once(quality.odd_items, cohort.jobs)
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
        partial(exports.formula_safe_csv, odd),
        file_name="odd-items.csv",
        mime="text/csv",
    )
reading.age(store, cached.now())
cost.line(cohort.cost, cached)

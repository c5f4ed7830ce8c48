"""Tables: keys, indexes, access paths, cost and data quality of the two tables. For ops."""

from functools import partial

from bandup import clock
from bandup.analysis import data_quality
from bandup.exports import tables_export
from bandup.formatting import counted
from bandup.queries import cached_reads, run_cost
from bandup.ui import downloads, html, page, read_status, table_facts

page.header("Tables", "Keys, indexes, access paths, cost and data quality of the two tables.")

for key in cached_reads.TABLE_KEYS:
    table_facts.show(cached_reads.table_facts(key))

refresh = cached_reads.dataset_refresh_for_ops()
dataset = read_status.wait_for(refresh)
read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)
page.section("Read cost")
for sentence in read_status.full_read_sentences(dataset.cost, cached_reads.settings()):
    page.text(sentence)

page.section("Data quality")
flagged = data_quality.flagged_items(dataset.jobs)
page.text(f"{len(flagged):,} of {counted(len(dataset.jobs), 'item')} have at least one data issue; none is left out.")
for key in cached_reads.TABLE_KEYS:
    counts = data_quality.flag_counts(dataset.jobs, key)
    if len(counts):
        page.subsection(key.replace("_", " ").capitalize())
        html.show(table_facts.quality_table(counts))
if len(flagged):
    downloads.button(
        f"Download the {counted(len(flagged), 'item')} with data issues as CSV",
        partial(tables_export.file_bytes, flagged, "csv"),
        file_name="odd-items.csv",
        mime="text/csv",
    )
read_status.show_cost(dataset.cost, run_cost.total(), cached_reads.settings())

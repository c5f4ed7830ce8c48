"""How good the stored data is: which oddities there are, in how many items, and which items they are."""

import pandas as pd

from bandup.memo import memoized
from data.flags import Flag, labels

SAMPLES = 3
"""So many items are named as samples of a flag."""


@memoized
def flag_counts(jobs: pd.DataFrame, table: str) -> pd.DataFrame:
    """Each flag that items of a table bear, most first.

    `jobs`: every item, as `bandup.analysis.job_list.jobs` makes it. Columns: `flag` and `sentence` (str), `items` (int64), `share`
    (float64, of the table's items, 0 to 1), `samples` (object: list of `(id, user_id, type)`, the newest three).
    """
    items = jobs[jobs["table"].astype("str") == table]
    rows = []
    for flag in Flag:
        flagged = items[(items["flags"] & int(flag)) != 0]
        if len(flagged):
            newest = flagged.head(SAMPLES)
            samples = list(zip(newest["id"], newest["user_id"], newest["type"].astype("str"), strict=True))
            rows.append((flag.label, flag.sentence, len(flagged), len(flagged) / len(items), samples))
    columns = ["flag", "sentence", "items", "share", "samples"]
    return pd.DataFrame(rows, columns=columns).sort_values("items", ascending=False, kind="stable", ignore_index=True)


@memoized
def odd_items(jobs: pd.DataFrame) -> pd.DataFrame:
    """Every item that bears a flag, for export: `table`, `id`, `user_id`, `type`, `status`, `state`, `at`, `at_source`,
    `flags` (str: names joined by spaces), in the order given.
    """
    odd = jobs[jobs["flags"] != 0]
    names = {mask: " ".join(labels(mask)) for mask in odd["flags"].unique()}
    columns = ["table", "id", "user_id", "type", "status", "state", "at", "at_source"]
    return odd[columns].assign(flags=odd["flags"].map(names).astype("str"))

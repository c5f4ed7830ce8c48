"""The quality of the stored data: how many items have which flag, and which items those are."""

import pandas as pd

from bandup.memo import memoized
from data.flags import Flag, labels

SAMPLES_PER_FLAG = 3


@memoized
def flag_counts(jobs: pd.DataFrame, table: str) -> pd.DataFrame:
    """The flags that items of a table have, most frequent first.

    `jobs`: every item, as of `bandup.analysis.job_list.all_jobs`. Columns: `flag` and `sentence` (str), `items`
    (int64), `share` (float64, of the table's items, 0 to 1), `samples` (object: list of `(id, user_id, type)`, the
    newest `SAMPLES_PER_FLAG`).
    """
    items = jobs[jobs["table"].astype("str") == table]
    rows = []
    for flag in Flag:
        flagged = items[(items["flags"] & int(flag)) != 0]
        if len(flagged):
            newest = flagged.head(SAMPLES_PER_FLAG)
            samples = list(zip(newest["id"], newest["user_id"], newest["type"].astype("str"), strict=True))
            rows.append((flag.label, flag.sentence, len(flagged), len(flagged) / len(items), samples))
    columns = ["flag", "sentence", "items", "share", "samples"]
    return pd.DataFrame(rows, columns=columns).sort_values("items", ascending=False, kind="stable", ignore_index=True)


@memoized
def flagged_items(jobs: pd.DataFrame) -> pd.DataFrame:
    """The items that have a flag, for export, in the order given.

    Columns: `table`, `id`, `user_id`, `type`, `status`, `state`, `at`, `at_source`, `flags` (str, as of `flag_names`).
    """
    flagged = jobs[jobs["flags"] != 0]
    columns = ["table", "id", "user_id", "type", "status", "state", "at", "at_source"]
    return flagged[columns].assign(flags=flag_names(flagged["flags"]))


def flag_names(flags: pd.Series) -> pd.Series:
    """The names of the flags in each sum, joined by spaces (str)."""
    names = {mask: " ".join(labels(int(mask))) for mask in flags.unique()}
    return flags.map(names).astype("str")

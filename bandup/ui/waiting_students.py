"""Who is waiting: students with a stuck job and nothing since."""

import pandas as pd

from bandup.formatting import counted, duration
from bandup.ui import clickable_table


def listed(waiting: pd.DataFrame) -> str | None:
    """The students, longest waiting first; the id of the one that was clicked.

    `waiting`: as `bandup.analysis.waiting.waiting` makes it.
    """
    waited = ["time unknown" if pd.isna(seconds) else duration(seconds) for seconds in waiting["waited_seconds"]]
    opened = clickable_table.openable(
        waiting.assign(waited=waited),
        "user_id",
        {
            "type": clickable_table.text_column("Type"),
            "waited": clickable_table.text_column("Waiting for"),
            "since": clickable_table.time_column("Since"),
            "stuck": clickable_table.number_column("Stuck jobs"),
        },
        key="waiting",
        alt=f"{counted(len(waiting), 'student')} with a stuck job and nothing since",
        opens_label="Student",
    )
    return None if opened is None else str(opened["user_id"])

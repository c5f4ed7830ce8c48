"""Who is waiting: students with a stuck job and nothing since."""

import pandas as pd

from analysis.spans import span
from components import tables
from components.text import counted


def listed(waiting: pd.DataFrame) -> str | None:
    """The students, longest waiting first; the id of the one that was clicked.

    `waiting`: as `analysis.waiting.waiting` makes it.
    """
    waited = ["time unknown" if pd.isna(seconds) else span(seconds) for seconds in waiting["waited_seconds"]]
    opened = tables.openable(
        waiting.assign(waited=waited),
        "user_id",
        {
            "type": tables.text_column("Type"),
            "waited": tables.text_column("Waiting for"),
            "since": tables.time_column("Since"),
            "stuck": tables.number_column("Stuck jobs"),
        },
        key="waiting",
        alt=f"{counted(len(waiting), 'student')} with a stuck job and nothing since",
        opens_label="Student",
    )
    return None if opened is None else str(opened["user_id"])

"""Students with a stuck job and no result since."""

import pandas as pd

from bandup.formatting import counted, duration
from bandup.ui import clickable_table


def show(waiting: pd.DataFrame) -> str | None:
    """Show the students, longest waiting first, and return the id of the one that was clicked.

    `waiting`: as of `bandup.analysis.waiting.waiting_students`.
    """
    waited = ["time unknown" if pd.isna(seconds) else duration(seconds) for seconds in waiting["waited_seconds"]]
    clicked = clickable_table.show(
        waiting.assign(waited=waited),
        "user_id",
        {
            "type": clickable_table.text_column("Type"),
            "waited": clickable_table.text_column("Waiting for"),
            "since": clickable_table.time_column("Since"),
            "stuck": clickable_table.number_column("Stuck jobs"),
        },
        key="waiting",
        alt=f"{counted(len(waiting), 'student')} with a stuck job and no result since",
        button_label="Student",
    )
    return None if clicked is None else str(clicked["user_id"])

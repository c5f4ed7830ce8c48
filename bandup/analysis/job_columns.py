"""The columns of a job, declared once.

`bandup.analysis.job_list` builds the frame from them; the Jobs page, the data dictionary and `bandup jobs --json` read
their headings, meanings and keys here. To add a column, add one `JobColumn`.
"""

from dataclasses import dataclass
from typing import Any

from data.schema import DERIVED_COLUMNS, DERIVED_MEANINGS


@dataclass(frozen=True)
class JobColumn:
    """One column of the jobs of both tables.

    A table that lacks the column gets missing values of `dtype`, which must therefore have one: `Int64`, not `int64`,
    unless both tables have the column.
    """

    name: str
    dtype: str
    heading: str
    """On the Jobs page; empty for a column that is not shown there."""
    meaning: str
    """In the data dictionary of exports."""
    json_key: str = ""
    """In `bandup jobs --json`; empty for a column that is not printed."""
    page_order: int = 100
    """The place on the Jobs page, ascending; columns of the same place keep the order of declaration."""
    help_text: str | None = None
    """Explains the heading on the Jobs page."""
    is_wide: bool = False


NOT_OPENED = ", not opened"
"""What follows the state of a set with the flag `cards_not_counted` in lists."""
STATE_HELP = (
    "“not opened”: no number of cards is stored for this set, so it counts as succeeded until its page is opened. "
    "From then on lists say what its cards showed."
)

JOB_COLUMNS = (
    JobColumn("table", "category", "", "The table the item is stored in.", json_key="table"),
    JobColumn("id", "str", "", "The item's partition key: evaluation_id or set_id.", json_key="id"),
    JobColumn("user_id", "str", "Student", "The student.", json_key="user_id", page_order=4),
    JobColumn(
        "type",
        "category",
        "Type",
        "What the job makes: writing, speaking or flashcard, or whatever else was stored.",
        page_order=3,
    ),
    JobColumn("status", "category", "", "The job's status as the function wrote it: processing, completed or failed."),
    JobColumn(
        "state",
        "category",
        "State",
        "What the dashboard makes of the status.",
        json_key="state",
        page_order=1,
        help_text=STATE_HELP,
    ),
    JobColumn(
        "at",
        DERIVED_COLUMNS["at"],
        "When",
        DERIVED_MEANINGS["at"],
        json_key="at",
        page_order=2,
        help_text="Empty if the time is unknown",
    ),
    JobColumn("at_source", "category", "", DERIVED_MEANINGS["at_source"]),
    JobColumn("model_used", "category", "Model", "The model that graded the attempt or made the cards.", page_order=6),
    JobColumn(
        "error_message",
        "str",
        "Error",
        "Why the job failed, without the secrets in it.",
        json_key="error",
        page_order=5,
        is_wide=True,
    ),
    JobColumn("flags", "int64", "", "What was odd about the item: names joined by spaces.", json_key="flags"),
)
"""In the order of the frame, of exports and of `bandup jobs --json`."""


def dtypes() -> dict[str, Any]:
    """The dtype of each column of the frame, by name."""
    return {column.name: column.dtype for column in JOB_COLUMNS}


def meanings() -> dict[str, str]:
    """The meaning of each column, by name."""
    return {column.name: column.meaning for column in JOB_COLUMNS}


def on_page() -> list[JobColumn]:
    """The columns with a heading, in the order of the Jobs page."""
    return sorted((column for column in JOB_COLUMNS if column.heading), key=lambda column: column.page_order)

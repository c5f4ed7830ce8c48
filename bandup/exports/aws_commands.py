r"""Text that ops copy and run themselves. The dashboard runs none of it and never writes.

Commands are for a POSIX shell (sh, bash, zsh) and for versions 1 and 2 of the AWS CLI. What comes from a table is
printable ASCII in all of it (in JSON anything else is a `\u` escape), so that a copied command is what it looks like and
runs in any locale.
"""

import json
import re
from datetime import datetime, timedelta
from shlex import quote
from typing import Any

import pandas as pd

from bandup.memo import memoized

LAMBDA_LOG_GROUP = "/aws/lambda/<function>"
"""Where Lambda writes a function's log unless told otherwise (AWS Lambda developer guide, "Sending Lambda function logs
to CloudWatch Logs"). The tables do not tell a function's name: it is to be filled in."""

LOG_MARGIN = timedelta(minutes=16)
"""How much of the log before and after an item's time is worth reading: that time is the job's start or its end, and a
Lambda function runs for 15 minutes at most."""

UNDATED_SPAN = timedelta(days=30)
"""How far back to read for a job of unknown time. CloudWatch charges for the bytes it reads."""

LOG_LINES = 200

_UNCAUGHT = r"/ERROR|Traceback|Task timed out|Runtime exited/"
_NOT_PLAIN = re.compile(r'["\\\x00-\x1f]+|[^\x00-\x7e]+')


def get_item(
    table_name: str,
    partition_key_name: str,
    partition_key: str,
    user_id: str,
    region: str | None = None,
    endpoint: str | None = None,
) -> str:
    """The command that prints one item as it is stored now, on one line; `user_id` is the sort key of either table.

    Both keys may be any text: the key is JSON in ASCII in single quotes, which begins with a brace and so is never
    taken for an option or for one of the CLI's `file://` or `http://` addresses.
    """
    key = {partition_key_name: {"S": partition_key}, "user_id": {"S": user_id}}
    options = {"table-name": table_name, "key": _ascii(key), "region": region, "endpoint-url": endpoint}
    return f"aws dynamodb get-item {_options(options)} --consistent-read --output json"


def logs_query(job_id: str) -> str:
    """The CloudWatch Logs Insights query for a job: lines that hold its id, and errors nobody caught, oldest first.

    The error that left a job at `processing` stands in lines that do not name the job: hence the second condition, and
    hence a narrow span (see `log_span`). The id is looked for by its plain parts, each a quoted string, which `like`
    takes literally: double quotes, backslashes, control characters and all beyond ASCII divide the parts. So nothing
    needs escaping, and a line is found whether the function logged the id as it is or as JSON. An id without a plain
    part leaves the errors alone.
    """
    parts = [part for part in _NOT_PLAIN.split(job_id) if part]
    conditions = " and ".join(f'@message like "{part}"' for part in parts)
    wanted = f"({conditions}) or @message like {_UNCAUGHT}" if parts else f"@message like {_UNCAUGHT}"
    return (
        "fields @timestamp, @requestId, @logStream, @message\n"
        f"| filter {wanted}\n"
        "| sort @timestamp asc\n"
        f"| limit {LOG_LINES}"
    )


def log_span(at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From when to when to read the log for a job of this time (None or NaT: unknown), both aware, never after `now`.

    `LOG_MARGIN` either way; `UNDATED_SPAN` up to now where the time is unknown.
    """
    if at is None or pd.isna(at):
        return now - UNDATED_SPAN, now
    return min(at, now) - LOG_MARGIN, min(at + LOG_MARGIN, now)


def start_query(
    job_id: str,
    at: datetime | None,
    now: datetime,
    log_group: str = LAMBDA_LOG_GROUP,
    region: str | None = None,
    endpoint: str | None = None,
) -> str:
    """The commands that run `logs_query` over the job's span and print what it found: three lines, to be run in order.

    `log_group` is the function's; the default names none and is to be filled in.
    """
    start, end = log_span(at, now)
    place = {"region": region, "endpoint-url": endpoint}
    options: dict[str, str | None] = {
        "log-group-name": log_group,
        "start-time": str(int(start.timestamp())),
        "end-time": str(int(end.timestamp())),
        "query-string": logs_query(job_id).replace("\n", " "),
    }
    started = f"aws logs start-query {_options(options | place)} --query queryId --output text"
    results = f'aws logs get-query-results --query-id "$query_id" {_options(place)}'.rstrip()
    return f"query_id=$({started})\nsleep 10\n{results} --output json"


@memoized
def redrive_lines(jobs: pd.DataFrame) -> str:
    """The jobs as JSON lines for a redrive, in their order: `table`, `id`, `user_id`, `type`, `state` as text or null.

    Every line, the last one too, ends with a line feed; no jobs, no text. Characters beyond ASCII are escaped.
    """
    columns = ["table", "id", "user_id", "type", "state"]
    texts = jobs[columns].astype("str")
    rows = zip(*(texts[name].astype("object").where(texts[name].notna(), None) for name in columns), strict=True)
    return "".join(_ascii(dict(zip(columns, row, strict=True))) + "\n" for row in rows)


def _ascii(value: dict[str, Any]) -> str:
    """JSON on one line in printable ASCII: all else is escaped, terminal control characters too."""
    return json.dumps(value, ensure_ascii=True)


def _options(options: dict[str, str | None]) -> str:
    """Options as an AWS command takes them; a value that begins with a dash is tied to its name. None is left out."""
    return " ".join(
        f"--{name}{'=' if value.startswith('-') else ' '}{quote(value)}"
        for name, value in options.items()
        if value is not None
    )

r"""Commands and queries that ops copy and run themselves: for a POSIX shell and versions 1 and 2 of the AWS CLI.

Values from the tables are printable ASCII (in JSON, anything else is a `\u` escape), so that a copied command is what it
looks like and runs in any locale.
"""

import json
import re
from datetime import datetime, timedelta
from shlex import quote
from typing import Any

import pandas as pd

from bandup.memo import memoized

LAMBDA_LOG_GROUP = "/aws/lambda/<function>"
"""The default log group of a Lambda function (AWS Lambda developer guide, "Sending Lambda function logs to CloudWatch
Logs"). The tables don't hold the function's name: the reader fills it in."""

LOG_MARGIN = timedelta(minutes=16)
"""How much of the log to read before and after an item's time: that is the start or the end of the job, and a Lambda
function runs for at most 15 minutes."""

UNDATED_PERIOD = timedelta(days=30)
"""How far back to read for a job of unknown time. CloudWatch charges for the bytes it reads."""

LOG_LINES = 200

_UNCAUGHT = r"/ERROR|Traceback|Task timed out|Runtime exited/"
_NOT_PLAIN = re.compile(r'["\\\x00-\x1f]+|[^\x00-\x7e]+')


def get_item_command(
    table_name: str,
    partition_key_name: str,
    partition_key: str,
    user_id: str,
    region: str | None = None,
    endpoint: str | None = None,
) -> str:
    """The command, on one line, that prints an item as it is stored now; `user_id` is the sort key of either table.

    Both keys may be any text: the key is ASCII JSON in single quotes. It begins with a brace, so the CLI never takes it
    for an option or for a `file://` or `http://` address.
    """
    key = {partition_key_name: {"S": partition_key}, "user_id": {"S": user_id}}
    options = {"table-name": table_name, "key": _ascii(key), "region": region, "endpoint-url": endpoint}
    return f"aws dynamodb get-item {_options(options)} --consistent-read --output json"


def logs_query(job_id: str) -> str:
    """The CloudWatch Logs Insights query for a job: lines that contain its id, and uncaught errors, oldest first.

    The error that left a job at `processing` is in lines that don't name the job: hence the second condition and the
    narrow period (see `log_period`). The query looks for the parts of the id between quotes, backslashes, control and
    non-ASCII characters: so nothing needs escaping, and a line is found whether the function logged the id as it is or
    as JSON. For an id without such a part, the query finds the errors only.
    """
    parts = [part for part in _NOT_PLAIN.split(job_id) if part]
    conditions = " and ".join(f'@message like "{part}"' for part in parts)
    lines = f"({conditions}) or @message like {_UNCAUGHT}" if parts else f"@message like {_UNCAUGHT}"
    return (
        "fields @timestamp, @requestId, @logStream, @message\n"
        f"| filter {lines}\n"
        "| sort @timestamp asc\n"
        f"| limit {LOG_LINES}"
    )


def log_period(at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The start and end of the log to read for a job of this time (None or NaT: unknown); aware, never after `now`."""
    if at is None or pd.isna(at):
        return now - UNDATED_PERIOD, now
    return min(at, now) - LOG_MARGIN, min(at + LOG_MARGIN, now)


def logs_command(
    job_id: str,
    at: datetime | None,
    now: datetime,
    log_group: str = LAMBDA_LOG_GROUP,
    region: str | None = None,
    endpoint: str | None = None,
) -> str:
    """The commands that run `logs_query` over the job's period and print the results: three lines, to be run in order."""
    start, end = log_period(at, now)
    place = {"region": region, "endpoint-url": endpoint}
    options: dict[str, str | None] = {
        "log-group-name": log_group,
        "start-time": str(int(start.timestamp())),
        "end-time": str(int(end.timestamp())),
        "query-string": logs_query(job_id).replace("\n", " "),
    }
    start_query = f"aws logs start-query {_options(options | place)} --query queryId --output text"
    results = f'aws logs get-query-results --query-id "$query_id" {_options(place)}'.rstrip()
    return f"query_id=$({start_query})\nsleep 10\n{results} --output json"


@memoized
def redrive_lines(jobs: pd.DataFrame) -> str:
    """The jobs as JSON lines for a redrive, in their order: `table`, `id`, `user_id`, `type`, `state` as text or null.

    Every line ends with a line feed, also the last; without jobs the text is empty. Non-ASCII characters are escaped.
    """
    columns = ["table", "id", "user_id", "type", "state"]
    texts = jobs[columns].astype("str")
    rows = zip(*(texts[name].astype("object").where(texts[name].notna(), None) for name in columns), strict=True)
    return "".join(_ascii(dict(zip(columns, row, strict=True))) + "\n" for row in rows)


def _ascii(value: dict[str, Any]) -> str:
    """JSON on one line in printable ASCII; all other characters are escaped, also terminal control characters."""
    return json.dumps(value, ensure_ascii=True)


def _options(options: dict[str, str | None]) -> str:
    """Options of an AWS command; a value that begins with a dash is joined to its name. None is left out."""
    return " ".join(
        f"--{name}{'=' if value.startswith('-') else ' '}{quote(value)}"
        for name, value in options.items()
        if value is not None
    )

"""`bandup jobs`: the jobs that did not succeed, with the states of the Jobs page."""

import json
import re
from datetime import timedelta

import click

from bandup.analysis import cause_memory
from bandup.analysis.states import State
from bandup.cli.reading import agreed_option, demo_option, endpoint_option, read_dataset, read_reviews
from bandup.cli.terminal import print_output, print_status
from bandup.exports import jobs_report
from bandup.formatting import counted


def _time_span(text: str) -> timedelta:
    """A length of time: a whole number followed by m, h or d. Raises click's BadParameter for any other text."""
    match = re.fullmatch(r"(\d{1,6})([mhd])", text.strip(), re.ASCII)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a length of time: write it like 90m, 24h or 7d.")
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[match[2]]: int(match[1])})


@click.command()
@agreed_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
@click.option(
    "--since",
    type=_time_span,
    metavar="SPAN",
    help="Count and list only jobs of the last SPAN (90m, 24h, 7d), not those at an unknown time or in the future.",
)
@click.option(
    "--state",
    "states",
    type=click.Choice([str(state) for state in State]),
    multiple=True,
    help="List only jobs in this state; can be given more than once.",
)
@endpoint_option
@demo_option
@click.pass_context
def jobs(
    ctx: click.Context,
    agreed: bool,
    as_json: bool,
    since: timedelta | None,
    states: tuple[str, ...],
    endpoint: str | None,
    from_demo: bool,
) -> None:
    """List the jobs that did not succeed.

    The states are those of the Jobs page. Every item of both tables is counted, with --since every one of that time. Exit
    status: 0 if nothing is wrong, 1 if a listed job failed, is stuck or came back empty, 2 if the tables could not be read.

    Jobs of causes that ops muted or marked as resolved on the Jobs page are counted, and not listed; they don't make the
    status 1.
    """
    dataset = read_dataset(endpoint, agreed=agreed, from_demo=from_demo)
    jobs, undated = jobs_report.jobs_since(dataset.jobs, dataset.read_at, since)
    listed = jobs_report.select_jobs(jobs, [State(state) for state in states])
    memories = cause_memory.memory_of(read_reviews(endpoint, from_demo=from_demo))
    muted = cause_memory.quiet_jobs(listed, memories, dataset.read_at)
    if as_json:
        print_output(json.dumps(jobs_report.to_json(jobs, listed, muted, dataset.read_at)))
    else:
        print_output("\n".join(jobs_report.to_lines(jobs, listed, muted, dataset.read_at)))
    if undated:
        what = counted(undated, "more job")
        print_status(f"{what} at an unknown time or in the future: leave --since out to count and list them.")
    ctx.exit(1 if jobs_report.has_unsuccessful(listed, muted) else 0)

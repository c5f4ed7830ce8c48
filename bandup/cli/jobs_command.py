"""`bandup jobs`: the jobs that did not succeed, with the states of the Jobs page."""

import json
import re
from datetime import timedelta
from typing import Any, ClassVar

import click

from bandup.analysis.states import State
from bandup.cli.reading import agreed_option, endpoint_option, everyone, tell
from bandup.exports import jobs_report


class _Span(click.ParamType[timedelta]):
    """A length of time: a whole number and m, h or d."""

    name = "span"
    _units: ClassVar[dict[str, str]] = {"m": "minutes", "h": "hours", "d": "days"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """The text as a timedelta; click's own error where it is none."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([mhd])", str(value).strip(), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is no length of time: it should be like 90m, 24h or 7d.", param, ctx)
        return timedelta(**{self._units[found[2]]: int(found[1])})


@click.command()
@agreed_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
@click.option(
    "--since",
    type=_Span(),
    metavar="SPAN",
    help="List only jobs of the last SPAN, such as 90m, 24h or 7d; jobs of unknown time are left out, and said so.",
)
@click.option(
    "--state",
    "chosen",
    type=click.Choice([str(state) for state in State]),
    multiple=True,
    help="List only jobs in this state; may be given more than once.",
)
@endpoint_option
@click.pass_context
def jobs(
    ctx: click.Context,
    agreed: bool,
    as_json: bool,
    since: timedelta | None,
    chosen: tuple[State, ...],
    endpoint: str | None,
) -> None:
    """List the jobs that did not succeed.

    The states are those of the Jobs page. Every item of both tables is counted. Exit status: 0 nothing wrong, 1 a
    listed job failed, is stuck or came back empty, 2 the tables could not be read.
    """
    cohort = everyone(endpoint, agreed=agreed)
    listed, undated = jobs_report.selected(cohort.jobs, cohort.read_at, since, [State(state) for state in chosen])
    if as_json:
        click.echo(json.dumps(jobs_report.as_json(cohort.jobs, listed, cohort.read_at), ensure_ascii=False))
    else:
        click.echo("\n".join(jobs_report.as_lines(cohort.jobs, listed, cohort.read_at)))
    if undated:
        tell(f"{undated} more at an unknown time: they are listed without --since.")
    ctx.exit(1 if jobs_report.is_trouble(listed) else 0)

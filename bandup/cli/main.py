"""The group of commands, `bandup …` or `python -m bandup …`: one file per command.

Output for other programs goes to stdout, sentences for people go to stderr. A DataError is printed as its sentence, and the
exit status is 2. 1 means that a job failed, and nothing else: see also `bandup/__main__.py`.
"""

import os
import sys
from typing import Any

import click

from bandup.cli.demo_command import demo
from bandup.cli.export_command import export
from bandup.cli.jobs_command import jobs
from bandup.cli.policy_command import policy
from bandup.cli.provision_command import provision
from bandup.cli.terminal import configure_streams, print_status
from data.errors import DataError

_INTERRUPTED = 130
"""The exit status of shells after Ctrl+C."""


class _Commands(click.Group):
    """A group whose commands print a DataError as its sentence, on streams that take any character."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own signature
        """Run a command and end the process, with the exit statuses that the module names."""
        configure_streams()
        try:
            status = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            error.show()
            status = 2
        except click.Abort:
            print_status("Aborted!")
            status = _INTERRUPTED
        sys.exit(status)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except DataError as error:
            print_status(str(error))
        except BrokenPipeError:
            # the reader of the output has ended: let Python's own flush at the end go nowhere (see its documents, signal)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ctx.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """BandUp's two DynamoDB tables, from the command line.

    DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS name the tables; where neither is set they are bandup-evaluations
    and bandup-flashcard-sets. Credentials, region and endpoint come from boto3's usual chain: AWS_PROFILE, AWS_REGION,
    AWS_ENDPOINT_URL_DYNAMODB.
    """


for command in (provision, jobs, export, policy, demo):
    main.add_command(command)

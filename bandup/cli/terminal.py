r"""Output of the commands that every terminal, pipe and code page can take.

A character that the stream's encoding lacks (Windows pipes write cp1252, old consoles cp437) is written as `\u1ec5`, and
control characters, which could move the cursor or colour a terminal, become spaces.
"""

import io
import sys
from typing import TextIO

import click

from bandup.formatting import printable


def configure_streams() -> None:
    """Make stdout and stderr write characters that they can't encode as escapes, also in click's own messages."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_output(text: str) -> None:
    """Print lines on stdout. Their control characters, other than the line feeds, must have been replaced."""
    click.echo(_encodable(text, sys.stdout))


def print_status(sentence: str) -> None:
    """Print a sentence for a person, on stderr."""
    click.echo(_encodable(printable(sentence), sys.stderr), err=True)


def _encodable(text: str, stream: TextIO) -> str:
    # not left to the stream: click writes UTF-8 to one whose encoding is ASCII
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)

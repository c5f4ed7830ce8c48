"""`python -m bandup …`, and what the command `bandup` starts.

An error that the commands don't expect, in an import too, ends in exit status 2: Python's own status would be 1, which
means that a job failed.
"""

import sys
import traceback
from importlib import import_module

_SENTENCE = (
    "The command failed because of an error in the program: run it again, and report the lines above if it fails again."
)


def main() -> None:
    """Run the command line and end the process."""
    try:
        import_module("bandup.cli.main").main(prog_name="bandup")
    except Exception:
        traceback.print_exc()
        print(_SENTENCE, file=sys.stderr)  # noqa: T201
        sys.exit(2)


if __name__ == "__main__":
    main()

"""`python -m data …`, the old name of `python -m bandup …`: it names the new command and runs it."""

import runpy
import sys

if __name__ == "__main__":
    print("`python -m data` is now `python -m bandup`; the old name goes with the next release.", file=sys.stderr)  # noqa: T201
    runpy.run_module("bandup", run_name="__main__", alter_sys=True)

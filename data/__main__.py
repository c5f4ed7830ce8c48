"""`python -m data …`, the command line's name until this release: it says the new one, and runs it."""

import runpy
import sys

if __name__ == "__main__":
    print("`python -m data` is now `python -m bandup`; the old name goes with the next release.", file=sys.stderr)  # noqa: T201
    runpy.run_module("bandup", run_name="__main__", alter_sys=True)

"""Frames as files to take away."""

import re

import pandas as pd

FORMULA_SIGNS = "=+-@＝＋－＠"
"""What a cell starts with that is a formula to a spreadsheet. Source: OWASP, CSV Injection; the last four are full-width."""

_START_OF_CELL = re.compile(r"""((?:^|[;\t\r\n])(?:[\s";]*[;\t\r\n])?)([\s"]*)(.?)""", re.DOTALL)
"""Where a cell begins: with the text and, as many spreadsheets part cells at semicolons or tabs and then end a row at any
line break, after the last of several of those. Takes in what lies between them, so that any text is read once.
"""


def formula_safe_csv(frame: pd.DataFrame) -> str:
    """The frame as CSV (UTF-8 text, a header line, no index, times as ISO 8601) whose texts no spreadsheet runs.

    Where a text, or what a spreadsheet may take for a cell within it, starts like a formula, an apostrophe goes before it,
    which spreadsheets take for "this is text". Numbers and times are left as they are.
    """
    safe = frame.copy(deep=False)
    for name in safe.columns:
        if not (pd.api.types.is_numeric_dtype(safe[name]) or isinstance(safe[name].dtype, pd.DatetimeTZDtype)):
            safe[name] = safe[name].astype("object").map(_as_text)
    safe.columns = [_as_text(name) for name in safe.columns]
    return safe.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\r\n")


def _as_text(value: object) -> object:
    """A value: its text made safe where it is one, else itself."""
    if not isinstance(value, str):
        return value
    safe = _START_OF_CELL.sub(_marked, value)
    return f"'{safe}" if value.startswith(("\t", "\r", "\n")) else safe


def _marked(start: re.Match[str]) -> str:
    """The start of a cell, with an apostrophe where it is that of a formula."""
    before, between, sign = start.groups()
    return f"{before}'{between}{sign}" if sign and sign in FORMULA_SIGNS else start[0]

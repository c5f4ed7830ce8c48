"""CSV that spreadsheets don't run as formulas."""

import re

import pandas as pd

FORMULA_SIGNS = "=+-@＝＋－＠"
"""The characters that start a formula in a spreadsheet; the last four are full-width. Source: OWASP, CSV Injection."""

CSV_ENCODING = "utf-8-sig"
"""UTF-8 with a byte order mark, without which Excel misreads every letter but ASCII."""

_START_OF_CELL = re.compile(r"""((?:^|[;\t\r\n])(?:[\s";]*[;\t\r\n])?)([\s"]*)(.?)""", re.DOTALL)
"""The start of a cell: the start of the text, and the place after semicolons, tabs and line breaks, where many
spreadsheets begin another cell or row. The match includes the separators, so that any text is read once.
"""


def formula_safe_csv(frame: pd.DataFrame) -> str:
    """The frame as CSV (a header line, no index, times as ISO 8601) that no spreadsheet runs as formulas.

    If a text, or a part of it that a spreadsheet may read as a cell, starts like a formula, an apostrophe is put before
    it, which marks it as text in spreadsheets. Numbers and times are unchanged.
    """
    safe = frame.copy(deep=False)
    for name in safe.columns:
        if not (pd.api.types.is_numeric_dtype(safe[name]) or isinstance(safe[name].dtype, pd.DatetimeTZDtype)):
            safe[name] = safe[name].astype("object").map(_safe)
    safe.columns = [_safe(name) for name in safe.columns]
    return safe.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\r\n")


def _safe(value: object) -> object:
    """The value, made safe if it is a text."""
    if not isinstance(value, str):
        return value
    text = _START_OF_CELL.sub(_with_apostrophe, value)
    return f"'{text}" if value.startswith(("\t", "\r", "\n")) else text


def _with_apostrophe(start: re.Match[str]) -> str:
    """The start of a cell, with an apostrophe if it is the start of a formula."""
    before, between, sign = start.groups()
    return f"{before}'{between}{sign}" if sign and sign in FORMULA_SIGNS else start[0]

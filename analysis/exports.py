"""Frames as files to take away."""

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that starts so is a formula to a spreadsheet. Source: OWASP, CSV Injection; the last four are full-width."""


def formula_safe_csv(frame: pd.DataFrame) -> str:
    """The frame as CSV (UTF-8 text, a header line, no index, times as ISO 8601) whose texts no spreadsheet runs.

    A text that starts like a formula gets an apostrophe before it, which spreadsheets take for "this is text". Numbers
    and times are left as they are.
    """
    safe = frame.copy(deep=False)
    for name in safe.columns:
        if not (pd.api.types.is_numeric_dtype(safe[name]) or isinstance(safe[name].dtype, pd.DatetimeTZDtype)):
            safe[name] = safe[name].astype("object").map(_as_text)
    safe.columns = [f"'{name}" if str(name).startswith(FORMULA_STARTS) else name for name in safe.columns]
    return safe.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\r\n")


def _as_text(value: object) -> object:
    """A value: its text made safe where it is one, else itself."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value

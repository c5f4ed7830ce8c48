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
        column = safe[name]
        if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(column.dtype):
            texts = column.astype("str")
            safe[name] = texts.mask(texts.str.startswith(FORMULA_STARTS, na=False), "'" + texts)
        elif column.dtype == object:
            safe[name] = column.map(_as_text)
    safe.columns = [f"'{name}" if str(name).startswith(FORMULA_STARTS) else name for name in safe.columns]
    return safe.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\r\n")


def _as_text(value: object) -> object:
    """A value of a column of mixed types: its text made safe where it is one, else itself."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value

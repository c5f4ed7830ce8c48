"""Tables whose rows can be opened, and the column types that tables share."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from bandup.analysis.bands import (
    HIGHEST_BAND,
    LOWEST_BAND,
    Skill,
    criterion_meaning,
    criterion_name,
    criterion_short_name,
)
from bandup.charts.theme import DARK, LIGHT
from bandup.memo import memoized
from bandup.ui.figures import is_dark
from bandup.ui.plain_text import button_labels
from bandup.ui.viewer import local_time, viewer_zone

ROW_HEIGHT = 35
BUTTON_WIDTH = 190
MAX_LISTED = 1_000
MAX_VISIBLE_ROWS = 15
"""A table is as high as this many rows at most; a longer one scrolls."""


@memoized
def arrow_table(table: pd.DataFrame, button_column: str, columns: Sequence[str]) -> pa.Table:
    """What is sent to the browser: the button labels, and those of `columns` that hold any value."""
    filled = [name for name in columns if name != button_column and table[name].notna().any()]
    labelled = table[filled].assign(**{button_column: button_labels(table[button_column])})
    return pa.Table.from_pandas(labelled, preserve_index=False)


def show(
    table: pd.DataFrame,
    button_column: str,
    columns: dict[str, Any],
    *,
    key: str,
    alt: str,
    button_label: str,
    button_width: int = BUTTON_WIDTH,
    max_rows: int = MAX_VISIBLE_ROWS,
) -> pd.Series | None:
    """Show a table whose first column is a button per row. Return the row that was clicked, or None.

    `columns` maps column names to column configs, in the order shown; empty columns are left out. The browser fetches
    rows as they scroll into view. Below the table is a list of the same rows for the keyboard.
    """
    data = arrow_table(table, button_column, tuple(columns))
    shown = [name for name in columns if name in data.column_names]
    click_key = f"{key}_open"
    button = st.column_config.ButtonColumn(
        button_label,
        help="Click to open",
        type="tertiary",
        alignment="left",
        pinned=True,
        width=button_width,
        key=click_key,
    )
    st.dataframe(
        data,
        column_config={button_column: button} | columns,
        column_order=[button_column, *shown],
        hide_index=True,
        height=min(len(table), max_rows) * ROW_HEIGHT + ROW_HEIGHT + 3,
        row_height=ROW_HEIGHT,
        placeholder="",
        lazy=True,
        key=key,
        alt=alt,
    )
    click = st.session_state.get(click_key)
    if click is not None:
        return _clicked_row(table, data.column(button_column), click)
    position = _position_by_keyboard(table, button_column, button_label, key)
    return None if position is None else table.iloc[position]


def _clicked_row(table: pd.DataFrame, labels: pa.ChunkedArray, click: Mapping[str, Any]) -> pd.Series | None:
    """The clicked row; None if a refresh has put another row in its place since the table was shown."""
    position = click["row"]
    if not 0 <= position < len(table) or (labels[position].as_py() or "") != click["label"]:
        return None
    row: pd.Series = table.iloc[position]
    return row


def _position_by_keyboard(table: pd.DataFrame, button_column: str, label: str, key: str) -> int | None:
    """Show the rows as a list to choose from, since the table's own buttons need a mouse. Return the chosen position."""
    # an expander, because the Tab key skips the content of a popover
    expander = st.expander("Choose from a list with the keyboard", key=f"{key}_by_keyboard", on_change="rerun")
    if not expander.open:
        return None
    zone = viewer_zone()
    rows = table.head(MAX_LISTED)
    names = rows[button_column].astype("str").tolist()
    if "at" in rows:
        names = [f"{name} · {local_time(at, zone)}" for name, at in zip(names, rows["at"], strict=True)]
    with expander:
        position = st.selectbox(
            label,
            range(len(names)),
            index=None,
            format_func=names.__getitem__,
            key=f"{key}_chosen",
            placeholder="Type to search",
        )
        if len(table) > MAX_LISTED:
            st.caption(
                f"Only the first {MAX_LISTED:,} of {len(table):,} rows are listed. Search or filter to see others."
            )
    return position


def time_column(label: str, help_text: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of times in the viewer's zone and locale; the help of its heading names the zone."""
    zone = str(viewer_zone())
    help_prefix = f"{help_text}. " if help_text else ""
    return st.column_config.DatetimeColumn(
        label, format="localized", timezone=zone, help=f"{help_prefix}Time zone: {zone}."
    )


def criterion_column(column: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of bands with one decimal, headed by the criterion's name."""
    return st.column_config.NumberColumn(
        criterion_short_name(column), format="%.1f", help=f"{criterion_name(column)}: {criterion_meaning(column)}"
    )


def band_column(label: str, help_text: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of bands with one decimal under a given heading."""
    return st.column_config.NumberColumn(label, format="%.1f", help=help_text)


def sparkline_column(label: str, skill: Skill) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of sparklines of bands from 0 to 9, in the skill's colour."""
    colour = (DARK if is_dark() else LIGHT).accents[skill]
    return st.column_config.LineChartColumn(label, y_min=LOWEST_BAND, y_max=HIGHEST_BAND, color=colour)


def text_column(label: str, help_text: str | None = None, width: str | int | None = None) -> Any:  # noqa: ANN401
    """A column of text, shown as it is."""
    return st.column_config.TextColumn(label, help=help_text, width=width)  # type: ignore[arg-type]


def number_column(label: str, help_text: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of whole numbers."""
    return st.column_config.NumberColumn(label, format="localized", help=help_text)

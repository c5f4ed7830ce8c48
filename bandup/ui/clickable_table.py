"""The tables that pages show: how columns are headed and drawn, and which row was opened."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from bandup.analysis.bands import HIGHEST_BAND, LOWEST_BAND, Skill, criterion_name, meaning, short_name
from bandup.charts.theme import DARK, LIGHT
from bandup.memo import memoized
from bandup.ui.figures import is_dark
from bandup.ui.plain_text import button_labels, local_time, viewer_zone

ROW_HEIGHT = 35
OPENER_WIDTH = 190
MOST_LISTED = 1_000
MOST_ROWS_SEEN = 15
"""A table is as high as its rows, up to so many; beyond that it scrolls."""


@memoized
def as_drawn(table: pd.DataFrame, opens: str, columns: Sequence[str]) -> pa.Table:
    """What goes to the browser: the labels of the button column, and those of the columns that hold anything."""
    shown = [name for name in columns if name != opens and table[name].notna().any()]
    labelled = table[shown].assign(**{opens: button_labels(table[opens])})
    return pa.Table.from_pandas(labelled, preserve_index=False)


def openable(
    table: pd.DataFrame,
    opens: str,
    columns: dict[str, Any],
    *,
    key: str,
    alt: str,
    opens_label: str,
    opener_width: int = OPENER_WIDTH,
    most_rows: int = MOST_ROWS_SEEN,
) -> pd.Series | None:
    """Draws a table whose first column `opens` is a button, and returns the row that was clicked, or None.

    `columns`: column name to column config, in the order shown; columns that are empty throughout are left out. Rows
    are sent to the browser as they come into sight.
    """
    drawn = as_drawn(table, opens, tuple(columns))
    shown = [name for name in columns if name in drawn.column_names]
    clicks = f"{key}_open"
    button = st.column_config.ButtonColumn(
        opens_label,
        help="Click to open",
        type="tertiary",
        alignment="left",
        pinned=True,
        width=opener_width,
        key=clicks,
    )
    st.dataframe(
        drawn,
        column_config={opens: button} | columns,
        column_order=[opens, *shown],
        hide_index=True,
        height=min(len(table), most_rows) * ROW_HEIGHT + ROW_HEIGHT + 3,
        row_height=ROW_HEIGHT,
        placeholder="",
        lazy=True,
        key=key,
        alt=alt,
    )
    clicked = st.session_state.get(clicks)
    if clicked is not None:
        return _row_clicked(table, drawn.column(opens), clicked)
    row = _from_a_list(table, opens, opens_label, key)
    return None if row is None else table.iloc[row]


def _row_clicked(table: pd.DataFrame, labels: pa.ChunkedArray, clicked: Mapping[str, Any]) -> pd.Series | None:
    """The row that was clicked; None where another stands there by now, as the table was read anew after it was drawn."""
    row = clicked["row"]
    if not 0 <= row < len(table) or (labels[row].as_py() or "") != clicked["label"]:
        return None
    opened: pd.Series = table.iloc[row]
    return opened


def _from_a_list(table: pd.DataFrame, opens: str, label: str, key: str) -> int | None:
    """The rows as a list to choose from, and the place of the chosen one: the table's own buttons need a mouse."""
    # not a popover: the tab key passes its content by
    box = st.expander("Choose from a list, by keyboard", key=f"{key}_by_keyboard", on_change="rerun")
    if not box.open:
        return None
    zone = viewer_zone()
    listed = table.head(MOST_LISTED)
    names = listed[opens].astype("str").tolist()
    if "at" in listed:
        names = [f"{name} · {local_time(at, zone)}" for name, at in zip(names, listed["at"], strict=True)]
    with box:
        chosen = st.selectbox(
            label,
            range(len(names)),
            index=None,
            format_func=names.__getitem__,
            key=f"{key}_chosen",
            placeholder="Type to find",
        )
        if len(table) > MOST_LISTED:
            st.caption(f"The first {MOST_LISTED:,} of {len(table):,} rows: search or filter to see others.")
    return chosen


def time_column(label: str, help_text: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of times in the viewer's zone and locale; the zone stands in the help of its heading."""
    zone = str(viewer_zone())
    said = f"{help_text}. " if help_text else ""
    return st.column_config.DatetimeColumn(
        label, format="localized", timezone=zone, help=f"{said}By the clock of {zone}."
    )


def band_column(column: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of bands with one decimal, headed by the criterion's name."""
    return st.column_config.NumberColumn(
        short_name(column), format="%.1f", help=f"{criterion_name(column)}: {meaning(column)}"
    )


def number_of_band(label: str, help_text: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of bands with one decimal under a heading of its own."""
    return st.column_config.NumberColumn(label, format="%.1f", help=help_text)


def bands_column(label: str, skill: Skill) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A sparkline of bands on the whole scale, in the skill's colour."""
    colour = (DARK if is_dark() else LIGHT).accents[skill]
    return st.column_config.LineChartColumn(label, y_min=LOWEST_BAND, y_max=HIGHEST_BAND, color=colour)


def text_column(label: str, help_text: str | None = None, width: str | int | None = None) -> Any:  # noqa: ANN401
    """A column of text, shown as it is."""
    return st.column_config.TextColumn(label, help=help_text, width=width)  # type: ignore[arg-type]


def number_column(label: str, help_text: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of whole numbers."""
    return st.column_config.NumberColumn(label, format="localized", help=help_text)

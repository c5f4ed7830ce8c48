"""Tables whose rows can be opened, and the column types that tables share."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from bandup.analysis.bands import HIGHEST_BAND, LOWEST_BAND, Skill
from bandup.charts import theme
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
) -> pd.Series | None:
    """Show a table whose first column is a button per row. Return the row that was clicked, or None.

    `columns` maps column names to column configs, or to the headings of columns of text, in the order shown; empty columns
    are left out. The browser fetches rows as they scroll into view. Below the table is a list of its rows for the keyboard.
    """
    data = arrow_table(table, button_column, tuple(columns))
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
    headed = {name: text_column(column) if isinstance(column, str) else column for name, column in columns.items()}
    st.dataframe(
        data,
        column_config={button_column: button} | headed,
        column_order=[button_column, *(name for name in columns if name in data.column_names)],
        hide_index=True,
        height=min(len(table), MAX_VISIBLE_ROWS) * ROW_HEIGHT + ROW_HEIGHT + 3,
        row_height=ROW_HEIGHT,
        placeholder="",
        lazy=True,
        key=key,
        alt=alt,
    )
    click = st.session_state.get(click_key)
    if click is None:
        return _row_chosen_by_keyboard(table, button_column, button_label, key)
    position, labels = click["row"], data.column(button_column)
    # a refresh may have put another row in its place since the table was shown
    is_same = 0 <= position < len(table) and (labels[position].as_py() or "") == click["label"]
    return table.iloc[position] if is_same else None


def clicked_student(table: pd.DataFrame, columns: dict[str, Any], *, key: str, alt: str) -> str | None:
    """Show a table of students, as `show` does. Return the id of the student who was clicked, or None."""
    row = show(table, "user_id", columns, key=key, alt=alt, button_label="Student")
    return None if row is None else str(row["user_id"])


def _row_chosen_by_keyboard(table: pd.DataFrame, button_column: str, label: str, key: str) -> pd.Series | None:
    """Show the rows as a list to choose from, since the table's own buttons need a mouse. Return the chosen row."""
    # an expander, because the Tab key skips the content of a popover
    expander = st.expander("Choose from a list with the keyboard", key=f"{key}_by_keyboard", on_change="rerun")
    if not expander.open:
        return None
    zone = viewer_zone()
    rows = table.head(MAX_LISTED)
    names = rows[button_column].astype("str").tolist()
    if "at" in rows:
        names = [f"{name} · {local_time(at, zone)}" for name, at in zip(names, rows["at"], strict=True)]
    choices = st.session_state.get(f"{key}_choices", 0)
    chosen_key = f"{key}_chosen_{choices}"
    with expander:
        st.selectbox(
            label,
            range(len(names)),
            index=None,
            format_func=names.__getitem__,
            key=chosen_key,
            on_change=_take_choice,
            args=(key, chosen_key, names),
            placeholder="Type to search",
        )
        if len(table) > MAX_LISTED:
            st.caption(
                f"Only the first {MAX_LISTED:,} of {len(table):,} rows are listed. Search or filter to see others."
            )
    position, name = st.session_state.pop(f"{key}_choice", (len(names), ""))
    # a refresh may have put another row in its place since the list was shown
    return table.iloc[position] if names[position : position + 1] == [name] else None


def _take_choice(key: str, chosen_key: str, names: Sequence[str]) -> None:
    """Take the choice out of the list and replace the list by a new one: followed once, it must not be followed again."""
    position = st.session_state[chosen_key]
    st.session_state[f"{key}_choice"] = (position, names[position])
    st.session_state[f"{key}_choices"] = st.session_state.get(f"{key}_choices", 0) + 1


def state_labels(states: pd.Series) -> pd.Series:
    """A column of states as symbols and words (category)."""
    return states.astype("category").cat.rename_categories(theme.state_label)


def time_column(label: str, help_text: str | None = None) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of times in the viewer's zone and locale; the help of its heading names the zone."""
    zone = str(viewer_zone())
    help_text = f"{f'{help_text}. ' if help_text else ''}Time zone: {zone}."
    return st.column_config.DatetimeColumn(label, format="localized", timezone=zone, help=help_text)


def sparkline_column(label: str, skill: Skill) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """A column of sparklines of bands from 0 to 9, in the skill's colour."""
    color = theme.palette(dark=is_dark()).accents[skill]
    return st.column_config.LineChartColumn(label, y_min=LOWEST_BAND, y_max=HIGHEST_BAND, color=color)


def id_note_column() -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """The column `id_note` of `bandup.text_search.with_look_alike_notes`, which is left out where no ids look alike."""
    return text_column("Note", help="Ids that look alike but differ in invisible characters or Unicode form: two items")


text_column = st.column_config.TextColumn
number_column = partial(st.column_config.NumberColumn, format="localized")
"""A column of whole numbers."""
band_column = partial(st.column_config.NumberColumn, format="%.1f")
"""A column of bands with one decimal."""

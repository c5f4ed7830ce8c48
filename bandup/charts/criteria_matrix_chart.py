"""Student by criterion: the mean of each student's latest attempts, the weakest student on top."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.attempts import LATEST_ATTEMPTS
from bandup.analysis.bands import (
    CRITERIA,
    Skill,
    band_columns,
    criterion_name,
    criterion_names,
    criterion_short_name,
    format_band,
)
from bandup.analysis.criteria_matrix import MIN_ATTEMPTS_FOR_MEAN, differences_to_target
from bandup.analysis.weakest_criterion import lowest_of
from bandup.charts import theme
from bandup.formatting import counted, shown_difference, signed, truncated
from bandup.memo import memoized

MAX_ROWS = 40
"""The most students in the figure: the weakest. A note gives the number of all."""

_ROW_HEIGHT = 26
"""Pixels."""
_MAX_NAME_LENGTH, _CHARACTER_WIDTH = 18, 6.8
"""Characters of a student's id, and the approximate width of one, in pixels."""
_FULL_SHORTFALL = 2.0
"""Bands below the target at which a cell has the full accent colour."""
_GAP = 0.14
"""Space between the overall band and the criteria, in columns."""
_MAX_STUDENTS_IN_ALT = 5


def criteria_matrix_data(
    means: pd.DataFrame, *, target: float | None = None, targets: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """The first `MAX_ROWS` rows of `means` or, with a target, of `differences_to_target` for them."""
    return (means if target is None else differences_to_target(means, target, targets)).head(MAX_ROWS)


@memoized
def criteria_matrix(
    means: pd.DataFrame,
    skill: Skill,
    *,
    target: float | None = None,
    targets: Mapping[str, float] | None = None,
    dark: bool = False,
) -> go.Figure:
    """A cell per student and band with its number, the weakest student on top, at most `MAX_ROWS` students.

    `means`: as returned by `bandup.analysis.criteria_matrix.means_by_student` for this skill. A cell shows the mean of
    the latest attempts in the colour of that band or, with a `target` (and other `targets` by user id), the difference
    to it, in a stronger colour the further below. Means of fewer than `MIN_ATTEMPTS_FOR_MEAN` attempts are outlined
    instead of filled, and marked with a dot. The last column is the number of attempts. Cells are bars, so that they can
    be clicked: `customdata` holds `[user_id]` as stored.
    """
    if means.empty:
        return theme.empty_figure(f"No graded {skill} attempt with a time yet.", dark=dark)
    table = criteria_matrix_data(means, target=target, targets=targets)
    is_difference = target is not None
    columns = band_columns(skill)
    x = [0.0, *(number + _GAP for number in range(1, len(columns)))]
    fig = theme.figure(dark=dark, height=_ROW_HEIGHT * len(table) + 100)
    for column, x_of_column in zip(columns, x, strict=True):
        fig.add_trace(_cells(table, column, x_of_column, skill, is_difference=is_difference, dark=dark))
    x_of_n = x[-1] + 0.9
    fig.add_scatter(
        x=np.full(len(table), x_of_n),
        y=np.arange(len(table)),
        mode="text",
        text=table["n"].astype("str").to_numpy(dtype=object),
        textfont={"color": theme.palette(dark=dark).muted, "size": theme.SMALL_FONT_SIZE},
        hoverinfo="skip",
        cliponaxis=False,
    )
    _lay_out(fig, table["user_id"], [*x, x_of_n], [*map(criterion_short_name, columns), "n"], dark=dark)
    has_few = any(_has_few_attempts(table, column).any() for column in columns)
    theme.add_notes(fig, _notes(len(means), target, has_own_targets=bool(targets), has_few=has_few), dark=dark)
    # the notes begin below the ids: to the right of them a phone has no room
    fig.layout.annotations[-1].xshift = 8 - fig.layout.margin.l
    return fig


@memoized
def criteria_matrix_alt(
    means: pd.DataFrame, skill: Skill, *, target: float | None = None, targets: Mapping[str, float] | None = None
) -> str:
    """One sentence: the number of students, and the weakest of them with their weakest criterion; ids as stored."""
    if means.empty:
        return f"{skill.capitalize()} criteria by student: no graded attempts with a time."
    table = criteria_matrix_data(means, target=target, targets=targets).head(_MAX_STUDENTS_IN_ALT)
    is_difference = target is not None
    parts = []
    for _, row in table.iterrows():
        name, overall = truncated(row["user_id"], _MAX_NAME_LENGTH), _number(row["overall_band"], row.get("target"))
        only = "only " if row["n"] < MIN_ATTEMPTS_FOR_MEAN else ""
        part = f"{name} {overall} ({only}{counted(int(row['n']), 'graded attempt')})"
        bands = row[[*CRITERIA[skill]]].dropna().astype("float64")
        if len(bands):
            part += f", lowest {criterion_names(lowest_of(bands))} {_number(bands.min(), row.get('target'))}"
        parts.append(part)
    measure = "difference of the mean to the target" if is_difference else "mean"
    more = f"; {len(means) - len(table):,} more" if len(means) > len(table) else ""
    return (
        f"{skill.capitalize()} by student and criterion, {measure}, latest {LATEST_ATTEMPTS} graded attempts, "
        f"{counted(len(means), 'student')}, weakest first: {'; '.join(parts)}{more}."
    )


def _cells(table: pd.DataFrame, column: str, x: float, skill: Skill, *, is_difference: bool, dark: bool) -> go.Bar:
    """The cells of one column, centred on `x`."""
    colors = theme.palette(dark=dark)
    values = table[column].to_numpy()
    few = _has_few_attempts(table, column)
    fills = [_fill(value, skill, is_difference=is_difference, dark=dark) for value in values]
    is_unfilled = few | np.isnan(values)
    numbers = map(_number, values, _targets(table))
    texts = [number + ("·" if is_few else "") for number, is_few in zip(numbers, few, strict=True)]
    inks = [colors.ink if bare else theme.ink_on(fill) for fill, bare in zip(fills, is_unfilled, strict=True)]
    edges = colors.muted if is_difference else fills
    return go.Bar(
        x=np.full(len(table), x),
        y=np.full(len(table), 0.9),
        base=np.arange(len(table)) - 0.45,
        width=0.96,
        marker={
            "color": np.where(is_unfilled, theme.TRANSPARENT, fills),
            "line": {"color": np.where(few, edges, fills), "width": np.where(few, 1.5, 0.0)},
        },
        text=np.array(texts, dtype=object),
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        insidetextfont={"size": theme.FONT_SIZE, "color": inks},
        customdata=table[["user_id"]].to_numpy(dtype=object),
        unselected={"marker": {"opacity": 0.45}},
        name=criterion_short_name(column),
        **theme.hover(_hover_texts(table, column)),
    )


def _lay_out(fig: go.Figure, user_ids: pd.Series, x: list[float], headings: list[str], *, dark: bool) -> None:
    """Set the axes, with column headings on top and ids on the left, and a left margin that fits the ids."""
    longest = max(min(len(user_id), _MAX_NAME_LENGTH) for user_id in user_ids)
    ids = [theme.escaped(user_id, _MAX_NAME_LENGTH) for user_id in user_ids]
    ticks = {"tickfont": {"color": theme.palette(dark=dark).ink}, "fixedrange": True}
    fig.update_xaxes(range=[-0.52, x[-1] + 0.4], side="top", tickvals=x, ticktext=headings, tickangle=-35, **ticks)
    fig.update_yaxes(range=[len(ids) - 0.5, -0.5], tickvals=np.arange(len(ids)), ticktext=ids, **ticks)
    left = int(longest * _CHARACTER_WIDTH) + 16
    fig.update_layout(barmode="overlay", showlegend=False, margin_l=left, margin_t=76, margin_b=8)


def _has_few_attempts(table: pd.DataFrame, column: str) -> npt.NDArray[np.bool_]:
    """Whether each mean of a column is one of fewer than `MIN_ATTEMPTS_FOR_MEAN` attempts."""
    few: npt.NDArray[np.bool_] = ((table[f"{column}_n"] < MIN_ATTEMPTS_FOR_MEAN) & table[column].notna()).to_numpy()
    return few


def _fill(value: float, skill: Skill, *, is_difference: bool, dark: bool) -> str:
    if not is_difference or np.isnan(value):
        return theme.band_color(value, dark=dark)
    colors = theme.palette(dark=dark)
    return theme.mix(colors.surface, colors.accents[skill], min(max(-value, 0.0) / _FULL_SHORTFALL, 1.0))


def _targets(table: pd.DataFrame) -> pd.Series:
    """Each row's target; NaN where the table has means."""
    return table["target"] if "target" in table else pd.Series(np.nan, index=table.index)


def _number(value: float, target: float | None) -> str:
    """A mean or, with a target, the difference of the mean to it: of the mean as the pages show it."""
    if target is None or np.isnan(target) or np.isnan(value):
        return format_band(value)
    return signed(shown_difference(value + target, target))


def _hover_texts(table: pd.DataFrame, column: str) -> Iterator[str]:
    columns = (table["user_id"], table[column], table[f"{column}_n"], _targets(table))
    for user, value, number, target in zip(*columns, strict=True):
        text = f"<b>{theme.escaped(user)}</b><br>{criterion_name(column)}: "
        if np.isnan(value):
            text += "not in the latest graded attempts"
        else:
            mean = value if np.isnan(target) else value + target
            text += f"mean {format_band(mean)} of {counted(int(number), 'graded attempt')}"
            if not np.isnan(target):
                text += f"<br>target {format_band(target)}: {_number(value, target)}"
        yield text


def _notes(students: int, target: float | None, *, has_own_targets: bool, has_few: bool) -> list[str]:
    own = " or the student’s own" if has_own_targets else ""
    measure = "" if target is None else f" minus the target {format_band(target)}{own}"
    notes = [f"Mean of the latest {LATEST_ATTEMPTS} graded attempts{measure}.", "n: their number."]
    if has_few:
        notes.append(f"Outlined, with a dot: a mean of fewer than {MIN_ATTEMPTS_FOR_MEAN} of them.")
    if students > MAX_ROWS:
        notes.append(f"The {MAX_ROWS} weakest of {students:,} students.")
    return notes

"""Student by criterion: the mean of each student's latest attempts, the weakest student on top."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis import criteria_matrix as matrix
from bandup.analysis.bands import Skill, criterion_name, short_name
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized

MOST_ROWS = 40
"""So many students are drawn, the weakest; how many are not is said."""

_ROW = 26
_LONGEST_NAME = 18
_CHARACTER = 6.8
"""Pixels a character of a student's id takes, about."""
_FULL_SHORTFALL = 2.0
"""Bands under the target from which a cell is as dark as it gets."""
_GAP = 0.14
"""Columns between the overall band and the criteria."""
_IN_WORDS = 5
"""So many students stand in the alternative text."""


def criteria_matrix_data(
    standings: pd.DataFrame, *, target: float | None = None, targets: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """What `criteria_matrix` draws: the first `MOST_ROWS` rows of `standings`, or `bandup.analysis.criteria_matrix.against` the target."""
    return (standings if target is None else matrix.against(standings, target, targets)).head(MOST_ROWS)


@memoized
def criteria_matrix(
    standings: pd.DataFrame,
    skill: Skill,
    *,
    target: float | None = None,
    targets: Mapping[str, float] | None = None,
    dark: bool = False,
) -> go.Figure:
    """A cell per student and band with its number in it, weakest student on top, at most `MOST_ROWS` of them.

    `standings`: as of `bandup.analysis.criteria_matrix.matrix` for this skill. The number is the mean of the latest attempts, coloured
    as that band. With a `target` (and other `targets` by user id) it is the difference to it: the further below, the
    stronger the colour, plain where reached. A mean of fewer than `bandup.analysis.criteria_matrix.FEWEST` attempts is outlined, not
    filled, and bears a dot. The last column is the number of attempts. Cells are bars, which can be clicked:
    `customdata` holds `[user_id]` as stored.
    """
    skill = Skill(skill)
    if standings.empty:
        return theme.empty_figure(f"No graded {skill.value} attempt with a time yet.", dark=dark)
    table = criteria_matrix_data(standings, target=target, targets=targets)
    colors = theme.palette(dark=dark)
    columns = matrix.columns(skill)
    places = [float(place) if place == 0 else place + _GAP for place in range(len(columns))]
    n_place = places[-1] + 0.9
    drawn = theme.figure(dark=dark, height=_ROW * len(table) + 100)
    rows = np.arange(len(table))
    thin = False
    for column, place in zip(columns, places, strict=True):
        values, numbers = table[column].to_numpy(), table[f"{column}_n"].to_numpy()
        few = (numbers < matrix.FEWEST) & ~np.isnan(values)
        thin |= bool(few.any())
        fills = [_fill(value, skill, against=target is not None, dark=dark) for value in values]
        drawn.add_trace(
            go.Bar(
                x=np.full(len(table), place),
                y=np.full(len(table), 0.9),
                base=rows - 0.45,
                width=0.96,
                marker={
                    "color": np.where(few | np.isnan(values), "rgba(0,0,0,0)", fills),
                    "line": {
                        "color": np.where(few, fills if target is None else colors.muted, fills),
                        "width": np.where(few, 1.5, 0.0),
                    },
                },
                text=np.array(
                    [
                        _number(value, against=target is not None) + ("·" if is_few else "")
                        for value, is_few in zip(values, few, strict=True)
                    ],
                    dtype=object,
                ),
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                constraintext="none",
                insidetextfont={
                    "size": theme.FONT_SIZE,
                    "color": [
                        colors.ink if is_few or np.isnan(value) else _ink(fill)
                        for value, fill, is_few in zip(values, fills, few, strict=True)
                    ],
                },
                customdata=table[["user_id"]].to_numpy(dtype=object),
                hoverinfo="text",
                hovertext=_hover_texts(table, column),
                unselected={"marker": {"opacity": 0.45}},
                name=short_name(column),
            )
        )
    drawn.add_trace(
        go.Scatter(
            x=np.full(len(table), n_place),
            y=rows,
            mode="text",
            text=table["n"].astype("str").to_numpy(dtype=object),
            textfont={"color": colors.muted, "size": theme.SMALL_FONT_SIZE},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    names = [_name(user) for user in table["user_id"]]
    longest = max(min(len(str(user)), _LONGEST_NAME) for user in table["user_id"])
    drawn.update_layout(
        barmode="overlay",
        showlegend=False,
        xaxis={
            "range": [-0.52, n_place + 0.4],
            "side": "top",
            "tickvals": [*places, n_place],
            "ticktext": [*(short_name(column) for column in columns), "n"],
            "tickangle": -35,
            "tickfont": {"color": colors.ink},
            "fixedrange": True,
        },
        yaxis={
            "range": [len(table) - 0.5, -0.5],
            "tickvals": rows,
            "ticktext": names,
            "tickfont": {"color": colors.ink},
            "fixedrange": True,
        },
        margin_l=int(longest * _CHARACTER) + 16,
        margin_t=76,
        margin_b=8,
    )
    theme.add_notes(drawn, _notes(len(standings), target, varied=bool(targets), thin=thin), dark=dark)
    # the notes begin under the names, for beside them a phone has no room
    drawn.layout.annotations[-1].xshift = 8 - drawn.layout.margin.l
    return drawn


@memoized
def criteria_matrix_alt(
    standings: pd.DataFrame,
    skill: Skill,
    *,
    target: float | None = None,
    targets: Mapping[str, float] | None = None,
) -> str:
    """One plain sentence: how many students, and the weakest of them with their weakest criterion; ids as stored."""
    skill = Skill(skill)
    if standings.empty:
        return f"{skill.capitalize()} criteria by student: no graded attempts with a time."
    table = criteria_matrix_data(standings, target=target, targets=targets).head(_IN_WORDS)
    against = target is not None
    parts = []
    for _, row in table.iterrows():
        bands = row[[*matrix.columns(skill)[1:]]].dropna().astype("float64")
        weakest = ""
        if len(bands):
            name = criterion_name(str(bands.index[int(bands.to_numpy().argmin())]))
            weakest = f", weakest {name} {_number(float(bands.min()), against=against)}"
        thin = ", thin" if row["n"] < matrix.FEWEST else ""
        parts.append(
            f"{_cut(row['user_id'])} {_number(row['overall_band'], against=against)}"
            f" ({drawable_attempts.counted(int(row['n']), 'attempt')}{thin}){weakest}"
        )
    what = "difference of the mean to the target" if against else "mean"
    more = f"; {len(standings) - len(table):,} more" if len(standings) > len(table) else ""
    return (
        f"{skill.capitalize()} by student and criterion, {what}, latest {matrix.LATEST} attempts, "
        f"{drawable_attempts.counted(len(standings), 'student')}, weakest first: {'; '.join(parts)}{more}."
    )


def _fill(value: float, skill: Skill, *, against: bool, dark: bool) -> str:
    if not against or np.isnan(value):
        return theme.band_color(None if np.isnan(value) else value, dark=dark)
    colors = theme.palette(dark=dark)
    share = min(max(-value, 0.0) / _FULL_SHORTFALL, 1.0)
    return _mixed(colors.surface, colors.accents[skill], share)


def _ink(fill: str) -> str:
    return max(("#ffffff", "#000000"), key=lambda ink: theme.contrast(ink, fill))


def _mixed(first: str, second: str, share: float) -> str:
    channels = ((int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


def _number(value: float, *, against: bool) -> str:
    if np.isnan(value):
        return "–"
    if not against:
        return f"{value:.1f}"
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def _hover_texts(table: pd.DataFrame, column: str) -> npt.NDArray[np.object_]:
    targets = table["target"] if "target" in table else pd.Series(np.nan, index=table.index)
    texts = []
    for user, value, number, target in zip(table["user_id"], table[column], table[f"{column}_n"], targets, strict=True):
        said = f"<b>{drawable_attempts.escaped(user)}</b><br>{criterion_name(column)}: "
        if np.isnan(value):
            said += "not in the latest attempts"
        else:
            mean = value if np.isnan(target) else value + target
            said += f"mean {mean:.2f} of {drawable_attempts.counted(int(number), 'attempt')}"
            if not np.isnan(target):
                said += f"<br>target {target:.1f}: {_number(value, against=True)}"
        texts.append(said)
    return np.array(texts, dtype=object)


def _notes(students: int, target: float | None, *, varied: bool, thin: bool) -> list[str]:
    notes = []
    if target is None:
        notes.append(f"Mean band of the latest {matrix.LATEST} attempts; n: their number.")
    else:
        own = " or the student’s own" if varied else ""
        notes.append(f"Mean of the latest {matrix.LATEST} attempts less the target {target:.1f}{own}.")
    if thin:
        notes.append(f"Outlined, with a dot: a mean of fewer than {matrix.FEWEST} attempts.")
    if students > MOST_ROWS:
        notes.append(f"The {MOST_ROWS} weakest of {students:,} students.")
    return notes


def _cut(user: str) -> str:
    return user if len(user) <= _LONGEST_NAME else user[: _LONGEST_NAME - 1] + "…"


def _name(user: str) -> str:
    return drawable_attempts.escaped(_cut(user))

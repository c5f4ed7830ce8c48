"""Grader drift: what each model gave over time, which half bands it uses, and where it changed on a student's charts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bandup.analysis import grader_drift
from bandup.analysis.bands import HIGHEST_BAND, LOWEST_BAND, Skill
from bandup.charts import drawable_attempts, theme
from bandup.memo import memoized

MOST_DRAWN = 6
"""So many models are drawn, those with most attempts; how many are not is said."""
MOST_MARKED = 6
"""So many changes of model are marked on a student's chart, the latest."""

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "x")
_NUMBERS = "①②③④⑤⑥"
_LONGEST_NAME = 34
_ROW = 34
"""Pixels of one model's row in the strip above the means."""
_PANEL, _HEADING = 90, 58
"""Pixels of a panel's plot, and between two of them for the heading."""
_LEAST_HEIGHT = 3.0
"""Bands between the ends of the axis at least, so that noise does not fill the figure."""
_MOST_LABELLED = 14
"""So many bars in a panel leave room for their shares in figures on a screen 390 px wide."""


def bands_by_model_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """What `bands_by_model` draws: `bandup.analysis.grader_drift.over_time` of the `MOST_DRAWN` models with most attempts."""
    table = grader_drift.over_time(evaluations, Skill(skill))
    return _most_used(table, table.groupby("model_used")["n"].sum())


@memoized
def bands_by_model(evaluations: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """The mean overall band per model and week, month or year (UTC) with its 95 % interval, students counting once.

    Above, a line per model from its first to its last attempt bears its name and its overall mean. A hollow mean has
    fewer than `bandup.analysis.grader_drift.FEWEST_STUDENTS` students and no interval. The axis of bands is cut to what is drawn,
    three bands high at least. Attempts of unknown time are left out.
    """
    skill = Skill(skill)
    rows = bands_by_model_data(evaluations, skill)
    if rows.empty:
        return theme.empty_figure(f"No graded {skill.value} attempt with a time yet.", dark=dark)
    severity = grader_drift.severity(evaluations, skill)
    models = list(rows["model_used"].unique())
    strip = _ROW * len(models)
    drawn = theme.figure(dark=dark, height=330 + strip)
    first, last, length = rows["at"].min(), rows["at"].max(), _length(rows["period"].iloc[0])
    axis = theme.time_axis(first, last + length, padding=length / 4)
    plot_height = 330 + strip - 60
    top = 1 - strip / plot_height
    drawn.update_layout(
        xaxis=axis,
        yaxis=theme.band_axis() | {"range": _range(rows), "domain": [0, top - 0.06]},
        yaxis2={"domain": [top, 1], "range": [len(models) - 0.25, -0.75], "visible": False, "fixedrange": True},
        showlegend=False,
        margin_t=16,
    )
    overlap = rows.groupby("at")["model_used"].transform("size")
    place = rows.groupby("at").cumcount()
    rows = rows.assign(x=rows["centre"] + (place - (overlap - 1) / 2) * 0.1 * length)
    for number, model in enumerate(models):
        of_model, whole = rows[rows["model_used"] == model], severity[severity["model_used"] == model].iloc[0]
        color, symbol = _color(number, len(models), skill, dark=dark), _SYMBOLS[number]
        drawn.add_trace(_means(of_model, color, symbol, dark=dark))
        drawn.add_trace(_span(whole, number, color, symbol, dark=dark))
        drawn.add_annotation(**_span_label(whole, number, color, first, last + length))
    drawn.add_annotation(
        text="Mean overall band, part of the scale",
        xref="paper",
        x=0,
        yref="y domain",
        y=1,
        yshift=4,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"color": theme.palette(dark=dark).muted, "size": theme.SMALL_FONT_SIZE},
    )
    theme.add_notes(drawn, _notes(rows, severity), dark=dark)
    return drawn


@memoized
def bands_by_model_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One plain sentence: per model attempts, students, mean and interval, and when it graded; names as stored."""
    skill = Skill(skill)
    severity = grader_drift.severity(evaluations, skill)
    dated = severity[severity["first"].notna()]
    if dated.empty:
        return f"{skill.capitalize()} by model: no graded attempts with a time."
    kept = _most_used(dated, dated.set_index("model_used")["n"])
    parts = [
        f"{_cut(model)}, {_counted_both(n, students)}, mean {mean:.2f}{_interval(low, high)}, "
        f"{first.strftime('%d %b %Y')} to {last.strftime('%d %b %Y')}"
        for model, n, students, mean, low, high, first, last in zip(
            *(kept[name] for name in ("model_used", "n", "students", "mean", "low", "high", "first", "last")),
            strict=True,
        )
    ]
    more = (
        f"; {drawable_attempts.counted(len(severity) - len(kept), 'model')} more not drawn"
        if len(kept) < len(severity)
        else ""
    )
    return f"{skill.capitalize()} by model: {'; '.join(parts)}{more}."


def heaping_by_model_data(evaluations: pd.DataFrame, skill: Skill) -> pd.DataFrame:
    """What `heaping_by_model` draws: `bandup.analysis.grader_drift.heaping` of the `MOST_DRAWN` models with most attempts."""
    table = grader_drift.heaping(evaluations, Skill(skill))
    return _most_used(table, table.groupby("model_used")["of"].first())


@memoized
def heaping_by_model(evaluations: pd.DataFrame, skill: Skill, *, dark: bool = False) -> go.Figure:
    """A panel per model: the share of its attempts at each half band, whole bands filled, halves hollow.

    All panels share both scales; the axis of bands is cut to those that were given. Each panel's heading holds the
    model, how many attempts it graded and how many per cent of them at whole bands.
    """
    skill = Skill(skill)
    rows = heaping_by_model_data(evaluations, skill)
    if rows.empty:
        return theme.empty_figure(f"No graded {skill.value} attempt yet.", dark=dark)
    models = list(rows["model_used"].unique())
    colors = theme.palette(dark=dark)
    accent = colors.accents[skill]
    given = rows.loc[rows["n"] > 0, "band"]
    low, high = float(given.min()), float(given.max())
    if high - low < _LEAST_HEIGHT:
        low, high = max(LOWEST_BAND, low - 1.5), min(HIGHEST_BAND, high + 1.5)
    labelled = (high - low) * 2 + 1 <= _MOST_LABELLED
    plots = (_PANEL + _HEADING) * len(models) - _HEADING
    drawn = make_subplots(rows=len(models), cols=1, shared_xaxes=True, vertical_spacing=_HEADING / plots)
    drawn.layout.template = theme.template(dark=dark)
    for number, model in enumerate(models):
        of_model = rows[(rows["model_used"] == model) & rows["band"].between(low, high)]
        whole = (of_model["band"] % 1 == 0).to_numpy()
        share = of_model["share"].to_numpy() * 100
        drawn.add_trace(
            go.Bar(
                x=of_model["band"].to_numpy(),
                y=share,
                width=0.4,
                marker={
                    "color": np.where(whole, accent, "rgba(0,0,0,0)"),
                    "line": {"color": accent, "width": np.where(whole | (share == 0), 0.0, 1.5)},
                },
                text=np.array([f"{value:.0f}" if labelled and value >= 0.5 else "" for value in share], dtype=object),
                textposition="outside",
                textfont={"color": colors.muted, "size": theme.SMALL_FONT_SIZE},
                cliponaxis=False,
                hoverinfo="text",
                hovertext=np.array(
                    [
                        f"<b>{_name(model)}</b><br>Band {band:.1f}: {n:,} of {of:,}, {value:.1f} %"
                        for band, n, of, value in zip(
                            of_model["band"], of_model["n"], of_model["of"], share, strict=True
                        )
                    ],
                    dtype=object,
                ),
            ),
            row=number + 1,
            col=1,
        )
        drawn.add_annotation(
            text=f"<b>{_name(model)}</b><br>{drawable_attempts.counted(int(of_model['of'].iloc[0]), 'attempt')}, "
            f"{share[whole].sum():.0f} % at whole bands",
            xref="paper",
            x=0,
            yref=f"y{number + 1 if number else ''} domain",
            y=1,
            yshift=4,
            xanchor="left",
            yanchor="bottom",
            align="left",
            showarrow=False,
            font={"color": colors.ink, "size": theme.SMALL_FONT_SIZE},
        )
    most = float(rows["share"].max()) * 100
    drawn.update_xaxes(
        theme.band_axis() | {"range": [low - 0.4, high + 0.4], "showgrid": False, "minor": {"showgrid": False}}
    )
    drawn.update_yaxes(
        range=[0, most * 1.22], showgrid=True, nticks=4, fixedrange=True, ticksuffix=" %", rangemode="tozero"
    )
    drawn.update_layout(height=plots + 76, showlegend=False, margin_t=46, margin_b=30, margin_l=48)
    theme.add_notes(
        drawn,
        [
            "Share of each model’s attempts. Filled: whole bands; hollow: half bands.",
            *_not_drawn(grader_drift.heaping(evaluations, skill).groupby("model_used")["of"].first(), models),
        ],
        dark=dark,
    )
    return drawn


@memoized
def heaping_by_model_alt(evaluations: pd.DataFrame, skill: Skill) -> str:
    """One plain sentence: per model attempts, its commonest band and its share at whole bands; names as stored."""
    skill = Skill(skill)
    rows = heaping_by_model_data(evaluations, skill)
    if rows.empty:
        return f"{skill.capitalize()} bands by model: no graded attempts."
    parts = []
    for model, of_model in rows.groupby("model_used", sort=False):
        most = of_model.iloc[int(of_model["n"].to_numpy().argmax())]
        whole = of_model.loc[of_model["band"] % 1 == 0, "share"].sum()
        parts.append(
            f"{_cut(str(model))}, {drawable_attempts.counted(int(most['of']), 'attempt')}, most often {most['band']:.1f} "
            f"({most['share'] * 100:.0f} %), {whole * 100:.0f} % at whole bands"
        )
    return f"{skill.capitalize()} bands by model: {'; '.join(parts)}."


def mark_model_changes(drawn: go.Figure, changes: Sequence[grader_drift.ModelChange], *, dark: bool) -> None:
    """Mark on a student's chart over time where the model changed: a numbered dotted line, and a note below by number.

    `changes`: as of `bandup.analysis.grader_drift.changes_for_student`; only the latest `MOST_MARKED` are marked, which is said. Takes
    figures of `bandup.charts.progress_chart` and others whose x axes are times; one that shows no time stays as it is.
    """
    panels = [axis for axis in drawn.select_xaxes() if axis.type == "date" and axis.range]
    if not panels or not changes:
        return
    color = theme.palette(dark=dark).muted
    notes = []
    for number, change in enumerate(changes[-MOST_MARKED:]):
        at = change.at
        notes.append(
            f"{_NUMBERS[number]} From {at.strftime('%d %b %Y')} graded by {_cut(change.after)}, "
            f"before by {_cut(change.before)}."
        )
        for axis in panels:
            suffix = axis.plotly_name.removeprefix("xaxis")
            x, xref, yref = at.strftime("%Y-%m-%d %H:%M:%S"), f"x{suffix}", f"y{suffix} domain"
            drawn.add_shape(
                type="line",
                xref=xref,
                yref=yref,
                x0=x,
                x1=x,
                y0=0,
                y1=1,
                layer="below",
                line={"color": color, "width": 1.2, "dash": "dot"},
            )
            drawn.add_annotation(
                text=_NUMBERS[number],
                xref=xref,
                x=x,
                xanchor="left",
                yref=yref,
                y=0,
                yanchor="bottom",
                yshift=15 * (number % 3),
                showarrow=False,
                font={"color": color, "size": theme.FONT_SIZE},
            )
    if len(changes) > MOST_MARKED:
        notes.append(f"{drawable_attempts.counted(len(changes) - MOST_MARKED, 'earlier change')} of model not marked.")
    theme.add_notes(drawn, notes, dark=dark)


def _most_used(table: pd.DataFrame, attempts_of: pd.Series) -> pd.DataFrame:
    """The rows of the `MOST_DRAWN` models with most attempts; of equal ones the name decides."""
    kept = attempts_of.sort_index().sort_values(ascending=False, kind="stable").index[:MOST_DRAWN]
    return table[table["model_used"].isin(kept)].reset_index(drop=True)


def _means(rows: pd.DataFrame, color: str, symbol: str, *, dark: bool) -> go.Scatter:
    told = rows["low"].notna()
    thin = (~told).to_numpy()
    return go.Scatter(
        x=theme.wall_clock(rows["x"]).to_numpy(),
        y=rows["mean"].to_numpy(),
        mode="lines+markers",
        line={"color": color, "width": 1},
        marker={
            "symbol": np.where(thin, f"{symbol}-open", symbol),
            "size": 9,
            "color": color,
            "line": {"color": theme.palette(dark=dark).background, "width": np.where(thin, 1.8, 1.0)},
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (rows["high"] - rows["mean"]).fillna(0).to_numpy(),
            "arrayminus": (rows["mean"] - rows["low"]).fillna(0).to_numpy(),
            "color": color,
            "thickness": 1.4,
            "width": 0,
        },
        hoverinfo="text",
        hovertext=np.array(
            [
                f"<b>{_name(model)}</b><br>{_period_name(at, period)}<br>"
                f"mean {mean:.2f}{_interval(low, high)}<br>{_counted_both(n, students)}"
                for model, period, at, _, n, students, mean, low, high in zip(
                    *(rows[name] for name in grader_drift.OVER_TIME_COLUMNS), strict=True
                )
            ],
            dtype=object,
        ),
        cliponaxis=False,
    )


def _span(model: pd.Series, number: int, color: str, symbol: str, *, dark: bool) -> go.Scatter:
    """The line from a model's first to its last attempt, its symbol at the start."""
    ends = theme.wall_clock(pd.Series([model["first"], model["last"]]))
    text = (
        f"<b>{_name(model['model_used'])}</b><br>{_counted_both(model['n'], model['students'])}<br>"
        f"mean {model['mean']:.2f}{_interval(model['low'], model['high'])}<br>"
        f"first {model['first'].strftime('%d %b %Y')}, last {model['last'].strftime('%d %b %Y')}"
    )
    return go.Scatter(
        x=ends.to_numpy(),
        y=np.array([number, number]),
        yaxis="y2",
        mode="lines+markers",
        line={"color": color, "width": 3},
        marker={
            "symbol": [symbol, "line-ns"],
            "size": [10, 9],
            "color": color,
            "line": {"color": [theme.palette(dark=dark).background, color], "width": [1, 2]},
        },
        hoverinfo="text",
        hovertext=text,
        cliponaxis=False,
    )


def _span_label(
    model: pd.Series, number: int, color: str, first: pd.Timestamp, last: pd.Timestamp
) -> dict[str, object]:
    """The model's name and mean above its line, held inside the figure."""
    from_left, from_right = (model["first"] - first) / (last - first), (last - model["last"]) / (last - first)
    if from_left <= 0.4:
        anchor, at = "left", model["first"]
    elif from_right <= 0.4:
        anchor, at = "right", model["last"]
    else:
        anchor, at = "center", model["first"] + (model["last"] - model["first"]) / 2
    return {
        "text": f"<b>{_name(model['model_used'])}</b>  {model['mean']:.2f}",
        "x": at.strftime("%Y-%m-%d %H:%M:%S"),
        "xref": "x",
        "xanchor": anchor,
        "xshift": {"left": -6, "right": 4, "center": 0}[anchor],
        "yref": "y2",
        "y": number,
        "yshift": 4,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": color, "size": theme.SMALL_FONT_SIZE},
    }


def _color(number: int, models: int, skill: Skill, *, dark: bool) -> str:
    """The newest model stands out; the others differ from each other by symbol."""
    colors = theme.palette(dark=dark)
    if number == models - 1:
        return colors.accents[skill]
    return colors.muted if number % 2 == models % 2 else colors.ink


def _range(rows: pd.DataFrame) -> list[float]:
    lowest = float(rows["low"].fillna(rows["mean"]).min()) - 0.25
    highest = float(rows["high"].fillna(rows["mean"]).max()) + 0.25
    missing = max(0.0, _LEAST_HEIGHT - (highest - lowest)) / 2
    lower, upper = theme.BAND_RANGE
    return [max(lower, lowest - missing), min(upper, highest + missing)]


def _length(period: str) -> pd.Timedelta:
    return pd.Timedelta(days={"week": 7, "month": 30, "year": 365}[period])


def _notes(rows: pd.DataFrame, severity: pd.DataFrame) -> list[str]:
    notes = [
        "Above: each model from its first attempt to its last, and its mean.",
        f"Below: means by the {rows['period'].iloc[0]}; lines: 95 % intervals.",
    ]
    if rows["low"].isna().any():
        notes.append(f"Hollow: fewer than {grader_drift.MIN_STUDENTS_PER_MODEL} students, no interval.")
    drawn = list(rows["model_used"].unique())
    undated = int(severity.loc[severity["model_used"].isin(drawn), "n"].sum() - rows["n"].sum())
    if undated:
        notes.append(f"{drawable_attempts.counted(undated, 'attempt')} without a known time not drawn.")
    return notes + _not_drawn(severity.set_index("model_used")["n"], drawn)


def _not_drawn(attempts_of: pd.Series, drawn: Sequence[str]) -> list[str]:
    left = attempts_of[~attempts_of.index.isin(drawn)]
    if left.empty:
        return []
    return [
        f"{drawable_attempts.counted(len(left), 'model')} more with {drawable_attempts.counted(int(left.sum()), 'attempt')} not drawn."
    ]


def _period_name(start: pd.Timestamp, period: str) -> str:
    if period == "year":
        return start.strftime("%Y")
    return start.strftime("%b %Y") if period == "month" else f"week from {start.strftime('%d %b %Y')}"


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f" ({low:.2f} to {high:.2f})"


def _counted_both(n: int, students: int) -> str:
    return f"{drawable_attempts.counted(int(n), 'attempt')} by {drawable_attempts.counted(int(students), 'student')}"


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _name(name: str) -> str:
    return drawable_attempts.escaped(_cut(name))

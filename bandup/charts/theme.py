"""The visual language: colours, symbols and the plotly template of every figure, in a light and a dark version.

Figures are rendered with `st.plotly_chart(fig, theme=None)`, because Streamlit's theme would overwrite this template.
`.streamlit/config.toml` uses the same colours. Text has a contrast of at least 4.5:1, marks of at least 3:1, against the
page's background and surface (WCAG 2.2, 1.4.3 and 1.4.11). Colour is never the only difference: skills also differ by
marker, states by symbol and pattern, bands by their number.
"""

import html
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import BAND_STEP, HIGHEST_BAND, LOWEST_BAND, Skill
from bandup.formatting import truncated

FONT_FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
FONT_SIZE = 13
SMALL_FONT_SIZE = 12
MAX_POINTS = 4_000
"""The most points in one figure. A figure with more attempts is downsampled evenly and says so."""
MAX_LINE_POINTS = 200
"""The most points that a line connects. With more, the line would be unreadable and only the points are drawn."""
BAND_RANGE = (LOWEST_BAND - 0.1, HIGHEST_BAND + 0.1)
"""The range of a band axis: the whole scale, with a margin so that the grid lines at 0 and 9 are visible."""
NOTE_WIDTH = 54
"""Characters per line of a note inside a figure, so that it fits a screen 390 px wide."""
MAX_TEXT_LENGTH = 60
"""Characters of a text from the tables that a figure shows."""
TRANSPARENT = "rgba(0,0,0,0)"
NO_GRID = {"showgrid": False, "minor": {"showgrid": False}}


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance, light or dark, as `#rrggbb`."""

    background: str
    surface: str
    ink: str
    muted: str
    grid: str
    grid_half: str
    border: str
    accents: dict[Skill, str]
    band_scale: tuple[str, ...]
    """Ten colours for the whole bands 0 to 9; the contrast with the background rises with the band."""


LIGHT = Palette(
    background="#fbfbf9",
    surface="#f0f2ef",
    ink="#1f2a30",
    muted="#56636a",
    grid="#cfd5d2",
    grid_half="#e6e9e7",
    border="#d3d8d6",
    accents={Skill.WRITING: "#2460b8", Skill.SPEAKING: "#b04a12"},
    band_scale=(
        *("#ab854f", "#90803e", "#707b39", "#4c763e", "#1b6e49"),
        *("#006455", "#00575f", "#004766", "#003566", "#0c2160"),
    ),
)
DARK = Palette(
    background="#12181c",
    surface="#1c252a",
    ink="#e6eaea",
    muted="#a3b0b5",
    grid="#3a474f",
    grid_half="#232d33",
    border="#36424a",
    accents={Skill.WRITING: "#7fb3f5", Skill.SPEAKING: "#f2a364"},
    band_scale=(
        *("#806032", "#836f34", "#858240", "#839554", "#7ea86e"),
        *("#79ba8c", "#79cbac", "#81d9cc", "#92e6ea", "#aaf2ff"),
    ),
)

SKILL_MARKERS: dict[Skill, str] = {Skill.WRITING: "circle", Skill.SPEAKING: "diamond"}
SKILL_GLYPHS: dict[Skill, str] = {Skill.WRITING: "●", Skill.SPEAKING: "◆"}


@dataclass(frozen=True)
class StateStyle:
    """The label, symbol, colours and pattern of a job state."""

    label: str
    glyph: str
    """A symbol that the system fonts contain, for use in text."""
    light: str
    dark: str
    badge: str
    """The colour's name for `st.badge(color=…)`; `.streamlit/config.toml` maps it to the same colour."""
    pattern: str
    """The plotly fill pattern of bars, so that stacked states can be distinguished without colour."""

    def color(self, *, dark: bool = False) -> str:
        """The state's colour as `#rrggbb`."""
        return self.dark if dark else self.light


STATE_STYLES: dict[str, StateStyle] = {
    "failed": StateStyle("Failed", "✕", "#b3282d", "#f58a86", "red", ""),
    "stuck": StateStyle("Stuck", "◷", "#a85a00", "#f0a24e", "orange", "/"),
    "empty": StateStyle("Empty", "○", "#7a4bb0", "#c09af0", "violet", "x"),
    "suspect": StateStyle("Suspect", "≈", "#8a6a00", "#e3c453", "yellow", "."),
    "unknown": StateStyle("Unknown", "?", "#3d474c", "#d0d6d8", "gray", "|"),
    "running": StateStyle("Running", "↻", "#1b7390", "#6cc3dd", "blue", ""),
    "superseded": StateStyle("Superseded", "»", "#5f6b71", "#8d9aa0", "gray", "-"),
    "succeeded": StateStyle("Succeeded", "✓", "#2b7440", "#6fc98a", "green", ""),
}
"""The style of each state, in the order of legends and stacked bars: states that need action come first."""


def state_label(state: str) -> str:
    """A state as symbol and word: `✕ failed`."""
    return f"{STATE_STYLES[state].glyph} {state}"


def palette(*, dark: bool = False) -> Palette:
    """The colours of the light or the dark appearance."""
    return DARK if dark else LIGHT


def band_color(band: float | None, *, dark: bool = False) -> str:
    """The fill of a band: `#rrggbb` on the sequential scale, half bands midway between whole ones, grey where missing."""
    colors = palette(dark=dark)
    if band is None or pd.isna(band):
        return colors.border
    clipped = min(max(float(band), LOWEST_BAND), HIGHEST_BAND)
    lower = int(clipped)
    upper = min(lower + 1, int(HIGHEST_BAND))
    return mix(colors.band_scale[lower], colors.band_scale[upper], clipped - lower)


def band_ink(band: float | None, *, dark: bool = False) -> str:
    """The text colour with a contrast of at least 4.5:1 on `band_color` of the same arguments."""
    is_missing = band is None or pd.isna(band)
    return palette(dark=dark).ink if is_missing else ink_on(band_color(band, dark=dark))


def ink_on(fill: str) -> str:
    """White or black, whichever has the higher contrast on a `#rrggbb` fill."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, fill))


def mix(first: str, second: str, share: float) -> str:
    """A `#rrggbb` colour between two others: `share` 0 gives the first, 1 the second."""
    channels = (round(a + (b - a) * share) for a, b in zip(_channels(first), _channels(second), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def with_opacity(color: str, opacity: float) -> str:
    """A `#rrggbb` colour as `rgba(…)` with an opacity of 0 to 1."""
    red, green, blue = _channels(color)
    return f"rgba({red},{green},{blue},{opacity})"


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def figure(*, dark: bool, height: int) -> go.Figure:
    """A figure without traces, with our template; `height` in pixels, the width is that of the container."""
    return go.Figure(layout={"template": template(dark=dark), "height": height})


def empty_figure(sentence: str, *, dark: bool) -> go.Figure:
    """A figure without axes or traces that shows one muted, centred sentence (plain text, escaped here)."""
    fig = figure(dark=dark, height=160)
    fig.update_xaxes(visible=False, fixedrange=True)
    fig.update_yaxes(visible=False, fixedrange=True)
    place = {"xref": "paper", "yref": "paper", "font_size": FONT_SIZE}
    add_text(fig, _lines(sentence, 48), 0.5, 0.5, palette(dark=dark).muted, **place)
    return fig


def add_notes(fig: go.Figure, notes: Sequence[str], *, dark: bool) -> None:
    """Add sentences (plain text, escaped here) below the x axis, and enlarge the bottom margin to fit them."""
    if not notes:
        return
    text = "<br>".join(_lines(note, NOTE_WIDTH) for note in notes)
    bottom_margin = fig.layout.margin.b or fig.layout.template.layout.margin.b
    position = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top", "yshift": -bottom_margin}
    add_text(fig, text, 0, 0, palette(dark=dark).muted, align="left", **position)
    added = 17 * (text.count("<br>") + 1) + 8
    fig.update_layout(margin_b=bottom_margin + added, height=fig.layout.height + added)


def add_heading(fig: go.Figure, text: str, color: str, /, **properties: object) -> None:
    """Add a text just above the top left corner of the panel that `yref` and `xref` name; arguments as for `add_text`."""
    corner = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 4}
    add_text(fig, text, 0, 1, color, **corner | properties)


def add_text(fig: go.Figure, text: str, x: float | str, y: float, color: str | None, /, **properties: object) -> None:
    """Add a small text (plotly HTML) to a figure; `properties`: of a plotly annotation."""
    fig.add_annotation(
        text=text, x=x, y=y, showarrow=False, font_color=color, **{"font_size": SMALL_FONT_SIZE} | properties
    )


def hover(texts: Iterable[str]) -> dict[str, Any]:
    """The properties of a trace that shows a text (plotly HTML) per point; a `hovertemplate` would interpret `%{…}`."""
    return {"hoverinfo": "text", "hovertext": np.array(list(texts), dtype=object)}


def bar_marker(color: str, pattern: str, *, dark: bool) -> dict[str, Any]:
    """The `marker` of bars in a colour with a fill pattern (`""`: plain)."""
    overlay = {"fillmode": "overlay", "fgcolor": palette(dark=dark).background, "size": 6, "solidity": 0.3}
    return {"color": color, "line": {"width": 0}, "pattern": {"shape": pattern, **overlay}}


def period_bars(
    counts: pd.Series,
    length: pd.Timedelta,
    period_name: Callable[[pd.Timestamp], str],
    *,
    gap: float,
    **properties: object,
) -> go.Bar:
    """Bars of counts by the start of their period; the name of the counts is in the hover texts.

    `length`: of a period. `gap`: on either side of a bar, as a share of it. `properties`: of the trace.
    """
    milliseconds = length / pd.Timedelta(milliseconds=1)
    return go.Bar(
        x=counts.index.to_numpy(),
        y=counts.to_numpy(),
        width=milliseconds * (1 - 2 * gap),
        offset=milliseconds * gap,
        textposition="none",
        **hover(
            f"{period_name(start)}<br>{counts.name}: {count:,}"
            for start, count in zip(counts.index, counts, strict=True)
        ),
        **properties,
    )


def count_axis(highest: int) -> dict[str, Any]:
    """Layout of a y axis of counts from 0 to `highest`, with ticks at whole numbers only."""
    axis = {"rangemode": "tozero", "showgrid": True, "nticks": 5, "fixedrange": True, "tickformat": ",d"}
    return axis | ({"dtick": 1} if highest <= 5 else {})


def band_axis() -> dict[str, Any]:
    """Layout of a band axis: the whole scale, a label and a line per whole band, a lighter line per half band."""
    return {
        "range": list(BAND_RANGE),
        "tick0": 0,
        "dtick": 1,
        "showgrid": True,
        "minor": {"tick0": 0, "dtick": BAND_STEP, "showgrid": True},
        "zeroline": False,
        "fixedrange": True,
    }


def time_axis(first: pd.Timestamp, last: pd.Timestamp, *, padding: pd.Timedelta | None = None) -> dict[str, Any]:
    """Layout of a time axis from `first` to `last`, local times of one zone, with `padding` or more at both ends if given."""
    span = pd.Timedelta(0) if padding is None else max((last - first) * 0.03, padding)
    return {
        "type": "date",
        "range": [plotly_time(first - span), plotly_time(last + span)],
        "tickangle": 0,
        "tickformatstops": [
            {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%-d %b"},
            {"dtickrange": [86_400_000, 14 * 86_400_000], "value": "%-d %b\n%Y"},
            {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
            {"dtickrange": ["M12", None], "value": "%Y"},
        ],
        "fixedrange": True,
    }


def naive_local_times(at: pd.Series) -> pd.Series:
    """Times for a trace: datetime64[ms] without a zone, in the local time of the zone of `at`."""
    naive: pd.Series = at.dt.tz_localize(None).astype("datetime64[ms]")
    return naive


def plotly_time(at: pd.Timestamp) -> str:
    """A time for the layout, in its own zone's local time: `2026-03-14 09:05:00`."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


@lru_cache(maxsize=2)
def template(*, dark: bool = False) -> go.layout.Template:
    """The plotly template: transparent backgrounds, no frame, subtle grid, our font, readable hover labels."""
    colors = palette(dark=dark)
    font = {"family": FONT_FAMILY, "size": FONT_SIZE, "color": colors.ink}
    muted_font = {"color": colors.muted, "size": SMALL_FONT_SIZE}
    above_plot = {"x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
    top_left = {"x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
    axis = {
        "automargin": False,
        "gridcolor": colors.grid,
        "minor": {"gridcolor": colors.grid_half},
        "linecolor": colors.grid,
        "tickfont": muted_font,
        "title": {"font": muted_font, "standoff": 8},
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "ticklabelstandoff": 6,
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": TRANSPARENT,
            "plot_bgcolor": TRANSPARENT,
            "font": font,
            "colorway": [*colors.accents.values(), *(style.color(dark=dark) for style in STATE_STYLES.values())],
            "colorscale": {"sequential": [[band / 9, color] for band, color in enumerate(colors.band_scale)]},
            "title": {"font": {"size": 15, "color": colors.ink}, "pad": {"t": 10, "l": 4}, **top_left},
            "margin": {"l": 30, "r": 16, "t": 32, "b": 44, "pad": 0},
            "xaxis": axis,
            "yaxis": axis,
            "legend": {
                "orientation": "h",
                "traceorder": "normal",
                "font": {"size": SMALL_FONT_SIZE, "color": colors.ink},
                "bgcolor": TRANSPARENT,
                "tracegroupgap": 0,
                **above_plot,
            },
            "hovermode": "closest",
            "hoverlabel": {"bgcolor": colors.surface, "bordercolor": colors.muted, "font": font, "align": "left"},
            "modebar": {
                "bgcolor": TRANSPARENT,
                "color": colors.muted,
                "activecolor": colors.ink,
                "remove": ["zoom", "pan", "zoomIn", "zoomOut", "autoScale", "resetScale", "select", "lasso"],
            },
        },
        data={"scatter": [{"unselected": {"marker": {"opacity": 0.45}}}]},
    )


def escaped(text: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Text from the tables for plotly, truncated and escaped.

    Quotes are not escaped: plotly shows `&quot;` literally, and the text never becomes part of an attribute.
    """
    return html.escape(truncated(text, max_length), quote=False)


def _lines(sentence: str, width: int) -> str:
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(sentence, width))


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    shares = (channel / 255 for channel in _channels(color))
    linear = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

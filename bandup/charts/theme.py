"""The visual language: colours, symbols and the plotly template of every figure, in a light and a dark version.

Figures carry their template and are rendered by `st.plotly_chart(figure, theme=None)`: `theme="streamlit"` writes its
own title, margins, grid and backgrounds over a figure's template, so the half-band grid would not survive. The page
passes `dark=st.context.theme.type == "dark"`. The colours are also the ones of `.streamlit/config.toml`.

Every text colour has at least 4.5:1 and every mark at least 3:1 against both the page's background and its surface
(WCAG 2.2, 1.4.3 and 1.4.11). Nothing is told by colour alone: skills differ by marker, states by symbol and pattern,
bands by their number.
"""

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import BAND_STEP, HIGHEST_BAND, LOWEST_BAND, Skill

FONT_FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
FONT_SIZE = 13
SMALL_FONT_SIZE = 12
MAX_POINTS = 4_000
"""Most points one figure draws; a figure with more attempts draws every so-manieth and says so."""
MAX_LINE_POINTS = 200
"""Most points a connecting line joins: beyond, it would be a scribble, and the points stand alone."""
BAND_RANGE = (LOWEST_BAND - 0.1, HIGHEST_BAND + 0.1)
"""Ends of an axis of bands: the whole scale, and room enough that the lines at 0 and 9 are drawn."""
NOTE_WIDTH = 54
"""Characters in one line of text inside a figure: what fits a screen 390 px wide."""


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
    """Ten colours for the whole bands 0 to 9. A higher band stands out more from the background in either appearance."""


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
        "#ab854f",
        "#90803e",
        "#707b39",
        "#4c763e",
        "#1b6e49",
        "#006455",
        "#00575f",
        "#004766",
        "#003566",
        "#0c2160",
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
        "#806032",
        "#836f34",
        "#858240",
        "#839554",
        "#7ea86e",
        "#79ba8c",
        "#79cbac",
        "#81d9cc",
        "#92e6ea",
        "#aaf2ff",
    ),
)

SKILL_MARKERS: dict[Skill, str] = {Skill.WRITING: "circle", Skill.SPEAKING: "diamond"}
SKILL_GLYPHS: dict[Skill, str] = {Skill.WRITING: "●", Skill.SPEAKING: "◆"}


@dataclass(frozen=True)
class StateStyle:
    """How one job state looks wherever it is shown."""

    label: str
    glyph: str
    """One character of the system fonts, for text."""
    light: str
    dark: str
    badge: str
    """The nearest name in Streamlit's palette, for `st.badge(color=…)`; the theme sets it to the same colour."""
    pattern: str
    """The plotly pattern of a bar, so that neighbours in a stack differ without colour."""

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
"""The style of each state, in the order in which legends and stacks show them: what needs a person first."""


def palette(*, dark: bool = False) -> Palette:
    """The colours of the light or the dark appearance."""
    return DARK if dark else LIGHT


def band_color(band: float | None, *, dark: bool = False) -> str:
    """The fill for a band: `#rrggbb` on the sequential scale, halves midway between wholes, grey where missing."""
    colors = palette(dark=dark)
    if band is None or pd.isna(band):
        return colors.border
    clipped = min(max(float(band), LOWEST_BAND), HIGHEST_BAND)
    lower = int(clipped)
    upper = min(lower + 1, int(HIGHEST_BAND))
    return _mix(colors.band_scale[lower], colors.band_scale[upper], clipped - lower)


def band_ink(band: float | None, *, dark: bool = False) -> str:
    """The text colour with at least 4.5:1 on `band_color` of the same arguments."""
    if band is None or pd.isna(band):
        return palette(dark=dark).ink
    fill = band_color(band, dark=dark)
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, fill))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def figure(*, dark: bool, height: int) -> go.Figure:
    """A figure of no traces with our template; `height` in pixels, the width is the container's."""
    return go.Figure(layout={"template": template(dark=dark), "height": height})


def empty_figure(sentence: str, *, dark: bool) -> go.Figure:
    """A figure that draws nothing but one quiet, centred sentence (plain text, escaped here)."""
    drawn = figure(dark=dark, height=160)
    drawn.update_xaxes(visible=False, fixedrange=True)
    drawn.update_yaxes(visible=False, fixedrange=True)
    drawn.add_annotation(
        text=_lines(sentence, 48),
        xref="paper",
        yref="paper",
        x=0.5,
        y=0.5,
        showarrow=False,
        font={"color": palette(dark=dark).muted, "size": FONT_SIZE},
    )
    return drawn


def add_notes(drawn: go.Figure, notes: Sequence[str], *, dark: bool) -> None:
    """Write sentences (plain text, escaped here) below the x axis, and widen the bottom margin for them."""
    if not notes:
        return
    text = "<br>".join(_lines(note, NOTE_WIDTH) for note in notes)
    below_axis = drawn.layout.margin.b or drawn.layout.template.layout.margin.b
    drawn.add_annotation(
        text=text,
        xref="paper",
        yref="paper",
        x=0,
        y=0,
        xanchor="left",
        yanchor="top",
        yshift=-below_axis,
        align="left",
        showarrow=False,
        font={"color": palette(dark=dark).muted, "size": SMALL_FONT_SIZE},
    )
    added = 17 * (text.count("<br>") + 1) + 8
    drawn.update_layout(margin_b=below_axis + added, height=drawn.layout.height + added)


def band_axis() -> dict[str, Any]:
    """Layout of an axis of bands: the whole scale, a label and a line per whole band, a lighter line per half."""
    return {
        "range": list(BAND_RANGE),
        "tick0": 0,
        "dtick": 1,
        "showgrid": True,
        "minor": {"tick0": 0, "dtick": BAND_STEP, "showgrid": True},
        "zeroline": False,
        "fixedrange": True,
    }


def time_axis(first: pd.Timestamp, last: pd.Timestamp, *, padding: pd.Timedelta) -> dict[str, Any]:
    """Layout of a time axis from `first` to `last`, both on the clock that is drawn, with room at both ends."""
    span = max((last - first) * 0.03, padding)
    return {
        "type": "date",
        "range": [_plotly_time(first - span), _plotly_time(last + span)],
        "tickangle": 0,
        "tickformatstops": [
            {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%-d %b"},
            {"dtickrange": [86_400_000, 14 * 86_400_000], "value": "%-d %b\n%Y"},
            {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
            {"dtickrange": ["M12", None], "value": "%Y"},
        ],
        "fixedrange": True,
    }


def wall_clock(at: pd.Series) -> pd.Series:
    """Times as plotly draws them: datetime64[ms] without a zone, as a clock in the zone of `at` shows them."""
    naive: pd.Series = at.dt.tz_localize(None).astype("datetime64[ms]")
    return naive


@lru_cache(maxsize=2)
def template(*, dark: bool = False) -> go.layout.Template:
    """The plotly template: transparent backgrounds, no frame, quiet grid, our font, readable hover labels."""
    colors = palette(dark=dark)
    axis = {
        "automargin": False,
        "gridcolor": colors.grid,
        "minor": {"gridcolor": colors.grid_half},
        "linecolor": colors.grid,
        "tickfont": {"color": colors.muted, "size": SMALL_FONT_SIZE},
        "title": {"font": {"color": colors.muted, "size": SMALL_FONT_SIZE}, "standoff": 8},
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "ticklabelstandoff": 6,
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT_FAMILY, "size": FONT_SIZE, "color": colors.ink},
            "colorway": [*colors.accents.values(), *(style.color(dark=dark) for style in STATE_STYLES.values())],
            "colorscale": {
                "sequential": [
                    [stop / (len(colors.band_scale) - 1), color] for stop, color in enumerate(colors.band_scale)
                ]
            },
            "title": {
                "font": {"size": 15, "color": colors.ink},
                "x": 0,
                "xref": "container",
                "xanchor": "left",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"t": 10, "l": 4},
            },
            "margin": {"l": 30, "r": 16, "t": 32, "b": 44, "pad": 0},
            "xaxis": axis,
            "yaxis": axis,
            "legend": {
                "orientation": "h",
                "traceorder": "normal",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"size": SMALL_FONT_SIZE, "color": colors.ink},
                "bgcolor": "rgba(0,0,0,0)",
                "tracegroupgap": 0,
            },
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": colors.surface,
                "bordercolor": colors.muted,
                "font": {"family": FONT_FAMILY, "size": FONT_SIZE, "color": colors.ink},
                "align": "left",
            },
            "modebar": {
                "bgcolor": "rgba(0,0,0,0)",
                "color": colors.muted,
                "activecolor": colors.ink,
                "remove": ["zoom", "pan", "zoomIn", "zoomOut", "autoScale", "resetScale", "select", "lasso"],
            },
        },
        data={"scatter": [{"unselected": {"marker": {"opacity": 0.45}}}]},
    )


def _plotly_time(time: pd.Timestamp) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _lines(sentence: str, width: int) -> str:
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(sentence, width))


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mix(first: str, second: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_channels(first), _channels(second), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _luminance(color: str) -> float:
    linear = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(color))
    )
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

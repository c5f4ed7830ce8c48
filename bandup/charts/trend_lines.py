"""What is drawn over a student's attempts: the trend with its noise band, and the target."""

import plotly.graph_objects as go

from bandup.analysis.progress import Trend, noise_band
from bandup.charts import theme

BAND_OPACITY = 0.13


def mark_trend(drawn: go.Figure, trend: Trend, *, dark: bool) -> None:
    """Draw a trend's line, dashed, and the noise around it, shaded, under the points of a figure over time."""
    rows = noise_band(trend)
    at = theme.wall_clock(rows["at"]).to_numpy()
    color = theme.palette(dark=dark).accents[trend.skill]
    edge = {"x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    shade = {"fill": "tonexty", "fillcolor": _faint(color)}
    line = {"color": color, "width": 2, "dash": "dash"}
    under = [
        go.Scatter(y=rows["lower"].clip(*theme.BAND_RANGE).to_numpy(), **edge),
        go.Scatter(y=rows["upper"].clip(*theme.BAND_RANGE).to_numpy(), **edge | shade),
        go.Scatter(y=rows["line"].to_numpy(), **edge | {"line": line}),
    ]
    points = drawn.data
    drawn.data = []
    drawn.add_traces([*under, *points])


def mark_target(drawn: go.Figure, target: float, *, dark: bool) -> None:
    """Draw the target band as a thin line across a figure of bands, with its number."""
    color = theme.palette(dark=dark).muted
    drawn.add_hline(
        y=target,
        line={"color": color, "width": 1.4, "dash": "longdash"},
        layer="below",
        annotation={
            "text": f"target {target:.1f}",
            "font": {"color": color, "size": theme.SMALL_FONT_SIZE},
            "xanchor": "left",
            "x": 0,
            "yshift": 9,
        },
    )


def _faint(color: str) -> str:
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{BAND_OPACITY})"

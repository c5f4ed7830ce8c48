"""An HTML page in one file that opens without a network: its style, plotly.js and figures are in it.

Its policy forbids every request, and every script but its own two, by their hashes.
"""

import hashlib
from base64 import b64encode
from pathlib import Path

import plotly.graph_objects as go
import plotly.io
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from bandup.templating import render

SCRIPT = Path(__file__).with_name("draw_figures.js")
"""Draws each figure in its place and then removes the description that stood there."""

FIGURE_WIDTH = 680
"""Pixels, 96 to the inch: the 180 mm that A4 has between the margins of the report's stylesheet."""


def offline_page(title: str, style: str, body: Markup) -> str:
    """Return the page as text. `style`: CSS of our own; `body`: HTML, with the macro `figure` for each `page_figure`."""
    scripts = (get_plotlyjs(), SCRIPT.read_text("utf-8")) if "<figure" in body else ()
    allowed = " ".join(_hash_source(script) for script in scripts) or "'none'"
    return render(
        "offline_page.html",
        policy="default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; "
        f"script-src {allowed}",
        title=title,
        style=Markup(style),  # noqa: S704 - our own
        body=body,
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own and plotly's
    )


def page_figure(fig: go.Figure, alt: str, caption: str, **layout: object) -> dict[str, str]:
    """Return `json`, `alt` and `caption` of a figure for paper: without hover texts and without the ids for clicks."""
    figure = fig.to_dict()  # a copy: figures are shared with the pages
    for trace in figure["data"]:
        trace["hoverinfo"] = "skip"
        trace.pop("hovertext", None)
        trace.pop("customdata", None)
    figure["layout"] |= {"width": FIGURE_WIDTH, **layout}
    return {"json": plotly.io.to_json(figure, validate=False), "alt": alt, "caption": caption}


def _hash_source(script: str) -> str:
    """A script's hash, by which the policy lets it run."""
    return f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"

"""What AppTest has no name for: the titles and ids of a page, and where a page sent the browser.

AppTest runs no script, so `bandup.ui.address.go_to` only leaves its address.
"""

import html
import re
from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest


def destination(app: AppTest) -> tuple[str, dict[str, list[str]]] | None:
    """The relative path and the parameters of the address that the page opened, or None."""
    for element in app.get("html"):
        if match := re.match('<span data-go-to="([^"]*)"', element.proto.body):
            parts = urlsplit(html.unescape(match[1]))
            return parts.path, parse_qs(parts.query)
    return None


def titles(app: AppTest) -> list[str]:
    """The titles that a page shows, as they are read and copied."""
    bodies = [element.proto.body for element in app.get("html")]
    return [
        html.unescape(title) for body in bodies for title in re.findall("<h1[^>]*><bdi>(.*?)</bdi></h1>", body, re.S)
    ]


def id_headings(app: AppTest) -> dict[str, list[str]]:
    """The headings below a page's title that are or hold an id, as they are read and copied, by tag."""
    headings: dict[str, list[str]] = {"h2": [], "h3": []}
    for element in app.get("html"):
        for tag, text in re.findall('<(h[23]) class="b-id-heading"><bdi>(.*?)</bdi>', element.proto.body, re.S):
            headings[tag].append(html.unescape(text))
    return headings

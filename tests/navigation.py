"""Where a page sent the browser: AppTest runs no script, so `bandup.ui.address.go_to` only leaves its address."""

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

"""The quality of stored data as a table: each flag with its sentence, its share, and links to samples."""

import pandas as pd
from markupsafe import Markup

from bandup.formatting import percent, shortened
from bandup.ui import html, links
from bandup.ui.html import element, joined

HEADINGS = ("What is odd", "Items", "Share", "For instance")


def table(counts: pd.DataFrame) -> Markup:
    """`counts`: as `bandup.analysis.data_quality.flag_counts` makes it."""
    return element("div", html.table(HEADINGS, (_row(row) for _, row in counts.iterrows())), "b-sentences")


def _row(row: pd.Series) -> list[Markup]:
    samples = joined(_sample(*sample) for sample in row["samples"])
    return [
        joined([element("span", row["sentence"].replace("`", "")), element("code", row["flag"], "b-note")]),
        element("span", f"{row['items']:,}", "b-number"),
        element("span", _percent(row["share"]), "b-number"),
        samples,
    ]


def _sample(key: str, user_id: str, kind: str) -> Markup:
    # reloads the page: a link inside HTML of ours is a plain link
    href = links.href(*links.item(kind, key, user_id))
    return Markup('<a href="{}" target="_self">{}</a> ').format(href, shortened(key, 16))


def _percent(share: float) -> str:
    return f"under {percent(0.001)}" if share < 0.001 else percent(share)

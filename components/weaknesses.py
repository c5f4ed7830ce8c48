"""What the feedback keeps saying: recurring weaknesses with links to where they were said."""

import pandas as pd
from markupsafe import Markup

from analysis.bands import short_name
from components import links
from components.markup import element, joined

MOST_THEMES = 8
FEWEST_ATTEMPTS = 2
MOST_LINKS = 6


def table(recurring: pd.DataFrame, user_id: str) -> Markup:
    """The themes that at least two attempts name. `recurring`: as of `analysis.recurring.recurring`."""
    head = element("tr", joined(element("th", name) for name in ("What it says", "Criterion", "Attempts", "Where")))
    rows = recurring[recurring["attempts"] >= FEWEST_ATTEMPTS].head(MOST_THEMES)
    return Markup('<table class="b-table"><thead>{}</thead><tbody>{}</tbody></table>').format(
        head, joined(_row(row, user_id) for _, row in rows.iterrows())
    )


def _row(row: pd.Series, user_id: str) -> Markup:
    said = row["samples"][0][1] if row["samples"] else ""
    where = joined(
        Markup('<a href="{}" target="_self" title="{}">[{}]</a> ').format(
            links.href(links.EVALUATION, links.evaluation(evaluation_id, user_id)), sentence, number
        )
        for number, (evaluation_id, sentence) in enumerate(row["samples"][:MOST_LINKS], 1)
    )
    cells = [
        joined([element("b", row["theme"]), element("span", f" {said}", "b-note")]),
        element("span", ", ".join(short_name(column) for column in row["criteria"])),
        element("span", f"{row['attempts']} of {row['of']}", "b-number"),
        where,
    ]
    return element("tr", joined(element("td", cell) for cell in cells))

"""What the feedback keeps saying: recurring weaknesses with links to where they were said."""

import pandas as pd
from markupsafe import Markup

from bandup.analysis.bands import short_name
from bandup.ui import html, links
from bandup.ui.html import element, joined

MOST_THEMES = 8
MIN_ATTEMPTS_PER_THEME = 2
MOST_LINKS = 6


def table(recurring: pd.DataFrame, user_id: str | None = None) -> Markup:
    """The themes that at least two attempts name, with links where the student is named whose attempts they are.

    `recurring`: as of `bandup.analysis.recurring_feedback.recurring`.
    """
    rows = recurring[recurring["attempts"] >= MIN_ATTEMPTS_PER_THEME].head(MOST_THEMES)
    headings = ("What it says", "Criterion", "Attempts", *(("Where",) if user_id else ()))
    return element("div", html.table(headings, (_row(row, user_id) for _, row in rows.iterrows())), "b-sentences")


def _row(row: pd.Series, user_id: str | None) -> list[Markup]:
    said = row["samples"][0][1] if row["samples"] else ""
    cells = [
        joined([element("b", row["theme"]), element("span", f" {said}", "b-note")]),
        element("span", ", ".join(short_name(column) for column in row["criteria"])),
        element("span", f"{row['attempts']} of {row['of']}", "b-number"),
    ]
    return [*cells, _where(row["samples"], user_id)] if user_id else cells


def _where(samples: list[tuple[str, str]], user_id: str) -> Markup:
    named = joined(
        Markup('<a href="{}" target="_self" title="{}">[{}]</a> ').format(
            links.href(links.EVALUATION, links.evaluation(evaluation_id, user_id)), sentence, number
        )
        for number, (evaluation_id, sentence) in enumerate(samples[:MOST_LINKS], 1)
    )
    return element("div", named, "b-where")

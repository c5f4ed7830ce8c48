"""Recurring weaknesses in a student's feedback, with links to the attempts whose feedback names them."""

from functools import partial

import pandas as pd
from markupsafe import Markup

from bandup.analysis.recurring_feedback import repeated_themes
from bandup.templating import render
from bandup.ui import links

MAX_LINKS = 6


def table(themes: pd.DataFrame, user_id: str) -> Markup:
    """The themes that at least two attempts name, each with links to the newest of those attempts.

    `themes`: as of `bandup.analysis.recurring_feedback.recurring_themes`.
    """
    rows = repeated_themes(themes).to_dict("records")
    return render("recurring_feedback.html", themes=rows, href=partial(_href, user_id), max_links=MAX_LINKS)


def _href(user_id: str, evaluation_id: str) -> str:
    return links.href(links.EVALUATION, links.evaluation(evaluation_id, user_id))

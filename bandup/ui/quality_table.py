"""The quality of stored data as a table: each flag with its sentence, its share, and links to samples."""

import pandas as pd
from markupsafe import Markup

from bandup.templating import render
from bandup.ui import links


def table(flags: pd.DataFrame) -> Markup:
    """A row per flag. `flags`: as of `bandup.analysis.data_quality.flag_counts`."""
    return render("quality_table.html", flags=flags.to_dict("records"), href=_href)


def _href(key: str, user_id: str, evaluation_type: str) -> str:
    return links.href(*links.item_page(evaluation_type, key, user_id))

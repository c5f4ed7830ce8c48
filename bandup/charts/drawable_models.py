"""The grader models that a figure draws, and how it names and counts them."""

from collections.abc import Sequence

import pandas as pd

from bandup.charts.theme import escaped
from bandup.formatting import counted

MAX_MODELS = 6
"""The most models in one figure: those with the most attempts. A note counts the others."""
MAX_NAME_LENGTH = 34
"""Characters of a model's name that a figure shows."""
MIN_BAND_RANGE = 3.0
"""The least height or width of a band axis that is cut to the data, in bands, so that noise does not fill the figure."""


def most_used(table: pd.DataFrame, attempts: pd.Series) -> pd.DataFrame:
    """The rows of the `MAX_MODELS` models with the most attempts; ties go by name.

    `table`: with a column `model_used`. `attempts`: the number of attempts per model, indexed by its name.
    """
    models = attempts.sort_index().sort_values(ascending=False, kind="stable").index[:MAX_MODELS]
    return table[table["model_used"].isin(models)].reset_index(drop=True)


def omitted_notes(attempts: pd.Series, models: Sequence[str]) -> list[str]:
    """The note on the models of `attempts` (as for `most_used`) that are not among `models`; empty if all are."""
    omitted = attempts[~attempts.index.isin(models)]
    note = f"{counted(len(omitted), 'more model')} with {counted(int(omitted.sum()), 'graded attempt')}: not drawn."
    return [note] if len(omitted) else []


def model_label(model: str) -> str:
    """A model's name for plotly: truncated and escaped."""
    return escaped(model, MAX_NAME_LENGTH)

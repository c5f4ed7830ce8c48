"""A block of a student's latest attempts compared with the block before it: the overall band and each criterion.

A block is a run of `LATEST_ATTEMPTS` attempts in order of time; the block before may be shorter.
"""

import pandas as pd

from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, in_order
from bandup.analysis.bands import band_columns, criterion_name, format_band
from bandup.analysis.certainty import CLAIMED
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.mean_differences import compare_means
from bandup.formatting import counted, shown_difference, up_or_down
from bandup.memo import memoized


@memoized
def compare_blocks(attempts: pd.DataFrame, estimates: ClassEstimates, size: int = LATEST_ATTEMPTS) -> pd.DataFrame:
    """The means of the latest block and of the one before: overall band first, then the criteria in official order.

    `attempts`: one student's, as for `progress.fit_trend`; those without a time are left out. The blocks hold the same
    attempts for every criterion; the one before may hold fewer than `size`, or none. Columns: `criterion` (str, the
    column's name), `latest_mean`, `before_mean` (float64, bands, NaN where none), `latest_n`, `before_n` (int64: bands
    that are there), `change`, `threshold` (float64, bands, NaN where there is nothing to compare), `certainty` (str, of
    `Certainty`), `sentence` (str).

    Thresholds are those of `mean_differences.compare_means`. The rows are one set of statements (Bonferroni): a change
    in *any* row is claimed for at most 5 % of the students without any change.
    """
    rows = in_order(dated(attempts))
    columns = band_columns(estimates.skill)
    names = {
        "criterion": "criterion",
        "second": "latest_mean",
        "first": "before_mean",
        "second_n": "latest_n",
        "first_n": "before_n",
        "difference": "change",
    }
    statements = dict.fromkeys(columns, len(columns))
    table = compare_means(rows.iloc[-2 * size : -size], rows.iloc[-size:], estimates, statements)
    table = table[[*names, "threshold", "certainty"]].rename(columns=names)
    described = table.drop(columns=["change", "threshold"])
    return table.assign(sentence=[_sentence(*row) for row in described.itertuples(index=False)])


def describe_blocks(comparison: pd.DataFrame) -> list[str]:
    """A sentence for each change that is at least *perhaps* there, or one that there is none; empty without comparison.

    `comparison`: as returned by `compare_blocks`.
    """
    if not comparison["threshold"].notna().any():
        return []
    sentences: list[str] = comparison.loc[comparison["certainty"].isin(CLAIMED), "sentence"].tolist()
    latest, before = int(comparison["latest_n"].max()), int(comparison["before_n"].max())
    return sentences or [
        f"No clear change in any band: latest {counted(latest, 'graded attempt')} against the {before} before."
    ]


def _sentence(
    criterion: str, latest_mean: float, before_mean: float, latest_n: int, before_n: int, certainty: str
) -> str:
    name = criterion_name(criterion)
    if not latest_n:
        return f"{name}: no band in the latest graded attempts."
    latest = f"{name}: {format_band(latest_mean)} in the latest {counted(latest_n, 'graded attempt')}"
    if not before_n:
        return f"{latest}, none before to compare with."
    change = up_or_down(shown_difference(latest_mean, before_mean))
    how_sure = "" if change == "level" else f", {certainty}" if certainty in CLAIMED else ", no clear change"
    return f"{latest}, {format_band(before_mean)} in the {before_n} before: {change}{how_sure}."

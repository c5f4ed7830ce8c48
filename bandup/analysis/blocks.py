"""A block of a student's latest attempts compared with the block before it: the overall band and each criterion.

A block is a run of `LATEST_ATTEMPTS` attempts in order of time; the block before may be shorter.
"""

from typing import Any

import numpy as np
import pandas as pd

from bandup.analysis.attempts import LATEST_ATTEMPTS, dated, in_order
from bandup.analysis.bands import Skill, band_columns, criterion_name
from bandup.analysis.measurement_error import difference_threshold, stored_band_sem
from bandup.analysis.progress import SIGNIFICANCE_LEVEL
from bandup.formatting import counted
from bandup.memo import memoized


@memoized
def compare_blocks(attempts: pd.DataFrame, skill: Skill, size: int = LATEST_ATTEMPTS) -> pd.DataFrame:
    """The means of the latest block and of the one before: overall band first, then the criteria in official order.

    `attempts`: one student's, as for `progress.fit_trend`; those without a time are left out. The blocks hold the same
    attempts for every criterion; the one before may hold fewer than `size`, or none. One row per criterion: `criterion`
    (str, the column's name), `latest_mean`, `before_mean` (float64, bands, NaN where none), `latest_n`, `before_n`
    (int64: bands that are there), `change`, `threshold` (float64, bands, NaN where there is nothing to compare),
    `certain` (bool: the change is beyond the threshold), `sentence` (str).

    The threshold is c·SEM·√(1/latest_n + 1/before_n). The SEM is that of a stored band or the standard deviation within
    the two blocks, whichever gives the wider threshold (c of the latter is Student's t with latest_n + before_n − 2
    degrees of freedom, at least one). The five rows are one set of statements: each is tested at 1 % (Bonferroni), so
    that a change in *any* row is claimed for at most 5 % of the students without any change. For two single attempts at
    5 % the rule would be the known 2.77·SEM.
    """
    rows = in_order(dated(attempts))
    latest, before = rows.iloc[-size:], rows.iloc[-2 * size : -size]
    columns = band_columns(skill)
    level = SIGNIFICANCE_LEVEL / len(columns)
    return pd.DataFrame([_compare(latest[column], before[column], skill, level) for column in columns])


def describe_blocks(comparison: pd.DataFrame) -> list[str]:
    """A sentence for each change that is likely more than noise, or one that there is none; empty without comparison.

    `comparison`: as returned by `compare_blocks`.
    """
    if not comparison["threshold"].notna().any():
        return []
    sentences: list[str] = comparison.loc[comparison["certain"], "sentence"].tolist()
    latest, before = int(comparison["latest_n"].max()), int(comparison["before_n"].max())
    return sentences or [
        f"No clear change in any band: latest {counted(latest, 'attempt')} against the {before} before."
    ]


def _compare(latest: pd.Series, before: pd.Series, skill: Skill, level: float) -> dict[str, Any]:
    column = str(latest.name)
    blocks = [block.dropna().to_numpy(dtype="float64") for block in (latest, before)]
    numbers = len(blocks[0]), len(blocks[1])
    means = [float(bands.mean()) if len(bands) else np.nan for bands in blocks]
    change, threshold = means[0] - means[1], np.nan
    if all(numbers) and sum(numbers) > 2:
        threshold = difference_threshold(level, stored_band_sem(skill), blocks)
    certain = bool(abs(change) > threshold)
    return {
        "criterion": column,
        "latest_mean": means[0],
        "before_mean": means[1],
        "latest_n": numbers[0],
        "before_n": numbers[1],
        "change": change,
        "threshold": threshold,
        "certain": certain,
        "sentence": _sentence(column, means, numbers, certain=certain),
    }


def _sentence(column: str, means: list[float], numbers: tuple[int, int], *, certain: bool) -> str:
    name = criterion_name(column)
    if not numbers[0]:
        return f"{name}: no band in the latest attempts."
    latest = f"{name}: {means[0]:.1f} in the latest {counted(numbers[0], 'attempt')}"
    if not numbers[1]:
        return f"{latest}, none before to compare with."
    both = f"{latest}, {means[1]:.1f} in the {numbers[1]} before"
    tenths = round(means[0], 1) - round(means[1], 1)
    if abs(tenths) < 0.05:
        return f"{both}: level."
    how_sure = "likely more than noise" if certain else "no clear change"
    return f"{both}: {'up' if tenths > 0 else 'down'} {abs(tenths):.1f}, {how_sure}."

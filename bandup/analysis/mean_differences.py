"""Differences between the mean bands of two sets of attempts, and how sure they are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bandup.analysis.certainty import Certainty, certainty_of, limits
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.measurement_error import Floats


def compare_means(
    first: pd.DataFrame,
    second: pd.DataFrame,
    estimates: ClassEstimates,
    statements: dict[str, int],
    *,
    of_two_students: bool = False,
) -> pd.DataFrame:
    """The means of two sets of attempts at one skill and their differences: one row per column of `statements`.

    `statements`: of each column of bands, how many rows make one set of statements with it (`certainty.limits`).
    `of_two_students`: the grader's lasting bias for or against each of them then counts as error of the difference.
    Columns: `criterion` (str, the column's name), `first`, `second` (float64, mean bands, NaN where there is none),
    `first_n`, `second_n` (int64, bands that are there), `difference` (float64, second minus first), `threshold`
    (float64, bands: the largest difference within noise; NaN where there is nothing to compare) and `certainty` (str,
    of `Certainty`: `too_few` where there is nothing to compare).
    """
    rows = []
    for column, together in statements.items():
        sides = [side[column].astype("float64").dropna() for side in (first, second)]
        days = [_day_means(bands, side["at"]) for bands, side in zip(sides, (first, second), strict=True)]
        means = [float(bands.mean()) for bands in sides]
        difference, threshold, certainty = means[1] - means[0], np.nan, str(Certainty.TOO_FEW)
        if all(map(len, sides)):
            error, degrees = _standard_error(days, estimates, column)
            error = float(np.sqrt(error**2 + 2 * estimates.bias_variance * of_two_students))
            perhaps, likely = limits([degrees], together)
            threshold = float(perhaps[0]) * error
            certainty = str(certainty_of(np.array([abs(difference) / error]), perhaps, likely)[0])
        rows.append((column, *means, *map(len, sides), difference, threshold, certainty))
    names = ["criterion", "first", "second", "first_n", "second_n", "difference", "threshold", "certainty"]
    return pd.DataFrame(rows, columns=names).astype({"criterion": "str", "certainty": "str"})


def _standard_error(sides: Sequence[Floats], estimates: ClassEstimates, column: str) -> tuple[float, int]:
    """The standard error of the difference between two means, and its degrees of freedom: σ·√(1/n₁ + 1/n₂).

    σ² is the class's variance and that within the two sides together, weighted by their degrees of freedom.
    """
    noise = estimates.noise[column]
    squares = sum(float(((bands - bands.mean()) ** 2).sum()) for bands in sides)
    degrees = noise.degrees + sum(map(len, sides)) - len(sides)
    variance = (noise.degrees * noise.variance + squares) / degrees
    return float(np.sqrt(variance * sum(1 / len(bands) for bands in sides))), degrees


def _day_means(bands: pd.Series, at: pd.Series) -> Floats:
    """The mean of each day (UTC): the attempts of one day count once. Attempts of unknown time are one day."""
    days = pd.to_datetime(at.loc[bands.index], utc=True).dt.floor("D")
    return bands.groupby(days, dropna=False).mean().to_numpy()

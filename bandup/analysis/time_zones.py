"""Items on the clock of another time zone than UTC."""

from datetime import tzinfo

import pandas as pd

from bandup.memo import memoized


@memoized
def in_zone(items: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """The items with `at` (datetime64[ms, zone]) on the clock of a zone: the same moments, other hours, days and weeks.

    Figures over time and `bandup.analysis.practice` go by the clock that `at` is on. What is exported stays in UTC.
    """
    return items.assign(at=items["at"].dt.tz_convert(zone))

"""Items in a time zone other than UTC."""

from datetime import tzinfo

import pandas as pd

from bandup.memo import memoized


@memoized
def in_zone(items: pd.DataFrame, zone: tzinfo) -> pd.DataFrame:
    """The items with `at` in a time zone (datetime64[ms, zone]): the same moments, other hours, days and weeks.

    Figures over time and `bandup.analysis.practice` use the zone of `at`. Exports stay in UTC.
    """
    return items.assign(at=items["at"].dt.tz_convert(zone))

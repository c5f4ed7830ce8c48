"""Two students' bands over time, a figure each on the same axes, so that they can stand beside or under each other."""

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import Skill, format_band
from bandup.analysis.progress import Trend
from bandup.charts import drawable_attempts, progress_chart, theme, trend_lines
from bandup.memo import memoized

LOWER = 90
"""So many pixels these figures are lower than the one on a student's own page: two of them stand on one page."""
_TIME_PADDING = pd.Timedelta(days=4)

Span = tuple[pd.Timestamp, pd.Timestamp]


@memoized
def span_of_both(first: pd.DataFrame, second: pd.DataFrame, skill: Skill) -> Span | None:
    """The times of the earliest and the latest attempt that is drawn of either student; None where none is.

    `first`, `second`: frames with the columns of `data.schema.EVALUATIONS` and `state`.
    """
    drawn = [drawable_attempts.drawable(evaluations, skill, "overall_band")["at"] for evaluations in (first, second)]
    at = pd.concat([times for times in drawn if len(times)] or drawn)
    return None if at.empty else (at.min(), at.max())


@memoized
def overall_on_axes(
    evaluations: pd.DataFrame, skill: Skill, trend: Trend | None, span: Span | None, *, dark: bool = False
) -> go.Figure:
    """One student's overall bands at a skill over time, as `bandup.charts.progress_chart.overall_over_time`, on the axes of two.

    `span`: as of `span_of_both`. `trend`: of the student's graded attempts; its line is dashed, its noise shaded.
    """
    drawn = progress_chart.overall_over_time(evaluations[drawable_attempts.of_skill(evaluations, skill)], dark=dark)
    if not drawn.data or span is None:
        return drawn
    if trend is not None:
        trend_lines.mark_trend(drawn, trend, dark=dark)
    drawn.update_layout(xaxis=theme.time_axis(*span, padding=_TIME_PADDING), height=drawn.layout.height - LOWER)
    return drawn


@memoized
def overall_on_axes_alt(evaluations: pd.DataFrame, skill: Skill, user_id: str) -> str:
    """One plain sentence: whose, how many attempts, the first and the latest band, the range, how many suspect."""
    rows = progress_chart.overall_over_time_data(evaluations[drawable_attempts.of_skill(evaluations, skill)])
    bands = rows.loc[~rows["suspect"], "band"]
    whose = f"{skill.capitalize()} of {user_id}"
    if rows.empty:
        return f"{whose}: no attempts with a time and a band."
    said = f"{whose}: {drawable_attempts.counted(len(bands), 'attempt')}"
    if len(bands):
        ends = [format_band(band) for band in (bands.iloc[0], bands.iloc[-1], bands.min(), bands.max())]
        said += " from {} to {}, lowest {}, highest {}".format(*ends)
    suspect = len(rows) - len(bands)
    return f"{said}{f', and {suspect} suspect' if suspect else ''}."

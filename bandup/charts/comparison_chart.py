"""Two students' bands over time: a figure each, with the same axes, to be shown side by side or one above the other."""

import pandas as pd
import plotly.graph_objects as go

from bandup.analysis.bands import Skill, format_band
from bandup.analysis.progress import Trend
from bandup.charts import drawable_attempts, overlays, progress_chart, theme
from bandup.formatting import counted
from bandup.memo import memoized

HEIGHT_REDUCTION = 90
"""These figures are this many pixels lower than the one on a student's page, because a page shows two of them."""

TimeRange = tuple[pd.Timestamp, pd.Timestamp]


@memoized
def common_time_range(first: pd.DataFrame, second: pd.DataFrame, skill: Skill) -> TimeRange | None:
    """The times of the earliest and the latest attempt in both students' figures; None if there is no attempt.

    `first`, `second`: frames with the columns of `data.schema.EVALUATIONS` and `state`.
    """
    times = [drawable_attempts.drawable(evaluations, skill, "overall_band")["at"] for evaluations in (first, second)]
    at = pd.concat([series for series in times if len(series)] or times)
    return None if at.empty else (at.min(), at.max())


@memoized
def overall_on_shared_axes(
    evaluations: pd.DataFrame, skill: Skill, trend: Trend | None, time_range: TimeRange | None, *, dark: bool = False
) -> go.Figure:
    """`bandup.charts.progress_chart.overall_over_time` of one student and skill, over the time range of both students.

    `time_range`: as returned by `common_time_range`. `trend`: of the student's graded attempts, with its noise band.
    """
    own = evaluations[drawable_attempts.is_of_skill(evaluations, skill)]
    fig = progress_chart.overall_over_time(own, dark=dark)
    if not fig.data or time_range is None:
        return fig
    if trend is not None:
        overlays.mark_trend(fig, trend, dark=dark)
    time_axis = theme.time_axis(*time_range, padding=progress_chart.TIME_PADDING)
    fig.update_layout(xaxis=time_axis, height=fig.layout.height - HEIGHT_REDUCTION)
    return fig


@memoized
def overall_on_shared_axes_alt(evaluations: pd.DataFrame, skill: Skill, user_id: str) -> str:
    """One sentence: the student, the number of attempts, first and latest band, the range, the suspect attempts."""
    rows = progress_chart.overall_over_time_data(evaluations[drawable_attempts.is_of_skill(evaluations, skill)])
    bands = rows.loc[~rows["suspect"], "band"]
    subject = f"{skill.capitalize()} of {user_id}"
    if rows.empty:
        return f"{subject}: no attempts with a time and a band."
    sentence = f"{subject}: {counted(len(bands), 'graded attempt')}"
    if len(bands):
        ends = [format_band(band) for band in (bands.iloc[0], bands.iloc[-1], bands.min(), bands.max())]
        sentence += " from {} to {}, lowest {}, highest {}".format(*ends)
    suspect = len(rows) - len(bands)
    return f"{sentence}{f', and {suspect} suspect' if suspect else ''}."

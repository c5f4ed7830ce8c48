"""One student's progress: what can be said of it and how surely, over time and by criterion."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from bandup.analysis import attempts, progress
from bandup.analysis import practice as rhythm
from bandup.analysis.bands import Skill
from bandup.analysis.grader_drift import changes_for_student
from bandup.charts import blocks_chart, criteria_chart, grader_drift_chart, practice_chart, progress_chart, trend_lines
from bandup.memo import memoized
from bandup.ui import figures, page
from bandup.ui.plain_text import plain

HOW_TO_READ = """
The dashed line is a robust trend through the attempts; the shaded band around it is noise: where 19 of 20 attempts of a
student lie whose level moves along that line. Its width is the student’s own scatter, or the published error of
measurement of IELTS examiners (about 0.43 band for one attempt), whichever is larger. A change is called “likely more
than noise” only where a student without any change would get that mark at most 5 times in 100; half a band between two
attempts is always within the noise. Hollow points are the grader’s default answer and count for nothing. Writing and
speaking are different tests and never averaged. The bands are an AI’s estimates in practice, not IELTS results.
"""

Graded = Mapping[Skill, pd.DataFrame]
"""A student's graded attempts per skill, as of `bandup.analysis.attempts.graded`."""


def in_words(graded: Graded) -> None:
    """A sentence per skill that says how sure its change is."""
    for skill, tries in graded.items():
        trend = progress.trend(tries, skill)
        st.markdown(plain(progress.trend_in_words(trend, skill, len(attempts.dated(tries)))))


@memoized
def overall_with_trends(evaluations: pd.DataFrame, graded: Graded, target: float, *, dark: bool) -> go.Figure:
    """The overall bands over time with trends, noise, the target, and where the grader's model changed."""
    drawn = progress_chart.overall_over_time(evaluations, dark=dark)
    changes = []
    for skill, tries in graded.items():
        changes += changes_for_student(tries)
        if (trend := progress.trend(tries, skill)) is not None:
            trend_lines.mark_trend(drawn, trend, dark=dark)
    if any(len(attempts.dated(tries)) for tries in graded.values()):
        trend_lines.mark_target(drawn, target, dark=dark)
        grader_drift_chart.mark_model_changes(drawn, sorted(changes, key=lambda change: change.at), dark=dark)
    return drawn


def over_time(evaluations: pd.DataFrame, graded: Graded, target: float) -> None:
    """The overall bands over time, and how to read them."""
    figures.show(
        overall_with_trends(evaluations, graded, target, dark=figures.is_dark()),
        progress_chart.overall_over_time_alt(evaluations),
    )
    with st.expander("How to read this"):
        st.markdown(HOW_TO_READ)


def by_criterion(evaluations: pd.DataFrame, graded: Graded, skill: Skill) -> None:
    """The skill's criteria over time, the latest attempts one by one, and against those before them."""
    dark = figures.is_dark()
    compared = progress.blocks(graded[skill], skill)
    for sentence in progress.blocks_in_words(compared):
        page.note(sentence)
    over_time, latest = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            progress_chart.criteria_over_time(evaluations, skill, dark=dark),
            progress_chart.criteria_over_time_alt(evaluations, skill),
        )
    with latest:
        if compared["before_n"].max() > 0:
            figures.show(
                blocks_chart.latest_against_before(compared, skill, dark=dark),
                blocks_chart.latest_against_before_alt(compared, skill),
            )
        else:
            figures.show(
                criteria_chart.criteria_breakdown(evaluations, skill, dark=dark),
                criteria_chart.criteria_breakdown_alt(evaluations, skill),
            )


def practice(evaluations: pd.DataFrame, now: datetime) -> None:
    """How regularly the student practises, in words and by week."""
    st.markdown(plain(rhythm.in_words(evaluations, now)))
    figures.show(
        practice_chart.practice_rhythm(evaluations, now, dark=figures.is_dark()),
        practice_chart.practice_rhythm_alt(evaluations, now),
    )

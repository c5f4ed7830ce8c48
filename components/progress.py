"""One student's progress: what can be said of it and how surely, over time and by criterion."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis import attempts, progress, rhythm
from analysis.bands import Skill
from analysis.drift import changes_for_student
from charts import blocks, criteria, drift, trends
from charts import progress as charts
from charts import rhythm as rhythm_charts
from components import figures, page
from components.text import plain

HOW_TO_READ = """
The dashed line is a robust trend through the attempts; the shaded band around it is noise: where 19 of 20 attempts of a
student lie whose level moves along that line. Its width is the student’s own scatter, or the published error of
measurement of IELTS examiners (about 0.43 band for one attempt), whichever is larger. A change is called “likely more
than noise” only where a student without any change would get that mark at most 5 times in 100; half a band between two
attempts is always within the noise. Hollow points are the grader’s default answer and count for nothing. Writing and
speaking are different tests and never averaged. The bands are an AI’s estimates in practice, not IELTS results.
"""

Graded = Mapping[Skill, pd.DataFrame]
"""A student's graded attempts per skill, as of `analysis.attempts.graded`."""


def in_words(graded: Graded, once: Callable[..., Any]) -> None:
    """A sentence per skill that says how sure its change is. `once` keeps what was worked out before."""
    for skill, tries in graded.items():
        trend = once(progress.trend, tries, skill)
        st.markdown(plain(progress.trend_in_words(trend, skill, len(attempts.dated(tries)))))


def overall_with_trends(evaluations: pd.DataFrame, graded: Graded, target: float, *, dark: bool) -> go.Figure:
    """The overall bands over time with trends, noise, the target, and where the grader's model changed."""
    drawn = charts.overall_over_time(evaluations, dark=dark)
    changes = []
    for skill, tries in graded.items():
        changes += changes_for_student(tries)
        if (trend := progress.trend(tries, skill)) is not None:
            trends.mark_trend(drawn, trend, dark=dark)
    if any(len(attempts.dated(tries)) for tries in graded.values()):
        trends.mark_target(drawn, target, dark=dark)
        drift.mark_model_changes(drawn, sorted(changes, key=lambda change: change.at), dark=dark)
    return drawn


def over_time(evaluations: pd.DataFrame, graded: Graded, target: float, once: Callable[..., Any]) -> None:
    """The overall bands over time, and how to read them."""
    figures.show(
        once(overall_with_trends, evaluations, graded, target, dark=figures.is_dark()),
        once(charts.overall_over_time_alt, evaluations),
    )
    with st.expander("How to read this"):
        st.markdown(HOW_TO_READ)


def by_criterion(evaluations: pd.DataFrame, graded: Graded, skill: Skill, once: Callable[..., Any]) -> None:
    """The skill's criteria over time, the latest attempts one by one, and against those before them."""
    dark = figures.is_dark()
    compared = once(progress.blocks, graded[skill], skill)
    for sentence in progress.blocks_in_words(compared):
        page.note(sentence)
    over_time, latest = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            once(charts.criteria_over_time, evaluations, skill, dark=dark),
            once(charts.criteria_over_time_alt, evaluations, skill),
        )
    with latest:
        if compared["before_n"].max() > 0:
            figures.show(
                once(blocks.latest_against_before, compared, skill, dark=dark),
                once(blocks.latest_against_before_alt, compared, skill),
            )
        else:
            figures.show(
                once(criteria.criteria_breakdown, evaluations, skill, dark=dark),
                once(criteria.criteria_breakdown_alt, evaluations, skill),
            )


def practice(evaluations: pd.DataFrame, now: datetime, once: Callable[..., Any]) -> None:
    """How regularly the student practises, in words and by week."""
    st.markdown(plain(once(rhythm.in_words, evaluations, now)))
    figures.show(
        once(rhythm_charts.practice_rhythm, evaluations, now, dark=figures.is_dark()),
        once(rhythm_charts.practice_rhythm_alt, evaluations, now),
    )

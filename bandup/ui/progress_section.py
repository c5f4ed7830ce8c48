"""The progress of one student: trends, bands over time and by criterion, recurring feedback, practice."""

from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.analysis import attempts, blocks, practice, progress
from bandup.analysis.bands import Skill
from bandup.analysis.recurring_feedback import recurring_themes
from bandup.charts import criteria_change_chart, criteria_chart, practice_chart, progress_chart
from bandup.charts.progress_chart import Graded
from bandup.formatting import counted
from bandup.ui import figures, html, page, weakness_table
from bandup.ui.plain_text import plain
from data.results import FeedbacksRead


def show_progress(evaluations: pd.DataFrame, graded: Graded, target: float) -> None:
    """Show each skill's trend in a sentence, the overall bands over time, how to read them, and what they leave out."""
    for skill, skill_attempts in graded.items():
        trend = progress.fit_trend(skill_attempts, skill)
        st.markdown(plain(progress.describe_trend(trend, skill, len(attempts.dated(skill_attempts)))))
    figures.show(
        progress_chart.overall_with_trends(evaluations, graded, target, dark=figures.is_dark()),
        progress_chart.overall_over_time_alt(evaluations),
    )
    with st.expander("How to read this"):
        st.markdown(progress_chart.HOW_TO_READ)
    for sentence in attempts.omitted_from_charts(evaluations):
        page.note(sentence)


def show_criteria(evaluations: pd.DataFrame, graded: Graded, skill: Skill) -> None:
    """Show the criteria of a skill over time, and the latest attempts against those before or, if too few, by themselves."""
    dark = figures.is_dark()
    latest_and_before = blocks.compare_blocks(graded[skill], skill)
    for sentence in blocks.describe_blocks(latest_and_before):
        page.note(sentence)
    over_time, latest = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            progress_chart.criteria_over_time(evaluations, skill, dark=dark),
            progress_chart.criteria_over_time_alt(evaluations, skill),
        )
    with latest:
        if latest_and_before["before_n"].max() > 0:
            figures.show(
                criteria_change_chart.criteria_change(latest_and_before, skill, dark=dark),
                criteria_change_chart.criteria_change_alt(latest_and_before, skill),
            )
        else:
            figures.show(
                criteria_chart.criteria_breakdown(evaluations, skill, dark=dark),
                criteria_chart.criteria_breakdown_alt(evaluations, skill),
            )


def show_recurring_feedback(read: FeedbacksRead, user_id: str) -> None:
    """Show the themes that several of the student's latest attempts mention."""
    page.note(
        "Themes that at least two attempts mention, most frequent first, from the latest "
        f"{counted(len(read.feedbacks), 'attempt')}."
    )
    html.show(weakness_table.table(recurring_themes(read.feedbacks), user_id))


def show_practice(evaluations: pd.DataFrame, now: datetime) -> None:
    """Show how regularly the student practises: a sentence and the attempts per week."""
    st.markdown(plain(practice.describe_practice(evaluations, now)))
    figures.show(
        practice_chart.practice_per_week(evaluations, now, dark=figures.is_dark()),
        practice_chart.practice_per_week_alt(evaluations, now),
    )

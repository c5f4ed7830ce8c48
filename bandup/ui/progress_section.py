"""The progress of one student: latest bands, trends, bands over time and by criterion, recurring feedback, practice."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from bandup.analysis import attempts, blocks, practice, progress, recurring_feedback
from bandup.analysis.bands import Skill, criterion_names, format_band
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.progress import SkillSummary, summary_of_skill
from bandup.charts import criteria_change_chart, criteria_chart, practice_chart, progress_chart
from bandup.charts.progress_chart import Graded
from bandup.charts.theme import SKILL_GLYPHS
from bandup.formatting import counted, fixed, shown_difference
from bandup.templating import render
from bandup.ui import figures, html, links, page
from data.results import FeedbacksRead

MAX_LINKS = 6

Estimates = Mapping[Skill, ClassEstimates]


def show_summary_cards(graded: Graded, target: float) -> None:
    """Show a card per skill with graded attempts: the latest bands as a few large numbers. `target` in bands."""
    cards = [
        {
            "skill": skill,
            "glyph": SKILL_GLYPHS[skill],
            "latest": format_band(summary.latest),
            "attempts": counted(summary.n, "graded attempt"),
            "numbers": _summary_numbers(summary, target),
        }
        for skill, skill_attempts in graded.items()
        if (summary := summary_of_skill(skill_attempts, skill)).n
    ]
    html.show(render("summary_cards.html", cards=cards))


def _summary_numbers(summary: SkillSummary, target: float) -> dict[str, str]:
    numbers = {}
    if summary.mean is not None:
        gap = shown_difference(summary.mean, target)
        side = "above" if gap > 0 else "under"
        against = (
            f"{fixed(abs(gap))} {side} target {format_band(target)}" if gap else f"on target {format_band(target)}"
        )
        numbers[f"Mean of the latest {summary.n_latest}"] = f"{format_band(summary.mean)}, {against}"
    numbers["Best"] = format_band(summary.best)
    numbers["Weakest criterion"] = "none stands out"
    if summary.weakest:
        below = f"{fixed(summary.weakest.below)} under the attempts’ mean"
        numbers["Weakest criterion"] = f"{criterion_names(summary.weakest.columns)}, {below}"
    return numbers


def show_progress(evaluations: pd.DataFrame, graded: Graded, estimates: Estimates, target: float) -> None:
    """Show each skill's trend in a sentence, the overall bands over time, how to read them, and what they leave out."""
    trends = progress.trends_of(graded, estimates)
    for skill, trend in trends.items():
        page.text(progress.describe_trend(trend, skill, graded[skill]))
    figures.show(
        progress_chart.overall_with_trends(evaluations, graded, trends, target, dark=figures.is_dark()),
        progress_chart.overall_over_time_alt(evaluations),
        key="overall_over_time",
    )
    with st.expander("How to read this", key="how_to_read"):
        st.markdown(progress_chart.HOW_TO_READ)
        page.note(progress.describe_noise(estimates))
    for sentence in attempts.omitted_from_charts(evaluations):
        page.note(sentence)


def show_criteria(evaluations: pd.DataFrame, graded: Graded, estimates: ClassEstimates) -> None:
    """Show the criteria of a skill over time, and the latest attempts against those before or, if too few, by themselves."""
    dark, skill = figures.is_dark(), estimates.skill
    latest_and_before = blocks.compare_blocks(graded[skill], estimates)
    for sentence in blocks.describe_blocks(latest_and_before):
        page.note(sentence)
    over_time, latest = st.columns([3, 2], gap="large")
    with over_time:
        figures.show(
            progress_chart.criteria_over_time(evaluations, skill, dark=dark),
            progress_chart.criteria_over_time_alt(evaluations, skill),
            key="criteria_over_time",
        )
    with latest:
        if latest_and_before["before_n"].max() > 0:
            figures.show(
                criteria_change_chart.criteria_change(latest_and_before, skill, dark=dark),
                criteria_change_chart.criteria_change_alt(latest_and_before, skill),
                key="criteria_change",
            )
        else:
            figures.show(
                criteria_chart.criteria_breakdown(evaluations, skill, dark=dark),
                criteria_chart.criteria_breakdown_alt(evaluations, skill),
                key="criteria_breakdown",
            )


def show_recurring_feedback(read: FeedbacksRead, user_id: str) -> None:
    """Show the themes that several of the student's latest attempts mention, with links to the newest of them."""
    all_themes = recurring_feedback.recurring_themes(read.feedbacks)
    page.note(
        "Themes that at least two attempts mention, most frequent first, from "
        f"{recurring_feedback.describe_sources(len(read.feedbacks), all_themes)}."
    )
    if omitted := sum(feedback.omitted for _, feedback in read.feedbacks):
        page.note(
            f"Not searched: {counted(omitted, 'value')} of very long feedback. Each attempt’s raw item shows everything."
        )
    repeated = recurring_feedback.repeated_themes(all_themes)
    themes, href = repeated.to_dict("records"), partial(links.item_href, user_id=user_id)
    html.show(render("recurring_feedback.html", themes=themes, href=href, max_links=MAX_LINKS))


def show_practice(evaluations: pd.DataFrame, now: datetime) -> None:
    """Show how regularly the student practises: a sentence and the attempts per week."""
    page.text(practice.describe_practice(evaluations, now))
    figures.show(
        practice_chart.practice_per_week(evaluations, now, dark=figures.is_dark()),
        practice_chart.practice_per_week_alt(evaluations, now),
        key="practice",
    )

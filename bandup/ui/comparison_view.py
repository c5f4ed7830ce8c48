"""Two students or two attempts side by side: their facts, bands, differences, feedback and texts."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from bandup.analysis import comparison, progress
from bandup.analysis.attempts import evaluation_title, graded_attempts
from bandup.analysis.bands import BAND_COLUMNS, Skill, format_band
from bandup.analysis.quote_matching import locate_quotes
from bandup.analysis.skill_summary import summary_of_skill
from bandup.charts import comparison_chart
from bandup.formatting import ago
from bandup.ui import annotated_text, band_badges, comparison_tables, figures, html, item_details, links, page, pickers
from bandup.ui.html import element
from bandup.ui.plain_text import plain
from data.results import EvaluationRead, StudentItems

HOW_TO_READ = """
The figures of a skill share their axes. The dashed line is each student’s own trend, the shaded area around it noise. The
table compares the means of each student’s latest attempts, five at most. Noise there is the published error of measurement
of IELTS examiners, or the two students’ own scatter if that is larger. Of two students at the same level, at most 5 in 100
are marked *likely more than noise* for the overall band, and at most 5 in 100 for any criterion. A constant bias of the
grader for or against one of the students is not part of the noise. Hollow points are the grader’s default answer and do
not count. The bands are an AI’s estimates of practice work, not IELTS results.
"""


def show_students(reads: Sequence[StudentItems], summaries: Sequence[pd.Series], now: datetime) -> None:
    """Show the facts of both students. `summaries`: their rows of `bandup.analysis.student_list`."""
    for column, read, summary in zip(st.columns(2, gap="large"), reads, summaries, strict=True):
        with column:
            _show_student(read.user_id, summary, read.incomplete_because.values(), now)


def show_attempts(reads: Sequence[EvaluationRead], now: datetime) -> None:
    """Show the title, time, state and details of both attempts."""
    for column, read in zip(st.columns(2, gap="large"), reads, strict=True):
        with column:
            _show_attempt(read, now)


def show_skill(evaluations: Sequence[pd.DataFrame], user_ids: Sequence[str], skill: Skill) -> None:
    """Show both students' trends in a skill and the differences between their latest attempts.

    `evaluations`: each student's evaluations with states.
    """
    page.section(skill.capitalize())
    attempts = [graded_attempts(own, skill) for own in evaluations]
    _show_trends(evaluations, attempts, user_ids, skill)
    show_student_differences(attempts, user_ids, skill)


def show_student_differences(attempts: Sequence[pd.DataFrame], user_ids: Sequence[str], skill: Skill) -> None:
    """Show the mean bands of both students' latest graded `attempts`, and their differences."""
    bands = comparison.compare_students(attempts[0], attempts[1], skill)
    if not all(bands[f"{side}_n"].max() for side in comparison.SIDES):
        page.note(f"{skill.capitalize()} can’t be compared: both students need a graded attempt at a known time.")
        return
    html.show(comparison_tables.student_bands(bands, user_ids))
    if models := comparison.different_models(attempts[0], attempts[1]):
        by_student = "; ".join(f"{user_id}: {', '.join(own)}" for user_id, own in zip(user_ids, models, strict=True))
        page.note(f"Graded by different models ({by_student}): part of a difference may be the grader’s.")


def show_attempt_differences(reads: Sequence[EvaluationRead], names: Sequence[str], skill: Skill | None) -> None:
    """Show both attempts' bands and their differences; only the bands if they are not of the same skill."""
    if skill is None:
        for column, read, name in zip(st.columns(2, gap="large"), reads, names, strict=True):
            with column:
                st.subheader(plain(name), anchor=False)
                _show_scoreboard(read)
        return
    first, second = (read.row for read in reads)
    task_type = first["task_type"] if str(first["task_type"]) == str(second["task_type"]) else None
    bands = comparison.compare_attempts(first, second, skill)
    html.show(comparison_tables.attempt_bands(bands, names, task_type))
    if bands["difference"].isna().all():
        return
    overall, criterion = comparison.single_attempt_thresholds(skill)
    page.note(
        f"Through noise alone, two attempts at the same level can differ by {overall:.1f} bands overall and by up to "
        f"{criterion:.1f} in a criterion: only {comparison.smallest_clear_difference(overall):.1f} or more overall, "
        f"{comparison.smallest_clear_difference(criterion):.1f} or more in a criterion, is more than that. This is the "
        "published noise of IELTS examiners. An AI grader’s noise is larger, so two attempts alone prove nothing."
    )


def show_recurring_feedback(themes: pd.DataFrame, user_ids: Sequence[str]) -> None:
    """Show the recurring feedback of both students. `themes`: as of `bandup.analysis.comparison.merge_themes`."""
    if themes.empty:
        page.empty_state(
            "No recurring feedback yet.", "A theme appears here once two attempts of one student mention it."
        )
        return
    page.note(
        "Themes that at least two attempts of either student mention, and in how many of the latest. Links open the newest."
    )
    html.show(comparison_tables.recurring_feedback(themes, user_ids))


def show_texts(reads: Sequence[EvaluationRead], names: Sequence[str]) -> None:
    """Show both attempts' essays with their quoted examples, or their transcripts."""
    for column, read, name in zip(st.columns(2, gap="large"), reads, names, strict=True):
        with column:
            _show_text(read, name)


def _show_trends(
    evaluations: Sequence[pd.DataFrame], attempts: Sequence[pd.DataFrame], user_ids: Sequence[str], skill: Skill
) -> None:
    """Both students' overall bands on the same axes, and how certain each one's change is."""
    trends = [progress.fit_trend(own, skill) for own in attempts]
    time_range = comparison_chart.common_time_range(evaluations[0], evaluations[1], skill)
    for number, column in enumerate(st.columns(2, gap="large")):
        summary, user_id = summary_of_skill(attempts[number], skill), user_ids[number]
        with column:
            st.subheader(plain(user_id), anchor=False)
            figures.show(
                comparison_chart.overall_on_shared_axes(
                    evaluations[number], skill, trends[number], time_range, dark=figures.is_dark()
                ),
                comparison_chart.overall_on_shared_axes_alt(evaluations[number], skill, user_id),
                key=f"{skill}_{number}",
            )
            st.markdown(plain(progress.describe_trend(trends[number], skill, summary.n_dated)))
            html.show(
                html.facts(
                    {
                        "Graded attempts": f"{summary.n:,}",
                        "Best": format_band(summary.best),
                        "Latest": format_band(summary.latest),
                    }
                )
            )
    if len({trend.certainty for trend in trends if trend}) > 1:
        page.note("One change is likely and the other is not clear. That does not mean that the two changes differ.")


def _show_student(user_id: str, summary: pd.Series, incomplete_because: Iterable[str], now: datetime) -> None:
    page.section(user_id)
    html.show(
        html.facts(
            {
                "Last activity": ago(summary["last_activity"], now),
                "Flashcard sets": f"{summary['sets']:,}",
                "Jobs without a result": f"{summary['unsuccessful']:,}",
            }
        )
    )
    item_details.show_incomplete(incomplete_because)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(links.STUDENT, label="This student’s page", query_params=links.student(user_id))
        pickers.compare_button(links.student(user_id), "Compare with another student")


def _show_attempt(read: EvaluationRead, now: datetime) -> None:
    row = read.row
    page.section(evaluation_title(row["evaluation_type"], row["task_type"], row["part"]))
    st.markdown(plain(item_details.subtitle(row, now)))
    item_details.show_state(row, read.same_job_users)
    item_details.show_details(row, read.evaluation)
    keys = row["evaluation_id"], row["user_id"]
    own_page, query_params = links.item_page(str(row["evaluation_type"]), *keys)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(own_page, label="This attempt’s page", query_params=query_params)
        pickers.compare_button(links.evaluation(*keys), "Compare with another attempt")


def _show_text(read: EvaluationRead, name: str) -> None:
    st.subheader(plain(name), anchor=False)
    evaluation = read.evaluation
    if evaluation.essay_text:
        words = item_details.optional_int(read.row["word_count"])
        quotes = locate_quotes(evaluation.feedback.quoted_examples, evaluation.essay_text, words)
        html.show(element("div", annotated_text.essay(evaluation.essay_text, quotes, words), "b-narrow"))
    if evaluation.transcript:
        html.show(annotated_text.transcript(evaluation.transcript))
    if not (evaluation.essay_text or evaluation.transcript):
        page.empty_state("No essay or transcript is stored.", "The attempt’s own page shows the raw item.")


def _show_scoreboard(read: EvaluationRead) -> None:
    evaluation_type, row = str(read.row["evaluation_type"]), read.row
    if evaluation_type in {*Skill}:
        bands = {column: float(row[column]) for column in BAND_COLUMNS}
        html.show(band_badges.scoreboard(bands, read.evaluation.stored_bands, Skill(evaluation_type), row["task_type"]))
    else:
        page.note("The type of this attempt is unknown, and so are its criteria.")

"""Two students or two attempts side by side: their facts, bands, differences, feedback and texts."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import comparison, progress
from bandup.analysis.attempts import evaluation_title, graded_attempts
from bandup.analysis.bands import BAND_COLUMNS, CRITERIA, Skill, criterion_name, format_band
from bandup.analysis.certainty import CLAIMED
from bandup.analysis.class_estimates import ClassEstimates
from bandup.analysis.progress import summary_of_skill
from bandup.charts import comparison_chart
from bandup.formatting import ago, fixed, shown_difference, signed
from bandup.templating import render
from bandup.ui import (
    annotated_text,
    attempt_panels,
    figures,
    html,
    item_details,
    links,
    page,
    pickers,
)
from data.records import CriterionFeedback, Feedback, Remarks
from data.results import EvaluationRead, StudentItems

MAX_THEMES = 10
HOW_TO_READ = """
The figures of a skill share their axes. The dashed line is each student’s own change, the darker wedge its interval, the
lighter band noise. The table compares the means of each student’s latest attempts, five at most, against the noise that the
class and the two students show; the attempts of one day count once. Of 100 pairs at the same level, 5 are said to be
*perhaps* different in the overall band, and 5 in any criterion; *likely* is said of fewer than 1. A constant bias of the
grader for or against one of the students is not part of the noise. Hollow points are the grader’s default answer and do
not count. The bands are an AI’s estimates of practice work, not IELTS results.
"""


def show_student(read: StudentItems, summary: pd.Series, now: datetime) -> None:
    """Show the facts of one student. `summary`: the student's row of `bandup.analysis.student_list`."""
    page.id_heading(read.user_id, 2)
    html.show_facts(
        {
            "Last activity": ago(summary["last_activity"], now),
            "Flashcard sets": f"{summary['sets']:,}",
            "Jobs without a result": f"{summary['unsuccessful']:,}",
        }
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        own_parameters = links.student(read.user_id)
        st.page_link(links.STUDENT, label="This student’s page", query_params=own_parameters)
        pickers.compare_button(own_parameters, "Compare with another student")


def show_attempt(read: EvaluationRead, now: datetime) -> None:
    """Show the title, time, state and details of one attempt."""
    row = read.row
    page.section(evaluation_title(row["evaluation_type"], row["task_type"], row["part"]))
    page.text(item_details.subtitle(row, now))
    item_details.show_state(row, read.same_job_users)
    item_details.show_details(row, read.evaluation)
    keys = row["evaluation_id"], row["user_id"]
    own_page, query_params = links.item_page(str(row["evaluation_type"]), *keys)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(own_page, label="This attempt’s page", query_params=query_params)
        pickers.compare_button(links.evaluation(*keys), "Compare with another attempt")


def show_skill(evaluations: Sequence[pd.DataFrame], user_ids: Sequence[str], estimates: ClassEstimates) -> None:
    """Show both students' trends in a skill on the same axes, and the differences between their latest attempts."""
    skill = estimates.skill
    page.section(skill.capitalize())
    attempts = [graded_attempts(own, skill) for own in evaluations]
    trends = [progress.fit_trend(own, estimates) for own in attempts]
    time_range = comparison_chart.common_time_range(evaluations[0], evaluations[1], skill)

    def show_trend(number: int, user_id: str) -> None:
        summary, own, trend = summary_of_skill(attempts[number], skill), evaluations[number], trends[number]
        page.id_heading(user_id, 3)
        figures.show(
            comparison_chart.overall_on_shared_axes(own, skill, trend, time_range, dark=figures.is_dark()),
            comparison_chart.overall_on_shared_axes_alt(own, skill, user_id),
            key=f"{skill}_{number}",
        )
        page.text(progress.describe_trend(trend, skill, attempts[number]))
        bands = {"Best": format_band(summary.best), "Latest": format_band(summary.latest)}
        html.show_facts({"Graded attempts": f"{summary.n:,}", **bands})

    page.side_by_side(show_trend, range(2), user_ids)
    if len({trend.certainty for trend in trends if trend}) > 1:
        page.note("The two changes are not equally sure. That does not mean that they differ.")
    show_student_differences(attempts, user_ids, estimates)


def show_student_differences(
    attempts: Sequence[pd.DataFrame], user_ids: Sequence[str], estimates: ClassEstimates
) -> None:
    """Show the mean bands of both students' latest graded `attempts`, and their differences."""
    bands = comparison.compare_students(attempts[0], attempts[1], estimates)
    if not all(bands[f"{side}_n"].max() for side in comparison.SIDES):
        page.note(
            f"{estimates.skill.capitalize()} can’t be compared: both students need a graded attempt at a known time."
        )
        return
    html.show(student_bands(bands, user_ids))
    if models := comparison.different_models(attempts[0], attempts[1]):
        by_student = "; ".join(f"{user_id}: {', '.join(own)}" for user_id, own in zip(user_ids, models, strict=True))
        page.note(f"Graded by different models ({by_student}): part of a difference may be the grader’s.")
    if times := comparison.different_times(attempts[0], attempts[1]):
        by_student = ", ".join(f"{user_id}: {at:%B %Y}" for user_id, at in zip(user_ids, times, strict=True))
        page.note(f"Their latest attempts are from different times ({by_student}): either may have changed since.")


def show_attempt_differences(
    reads: Sequence[EvaluationRead], names: Sequence[str], estimates: ClassEstimates | None
) -> None:
    """Show both attempts' bands and their differences; only the bands if they are not of the same skill."""
    if estimates is None:
        page.side_by_side(_show_bands, reads, names)
        return
    first, second = (read.row for read in reads)
    task_type = first["task_type"] if str(first["task_type"]) == str(second["task_type"]) else None
    bands = comparison.compare_attempts(first, second, estimates)
    html.show(attempt_bands(bands, names, task_type))
    if bands["difference"].isna().all():
        return
    overall, criterion = comparison.single_attempt_thresholds(estimates)
    page.note(
        f"Through noise alone, two attempts at the same level can differ by {fixed(overall)} bands overall and by up to "
        f"{fixed(criterion)} in a criterion: only {fixed(comparison.smallest_clear_difference(overall))} or more overall, "
        f"{fixed(comparison.smallest_clear_difference(criterion))} or more in a criterion, is more than that. "
        f"{progress.describe_noise({estimates.skill: estimates})}"
    )


def _show_bands(read: EvaluationRead, name: str) -> None:
    page.id_heading(name, 3)
    if not attempt_panels.show_scoreboard(read.row, read.evaluation):
        page.note("The type of this attempt is unknown, and so are its criteria.")


def show_recurring_feedback(themes: pd.DataFrame, user_ids: Sequence[str]) -> None:
    """Show the recurring feedback of both students. `themes`: as of `bandup.analysis.comparison.merge_themes`."""
    if themes.empty:
        hint = "A theme appears here once two attempts of one student mention it."
        page.empty_state("No recurring feedback yet.", hint)
        return
    page.note(
        "Themes that at least two attempts of either student mention, and in how many of the latest. Links open the newest."
    )
    shown, sides = themes.head(MAX_THEMES).to_dict("records"), [*zip(comparison.SIDES, user_ids, strict=True)]
    html.show(render("comparison_themes.html", themes=shown, names=[*user_ids], sides=sides, href=links.item_href))


def show_text(read: EvaluationRead, name: str) -> None:
    """Show one attempt's essay with its quoted examples, or its transcript."""
    page.id_heading(name, 3)
    evaluation = read.evaluation
    if evaluation.essay_text:
        essay = annotated_text.evaluation_essay(evaluation, item_details.optional_int(read.row["word_count"]))
        html.show(html.element("div", essay, "b-one-column"))
    if evaluation.transcript:
        html.show(annotated_text.transcript(evaluation.transcript))
    if not (evaluation.essay_text or evaluation.transcript):
        page.empty_state("No essay or transcript is stored.", "The attempt’s own page shows the raw item.")


def student_bands(bands: pd.DataFrame, user_ids: Sequence[str]) -> Markup:
    """The means of `bandup.analysis.comparison.compare_students` with two decimals: none is shown equal to its noise."""
    attempts = (int(bands[f"{side}_n"].max()) for side in comparison.SIDES)
    return _bands_table(bands, [*zip(user_ids, attempts, strict=True)], decimals=2)


def attempt_bands(bands: pd.DataFrame, names: Sequence[str], task_type: str | None) -> Markup:
    """The bands of two attempts and their differences. `bands`: as of `bandup.analysis.comparison.compare_attempts`."""
    return _bands_table(bands, [(name, None) for name in names], decimals=1, task_type=task_type)


def _bands_table(
    bands: pd.DataFrame, heads: Sequence[tuple[str, int | None]], *, decimals: int, task_type: str | None = None
) -> Markup:
    most = {side: bands[f"{side}_n"].max() for side in comparison.SIDES}
    criteria = [
        {
            "name": criterion_name(row["criterion"], task_type),
            # the number of attempts is shown where it is smaller than in the column's other rows
            "bands": [
                (_format(row[side], decimals), row[f"{side}_n"] if row[f"{side}_n"] < most[side] else 0)
                for side in comparison.SIDES
            ],
            "is_claimed": row["certainty"] in CLAIMED,
            **_difference(row, decimals),
        }
        for _, row in bands.iterrows()
    ]
    return render("comparison_bands.html", heads=heads, criteria=criteria)


def _format(band: float, decimals: int) -> str:
    return format_band(None) if pd.isna(band) else fixed(band, decimals)


def _difference(row: pd.Series, decimals: int) -> dict[str, str]:
    """`difference` of the two bands as they are shown (`+0.5`, empty where one is missing), and its `verdict`."""
    if pd.isna(row["difference"]):
        return {"difference": "", "verdict": row["verdict"]}
    difference = shown_difference(row["second"], row["first"], decimals)
    if not difference:
        return {"difference": "±0", "verdict": "equal"}
    verdict = f"{row['verdict']} (up to {fixed(row['threshold'], decimals)})"
    return {"difference": signed(difference, decimals), "verdict": verdict}


def feedback_by_criterion(reads: Sequence[EvaluationRead], names: Sequence[str]) -> Markup:
    """The feedback of both attempts side by side, part by part. Examples are left out where they are marked in the essay."""
    evaluations = [read.evaluation for read in reads]
    feedbacks = [evaluation.feedback for evaluation in evaluations]
    examples = [() if one.essay_text else one.feedback.quoted_examples for one in evaluations]
    # each section has one part per attempt: feedback of one kind, and a list of criteria
    sections: list[list[tuple[Feedback, list[dict[str, object]]]]] = [
        [(Feedback(general=feedback.general), []) for feedback in feedbacks],
        *([(Feedback(), _criterion_part(column, read)) for read in reads] for column in _columns(reads)),
        [(Feedback(recommendations=feedback.recommendations), []) for feedback in feedbacks],
        [(Feedback(quoted_examples=quoted), []) for quoted in examples],
        [(Feedback(unparsed=feedback.unparsed), []) for feedback in feedbacks],
        [(Feedback(omitted=feedback.omitted), []) for feedback in feedbacks],
    ]
    shown = [parts for parts in sections if any(feedback or criteria for feedback, criteria in parts)]
    return render("comparison_feedback.html", sections=shown, names=names)


def _columns(reads: Sequence[EvaluationRead]) -> list[str]:
    """The criteria in the feedback of either: in the official order of the first one's skill, then the others."""
    in_feedback = {criterion.column for read in reads for criterion in read.evaluation.feedback.criteria}
    official = [column for read in reads for column in _own_columns(read)]
    return [column for column in dict.fromkeys([*official, *BAND_COLUMNS]) if column in in_feedback]


def _own_columns(read: EvaluationRead) -> tuple[str, ...]:
    evaluation_type = str(read.row["evaluation_type"])
    return CRITERIA[Skill(evaluation_type)] if evaluation_type in {*Skill} else BAND_COLUMNS


def _criterion_part(column: str, read: EvaluationRead) -> list[dict[str, object]]:
    """One attempt's feedback on a criterion, with its band."""
    feedbacks = [criterion for criterion in read.evaluation.feedback.criteria if criterion.column == column]
    if not feedbacks and column not in _own_columns(read):
        remarks = Remarks(text=f"Not a criterion of {read.row['evaluation_type']}.")
        return [{"name": criterion_name(column), "badge": "", "other_band": "", "remarks": remarks}]
    bands = attempt_panels.bands_of(read.row)
    nothing = CriterionFeedback(column, "", Remarks(text="No feedback on this criterion."))
    return [
        attempt_panels.criterion_values(criterion, bands, read.row["task_type"]) for criterion in feedbacks or [nothing]
    ]

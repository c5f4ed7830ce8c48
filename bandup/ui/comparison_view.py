"""Two students, or two attempts, side by side: what each is, how far their bands are apart, what is said of both."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pandas as pd
import streamlit as st
from markupsafe import Markup

from bandup.analysis import comparison, progress
from bandup.analysis.attempts import titled
from bandup.analysis.bands import BAND_COLUMNS, CRITERIA, Skill, criterion_name, format_band, short_name
from bandup.analysis.quote_matching import placed
from bandup.analysis.skill_summary import standing
from bandup.charts import comparison_chart
from bandup.formatting import ago, counted
from bandup.ui import annotated_text, band_badges, feedback_panel, figures, html, item_details, links, page, pickers
from bandup.ui.html import element, joined, paragraphs
from bandup.ui.plain_text import plain
from data.records import CriterionFeedback, Evaluation, Remarks
from data.results import EvaluationRead

MOST_THEMES = 10

HOW_TO_READ = """
The figures of a skill share their axes; the dashed line is each student’s own trend, the shade around it noise. In the
table stands the mean of a student’s latest attempts, five at most. Noise there is the published error of measurement of
IELTS examiners, or the two students’ own scatter where that reaches further. Of two students at one level at most 5 in
100 get the mark *likely more than noise* for the overall band, and at most 5 in 100 for any criterion. What the grader
always gets wrong of one student and not of the other is not in it. Hollow points are the grader’s default answer and
count for nothing. The bands are an AI’s estimates in practice, not IELTS results.
"""


def student(user_id: str, summary: pd.Series, left_out: Iterable[str], now: datetime) -> None:
    """One of two students. `summary`: a row of `bandup.analysis.student_list.students`; `left_out`: why items may be missing."""
    page.section(user_id)
    known = {
        "Last activity": ago(summary["last_activity"], now),
        "Flashcard sets": f"{summary['sets']:,}",
        "Jobs without a result": f"{summary['troubled']:,}",
    }
    html.show(html.facts(known))
    for why in left_out:
        page.caution(f"Some jobs may be missing here: this page {why}.", "Open Students once to complete it.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(links.STUDENT, label="All of this student", query_params=links.student(user_id))
        pickers.beside_another(links.student(user_id), "Compare with another student")


def attempt(read: EvaluationRead, now: datetime) -> None:
    """One of two attempts: what it is, when, what is wrong with it, its details."""
    row = read.row
    page.section(titled(row["evaluation_type"], row["task_type"], row["part"]))
    st.markdown(plain(item_details.subtitle(row, now)))
    item_details.state_notice(row, read.same_job_users)
    item_details.details(row, read.evaluation)
    keys = row["evaluation_id"], row["user_id"]
    there, parameters = links.item(str(row["evaluation_type"]), *keys)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(there, label="All of this attempt", query_params=parameters)
        pickers.beside_another(links.evaluation(*keys), "Compare with another attempt")


def trends(
    evaluations: Sequence[pd.DataFrame],
    tries: Sequence[pd.DataFrame],
    user_ids: Sequence[str],
    skill: Skill,
) -> None:
    """Both students' overall bands on the same axes, and in words how sure each one's change is.

    `evaluations`: each one's judged evaluations; `tries`: those of them that are graded attempts at the skill;
    """
    found = [progress.trend(own, skill) for own in tries]
    span = comparison_chart.span_of_both(evaluations[0], evaluations[1], skill)
    for number, place in enumerate(st.columns(2, gap="large")):
        stands, user_id = standing(tries[number], skill), user_ids[number]
        known = {
            "Graded attempts": f"{stands.n:,}",
            "Best": format_band(stands.best),
            "Latest": format_band(stands.latest),
        }
        with place:
            st.subheader(plain(user_id), anchor=False)
            figures.show(
                comparison_chart.overall_on_axes(
                    evaluations[number],
                    skill,
                    found[number],
                    span,
                    dark=figures.is_dark(),
                ),
                comparison_chart.overall_on_axes_alt(evaluations[number], skill, user_id),
                key=f"{skill}_{number}",
            )
            st.markdown(plain(progress.trend_in_words(found[number], skill, stands.timed)))
            html.show(html.facts(known))
    if len({trend.certainty for trend in found if trend}) > 1:
        page.note("That one change is likely and the other can’t be told does not mean that the two changes differ.")


def students_apart(tries: Sequence[pd.DataFrame], user_ids: Sequence[str], skill: Skill) -> None:
    """The bands of both students' latest attempts and what lies between them. `tries`: each one's graded attempts."""
    apart = comparison.between_students(tries[0], tries[1], skill)
    numbers = [int(apart[f"{side}_n"].max()) for side in comparison.SIDES]
    if not all(numbers):
        page.note(f"{skill.capitalize()} can’t be compared: it takes a graded attempt of known time from both.")
        return
    heads = [
        element("span", name) + element("span", f" latest {number}", "b-note")
        for name, number in zip(user_ids, numbers, strict=True)
    ]
    html.show(_differences(apart, heads, means=True))
    if models := comparison.models_apart(tries[0], tries[1]):
        said = "; ".join(f"{name}: {', '.join(used)}" for name, used in zip(user_ids, models, strict=True))
        page.note(f"Not graded by the same models ({said}): part of a difference may be the grader’s.")


def attempts_apart(reads: Sequence[EvaluationRead], names: Sequence[str], skill: Skill | None) -> None:
    """Both attempts' bands and what lies between them; beside each other only, where they are not of one skill."""
    if skill is None:
        for place, read, name in zip(st.columns(2, gap="large"), reads, names, strict=True):
            with place:
                st.subheader(plain(name), anchor=False)
                _scoreboard(read)
        return
    first, second = (read.row for read in reads)
    task_type = first["task_type"] if str(first["task_type"]) == str(second["task_type"]) else None
    apart = comparison.between_attempts(first, second, skill)
    html.show(_differences(apart, names, task_type))
    if apart["difference"].isna().all():
        return
    overall, criterion = comparison.reach_of_noise(skill)
    page.note(
        f"Between two single attempts at one level noise alone reaches {overall:.1f} bands, and up to {criterion:.1f} in "
        f"a criterion: only {comparison.smallest_told(overall):.1f} or more overall, {comparison.smallest_told(criterion):.1f} "
        "or more in a criterion, is more than that. It is the published noise of IELTS examiners; an AI grader’s is "
        "larger, so no two attempts alone are proof."
    )


def themes(recurring: pd.DataFrame, user_ids: Sequence[str]) -> None:
    """What the feedback keeps saying of either. `recurring`: as of `bandup.analysis.comparison.recurring_of_both`."""
    if recurring.empty:
        page.nothing("Nothing is said twice.", "It takes a theme that the feedback of two attempts of a student names.")
        return
    rows = [
        [
            element("b", row["theme"]) + element("span", f" {_short(row['criteria'])}", "b-note"),
            *(_said(row, side, user_id) for side, user_id in zip(comparison.SIDES, user_ids, strict=True)),
        ]
        for _, row in recurring.head(MOST_THEMES).iterrows()
    ]
    page.note(
        "Themes that two attempts or more of either name, and in how many of the latest; a link opens the newest."
    )
    html.show(element("div", html.table(["What it says", *user_ids], rows), "b-compared"))


def _differences(
    apart: pd.DataFrame, heads: Sequence[str], task_type: str | None = None, *, means: bool = False
) -> Markup:
    """The table of a frame of `bandup.analysis.comparison`. Means have two decimals, so that no difference ties with its noise."""
    decimals = 2 if means else 1
    rows = [
        [
            criterion_name(row["criterion"], task_type),
            *(_band(row[side], row[f"{side}_n"], apart[f"{side}_n"].max(), decimals) for side in comparison.SIDES),
            _difference(row, decimals),
        ]
        for _, row in apart.iterrows()
    ]
    return element("div", html.table(["Criterion", *heads, "Difference"], rows), "b-compared")


def _band(band: float, number: int, most: int, decimals: int) -> Markup:
    """A band or a mean, and of how many where those are fewer than in the column's other rows."""
    shown = element("span", format_band(None) if pd.isna(band) else f"{band:.{decimals}f}", "b-number")
    return shown + element("span", f" {counted(number, 'attempt')}", "b-note") if 0 < number < most else shown


def _difference(row: pd.Series, decimals: int) -> Markup:
    """`+0.5` and what it is worth: the difference between the two bands as they are shown."""
    if pd.isna(row["difference"]):
        return element("span", row["verdict"], "b-note")
    apart = round(round(row["second"], decimals) - round(row["first"], decimals), decimals)
    signed = f"{apart:+.{decimals}f}".replace("-", "−") if apart else "±0"
    said = f"{row['verdict']}, which reaches {row['threshold']:.{decimals}f}" if apart else "level"
    return element("b" if row["certain"] else "span", signed, "b-number") + element("span", f" {said}", "b-note")


def _scoreboard(read: EvaluationRead) -> None:
    kind, row = str(read.row["evaluation_type"]), read.row
    if kind in {*Skill}:
        stored = {column: float(row[column]) for column in BAND_COLUMNS}
        html.show(band_badges.scoreboard(stored, read.evaluation.stored_bands, Skill(kind), row["task_type"]))
    else:
        page.note("Its type is not known, so neither are its criteria.")


def _short(criteria: Sequence[str]) -> str:
    return ", ".join(short_name(column) for column in criteria)


def _said(row: pd.Series, side: str, user_id: str) -> Markup:
    """In how many attempts a theme is named, with a link to the newest of them."""
    if row[f"{side}_said"] is None:
        return element("span", "not named" if row[f"{side}_of"] else "no feedback", "b-note")
    evaluation_id, sentence = row[f"{side}_said"]
    return Markup('<a href="{}" target="_self" title="{}">{} of {}</a>').format(
        links.href(links.EVALUATION, links.evaluation(evaluation_id, user_id)), sentence, row[side], row[f"{side}_of"]
    )


def feedback_by_criterion(reads: Sequence[EvaluationRead], names: Sequence[str]) -> Markup:
    """What the feedback of both attempts says: in general, criterion by criterion, what it recommends.

    Each piece stands under its attempt's name, for on a phone the second one's comes below the first one's.
    """
    evaluations = [read.evaluation for read in reads]
    pairs = [
        [_general(one) for one in evaluations],
        *([_on(column, read) for read in reads] for column in _columns(reads)),
        [_recommendations(one) for one in evaluations],
        [_examples(one) for one in evaluations],
        [
            element("pre", one.feedback.unparsed, "b-asis") if one.feedback.unparsed else Markup("")
            for one in evaluations
        ],
    ]
    drawn = [_pair(pair, names) for pair in pairs if any(pair)]
    return joined(drawn) if drawn else element("p", "No feedback is stored of either.", "b-quiet")


def text(read: EvaluationRead, name: str) -> None:
    """One attempt's essay with its quoted examples, or its transcript."""
    st.subheader(plain(name), anchor=False)
    evaluation = read.evaluation
    if evaluation.essay_text:
        words = item_details.whole(read.row["word_count"])
        found = placed(evaluation.feedback.quoted_examples, evaluation.essay_text, words)
        html.show(element("div", annotated_text.essay(evaluation.essay_text, found, words), "b-narrow"))
    if evaluation.transcript:
        html.show(annotated_text.transcript(evaluation.transcript))
    if not (evaluation.essay_text or evaluation.transcript):
        page.nothing("No essay and no transcript is stored.", "The attempt’s own page shows the raw item.")


def _pair(pair: Sequence[Markup], names: Sequence[str]) -> Markup:
    cells = [
        element("div", element("div", name, "b-label") + (piece or paragraphs("Nothing is said here.")), "b-feedback")
        for piece, name in zip(pair, names, strict=True)
    ]
    return element("div", joined(cells), "b-beside")


def _general(evaluation: Evaluation) -> Markup:
    said = evaluation.feedback.general
    return element("h3", "In general") + feedback_panel.remarks(said, "h4") if said else Markup("")


def _columns(reads: Sequence[EvaluationRead]) -> list[str]:
    """The criteria that the feedback of either speaks of: in the official order of the first one's skill, then the rest."""
    named = {criterion.column for read in reads for criterion in read.evaluation.feedback.criteria}
    official = [column for read in reads for column in _own_columns(read)]
    return [column for column in dict.fromkeys([*official, *BAND_COLUMNS]) if column in named]


def _own_columns(read: EvaluationRead) -> tuple[str, ...]:
    kind = str(read.row["evaluation_type"])
    return CRITERIA[Skill(kind)] if kind in {*Skill} else BAND_COLUMNS


def _on(column: str, read: EvaluationRead) -> Markup:
    """What one attempt's feedback says on a criterion, with its band."""
    said = [one for one in read.evaluation.feedback.criteria if one.column == column]
    if not said and column not in _own_columns(read):
        return element("h3", criterion_name(column)) + paragraphs(f"No criterion of {read.row['evaluation_type']}.")
    bands = {name: float(read.row[name]) for name in BAND_COLUMNS}
    nothing = CriterionFeedback(column, "", Remarks(text="Nothing is said of it."))
    return joined(feedback_panel.criterion(one, bands, read.row["task_type"]) for one in said or [nothing])


def _recommendations(evaluation: Evaluation) -> Markup:
    said = evaluation.feedback.recommendations
    return element("h3", "Recommendations") + feedback_panel.lines("recommendations", said) if said else Markup("")


def _examples(evaluation: Evaluation) -> Markup:
    """The quoted examples, where no essay is stored to mark them in."""
    said = () if evaluation.essay_text else evaluation.feedback.quoted_examples
    drawn = joined(feedback_panel.quoted_example(example) for example in said)
    return element("h3", "Examples from the text") + drawn if said else Markup("")

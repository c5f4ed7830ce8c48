"""Two students, or two attempts, side by side: what each is, how far their bands are apart, what is said of both."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from analysis import compare, progress
from analysis.attempts import titled
from analysis.bands import BAND_COLUMNS, Skill, criterion_name, format_band, short_name
from analysis.standing import standing
from charts import compare as charts
from components import bands, choosing, facts, figures, links, markup, page
from components.beside import Read
from components.markup import element
from components.text import ago, counted, plain

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
    """One of two students. `summary`: a row of `analysis.students.students`; `left_out`: why items may be missing."""
    page.section(user_id)
    known = {
        "Last activity": ago(summary["last_activity"], now),
        "Flashcard sets": f"{summary['sets']:,}",
        "Jobs without a result": f"{summary['troubled']:,}",
    }
    markup.show(markup.facts(known))
    for why in left_out:
        page.caution(f"Some jobs may be missing here: this page {why}.", "Open Students once to complete it.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(links.STUDENT, label="All of this student", query_params=links.student(user_id))
        choosing.beside_another(links.student(user_id), "Compare with another student")


def attempt(read: Read, now: datetime) -> None:
    """One of two attempts: what it is, when, what is wrong with it, its details."""
    row = read.row
    page.section(titled(row["evaluation_type"], row["task_type"], row["part"]))
    st.markdown(plain(facts.subtitle(row, now)))
    facts.state_notice(row, read.twins)
    facts.details(row, read.evaluation)
    keys = row["evaluation_id"], row["user_id"]
    there, parameters = links.item(str(row["evaluation_type"]), *keys)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(there, label="All of this attempt", query_params=parameters)
        choosing.beside_another(links.evaluation(*keys), "Compare with another attempt")


def trends(
    evaluations: Sequence[pd.DataFrame],
    tries: Sequence[pd.DataFrame],
    user_ids: Sequence[str],
    skill: Skill,
    once: Callable[..., Any],
) -> None:
    """Both students' overall bands on the same axes, and in words how sure each one's change is.

    `evaluations`: each one's judged evaluations; `tries`: those of them that are graded attempts at the skill;
    `once` keeps what was worked out before.
    """
    found = [once(progress.trend, own, skill) for own in tries]
    span = once(charts.span_of_both, evaluations[0], evaluations[1], skill)
    for number, place in enumerate(st.columns(2, gap="large")):
        stands, user_id = once(standing, tries[number], skill), user_ids[number]
        known = {
            "Graded attempts": f"{stands.n:,}",
            "Best": format_band(stands.best),
            "Latest": format_band(stands.latest),
        }
        with place:
            st.subheader(plain(user_id), anchor=False)
            figures.show(
                once(charts.overall_on_axes, evaluations[number], skill, found[number], span, dark=figures.is_dark()),
                once(charts.overall_on_axes_alt, evaluations[number], skill, user_id),
                key=f"{skill}_{number}",
            )
            st.markdown(plain(progress.trend_in_words(found[number], skill, stands.timed)))
            markup.show(markup.facts(known))
    if len({trend.certainty for trend in found if trend}) > 1:
        page.note("That one change is likely and the other can’t be told does not mean that the two changes differ.")


def students_apart(tries: Sequence[pd.DataFrame], user_ids: Sequence[str], skill: Skill) -> None:
    """The bands of both students' latest attempts and what lies between them. `tries`: each one's graded attempts."""
    apart = compare.between_students(tries[0], tries[1], skill)
    numbers = [int(apart[f"{side}_n"].max()) for side in compare.SIDES]
    if not all(numbers):
        page.note(f"{skill.capitalize()} can’t be compared: it takes a graded attempt of known time from both.")
        return
    heads = [
        element("span", name) + element("span", f" latest {number}", "b-note")
        for name, number in zip(user_ids, numbers, strict=True)
    ]
    markup.show(_differences(apart, heads, means=True))
    if models := compare.models_apart(tries[0], tries[1]):
        said = "; ".join(f"{name}: {', '.join(used)}" for name, used in zip(user_ids, models, strict=True))
        page.note(f"Not graded by the same models ({said}): part of a difference may be the grader’s.")


def attempts_apart(reads: Sequence[Read], names: Sequence[str], skill: Skill | None) -> None:
    """Both attempts' bands and what lies between them; beside each other only, where they are not of one skill."""
    if skill is None:
        for place, read, name in zip(st.columns(2, gap="large"), reads, names, strict=True):
            with place:
                st.subheader(plain(name), anchor=False)
                _scoreboard(read)
        return
    first, second = (read.row for read in reads)
    task_type = first["task_type"] if str(first["task_type"]) == str(second["task_type"]) else None
    apart = compare.between_attempts(first, second, skill)
    markup.show(_differences(apart, names, task_type))
    if apart["difference"].isna().all():
        return
    overall, criterion = compare.reach_of_noise(skill)
    page.note(
        f"Between two single attempts at one level noise alone reaches {overall:.1f} bands, and up to {criterion:.1f} in "
        f"a criterion: only {compare.smallest_told(overall):.1f} or more overall, {compare.smallest_told(criterion):.1f} "
        "or more in a criterion, is more than that. It is the published noise of IELTS examiners; an AI grader’s is "
        "larger, so no two attempts alone are proof."
    )


def themes(recurring: pd.DataFrame, user_ids: Sequence[str]) -> None:
    """What the feedback keeps saying of either. `recurring`: as of `analysis.compare.recurring_of_both`."""
    if recurring.empty:
        page.nothing("Nothing is said twice.", "It takes a theme that the feedback of two attempts of a student names.")
        return
    rows = [
        [
            element("b", row["theme"]) + element("span", f" {_short(row['criteria'])}", "b-note"),
            *(_said(row, side, user_id) for side, user_id in zip(compare.SIDES, user_ids, strict=True)),
        ]
        for _, row in recurring.head(MOST_THEMES).iterrows()
    ]
    page.note(
        "Themes that two attempts or more of either name, and in how many of the latest; a link opens the newest."
    )
    markup.show(element("div", markup.table(["What it says", *user_ids], rows), "b-compared"))


def _differences(
    apart: pd.DataFrame, heads: Sequence[str], task_type: str | None = None, *, means: bool = False
) -> Markup:
    """The table of a frame of `analysis.compare`. Means have two decimals, so that no difference ties with its noise."""
    decimals = 2 if means else 1
    rows = [
        [
            criterion_name(row["criterion"], task_type),
            *(_band(row[side], row[f"{side}_n"], apart[f"{side}_n"].max(), decimals) for side in compare.SIDES),
            _difference(row, decimals),
        ]
        for _, row in apart.iterrows()
    ]
    return element("div", markup.table(["Criterion", *heads, "Difference"], rows), "b-compared")


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


def _scoreboard(read: Read) -> None:
    kind, row = str(read.row["evaluation_type"]), read.row
    if kind in {*Skill}:
        stored = {column: float(row[column]) for column in BAND_COLUMNS}
        markup.show(bands.scoreboard(stored, read.evaluation.stored_bands, Skill(kind), row["task_type"]))
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

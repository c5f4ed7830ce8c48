"""Compare: two students, or two attempts, side by side. For teachers."""

from functools import partial

import streamlit as st

from bandup import clock
from bandup.analysis import attempts, comparison
from bandup.analysis.bands import Skill
from bandup.analysis.progress import describe_noise
from bandup.analysis.recurring_feedback import recurring_themes
from bandup.analysis.student_list import all_students
from bandup.analysis.time_windows import in_zone
from bandup.queries import cached_reads, run_cost
from bandup.ui import comparison_view, html, links, page, pickers, read_status
from bandup.ui.viewer import viewer_zone
from data.results import Cost

require_found = partial(pickers.require_found, correct=cached_reads.stored_ids)


def choose_other_side(sides: list[dict[str, str]]) -> Cost | None:
    """Choose what to compare the first side with, or the first student."""
    first, is_repeated = sides[:1], len(sides) > 1
    if first and "evaluation_id" in first[0]:
        (read,) = require_found("evaluation", first, [cached_reads.evaluation(**first[0])])
        pickers.choice_header(pickers.attempt_title(read.row), is_repeated=is_repeated)
        student = cached_reads.student(first[0]["user_id"])
        read_status.show_student_reads([student], cached_reads.whole_read(), clock.now())
        pickers.choose_attempt(read.row, comparison.other_attempts(student.evaluations, read.row))
        return read.cost + student.cost
    refresh = cached_reads.dataset_refresh()
    user_ids = read_status.wait_for(refresh).students["user_id"]
    require_found("student", first, [side if side["user_id"] in {*user_ids} else None for side in first])
    pickers.choice_header(first[0]["user_id"] if first else "", is_repeated=is_repeated)
    read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)
    pickers.choose_student(user_ids, first)
    return None


def compare_attempts(sides: list[dict[str, str]]) -> Cost:
    """Show both attempts' facts, bands, feedback and texts."""
    reads = require_found("evaluation", sides, [cached_reads.evaluation(**side) for side in sides])
    first, second = (read.row for read in reads)
    names = pickers.attempt_names([first, second])
    page.header("Two attempts", "Each difference is the second attempt’s band minus the first one’s.")
    page.side_by_side(partial(comparison_view.show_attempt, now=clock.now()), reads)
    if caveats := comparison.comparison_caveats(first, second):
        page.warning(caveats[0], " ".join(caveats[1:]))
    if comparison.both_have_bands(first, second):
        page.section("Bands")
        skill = comparison.common_skill(first, second)
        estimates = None if skill is None else cached_reads.class_estimates()[skill]
        comparison_view.show_attempt_differences(reads, names, estimates)
        page.section("Feedback")
        html.show(comparison_view.feedback_by_criterion(reads, names))
        page.section("Texts")
        page.side_by_side(comparison_view.show_text, reads, names)
    return reads[0].cost + reads[1].cost


def compare_students(sides: list[dict[str, str]]) -> Cost:
    """Show both students' trends and differences in each skill, then their recurring feedback."""
    user_ids = [side["user_id"] for side in sides]
    with st.spinner(cached_reads.student_read_notice()):
        reads = [cached_reads.student(user_id) for user_id in user_ids]
    rows = [all_students(read.evaluations, read.flashcard_sets) for read in reads]
    if any(read.incomplete_because and row.empty for read, row in zip(reads, rows, strict=True)):
        read_status.show_student_reads(reads, cached_reads.whole_read(), clock.now())
    summaries = require_found("student", sides, [None if row.empty else row.iloc[0] for row in rows])
    page.header("Two students", "Each difference is the second student’s mean minus the first one’s.")
    read_status.show_student_reads(reads, cached_reads.whole_read(), clock.now())
    page.side_by_side(partial(comparison_view.show_student, now=clock.now()), reads, summaries)
    evaluations = [in_zone(read.evaluations, viewer_zone()) for read in reads]
    estimates = cached_reads.class_estimates()
    for skill in Skill:
        comparison_view.show_skill(evaluations, user_ids, estimates[skill])
    with st.expander("How to read this", key="how_to_read"):
        st.markdown(comparison_view.HOW_TO_READ)
        page.note(describe_noise(estimates))
    page.section("Recurring feedback")
    attempt_ids = [attempts.newest_attempt_ids(own) for own in evaluations]
    first, second = map(cached_reads.feedbacks, user_ids, attempt_ids)
    themes = comparison.merge_themes(recurring_themes(first.feedbacks), recurring_themes(second.feedbacks))
    comparison_view.show_recurring_feedback(themes, user_ids)
    return reads[0].cost + reads[1].cost + first.cost + second.cost


sides = links.sides_to_compare()
for side in sides:
    if "evaluation_id" not in side:
        page.require_student_id(side["user_id"])
if len(sides) < 2 or sides[0] == sides[1]:
    cost = choose_other_side(sides)
elif "evaluation_id" in sides[0]:
    cost = compare_attempts(sides[:2])
else:
    cost = compare_students(sides[:2])
if cost is not None:
    read_status.show_cost(cost, run_cost.total(), cached_reads.settings())
if len(sides) > 2:
    page.note(f"This address names {len(sides)} items; only the first two are compared.")

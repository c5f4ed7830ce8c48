"""Compare: two students, or two attempts, side by side. For teachers."""

import streamlit as st

from bandup import clock
from bandup.analysis.attempts import graded, newest_ids
from bandup.analysis.bands import Skill
from bandup.analysis.comparison import doubts, have_bands, other_attempts, recurring_of_both, skill_of_both
from bandup.analysis.recurring_feedback import recurring
from bandup.analysis.student_list import students
from bandup.analysis.time_zones import in_zone
from bandup.queries import cached
from bandup.ui import comparison_view, html, links, page, pickers, read_cost, snapshot_status
from bandup.ui.plain_text import viewer_zone


def begin(sides: list[dict[str, str]]) -> None:
    """One side or none: a choice of what to put beside it."""
    first, twice = sides[:1], len(sides) > 1
    if first and "evaluation_id" in first[0]:
        read = cached.evaluation(**first[0])
        pickers.must_be_there("evaluation", first, [read is not None])
        pickers.begun(pickers.in_full(read.row), twice=twice)
        own = cached.student(first[0]["user_id"])
        pickers.choose_attempt(read.row, other_attempts(own.evaluations, read.row))
        read_cost.line(read.cost + own.cost, cached.cost_of_this_run(), cached.settings())
    else:
        ids = snapshot_status.wait_for(cached.snapshots()).students["user_id"]
        pickers.must_be_there("student", first, [side["user_id"] in {*ids} for side in first])
        pickers.begun(first[0]["user_id"] if first else "", twice=twice)
        pickers.choose_student(ids, first)


def two_attempts(sides: list[dict[str, str]]) -> None:
    """What each is, their bands, what the feedback says of either, their texts."""
    reads = [cached.evaluation(**side) for side in sides]
    pickers.must_be_there("evaluation", sides, [read is not None for read in reads])
    rows = [read.row for read in reads]
    names = pickers.names(rows)
    page.header("Two attempts", "A difference is the second one’s band minus the first one’s.")
    for place, read in zip(st.columns(2, gap="large"), reads, strict=True):
        with place:
            comparison_view.attempt(read, clock.now())
    if said := doubts(*rows):
        page.caution(said[0], " ".join(said[1:]))
    if have_bands(*rows):
        page.section("Bands")
        comparison_view.attempts_apart(reads, names, skill_of_both(*rows))
        page.section("Feedback")
        html.show(comparison_view.feedback_by_criterion(reads, names))
        page.section("Texts")
        for place, name, read in zip(st.columns(2, gap="large"), names, reads, strict=True):
            with place:
                comparison_view.text(read, name)
    read_cost.line(reads[0].cost + reads[1].cost, cached.cost_of_this_run(), cached.settings())


def two_students(sides: list[dict[str, str]]) -> None:
    """Skill by skill both trends and how far the latest attempts are apart, then what the feedback keeps saying."""
    user_ids = [side["user_id"] for side in sides]
    with st.spinner(cached.before_reading_a_student()):
        reads = [cached.student(user_id) for user_id in user_ids]
    summaries = [students(read.evaluations, read.flashcard_sets) for read in reads]
    pickers.must_be_there("student", sides, [len(summary) > 0 for summary in summaries])
    page.header("Two students", "A difference is the second one’s mean minus the first one’s.")
    for place, user_id, read, summary in zip(st.columns(2, gap="large"), user_ids, reads, summaries, strict=True):
        with place:
            comparison_view.student(user_id, summary.iloc[0], read.incomplete_because.values(), clock.now())
    evaluations = [in_zone(read.evaluations, viewer_zone()) for read in reads]
    for skill in Skill:
        page.section(skill.capitalize())
        tries = [graded(items, skill) for items in evaluations]
        comparison_view.trends(evaluations, tries, user_ids, skill)
        comparison_view.students_apart(tries, user_ids, skill)
    with st.expander("How to read this"):
        st.markdown(comparison_view.HOW_TO_READ)
    page.section("What the feedback keeps saying")
    said = [cached.feedbacks(user_id, newest_ids(items)) for user_id, items in zip(user_ids, evaluations, strict=True)]
    comparison_view.themes(recurring_of_both(*(recurring(one.feedbacks) for one in said)), user_ids)
    read_cost.line(
        reads[0].cost + reads[1].cost + said[0].cost + said[1].cost, cached.cost_of_this_run(), cached.settings()
    )


asked = links.compared()
if len(asked) < 2 or asked[0] == asked[1]:
    begin(asked)
elif "evaluation_id" in asked[0]:
    two_attempts(asked[:2])
else:
    two_students(asked[:2])
if len(asked) > 2:
    page.note(f"This address names {len(asked)}: the first two are compared.")

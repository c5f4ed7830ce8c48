"""Compare: two students, or two attempts, side by side. For teachers."""

import streamlit as st

from analysis.attempts import graded, newest_ids
from analysis.bands import Skill
from analysis.compare import doubts, have_bands, other_attempts, recurring_of_both, skill_of_both
from analysis.recurring import recurring
from analysis.students import students
from analysis.zones import in_zone
from components import beside, choosing, compare, cost, links, markup, page, reading
from components.text import viewer_zone
from data import cached


def begin(sides: list[dict[str, str]]) -> None:
    """One side or none: a choice of what to put beside it."""
    first, twice = sides[:1], len(sides) > 1
    if first and "evaluation_id" in first[0]:
        read = cached.evaluation(**first[0])
        choosing.must_be_there("evaluation", first, [read is not None])
        choosing.begun(choosing.in_full(read.row), twice=twice)
        own = cached.student(first[0]["user_id"])
        choosing.choose_attempt(read.row, other_attempts(own.evaluations, read.row))
        cost.line(read.cost + own.cost, cached)
    else:
        ids = reading.wait_for(cached.snapshots()).students["user_id"]
        choosing.must_be_there("student", first, [side["user_id"] in {*ids} for side in first])
        choosing.begun(first[0]["user_id"] if first else "", twice=twice)
        choosing.choose_student(ids, first)


def two_attempts(sides: list[dict[str, str]]) -> None:
    """What each is, their bands, what the feedback says of either, their texts."""
    reads = [cached.evaluation(**side) for side in sides]
    choosing.must_be_there("evaluation", sides, [read is not None for read in reads])
    rows = [read.row for read in reads]
    names = choosing.names(rows)
    page.header("Two attempts", "A difference is the second one’s band minus the first one’s.")
    for place, read in zip(st.columns(2, gap="large"), reads, strict=True):
        with place:
            compare.attempt(read, cached.now())
    if said := doubts(*rows):
        page.caution(said[0], " ".join(said[1:]))
    if have_bands(*rows):
        page.section("Bands")
        compare.attempts_apart(reads, names, skill_of_both(*rows))
        page.section("Feedback")
        markup.show(beside.feedback_by_criterion(reads, names))
        page.section("Texts")
        for place, name, read in zip(st.columns(2, gap="large"), names, reads, strict=True):
            with place:
                beside.text(read, name)
    cost.line(reads[0].cost + reads[1].cost, cached)


def two_students(sides: list[dict[str, str]]) -> None:
    """Skill by skill both trends and how far the latest attempts are apart, then what the feedback keeps saying."""
    user_ids = [side["user_id"] for side in sides]
    with st.spinner(cached.before_reading_a_student()):
        reads = [cached.student(user_id) for user_id in user_ids]
    once = reads[0].once
    summaries = [once(students, read.evaluations, read.flashcard_sets) for read in reads]
    choosing.must_be_there("student", sides, [len(summary) > 0 for summary in summaries])
    page.header("Two students", "A difference is the second one’s mean minus the first one’s.")
    for place, user_id, read, summary in zip(st.columns(2, gap="large"), user_ids, reads, summaries, strict=True):
        with place:
            compare.student(user_id, summary.iloc[0], read.left_out.values(), cached.now())
    evaluations = [once(in_zone, read.evaluations, viewer_zone()) for read in reads]
    for skill in Skill:
        page.section(skill.capitalize())
        tries = [once(graded, items, skill) for items in evaluations]
        compare.trends(evaluations, tries, user_ids, skill, once)
        compare.students_apart(tries, user_ids, skill)
    with st.expander("How to read this"):
        st.markdown(compare.HOW_TO_READ)
    page.section("What the feedback keeps saying")
    said = [cached.feedbacks(user_id, newest_ids(items)) for user_id, items in zip(user_ids, evaluations, strict=True)]
    compare.themes(recurring_of_both(*(once(recurring, one.feedbacks) for one in said)), user_ids)
    cost.line(reads[0].cost + reads[1].cost + said[0].cost + said[1].cost, cached)


asked = links.compared()
if len(asked) < 2 or asked[0] == asked[1]:
    begin(asked)
elif "evaluation_id" in asked[0]:
    two_attempts(asked[:2])
else:
    two_students(asked[:2])
if len(asked) > 2:
    page.note(f"This address names {len(asked)}: the first two are compared.")

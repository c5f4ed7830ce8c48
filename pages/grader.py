"""Grader: how far the AI agrees with teachers' blind marks, and its drift by model. For teachers and ops."""

from functools import partial

from bandup import clock
from bandup.analysis import time_windows
from bandup.analysis.bands import Skill
from bandup.auth import guard
from bandup.auth.roles import Role
from bandup.exports import tables_export
from bandup.queries import cached_reads, reviews, run_cost
from bandup.ui import address, downloads, filters, grader_view, links, page, read_status

is_teacher = Role.TEACHER in guard.current_person().roles
page.header("Grader", "Can the AI’s bands be trusted? What teachers’ own marks of the same attempts say.")
refresh = cached_reads.dataset_refresh() if is_teacher else cached_reads.dataset_refresh_for_ops()
dataset = read_status.wait_for(refresh)
read_status.show_age(refresh, clock.now(), cached_reads.settings().refresh_after)

stored = reviews.marks_for_verdict()
if stored.problem:
    page.warning(stored.problem)
if reviews.are_on():
    grader_view.show_sentences(stored.marks)
else:
    page.note(reviews.HOW_TO_TURN_ON)
skill = filters.choose_skill([*Skill])

if reviews.are_on():
    page.section("Second marks")
    grader_view.show_verdict(stored.marks, skill)
    if is_teacher:
        own = reviews.for_teacher().marks
        page.section("Largest disagreements")
        clicked = grader_view.show_disagreements(own, skill)
        page.section("All marks")
        page.note("Every mark of your students in both skills, corrected ones included, with both sets of bands.")
        downloads.table_buttons(
            "second-marks",
            partial(tables_export.zip_frames, {"second-marks": own}, meanings=tables_export.MARK_MEANINGS),
        )
        if clicked is not None:
            address.go_to(links.EVALUATION, links.evaluation(clicked["evaluation_id"], clicked["user_id"]))

page.section("Drift by model")
window = filters.choose_window("Period", "period")
grader_view.show_drift(time_windows.in_window(dataset.evaluations, window, dataset.read_at), skill)
read_status.show_cost(dataset.cost, run_cost.total(), cached_reads.settings())

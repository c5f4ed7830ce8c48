"""Marking: the queue, an attempt marked blind, what is shown after, and writes that fail."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup.queries import cached_reads, reviews
from bandup.ui import review_entries, reviewer_name
from data.errors import AccessDenied, DataError, TableMissing, Throttled, Unreachable
from data.review_entries import Mark, ReviewEntry
from data.reviews import ReviewTable
from tests.pages.conftest import visible_text

Open = Callable[..., AppTest]
NAME = "Thi Lan"
KEYS = {"evaluation_id": "108195ae-3f93-41ec-aa95-6fe7bad2a281", "user_id": "user-456"}
BANDS = ("65", "6,0", "7", "6.5")

pytestmark = pytest.mark.usefixtures("demo_of_its_own")


@pytest.fixture
def stored() -> Callable[[], list[ReviewEntry]]:
    """`stored()`: the entries by this test's person that are in the table, read from it."""
    table = ReviewTable(cached_reads.client(cached_reads.settings()), cached_reads.settings())
    before = {entry.at for entry in table.read().entries}
    return lambda: [entry for entry in table.read().entries if entry.at not in before]


def named(app: AppTest, by: str = NAME) -> AppTest:
    """The page after the person has said who they are."""
    app.text_input(key=f"{reviewer_name.KEY}_field").input(by).run()
    return app


def fields(app: AppTest) -> list[Any]:
    """The fields of the form: the four criteria, then the overall band."""
    return [field for field in app.text_input if field.key and field.key.startswith("mark_")]


def fill(app: AppTest, *bands: str) -> None:
    for field, band in zip(fields(app), bands, strict=False):
        field.input(band)


def save(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label == "Save the mark").click().run()
    assert not app.exception
    return app


def blind(open_page: Open, by: str = NAME) -> AppTest:
    return named(open_page("evaluation", **KEYS, mark="blind"), by)


def test_the_queue_asks_who_marks_and_names_the_next_attempt_without_its_grade(open_page: Open) -> None:
    app = named(open_page("marking"))
    assert not app.exception
    text = visible_text(app)
    assert "0 of 50 attempts marked blind since" in text
    assert "more until the verdict on speaking means something" in text
    assert "Mark it" in [button.label for button in app.button]
    assert "You have not marked anything yet." in text


def test_an_attempt_is_marked_and_then_stands_beside_the_ais(open_page: Open, stored) -> None:
    app = blind(open_page, "Test One")
    assert "Feedback" not in visible_text(app)
    fill(app, *BANDS)
    save(app)
    assert "The four criteria suggest 6.5 overall" in app.info[0].value
    assert fields(app)[4].value == "6.5"
    save(app)
    text = visible_text(app)
    assert "Second marks" in text
    assert "Test One" in text
    (entry,) = stored()
    assert isinstance(entry, Mark)
    assert (entry.by, entry.is_blind, entry.drawn, entry.probability) == ("Test One", True, "by hand", None)
    assert [entry.bands[name] for name in entry.bands] == [6.5, 6.0, 7.0, 6.5, 6.5]
    assert entry.grader_bands["overall_band"] == 7.0


def test_a_mark_after_the_grade_was_seen_is_not_blind(open_page: Open, stored) -> None:
    app = open_page("evaluation", **KEYS)
    app.query_params["mark"] = "blind"
    app = named(app.run(), "Test Two")
    assert "You have seen the AI’s bands of this attempt." in visible_text(app)
    fill(app, *BANDS, "6.5")
    save(app)
    (entry,) = stored()
    assert (entry.is_blind, entry.drawn) == (False, "by hand")
    assert "Not blind, so not counted in the verdict on the grader: Test Two." in visible_text(app)


def test_the_next_attempt_of_the_queue_is_stored_with_its_probability(open_page: Open, stored) -> None:
    open_page("marking")  # which waits for the data set
    first = reviews.next_to_mark("Test Three").iloc[0]
    app = open_page("evaluation", evaluation_id=first["evaluation_id"], user_id=first["user_id"], mark="blind")
    named(app, "Test Three")
    fill(app, "60", "60", "60", "60", "60")
    save(app)
    (entry,) = stored()
    assert (entry.drawn, entry.probability) == ("queue", first["probability"])
    assert "Next attempt" in [button.label for button in app.button]


@pytest.mark.parametrize("wrong", ["", "6.2", "ten", "10.5"])
def test_a_band_that_is_none_is_named_and_nothing_is_stored(open_page: Open, stored, wrong: str) -> None:
    app = blind(open_page, "Test Four")
    fill(app, "6", wrong, "6", "6", "6")
    save(app)
    assert "for Coherence and Cohesion." in app.error[0].value.replace("\\", "")
    assert [field.value for field in fields(app)] == ["6", wrong, "6", "6", "6"]
    assert stored() == []


@pytest.mark.parametrize(
    "error",
    [
        Throttled(table="bandup-reviews"),
        AccessDenied(action="dynamodb:PutItem", table="bandup-reviews"),
        TableMissing(table="bandup-reviews", source=""),
        Unreachable(detail="ReadTimeoutError"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("was_stored", [False, True], ids=["nothing was stored", "only the response was lost"])
def test_a_write_that_fails_loses_nothing_and_stored_again_is_one_entry(
    open_page: Open, stored, monkeypatch: pytest.MonkeyPatch, error: DataError, was_stored: bool
) -> None:
    by = f"{type(error).__name__} {was_stored}"
    app = blind(open_page, by)
    fill(app, *BANDS, "6.5")
    add = ReviewTable.add

    def fail(table: ReviewTable, entry: ReviewEntry) -> None:
        if was_stored:
            add(table, entry)
        raise error

    monkeypatch.setattr(ReviewTable, "add", fail)
    save(app)
    assert "Not stored." in app.error[0].value
    assert str(error).split(":")[0].split(" on ")[0][:20] in app.error[0].value.replace("\\", "")
    assert [field.value for field in fields(app)] == [*BANDS, "6.5"]
    monkeypatch.setattr(ReviewTable, "add", add)
    save(app)
    assert [entry.by for entry in stored()] == [by]
    assert "Second marks" in visible_text(app)
    assert review_entries.PENDING not in app.session_state


def test_a_mark_that_was_changed_after_a_lost_response_is_a_newer_entry(
    open_page: Open, stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = blind(open_page, "Test Five")
    fill(app, *BANDS, "6.5")
    add = ReviewTable.add

    def lose(table: ReviewTable, entry: ReviewEntry) -> None:
        add(table, entry)
        raise Unreachable(detail="ReadTimeoutError")

    monkeypatch.setattr(ReviewTable, "add", lose)
    save(app)
    monkeypatch.setattr(ReviewTable, "add", add)
    fill(app, "9")
    save(app)
    assert [entry.bands["task_achievement_band"] for entry in stored()] == [6.5, 9.0]


def test_a_skipped_attempt_is_stored_with_its_reason_and_does_not_come_again(open_page: Open, stored) -> None:
    app = named(open_page("marking"), "Test Six")
    first = reviews.next_to_mark("Test Six").iloc[0]
    app.text_input(key="skip_reason").input("the text is cut off")
    next(button for button in app.button if button.label == "Skip this attempt").click().run()
    (entry,) = stored()
    assert (entry.evaluation_id, entry.reason) == (first["evaluation_id"], "the text is cut off")
    assert reviews.next_to_mark("Test Six").iloc[0]["evaluation_id"] != first["evaluation_id"]


def test_notes_and_a_kept_target_are_stored_and_shown(open_page: Open, stored) -> None:
    app = named(open_page("student", user_id="user-456"), "Test Seven")
    next(area for area in app.text_area if area.key == "note_text").input("Plans first.\n<b>Good</b> *ideas*")
    next(button for button in app.button if button.label == "Save the note").click().run()
    assert not app.exception
    assert "&lt;b&gt;Good&lt;/b&gt; *ideas*" in visible_text(app)
    app.selectbox(key="target").select("7.5").run()
    app.button(key="keep_target").click().run()
    assert [type(entry).__name__ for entry in stored()] == ["Note", "TargetBand"]
    again = open_page("student", user_id="user-456")
    assert again.selectbox(key="target").value == "7.5"
    assert "keep_target" not in [button.key for button in again.button]


def test_with_real_tables_and_no_table_of_reviews_it_is_off(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_EVALUATIONS", "bandup-evaluations")
    monkeypatch.setenv("DYNAMODB_FLASHCARD_SETS", "bandup-flashcard-sets")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    assert reviews.HOW_TO_TURN_ON in visible_text(open_page("marking"))
    app = open_page("evaluation", **KEYS, mark="blind")
    assert not app.exception
    assert "Your mark" not in visible_text(app)
    assert "Add a note" not in [expander.label for expander in app.expander]


def test_a_mark_is_corrected_in_sight_and_the_blind_one_still_counts(open_page: Open, stored) -> None:
    app = blind(open_page, "Test Eight")
    fill(app, *BANDS, "6.5")
    save(app)
    seen = [field for field in app.text_input if field.key and "_seen_" in field.key]
    assert len(seen) == 5
    for field in seen:
        field.input("70")
    save(app)
    first, second = stored()
    assert (first.is_blind, second.is_blind, second.bands["overall_band"]) == (True, False, 7.0)
    (line,) = re.findall("Not blind, so not counted in the verdict on the grader: (.*?)\\.<", visible_text(app))
    assert "Test Eight" in line


def test_another_teachers_mark_leaves_room_for_ones_own(open_page: Open, stored) -> None:
    app = blind(open_page, "Test Nine")
    fill(app, *BANDS, "6.5")
    save(app)
    other = blind(open_page, "Test Ten")
    assert "Your mark" in visible_text(other)
    fill(other, "6", "6", "6", "6", "6")
    save(other)
    assert [entry.by for entry in stored()] == ["Test Nine", "Test Ten"]
    assert all(name in visible_text(other) for name in ("Test Nine", "Test Ten"))

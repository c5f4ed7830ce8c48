"""What ops do about causes on the Jobs page, and that `bandup jobs` follows."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from bandup import clock
from bandup.cli.main import main
from bandup.ui import reviewer_name
from data import provision
from data.errors import Throttled, Unreachable
from data.review_entries import ReviewEntry
from data.reviews import ReviewTable
from tests import all_states, documented
from tests.pages.conftest import visible_text

Open = Callable[..., AppTest]
CAUSE = {"state": "failed", "cause": "Essay too short. <task> requires minimum <number> words, received <number>"}


@pytest.fixture(autouse=True)
def tables_with_reviews(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    documented.fill(cloud, "none", all_states.items())
    provision.apply(cloud, provision.plan({"reviews": None}, {"reviews": "bandup-reviews"}), lambda _: None)
    monkeypatch.setenv("DYNAMODB_REVIEWS", "bandup-reviews")


def opened(open_page: Open) -> AppTest:
    app = open_page("jobs", **CAUSE)
    app.text_input(key=f"{reviewer_name.KEY}_field").input("Olga").run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def jobs() -> tuple[int, dict[str, Any], str]:
    """`bandup jobs`: its exit status, its JSON, and its text."""
    as_json = CliRunner().invoke(main, ["jobs", "--json", "--state", "failed"])
    as_text = CliRunner().invoke(main, ["jobs", "--state", "failed"])
    return as_json.exit_code, json.loads(as_json.stdout), as_text.stdout


def causes(app: AppTest) -> dict[str, tuple[str, str]]:
    """Status and owner of the causes that are listed and have either, by the cause's first word."""
    tables = [element.value for element in app.dataframe if "cause" in element.value]
    rows = [row for table in tables for row in table.to_dict("records")]
    return {str(row["cause"]).split()[0]: (row.get("status", ""), row.get("owner", "")) for row in rows}


def causes_in_state(app: AppTest, state: str) -> list[str]:
    tables = [element.value for element in app.dataframe if "in_state" in element.value]
    return [cause for table in tables for cause in table.loc[table["in_state"].str.contains(state), "cause"]]


def test_a_muted_cause_is_listed_apart_and_left_out_of_the_exit_status(open_page: Open) -> None:
    status, before, _ = jobs()
    assert (status, before["muted"]) == (1, 0)
    app = press(opened(open_page), "Mute")
    until = (clock.now() + timedelta(days=7)).date()
    assert f"muted it until {until}" in visible_text(app)
    status, after, text = jobs()
    assert after["muted"] == 3
    assert sum(job["muted"] for job in after["jobs"]) == 3
    assert len(after["jobs"]) == len(before["jobs"])
    assert status == 1  # the quota's failure is not muted
    assert "3 jobs of 1 muted or resolved cause not counted." in text
    assert "too short" not in text
    board = open_page("jobs")
    assert "Essay" not in causes(board)
    assert [toggle.label for toggle in board.toggle if toggle.key == "quiet"] == ["Show 1 muted or resolved cause"]
    assert causes(open_page("jobs", quiet="true"))["Essay"][0].startswith("muted until ")
    press(app, "End the mute")
    assert jobs()[1]["muted"] == 0


def test_when_all_causes_are_muted_the_status_is_0(open_page: Open) -> None:
    press(opened(open_page), "Mute")
    app = open_page("jobs")
    (other,) = (name for name in causes_in_state(app, "failed") if not name.startswith("Essay"))
    app = open_page("jobs", state="failed", cause=other)
    app.text_input(key=f"{reviewer_name.KEY}_field").input("Olga").run()
    press(app, "Mute")
    assert jobs()[0] == 0


def test_owner_note_resolved_and_reopened(open_page: Open) -> None:
    app = opened(open_page)
    app.text_input(key="cause_owner_name").input("Omar")
    press(app, "Set the owner")
    app.text_area(key="cause_note_text").input("<b>ticket</b> *412*")
    press(app, "Save the note")
    press(app, "Mark as resolved")
    text = visible_text(app)
    assert "made Omar the owner" in text
    assert "&lt;b&gt;ticket&lt;/b&gt; *412*" in text
    assert causes(open_page("jobs", quiet="true"))["Essay"] == (f"resolved {clock.now():%d %b %Y}", "Omar")
    assert jobs()[1]["muted"] == 3
    press(app, "Reopen")
    assert jobs()[1]["muted"] == 0


def test_a_hand_off_is_recorded_and_later_says_what_became_of_its_jobs(open_page: Open) -> None:
    app = opened(open_page)
    app.text_input(key="hand_off_to").input("the platform team")
    press(app, "Record that 3 jobs were handed off")
    text = visible_text(app)
    assert "Of 3 handed off to the platform team on " in text
    assert "by Olga: " in text
    assert "handed off 3 jobs to the platform team" in text


def test_a_refused_write_says_why_and_loses_nothing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(open_page)
    add = ReviewTable.add

    def refuse(*_: object) -> None:
        raise Throttled(table="bandup-reviews")

    monkeypatch.setattr(ReviewTable, "add", refuse)
    app.text_area(key="cause_note_text").input("ticket 412")
    press(app, "Save the note")
    assert "Not stored. DynamoDB is throttling requests to bandup" in app.error[0].value.replace("\\", "")
    assert app.text_area(key="cause_note_text").value == "ticket 412"
    monkeypatch.setattr(ReviewTable, "add", add)
    press(app, "Save the note")
    assert visible_text(app).count("<p>ticket 412</p>") == 1


def test_without_a_table_of_reviews_nothing_can_be_recorded_and_nothing_is_muted(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DYNAMODB_REVIEWS")
    app = open_page("jobs", **CAUSE)
    assert not app.exception
    assert "Owner, note, mute, resolved" not in [expander.label for expander in app.expander]
    assert jobs()[1]["muted"] == 0


def test_a_table_of_reviews_that_is_missing_is_a_sentence_and_nothing_is_muted(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYNAMODB_REVIEWS", "no-such-table")
    app = open_page("jobs")
    assert not app.exception
    assert "Second marks and notes can’t be read: There is no table no-such-table" in visible_text(app)
    result = CliRunner().invoke(main, ["jobs", "--json"])
    assert "Muted and resolved causes are not known. There is no table no-such-table" in result.stderr
    assert json.loads(result.stdout)["muted"] == 0


def test_a_hand_off_whose_response_was_lost_is_one_hand_off(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(open_page)
    add = ReviewTable.add

    def lose(table: ReviewTable, entry: ReviewEntry) -> None:
        add(table, entry)
        raise Unreachable(detail="ReadTimeoutError")

    monkeypatch.setattr(ReviewTable, "add", lose)
    press(app, "Record that 3 jobs were handed off")
    assert "Not stored. DynamoDB can't be reached" in app.error[0].value.replace("\\", "")
    monkeypatch.setattr(ReviewTable, "add", add)
    press(app, "Record that 3 jobs were handed off")
    assert visible_text(app).count("Of 3 handed off on ") == 1

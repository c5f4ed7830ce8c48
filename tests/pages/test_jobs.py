"""The Jobs page: windows, states, causes, an opened job, who is waiting."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests import all_states, documented
from tests.navigation import titles

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]


@pytest.fixture(autouse=True)
def tables_with_all_states(cloud: Any) -> None:
    documented.fill(cloud, "none", all_states.items())


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The page's table that has this column."""
    return next(element.value for element in app.dataframe if column in element.value)


def test_counts_causes_jobs_and_who_is_waiting(open_page: Open, text_of: TextOf) -> None:
    app = open_page("jobs")
    assert not app.exception
    assert "8 of 15 jobs left a student without a result: 4 failed, 2 stuck, 2 empty." in text_of(app)
    assert {button.label for button in app.button} >= {"✕ failed **4**", "◷ stuck **2**", "✓ succeeded **3**"}
    causes = table(app, "cause").set_index("cause")
    short = causes.loc["Essay too short. <task> requires minimum <number> words, received <number>"]
    assert (short["jobs"], short["students"]) == (3, 3)
    assert causes.loc["completed with the band “error”", "jobs"] == 1
    assert causes.loc["left at processing by an error that was not caught", "undated"] == 1
    assert len(table(app, "age")) == 15 - 3
    assert table(app, "waited")["user_id"].tolist() == ["chi", "dung"]


@pytest.mark.parametrize(
    ("parameters", "listed"),
    [
        ({"state": "failed"}, {"short-2", "short-1", "short-then-good", "quota"}),
        ({"state": "stuck,empty"}, {"left", "left-undated", "error-band", "no cards"}),
        ({"state": "succeeded"}, {"good", "good-2", "twin"}),
        ({"window": "24h", "state": "failed"}, {"short-2", "short-then-good", "quota"}),
        ({"window": "24h", "state": "stuck"}, {"left"}),
        ({"type": "writing", "state": "stuck"}, {"left"}),
        ({"type": "nonsense", "state": "stuck"}, {"left", "left-undated"}),
        ({"state": "nonsense"}, None),
    ],
)
def test_the_address_filters(open_page: Open, parameters: dict[str, str], listed: set[str] | None) -> None:
    app = open_page("jobs", **parameters)
    assert not app.exception
    assert listed is None or set(table(app, "age")["id"]) == listed


def test_items_of_unknown_time_are_counted_apart(open_page: Open, text_of: TextOf) -> None:
    assert "2 jobs at an unknown time" in text_of(open_page("jobs", window="7d"))
    assert "at an unknown time" not in text_of(open_page("jobs", window="all"))


def test_a_state_is_toggled_by_its_count(open_page: Open) -> None:
    app = open_page("jobs")
    next(button for button in app.button if button.key == "state_empty").click().run()
    assert app.query_params["state"] == "empty"
    assert set(table(app, "age")["id"]) == {"error-band", "no cards"}
    next(button for button in app.button if button.key == "state_empty").click().run()
    assert "state" not in app.query_params


def test_a_cause_opens_with_its_samples_and_a_redrive(open_page: Open, text_of: TextOf) -> None:
    cause = "Essay too short. <task> requires minimum <number> words, received <number>"
    app = open_page("jobs", state="failed", cause=cause)
    assert not app.exception
    assert set(table(app, "age")["id"]) == {"short-2", "short-1", "short-then-good"}
    shown = text_of(app)
    assert "Essay too short. TASK_1 requires minimum 150 words, received 98" in shown
    assert '{"table": "evaluations", "id": "short-1", "user_id": "chi", "type": "writing", "state": "failed"}' in shown
    (ids,) = (code for code in app.code if code.value.startswith('{"table"'))
    assert ids.language == "plaintext", "coloured, the ids of thousands of jobs are more elements than a browser bears"


def test_still_broken_hides_what_succeeded_since(open_page: Open) -> None:
    app = open_page("jobs", state="failed", broken="true")
    assert set(table(app, "age")["id"]) == {"short-2", "short-1", "quota"}


def test_search_looks_in_ids_students_and_errors(open_page: Open) -> None:
    app = open_page("jobs")
    app.text_input(key="find").set_value("resource_exhausted").run()
    assert set(table(app, "age")["id"]) == {"quota"}


def test_an_opened_job_shows_its_twin_and_its_hand_off(open_page: Open, text_of: TextOf) -> None:
    app = open_page("jobs", evaluation_id="twin", user_id="unknown")
    assert not app.exception
    shown = text_of(app)
    assert "Superseded." in shown
    assert "aws dynamodb get-item --table-name bandup-evaluations" in shown
    assert '\'{"evaluation_id": {"S": "twin"}, "user_id": {"S": "unknown"}}\'' in shown
    assert 'filter (@message like "twin")' in shown
    assert '"evaluation_type"' in shown
    assert any("dung" in link.proto.label for link in app.get("page_link"))


def test_an_opened_set(open_page: Open, text_of: TextOf) -> None:
    app = open_page("jobs", set_id="no cards", user_id="an")
    assert not app.exception
    assert "Empty." in text_of(app)
    assert '\'{"set_id": {"S": "no cards"}, "user_id": {"S": "an"}}\'' in text_of(app)


def test_a_job_that_is_not_there(open_page: Open) -> None:
    app = open_page("jobs", evaluation_id="nope", user_id="an")
    assert titles(app) == ["No such job"]


def test_data_quality_on_the_tables_page(open_page: Open, text_of: TextOf) -> None:
    app = open_page("tables")
    assert not app.exception
    shown = text_of(app)
    # the jobs under two users, the band that is the word error, two without a time, one of them with a status none writes
    assert "5 of 15 items have at least one data issue; none is left out." in shown
    for flag in ("twin", "user_unknown", "time_unknown", "band_not_a_number", "band_missing", "status_unknown"):
        assert f'class="b-small">{flag}<' in shown
    assert app.get("download_button")

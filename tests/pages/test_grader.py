"""Grader: the verdict on the demo, for teachers and ops, and without any mark."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from bandup.auth import guard
from bandup.auth.roles import Person, Role
from bandup.queries import reviews
from tests.pages.conftest import visible_text

Open = Callable[..., AppTest]

pytestmark = pytest.mark.usefixtures("demo_of_its_own")


def test_a_teacher_sees_the_verdict_the_disagreements_and_the_drift(open_page: Open) -> None:
    app = open_page("grader")
    assert not app.exception
    text = visible_text(app)
    # the demo's newest model is generous on Task 2, by 0.3
    assert "Writing: the grader marks 0.2 higher than the teachers, by 0.1 to 0.3" in text
    assert "Speaking: no clear difference between the grader and the teachers" in text
    assert "<td>Task 2</td>" in text
    assert "Teacher against teacher" in text
    assert [header.value for header in app.header] == [
        "Second marks",
        "Largest disagreements",
        "All marks",
        "Drift by model",
    ]
    assert len(app.get("download_button")) == 2
    assert len(app.get("plotly_chart")) == 3


def test_ops_see_the_figures_and_no_student(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "AT_THE_MACHINE", Person("", frozenset({Role.OPS})))
    app = open_page("grader")
    assert not app.exception
    text = visible_text(app)
    assert "Writing: the grader marks 0.2 higher" in text
    assert [header.value for header in app.header] == ["Second marks", "Drift by model"]
    assert not app.get("download_button")
    assert not app.dataframe
    assert not {*reviews.marks_for_verdict().marks["user_id"]} & {*text.split()}


def test_without_marks_it_says_so(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "_current", reviews.Reviews)
    app = open_page("grader")
    assert not app.exception
    text = visible_text(app)
    assert "Writing: no second mark yet." in text
    assert "No mark is a whole band from the AI’s." in text


def test_with_the_table_off_the_drift_is_still_shown(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "are_on", lambda: False)
    app = open_page("grader")
    assert not app.exception
    assert reviews.HOW_TO_TURN_ON in visible_text(app)
    assert [header.value for header in app.header] == ["Drift by model"]

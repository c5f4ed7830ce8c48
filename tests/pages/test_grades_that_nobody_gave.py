"""Pages over tables with the grader's defaults, jobs without a student, and times and numbers that can't be."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import documented
from tests.items import job, speaking, writing
from tests.navigation import titles

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]

CRITERIA = ("task_achievement", "coherence", "lexical", "grammar")
NOW = int(time.time())
DAY = 86_400
EMPTY = json.dumps({name: {} for name in CRITERIA})
ONE_EMPTY = json.dumps({name: {} if name == "grammar" else {"feedback": "Fine."} for name in CRITERIA})
ITEMS = [
    writing(evaluation_id="first", user_id="an", created_at=NOW - 9 * DAY),
    writing(*["6.0"] * 5, evaluation_id="nobody", user_id="an", created_at=NOW - 8 * DAY, confidence_score="0.85")
    | {"feedback": {"S": EMPTY}},
    writing("7.5", "8.0", "8.0", "8.0", "6.0", evaluation_id="one", user_id="an", created_at=NOW - 7 * DAY)
    | {"feedback": {"S": ONE_EMPTY}, "confidence_score": {"S": "0.85"}},
    writing(evaluation_id="ahead", user_id="binh", created_at=NOW + 7 * 3600, confidence_score="85"),
    speaking(evaluation_id="spoken", user_id="binh", created_at=NOW - DAY, duration="-12"),
    writing(evaluation_id="w1", user_id="unknown", created_at=NOW - 3 * DAY),
    writing(evaluation_id="w2", user_id="Anonymous ", created_at=NOW - 2 * DAY),
    job("processing", evaluation_id="lost", user_id="unknown", started_at=NOW - 2 * DAY),
]


@pytest.fixture(autouse=True)
def tables(cloud: Any) -> None:
    documented.fill(cloud, "provisioned", [("evaluations", stored) for stored in ITEMS])


def links(app: AppTest) -> str:
    return " ".join(element.proto.label for element in app.get("page_link"))


def test_a_default_answer_is_neither_compared_nor_a_neighbour(open_page: Open, text_of: TextOf) -> None:
    opened = open_page("evaluation", evaluation_id="nobody", user_id="an")
    assert "Suspect." in text_of(opened)
    assert "Since the previous attempt" not in text_of(opened)
    after = open_page("evaluation", evaluation_id="one", user_id="an")
    assert "Previous attempt (7.0)" in links(after)
    assert "Since the previous attempt: Overall +0.5, Task +1.0, Coherence +1.0, Lexis +1.0." in text_of(after)
    assert "the grader’s default, not a grade" in text_of(after)


def test_the_compare_page_compares_no_default_criterion(open_page: Open, text_of: TextOf) -> None:
    app = open_page("compare", evaluation_id="one", user_id="an")
    assert not app.exception
    (choice,) = app.selectbox
    assert len(choice.options) == 1, "the suspect attempt is not offered"


@pytest.mark.parametrize(
    ("parameters", "number"), [({}, "2 graded attempts"), ({"suspect": "true"}, "3 graded attempts")]
)
def test_the_student_page_counts_defaults_only_on_request(
    open_page: Open, text_of: TextOf, parameters: dict[str, str], number: str
) -> None:
    app = open_page("student", user_id="an", **parameters)
    assert not app.exception
    assert [toggle.label for toggle in app.toggle][:1] == ["Count the grader’s default answers"]
    assert app.toggle[0].value == bool(parameters)
    assert f"latest of {number}" in text_of(app)


def test_jobs_without_a_student_are_no_students(open_page: Open, text_of: TextOf) -> None:
    students = open_page("students")
    assert "2 students" in text_of(students)
    listed = next(element.value for element in students.dataframe if "last_activity" in element.value)
    assert sorted(listed["user_id"]) == ["an", "binh"]
    for page, user_id in (
        ("student", "unknown"),
        ("student", " ANONYMOUS"),
        ("flashcards", "unknown"),
        ("compare", "unknown"),
    ):
        assert titles(open_page(page, user_id=user_id)) == ["No student"]
    jobs = open_page("jobs")
    assert set(next(element.value for element in jobs.dataframe if "age" in element.value)["id"]) >= {"lost"}


def test_what_can_not_be_is_not_shown_as_if_it_could(open_page: Open, text_of: TextOf) -> None:
    ahead = text_of(open_page("evaluation", evaluation_id="ahead", user_id="binh"))
    assert "(in the future)" in ahead
    assert "under a minute" not in ahead
    assert "85" not in ahead.split("value_out_of_range")[0].split("Model")[-1]
    spoken = text_of(open_page("evaluation", evaluation_id="spoken", user_id="binh"))
    assert "Duration" not in spoken
    assert "value_out_of_range" in spoken

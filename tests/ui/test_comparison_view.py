import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui import comparison_view, links, pickers
from data.parsers import evaluation_of
from data.results import Cost, EvaluationRead
from tests.items import NOW, before, evaluations, speaking, writing
from tests.ui.parsed import HOSTILE, balanced, parsed


def read_of(item):
    frame = evaluations(item)
    return EvaluationRead(frame.iloc[0], evaluation_of(item, NOW), (), Cost())


def rows(*items):
    return [evaluations(item).iloc[0] for item in items]


@pytest.mark.parametrize(
    ("sides", "parameters"),
    [
        ([links.student("a"), links.student("b")], {"user_id": ["a", "b"]}),
        ([links.student("a")], {"user_id": ["a"]}),
        (
            [links.evaluation("e1", "a"), links.evaluation("e2", "b")],
            {"evaluation_id": ["e1", "e2"], "user_id": ["a", "b"]},
        ),
    ],
)
def test_a_comparison_repeats_the_tables_own_names(sides, parameters):
    assert links.comparison(*sides) == parameters


A, B = {"user_id": "a"}, {"user_id": "b"}
X, Y = {"evaluation_id": "x", **A}, {"evaluation_id": "y", **B}


@pytest.mark.parametrize(
    ("stored", "compared"),
    [
        ({}, []),
        ({"user_id": ["a"]}, [A]),
        ({"user_id": ["a", "b"]}, [A, B]),
        ({"user_id": ["a", "a"]}, [A, A]),
        ({"user_id": ["", "b"]}, [B]),
        ({"evaluation_id": ["x"], "user_id": ["a"]}, [X]),
        ({"evaluation_id": ["x", "y"], "user_id": ["a", "b"]}, [X, Y]),
        ({"evaluation_id": ["x", "y"], "user_id": ["a"]}, [X, {"evaluation_id": "y", **A}]),
        ({"evaluation_id": ["x", ""], "user_id": ["a", "b"]}, [X]),
        ({"evaluation_id": ["x"]}, []),
        ({"evaluation_id": [""], "user_id": ["a"]}, [A]),
    ],
)
def test_what_an_address_compares(stored, compared):
    def app():
        import streamlit as st

        from bandup.ui import links

        st.json(links.sides_to_compare())

    at = AppTest.from_function(app)
    for name, values in stored.items():
        at.query_params[name] = values
    (shown,) = at.run().json
    assert pd.io.json.ujson_loads(shown.value) == compared


@pytest.mark.parametrize(
    ("items", "names"),
    [
        (
            [writing(created_at=before(days=2)), writing(created_at=before(days=1))],
            ["12 Mar 2026, 09:05 UTC", "13 Mar 2026, 09:05 UTC"],
        ),
        (
            [writing(user_id="a"), writing(user_id="b")],
            ["a, 13 Mar 2026, 09:05 UTC", "b, 13 Mar 2026, 09:05 UTC"],
        ),
        (
            [writing(evaluation_id="e1", created_at=...), writing(evaluation_id="e2", created_at=...)],
            ["time unknown, e1", "time unknown, e2"],
        ),
    ],
)
def test_attempt_names_are_unique(items, names):
    assert pickers.attempt_names(rows(*items)) == names


def test_feedback_stands_by_criterion_under_each_ones_name():
    first = read_of(
        writing(task_type="TASK_1", feedback='{"coherence": {"feedback": "Flows."}, "strengths": ["Clear"]}')
    )
    second = read_of(writing(task_type="TASK_2", feedback='{"task_response": {"feedback": "Answers it."}}'))
    shown = parsed(comparison_view.feedback_by_criterion([first, second], ["One", "Two"]))
    assert balanced(shown.structure)
    assert shown.lines == [
        *("One", "In general", "Strengths", "Clear"),
        *("Two", "No feedback here."),
        *("One", "Task Achievement", "7.0", "No feedback on this criterion."),
        *("Two", "Task Response", "7.0", "Answers it."),
        *("One", "Coherence and Cohesion", "7.0", "Flows."),
        *("Two", "Coherence and Cohesion", "7.0", "No feedback on this criterion."),
    ]


def test_a_skill_without_the_criterion_says_so():
    spoken = read_of(speaking(feedback='{"pronunciation": {"feedback": "Easy to understand."}}'))
    shown = parsed(comparison_view.feedback_by_criterion([spoken, read_of(writing())], ["One", "Two"]))
    assert shown.lines == [
        *("One", "Pronunciation", "7.0", "Easy to understand."),
        *("Two", "Pronunciation", "Not a criterion of writing."),
    ]


def test_no_feedback_of_either_is_said():
    shown = parsed(comparison_view.feedback_by_criterion([read_of(writing()), read_of(writing())], ["One", "Two"]))
    assert shown.lines == ["No feedback is stored for either attempt."]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_feedback_and_names_are_text(text):
    hostile = read_of(writing(feedback=text, user_id=text))
    plain = read_of(writing(feedback="plain text", user_id="plain"))
    drawn = parsed(comparison_view.feedback_by_criterion([hostile, plain], [text, "b"]))
    assert drawn.structure == parsed(comparison_view.feedback_by_criterion([plain, plain], ["a", "b"])).structure


THEMES = pd.DataFrame(
    {
        "theme": ["Articles", "Fillers"],
        "criteria": [["grammar_band"], []],
        "first": [2, 0],
        "first_of": [4, 4],
        "first_sample": [("e1", "Articles go missing"), None],
        "second": [0, 3],
        "second_of": [0, 0],
        "second_sample": [None, None],
    }
)


def test_themes_link_to_the_newest_attempt_that_names_them():
    def app(recurring):
        from bandup.ui import comparison_view

        comparison_view.show_recurring_feedback(recurring, ["u1", "<b>u2"])

    (_, table) = AppTest.from_function(app, args=(THEMES,)).run().get("html")
    shown = parsed(table.proto.body)
    assert shown.lines == [
        *("Theme", "u1", "<b>u2"),
        *("Articles", " Grammar", "2 of 4", "no feedback"),
        *("Fillers", "not mentioned", "no feedback"),
    ]
    assert "href='evaluation?evaluation_id=e1&user_id=u1'" in " ".join(shown.structure)


def test_means_are_shown_so_that_no_difference_ties_with_its_noise():
    def app(attempts):
        from bandup.analysis.bands import Skill
        from bandup.analysis.class_estimates import published_estimates
        from bandup.ui import comparison_view as compare

        compare.show_student_differences(attempts, ["u1", "u2"], published_estimates(Skill.WRITING))

    def student(*bands):
        return evaluations(
            *(writing(*[str(band)] * 5, created_at=before(days=day)) for day, band in enumerate(bands, 1))
        )

    attempts = [student(6, 6.5, 6.5), student(6, 5.5, 5.5)]
    (table,) = AppTest.from_function(app, args=(attempts,)).run().get("html")
    lines = parsed(table.proto.body).lines
    assert lines[:6] == ["Criterion", "u1", " latest 3", "u2", " latest 3", "Difference"]
    assert lines[6:11] == ["Overall band", "6.33", "5.67", "−0.66", " within noise (up to 0.72)"]

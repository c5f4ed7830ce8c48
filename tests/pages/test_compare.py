"""The Compare page: students, graded attempts, a side to be chosen, sides that do not exist or can't be compared."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import documented
from tests.navigation import destination, id_headings, titles

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]

DAY = 86_400
START = 1_763_800_000
CRITERIA = ("task_achievement_band", "coherence_band", "lexical_band", "grammar_band")
FEEDBACK = {
    "coherence": {"feedback": "Flows.", "weaknesses": ["Articles are often missing"]},
    "strengths": ["Clear position"],
}
HOSTILE = "<b>x</b> ![i](https://evil.example/i.png) [l](https://evil.example)"


def essay(user: str, day: int, band: float, **more: Any) -> dict[str, Any]:
    """A completed essay of the `day`th day, all bands the same."""
    texts = {
        "evaluation_id": f"{user}-{day}",
        "user_id": user,
        "evaluation_type": "writing",
        "status": "completed",
        "task_type": "TASK_2",
        "model_used": "pro",
        "essay_text": f"The essay of {user}, day {day}.",
        "feedback": json.dumps(FEEDBACK),
        **dict.fromkeys(("overall_band", *CRITERIA), str(band)),
        **more,
    }
    return {name: {"S": value} for name, value in texts.items()} | {"created_at": {"N": str(START + day * DAY)}}


ITEMS = [
    *documented.ITEMS,
    *(("evaluations", essay("an", day, band)) for day, band in enumerate((5.0, 5.0, 5.0, 5.5, 5.0, 5.0), 1)),
    *(("evaluations", essay("binh", day, 7.0, model_used="flash")) for day in range(3, 9)),
    ("evaluations", essay("cuc", 1, 6.0, confidence_score="0.7")),
    ("evaluations", essay("cuc", 2, 6.5, task_type="TASK_1", feedback=HOSTILE, essay_text=HOSTILE)),
    ("evaluations", {**essay("cuc", 3, 6.0), "evaluation_type": {"S": "flashcard"}}),
    ("evaluations", {**essay("cuc", 4, 6.0), "status": {"S": "failed"}, "error_message": {"S": "quota"}}),
    ("evaluations", essay("cuc", 5, 5.5)),
    ("evaluations", essay(HOSTILE, 1, 6.0)),
]


@pytest.fixture
def tables(cloud: Any) -> None:
    documented.fill(cloud, "provisioned", ITEMS)


def attempts(*keys: tuple[str, int]) -> dict[str, list[str]]:
    """Parameters of the page of these attempts, each by student and day."""
    return {"evaluation_id": [f"{user}-{day}" for user, day in keys], "user_id": [user for user, _ in keys]}


@pytest.mark.usefixtures("tables")
class TestTwoStudents:
    def test_both_trends_and_what_lies_between(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", user_id=["an", "binh"])
        assert not app.exception
        assert id_headings(app) == {"h2": ["an", "binh"], "h3": ["an", "binh", "an", "binh"]}
        assert [header.value for header in app.header] == ["Writing", "Speaking", "Recurring feedback"]
        shown = text_of(app)
        assert "Writing: no clear change in 6 graded attempts since 23 November: anything from " in shown
        assert len(app.get("plotly_chart")) == 4
        assert "+1.90" in shown  # 7.0 less the mean of the latest five, 5.1
        assert "likely a difference (up to " in shown
        assert "Speaking can’t be compared" in shown
        assert "Graded by different models (an: pro; binh: flash)" in shown
        assert "6 of 6" in shown
        assert "Articles (a, an, the)" in shown

    def test_a_student_without_graded_attempts_beside_one_with(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", user_id=["an", "user-456"])
        assert not app.exception
        assert "Writing: 1 graded attempt on 1 day: a trend needs 3 days." in text_of(app)
        assert "Speaking can’t be compared: both students need a graded attempt at a known time." in text_of(app)

    def test_a_third_one_is_left_out_aloud(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", user_id=["an", "binh", "cuc"])
        assert "This address names 3 items; only the first two are compared." in text_of(app)

    def test_a_hostile_id_is_text(self, open_page: Open) -> None:
        app = open_page("compare", user_id=["an", HOSTILE])
        assert not app.exception
        assert HOSTILE in id_headings(app)["h2"]
        assert not any("![i](" in element.value for kind in ("markdown", "header") for element in app.get(kind))

    def test_one_that_is_not_there_leaves_a_way_on_with_the_other(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", user_id=["an", "nobody"])
        assert titles(app) == ["No such student"]
        assert "user_id nobody" in text_of(app)
        assert app.button[0].label == "Compare an with another student"
        app.button[0].click().run()
        assert destination(app) == ("compare", {"user_id": ["an"]})

    @pytest.mark.parametrize(
        ("users", "answer", "label", "chosen"),
        [
            ([], "Choose two students, one after the other.", "Student", ["binh"]),
            (["an"], "Choose what to compare an with.", "Compare with", ["an", "binh"]),
            (
                ["an", "an"],
                "This address names an twice. Choose another one to compare it with.",
                "Compare with",
                ["an", "binh"],
            ),
        ],
    )
    def test_what_is_missing_is_chosen(
        self, open_page: Open, text_of: TextOf, users: list[str], answer: str, label: str, chosen: list[str]
    ) -> None:
        app = open_page("compare", **({"user_id": users} if users else {}))
        assert not app.exception
        assert answer in text_of(app)
        (choice,) = app.selectbox
        assert choice.label == label
        assert ("an" in choice.options) == (not users)
        choice.select("binh").run()
        assert destination(app) == ("compare", {"user_id": chosen})

    def test_nobody_is_compared_with_nobody(self, open_page: Open) -> None:
        assert titles(open_page("compare", user_id=["nobody"])) == ["No such student"]


@pytest.mark.usefixtures("tables")
class TestTwoAttempts:
    def test_bands_feedback_and_texts(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("an", 1), ("an", 4)))
        assert not app.exception
        shown = text_of(app)
        assert "Task Response" in shown
        assert "+0.5" in shown
        assert "within noise (up to 1.4)" in shown
        assert "only 1.5 or more overall, 4.0 or more in a criterion" in shown
        assert shown.count("Flows.") == 2
        for day in (1, 4):
            assert f"The essay of an, day {day}." in shown
        assert not app.warning

    def test_of_two_students_and_models(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("an", 1), ("binh", 3)))
        shown = text_of(app)
        assert "perhaps a difference (up to 1.4)" in shown
        assert "an, 23 Nov 2025" in shown
        assert "Graded by different models, pro and flash" in app.warning[0].value

    @pytest.mark.parametrize(
        ("other", "said_of_it", "doubt"),
        [
            (("cuc", 1), "Suspect.", "A difference needs two grades"),
            (("cuc", 4), "Failed.", "A difference needs two grades"),
        ],
    )
    def test_what_is_no_grade_is_not_compared(
        self, open_page: Open, text_of: TextOf, other: tuple[str, int], said_of_it: str, doubt: str
    ) -> None:
        app = open_page("compare", **attempts(("an", 1), other))
        assert not app.exception
        warnings = "\n".join(warning.value for warning in app.warning)
        assert said_of_it in warnings
        assert doubt in warnings
        assert text_of(app).count("not compared") == 5
        assert "within noise" not in text_of(app)

    def test_writing_and_speaking_stand_side_by_side_only(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", evaluation_id=["eval-abc123", "speak-xyz789"], user_id=["user-456"])
        assert not app.exception
        assert "Writing and speaking are different tests" in app.warning[0].value
        shown = text_of(app)
        assert "b-scoreboard b-writing" in shown
        assert "b-scoreboard b-speaking" in shown
        assert "Difference" not in shown
        assert documented.ESSAY in shown
        assert documented.TRANSCRIPT.splitlines()[0] in shown

    def test_a_flashcard_set_has_nothing_to_compare(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("an", 1), ("cuc", 3)))
        assert not app.exception
        assert "A flashcard set is not graded" in app.warning[0].value
        assert [header.value for header in app.header] == ["Writing, Task 2", "Flashcard, Task 2"]

    def test_hostile_texts_are_text(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("an", 1), ("cuc", 2)))
        assert not app.exception
        assert "They are different tasks" in app.warning[0].value
        html = "".join(element.proto.body for element in app.get("html"))
        assert "&lt;b&gt;x&lt;/b&gt;" in html
        assert "<b>x</b>" not in html

    def test_one_that_is_not_there(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("an", 1), ("an", 99)))
        assert titles(app) == ["No such evaluation"]
        assert "evaluation_id an-99\nuser_id an" in text_of(app)
        assert app.button[0].label == "Compare an-1 with another evaluation"

    def test_another_of_the_same_skill_is_chosen(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("cuc", 2)))
        assert "Choose what to compare Writing, Task 1 of cuc" in text_of(app)
        (choice,) = app.selectbox
        assert choice.options == ["27 Nov 2025, 08:26 UTC, Writing, Task 2, band 5.5"]
        choice.select_index(0).run()
        query = {"evaluation_id": ["cuc-2", "cuc-5"], "user_id": ["cuc", "cuc"]}
        assert destination(app) == ("compare", query)

    def test_the_same_twice_is_said(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("compare", **attempts(("an", 1), ("an", 1)))
        assert "twice. Choose another one to compare it with." in text_of(app)
        assert len(app.selectbox[0].options) == 5

    def test_no_other_attempt_says_what_to_do(self, open_page: Open) -> None:
        app = open_page("compare", evaluation_id="speak-xyz789", user_id="user-456")
        assert not app.exception
        assert "no other graded attempt" in app.info[0].value


@pytest.mark.usefixtures("tables")
class TestWaysIn:
    def test_from_a_student(self, open_page: Open) -> None:
        (link,) = (
            link for link in open_page("student", user_id="an").get("page_link") if "Compare" in link.proto.label
        )
        assert (link.proto.page, link.proto.query_string) == ("compare", "user_id=an")

    @pytest.mark.parametrize(
        ("day", "label", "query"),
        [
            (2, "Compare with the previous attempt", "evaluation_id=an-1&evaluation_id=an-2&user_id=an&user_id=an"),
            (1, "Compare with another attempt", "evaluation_id=an-1&user_id=an"),
        ],
    )
    def test_from_an_attempt(self, open_page: Open, day: int, label: str, query: str) -> None:
        app = open_page("evaluation", evaluation_id=f"an-{day}", user_id="an")
        (link,) = (link for link in app.get("page_link") if "Compare" in link.proto.label)
        assert (link.proto.label, link.proto.query_string) == (label, query)


def test_empty_tables_leave_a_choice_of_nobody(cloud: Any, open_page: Open) -> None:
    documented.fill(cloud, "none", [])
    app = open_page("compare")
    assert not app.exception
    assert app.selectbox[0].options == []


@pytest.mark.usefixtures("cloud")
def test_a_missing_table_is_one_sentence(open_page: Open, text_of: TextOf) -> None:
    app = open_page("compare", user_id=["an", "binh"])
    assert not app.exception
    assert "There is no table bandup-evaluations" in text_of(app)

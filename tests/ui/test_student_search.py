"""The search field for students at the top of every page."""

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui.student_search import match_student
from tests.navigation import destination

KNOWN = ["an.nguyen", "an.tran", "Bình", "an"]


@pytest.mark.parametrize(
    ("query", "known_ids", "user_id"),
    [
        ("an.tran", KNOWN, "an.tran"),
        ("an", KNOWN, "an"),  # equal to one id, contained in others
        ("bình", KNOWN, "Bình"),
        ("NGUYEN", KNOWN, "an.nguyen"),
        ("an.", KNOWN, None),
        ("binh", KNOWN, "Bình"),
        ("bi\u0300nh", ["Bình", "Bình 2"], "Bình"),
        ("bi\u0300nh", ["Bình", "Bi\u0300nh", "bi\u0300nh"], "bi\u0300nh"),
        ("do hai yen", ["đỗ.hải-yến", "an"], "đỗ.hải-yến"),
        ("nobody", KNOWN, None),
        ("user:\u20601", ["user:1", "USER:1", "user:12"], "user:1"),
        ("user:1\u200b", ["user:1", "user:1\u200b"], "user:1\u200b"),
        ("an.", [], "an."),
        ("../jobs?x=<b>", [], "../jobs?x=<b>"),
    ],
)
def test_match_student(query, known_ids, user_id):
    assert match_student(query, known_ids) == user_id


def test_a_query_opens_a_student_once_and_empties_the_field():
    def app():
        import streamlit as st

        from bandup.ui import student_search

        calls = st.session_state.setdefault("calls", [])
        student_search.show(lambda: calls.append("asked") or ["an"], on_students_page=True)

    at = AppTest.from_function(app).run()
    assert at.session_state["calls"] == []
    at.text_input[0].input("  an ").run()
    assert destination(at) == ("student", {"user_id": ["an"]})
    assert at.text_input[0].value == ""
    at.run()
    assert len(at.session_state["calls"]) == 1
    assert destination(at) is None
    at.text_input[0].input("   ").run()
    assert not at.exception
    assert destination(at) is None

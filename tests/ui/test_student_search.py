"""Going to a student from anywhere."""

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui import links
from bandup.ui.student_search import named

KNOWN = ["an.nguyen", "an.tran", "Bình", "an"]


@pytest.mark.parametrize(
    ("asked", "known", "user_id"),
    [
        ("an.tran", KNOWN, "an.tran"),
        ("an", KNOWN, "an"),  # somebody is called so, though others' ids hold it too
        ("bình", KNOWN, "Bình"),
        ("NGUYEN", KNOWN, "an.nguyen"),
        ("an.", KNOWN, None),
        ("nobody", KNOWN, None),
        ("an.", [], "an."),
        ("../jobs?x=<b>", [], "../jobs?x=<b>"),
    ],
)
def test_who_is_meant(asked, known, user_id):
    assert named(asked, known) == user_id


def test_what_is_typed_is_taken_once_and_the_field_is_empty_again(monkeypatch):
    def app():
        import streamlit as st

        from bandup.ui import student_search

        calls = st.session_state.setdefault("calls", [])
        student_search.show(lambda: calls.append("asked") or ["an"], on_students=True)

    gone = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, query_params: gone.append((page, query_params)))
    at = AppTest.from_function(app).run()
    assert at.session_state["calls"] == []
    at.text_input(key="find_student").input("  an ").run()
    assert gone == [(links.STUDENT, {"user_id": "an"})]
    assert at.text_input(key="find_student").value == ""
    at.run()
    assert len(gone) == len(at.session_state["calls"]) == 1
    at.text_input(key="find_student").input("   ").run()
    assert not at.exception
    assert len(gone) == 1

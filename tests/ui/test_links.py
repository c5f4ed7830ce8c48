from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui import links
from tests.ui.parsed import HOSTILE


@pytest.mark.parametrize("text", [*HOSTILE, "user-456", "a&user_id=b", "a#b?c", "a b+c%20d", "../../x", "\n"])
def test_an_address_carries_an_id_whole(text):
    address = urlsplit(links.href(links.EVALUATION, links.evaluation(text, text)))
    assert (address.scheme, address.netloc, address.path, address.fragment) == ("", "", "evaluation", "")
    assert parse_qs(address.query, keep_blank_values=True) == {"evaluation_id": [text], "user_id": [text]}


def test_parameters_carry_the_tables_own_names():
    assert links.href(links.STUDENT, links.student("user-456")) == "student?user_id=user-456"
    assert links.flashcard_set("s1", "u1") == {"set_id": "s1", "user_id": "u1"}


@pytest.mark.parametrize(
    ("table_type", "page", "key"),
    [
        ("flashcard", links.FLASHCARDS, "set_id"),
        ("writing", links.EVALUATION, "evaluation_id"),
        ("speaking", links.EVALUATION, "evaluation_id"),
        ("nan", links.EVALUATION, "evaluation_id"),
    ],
)
def test_an_item_has_a_page_of_its_own(table_type, page, key):
    assert links.item_page(table_type, "k1", "u1") == (page, {key: "k1", "user_id": "u1"})


@pytest.mark.parametrize(("stored", "value"), [({}, ""), ({"user_id": "u1"}, "u1"), ({"user_id": ["a", "b"]}, "b")])
def test_a_parameter_of_the_address(stored, value):
    def app():
        import streamlit as st

        from bandup.ui import links

        st.text(links.query_param("user_id"))

    at = AppTest.from_function(app)
    for name, stored_value in stored.items():
        at.query_params[name] = stored_value
    assert at.run().text[0].value == value


def test_a_parameter_longer_than_any_id_is_cut():
    def page():
        import streamlit as st

        from bandup.ui import links

        st.text(len(links.query_param("user_id")))
        st.text(sum(map(len, links.query_param_values("user_id"))))

    app = AppTest.from_function(page)
    app.query_params["user_id"] = ["x" * 100_000, "é" * 10_000]
    app.run()
    assert [element.value for element in app.text] == ["2049", "4098"]


def test_a_link_to_a_student_carries_a_target_in_a_parameter_of_its_own():
    assert links.student("user-456", 6.5) == {"user_id": "user-456"}
    assert links.student("a:b", 8.0) == {"user_id": "a:b", "target_of": "a:b:8.0"}

"""The address as the state of a page: parameters, tied widgets, links within a page, and the way back."""

import pytest
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from bandup.ui import links
from bandup.ui.address import address_of
from tests.navigation import destination


@pytest.mark.parametrize(("stored", "value"), [({}, ""), ({"user_id": "u1"}, "u1"), ({"user_id": ["a", "b"]}, "b")])
def test_a_parameter_of_the_address(stored, value):
    def app():
        import streamlit as st

        from bandup.ui import address

        st.text(address.query_param("user_id"))

    at = AppTest.from_function(app)
    for name, stored_value in stored.items():
        at.query_params[name] = stored_value
    assert at.run().text[0].value == value


def test_a_parameter_longer_than_any_id_is_cut():
    def page():
        import streamlit as st

        from bandup.ui import address

        st.text(len(address.query_param("user_id")))
        st.text(sum(map(len, address.query_param_values("user_id"))))

    app = AppTest.from_function(page)
    app.query_params["user_id"] = ["x" * 100_000, "é" * 10_000]
    app.run()
    assert [element.value for element in app.text] == ["2049", "4098"]


@pytest.fixture
def writes(monkeypatch):
    """The query strings sent to the browser, one per entry of its history."""
    sent = []
    send = QueryParams._send_query_param_msg

    def record(params):
        send(params)
        sent.append(str(params))

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", record)
    return sent


def widgets():
    import streamlit as st

    from bandup.ui import address

    address.remember("page")
    st.text_input("Search", **address.tie_text("search"))
    st.selectbox("Band", ["6.0", "6.5", "7.0"], **address.tie_list("target", ["6.0", "6.5", "7.0"], "6.5"))
    st.pills("Type", ["a", "b"], selection_mode="multi", **address.tie_choices("type", ["a", "b"]))
    st.toggle("Broken", **address.tie_switch("broken"))
    st.pagination(9, **address.tie_number("page", 9))
    st.button("Rerun")
    if st.button("Two at once"):
        address.rerun_with(search="x", target="", kept=["1", "2"])


def values(at):
    return (at.text_input[0].value, at.selectbox[0].value, at.button_group[0].value, at.toggle[0].value)


DEFAULTS = ("", "6.5", [], False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, DEFAULTS),
        ({"search": "an", "target": "7.0", "type": ["b", "a"], "broken": "true"}, ("an", "7.0", ["b", "a"], True)),
        ({"search": ["a", "b"], "target": ["6.0", "7.0"]}, ("b", "7.0", [], False)),
        ({"target": "9.5", "type": ["c", "a", "a"], "broken": "yes"}, ("", "6.5", ["a"], False)),
        ({"target": "", "type": "", "broken": "", "page": "x"}, DEFAULTS),
        ({"page": "10"}, DEFAULTS),
        ({"page": "-1"}, DEFAULTS),
    ],
)
def test_widgets_show_the_address(query, expected):
    at = AppTest.from_function(widgets)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert values(at) == expected


def test_a_change_of_a_widget_is_one_entry_of_the_history(writes):
    at = AppTest.from_function(widgets).run()
    assert writes == []
    at.text_input[0].input("an").run()
    at.selectbox[0].select("7.0").run()
    at.button_group[0].select("b").run()
    at.toggle[0].set_value(True).run()
    assert len(writes) == 4
    assert at.query_params == {"search": "an", "target": "7.0", "type": "b", "broken": "true"}
    at.selectbox[0].select("6.5").run()
    at.toggle[0].set_value(False).run()
    assert len(writes) == 6
    assert at.query_params == {"search": "an", "type": "b"}


def test_the_address_prevails_over_what_a_widget_held(writes):
    at = AppTest.from_function(widgets).run()
    at.selectbox[0].select("7.0").run()
    del at.query_params["target"]
    at.run()
    assert values(at) == DEFAULTS


def test_a_text_is_set_only_where_it_differs():
    """A value that is set at every run would overwrite what someone is typing."""
    at = AppTest.from_function(widgets)
    at.query_params["search"] = "an"
    assert (at.run().text_input[0].proto.default, at.text_input[0].proto.set_value) == ("an", False)
    at.query_params["search"] = "binh"
    assert (at.run().text_input[0].proto.value, at.text_input[0].proto.set_value) == ("binh", True)
    assert not at.run().text_input[0].proto.set_value


def test_several_changes_are_one_entry_of_the_history(writes):
    at = AppTest.from_function(widgets)
    at.query_params["target"] = "7.0"
    at.run()
    at.button[1].click().run()
    assert len(writes) == 1
    assert at.query_params == {"search": "x", "kept": ["1", "2"]}


def test_no_run_writes_into_the_address_by_itself(writes):
    """The browser may be at another address by then: quick steps back would write into it, and cut off what is forward."""
    at = AppTest.from_function(widgets)
    at.query_params["user_id"] = "a b"
    at.run()
    at.query_params["user_id"] = ["a", "b c"]
    at.run()
    at.button[0].click().run()
    assert writes == []


def test_the_way_back_carries_the_filters_of_the_list_and_not_of_an_item(monkeypatch):
    def app():
        from bandup.ui import address

        address.remember("jobs")
        address.link_back("jobs", "← All jobs")
        address.link_back("students", "← All students")
        address.link_back("jobs", "← This student’s jobs", user_id="a")

    shown = []
    monkeypatch.setattr("streamlit.page_link", lambda page, label, query_params: shown.append(dict(query_params)))
    at = AppTest.from_function(app)
    at.query_params["state"] = "failed"
    at.run()
    at.query_params["evaluation_id"] = "1"
    at.query_params["user_id"] = "b"
    at.run()
    assert shown[-3:] == [{"state": "failed"}, {}, {"user_id": "a"}]


@pytest.mark.parametrize(
    ("page", "query", "expected"),
    [
        (links.STUDENTS, {}, (".", {})),
        (links.STUDENTS, {"search": "a b"}, (".", {"search": ["a b"]})),
        (links.STUDENT, {"user_id": "đỗ&x=1#?/"}, ("student", {"user_id": ["đỗ&x=1#?/"]})),
        (links.COMPARE, {"user_id": ["a", "b"]}, ("compare", {"user_id": ["a", "b"]})),
        (
            links.STUDENT,
            {"user_id": '"><script>alert(1)</script>'},
            ("student", {"user_id": ['"><script>alert(1)</script>']}),
        ),
    ],
)
def test_going_to_an_address_ends_the_run(page, query, expected):
    def app(page, query):
        import streamlit as st

        from bandup.ui import address

        address.go_to(page, query)
        st.text("never shown")

    at = AppTest.from_function(app, args=(page, query)).run()
    assert not at.exception
    assert not at.text
    assert destination(at) == expected
    assert at.get("html")[0].proto.body.count("<script>") == 1


@pytest.mark.parametrize(("function", "entry"), [("go_to", "new"), ("redirect", "same")])
def test_a_redirect_takes_the_place_of_the_current_entry(function, entry):
    def app(function):
        from bandup.ui import address, links

        getattr(address, function)(links.JOBS)

    at = AppTest.from_function(app, args=(function,)).run()
    assert destination(at) == ("jobs", {})
    assert f'data-entry="{entry}"' in at.get("html")[0].proto.body


def test_an_empty_parameter_is_left_out():
    assert address_of(links.JOBS, {"state": "", "find": "x"}) == "jobs?find=x"

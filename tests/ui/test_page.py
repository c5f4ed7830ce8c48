import pytest
from streamlit.testing.v1 import AppTest

from bandup.ui.links import STUDENTS
from bandup.ui.page import MAX_ID_LENGTH
from bandup.ui.plain_text import plain
from tests.navigation import titles
from tests.ui.parsed import HOSTILE, parsed


@pytest.fixture
def page_links(monkeypatch):
    """The links shown: (page, label). Outside of the frame's navigation Streamlit does not find the pages."""
    shown = []
    monkeypatch.setattr("streamlit.page_link", lambda page, label, query_params: shown.append((page, label)))
    return shown


def test_not_found_links_back_and_ends_the_page(page_links):
    def app():
        import streamlit as st

        from bandup.ui import page
        from bandup.ui.links import STUDENTS

        page.not_found("evaluation", "evaluation_id *x*\nuser_id </code>", STUDENTS, "All students")
        st.text("what follows")

    at = AppTest.from_function(app).run()
    assert not at.exception
    assert titles(at) == ["No such evaluation"]
    assert [code.value for code in at.code] == ["evaluation_id *x*\nuser_id </code>"]
    assert page_links == [(STUDENTS, "All students")]
    assert len(at.info) == 1
    assert not at.text


@pytest.mark.usefixtures("page_links")
def test_not_found_cuts_an_id_longer_than_any():
    def app():
        from bandup.ui import page
        from bandup.ui.links import STUDENTS

        page.not_found("evaluation", f"evaluation_id {'x' * 1024}\nuser_id {'y' * 5_000}", STUDENTS, "All")

    first, second = AppTest.from_function(app).run().code[0].value.splitlines()
    assert first == "evaluation_id " + "x" * 1024
    assert len(second) == MAX_ID_LENGTH


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_go_into_markdown_escaped(text):
    def app(text):
        from bandup.ui import page

        page.header(text, text)
        page.section(text)
        page.empty_state(text, text)
        page.warning(text, text)
        page.warning(text)

    at = AppTest.from_function(app, args=(text,)).run()
    safe = plain(text)
    assert not at.exception
    assert [at.markdown[0].value, at.header[0].value] == [safe] * 2
    assert titles(at) == [text]
    assert at.info[0].value == f"**{safe}** {safe}"
    assert [warning.value for warning in at.warning] == [f"**{safe}** {safe}", f"**{safe}**"]


def test_a_header_without_a_summary():
    def app():
        from bandup.ui import page

        page.header("Jobs")

    assert not AppTest.from_function(app).run().markdown


def test_cost_is_one_quiet_line():
    def app():
        from bandup.ui import read_status
        from data.results import Cost
        from data.settings import Settings

        read_status.show_cost(Cost(1204, 12.5, 2_000_000, 0.0414), Cost(), Settings(demo=False, price_per_million=1e6))

    at = AppTest.from_function(app).run()
    assert [line for html in at.get("html") for line in parsed(html.proto.body).lines] == [
        "The data on this page took 1,204 requests, 12.5 read capacity units ($12.50 on demand), 2.00 MB, 0.04 s; all of it was "
        "cached, nothing was read for this view."
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_note_is_a_text(text):
    def app(text):
        from bandup.ui import page

        page.note(text)

    drawn = parsed(AppTest.from_function(app, args=(text,)).run().get("html")[0].proto.body)
    assert (drawn.structure, drawn.lines) == (["<p class='b-note'", "</p"], [text])

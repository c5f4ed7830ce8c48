import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from streamlit.testing.v1 import AppTest

from bandup.templating import environment
from bandup.ui.html import STYLE, element, facts
from tests.ui.parsed import HOSTILE, balanced, parsed

paragraphs = environment.get_template("macros.html").module.paragraphs


@pytest.mark.parametrize("text", HOSTILE)
def test_an_element_holds_its_text_and_nothing_else(text):
    page = element("p", text, "b-small")
    assert isinstance(page, Markup)
    assert parsed(page).structure == ["<p class='b-small'", "</p"]
    assert parsed(page).text == f"{text}\n"


@given(st.text())
def test_any_text_is_escaped(text):
    assert parsed(element("p", text)).structure == ["<p", "</p"]
    assert not re.search(r"[<>\"']", str(element("p", text))[3:-4])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_class_can_not_end_its_attribute(text):
    assert parsed(element("p", "", text)).structure == [f"<p class={text!r}", "</p"]


def test_markup_goes_in_as_it_is():
    inner = element("b", "x & y")
    assert element("p", inner) == Markup("<p><b>x &amp; y</b></p>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("one", "<p>one</p>"),
        ("  one\n\n\n two \r\nthree", "<p>one</p><p>two</p><p>three</p>"),
        ("a\u2028b", "<p>a</p><p>b</p>"),
        ("<b>\n</p>", "<p>&lt;b&gt;</p><p>&lt;/p&gt;</p>"),
        ("Tiếng Việt\nعربي", "<p>Tiếng Việt</p><p>عربي</p>"),
    ],
)
def test_paragraphs(text, html):
    assert paragraphs(text) == Markup(html)


@given(st.text())
def test_paragraphs_keep_every_word(text):
    page = parsed(paragraphs(text))
    assert page.text.split() == text.split()
    assert balanced(page.structure)
    assert {*page.structure} <= {"<p", "</p"}


@pytest.mark.parametrize("text", HOSTILE)
def test_facts_are_names_and_values(text):
    page = parsed(facts({text: text, "Model": "m"}))
    assert page.structure == parsed(facts({"x": "x", "y": "y"})).structure
    assert page.lines == [text, text, "Model", "m"]
    assert balanced(page.structure)


def test_drawn_as_html_under_one_stylesheet():
    def app():
        from bandup.ui.html import element, show, style

        style(dark=False)
        show(element("p", "<b>"))

    at = AppTest.from_function(app).run()
    assert not at.exception
    styles, shown = sorted((html.proto.body for html in at.get("html")), key=len, reverse=True)
    assert shown == "<p>&lt;b&gt;</p>"
    assert re.match(r"<style>:root \{--b-writing: #\w+;--b-speaking: #\w+;--b-on-primary: #\w+;\}\n", styles)


def test_the_stylesheet_loads_nothing_from_elsewhere():
    style = STYLE.read_text("utf-8")
    assert not re.search(r"url\(|@import|</|expression", style, re.IGNORECASE)
    assert style.count("{") == style.count("}") > 0

"""Templates escape every text, keep Markup unchanged, and reject a missing value."""

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from bandup.templating import environment, render
from tests.ui.parsed import HOSTILE, balanced, parsed


def rendered(source: str, **values) -> str:
    return environment.from_string(source).render(values)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_escaped_as_content_and_as_an_attribute(text):
    page = parsed(rendered('<p title="{{ text }}">{{ text }}</p>', text=text))
    assert page.structure == [f"<p title={text!r}", "</p"]
    assert page.text == f"{text}\n"


def test_markup_is_not_escaped():
    assert rendered("<p>{{ inner }}</p>", inner=Markup("<b>x &amp; y</b>")) == "<p><b>x &amp; y</b></p>"


def test_line_breaks_next_to_tags_are_removed():
    source = "<ul>\n  {% for word in words %}\n  <li>\n    {{ word }}\n  </li>\n  {% endfor %}\n</ul>\n"
    assert rendered(source, words=["a", "b\n <c>"]) == "<ul><li>a</li><li>b\n &lt;c&gt;</li></ul>"


def test_line_breaks_between_words_are_kept():
    assert rendered("<p>two\n  lines</p>") == "<p>two\n  lines</p>"


def test_an_error_names_the_line_of_the_template():
    with pytest.raises(UndefinedError) as raised:
        rendered("<p>\n</p>\n<p>{{ missing }}</p>")
    assert 3 in [entry.lineno + 1 for entry in raised.traceback if str(entry.path) == "<template>"]


def test_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError, match="facts"):
        render("facts.html")


@pytest.mark.parametrize("name", environment.list_templates())
def test_every_template_compiles(name):
    environment.get_template(name)


def test_facts():
    page = parsed(render("facts.html", facts={"Model": "m"}))
    assert balanced(page.structure)
    assert page.lines == ["Model", "m"]

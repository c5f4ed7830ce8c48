"""The glossary: every criterion and every state has its sentence."""

from streamlit.testing.v1 import AppTest

from bandup.analysis.bands import BAND_COLUMNS, criterion_meaning, criterion_name
from bandup.analysis.states import State
from tests.ui.parsed import parsed


def test_every_term_stands_with_its_meaning():
    def app():
        from bandup.ui import glossary

        glossary.show_button()

    at = AppTest.from_function(app).run()
    assert not at.exception
    (html,) = at.get("html")
    lines = parsed(html.proto.body).lines
    for column in BAND_COLUMNS:
        assert lines[lines.index(criterion_name(column)) + 1] == criterion_meaning(column)
    for state in State:
        assert any(line.endswith(f" {state}") and lines[i + 1] == state.sentence for i, line in enumerate(lines))

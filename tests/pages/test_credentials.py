"""Credentials that can't be obtained are one sentence on every page, and there is no prompt on the server's terminal."""

import pytest

from tests.data.test_credentials import CASES, configured

__all__ = ["configured"]


@pytest.mark.parametrize("name", CASES)
def test_a_page_shows_one_sentence(configured, open_page, text_of, name):
    configured(CASES[name])
    app = open_page("students")
    assert not app.exception
    assert len(app.error) == 1
    assert CASES[name][2].replace("`", "") in text_of(app).replace("`", "")


@pytest.mark.parametrize("page", ["student", "evaluation", "flashcards", "jobs", "tables"])
def test_every_page_does(configured, open_page, text_of, page):
    configured(CASES["MFA"])
    app = open_page(page, user_id="u", evaluation_id="e")
    assert not app.exception
    assert "asks for an MFA code" in text_of(app)

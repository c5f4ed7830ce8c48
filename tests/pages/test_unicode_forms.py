"""Ids in another Unicode form than stored: one opens under either form, two that look alike stay two."""

from collections.abc import Callable
from typing import Any
from unicodedata import normalize

import pytest
from streamlit.testing.v1 import AppTest

from bandup.pages_list import SCRIPTS
from tests import documented
from tests.items import flashcard_set, writing
from tests.navigation import destination
from tests.pages.conftest import FRAME, TIMEOUT

TextOf = Callable[[AppTest], str]
COMPOSED, DECOMPOSED = (normalize(form, "đỗ.hải-yến") for form in ("NFC", "NFD"))


def opened_after_students(name: str, **parameters: str | list[str]) -> AppTest:
    """A page opened by its address while the dataset is cached."""
    app = AppTest.from_file(FRAME, default_timeout=TIMEOUT).run()
    app.switch_page(str(SCRIPTS / f"{name}.py"))
    for key, value in parameters.items():
        app.query_params[key] = value
    return app.run()


@pytest.mark.parametrize(("stored", "asked"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("student", {}),
        ("evaluation", {"evaluation_id": "e1"}),
        ("flashcards", {}),
        ("flashcards", {"set_id": "s1"}),
        ("jobs", {"evaluation_id": "e1"}),
    ],
)
def test_an_address_opens_the_only_id_that_differs_in_form(
    cloud: Any, text_of: TextOf, name: str, ids: dict[str, str], stored: str, asked: str
) -> None:
    items = [("evaluations", writing(user_id=stored)), ("flashcard_sets", flashcard_set(user_id=stored, total_cards=1))]
    documented.fill(cloud, "none", items)
    app = opened_after_students(name, user_id=asked, **ids)
    assert not app.exception
    assert "No such" not in text_of(app)
    expected = {parameter: [value] for parameter, value in {**ids, "user_id": stored}.items()}
    assert destination(app) == (name, expected)


def test_two_ids_that_look_alike_stay_two_students(cloud: Any, text_of: TextOf) -> None:
    evaluations = [writing(user_id=COMPOSED), writing(evaluation_id="e2", user_id=DECOMPOSED)]
    documented.fill(cloud, "none", [("evaluations", evaluation) for evaluation in evaluations])
    app = AppTest.from_file(FRAME, default_timeout=TIMEOUT).run()
    assert text_of(app).count("looks like another id") == 2
    for user_id, form in ((COMPOSED, "composed"), (DECOMPOSED, "decomposed")):
        app = opened_after_students("student", user_id=user_id)
        assert app.query_params["user_id"] == user_id
        assert f"This one is stored in {form} Unicode." in text_of(app)
    half_composed = COMPOSED[:6] + normalize("NFD", COMPOSED[6:])
    assert half_composed not in {COMPOSED, DECOMPOSED}
    third = opened_after_students("student", user_id=half_composed)
    assert "No such student" in text_of(third)


def test_an_unknown_id_is_not_opened_as_another(cloud: Any, text_of: TextOf) -> None:
    documented.fill(cloud, "none", [("evaluations", writing(user_id=COMPOSED))])
    for user_id in ("do.hai-yen", COMPOSED.upper(), "nobody"):
        assert "No such student" in text_of(opened_after_students("student", user_id=user_id))


@pytest.mark.parametrize(("stored", "asked"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_comparison_opens_the_only_id_that_differs_in_form(cloud: Any, stored: str, asked: str) -> None:
    evaluations = [writing(evaluation_id="e1", user_id=stored), writing(evaluation_id="e2", user_id="other")]
    documented.fill(cloud, "none", [("evaluations", evaluation) for evaluation in evaluations])
    app = opened_after_students("compare", user_id=["other", asked])
    assert destination(app) == ("compare", {"user_id": ["other", stored]})
    app = opened_after_students("compare", evaluation_id=["e2", "e1"], user_id=["other", asked])
    assert destination(app) == ("compare", {"evaluation_id": ["e2", "e1"], "user_id": ["other", stored]})

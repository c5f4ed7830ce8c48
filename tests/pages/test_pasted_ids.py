"""Ids that were copied with characters that no one sees: the id that was meant opens, and one that holds them stays itself."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import documented
from tests.items import flashcard_set, job, writing
from tests.navigation import destination, titles
from tests.pages.test_unicode_forms import opened_after_students

TextOf = Callable[[AppTest], str]
STORED, PASTED = "class:4b@school", "class:\u20604b@\u2060school"
HIDDEN = "class:4b@school\u200b"


@pytest.mark.parametrize("with_dataset", [True, False])
@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("student", {}),
        ("evaluation", {"evaluation_id": "e:1"}),
        ("flashcards", {}),
        ("flashcards", {"set_id": "s:1"}),
        ("jobs", {"evaluation_id": "e:1"}),
    ],
)
def test_a_pasted_id_opens_the_id_that_was_meant(
    cloud: Any, open_page: Any, name: str, ids: dict[str, str], with_dataset: bool
) -> None:
    items = [
        ("evaluations", writing(evaluation_id="e:1", user_id=STORED)),
        ("flashcard_sets", flashcard_set(set_id="s:1", user_id=STORED, total_cards=1)),
    ]
    documented.fill(cloud, "none", items)
    opened = opened_after_students if with_dataset else open_page
    app = opened(name, user_id=PASTED, **ids)
    assert not app.exception
    assert destination(app) == (name, {"user_id": [STORED]} | {key: [value] for key, value in ids.items()})
    if ids:
        pasted = {key: value.replace(":", ":\u2060") for key, value in ids.items()}
        app = opened(name, user_id=STORED, **pasted)
        assert destination(app) == (name, {"user_id": [STORED]} | {key: [value] for key, value in ids.items()})


def test_an_id_that_holds_invisible_characters_stays_itself(cloud: Any, text_of: TextOf) -> None:
    evaluations = [writing(evaluation_id="e1", user_id=STORED), writing(evaluation_id="e2", user_id=HIDDEN)]
    documented.fill(cloud, "none", [("evaluations", evaluation) for evaluation in evaluations])
    for user_id, note in ((STORED, "without invisible characters"), (HIDDEN, "with invisible characters (U+200B)")):
        app = opened_after_students("student", user_id=user_id)
        assert destination(app) is None
        assert titles(app) == [user_id]
        assert f"This one is stored {note}." in text_of(app)
    assert destination(opened_after_students("student", user_id=PASTED)) == ("student", {"user_id": [STORED]})


def test_ids_that_look_alike_are_marked_wherever_both_are_listed(cloud: Any, text_of: TextOf) -> None:
    items = [
        ("evaluations", job("failed", evaluation_id=f"e{at}", user_id=name)) for at, name in enumerate((STORED, HIDDEN))
    ]
    items += [
        ("flashcard_sets", flashcard_set(set_id=f"s{at}", user_id=name)) for at, name in enumerate((STORED, HIDDEN))
    ]
    items += [("evaluations", job("failed", evaluation_id="other", user_id="other"))]
    documented.fill(cloud, "none", items)
    for name in ("students", "flashcards", "jobs"):
        app = opened_after_students(name)
        assert not app.exception
        tables = [table.value for table in app.dataframe if "id_note" in table.value]
        assert tables, name
        assert tables[0]["id_note"].notna().sum() == 2, name
    (choice,) = opened_after_students("compare").selectbox
    assert sorted(choice.options) == sorted(
        [
            "other",
            f"{STORED} (looks like another id; stored without invisible characters)",
            f"{HIDDEN} (looks like another id; stored with invisible characters (U+200B))",
        ]
    )

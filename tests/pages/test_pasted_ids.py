"""Ids that were copied with characters that no one sees: the id that was meant opens, and one that holds them stays itself."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import documented
from tests.items import flashcard_set, job, writing
from tests.navigation import destination, id_headings, titles
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


@pytest.mark.parametrize("with_dataset", [True, False])
@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ({"user_id": ["other", PASTED]}, {"user_id": ["other", STORED]}),
        ({"user_id": [PASTED, "\u200bother"]}, {"user_id": [STORED, "other"]}),
        ({"user_id": [PASTED]}, {"user_id": [STORED]}),
        ({"user_id": ["other", PASTED, "third"]}, {"user_id": ["other", STORED, "third"]}),
        (
            {"evaluation_id": ["e:1", "e:2"], "user_id": [PASTED]},
            {"evaluation_id": ["e:1", "e:2"], "user_id": [STORED, STORED]},
        ),
        (
            {"evaluation_id": ["e:1", "e:\u20602"], "user_id": [STORED, STORED]},
            {"evaluation_id": ["e:1", "e:2"], "user_id": [STORED, STORED]},
        ),
        ({"evaluation_id": ["e:\u20601"], "user_id": [STORED]}, {"evaluation_id": ["e:1"], "user_id": [STORED]}),
    ],
    ids=[
        "the second student",
        "both students",
        "the only student",
        "one of three",
        "the student of two attempts",
        "the second attempt",
        "the only attempt",
    ],
)
def test_a_comparison_with_pasted_ids_opens_those_that_were_meant(
    cloud: Any, open_page: Any, pasted: dict[str, Any], meant: dict[str, list[str]], with_dataset: bool
) -> None:
    owners = {"e:1": STORED, "e:2": STORED, "e3": "other"}
    documented.fill(
        cloud,
        "none",
        [("evaluations", writing(evaluation_id=key, user_id=user_id)) for key, user_id in owners.items()],
    )
    opened = opened_after_students if with_dataset else open_page
    app = opened("compare", **pasted)
    assert not app.exception
    assert destination(app) == ("compare", meant)


def test_the_headings_of_a_comparison_are_the_ids_as_they_are_stored(cloud: Any) -> None:
    attempts = {"e:1": STORED, "e:2": HIDDEN}
    documented.fill(
        cloud,
        "none",
        [("evaluations", writing(evaluation_id=key, user_id=user_id)) for key, user_id in attempts.items()],
    )
    app = opened_after_students("compare", user_id=[STORED, HIDDEN])
    assert destination(app) is None
    assert id_headings(app)["h2"] == [STORED, HIDDEN]
    assert {*id_headings(app)["h3"]} == {STORED, HIDDEN}
    app = opened_after_students("compare", evaluation_id=[*attempts], user_id=[*attempts.values()])
    assert {heading.partition(",")[0] for heading in id_headings(app)["h3"]} == {STORED, HIDDEN}
    assert not any("\u2060" in heading.value for heading in [*app.header, *app.subheader])


def test_an_id_that_is_stored_nowhere_is_named_as_it_was_typed(cloud: Any, text_of: TextOf) -> None:
    documented.fill(cloud, "none", [("evaluations", writing(evaluation_id="e1", user_id=STORED))])
    app = opened_after_students("compare", user_id=[STORED, "nobody"])
    assert destination(app) is None
    assert "user_id nobody" in text_of(app)

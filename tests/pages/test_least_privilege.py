"""Every page with the permissions of the reader policy, and with fewer."""

from collections.abc import Iterator
from typing import Any

import pytest

from bandup.pages_list import PAGES
from bandup.queries import cached_reads
from tests.data import privileges

READER = privileges.actions("reader")
VIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    **{page.name: (page.name, {}) for page in PAGES},
    "student": ("student", {"user_id": "user-456"}),
    "evaluation": ("evaluation", {"evaluation_id": "eval-abc123", "user_id": "user-456"}),
    "unfinished": ("evaluation", {"evaluation_id": "left", "user_id": "chi"}),
    "sets of one": ("flashcards", {"user_id": "user-456"}),
    "one set": ("flashcards", {"set_id": "flashcard-set-123", "user_id": "user-456"}),
    "two students": ("compare", {"user_id": ["user-456", "an"]}),
    "two attempts": ("compare", {"evaluation_id": ["eval-abc123", "good"], "user_id": ["user-456", "an"]}),
}
every_page = pytest.mark.parametrize(("page", "parameters"), VIEWS.values(), ids=VIEWS.keys())


def without(*left_out: str) -> list[str]:
    return [action for action in READER if action.removeprefix("dynamodb:") not in left_out]


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    cached_reads.reset_caches()
    yield
    cached_reads.reset_caches()


@pytest.fixture(scope="module")
def tables() -> Iterator[Any]:
    with privileges.tables("provisioned") as client:
        yield client


@every_page
def test_the_reader_sees_every_page(tables, open_page, text_of, page, parameters):
    with privileges.permitted(READER):
        app = open_page(page, **parameters)
    assert not app.exception
    assert not app.error
    assert "is not allowed" not in text_of(app)
    assert "may not dynamodb" not in text_of(app)


@pytest.mark.parametrize("name", ["student", "one set", "students", "jobs"])
def test_without_scan_the_pages_of_one_are_there_and_the_others_name_it(tables, open_page, text_of, name):
    page, parameters = VIEWS[name]
    with privileges.permitted(without("Scan")):
        app = open_page(page, **parameters)
    assert not app.exception
    if parameters:
        assert not app.error
    else:
        assert "may not dynamodb:Scan on bandup-" in text_of(app)


@pytest.mark.parametrize(
    ("left_out", "name", "still_there"),
    [
        ("GetItem", "evaluation", ""),
        ("BatchGetItem", "student", "Progress"),
        ("Query", "student", ""),
        ("DescribeContinuousBackups", "tables", "Data quality"),
        ("DescribeTimeToLive", "tables", "Data quality"),
        ("DescribeTable", "tables", "Data quality"),
    ],
)
def test_what_is_missing_is_named(tables, open_page, text_of, left_out, name, still_there):
    page, parameters = VIEWS[name]
    with privileges.permitted(without(left_out)):
        app = open_page(page, **parameters)
    assert not app.exception
    assert f"dynamodb:{left_out}" in text_of(app)
    assert still_there in text_of(app)


def test_without_leave_to_describe_or_scan_an_essay_is_still_read(tables, open_page, text_of):
    page, parameters = VIEWS["evaluation"]
    with privileges.permitted(without("DescribeTable", "Scan")):
        app = open_page(page, **parameters)
    assert not app.exception
    assert "Many people believe that technology" in text_of(app)
    assert "may not dynamodb:Scan on bandup-evaluations" in text_of(app)

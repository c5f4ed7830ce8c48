"""An address with ids that no item can have shows that nothing is stored under it."""

from collections.abc import Iterator

import pytest

from bandup.queries import cached_reads
from benchmarks import server
from tests.data import faulty
from tests.data.faulty import Faulty
from tests.navigation import titles

pytestmark = pytest.mark.server

FEW = 20
TOO_LONG = "é" * 1025
REFUSAL = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """Tables that refuse, as DynamoDB does, to be asked for an item."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    cached_reads.reset_caches()
    with faulty.endpoint(FEW) as endpoint:
        for name, value in server.EndpointProcess(endpoint.address).environment().items():
            monkeypatch.setenv(name, value)
        endpoint.inject(faulty.refused("ValidationException", REFUSAL), "GetItem", "Query", "BatchGetItem")
        yield endpoint
    cached_reads.reset_caches()


@pytest.mark.parametrize(
    ("page", "parameters", "title"),
    [
        ("student", {"user_id": TOO_LONG}, "No such student"),
        ("evaluation", {"evaluation_id": TOO_LONG, "user_id": "u"}, "No such evaluation"),
        ("evaluation", {"evaluation_id": "e", "user_id": TOO_LONG}, "No such evaluation"),
        ("flashcards", {"set_id": TOO_LONG, "user_id": "u"}, "No such flashcard set"),
        ("flashcards", {"set_id": "s", "user_id": ""}, "No such flashcard set"),
        ("jobs", {"evaluation_id": TOO_LONG, "user_id": "u"}, "No such job"),
    ],
)
def test_it_names_nothing(strict, open_page, page, parameters, title):
    app = open_page(page, **parameters)
    assert not app.exception
    assert title in titles(app)
    assert strict.fault_count == 0

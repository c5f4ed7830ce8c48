"""Everything that can go wrong while an entry is written, over HTTP: it is stored once or not at all, and one sentence says which.

The endpoint stores before its response goes wrong, as where only the response is lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from botocore.config import Config
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff

from benchmarks import server
from benchmarks.endpoint import RequestRefused
from data import connection, decoder
from data.connection import Connection
from data.errors import DataError, IncompleteRead
from data.reviews import ReviewTable
from data.settings import Settings
from tests.data import faulty
from tests.data.faulty import Faulty
from tests.data.test_faults import ATTEMPTS, CASES, DEADLINE, READ_TIMEOUT, assert_said
from tests.data.test_reviews import mark

pytestmark = pytest.mark.server


class ReviewsEndpoint:
    """A table of reviews: Scan, and PutItem on the condition that there is no such key."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Mapping[str, Any]] = {}

    def answer(self, operation: str, arguments: Mapping[str, Any]) -> bytes:
        units = {"ConsumedCapacity": {"TableName": arguments["TableName"], "CapacityUnits": 1.0}}
        match operation:
            case "Scan":
                items = [*self.items.values()]
                return orjson.dumps({"Items": items, "Count": len(items), "ScannedCount": len(items)} | units)
            case "PutItem":
                assert arguments["ConditionExpression"] == "attribute_not_exists(#key)"
                item = arguments["Item"]
                key = item["subject"]["S"], item["at"]["S"]
                if key in self.items:
                    raise RequestRefused("ConditionalCheckFailedException", "The conditional request failed")
                self.items[key] = item
                return orjson.dumps(units)
            case _:
                raise RequestRefused("UnknownOperationException", operation)


@pytest.fixture(scope="module")
def served() -> Iterator[Faulty]:
    short = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, read_timeout=READ_TIMEOUT)
    with pytest.MonkeyPatch.context() as patch, faulty.answering(ReviewsEndpoint()) as started:
        patch.setattr(connection, "CLIENT_CONFIG", connection.CLIENT_CONFIG.merge(short))
        patch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.001)
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr(decoder, "FIRST_PAUSE", 0.001)
        patch.setenv("DASHBOARD_RESPONSE_SECONDS", str(DEADLINE))
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name, value in server.EndpointProcess(started.address).environment().items():
            patch.setenv(name, value)
        yield started


@pytest.fixture
def wrong(served: Faulty) -> Iterator[Faulty]:
    served.recover()
    assert isinstance(served.endpoint, ReviewsEndpoint)
    served.endpoint.items.clear()
    yield served
    served.recover()


@pytest.fixture(scope="module")
def table(served: Faulty) -> ReviewTable:
    assert served.address
    return ReviewTable(Connection(), replace(Settings(), demo=False, reviews="reviews"))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.helps])
def test_a_fault_that_passes_is_retried_and_the_entry_is_stored_once(wrong, table, name):
    entry = mark()
    wrong.inject(CASES[name].fault, "PutItem", times=1)
    table.add(entry)
    assert wrong.fault_count == 1
    assert table.read().entries == (entry,)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_that_lasts_is_one_sentence_and_the_entry_sent_again_is_one(wrong, table, name):
    entry, case = mark(), CASES[name]
    wrong.inject(case.fault, "PutItem")
    said: DataError | None = None
    try:
        table.add(entry)
    except DataError as error:
        said = error
    if name == "denied":
        assert "may not dynamodb:PutItem" in str(said)
        assert "policy reviewer" in str(said)
    elif not case.helps:
        assert said is not None
        assert_said(said, case)
    else:
        # a later attempt may be told, in a response that the fault does not hide, that the entry is there
        assert said is not None or name in {"damaged", "wrong checksum"}
    wrong.recover()
    table.add(entry)
    assert table.read().entries == (entry,)


@pytest.mark.parametrize("name", CASES)
def test_a_read_that_fails_is_one_sentence_and_invents_and_loses_nothing(wrong, table, name):
    entry, case = mark(), CASES[name]
    table.add(entry)
    wrong.inject(case.fault, "Scan")
    with pytest.raises(case.error):
        table.read()
    wrong.recover()
    assert table.read().entries == (entry,)


def test_a_page_with_another_number_of_items_than_its_count_is_no_read(wrong, table, monkeypatch):
    table.add(mark())
    answer = wrong.endpoint.answer

    def short(operation: str, arguments: Mapping[str, Any]) -> bytes:
        page = orjson.loads(answer(operation, arguments))
        return orjson.dumps(page | {"Items": []})

    monkeypatch.setattr(wrong.endpoint, "answer", short)
    with pytest.raises(IncompleteRead):
        table.read()

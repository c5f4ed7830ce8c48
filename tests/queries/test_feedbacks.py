"""The feedback of several attempts, read in batches."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from botocore.exceptions import ClientError

from bandup.queries import cached_reads
from data.errors import Throttled
from data.records import Feedback, Remarks
from data.repository import MAX_FRUITLESS_REQUESTS, Repository
from data.results import Cost
from data.schema import EVALUATIONS
from data.settings import Settings
from data.table_definitions import create_table_request
from tests import documented

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def feedback_item(number, user="an", **attributes):
    keys = {"evaluation_id": {"S": f"e-{number}"}, "user_id": {"S": user}}
    return "evaluations", {**keys, "feedback": {"S": json.dumps({"weaknesses": [f"Weakness {number}"]})}, **attributes}


def weakness(number) -> Feedback:
    return Feedback(general=Remarks(weaknesses=(f"Weakness {number}",)))


def repository(client) -> Repository:
    return Repository(client, Settings(demo=False), lambda: NOW)


def test_feedbacks_are_in_the_order_of_the_keys_without_missing_items(aws):
    essay = {"essay_text": {"S": "x" * 5000}}
    documented.fill(aws, "none", [feedback_item(n, **essay) for n in range(3)] + [feedback_item(9, user="binh")])
    aws.put_item(
        TableName=Settings().names["evaluations"], Item={"evaluation_id": {"S": "bare"}, "user_id": {"S": "an"}}
    )
    keys = [(key, "an") for key in ("e-2", "gone", "e-0", "bare", "e-9", "", "e-2")]
    found, cost = repository(aws).feedbacks(keys)
    assert found == [("e-2", weakness(2)), ("e-0", weakness(0)), ("bare", Feedback())]
    assert cost.requests == 1
    assert repository(aws).feedbacks([]) == ([], Cost())


class Batches:
    """A client whose BatchGetItem processes at most `takes` keys of each request; it records the requests."""

    def __init__(self, takes=100, refuses=0, error=None):
        self.takes, self.refuses, self.error = takes, refuses, error
        self.requests, self.slept = [], []

    def describe_table(self, TableName):  # noqa: N803
        return {"Table": create_table_request(EVALUATIONS, TableName, ())}

    def batch_get_item(self, RequestItems, ReturnConsumedCapacity):  # noqa: N803
        assert ReturnConsumedCapacity == "TOTAL"
        ((table, request),) = RequestItems.items()
        self.requests.append(request)
        if self.error:
            raise self.error
        keys = request["Keys"]
        assert 0 < len(keys) <= 100
        assert len({str(key) for key in keys}) == len(keys)
        takes = 0 if len(self.requests) <= self.refuses else self.takes
        items = [{**key, "feedback": feedback_item(key["evaluation_id"]["S"][2:])[1]["feedback"]} for key in keys]
        left = {table: {**request, "Keys": keys[takes:]}} if keys[takes:] else {}
        return {
            # DynamoDB gives them in no order
            "Responses": {table: items[:takes][::-1]},
            "UnprocessedKeys": left,
            "ConsumedCapacity": [{"TableName": table, "CapacityUnits": 1.5}],
            "ResponseMetadata": {"HTTPHeaders": {"content-length": "1000"}},
        }

    def feedbacks(self, number):
        return repository(self).feedbacks([(f"e-{n}", "an") for n in range(number)], self.slept.append)


@pytest.mark.parametrize(
    ("number", "takes", "requests", "slept"),
    [(1, 100, 1, 0), (100, 100, 1, 0), (101, 100, 2, 0), (250, 100, 3, 0), (20, 7, 3, 2), (250, 60, 5, 4)],
)
def test_feedbacks_are_requested_in_hundreds_and_unprocessed_keys_again(number, takes, requests, slept):
    client = Batches(takes)
    found, cost = client.feedbacks(number)
    assert found == [(f"e-{n}", weakness(n)) for n in range(number)]
    assert (len(client.requests), len(client.slept)) == (requests, slept)
    assert (cost.requests, cost.capacity_units, cost.received_bytes) == (requests, 1.5 * requests, 1000 * requests)
    request = client.requests[0]
    assert {*request["ExpressionAttributeNames"].values()} == {"evaluation_id", "user_id", "feedback"}


def test_waits_grow_and_end_in_an_error():
    client = Batches(refuses=MAX_FRUITLESS_REQUESTS - 1)
    assert len(client.feedbacks(3)[0]) == 3
    assert client.slept == [0.1, 0.2, 0.4, 0.8, 1.6]
    client = Batches(refuses=1000)
    with pytest.raises(Throttled, match="throttling requests to bandup-evaluations"):
        client.feedbacks(3)
    assert len(client.requests) == MAX_FRUITLESS_REQUESTS


def test_an_endpoint_that_returns_one_item_at_a_time_is_not_an_error():
    assert len(Batches(takes=1).feedbacks(30)[0]) == 30


def test_an_error_of_dynamodb_is_named():
    error = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchGetItem")
    with pytest.raises(Throttled):
        Batches(error=error).feedbacks(3)


@pytest.fixture
def caches(aws, monkeypatch):
    monkeypatch.setenv("DYNAMODB_EVALUATIONS", Settings().names["evaluations"])
    monkeypatch.setenv("DYNAMODB_FLASHCARD_SETS", Settings().names["flashcard_sets"])
    cached_reads.reset_caches()
    yield aws
    cached_reads.reset_caches()


def test_pages_get_the_latest_feedbacks_from_one_read(caches, monkeypatch):
    documented.fill(caches, "none", [feedback_item(n) for n in range(30)])
    asked = []
    original = Repository.feedbacks

    def counted(self, keys, *arguments):
        asked.append(len(keys))
        return original(self, keys, *arguments)

    monkeypatch.setattr(Repository, "feedbacks", counted)
    ids = [f"e-{n}" for n in range(30)]
    read = cached_reads.feedbacks("an", ids)
    assert read.feedbacks == tuple((key, weakness(key[2:])) for key in ids[: cached_reads.MAX_FEEDBACKS])
    assert cached_reads.feedbacks("an", pd.Series(ids, index=ids[::-1])) is read
    assert asked == [cached_reads.MAX_FEEDBACKS]
    assert cached_reads.feedbacks("binh", ids).feedbacks == ()
    assert cached_reads.feedbacks("an", []).feedbacks == ()


def test_a_failed_read_of_feedbacks_is_not_kept(caches, monkeypatch):
    documented.fill(caches, "none", [feedback_item(1)])

    def fails(self, keys):
        raise Throttled(table="bandup-evaluations")

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "feedbacks", fails)
        with pytest.raises(Throttled):
            cached_reads.feedbacks("an", ["e-1"])
    assert len(cached_reads.feedbacks("an", ["e-1"]).feedbacks) == 1

"""Ids that DynamoDB can't hold, typed into an address: there is no such item, and nobody has to be asked for it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from data.repository import Repository
from data.results import Cost
from data.schema import TABLES
from data.settings import Settings

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
LONG_PARTITION_KEYS = ["k" * 2049, "é" * 1025, "\N{SMILING FACE WITH OPEN MOUTH}" * 513, "\ud83d" * 683]
LONG_SORT_KEYS = ["u" * 1025, "é" * 513, "\N{SMILING FACE WITH OPEN MOUTH}" * 257]
LONGEST = [("k" * 2048, "u" * 1024), ("é" * 1024, "é" * 512), ("k", "u")]


class Empty:
    """A client of tables without items, and the operations it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def answer(TableName: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803 - DynamoDB's
            self.asked.append(operation)
            table = next((each for each in TABLES.values() if each.default_name == TableName), None)
            keys = (
                [{"AttributeName": name, "KeyType": "HASH"} for name in (table.partition_key, table.sort_key)]
                if table
                else []
            )
            return {"Table": {"TableName": TableName, "KeySchema": keys}, "Items": [], "Count": 0, "Responses": {}}

        return answer


@pytest.fixture
def client() -> Empty:
    return Empty()


@pytest.fixture
def repository(client: Empty) -> Repository:
    return Repository(client, Settings(demo=False), lambda: NOW)


OF_AN_ITEM: dict[str, Callable[[Repository, str, str], Any]] = {
    "evaluation": lambda repository, key, user_id: repository.evaluation(key, user_id),
    "flashcard set": lambda repository, key, user_id: repository.flashcard_set(key, user_id),
    "feedback": lambda repository, key, user_id: repository.feedbacks([(key, user_id)]),
}
of_an_item = pytest.mark.parametrize("read", OF_AN_ITEM.values(), ids=OF_AN_ITEM.keys())


@of_an_item
@pytest.mark.parametrize(
    "keys",
    [*((key, "u") for key in ["", *LONG_PARTITION_KEYS]), *(("k", user_id) for user_id in ["", *LONG_SORT_KEYS])],
    ids=lambda keys: f"{keys[0][:1]!a}{len(keys[0])}-{keys[1][:1]!a}{len(keys[1])}",
)
def test_no_item_has_keys_that_can_not_be(client, repository, read, keys):
    found, cost = read(repository, *keys)
    assert not found
    assert cost == Cost()
    assert client.asked == []


@of_an_item
@pytest.mark.parametrize("keys", LONGEST, ids=lambda keys: str(len(keys[0])))
def test_the_longest_that_can_be_are_asked_for(client, repository, read, keys):
    found, _ = read(repository, *keys)
    assert not found
    assert client.asked


@pytest.mark.parametrize("key", ["", *LONG_PARTITION_KEYS], ids=len)
def test_no_job_has_an_id_that_can_not_be(client, repository, key):
    frame, cost = repository.same_job(key)
    assert frame.empty
    assert cost == Cost()
    assert client.asked == []


@pytest.mark.parametrize("user_id", ["", *LONG_SORT_KEYS], ids=len)
def test_no_student_has_an_id_that_can_not_be(client, repository, user_id):
    read = repository.student(user_id)
    for key, frame in (("evaluations", read.evaluations), ("flashcard_sets", read.flashcard_sets)):
        assert frame.empty
        assert dict(frame.dtypes) == TABLES[key].columns
    assert read.cost == Cost()
    assert read.incomplete_because == {}
    assert client.asked == []


@pytest.mark.parametrize("user_id", [user_id for _, user_id in LONGEST], ids=len)
def test_a_student_with_the_longest_id_is_asked_for(client, repository, user_id):
    assert repository.student(user_id).evaluations.empty
    assert "scan" in client.asked

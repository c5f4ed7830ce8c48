"""A variable that names another table: every read says so before it returns anything."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from data import decoder, provision
from data.errors import ResponseDamaged
from data.repository import Repository
from data.schema import EVALUATIONS, FLASHCARD_SETS
from data.settings import Settings
from data.table_definitions import create_table_request
from data.table_keys import KeysDiffer, check_described_keys
from tests import documented
from tests.data.test_repository import Watched, refusing

NAMES = documented.NAMES
SWAPPED = {"evaluations": NAMES["flashcard_sets"], "flashcard_sets": NAMES["evaluations"]}
DENIED = refusing("AccessDeniedException", "DescribeTable")

READS: dict[str, Callable[[Repository], Any]] = {
    "everyone": lambda repository: repository.all_items(),
    "capacity of everyone": lambda repository: repository.units_of_all_items(),
    "one student": lambda repository: repository.student("user-456"),
    "one evaluation": lambda repository: repository.evaluation("eval-abc123", "user-456"),
    "one flashcard set": lambda repository: repository.flashcard_set("flashcard-set-123", "user-456"),
    "one job": lambda repository: repository.same_job("eval-abc123"),
    "feedback": lambda repository: repository.feedbacks([("eval-abc123", "user-456")]),
    "facts of a table": lambda repository: repository.facts(EVALUATIONS),
}
WITHOUT_REQUEST = {"capacity of everyone", "facts of a table"}
"""Reads that only describe tables: where that is not allowed, they return nothing that could be wrong."""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
        made = boto3.Session("test", "test", region_name="us-east-1").client("dynamodb")
        decoder.install_hooks(made)
        documented.fill(made, "provisioned", documented.ITEMS)
        yield made


def repository_of(client: Any, names: Any) -> Repository:
    return Repository(client, Settings(names, demo=False), lambda: datetime(2026, 3, 1, tzinfo=UTC))


def refuse_keys(**_: Any) -> Any:
    """DynamoDB's answer to a request by keys that are not the table's."""
    error = {"Code": "ValidationException", "Message": "The provided key element does not match the schema"}
    raise ClientError({"Error": error}, "BatchGetItem")


def described(**keys: str) -> dict[str, Any]:
    """DescribeTable's `Table` with these keys, the partition key first."""
    return {
        "KeySchema": [{"AttributeName": n, "KeyType": k} for n, k in zip(keys, ("HASH", "RANGE"), strict=False)],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": type_} for name, type_ in keys.items()],
    }


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_swapped_tables_are_refused_before_anything_is_read(client, read):
    watched = Watched(client)
    with pytest.raises(KeysDiffer) as raised:
        read(repository_of(watched, SWAPPED))
    sentence = str(raised.value)
    assert "is another table: its keys are " in sentence
    assert "set_id (S) and user_id (S)" in sentence
    assert "evaluation_id (S) and user_id (S)" in sentence
    assert "DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS look swapped, so exchange their values." in sentence
    assert {operation for operation, _ in watched.calls} == {"describe_table"}


@pytest.mark.parametrize("name", [name for name in READS if name not in WITHOUT_REQUEST])
def test_swapped_tables_are_refused_where_they_may_not_be_described(client, name):
    # moto answers a batch with other keys in words of its own
    watched = Watched(client, describe_table=DENIED, batch_get_item=refuse_keys)
    with pytest.raises(
        KeysDiffer, match="exchange DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS if they are swapped"
    ):
        READS[name](repository_of(watched, SWAPPED))


@pytest.mark.parametrize("answered", [True, False], ids=["described", "not allowed to be described"])
@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_the_intended_tables_are_described_once_each(client, read, answered):
    watched = Watched(client, **({} if answered else {"describe_table": DENIED}))
    repository = repository_of(watched, NAMES)
    read(repository)
    read(repository)
    described_tables = [
        arguments["TableName"] for operation, arguments in watched.calls if operation == "describe_table"
    ]
    assert len(described_tables) == len({*described_tables})


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"evaluation_id": "N", "user_id": "S"}, "its keys are evaluation_id (N) and user_id (S), not"),
        ({"evaluation_id": "S"}, "its keys are evaluation_id (S), not"),
        ({"user_id": "S", "evaluation_id": "S"}, "its keys are user_id (S) and evaluation_id (S), not"),
        ({"id": "B", "at": "N"}, "its keys are id (B) and at (N), not"),
    ],
)
def test_other_keys_are_named_with_what_was_expected(keys, found):
    with pytest.raises(KeysDiffer) as raised:
        check_described_keys(EVALUATIONS, "grades", described(**keys))
    assert str(raised.value).startswith(f"grades is another table: {found} evaluation_id (S) and user_id (S); ")
    assert str(raised.value).endswith("correct DYNAMODB_EVALUATIONS or choose a new name.")


def test_the_order_of_the_described_keys_does_not_matter():
    description = described(set_id="S", user_id="S")
    check_described_keys(FLASHCARD_SETS, "sets", {**description, "KeySchema": description["KeySchema"][::-1]})


def test_provisioning_names_swapped_tables_too():
    request = create_table_request(FLASHCARD_SETS, "grades")
    state = provision.TableState({**request, "TableArn": "arn:…"}, recovery=True, tags={})
    with pytest.raises(KeysDiffer, match="look swapped"):
        provision.check_usable(state, "evaluations", "grades")


class Renamed:
    """A client for which the two tables exchange their names once `swapped` is set, as if they had been made again."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.swapped = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if not callable(call) or name == "meta":
            return call

        def swapping(**arguments: Any) -> Any:
            if self.swapped and "TableName" in arguments:
                arguments["TableName"] = OTHER_NAME[arguments["TableName"]]
            if self.swapped and "RequestItems" in arguments:
                arguments["RequestItems"] = {OTHER_NAME[key]: of for key, of in arguments["RequestItems"].items()}
            return call(**arguments)

        return swapping


OTHER_NAME = {NAMES[key]: SWAPPED[key] for key in NAMES}


@pytest.mark.parametrize("name", sorted(READS.keys() - WITHOUT_REQUEST))
def test_tables_that_are_made_again_with_other_keys_are_recognised_while_they_are_read(client, name):
    renamed = Renamed(client)
    repository = repository_of(renamed, NAMES)
    READS[name](repository)
    renamed.swapped = True
    with pytest.raises(
        KeysDiffer, match=r" is another table: its keys are \w+ \(S\) and user_id \(S\), not "
    ) as raised:
        READS[name](repository)
    assert "look swapped, so exchange their values" in str(raised.value)
    renamed.swapped = False
    READS[name](repository)


def test_an_item_without_its_keys_is_damage_where_the_table_has_them(client):
    def scan(**arguments: Any) -> Any:
        page = client.scan(**arguments)
        return page | {decoder.RAW_ITEMS: b'[{"status":{"S":"completed"}}]', "Count": 1}

    with pytest.raises(ResponseDamaged):
        repository_of(Watched(client, scan=scan), NAMES).all_items()

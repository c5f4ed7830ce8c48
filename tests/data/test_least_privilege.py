"""The reader policy suffices for every read, refuses every write, and names the two tables and nothing else."""

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from click.testing import CliRunner

from bandup.cli.main import main
from data import policy
from data.connection import Connection
from data.errors import AccessDenied, named_error
from data.repository import Repository
from data.schema import EVALUATIONS, TABLES
from data.settings import from_environment
from tests import documented
from tests.data import privileges

READER = privileges.actions("reader")
STUDENT = "user-456"
OPENED = ("eval-abc123", STUDENT)
WRITING = re.compile(
    r"dynamodb:(Put|Update|Delete|Create|BatchWrite|TransactWrite|Restore|Import|Export|Tag|Untag|.*\*)"
)


@pytest.fixture(scope="class", params=["provisioned", "none"])
def aws(request) -> Iterator[Any]:
    with privileges.tables(request.param) as client:
        yield client


@pytest.fixture(scope="class")
def indexed() -> Iterator[Any]:
    with privileges.tables("provisioned") as client:
        yield client


@pytest.fixture(scope="class")
def unindexed() -> Iterator[Any]:
    with privileges.tables("none") as client:
        yield client


def opened() -> Repository:
    return Repository(Connection(), from_environment(os.environ), lambda: datetime.now(UTC))


READS: dict[str, Callable[[Repository], Any]] = {
    "all items": lambda repository: repository.all_items(),
    "expected_items": lambda repository: repository.expected_items(),
    "student": lambda repository: repository.student(STUDENT),
    # looks up unfinished jobs under other users
    "student with an unfinished job": lambda repository: repository.student("unknown"),
    "evaluation": lambda repository: repository.evaluation(*OPENED),
    "feedbacks": lambda repository: repository.feedbacks([OPENED, ("speak-xyz789", STUDENT)]),
    "same_job": lambda repository: repository.same_job("twin"),
    "flashcard_set": lambda repository: repository.flashcard_set("flashcard-set-123", STUDENT),
    "facts": lambda repository: [repository.facts(table) for table in TABLES.values()],
}


@pytest.mark.usefixtures("aws")
class TestReader:
    @pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
    def test_may_do_every_read(self, read):
        with privileges.permitted(READER):
            found = read(opened())
        assert "not allowed" not in repr(found)

    def test_may_run_the_commands_that_read(self, tmp_path):
        with privileges.permitted(READER):
            listed = CliRunner().invoke(main, ["jobs", "--json"])
            exported = CliRunner().invoke(main, ["export", "--out", str(tmp_path / "out")])
        assert (listed.exit_code, exported.exit_code) == (1, 0), (listed.stderr, exported.stderr)
        assert json.loads(listed.stdout)["counts"]["failed"] == 4
        assert len([*(tmp_path / "out").iterdir()]) == 5

    def test_needs_each_of_its_actions(self, monkeypatch):
        asked: set[str] = set()
        call = BaseClient._make_api_call

        def recorded(client: Any, operation: str, arguments: Any) -> Any:
            asked.add(f"dynamodb:{operation}")
            return call(client, operation, arguments)

        with privileges.permitted(READER):
            monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
            repository = opened()
            for read in READS.values():
                read(repository)
        assert asked == {*READER}

    def test_without_a_policy_nothing_is_read(self):
        with privileges.permitted(["s3:GetObject"]), pytest.raises(AccessDenied):
            opened().all_items()


NAME = documented.NAMES["evaluations"]
KEY = {"evaluation_id": {"S": OPENED[0]}, "user_id": {"S": STUDENT}}
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "PutItem": ("put_item", {"TableName": NAME, "Item": KEY}),
    "UpdateItem": ("update_item", {"TableName": NAME, "Key": KEY}),
    "DeleteItem": ("delete_item", {"TableName": NAME, "Key": KEY}),
    "BatchWriteItem": ("batch_write_item", {"RequestItems": {NAME: [{"DeleteRequest": {"Key": KEY}}]}}),
    "TransactWriteItems": ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": NAME, "Key": KEY}}]}),
    "CreateTable": (
        "create_table",
        {
            "TableName": "another",
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    ),
    "UpdateTable": ("update_table", {"TableName": NAME, "BillingMode": "PAY_PER_REQUEST"}),
    "DeleteTable": ("delete_table", {"TableName": NAME}),
    "UpdateTimeToLive": (
        "update_time_to_live",
        {"TableName": NAME, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "at"}},
    ),
    "UpdateContinuousBackups": (
        "update_continuous_backups",
        {"TableName": NAME, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
    ),
}


class TestWrites:
    @pytest.mark.parametrize(("operation", "arguments"), WRITES.values(), ids=WRITES.keys())
    def test_the_reader_may_not_write(self, indexed, operation, arguments):
        before = indexed.scan(TableName=NAME)["Items"], indexed.list_tables()["TableNames"]
        with privileges.permitted(READER):
            with pytest.raises(ClientError) as refused:
                getattr(Connection(), operation)(**arguments)
            assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        assert (indexed.scan(TableName=NAME)["Items"], indexed.list_tables()["TableNames"]) == before


def without(*left_out: str) -> list[str]:
    return [action for action in READER if action.removeprefix("dynamodb:") not in left_out]


class TestWithLessAndNoIndex:
    def test_without_scan_an_item_is_found_by_its_keys(self, unindexed):
        with privileges.permitted(without("Scan")):
            repository = opened()
            assert repository.evaluation(*OPENED)[0] is not None
            with pytest.raises(AccessDenied, match="may not dynamodb:Scan on bandup-"):
                repository.student(STUDENT)


class TestWithLess:
    def test_without_scan_a_student_is_found_by_an_index_and_an_item_by_its_keys(self, indexed):
        with privileges.permitted(without("Scan")):
            repository = opened()
            assert len(repository.student(STUDENT).evaluations) == 2
            assert repository.evaluation(*OPENED)[0] is not None
            assert repository.flashcard_set("flashcard-set-123", STUDENT)[0] is not None
            assert len(repository.feedbacks([OPENED])[0]) == 1
            with pytest.raises(AccessDenied, match="may not dynamodb:Scan on bandup-"):
                repository.all_items()

    def test_without_leave_to_describe_everything_is_read_and_the_action_is_named(self, indexed):
        items = indexed.scan(TableName=NAME)["Items"]
        with privileges.permitted(without("DescribeTable")):
            repository = opened()
            assert len(repository.all_items().evaluations) == len(items)
            assert len(repository.student(STUDENT).evaluations) == 2
            facts = repository.facts(EVALUATIONS)
        for path in (facts.student_path, facts.all_items_path, *repository.student_paths().values()):
            assert "dynamodb:DescribeTable is not allowed" in path.why
            assert path.complete

    def test_leave_that_is_given_later_is_taken_up_without_a_restart(self, indexed):
        with privileges.permitted(without("Scan")):
            repository = opened()
            with pytest.raises(AccessDenied):
                repository.all_items()
        assert len(repository.all_items().evaluations) > 0

    def test_another_service_that_refuses_is_named(self):
        message = "User: arn:aws:iam::1:user/u is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:…"
        denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "Scan")
        assert "may not kms:Decrypt on t" in str(named_error(denied, "t"))


class TestArns:
    """Offline: what the policies are for, by their text."""

    NAMES = documented.NAMES

    @pytest.mark.parametrize("role", ["reader", "writer"])
    @pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
    def test_name_both_tables_and_their_indexes_and_nothing_else(self, role, region):
        document = policy.render(role, self.NAMES, account=privileges.ACCOUNT, region=region)
        partition = "aws-cn" if region == "cn-north-1" else "aws"
        tables = {
            f"arn:{partition}:dynamodb:{region}:{privileges.ACCOUNT}:table/{name}" for name in self.NAMES.values()
        }
        named = [{*statement["Resource"]} for statement in document["Statement"]]
        assert all(each - {f"{table}/index/*" for table in tables} == tables for each in named)
        assert {resource for each in named for resource in each if resource.count("*")} <= {
            f"{table}/index/*" for table in tables
        }
        for statement in document["Statement"]:
            assert {*statement} == {"Sid", "Effect", "Action", "Resource"}
            assert not [action for action in statement["Action"] if "*" in action]

    def test_of_the_reader_name_indexes_where_items_are_read_by_them(self):
        document = policy.render("reader", self.NAMES, account=privileges.ACCOUNT, region="us-east-1")
        for statement in document["Statement"]:
            of_indexes = [resource for resource in statement["Resource"] if resource.endswith("/index/*")]
            assert bool(of_indexes) == bool({"dynamodb:Query", "dynamodb:Scan"} & {*statement["Action"]})
            assert len(of_indexes) in (0, len(TABLES))

    def test_the_reader_has_no_action_that_writes(self):
        assert not [action for action in READER if WRITING.match(action)]
        assert [action for action in privileges.actions("writer") if WRITING.match(action)]

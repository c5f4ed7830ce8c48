import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from data.errors import TableMissing
from data.provision import (
    ApiCall,
    ImpossibleIndex,
    NotAllowed,
    NotReady,
    StepRefused,
    TableState,
    TableUnusable,
    WaitUntilActive,
    apply,
    create_table,
    enable_recovery,
    plan,
    read_state,
)
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES
from data.settings import Settings
from data.table_definitions import INDEX_SETS, TAGS, create_table_request
from data.table_keys import KeysDiffer

NAMES = Settings().names
COVERING = INDEX_SETS["provisioned"]["evaluations"][0]
DOCUMENTED = INDEX_SETS["provisioned"]["evaluations"][1]


class Clock:
    """A clock that advances only by `sleep`."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        assert self.now < 86_400, "waits forever"


@pytest.fixture
def client(monkeypatch) -> Iterator:
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    with mock_aws():
        yield boto3.Session("test", "test", region_name="us-east-1").client("dynamodb")


def provision(client, indexes=INDEX_SETS["provisioned"], **limits):
    """Run plan and apply; return the steps and the reports."""
    reports, clock = [], Clock()
    steps = plan(read_state(client, NAMES, reports.append), NAMES, indexes)
    apply(client, steps, reports.append, clock.sleep, clock, **limits)
    return steps, reports


def indexes_of(client, name):
    """Index name to (keys, projection), as DescribeTable returns them."""
    table = client.describe_table(TableName=name)["Table"]
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in table["AttributeDefinitions"]}
    return {
        index["IndexName"]: (
            [(key["AttributeName"], key["KeyType"], types[key["AttributeName"]]) for key in index["KeySchema"]],
            {name: sorted(v) if isinstance(v, list) else v for name, v in index["Projection"].items()},
        )
        for index in table.get("GlobalSecondaryIndexes", [])
    }


def recovery_of(client, name):
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]


def tags_of(client, name):
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    return {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=arn)["Tags"]}


def covering(table):
    included = sorted(attribute.name for attribute in table.summary_attributes)
    return (
        [("user_id", "HASH", "S"), (table.partition_key, "RANGE", "S")],
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": included},
    )


BY_TIME = ([("user_id", "HASH", "S"), ("created_at", "RANGE", "N")], {"ProjectionType": "ALL"})


def test_new_tables_are_as_documented(client):
    provision(client)
    for table in TABLES.values():
        name = table.default_name
        description = client.describe_table(TableName=name)["Table"]
        assert [(key["AttributeName"], key["KeyType"]) for key in description["KeySchema"]] == [
            (table.partition_key, "HASH"),
            ("user_id", "RANGE"),
        ]
        assert description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert tags_of(client, name) == {"Project": "bandup", "Environment": "production"}
        assert recovery_of(client, name) == "ENABLED"
    assert indexes_of(client, "bandup-evaluations") == {
        "user_id-evaluation_id-index": covering(EVALUATIONS),
        "user_id-created_at-index": BY_TIME,
    }
    assert indexes_of(client, "bandup-flashcard-sets") == {"user_id-set_id-index": covering(FLASHCARD_SETS)}


def test_no_table_is_made_with_an_index_attribute_dynamodb_would_refuse():
    for wanted in INDEX_SETS["provisioned"].values():
        for index in wanted:
            assert len(index.included or ()) <= 20
            assert not {index.partition_key, index.sort_key} & set(index.included or ())
    assert "created_at" not in {i.sort_key for i in INDEX_SETS["provisioned"]["flashcard_sets"]}


def test_a_set_whose_created_at_is_a_word_can_be_written(client):
    provision(client)
    item = {"set_id": {"S": "s"}, "user_id": {"S": "u"}, "created_at": {"S": "local"}}
    client.put_item(TableName="bandup-flashcard-sets", Item=item)
    response = client.query(
        TableName="bandup-flashcard-sets",
        IndexName="user_id-set_id-index",
        KeyConditionExpression="user_id = :u",
        ExpressionAttributeValues={":u": {"S": "u"}},
    )
    assert response["Items"] == [item]


def test_a_second_run_changes_nothing(client):
    provision(client)
    before = [client.describe_table(TableName=name)["Table"] for name in NAMES.values()]
    steps, reports = provision(client)
    assert (steps, reports) == ([], [])
    assert [client.describe_table(TableName=name)["Table"] for name in NAMES.values()] == before


def test_tables_as_the_documents_make_them_get_indexes_recovery_and_nothing_else(client):
    for table in TABLES.values():
        client.create_table(**create_table_request(table, NAMES[table.key], ()))
    steps, _ = provision(client)
    assert [step.operation for step in steps if isinstance(step, ApiCall)] == [
        "update_continuous_backups",
        "update_table",
        "update_table",
        "update_continuous_backups",
        "update_table",
    ]
    assert set(indexes_of(client, "bandup-evaluations")) == {COVERING.name, DOCUMENTED.name}
    assert set(indexes_of(client, "bandup-flashcard-sets")) == {"user_id-set_id-index"}
    assert recovery_of(client, "bandup-evaluations") == "ENABLED"
    assert provision(client)[0] == []


def test_each_index_is_active_before_the_next_is_added(client):
    client.create_table(**create_table_request(EVALUATIONS, NAMES["evaluations"], ()))
    steps = [s for s in plan(read_state(client, NAMES), NAMES) if s.table_name == "bandup-evaluations"]
    assert [type(step) for step in steps[1:]] == [ApiCall, WaitUntilActive, ApiCall, WaitUntilActive]
    assert steps[2] == WaitUntilActive("bandup-evaluations", (COVERING.name,))
    updates = [step.parameters["GlobalSecondaryIndexUpdates"] for step in (steps[1], steps[3])]
    assert [len(update) for update in updates] == [1, 1]


def test_the_terraforms_own_index_serves_as_the_documented_one(client):
    for table in TABLES.values():
        indexes = INDEX_SETS["terraform"][table.key]
        client.create_table(**create_table_request(table, NAMES[table.key], indexes))
    provision(client)
    assert set(indexes_of(client, "bandup-evaluations")) == {
        "user-evaluations-index",
        "type-index",
        "user_id-evaluation_id-index",
    }
    assert set(indexes_of(client, "bandup-flashcard-sets")) == {"user-sets-index", "user_id-set_id-index"}


@pytest.mark.parametrize(
    ("there", "serves"),
    [
        (replace(COVERING, name="by-student"), True),
        (replace(COVERING, name="by-student", included=None), True),
        (replace(COVERING, name="by-student", included=(*COVERING.included[:19], "essay_text")), False),
        (replace(COVERING, name="by-student", included=("status",)), False),
        (replace(COVERING, name="by-student", partition_key="evaluation_id", sort_key="user_id"), False),
        (replace(COVERING, name="by-student", sort_key="status", included=None), False),
        # another index has our name: ours gets a number
        (replace(COVERING, included=("status",)), False),
        (replace(DOCUMENTED, name=COVERING.name), False),
    ],
)
def test_an_index_is_recognised_by_keys_and_projection_never_by_name(client, there, serves):
    client.create_table(
        **create_table_request(
            EVALUATIONS, NAMES["evaluations"], (there, DOCUMENTED)[: 1 if there.sort_type == "N" else 2]
        )
    )
    before = indexes_of(client, "bandup-evaluations")
    provision(client)
    after = indexes_of(client, "bandup-evaluations")
    assert {name: after[name] for name in before} == before
    added = {name: after[name] for name in set(after) - set(before)}
    free = f"{COVERING.name}-2" if there.name == COVERING.name else COVERING.name
    assert added == ({} if serves else {free: covering(EVALUATIONS)})
    assert provision(client)[0] == []


@pytest.mark.parametrize("included", [("status",), ()])
def test_a_narrow_index_by_time_is_not_the_documented_one(client, included):
    narrow = replace(DOCUMENTED, name="narrow", included=included) if included else None
    request = create_table_request(EVALUATIONS, NAMES["evaluations"], (narrow or replace(DOCUMENTED, name="narrow"),))
    if narrow is None:
        request["GlobalSecondaryIndexes"][0]["Projection"] = {"ProjectionType": "KEYS_ONLY"}
    client.create_table(**request)
    provision(client)
    assert set(indexes_of(client, "bandup-evaluations")) == {"narrow", COVERING.name, DOCUMENTED.name}


def test_included_keys_need_not_be_listed_by_an_index():
    state = described(GlobalSecondaryIndexes=[index_described(replace(COVERING, name="x"))])
    wanted = replace(COVERING, included=(*COVERING.included[:3], "user_id"))
    assert plan_for(state, (wanted,)) == []


def test_tags_that_are_there_keep_their_value(client):
    request = create_table_request(EVALUATIONS, NAMES["evaluations"])
    client.create_table(
        **request | {"Tags": [{"Key": "Environment", "Value": "staging"}, {"Key": "Team", "Value": "a"}]}
    )
    provision(client)
    assert tags_of(client, "bandup-evaluations") == {"Environment": "staging", "Team": "a", "Project": "bandup"}


# Tables in states that moto does not produce.


def described(**more) -> TableState:
    """An active evaluations table without indexes, changed by `more`."""
    request = create_table_request(EVALUATIONS, NAMES["evaluations"], (DOCUMENTED,))
    description = {
        "TableName": request["TableName"],
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/bandup-evaluations",
        "TableStatus": "ACTIVE",
        "KeySchema": request["KeySchema"],
        "AttributeDefinitions": request["AttributeDefinitions"],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    }
    return TableState(description | more, recovery=True, tags=TAGS)


def index_described(index, status="ACTIVE"):
    return index.definition | {"IndexStatus": status}


def plan_for(state, indexes):
    return plan({"evaluations": state}, {"evaluations": "bandup-evaluations"}, {"evaluations": indexes})


def test_an_index_being_created_counts_as_existing_and_is_awaited():
    state = described(GlobalSecondaryIndexes=[index_described(replace(COVERING, name="other"), "CREATING")])
    assert plan_for(state, (COVERING,)) == [WaitUntilActive("bandup-evaluations")]


def test_an_index_that_is_being_deleted_does_not_count_and_is_awaited_first():
    state = described(GlobalSecondaryIndexes=[index_described(COVERING, "DELETING")])
    first, second, *_ = plan_for(state, (COVERING,))
    assert first == WaitUntilActive("bandup-evaluations")
    assert second.parameters["GlobalSecondaryIndexUpdates"][0]["Create"]["IndexName"] == f"{COVERING.name}-2"


def test_an_index_of_a_provisioned_table_gets_the_tables_own_capacity():
    state = described(BillingModeSummary={}, ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3})
    create = plan_for(state, (COVERING,))[0].parameters["GlobalSecondaryIndexUpdates"][0]["Create"]
    assert create["ProvisionedThroughput"] == {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
    on_demand = described(ProvisionedThroughput={"ReadCapacityUnits": 0, "WriteCapacityUnits": 0})
    create = plan_for(on_demand, (COVERING,))[0].parameters["GlobalSecondaryIndexUpdates"][0]["Create"]
    assert "ProvisionedThroughput" not in create


def test_an_attribute_declared_as_text_elsewhere_makes_only_that_index_impossible():
    by_text = replace(DOCUMENTED, name="by-text", sort_type="S")
    definitions = create_table_request(EVALUATIONS, "x", (by_text,))["AttributeDefinitions"]
    state = described(AttributeDefinitions=definitions, GlobalSecondaryIndexes=[index_described(by_text)])
    first, _, last = plan_for(state, (COVERING, DOCUMENTED))
    assert isinstance(first, ApiCall)
    assert isinstance(last, ImpossibleIndex)
    assert "created_at is declared as S" in last.summary
    assert shlex.split(last.command(), comments=True) == []


def test_a_new_index_declares_all_key_attributes_in_use():
    dying = replace(DOCUMENTED, name="dying", partition_key="status", sort_key="started_at")
    by_type = replace(DOCUMENTED, name="by-type", partition_key="evaluation_type")
    state = described(
        AttributeDefinitions=create_table_request(EVALUATIONS, "x", (dying, by_type))["AttributeDefinitions"],
        GlobalSecondaryIndexes=[index_described(dying, "DELETING"), index_described(by_type)],
    )
    add = plan_for(state, (COVERING,))[1]
    assert {entry["AttributeName"]: entry["AttributeType"] for entry in add.parameters["AttributeDefinitions"]} == {
        "evaluation_id": "S",
        "user_id": "S",
        "evaluation_type": "S",
        "created_at": "N",
    }


def test_no_recovery_or_tags_are_planned_where_the_endpoint_lacks_them():
    state = TableState(described().description, recovery=None, tags=None)
    assert plan_for(state, ()) == []
    assert [s.operation for s in plan_for(replace(state, recovery=False, tags={}), ())] == [
        "tag_resource",
        "update_continuous_backups",
    ]


def test_another_table_of_that_name_is_refused():
    request = create_table_request(FLASHCARD_SETS, "bandup-evaluations")
    wrong = {name: request[name] for name in ("KeySchema", "AttributeDefinitions")}
    with pytest.raises(
        KeysDiffer, match=r"set_id \(S\) and user_id \(S\), not evaluation_id .* DYNAMODB_EVALUATIONS and"
    ):
        plan_for(described(**wrong), ())
    numeric = [
        {"AttributeName": "evaluation_id", "AttributeType": "N"},
        {"AttributeName": "user_id", "AttributeType": "S"},
    ]
    with pytest.raises(KeysDiffer, match=r"evaluation_id \(N\)"):
        plan_for(described(AttributeDefinitions=numeric), ())


@pytest.mark.parametrize("status", ["DELETING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"])
def test_a_table_that_can_not_be_used_is_refused(status):
    with pytest.raises(TableUnusable, match=status):
        plan_for(described(TableStatus=status), (COVERING,))


# Applying: waits, refusals, engines that lack an operation.


def refusal(code, message="", operation="UpdateTable"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Scripted:
    """A client that returns the listed responses of an operation in order, and repeats the last one."""

    class exceptions:  # noqa: N801
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, **answers):
        self.answers = answers
        self.calls = []

    def __getattr__(self, operation):
        def call(**parameters):
            self.calls.append(operation)
            answers = self.answers[operation]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def seen(table="ACTIVE", **indexes):
    return {
        "Table": {
            "TableStatus": table,
            "GlobalSecondaryIndexes": [{"IndexName": n, "IndexStatus": status} for n, status in indexes.items()],
        }
    }


def run_steps(client, *steps, max_wait=timedelta(minutes=5)):
    reports, clock = [], Clock()
    apply(client, steps, reports.append, clock.sleep, clock, max_wait)
    return reports, clock.now


def test_a_wait_lasts_until_table_and_indexes_are_active_and_is_reported():
    client = Scripted(
        describe_table=[
            Scripted.exceptions.ResourceNotFoundException(),
            seen("CREATING"),
            seen("UPDATING", x="CREATING"),
            seen("ACTIVE", x="CREATING"),
            seen("ACTIVE", x="ACTIVE", y="CREATING"),
            seen("UPDATING", x="ACTIVE", y="ACTIVE"),
            seen("ACTIVE", x="ACTIVE", y="ACTIVE"),
        ]
    )
    reports, _ = run_steps(client, WaitUntilActive("t", ("x",), created=True))
    assert len(client.calls) == 7
    assert [line.split(", ", 1)[1].rsplit(" (", 1)[0] for line in reports[1:]] == [
        "the table is not shown yet",
        "the index x is not shown yet",
        "the index x is CREATING",
        "the index y is CREATING",
        "the table is UPDATING",
    ]


def test_a_long_wait_is_reported_repeatedly():
    client = Scripted(describe_table=[*[seen("ACTIVE", x="CREATING")] * 20, seen("ACTIVE", x="ACTIVE")])
    reports, seconds = run_steps(client, WaitUntilActive("t"))
    assert 3 <= len(reports) - 1 <= seconds / 30 + 1


def test_a_wait_is_limited():
    client = Scripted(describe_table=[seen("ACTIVE", x="CREATING")])
    with pytest.raises(NotReady, match=r"t is not ready after 5 minutes \(the index x is CREATING\).*run this again"):
        run_steps(client, WaitUntilActive("t"))


def test_a_table_deleted_in_the_meantime_ends_the_wait():
    with pytest.raises(TableUnusable, match="DELETING"):
        run_steps(Scripted(describe_table=[seen("CREATING"), seen("DELETING")]), WaitUntilActive("t"))


def test_recovery_of_a_new_table_is_repeated_until_backups_are_ready():
    early = refusal("ContinuousBackupsUnavailableException", "Backups are being enabled for the table")
    client = Scripted(update_continuous_backups=[early, early, {}])
    reports, seconds = run_steps(client, enable_recovery("t"))
    assert len(client.calls) == 3
    assert seconds > 0
    assert "too early" in reports[1]
    with pytest.raises(NotReady):
        run_steps(Scripted(update_continuous_backups=[early]), enable_recovery("t"))


@pytest.mark.parametrize(
    "error",
    [
        refusal("UnknownOperationException"),
        refusal("UnknownOperationException", "Tagging is not currently supported in DynamoDB Local."),
        refusal("ValidationException", "Point in time recovery is not supported"),
    ],
)
def test_what_an_endpoint_lacks_is_reported_not_fatal(error):
    reports, _ = run_steps(Scripted(update_continuous_backups=[error]), enable_recovery("t"))
    assert reports[-1] == "t: point-in-time recovery is not supported by this endpoint"


def test_what_an_endpoint_lacks_is_reported_when_reading(client, monkeypatch):
    original = client._make_api_call

    def lacking(operation, parameters):
        if operation in {"DescribeContinuousBackups", "ListTagsOfResource"}:
            raise refusal("UnknownOperationException", "", operation)
        return original(operation, parameters)

    provision(client)
    monkeypatch.setattr(client, "_make_api_call", lacking)
    reports = []
    states = read_state(client, NAMES, reports.append)
    assert reports == [
        f"{name}: {what} is not supported by this endpoint"
        for name in NAMES.values()
        for what in ("point-in-time recovery", "tagging")
    ]
    assert plan(states, NAMES) == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("AccessDeniedException"), NotAllowed),
        (refusal("LimitExceededException", "Subscriber limit exceeded"), StepRefused),
        (refusal("ValidationException", "Invalid KeySchema"), StepRefused),
        (refusal("ResourceNotFoundException"), TableMissing),
    ],
)
def test_a_refusal_is_named_and_keeps_its_cause(error, expected):
    step = create_table("t", EVALUATIONS, ())
    with pytest.raises(expected) as caught:
        run_steps(Scripted(create_table=[error]), step)
    assert error in (caught.value.__cause__, caught.value.__cause__.__cause__)


def test_a_refusal_to_create_is_not_taken_for_a_lacking_operation():
    with pytest.raises(StepRefused, match="not supported"):
        run_steps(
            Scripted(create_table=[refusal("ValidationException", "not supported")]), create_table("t", EVALUATIONS, ())
        )


def test_recovery_refused_for_another_reason_is_an_error():
    with pytest.raises(NotAllowed, match="may not dynamodb:UpdateTable on t"):
        run_steps(Scripted(update_continuous_backups=[refusal("AccessDeniedException")]), enable_recovery("t"))


# The commands.


def request_of(command):
    """Parse an AWS CLI command into (operation, boto3 parameters)."""
    words = shlex.split(command)
    assert words[:2] == ["aws", "dynamodb"]
    model = botocore.session.get_session().get_service_model("dynamodb")
    operation = model.operation_model(next(o for o in model.operation_names if xform_name(o, "-") == words[2]))
    options = dict(zip(words[3::2], words[4::2], strict=True))
    parameters = {}
    for name, shape in operation.input_shape.members.items():
        if (text := options.pop(f"--{xform_name(name, '-')}", None)) is not None:
            parameters[name] = text if shape.type_name == "string" else json.loads(text)
    assert set(options) <= {"--query", "--output", "--endpoint-url", "--region"}
    return xform_name(operation.name), parameters


def run(client, commands):
    for command in commands:
        if command.startswith("aws dynamodb wait "):
            continue
        if command.startswith("while "):
            continue
        operation, parameters = request_of(command)
        getattr(client, operation)(**parameters)


@pytest.mark.parametrize("before", ["nothing", "none", "terraform"])
def test_the_commands_make_the_same_tables(client, before):
    if before != "nothing":
        for table in TABLES.values():
            client.create_table(**create_table_request(table, NAMES[table.key], INDEX_SETS[before][table.key]))
    steps = plan(read_state(client, NAMES), NAMES)
    for step in steps:
        if isinstance(step, ApiCall):
            assert request_of(step.command()) == (step.operation, step.parameters)
    run(client, [step.command(["--endpoint-url", "http://127.0.0.1:1"]) for step in steps])
    assert plan(read_state(client, NAMES), NAMES) == []


def test_a_new_table_is_awaited_with_the_clis_own_waiter():
    assert (
        WaitUntilActive("t", created=True).command(["--region", "x"])
        == "aws dynamodb wait table-exists --table-name t --region x"
    )


@pytest.mark.parametrize(
    ("state", "busy"),
    [
        (seen("ACTIVE", x="ACTIVE"), False),
        (seen("ACTIVE", x="ACTIVE", y="CREATING"), True),
        (seen("UPDATING", x="ACTIVE"), True),
        ({"Table": {"TableStatus": "CREATING"}}, True),
        ({"Table": {"TableStatus": "ACTIVE"}}, False),
    ],
)
def test_the_shell_loop_waits_while_something_is_being_created(state, busy):
    words = shlex.split(WaitUntilActive("t", ("x",)).command())
    statuses = jmespath.search(words[words.index("--query") + 1], state)
    waited_for = words[words.index("-qE") + 1].rstrip(";").split("|")
    assert any(status in waited_for for status in statuses) == busy


def test_a_hostile_name_stays_one_word():
    name = "x; rm -rf $HOME 'y'"
    steps = plan({"evaluations": None}, {"evaluations": name})
    steps += [WaitUntilActive(name)]
    for step in steps:
        assert name in shlex.split(step.command())

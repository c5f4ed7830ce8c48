import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import boto3
import click
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto import mock_aws
from moto.server import ThreadedMotoServer

from bandup.cli.main import main
from bandup.demo import items
from bandup.demo.loading import AwsEndpointRefused, ItemsUnwritten, choose_items, load, refuse_aws
from data.errors import RequestRefused
from data.schema import EVALUATIONS, TABLES
from data.settings import Settings
from data.table_definitions import INDEX_SETS, create_table_request

pytestmark = pytest.mark.server

NAMES = Settings().names


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """An environment without the machine's own credentials, region, tables and endpoint."""
    for variable in os.environ:
        if variable.startswith(("AWS_", "DYNAMODB_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


@pytest.fixture
def aws(environment):
    """AWS, as moto has it, with credentials and a region in the environment."""
    environment.setenv("AWS_REGION", "us-east-1")
    environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("dynamodb")


@pytest.fixture(scope="module")
def server():
    """A DynamoDB-compatible endpoint that is not AWS."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def endpoint(server, environment, request):
    """The endpoint, and two table names that no other test uses."""
    environment.setenv("DYNAMODB_EVALUATIONS", f"evaluations-{id(request.node)}")
    environment.setenv("DYNAMODB_FLASHCARD_SETS", f"sets-{id(request.node)}")
    return server


def names():
    return os.environ["DYNAMODB_EVALUATIONS"], os.environ["DYNAMODB_FLASHCARD_SETS"]


def local(endpoint):
    return boto3.client(
        "dynamodb", "us-east-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x"
    )


def evaluation(number, created_at=None):
    return "evaluations", {
        "evaluation_id": {"S": f"e{number}"},
        "user_id": {"S": "u"},
        "created_at": created_at or {"N": str(number)},
    }


def card_set(number, created_at=None):
    _, item = evaluation(number, created_at)
    return "flashcard_sets", {"set_id" if name == "evaluation_id" else name: value for name, value in item.items()}


@pytest.fixture(autouse=True)
def generated(monkeypatch):
    """Short items in place of the demo's: after every fourth evaluation a set, every second one with a word as its time."""
    asked = []

    def generate(now: datetime, *, evaluations: int = 48, seed: int = 0):
        assert now.tzinfo is not None
        asked.append(evaluations)
        for number in range(evaluations):
            yield evaluation(number)
            if number % 4 == 3:
                yield card_set(number, {"S": "local"} if number % 8 == 7 else None)

    monkeypatch.setattr(items, "generate", generate)
    return asked


def run(*arguments, **options):
    result = CliRunner().invoke(main, arguments, **options)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_as_a_process_it_explains_itself():
    done = subprocess.run([sys.executable, "-m", "bandup", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: bandup ")
    for command in main.commands:
        assert f"\n  {command} " in done.stdout


def test_as_a_process_an_error_is_its_sentence_and_status_2():
    environment = os.environ | {"DYNAMODB_EVALUATIONS": "only-this"}
    command = [sys.executable, "-m", "bandup", "provision"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "DYNAMODB_EVALUATIONS is set but DYNAMODB_FLASHCARD_SETS is not: set both to read your tables, or neither to "
        "see the demo.\n"
    )


POLICY = ["bandup", "policy", "reader", "--account", "123456789012", "--region", "us-east-1"]
CRASHES = {
    "within a command": "import bandup.cli.main as cli; cli.main.commands['policy'].callback = lambda **_: {}['lost']",
    "in an import": "import sys; sys.modules['click'] = None",
    "an error of the system": "import bandup.cli.main as cli; cli.main.commands['policy'].callback = lambda **_: open('no such')",
}


@pytest.mark.parametrize("broken", CRASHES.values(), ids=CRASHES.keys())
def test_a_crash_is_status_2_with_its_traceback_and_a_sentence(broken):
    run_it = f"import runpy, sys; sys.argv = {POLICY!r}; runpy.run_module('bandup', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", f"{broken}; {run_it}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.splitlines()[-1].startswith(
        "The command failed because of an error in the program: run it again"
    )


@pytest.mark.parametrize(
    ("raised", "status"),
    [(click.ClickException("no"), 2), (click.Abort(), 130), (KeyboardInterrupt(), 130), (click.FileError("f"), 2)],
    ids=repr,
)
def test_no_error_of_click_has_the_status_of_a_failed_job(monkeypatch, raised, status):
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr(main.commands["policy"], "callback", fail)
    assert run(*POLICY[1:]).exit_code == status


def test_output_that_nobody_reads_any_more_is_not_a_failed_job():
    command = [sys.executable, "-m", *POLICY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.wait(60) == 2
        assert process.stderr.read() == ""


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_and_option_has_its_help(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert main.commands[command].get_short_help_str()
    for parameter in main.commands[command].params:
        if parameter.param_type_name == "option":
            assert parameter.help, parameter.name


def test_provision_creates_the_tables_and_a_second_run_changes_nothing(aws):
    first = run("provision")
    assert first.exit_code == 0
    assert first.stdout == ""
    assert sorted(aws.list_tables()["TableNames"]) == sorted([*NAMES.values(), "bandup-reviews"])
    second = run("provision")
    assert (second.exit_code, second.stderr) == (0, "Nothing is missing.\n")


def test_provision_creates_the_tables_that_the_environment_names(aws, environment):
    environment.setenv("DYNAMODB_EVALUATIONS", "one")
    environment.setenv("DYNAMODB_FLASHCARD_SETS", "two")
    run("provision")
    assert sorted(aws.list_tables()["TableNames"]) == ["one", "two"]
    environment.setenv("DYNAMODB_REVIEWS", "three")
    run("provision")
    assert sorted(aws.list_tables()["TableNames"]) == ["one", "three", "two"]
    assert aws.describe_table(TableName="three")["Table"]["KeySchema"] == [
        {"AttributeName": "subject", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]


def test_a_dry_run_prints_commands_and_writes_nothing(aws):
    aws.create_table(**create_table_request(EVALUATIONS, NAMES["evaluations"], ()))
    before = aws.describe_table(TableName=NAMES["evaluations"])["Table"]
    result = run("provision", "--dry-run")
    assert result.exit_code == 0
    assert aws.list_tables()["TableNames"] == [NAMES["evaluations"]]
    assert aws.describe_table(TableName=NAMES["evaluations"])["Table"] == before
    backups = aws.describe_continuous_backups(TableName=NAMES["evaluations"])["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    lines = [shlex.split(line) for line in result.stdout.splitlines()]
    assert [line[2] if line[0] == "aws" else line[0] for line in lines] == [
        "update-continuous-backups",
        "update-table",
        "while",
        "update-table",
        "while",
        *["create-table", "wait", "update-continuous-backups"] * 2,
    ]
    assert "--endpoint-url" not in result.stdout
    assert [name for line in lines[-6:] for name in line if name.startswith("bandup-")] == [
        *[NAMES["flashcard_sets"]] * 3,
        *["bandup-reviews"] * 3,
    ]


def test_a_dry_run_against_an_endpoint_names_it_in_every_command(endpoint):
    result = run("provision", "--endpoint", endpoint, "--dry-run")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 6
    assert all(line.endswith(f"--endpoint-url {endpoint} --region us-east-1") for line in lines)
    assert not set(names()) & set(local(endpoint).list_tables()["TableNames"])


def test_a_local_endpoint_needs_neither_credentials_nor_region(endpoint):
    assert run("provision", "--endpoint", endpoint).exit_code == 0
    assert set(names()) <= set(local(endpoint).list_tables()["TableNames"])


def test_without_region_or_credentials_the_sentence_says_so(environment):
    assert "set AWS_REGION" in run("provision").stderr
    environment.setenv("AWS_REGION", "us-east-1")
    environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = run("provision")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("No usable AWS credentials were found")


def test_a_public_endpoint_gets_no_invented_credentials(environment):
    environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = run("provision", "--endpoint", "https://dynamodb.example.com")
    assert result.exit_code == 2
    assert result.stderr.startswith("No usable AWS credentials were found")


def test_an_unreachable_endpoint_is_one_sentence():
    result = run("provision", "--endpoint", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert result.stderr.startswith("DynamoDB can't be reached")


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "ftp://localhost", "http://", "http://localhost:port", "nonsense"])
@pytest.mark.parametrize("command", ["provision", "demo"])
def test_an_endpoint_that_is_no_address_is_refused(command, text):
    result = run(command, "--endpoint", text)
    assert result.exit_code == 2
    assert "is not an endpoint" in result.stderr


def test_policy_prints_json_for_the_configured_tables(environment):
    environment.setenv("DYNAMODB_EVALUATIONS", "one")
    environment.setenv("DYNAMODB_FLASHCARD_SETS", "two")
    result = run("policy", "writer", "--account", "123456789012", "--region", "ap-southeast-1")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["Statement"][0]["Resource"] == [
        "arn:aws:dynamodb:ap-southeast-1:123456789012:table/one",
        "arn:aws:dynamodb:ap-southeast-1:123456789012:table/two",
    ]


def test_policy_takes_the_region_of_the_environment_and_a_partition(environment):
    environment.setenv("AWS_REGION", "cn-north-1")
    document = json.loads(run("policy", "reader", "--account", "123456789012").stdout)
    assert document["Statement"][0]["Resource"][0].startswith("arn:aws-cn:dynamodb:cn-north-1:123456789012:")
    document = json.loads(run("policy", "reader", "--account", "123456789012", "--partition", "aws").stdout)
    assert document["Statement"][0]["Resource"][0].startswith("arn:aws:dynamodb:")


def test_policy_refuses_a_wrong_account():
    result = run("policy", "reader", "--account", "12345", "--region", "ap-southeast-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "'12345' is not an AWS account number: it should be 12 digits.\n"


@pytest.mark.parametrize(
    "host",
    [
        "https://dynamodb.us-east-1.amazonaws.com",
        "https://DynamoDB.us-east-1.AmazonAWS.com:443/",
        "https://dynamodb.us-east-1.amazonaws.com.",
        "https://123456789012.ddb.us-east-1.amazonaws.com",
        "https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com",
        "https://localhost@dynamodb.us-east-1.amazonaws.com",
        "https://dynamodb.cn-north-1.amazonaws.com.cn",
        "https://dynamodb.us-east-1.api.aws",
        "https://dynamodb.cn-north-1.api.amazonwebservices.com.cn",
        "https://dynamodb.eusc-de-east-1.amazonaws.eu",
        "https://dynamodb.us-iso-east-1.c2s.ic.gov",
    ],
)
def test_the_demo_refuses_aws(host, generated):
    result = run("demo", "--endpoint", host)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "belongs to AWS" in result.stderr
    assert run("demo", env={"AWS_ENDPOINT_URL_DYNAMODB": host}).stderr == result.stderr
    assert generated == []
    with pytest.raises(AwsEndpointRefused):
        refuse_aws(host)


@pytest.mark.parametrize(
    "host",
    ["http://127.0.0.1:8000", "http://[::1]:8000", "http://dynamodb:8000", "http://amazonaws.com@localhost:8000"],
)
def test_other_endpoints_are_not_aws(host):
    refuse_aws(host)


def test_the_demo_refuses_to_run_without_an_endpoint(aws):
    result = run("demo", "--items", "3")
    assert result.exit_code == 2
    assert result.stderr.startswith("Neither --endpoint nor AWS_ENDPOINT_URL_DYNAMODB")
    assert aws.list_tables()["TableNames"] == []


@pytest.mark.parametrize("number", [1, 25, 26, 63])
def test_the_demo_writes_exactly_as_many_items_as_asked(endpoint, number):
    result = run("demo", "--endpoint", endpoint, "--items", str(number))
    assert (result.exit_code, result.stdout) == (0, "")
    counts = [len(local(endpoint).scan(TableName=name)["Items"]) for name in names()]
    assert sum(counts) == number
    for name, count in zip(names(), counts, strict=True):
        assert f"{name}: {count} items written" in result.stderr


def test_the_demo_writes_all_of_it_where_no_number_is_given(endpoint, environment):
    environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
    assert run("demo").exit_code == 0
    assert [len(local(endpoint).scan(TableName=name)["Items"]) for name in names()] == [48, 12]
    items = local(endpoint).scan(TableName=names()[1])["Items"]
    assert {kind for item in items for kind in item["created_at"]} == {"N", "S"}


@pytest.mark.parametrize("indexes", INDEX_SETS)
def test_the_demos_tables_get_the_indexes_that_were_asked_for(endpoint, indexes):
    assert run("demo", "--endpoint", endpoint, "--items", "1", "--indexes", indexes).exit_code == 0
    for table, name in zip(TABLES.values(), names(), strict=True):
        found = local(endpoint).describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes", [])
        assert {index["IndexName"] for index in found} == {index.name for index in INDEX_SETS[indexes][table.key]}


def test_the_demo_leaves_a_table_that_exists_as_it_is(endpoint):
    local(endpoint).create_table(**create_table_request(EVALUATIONS, names()[0], ()))
    assert run("demo", "--endpoint", endpoint, "--items", "10").exit_code == 0
    assert not local(endpoint).describe_table(TableName=names()[0])["Table"].get("GlobalSecondaryIndexes")
    assert len(local(endpoint).scan(TableName=names()[0])["Items"]) > 0


def test_the_demo_does_not_write_into_another_table(endpoint):
    local(endpoint).create_table(**create_table_request(TABLES["flashcard_sets"], names()[0], ()))
    result = run("demo", "--endpoint", endpoint, "--items", "10")
    assert result.exit_code == 2
    assert "is another table" in result.stderr
    assert names()[1] not in local(endpoint).list_tables()["TableNames"]


def test_sets_that_the_terraforms_index_refuses_are_counted(endpoint, monkeypatch):
    """The endpoint accepts text where an index has a number, so DynamoDB's own refusal is simulated."""
    original = BaseClient._make_api_call

    def refusing(client, operation, parameters):
        if operation in {"BatchWriteItem", "PutItem"} and "'created_at': {'S'" in str(parameters):
            message = "Type mismatch for Index Key created_at Expected: N Actual: S IndexName: user-sets-index"
            raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, operation)
        return original(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refusing)
    result = run("demo", "--endpoint", endpoint, "--indexes", "terraform")
    assert result.exit_code == 0
    assert [len(local(endpoint).scan(TableName=name)["Items"]) for name in names()] == [48, 6]
    assert result.stderr.splitlines()[-3:] == [
        f"{names()[0]}: 48 items written",
        f"{names()[1]}: 6 items written",
        f"{names()[1]}: 6 items refused: Type mismatch for Index Key created_at Expected: N Actual: S IndexName: "
        "user-sets-index",
    ]


@pytest.mark.parametrize("number", [1, 12, 13, 100, 599, 600, 601, 1000])
def test_a_number_of_items_is_spread_over_both_tables(number):
    def generate(now, *, evaluations=900):
        """Like the demo's own: one table after the other, and never fewer than a few dozen items."""
        yield from (evaluation(i) for i in range(max(evaluations, 40)))
        yield from (card_set(i) for i in range(max(12, evaluations // 11)))

    count, rows = choose_items(generate, datetime.now(UTC), number)
    rows = list(rows)
    assert count == len(rows) == number
    assert len({str(row) for row in rows}) == number
    assert abs(sum(key == "flashcard_sets" for key, _ in rows) - number / 12) <= 1 + number / 12


def test_a_generator_of_evaluations_alone_still_gives_the_number():
    def generate(now, *, evaluations=900):
        yield from (evaluation(i) for i in range(evaluations))

    count, rows = choose_items(generate, datetime.now(UTC), 100)
    assert count == len(list(rows)) == 100


# Loading.


class Endpoint:
    """Takes at most `takes` items of a batch, and refuses the items whose id is in `invalid` and batches with one of them."""

    def __init__(self, takes=25, invalid=(), error="ValidationException"):
        self.takes, self.invalid, self.error = takes, invalid, error
        self.stored, self.batches, self.slept = [], [], []

    def _refuse(self, operation, items):
        for item in items:
            if item.get("evaluation_id", item.get("set_id"))["S"] in self.invalid:
                raise ClientError({"Error": {"Code": self.error, "Message": "no good"}}, operation)

    def batch_write_item(self, RequestItems):  # noqa: N803
        requests = [(name, r) for name, group in RequestItems.items() for r in group]
        assert 0 < len(requests) <= 25
        self.batches.append(len(requests))
        self._refuse("BatchWriteItem", [r["PutRequest"]["Item"] for _, r in requests])
        self.stored += [(name, r["PutRequest"]["Item"]) for name, r in requests[: self.takes]]
        left = {}
        for name, request in requests[self.takes :]:
            left.setdefault(name, []).append(request)
        return {"UnprocessedItems": left}

    def put_item(self, TableName, Item):  # noqa: N803
        self._refuse("PutItem", [Item])
        self.stored.append((TableName, Item))

    def load(self, items, **options):
        return load(self, NAMES, items, sleep=self.slept.append, **options)


ITEMS = [item for number in range(30) for item in (evaluation(number), card_set(number))]
STORED = [(NAMES[key], item) for key, item in ITEMS]


def sortable(stored):
    return sorted(json.dumps(entry) for entry in stored)


def test_loading_writes_in_batches_of_25():
    endpoint, sizes = Endpoint(), []
    result = endpoint.load(iter(ITEMS), progress=sizes.append)
    assert endpoint.batches == sizes == [25, 25, 10]
    assert sortable(endpoint.stored) == sortable(STORED)
    assert result.written == Counter(evaluations=30, flashcard_sets=30)
    assert not result.refused


def test_loading_retries_unprocessed_items_with_growing_pauses():
    endpoint = Endpoint(takes=7)
    result = endpoint.load(ITEMS[:25])
    assert endpoint.batches == [25, 18, 11, 4]
    assert sortable(endpoint.stored) == sortable(STORED[:25])
    assert endpoint.slept == sorted(endpoint.slept)
    assert len(set(endpoint.slept)) == 3
    assert result.written.total() == 25


def test_loading_gives_up_if_nothing_is_written():
    endpoint = Endpoint(takes=0)
    with pytest.raises(ItemsUnwritten, match="25 items unwritten 10 times in a row"):
        endpoint.load(ITEMS)
    assert len(endpoint.batches) == 10


def test_loading_counts_the_items_that_are_refused_and_writes_the_others():
    endpoint = Endpoint(invalid=("e3",))
    result = endpoint.load(ITEMS)
    assert result.refused == Counter({("evaluations", "no good"): 1, ("flashcard_sets", "no good"): 1})
    assert result.written == Counter(evaluations=29, flashcard_sets=29)
    assert sortable(endpoint.stored) == sortable(s for s in STORED if "e3" not in str(s))


def test_loading_does_not_swallow_other_errors():
    with pytest.raises(RequestRefused, match="no good"):
        Endpoint(invalid=("e3",), error="SomethingElse").load(ITEMS)

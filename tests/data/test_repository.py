import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pandas as pd
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from bandup.analysis.states import State, with_state
from data import decoder
from data import repository as repository_module
from data.connection import Connection
from data.errors import (
    AccessDenied,
    CredentialsMissing,
    IncompleteRead,
    ReadCancelled,
    RegionMissing,
    ScanLimitExceeded,
    TableMissing,
    Throttled,
)
from data.records import Card
from data.repository import Repository
from data.results import Cost
from data.schema import EVALUATIONS, FLASHCARD_SETS, TABLES
from data.settings import Settings
from data.table_definitions import INDEX_SETS, create_table_request

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SET_UPS = tuple(INDEX_SETS)
BUSY, MIXED = "busy-student", "mixed-student"
BUSY_ATTEMPTS = 700

Item = dict[str, dict[str, Any]]


def seconds(before: timedelta) -> dict[str, str]:
    return {"N": str(int((NOW - before).timestamp()))}


def evaluation(evaluation_id: str, user_id: str, status: str = "completed", **attributes: Any) -> Item:
    keys = {"evaluation_id": {"S": evaluation_id}, "user_id": {"S": user_id}}
    return {**keys, "evaluation_type": {"S": "writing"}, "status": {"S": status}, **attributes}


def flashcard_set(set_id: str, user_id: str, status: str = "completed", **attributes: Any) -> Item:
    return {"set_id": {"S": set_id}, "user_id": {"S": user_id}, "status": {"S": status}, **attributes}


CARDS = {"S": json.dumps([{"question": "Q?", "answer": "A."}])}

BUSY_EVALUATIONS = [
    evaluation(
        f"busy-{number:04}",
        BUSY,
        overall_band={"S": "6.5"},
        created_at=seconds(timedelta(hours=number)),
        feedback={"S": json.dumps({"overall": "x" * 4000})},
    )
    for number in range(BUSY_ATTEMPTS)
]
MIXED_EVALUATIONS = [
    evaluation(
        "writing", MIXED, created_at=seconds(timedelta(days=2)), overall_band={"S": "7.0"}, essay_text={"S": "Essay"}
    ),
    # speaking: created_at holds milliseconds left to run, the recording's name the time
    evaluation(
        "speaking",
        MIXED,
        evaluation_type={"S": "speaking"},
        created_at={"N": "299123"},
        audio_url={"S": "s3://b/uploads/speaking_audio/mixed-student/20250531_120000_a.mp3"},
        overall_band={"S": "error"},
        duration={"S": "120.5"},
        transcript={"S": "Well"},
    ),
    evaluation("processing", MIXED, "processing", started_at=seconds(timedelta(days=3))),
    evaluation("failed", MIXED, "failed", started_at=seconds(timedelta(hours=1)), error_message={"S": "no essay"}),
    evaluation("timeless", MIXED, created_at={"N": "0"}),
    evaluation(
        "cards-among-evaluations",
        MIXED,
        evaluation_type={"S": " Flashcard "},
        created_at=seconds(timedelta(days=4)),
        flashcards=CARDS,
    ),
    # one job, two items: its first trace without the student, and its result
    evaluation("twins", "unknown", "processing", started_at=seconds(timedelta(days=5))),
    evaluation("twins", MIXED, created_at=seconds(timedelta(days=5)), overall_band={"S": "6.0"}),
    evaluation("retried", "anonymous", "failed", started_at=seconds(timedelta(days=7))),
    evaluation("retried", MIXED, created_at=seconds(timedelta(days=7)), overall_band={"S": "6.0"}),
    evaluation("lone", "unknown", "processing", started_at=seconds(timedelta(days=6))),
]
SETS = [
    flashcard_set(
        "set-documented", MIXED, created_at=seconds(timedelta(days=1)), flashcards=CARDS, total_cards={"N": "1"}
    ),
    flashcard_set("set-processing", MIXED, "processing", started_at=seconds(timedelta(days=2))),
    flashcard_set("set-of-another", BUSY, created_at=seconds(timedelta(days=1))),
]
NATIVE_SET = flashcard_set(
    "set-native",
    MIXED,
    created_at={"S": "local"},
    num_cards={"N": "1"},
    flashcards={"L": [{"M": {"question": {"S": "Q?"}}}]},
)
"""A set whose created_at is a word: DynamoDB refuses it where an index is keyed on a numeric created_at."""

NEWEST_FIRST = [
    "failed",
    "speaking",
    "writing",
    "processing",
    "cards-among-evaluations",
    "twins",
    "retried",
    "timeless",
]


def sets_in(set_up: str) -> list[Item]:
    return SETS if set_up == "terraform" else [*SETS, NATIVE_SET]


def settings_of(set_up: str) -> Settings:
    return Settings({key: f"{set_up}-{key}" for key in TABLES}, demo=False)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Watched:
    """A client that keeps its calls; `instead` answers or raises in place of an operation."""

    def __init__(self, client: Any, **instead: Callable[..., Any]) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._client, self._instead = client, instead

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append((operation, arguments))
            return (self._instead.get(operation) or getattr(self._client, operation))(**arguments)

        return call

    def count(self, operation: str) -> int:
        return sum(called == operation for called, _ in self.calls)


def refusing(code: str, operation: str) -> Callable[..., Any]:
    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "…"}}, operation)

    return refuse


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Both tables with the same items under every set of indexes."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
        made = boto3.Session("test", "test", region_name="us-east-1").client("dynamodb")
        decoder.install_hooks(made)
        for set_up in SET_UPS:
            contents = {"evaluations": [*BUSY_EVALUATIONS, *MIXED_EVALUATIONS], "flashcard_sets": sets_in(set_up)}
            for key, items in contents.items():
                name = settings_of(set_up).names[key]
                made.create_table(**create_table_request(TABLES[key], name, INDEX_SETS[set_up][key]))
                shuffled = random.Random(7).sample(items, len(items))
                for start in range(0, len(shuffled), 25):
                    puts = [{"PutRequest": {"Item": item}} for item in shuffled[start : start + 25]]
                    assert not made.batch_write_item(RequestItems={name: puts})["UnprocessedItems"]
        yield made


@pytest.fixture(params=SET_UPS)
def set_up(request) -> str:
    return request.param


@pytest.fixture
def repository(client, set_up) -> Repository:
    return Repository(client, settings_of(set_up), lambda: NOW)


@pytest.fixture
def provisioned(client) -> Repository:
    return Repository(client, settings_of("provisioned"), lambda: NOW)


@pytest.fixture
def unindexed(client) -> Repository:
    return Repository(client, settings_of("none"), lambda: NOW)


def assert_newest_first(frame: pd.DataFrame) -> None:
    assert frame["at"].dropna().is_monotonic_decreasing
    assert frame["at"].isna().is_monotonic_increasing
    assert [*frame.index] == [*range(len(frame))]


def assert_declared(frame: pd.DataFrame, table: Any) -> None:
    assert {k: str(v) for k, v in frame.dtypes.items()} == {k: str(v) for k, v in table.columns.items()}


def test_more_than_a_page_of_a_student_is_read_whole_and_newest_first(repository):
    read = repository.student(BUSY)
    assert [*read.evaluations["evaluation_id"]] == [f"busy-{number:04}" for number in range(BUSY_ATTEMPTS)]
    assert [*read.flashcard_sets["set_id"]] == ["set-of-another"]
    assert read.cost.requests > 3
    assert_newest_first(read.evaluations)
    assert_declared(read.evaluations, EVALUATIONS)
    assert_declared(read.flashcard_sets, FLASHCARD_SETS)


@pytest.mark.parametrize(
    ("set_up", "evaluations", "sets", "left_out"),
    [
        ("none", NEWEST_FIRST, ["set-documented", "set-processing", "set-native"], []),
        (
            "documented",
            [i for i in NEWEST_FIRST if i not in {"failed", "processing"}],
            ["set-documented", "set-processing", "set-native"],
            ["evaluations"],
        ),
        (
            "terraform",
            [i for i in NEWEST_FIRST if i not in {"failed", "processing"}],
            ["set-documented"],
            ["evaluations", "flashcard_sets"],
        ),
        ("provisioned", NEWEST_FIRST, ["set-documented", "set-processing", "set-native"], []),
    ],
)
def test_a_students_items_and_what_an_index_leaves_out(client, set_up, evaluations, sets, left_out):
    read = Repository(client, settings_of(set_up), lambda: NOW).student(MIXED)
    assert (read.user_id, read.read_at) == (MIXED, NOW)
    assert [*read.evaluations["evaluation_id"]] == evaluations
    assert {*read.evaluations["user_id"]} == {MIXED}
    assert [*read.flashcard_sets["set_id"]] == sets
    assert [*read.incomplete_because] == left_out
    reason = "items without a numeric created_at (such as processing and failed jobs)"
    assert {*read.incomplete_because.values()} <= {reason}
    assert_newest_first(read.evaluations)
    assert_newest_first(read.flashcard_sets)


def test_an_unfinished_job_comes_with_its_item_under_another_user(client):
    for set_up in ("none", "provisioned"):
        found = Repository(client, settings_of(set_up), lambda: NOW).student("unknown").evaluations
        assert [*found["evaluation_id"]] == ["twins", "twins", "lone"]
        assert {*found["user_id"][:2]} == {"unknown", MIXED}
        own = with_state(found, "evaluation_id", NOW).query("user_id == 'unknown'")
        assert [*own["state"]] == [State.SUPERSEDED, State.STUCK]


def test_a_failed_job_comes_with_its_completed_item(provisioned):
    found = provisioned.student("anonymous").evaluations
    assert {*zip(found["user_id"], found["status"], strict=True)} == {("anonymous", "failed"), (MIXED, "completed")}


def test_only_so_many_jobs_are_looked_up(client, monkeypatch):
    watched = Watched(client)
    monkeypatch.setattr(repository_module, "MAX_JOBS_LOOKED_UP", 1)
    Repository(watched, settings_of("none"), lambda: NOW).student("unknown")
    assert watched.count("query") == 1


@pytest.mark.parametrize("user_id", ["nobody", "", "' OR 1=1", "Mixed-Student"])
def test_a_student_without_items_has_empty_frames(repository, user_id):
    read = repository.student(user_id)
    assert (len(read.evaluations), len(read.flashcard_sets)) == (0, 0)
    assert_declared(read.evaluations, EVALUATIONS)
    assert_declared(read.flashcard_sets, FLASHCARD_SETS)


def test_all_items_is_every_item_of_both_tables_once_and_newest_first(repository, set_up):
    read = repository.all_items()
    keys = [*zip(read.evaluations["evaluation_id"], read.evaluations["user_id"], strict=True)]
    stored = {(i["evaluation_id"]["S"], i["user_id"]["S"]) for i in [*BUSY_EVALUATIONS, *MIXED_EVALUATIONS]}
    assert len(keys) == len(stored)
    assert {*keys} == stored
    assert {*read.flashcard_sets["set_id"]} == {item["set_id"]["S"] for item in sets_in(set_up)}
    assert_newest_first(read.evaluations)
    assert_newest_first(read.flashcard_sets)
    assert_declared(read.evaluations, EVALUATIONS)
    assert read.read_at == NOW
    assert read.cost.requests >= 4
    assert all(path.complete for path in read.paths.values())


def test_the_covering_index_is_scanned_in_place_of_the_table(client):
    for set_up, indexed in (("none", False), ("documented", False), ("terraform", False), ("provisioned", True)):
        watched = Watched(client)
        Repository(watched, settings_of(set_up), lambda: NOW).all_items()
        scans = [arguments for operation, arguments in watched.calls if operation == "scan"]
        assert scans
        assert all(("IndexName" in arguments) == indexed for arguments in scans)


def test_summary_attributes_alone_are_requested(client):
    for set_up in SET_UPS:
        watched = Watched(client)
        repository = Repository(watched, settings_of(set_up), lambda: NOW)
        repository.all_items()
        repository.student(MIXED)
        for operation, arguments in watched.calls:
            if operation in {"scan", "query"}:
                if set_up == "provisioned" and "IndexName" in arguments:
                    # the narrow index holds them and nothing else
                    assert arguments["IndexName"] in {"user_id-evaluation_id-index", "user_id-set_id-index"}
                    assert "ProjectionExpression" not in arguments
                    continue
                names = {*arguments["ExpressionAttributeNames"].values()}
                assert "status" in names
                assert not names & {"feedback", "essay_text", "transcript", "flashcards"}


def test_an_index_that_holds_more_than_the_summary_attributes_is_projected(client):
    def wider(**arguments: Any) -> Any:
        answer = client.describe_table(**arguments)
        for index in answer["Table"]["GlobalSecondaryIndexes"]:
            if "NonKeyAttributes" in index["Projection"]:
                index["Projection"]["NonKeyAttributes"].append("feedback")
        return answer

    watched = Watched(client, describe_table=wider)
    Repository(watched, settings_of("provisioned"), lambda: NOW).all_items()
    scans = [arguments for operation, arguments in watched.calls if operation == "scan"]
    assert all("ProjectionExpression" in arguments for arguments in scans)


def test_a_large_table_is_read_in_segments_and_every_item_is_there_once(client):
    def large(**arguments: Any) -> Any:
        answer = client.describe_table(**arguments)
        answer["Table"]["TableSizeBytes"] = 10 * 8 * 2**20
        return answer

    watched = Watched(client, describe_table=large)
    read = Repository(watched, settings_of("none"), lambda: NOW).all_items()
    assert {arguments.get("TotalSegments") for operation, arguments in watched.calls if operation == "scan"} == {8}
    assert len(read.evaluations) == len(BUSY_EVALUATIONS) + len(MIXED_EVALUATIONS)
    assert not read.evaluations.duplicated(["evaluation_id", "user_id"]).any()


def test_whoever_watches_the_pages_can_end_the_read_of_all_items(provisioned):
    seen = []

    def on_page(page: Any) -> None:
        seen.append(page.count)
        raise ReadCancelled

    with pytest.raises(ReadCancelled):
        provisioned.all_items(on_page)
    assert 1 <= len(seen) <= len(TABLES)


def test_pages_of_all_items_are_told_as_they_arrive(unindexed):
    seen = []
    read = unindexed.all_items(lambda page: seen.append(page.count))
    assert len(seen) == read.cost.requests
    assert sum(seen) == len(read.evaluations) + len(read.flashcard_sets)


def test_the_expected_items_are_those_of_both_tables(unindexed):
    assert unindexed.expected_items() == len(BUSY_EVALUATIONS) + len(MIXED_EVALUATIONS) + len(sets_in("none"))


def test_one_evaluation_by_both_keys(repository):
    found, cost = repository.evaluation("speaking", MIXED)
    assert found.transcript == "Well"
    assert found.stored_bands == {"overall_band": "error"}
    assert found.frame["at"].iloc[0] == pd.Timestamp("2025-05-31T12:00Z")
    assert cost.requests == 1


@pytest.mark.parametrize(
    ("evaluation_id", "user_id", "requests"),
    [
        ("speaking", BUSY, 1),
        ("nothing", MIXED, 1),
        ("", MIXED, 0),
        ("speaking", "", 0),
        ("", "", 0),
        ("👻", "\ufffd", 1),
    ],
)
def test_an_unknown_evaluation_is_none(provisioned, evaluation_id, user_id, requests):
    found, cost = provisioned.evaluation(evaluation_id, user_id)
    assert found is None
    assert cost.requests == requests


@pytest.mark.parametrize(
    ("user_id", "status"),
    [("unknown", "processing"), (MIXED, "completed")],
)
def test_items_of_one_job_are_opened_by_their_own_users(provisioned, user_id, status):
    found, _ = provisioned.evaluation("twins", user_id)
    assert found.frame["status"].iloc[0] == status


@pytest.mark.parametrize(
    ("evaluation_id", "users"), [("twins", {"unknown", MIXED}), ("lone", {"unknown"}), ("nothing", set())]
)
def test_every_item_of_one_job(provisioned, evaluation_id, users):
    frame, cost = provisioned.same_job(evaluation_id)
    assert {*frame["user_id"]} == users
    assert len(frame) == len(users)
    assert cost.requests == 1
    assert_declared(frame, EVALUATIONS)


@pytest.mark.parametrize(
    ("set_id", "table", "cards", "requests"),
    [
        ("set-documented", "flashcard_sets", (Card("Q?", "A."),), 1),
        ("set-native", "flashcard_sets", (Card("Q?", ""),), 1),
        ("set-processing", "flashcard_sets", (), 1),
        ("cards-among-evaluations", "evaluations", (Card("Q?", "A."),), 2),
    ],
)
def test_one_flashcard_set_by_both_keys_from_either_table(provisioned, set_id, table, cards, requests):
    found, cost = provisioned.flashcard_set(set_id, MIXED)
    assert found.table == table
    assert found.cards == cards
    assert found.frame["set_id"].iloc[0] == set_id
    assert cost.requests == requests


@pytest.mark.parametrize(
    ("set_id", "user_id"),
    [("nothing", MIXED), ("set-documented", BUSY), ("writing", MIXED), ("", MIXED), ("set-documented", ""), ("", "")],
)
def test_what_is_no_flashcard_set_is_none(provisioned, set_id, user_id):
    assert provisioned.flashcard_set(set_id, user_id)[0] is None


READS: dict[str, Callable[[Repository], Any]] = {
    "description": lambda repository: repository.description(EVALUATIONS),
    "expected_items": lambda repository: repository.expected_items(),
    "all items": lambda repository: repository.all_items(),
    "student": lambda repository: repository.student(MIXED),
    "evaluation": lambda repository: repository.evaluation("writing", MIXED),
    "same_job": lambda repository: repository.same_job("writing"),
    "flashcard_set": lambda repository: repository.flashcard_set("set-documented", MIXED),
    "facts": lambda repository: repository.facts(EVALUATIONS),
}
every_read = pytest.mark.parametrize("read", READS.values(), ids=READS.keys())


@every_read
@pytest.mark.parametrize("demo", [True, False])
def test_a_missing_table_is_named_with_the_variable_that_names_it(client, read, demo):
    absent = Settings({"evaluations": "absent", "flashcard_sets": "absent"}, demo=demo)
    with pytest.raises(TableMissing, match="There is no table absent") as raised:
        read(Repository(client, absent, lambda: NOW))
    assert ("(named by DYNAMODB_" in str(raised.value)) != demo
    assert isinstance(raised.value.__cause__, ClientError)


@every_read
def test_a_refused_or_throttled_read_is_named(client, read):
    operations = ("describe_table", "scan", "query", "get_item")
    for code, name in (("AccessDeniedException", AccessDenied), ("ThrottlingException", Throttled)):
        watched = Watched(client, **{operation: refusing(code, operation) for operation in operations})
        repository = Repository(watched, settings_of("none"), lambda: NOW)
        if code == "AccessDeniedException" and read in (READS["description"], READS["expected_items"], READS["facts"]):
            read(repository)
        else:
            with pytest.raises(name):
                read(repository)


def test_a_page_that_is_not_whole_is_an_error_and_no_result(client):
    def short(**arguments: Any) -> Any:
        answer = client.scan(**arguments)
        return answer | {"Count": answer["Count"] + 1}

    with pytest.raises(IncompleteRead, match="none-evaluations"):
        Repository(Watched(client, scan=short), settings_of("none"), lambda: NOW).all_items()


def test_without_leave_to_describe_the_tables_every_item_is_still_read(client):
    watched = Watched(client, describe_table=refusing("AccessDeniedException", "DescribeTable"))
    repository = Repository(watched, settings_of("provisioned"), lambda: NOW)
    assert [*repository.student(MIXED).evaluations["evaluation_id"]] == NEWEST_FIRST
    assert len(repository.all_items().evaluations) == len(BUSY_EVALUATIONS) + len(MIXED_EVALUATIONS)
    assert repository.expected_items() == 0
    assert repository.facts(EVALUATIONS).description.status == "unknown"
    assert watched.count("describe_table") == 2


def test_a_tables_description_is_remembered_for_five_minutes(client):
    clock, watched = Clock(), Watched(client)
    repository = Repository(watched, settings_of("provisioned"), clock)
    repository.student(MIXED)
    repository.all_items()
    assert watched.count("describe_table") == 2
    clock.now += timedelta(minutes=5, seconds=-1)
    repository.expected_items()
    assert watched.count("describe_table") == 2
    clock.now += timedelta(seconds=1)
    repository.expected_items()
    assert watched.count("describe_table") == 4


def test_a_description_that_could_not_be_read_is_asked_for_again(client):
    answers = [refusing("ThrottlingException", "DescribeTable"), client.describe_table]
    watched = Watched(client, describe_table=lambda **arguments: answers.pop(0)(**arguments))
    repository = Repository(watched, settings_of("none"), lambda: NOW)
    with pytest.raises(Throttled):
        repository.description(EVALUATIONS)
    assert repository.description(EVALUATIONS).name == "none-evaluations"


def test_the_facts_of_a_table(client, provisioned):
    facts = provisioned.facts(EVALUATIONS)
    assert [*facts.indexes["index"]] == ["user_id-evaluation_id-index", "user_id-created_at-index"]
    assert [*facts.indexes["holds_every_item"]] == [True, False]
    assert facts.description.keys == ("evaluation_id", "user_id")
    assert facts.student_path.index.name == facts.all_items_path.index.name == "user_id-evaluation_id-index"
    pd.testing.assert_frame_equal(facts.attributes, EVALUATIONS.dictionary())
    assert (facts.recovery, facts.time_to_live) == ("off", "off")


def test_recovery_and_time_to_live_that_are_on(client):
    name = settings_of("terraform").names["flashcard_sets"]
    client.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    facts = Repository(client, settings_of("terraform"), lambda: NOW).facts(FLASHCARD_SETS)
    assert facts.recovery == "on"
    assert facts.time_to_live == "on: items are removed at the time in ttl"


@pytest.mark.parametrize(
    ("code", "recovery"),
    [
        ("AccessDeniedException", "unknown: dynamodb:DescribeContinuousBackups is not allowed"),
        ("UnknownOperationException", "unknown: this endpoint does not support it"),
        ("ValidationException", "unknown: this endpoint does not support it"),
    ],
)
def test_what_can_not_be_asked_of_a_table_is_unknown_and_says_why(client, code, recovery):
    watched = Watched(client, describe_continuous_backups=refusing(code, "DescribeContinuousBackups"))
    facts = Repository(watched, settings_of("none"), lambda: NOW).facts(EVALUATIONS)
    assert (facts.recovery, facts.time_to_live) == (recovery, "off")


def test_only_reads_are_sent(client):
    watched = Watched(client)
    repository = Repository(watched, settings_of("provisioned"), lambda: NOW)
    for read in READS.values():
        read(repository)
    assert {operation for operation, _ in watched.calls} == {
        *("describe_table", "describe_continuous_backups", "describe_time_to_live"),
        *("scan", "query", "get_item"),
    }


def test_the_cost_of_a_student_is_that_of_both_tables_and_of_looking_up_jobs(client):
    watched = Watched(client)
    cost = Repository(watched, settings_of("none"), lambda: NOW).student("unknown").cost
    assert cost.requests == watched.count("scan") + watched.count("query")
    assert watched.count("query") == 2
    assert cost.capacity_units > 0
    assert Repository(client, settings_of("provisioned"), lambda: NOW).student("").cost == Cost()


@pytest.fixture
def environment(monkeypatch, tmp_path) -> pytest.MonkeyPatch:
    """An environment that tells boto3 nothing."""
    for name in ("PROFILE", "REGION", "DEFAULT_REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in (
        "ENDPOINT_URL",
        "ENDPOINT_URL_DYNAMODB",
        "CONTAINER_CREDENTIALS_RELATIVE_URI",
        "WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        ({"AWS_REGION": " ", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
    ],
)
def test_the_region_is_that_of_the_environment(environment, variables, region):
    for name, value in variables.items():
        environment.setenv(name, value)
    assert Connection().meta.region_name == region


def test_the_endpoint_is_that_of_the_environment(environment):
    environment.setenv("AWS_REGION", "eu-west-1")
    environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
    assert Connection().meta.endpoint_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("variables", "name", "sentence"),
    [
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, RegionMissing, "set AWS_REGION"),
        ({"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a"}, CredentialsMissing, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_REGION": "eu-west-1", "AWS_PROFILE": "nobody"}, CredentialsMissing, "nobody"),
        ({"AWS_REGION": "eu-west-1"}, CredentialsMissing, "aws sso login"),
    ],
)
def test_a_half_configured_environment_is_named(environment, variables, name, sentence):
    for variable, value in variables.items():
        environment.setenv(variable, value)
    with pytest.raises(name, match=sentence):
        Repository(Connection(), Settings(demo=False), lambda: NOW).description(EVALUATIONS)


class TestScanLimit:
    """A read that takes more than the limit is not begun before somebody agreed."""

    @staticmethod
    def weighing(client: Any, gigabytes: float, indexed: float = 0.0) -> Watched:
        """The client, with tables and indexes of this number of gigabytes each by their description."""

        def describe(**arguments: Any) -> Any:
            answer = client.describe_table(**arguments)
            table = answer["Table"] | {"TableSizeBytes": int(gigabytes * 2**30)}
            indexes = [
                index | {"IndexSizeBytes": int(indexed * 2**30)} for index in table.get("GlobalSecondaryIndexes", [])
            ]
            return {"Table": table | ({"GlobalSecondaryIndexes": indexes} if indexes else {})}

        return Watched(client, describe_table=describe)

    @pytest.mark.parametrize(
        ("set_up", "gigabytes", "indexed", "units"),
        [("none", 0.4, 0.0, 104_858), ("none", 0.38, 0.0, None), ("provisioned", 4.0, 0.38, None)],
    )
    def test_of_all_items(self, client, set_up, gigabytes, indexed, units):
        watched = self.weighing(client, gigabytes, indexed)
        repository = Repository(watched, settings_of(set_up), lambda: NOW)
        if units is None:
            assert len(repository.all_items().evaluations) == len(BUSY_EVALUATIONS) + len(MIXED_EVALUATIONS)
            return
        with pytest.raises(
            ScanLimitExceeded, match=rf"^Reading all items would take about {units:,} .*\$0\.01 on demand"
        ) as raised:
            repository.all_items()
        assert not watched.count("scan")
        raised.value.agree()
        assert len(repository.all_items().evaluations) == len(BUSY_EVALUATIONS) + len(MIXED_EVALUATIONS)
        # that was for once
        with pytest.raises(ScanLimitExceeded):
            repository.all_items()

    def test_of_a_student_without_an_index(self, client):
        watched = self.weighing(client, 40)
        repository = Repository(watched, settings_of("none"), lambda: NOW)
        with pytest.raises(
            ScanLimitExceeded, match=r"^Finding this student without an index would take about"
        ) as raised:
            repository.student(MIXED)
        assert not watched.count("scan")
        raised.value.agree()
        with pytest.raises(ScanLimitExceeded):
            repository.student("another")
        assert [*repository.student(MIXED).evaluations["evaluation_id"]] == NEWEST_FIRST

    def test_of_a_student_by_an_index_nobody_is_asked(self, client):
        repository = Repository(self.weighing(client, 40, 40), settings_of("provisioned"), lambda: NOW)
        assert len(repository.student(MIXED).evaluations)

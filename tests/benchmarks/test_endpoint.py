"""The benchmarks' endpoint responds like DynamoDB: every item once, pages, segments, capacity, checksums."""

import json
import math
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from benchmarks import generated_tables, server
from benchmarks.generated_tables import LONG_HISTORY_USER, summary_names
from data.repository import Repository
from data.schema import EVALUATIONS, TABLES
from data.settings import Settings

pytestmark = pytest.mark.server

ITEMS = 1_500
INDEX = "user_id-evaluation_id-index"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[server.EndpointProcess]:
    with server.endpoint(ITEMS) as running:
        yield running


@pytest.fixture(scope="module")
def client(endpoint):
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint.address,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def pages(operation, **arguments):
    while True:
        page = operation(**arguments, ReturnConsumedCapacity="TOTAL")
        yield page
        if "LastEvaluatedKey" not in page:
            return
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def keys(pages):
    return [(item["evaluation_id"]["S"], item["user_id"]["S"]) for page in pages for item in page["Items"]]


@pytest.mark.parametrize("ending", ["", "-plain"])
def test_the_dashboard_reads_every_item(client, ending):
    names = {"evaluations": f"evaluations{ending}", "flashcard_sets": f"flashcard-sets{ending}"}
    repository = Repository(client, Settings(names=names, demo=False), lambda: datetime.now(UTC))
    read = repository.all_items()
    assert len(read.evaluations) == ITEMS
    assert len(read.flashcard_sets) == ITEMS // 11
    assert (read.paths["evaluations"].index is None) == bool(ending)
    student = repository.student(LONG_HISTORY_USER)
    assert len(student.evaluations) == 200
    assert len(student.flashcard_sets) == 3
    evaluation_id = student.evaluations["evaluation_id"].iloc[0]
    assert repository.evaluation(evaluation_id, LONG_HISTORY_USER)[0] is not None
    assert len(repository.feedbacks([(evaluation_id, LONG_HISTORY_USER)])[0]) == 1
    assert repository.facts(EVALUATIONS).recovery == "on"


def test_pages_end_at_one_megabyte_and_cost_what_they_read(client):
    sizes = {}
    stored = generated_tables.tables(ITEMS)["evaluations"].base
    for position, key in enumerate(stored.keys):
        sizes[key] = int(stored.read_bytes[position + 1] - stored.read_bytes[position])
    scanned = list(pages(client.scan, TableName="evaluations", ProjectionExpression="evaluation_id, user_id"))
    assert len(scanned) > 3
    for page in scanned:
        read = sum(sizes[key] for key in keys([page]))
        assert read <= 1024 * 1024
        assert page["ConsumedCapacity"]["CapacityUnits"] == math.ceil(read / 4096) / 2
        assert page["Count"] == page["ScannedCount"] == len(page["Items"])
        assert {*page["Items"][0]} == {"evaluation_id", "user_id"}
    whole = next(pages(client.scan, TableName="evaluations"))
    assert len(whole["Items"]) == len(scanned[0]["Items"])
    assert sum(map(generated_tables.item_bytes, whole["Items"])) == sum(sizes[key] for key in keys([whole]))


@pytest.mark.parametrize("index", [{}, {"IndexName": INDEX}])
@pytest.mark.parametrize("segments", [1, 3, 8])
def test_segments_are_disjoint_and_hold_everything(client, index, segments):
    segment_keys = [
        keys(pages(client.scan, TableName="evaluations", Segment=number, TotalSegments=segments, **index))
        for number in range(segments)
    ]
    together = [key for segment in segment_keys for key in segment]
    assert len(together) == len({*together}) == ITEMS
    assert all(segment_keys)


def test_a_query_by_either_key_finds_what_a_scan_finds(client):
    everything = keys(pages(client.scan, TableName="evaluations"))
    by_user = {
        "KeyConditionExpression": "user_id = :u",
        "ExpressionAttributeValues": {":u": {"S": LONG_HISTORY_USER}},
        "IndexName": INDEX,
    }
    ascending = keys(pages(client.query, TableName="evaluations", **by_user))
    assert ascending == sorted(key for key in everything if key[1] == LONG_HISTORY_USER)
    descending = keys(pages(client.query, TableName="evaluations", ScanIndexForward=False, **by_user))
    assert descending == ascending[::-1]
    repeated_ids = {key for key, user_id in everything if user_id == "unknown"}
    assert repeated_ids
    repeated_id = repeated_ids.pop()
    by_id = {"KeyConditionExpression": "#k = :k", "ExpressionAttributeNames": {"#k": "evaluation_id"}}
    matching = keys(
        pages(client.query, TableName="evaluations", **by_id, ExpressionAttributeValues={":k": {"S": repeated_id}})
    )
    assert len(matching) == 2


def test_an_index_holds_the_summary_attributes_only(client):
    page = client.scan(TableName="evaluations", IndexName=INDEX)
    assert {name for item in page["Items"] for name in item} <= {*summary_names(EVALUATIONS)}
    described = client.describe_table(TableName="evaluations")["Table"]
    assert described["ItemCount"] == ITEMS
    (index,) = described["GlobalSecondaryIndexes"]
    assert index["IndexSizeBytes"] < described["TableSizeBytes"] / 8
    assert "GlobalSecondaryIndexes" not in client.describe_table(TableName="evaluations-plain")["Table"]
    with pytest.raises(ClientError, match="specified index"):
        client.scan(TableName="evaluations-plain", IndexName=INDEX)


def test_reserved_words_are_refused(client):
    with pytest.raises(ClientError, match="reserved keyword: status"):
        client.scan(TableName="evaluations", ProjectionExpression="user_id, status")


def test_requests_are_counted_and_checksums_are_right(endpoint):
    before = endpoint.counts().get("Scan", 0)
    headers = {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}
    body = json.dumps({"TableName": "evaluations"}).encode()
    with urllib.request.urlopen(urllib.request.Request(endpoint.address, body, headers)) as answer:
        text = answer.read()
        assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(text)
    assert endpoint.counts()["Scan"] == before + 1


def test_the_same_day_gives_the_same_items():
    day = datetime(2026, 1, 1, tzinfo=UTC)
    assert list(generated_tables.generate_items(300, day)) == list(generated_tables.generate_items(300, day))
    generated = list(generated_tables.generate_items(300, day))
    assert {key for key, _ in generated} == {*TABLES}
    for key, table in TABLES.items():
        item_keys = [
            (item[table.partition_key]["S"], item["user_id"]["S"]) for table_key, item in generated if table_key == key
        ]
        assert len(item_keys) == len({*item_keys})

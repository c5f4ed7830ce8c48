import json
import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import boto3
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from bandup.analysis.job_list import all_jobs
from bandup.exports.aws_commands import (
    LAMBDA_LOG_GROUP,
    LOG_MARGIN,
    get_item_command,
    log_period,
    logs_command,
    logs_query,
    redrive_lines,
)
from data.schema import TABLES
from tests import documented
from tests.items import NOW, before, evaluations, flashcard_set, flashcard_sets, job, writing

pytestmark = pytest.mark.server

AWS = Path(sys.executable).with_name("aws")
REGION = "us-east-1"
FUNCTION_LOG = "/aws/lambda/bandup-evaluate"

IDS = {
    "plain": "eval-abc123",
    "quotes": "it's \"quoted\" `date` 'twice'",
    "only quotes": "'''\"\"\"",
    "spaces": "  two  words ",
    "slashes": "a/b\\c//d\\\\",
    "dollar": "$HOME ${PATH} $(id) $$ !! !x",
    "shell": "a;b|c&d>e<f*g?h[i]~#j{k,l}",
    "newlines": "line\nline\r\n\ttab",
    "controls": "bell\x07 escape\x1b[31m delete\x7f null\x00",
    "not ASCII": "Đặng Thị Lân-漢字-é-e\u0301",
    "right to left": "\u202egnp.exe\u2066 \u2028",
    "emoji": "🎓👩🏽‍🎓",
    "dash": "-rf --endpoint-url=http://example.com",
    "file": "file://x",
    "http": "http://169.254.169.254/latest",
    "json": '{"S": "x"}, "a": [',
    "percent": "100% %s %1$s \\u0041 \\n",
    "long": "x" * 1000,
}
ANY_ID = pytest.mark.parametrize("found", IDS.values(), ids=IDS.keys())


@pytest.fixture(scope="module")
def server():
    """moto's AWS over HTTP, with both tables and an item for each of `IDS` as either key."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    items = [
        (key, {table.partition_key: {"S": name}, "user_id": {"S": f"of {name}"}, "n": {"N": str(n)}})
        for n, name in enumerate(IDS.values())
        for key, table in TABLES.items()
    ]
    documented.fill(client("dynamodb", address), "none", items)
    client("logs", address).create_log_group(logGroupName=FUNCTION_LOG)
    yield address
    running.stop()


def client(service, address):
    return boto3.client(
        service, region_name=REGION, endpoint_url=address, aws_access_key_id="x", aws_secret_access_key="x"
    )


def run(command, tmp_path, **environment):
    """The output of a command run by sh with the real AWS CLI, without the settings of this machine."""
    assert AWS.exists(), f"{AWS} is missing: install requirements-dev.txt, which has the AWS CLI (awscli)"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LC_", "LANG"))}
    own = {
        "PATH": f"{AWS.parent}{os.pathsep}{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LC_ALL": "C",
    }
    done = subprocess.run(
        ["sh", "-c", command], env=kept | own | environment, cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"{command}\n{done.stderr.decode(errors='replace')}"
    assert done.stderr == b""
    return done.stdout


@ANY_ID
def test_the_printed_get_item_returns_the_item(server, tmp_path, found):
    command = get_item_command(documented.NAMES["evaluations"], "evaluation_id", found, f"of {found}", REGION, server)
    assert command.isascii()
    assert command.isprintable()
    printed = json.loads(run(command, tmp_path))
    assert printed["Item"] == {
        "evaluation_id": {"S": found},
        "user_id": {"S": f"of {found}"},
        "n": {"N": str([*IDS.values()].index(found))},
    }
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_region_and_endpoint_may_come_from_the_environment(server, tmp_path, locale):
    command = get_item_command(documented.NAMES["flashcard_sets"], "set_id", IDS["not ASCII"], f"of {IDS['not ASCII']}")
    around = {"AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": server, "LC_ALL": locale}
    assert json.loads(run(command, tmp_path, **around))["Item"]["set_id"] == {"S": IDS["not ASCII"]}


def test_the_text_of_the_get_item_command():
    assert get_item_command("bandup-evaluations", "evaluation_id", "eval-1", "user-456") == (
        "aws dynamodb get-item --table-name bandup-evaluations"
        """ --key '{"evaluation_id": {"S": "eval-1"}, "user_id": {"S": "user-456"}}'"""
        " --consistent-read --output json"
    )
    full = get_item_command("-odd.table", "set_id", "s", "u", "eu-west-1", "http://127.0.0.1:8000/a b")
    assert shlex.split(full)[3:4] == ["--table-name=-odd.table"]
    assert shlex.split(full)[6:10] == ["--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:8000/a b"]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT, st.sampled_from([None, "us-east-1"]))
def test_any_key_passes_the_shell_unchanged(partition_key, user_id, region):
    command = get_item_command("t", "evaluation_id", partition_key, user_id, region)
    assert command.isascii()
    assert command.isprintable()
    words = shlex.split(command)
    assert json.loads(words[6]) == {"evaluation_id": {"S": partition_key}, "user_id": {"S": user_id}}
    assert words[7:] == [*(["--region", "us-east-1"] if region else []), "--consistent-read", "--output", "json"]


def parts_of(query):
    """The parts of the id in a query's filter. The rest of the query must be the same for any id."""
    lines = query.split("\n")
    assert lines[0] == "fields @timestamp, @requestId, @logStream, @message"
    assert lines[2:] == ["| sort @timestamp asc", "| limit 200"]
    uncaught = "@message like /ERROR|Traceback|Task timed out|Runtime exited/"
    part = r'@message like "[^"\\]*"'
    assert re.fullmatch(rf"\| filter (?:\({part}(?: and {part})*\) or )?{re.escape(uncaught)}", lines[1])
    return re.findall(r'@message like "([^"\\]*)"', lines[1])


@pytest.mark.parametrize(
    ("job_id", "parts"),
    [
        ("eval-abc123", ["eval-abc123"]),
        ('a"b', ["a", "b"]),
        ("a\\b/c", ["a", "b/c"]),
        ("it's | limit 0 # x", ["it's | limit 0 # x"]),
        ("Đặng-é-1", ["ng-", "-1"]),
        ("a\nb\x7f", ["a", "b"]),
        ('"\\"', []),
        ("漢字", []),
    ],
)
def test_the_parts_of_an_id_that_a_query_looks_for(job_id, parts):
    assert parts_of(logs_query(job_id)) == parts


@settings(deadline=None)
@given(ANY_TEXT)
def test_a_query_finds_the_id_unchanged_or_as_json(job_id):
    query = logs_query(job_id)
    parts = parts_of(query)
    for line in (f"grading {job_id} now", json.dumps({"id": job_id})):
        assert all(part in line for part in parts)
    assert query.isascii()


@ANY_ID
def test_a_start_query_starts_the_query(found):
    first, wait, results = logs_command(found, NOW, NOW + timedelta(days=1), FUNCTION_LOG, REGION).splitlines()
    assert first.startswith("query_id=$(aws logs start-query ")
    assert first.endswith(")")
    assert first.isascii()
    assert first.isprintable()
    words = shlex.split(first.removeprefix("query_id=$(").removesuffix(")"))
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options == {
        "--log-group-name": FUNCTION_LOG,
        "--start-time": str(int((NOW - LOG_MARGIN).timestamp())),
        "--end-time": str(int((NOW + LOG_MARGIN).timestamp())),
        "--query-string": logs_query(found).replace("\n", " "),
        "--region": REGION,
        "--query": "queryId",
        "--output": "text",
    }
    assert wait == "sleep 10"
    assert results == 'aws logs get-query-results --query-id "$query_id" --region us-east-1 --output json'


@pytest.mark.parametrize("name", ["plain", "quotes", "dollar", "not ASCII"])
def test_the_printed_commands_run_the_query(server, tmp_path, name):
    now = pd.Timestamp.now(tz="UTC").to_pydatetime()
    commands = logs_command(IDS[name], now - timedelta(hours=1), now, FUNCTION_LOG, REGION, server)
    printed = json.loads(run(commands.replace("sleep 10", ":"), tmp_path))
    assert printed["status"] == "Complete"
    kept = client("logs", server).describe_queries(logGroupName=FUNCTION_LOG)["queries"]
    assert logs_query(IDS[name]).replace("\n", " ") in [query["queryString"] for query in kept]


def test_the_reader_fills_in_the_name_of_the_function():
    first = logs_command("e1", None, NOW).splitlines()[0]
    assert f"--log-group-name '{LAMBDA_LOG_GROUP}'" in first
    assert LAMBDA_LOG_GROUP == "/aws/lambda/<function>"
    assert "--region" not in first


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        (NOW - timedelta(days=2), NOW - timedelta(days=2, minutes=16), NOW - timedelta(days=2, minutes=-16)),
        (pd.Timestamp(NOW - timedelta(minutes=1)), NOW - timedelta(minutes=17), NOW),
        (NOW + timedelta(hours=3), NOW - timedelta(minutes=16), NOW),
        (None, NOW - timedelta(days=30), NOW),
        (pd.NaT, NOW - timedelta(days=30), NOW),
    ],
)
def test_log_period(at, start, end):
    assert log_period(at, NOW) == (start, end)


def test_lines_for_a_redrive():
    frame = all_jobs(
        evaluations(
            job("failed", evaluation_id=IDS["quotes"], user_id=IDS["newlines"], started_at=before(hours=1)),
            job("processing", evaluation_id=IDS["emoji"], evaluation_type=..., started_at=before(hours=2)),
            writing(evaluation_id=IDS["right to left"], overall_band="error"),
        ),
        flashcard_sets(flashcard_set(total_cards=0, created_at=before(days=3))),
    )
    lines = redrive_lines(frame)
    assert lines.isascii()
    assert lines.endswith("\n")
    assert [json.loads(line) for line in lines.splitlines()] == [
        {"table": "evaluations", "id": IDS["quotes"], "user_id": IDS["newlines"], "type": "writing", "state": "failed"},
        {"table": "evaluations", "id": IDS["emoji"], "user_id": "u1", "type": None, "state": "stuck"},
        {"table": "evaluations", "id": IDS["right to left"], "user_id": "u1", "type": "writing", "state": "empty"},
        {"table": "flashcard_sets", "id": "s1", "user_id": "u1", "type": "flashcard", "state": "empty"},
    ]


def test_no_lines_for_no_jobs():
    assert redrive_lines(all_jobs(evaluations(), flashcard_sets())) == ""


@settings(deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT), max_size=8))
def test_a_line_for_every_job_in_order(rows):
    texts = {name: pd.Series([row[n] for row in rows], dtype="str") for n, name in enumerate(("id", "user_id", "type"))}
    frame = pd.DataFrame(texts | {"table": "evaluations", "state": "failed"}).astype({"type": "category"})
    found = [json.loads(line) for line in redrive_lines(frame).split("\n")[:-1]]
    assert [(line["id"], line["user_id"], line["type"]) for line in found] == rows

"""`python -m bandup jobs` over tables that moto holds."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bandup.cli.main import main
from tests import all_states, documented

ROOT = Path(__file__).parents[2]


def jobs(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["jobs", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("index_set", ["none", "documented", "terraform", "provisioned"])
def test_every_item_is_counted_in_every_index_set_up(aws: Any, index_set: str) -> None:
    documented.fill(aws, index_set, all_states.items())
    result = jobs("--json")
    assert result.exit_code == 1
    printed = json.loads(result.stdout)
    assert printed["counts"] == all_states.COUNTS
    listed = {(job["id"], job["user_id"]): job for job in printed["jobs"]}
    assert len(listed) == len(printed["jobs"]) == 15 - 3 - 1
    assert {job["state"] for job in printed["jobs"]} == {*all_states.COUNTS} - {"succeeded", "running"}
    quota = listed["quota", "dung"]
    assert quota["table"] == "evaluations"
    assert quota["error"] == "429 RESOURCE_EXHAUSTED"
    assert quota["flags"] == []
    assert 4 * 3600 <= quota["age_seconds"] < 4 * 3600 + 120
    assert quota["at"].endswith("+00:00")
    undated = listed["left-undated", "dung"]
    assert (undated["at"], undated["age_seconds"], undated["error"]) == (None, None, None)
    assert undated["flags"] == ["time_unknown"]
    assert listed["twin", "unknown"]["flags"] == ["user_unknown", "twin"]


@pytest.mark.parametrize(
    ("arguments", "ids", "status"),
    [
        (["--since", "150m"], {"short-2"}, 1),
        (["--since", "30m"], set(), 0),
        (["--state", "suspect"], {"default"}, 0),
        (["--state", "suspect", "--state", "stuck"], {"default", "left", "left-undated"}, 1),
        (["--state", "succeeded"], {"good", "good-2", "twin"}, 0),
        (["--state", "failed", "--since", "24h"], {"short-2", "short-then-good", "quota"}, 1),
    ],
)
def test_filters_and_the_exit_status(aws: Any, arguments: list[str], ids: set[str], status: int) -> None:
    documented.fill(aws, "none", all_states.items())
    result = jobs("--json", *arguments)
    printed = json.loads(result.stdout)
    assert {job["id"] for job in printed["jobs"]} == ids
    assert result.exit_code == status
    if "--since" not in arguments:
        assert printed["counts"] == all_states.COUNTS


@pytest.mark.parametrize(
    ("since", "counts"),
    [
        ("30m", {"running": 1}),
        ("150m", {"running": 1, "failed": 1, "succeeded": 1}),
        ("7d", all_states.COUNTS | {"stuck": 1, "unknown": 0}),  # without the two at an unknown time
    ],
)
def test_counts_are_those_of_the_time_asked_for(aws: Any, since: str, counts: dict[str, int]) -> None:
    documented.fill(aws, "none", all_states.items())
    expected = dict.fromkeys(all_states.COUNTS, 0) | counts
    assert json.loads(jobs("--json", "--since", since).stdout)["counts"] == expected
    (line, *_) = jobs("--since", since).stdout.splitlines()
    assert line == ", ".join(f"{number} {state}" for state, number in expected.items() if number)


def test_items_of_unknown_time_are_reported(aws: Any) -> None:
    documented.fill(aws, "none", all_states.items())
    assert "2 more jobs at an unknown time" in jobs("--since", "7d").stderr
    assert jobs().stderr == ""


def test_nothing_wrong_is_status_0_and_empty_tables_too(aws: Any) -> None:
    documented.fill(aws, "none", [])
    assert jobs().exit_code == 0
    documented_items = documented.ITEMS
    for key, item in documented_items:
        aws.put_item(TableName=documented.NAMES[key], Item=item)
    result = jobs()
    assert result.exit_code == 0
    assert result.stdout.strip() == "3 succeeded"


@pytest.mark.usefixtures("aws")
def test_tables_that_can_not_be_read_are_status_2() -> None:
    result = jobs()
    assert result.exit_code == 2
    assert "There is no table bandup-evaluations" in result.stderr


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("span", ["1x", "", "h", "-1h", "1.5h", "٣h"])
def test_an_invalid_span_is_explained(span: str) -> None:
    result = jobs("--since", span)
    assert result.exit_code == 2
    assert "write it like 90m, 24h or 7d" in result.stderr


def test_the_text_table(aws: Any) -> None:
    hostile = {
        "evaluation_id": {"S": "x\x1b[31mred\nline"},
        "user_id": {"S": "an"},
        "status": {"S": "failed"},
        "evaluation_type": {"S": "writing"},
        "error_message": {"S": "first\nsecond\x07"},
    }
    documented.fill(aws, "none", [*all_states.items(), ("evaluations", hostile)])
    lines = jobs().stdout.splitlines()
    assert lines[0] == "1 superseded, 5 failed, 2 stuck, 1 running, 2 empty, 1 suspect, 3 succeeded, 1 unknown"
    assert lines[2].split() == ["STATE", "AGE", "TYPE", "ID", "STUDENT", "ERROR"]
    assert len(lines) == 3 + 12
    assert any(line.startswith("failed") and "Essay too short. TASK_2 requires" in line for line in lines)
    assert any("x [31mred line" in line and line.endswith("first second ") is False for line in lines)
    assert not any(character < " " for line in lines for character in line)


@pytest.mark.server
def test_the_exit_status_of_the_process(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DYNAMODB_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "bandup", "jobs"],
        cwd=ROOT,
        env={**environment, "AWS_CONFIG_FILE": os.devnull, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "No AWS region is set" in ended.stderr

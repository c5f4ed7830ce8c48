import csv
import io
import json
import os
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import boto3
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto import mock_aws

from bandup.analysis.states import State
from bandup.cli.main import main
from bandup.demo.items import generate
from bandup.exports import tables_export
from bandup.exports.tables_export import DICTIONARY_FILE, FILES, FORMATS
from bandup.queries import cached
from bandup.queries.dataset import Dataset, build
from data.columns import frame_of_items
from data.errors import Throttled
from data.flags import Flag
from data.records import Feedback, Remarks
from data.repository import MOST_FRUITLESS_REQUESTS, Repository, newest_first
from data.results import AllItems, Cost
from data.schema import TABLES
from data.settings import Settings
from tests import documented, troubled

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
HOSTILE = [
    '=cmd|" /C calc"!A0',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    'a "quoted", cell',
    "two\r\nlines",
    "trailing\rreturn",
    "NA",
    "<b>x</b>",
    "tiếng Việt 🎓",
    "nul\x00byte",
    "",
]


def cohort_of(items, now=NOW) -> Dataset:
    pairs = [*items]
    by_table = {key: [item for of, item in pairs if of == key] for key in TABLES}
    frames = {key: newest_first(frame_of_items(TABLES[key], rows, now)) for key, rows in by_table.items()}
    read = AllItems(frames["evaluations"], frames["flashcard_sets"], now, Cost(), {})
    return build(read, timedelta(minutes=15))


@pytest.fixture(scope="module")
def demo() -> Dataset:
    return cohort_of(generate(NOW))


EMPTY = cohort_of([])
TROUBLED = cohort_of(troubled.items(NOW.timestamp()))


def csv_read(text: str | bytes, **options) -> pd.DataFrame:
    content = text if isinstance(text, bytes) else text.encode()
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""], **options)


def parquet_read(content: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(content))


# What is taken away.


def test_every_item_is_there_with_its_state_and_the_names_of_its_flags(demo):
    files = tables_export.as_files(demo)
    assert tuple(files) == FILES
    sources = (demo.evaluations, demo.flashcard_sets, demo.students, demo.jobs)
    for name, source in zip(FILES, sources, strict=True):
        assert [*files[name].columns] == [*source.columns]
        assert len(files[name]) == len(source)
    evaluations = files["evaluations"]
    assert evaluations["state"].equals(demo.evaluations["state"])
    assert evaluations["flags"].dtype == "str"
    for mask, names in zip(demo.evaluations["flags"], evaluations["flags"], strict=True):
        assert sum(Flag[name.upper()] for name in names.split()) == mask
    assert demo.evaluations["flags"].dtype == "int64", "the cohort itself is shared and stays as it is"


def test_names_of_flags_are_given_once_and_only_where_there_are_flags():
    frame = pd.DataFrame({"flags": [0, int(Flag.TWIN | Flag.BAND_MISSING)]})
    named = tables_export.with_flag_names(frame)
    assert named["flags"].tolist() == ["", "band_missing twin"]
    assert tables_export.with_flag_names(named) is named
    assert tables_export.with_flag_names(frame[:0])["flags"].dtype == "str"
    other = pd.DataFrame({"a": [1]})
    assert tables_export.with_flag_names(other) is other


@pytest.mark.parametrize("cohort", [EMPTY, TROUBLED], ids=["empty", "troubled"])
@pytest.mark.parametrize("name", FILES)
def test_parquet_reads_back_as_the_frame(cohort, name):
    compare_parquet(tables_export.as_files(cohort)[name])


@pytest.mark.parametrize("name", FILES)
def test_the_demos_parquet_reads_back_as_the_frame(demo, name):
    compare_parquet(tables_export.as_files(demo)[name])


def compare_parquet(frame):
    content = tables_export.parquet_bytes(frame)
    read = parquet_read(content)
    lists = [name for name in frame if pd.api.types.is_object_dtype(frame[name])]
    for column in lists:
        assert read[column].map(list).tolist() == frame[column].map(list).tolist()
    expected = frame.drop(columns=lists).reset_index(drop=True)
    categories = [name for name, dtype in expected.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]
    pd.testing.assert_frame_equal(read.drop(columns=lists), expected.astype(dict.fromkeys(categories, "str")))
    types = {field.name: str(field.type) for field in pq.read_schema(io.BytesIO(content))}
    assert [*types] == [*frame.columns]
    for column, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.DatetimeTZDtype):
            assert types[column] == "timestamp[ms, tz=UTC]"
        elif column in lists:
            assert types[column] == "list<element: double>"
        elif isinstance(dtype, pd.CategoricalDtype) or dtype == "str":
            assert types[column] == "large_string"
        else:
            assert types[column] == {"float32": "float", "float64": "double"}.get(str(dtype), "int64")


@pytest.mark.parametrize("cohort", [EMPTY, TROUBLED], ids=["empty", "troubled"])
@pytest.mark.parametrize("name", FILES)
def test_csv_reads_back_as_the_frame(cohort, name):
    compare_csv(tables_export.as_files(cohort)[name])


@pytest.mark.parametrize("name", FILES)
def test_the_demos_csv_reads_back_as_the_frame(demo, name):
    compare_csv(tables_export.as_files(demo)[name])


def compare_csv(frame):
    texts = [name for name, dtype in frame.dtypes.items() if dtype == "str"]
    read = csv_read(tables_export.csv_text(frame), dtype=dict.fromkeys(texts, "str"))
    assert [*read.columns] == [*frame.columns]
    assert len(read) == len(frame)
    for name, dtype in frame.dtypes.items():
        column = frame[name]
        assert read[name].isna().tolist() == column.isin(["", pd.NA, pd.NaT, np.nan]).tolist()
        there = column[read[name].notna().to_numpy()]
        found = read[name].dropna()
        if isinstance(dtype, pd.DatetimeTZDtype):
            assert found.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
            assert pd.to_datetime(found).tolist() == there.dt.floor("s").tolist()
        elif pd.api.types.is_object_dtype(dtype):
            assert found.map(json.loads).tolist() == there.map(list).tolist()
        elif pd.api.types.is_numeric_dtype(dtype):
            assert found.tolist() == pytest.approx(there.astype("float64").tolist())
        else:
            assert [str(value).removeprefix("'") for value in found] == [
                str(value).removeprefix("'") for value in there
            ]


def test_no_spreadsheet_runs_a_cell_and_every_text_comes_back():
    # the first column is there so that a line whose hostile cell is empty is a line all the same
    frame = pd.DataFrame(
        {
            "row": range(len(HOSTILE)),
            "text": pd.Series(HOSTILE, dtype="str"),
            "category": pd.Categorical(HOSTILE),
            "object": pd.Series(HOSTILE, dtype="object"),
            "=name": 1,
        }
    )
    rows = [*csv.reader(io.StringIO(tables_export.csv_text(frame), newline=""))]
    assert rows[0] == ["row", "text", "category", "object", "'=name"]
    for row, text in zip(rows[1:], HOSTILE, strict=True):
        for cell in row[1:4]:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
            assert cell.replace("'", "") == text.replace("'", "")
    read = parquet_read(tables_export.parquet_bytes(frame))
    assert read["text"].tolist() == read["object"].tolist() == HOSTILE, "Parquet holds texts as they are"


def test_times_of_another_zone_are_written_in_utc():
    times = pd.Series(pd.to_datetime(["2025-06-01T07:00:00+07:00", None]).tz_convert("Asia/Ho_Chi_Minh"))
    frame = pd.DataFrame({"row": [0, 1], "at": times})
    assert tables_export.csv_text(frame) == "row,at\r\n0,2025-06-01T00:00:00Z\r\n1,\r\n"
    types = {field.name: str(field.type) for field in pq.read_schema(io.BytesIO(tables_export.parquet_bytes(frame)))}
    assert types["at"] == "timestamp[us, tz=UTC]"
    assert str(frame["at"].dtype) == "datetime64[us, Asia/Ho_Chi_Minh]", "what was given stays as it is"


def test_lists_of_every_sort_are_json_in_csv_and_lists_in_parquet():
    frame = pd.DataFrame(
        {
            "bands": pd.Series([[6.0, 6.5], [], None], dtype="object"),
            "samples": pd.Series([[("e-1", "Said “so”")], [], []], dtype="object"),
            "array": pd.Series([np.array([1, 2]), np.array([], dtype="int64"), None], dtype="object"),
            "nothing": pd.Series([[], [], None], dtype="object"),
            "mixed": pd.Series([1, "=1", ["a"]], dtype="object"),
        }
    )
    rows = [*csv.DictReader(io.StringIO(tables_export.csv_text(frame)))]
    assert [row["bands"] for row in rows] == ["[6.0, 6.5]", "[]", ""]
    assert [row["samples"] for row in rows] == ['[["e-1", "Said “so”"]]', "[]", "[]"]
    assert [row["array"] for row in rows] == ["[1, 2]", "[]", ""]
    assert [row["mixed"] for row in rows] == ["1", "'=1", '["a"]']
    content = tables_export.parquet_bytes(frame)
    types = {field.name: str(field.type) for field in pq.read_schema(io.BytesIO(content))}
    assert types["bands"] == types["nothing"] == "list<element: double>"
    assert types["samples"] == "list<element: list<element: string>>"
    assert types["array"] == "list<element: int64>"
    read = parquet_read(content)
    assert [None if value is None else [*value] for value in read["bands"]] == [[6.0, 6.5], [], None]
    assert read["mixed"].tolist() == ["1", "=1", '["a"]']


def test_the_rows_on_the_screen_are_written_whatever_their_index():
    frame = TROUBLED.jobs[TROUBLED.jobs["state"] == "failed"].sort_values("id")
    assert len(csv_read(tables_export.csv_text(frame))) == len(frame)
    assert [*parquet_read(tables_export.parquet_bytes(frame)).index] == [*range(len(frame))]


def test_the_dictionary_says_what_every_column_means(demo):
    files = tables_export.as_files(demo)
    told = tables_export.dictionary(files)
    assert (told.dtypes == "str").all()
    for name, frame in files.items():
        rows = told[(told["file"] == name) & (told["value"] == "")]
        assert rows["column"].tolist() == [*frame.columns]
        assert rows["meaning"].str.len().gt(10).all(), rows[rows["meaning"].str.len() <= 10]
        assert (rows["dtype"] != "").all()
    flags = told[(told["file"] == "jobs") & (told["column"] == "flags") & (told["value"] != "")]
    assert flags["value"].tolist() == [flag.label for flag in Flag]
    assert flags["meaning"].tolist() == [flag.sentence for flag in Flag]
    states = told[(told["file"] == "evaluations") & (told["column"] == "state") & (told["value"] != "")]
    assert states["value"].tolist() == [*State]
    by_column = told[told["value"] == ""].set_index(["file", "column"])
    assert by_column.loc[("students", "writing_bands"), "dtype"] == "list"
    assert by_column.loc[("evaluations", "model_used"), "meaning"] == "The model that graded the attempt."
    assert by_column.loc[("flashcard_sets", "model_used"), "meaning"] == "The model that made the cards."
    assert by_column.loc[("jobs", "flags"), "dtype"] == "str"


def test_a_page_tells_what_its_own_columns_mean():
    told = tables_export.dictionary({"page": pd.DataFrame({"why": ["x"], "other": [1]})}, {"why": "In words."})
    assert told["meaning"].tolist() == ["In words.", ""]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_bundle_holds_the_files_and_the_dictionary_and_is_the_same_twice(file_format):
    frames = {"jobs": TROUBLED.jobs, "students-2": TROUBLED.students}
    content = tables_export.bundle(frames, file_format)
    assert content == tables_export.bundle(frames, file_format)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"jobs.{file_format}", f"students-2.{file_format}", DICTIONARY_FILE]
        read = (csv_read if file_format == "csv" else parquet_read)(archive.read(f"jobs.{file_format}"))
        assert len(read) == len(TROUBLED.jobs)
        assert set(" ".join(read["flags"].dropna()).split()) <= {flag.label for flag in Flag}
        assert "band_not_a_number" in " ".join(read["flags"].dropna())
        told = csv_read(archive.read(DICTIONARY_FILE))
        assert set(told["file"]) == {"jobs", "students-2"}


@pytest.mark.parametrize("name", ["", "../jobs", "a/b", "Jobs", "con.", "dictionary", "x" * 81, "-rf", "jobs\n"])
def test_a_bundle_takes_safe_names_only(name):
    with pytest.raises(ValueError, match="is no name for an exported file"):
        tables_export.bundle({name: TROUBLED.jobs}, "csv")


# The command.


@pytest.fixture
def aws(monkeypatch, tmp_path):
    """AWS, as moto has it, with the tables under their documented names; nothing of the machine's configuration."""
    for variable in os.environ:
        if variable.startswith(("AWS_", "DYNAMODB_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def tables(aws):
    documented.fill(aws, "provisioned", [*documented.ITEMS, *troubled.items()])
    return aws


def export(*arguments):
    result = CliRunner().invoke(main, ["export", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("file_format", FORMATS)
def test_export_writes_every_table_and_the_dictionary(tables, tmp_path, file_format):
    folder = tmp_path / "made" / "here"
    result = export("--format", file_format, "--out", folder)
    assert (result.exit_code, result.stdout) == (0, "")
    assert names_in(folder) == sorted([DICTIONARY_FILE, *(f"{name}.{file_format}" for name in FILES)])
    read = csv_read if file_format == "csv" else parquet_read
    frames = {name: read((folder / f"{name}.{file_format}").read_bytes()) for name in FILES}
    assert {name: len(frame) for name, frame in frames.items()} == {
        "evaluations": 15,
        "flashcard_sets": 3,
        "students": 6,
        "jobs": 18,
    }
    assert frames["jobs"]["state"].value_counts()["failed"] == troubled.COUNTS["failed"]
    told = csv_read((folder / DICTIONARY_FILE).read_bytes())
    assert result.stderr.splitlines() == [
        f"{folder}/evaluations.{file_format}: 15 rows written",
        f"{folder}/flashcard_sets.{file_format}: 3 rows written",
        f"{folder}/students.{file_format}: 6 rows written",
        f"{folder}/jobs.{file_format}: 18 rows written",
        f"{folder}/{DICTIONARY_FILE}: {len(told)} rows written",
    ]


def test_export_writes_only_the_tables_that_are_asked_for(tables, tmp_path):
    assert export("--out", tmp_path / "out", "--table", "jobs", "--table", "students").exit_code == 0
    assert names_in(tmp_path / "out") == [DICTIONARY_FILE, "jobs.csv", "students.csv"]
    assert set(csv_read((tmp_path / "out" / DICTIONARY_FILE).read_bytes())["file"]) == {"jobs", "students"}


def test_export_writes_over_files_only_by_force(tables, tmp_path):
    (tmp_path / "jobs.csv").write_text("mine")
    result = export("--out", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"{tmp_path}/jobs.csv is there already, and nothing was written: name another folder, or write over it with "
        "--force.\n"
    )
    assert (tmp_path / "jobs.csv").read_text() == "mine"
    assert names_in(tmp_path) == ["jobs.csv"]
    assert export("--out", tmp_path, "--table", "students").exit_code == 0
    again = export("--out", tmp_path)
    assert again.exit_code == 2
    assert "students.csv" in again.stderr
    assert "write over them" in again.stderr
    assert export("--out", tmp_path, "--force").exit_code == 0
    assert len(csv_read((tmp_path / "jobs.csv").read_bytes())) == 18
    assert names_in(tmp_path) == sorted([DICTIONARY_FILE, *(f"{name}.csv" for name in FILES)])


def test_export_does_not_read_the_tables_for_files_it_can_not_write(aws, tmp_path):
    """There is no table: whoever asked one would get another sentence."""
    (tmp_path / "file").write_text("")
    result = export("--out", tmp_path / "file" / "folder")
    assert result.exit_code == 2
    assert result.stderr == (
        f"{tmp_path}/file/folder can't be written into (Not a directory): name another folder with --out.\n"
    )
    assert export("--out", tmp_path / "file").exit_code == 2
    (tmp_path / "jobs.csv").write_text("mine")
    assert "is there already" in export("--out", tmp_path).stderr


def test_export_leaves_nothing_behind_where_a_read_fails(aws, tmp_path):
    result = export("--out", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("There is no table bandup-evaluations")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_export_leaves_no_part_of_a_file_where_the_disk_is_full(tables, tmp_path, monkeypatch, failing):
    (tmp_path / "jobs.csv").write_text("mine")
    calls = count()
    original = getattr(Path, failing)

    def fails(self, *arguments):
        if next(calls) == (2 if failing == "write_bytes" else 0):
            raise OSError(28, "No space left on device")
        return original(self, *arguments)

    monkeypatch.setattr(Path, failing, fails)
    result = export("--out", tmp_path, "--force")
    assert result.exit_code == 2
    assert result.stderr == (
        f"{tmp_path} can't be written into (No space left on device): name another folder with --out.\n"
    )
    assert names_in(tmp_path) == ["jobs.csv"]
    assert (tmp_path / "jobs.csv").read_text() == "mine"


def test_export_does_not_take_another_error_for_the_folders(aws, tmp_path):
    with (
        pytest.raises(ConnectionResetError),
        tables_export.writing_into(tmp_path, ["jobs"], "csv", force=False),
    ):
        raise ConnectionResetError("the tables' own")
    assert names_in(tmp_path) == []


def test_export_sees_a_file_that_came_while_it_read(tables, tmp_path):
    with tables_export.writing_into(tmp_path, ["jobs"], "csv", force=False) as writer:
        (tmp_path / "jobs.csv").write_text("another's")
        with pytest.raises(tables_export.FilesAreThere):
            writer.write({"jobs": TROUBLED.jobs})
    assert names_in(tmp_path) == ["jobs.csv"]
    assert (tmp_path / "jobs.csv").read_text() == "another's"


# The feedback of several attempts.


def feedback_item(number, user="an", **attributes):
    keys = {"evaluation_id": {"S": f"e-{number}"}, "user_id": {"S": user}}
    return "evaluations", {**keys, "feedback": {"S": json.dumps({"weaknesses": [f"Weakness {number}"]})}, **attributes}


def weakness(number) -> Feedback:
    return Feedback(general=Remarks(weaknesses=(f"Weakness {number}",)))


def repository(client) -> Repository:
    return Repository(client, Settings(demo=False), lambda: NOW)


def test_feedbacks_come_in_the_order_asked_without_what_is_not_there(aws):
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
    """A client whose BatchGetItem answers at most `takes` keys of each request; keeps the requests."""

    def __init__(self, takes=100, refuses=0, error=None):
        self.takes, self.refuses, self.error = takes, refuses, error
        self.requests, self.slept = [], []

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
def test_feedbacks_are_asked_for_by_a_hundred_and_again_where_unprocessed(number, takes, requests, slept):
    client = Batches(takes)
    found, cost = client.feedbacks(number)
    assert found == [(f"e-{n}", weakness(n)) for n in range(number)]
    assert (len(client.requests), len(client.slept)) == (requests, slept)
    assert (cost.requests, cost.capacity_units, cost.received_bytes) == (requests, 1.5 * requests, 1000 * requests)
    request = client.requests[0]
    assert {*request["ExpressionAttributeNames"].values()} == {"evaluation_id", "user_id", "feedback"}


def test_feedbacks_wait_longer_each_time_and_give_up_at_last():
    client = Batches(refuses=MOST_FRUITLESS_REQUESTS - 1)
    assert len(client.feedbacks(3)[0]) == 3
    assert client.slept == [0.1, 0.2, 0.4, 0.8, 1.6]
    client = Batches(refuses=1000)
    with pytest.raises(Throttled, match="throttling reads of bandup-evaluations"):
        client.feedbacks(3)
    assert len(client.requests) == MOST_FRUITLESS_REQUESTS


def test_an_endpoint_that_gives_one_item_at_a_time_is_slow_but_no_failure():
    assert len(Batches(takes=1).feedbacks(30)[0]) == 30


def test_an_error_of_dynamodb_is_named():
    error = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchGetItem")
    with pytest.raises(Throttled):
        Batches(error=error).feedbacks(3)


@pytest.fixture
def caches(aws, monkeypatch):
    monkeypatch.setenv("DYNAMODB_EVALUATIONS", Settings().names["evaluations"])
    monkeypatch.setenv("DYNAMODB_FLASHCARD_SETS", Settings().names["flashcard_sets"])
    cached.reset_caches()
    yield aws
    cached.reset_caches()


def test_pages_get_the_latest_feedbacks_and_ask_once(caches, monkeypatch):
    documented.fill(caches, "none", [feedback_item(n) for n in range(30)])
    asked = []
    original = Repository.feedbacks

    def counted(self, keys, *arguments):
        asked.append(len(keys))
        return original(self, keys, *arguments)

    monkeypatch.setattr(Repository, "feedbacks", counted)
    ids = [f"e-{n}" for n in range(30)]
    read = cached.feedbacks("an", ids)
    assert read.feedbacks == tuple((key, weakness(key[2:])) for key in ids[: cached.MOST_FEEDBACKS])
    assert cached.feedbacks("an", pd.Series(ids, index=ids[::-1])) is read
    assert asked == [cached.MOST_FEEDBACKS]
    assert cached.feedbacks("binh", ids).feedbacks == ()
    assert cached.feedbacks("an", []).feedbacks == ()


def test_a_failed_read_of_feedbacks_is_not_kept(caches, monkeypatch):
    documented.fill(caches, "none", [feedback_item(1)])

    def fails(self, keys):
        raise Throttled("bandup-evaluations")

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "feedbacks", fails)
        with pytest.raises(Throttled):
            cached.feedbacks("an", ["e-1"])
    assert len(cached.feedbacks("an", ["e-1"]).feedbacks) == 1

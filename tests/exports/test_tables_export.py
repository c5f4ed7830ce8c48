import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bandup.analysis.bands import Skill
from bandup.analysis.states import State
from bandup.cli.main import main
from bandup.demo.items import generate
from bandup.exports import tables_export
from bandup.exports.tables_export import DICTIONARY_FILE, FORMATS, FRAME_NAMES
from bandup.queries.dataset import Dataset, build
from data.columns import frame_of_items
from data.flags import Flag
from data.repository import newest_first
from data.results import AllItems, Cost
from data.schema import TABLES
from tests import all_states, documented

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


def dataset_of(items, now=NOW) -> Dataset:
    pairs = [*items]
    by_table = {key: [item for of, item in pairs if of == key] for key in TABLES}
    frames = {key: newest_first(frame_of_items(TABLES[key], rows, now)) for key, rows in by_table.items()}
    read = AllItems(frames["evaluations"], frames["flashcard_sets"], now, Cost(), {})
    return build(read, timedelta(minutes=15))


@pytest.fixture(scope="module")
def demo() -> Dataset:
    return dataset_of(generate(NOW))


EMPTY = dataset_of([])
ALL_STATES = dataset_of(all_states.items(NOW.timestamp()))


def csv_read(text: str | bytes, **options) -> pd.DataFrame:
    content = text if isinstance(text, bytes) else text.encode()
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""], **options)


def parquet_read(content: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(content))


# The files.


def test_every_item_is_exported_with_its_state_and_the_names_of_its_flags(demo):
    files = tables_export.export_frames(demo)
    assert tuple(files) == FRAME_NAMES
    sources = (demo.evaluations, demo.flashcard_sets, demo.students, demo.jobs)
    for name, source in zip(FRAME_NAMES, sources, strict=True):
        assert [*files[name].columns][: len(source.columns)] == [*source.columns]
        assert len(files[name]) == len(source)
    evaluations = files["evaluations"]
    assert evaluations["state"].equals(demo.evaluations["state"])
    assert evaluations["flags"].dtype == "str"
    for mask, names in zip(demo.evaluations["flags"], evaluations["flags"], strict=True):
        assert sum(Flag[name.upper()] for name in names.split()) == mask
    assert demo.evaluations["flags"].dtype == "int64", "the dataset itself is shared and unchanged"


def test_the_students_have_their_progress_and_the_reasons_for_attention(demo):
    students = tables_export.export_frames(demo)["students"].set_index("user_id")
    for skill in Skill:
        changes = demo.changes[skill].set_index("user_id")
        for name in ("change", "lower", "upper"):
            own = students[f"{skill}_{name}"].reindex(changes.index)
            pd.testing.assert_series_equal(own, changes[name].round(3), check_names=False)
        certainty = students[f"{skill}_certainty"]
        assert certainty.reindex(changes.index).tolist() == changes["certainty"].tolist()
        assert {*certainty} == {"likely", "perhaps", "no_clear_change", "too_few"}
        assert students[f"{skill}_weakest"].reindex(changes.index).tolist() == changes["weakest"].fillna("").tolist()
    reasons = {reason for own in students["attention"] for reason in own.split()}
    assert reasons == {"waiting", "falling", "silent", "not_rising"}
    dictionary = tables_export.data_dictionary({"students": tables_export.export_frames(demo)["students"]})
    assert dictionary["meaning"].str.len().gt(0).all()


def test_flags_are_replaced_by_their_names_only_once():
    frame = pd.DataFrame({"flags": [0, int(Flag.TWIN | Flag.BAND_MISSING)]})
    named = tables_export.with_flag_names(frame)
    assert named["flags"].tolist() == ["", "band_missing twin"]
    assert tables_export.with_flag_names(named) is named
    assert tables_export.with_flag_names(frame[:0])["flags"].dtype == "str"
    other = pd.DataFrame({"a": [1]})
    assert tables_export.with_flag_names(other) is other


@pytest.mark.parametrize("dataset", [EMPTY, ALL_STATES], ids=["empty", "all states"])
@pytest.mark.parametrize("name", FRAME_NAMES)
def test_parquet_reads_back_as_the_frame(dataset, name):
    compare_parquet(tables_export.export_frames(dataset)[name])


@pytest.mark.parametrize("name", FRAME_NAMES)
def test_the_demos_parquet_reads_back_as_the_frame(demo, name):
    compare_parquet(tables_export.export_frames(demo)[name])


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


@pytest.mark.parametrize("dataset", [EMPTY, ALL_STATES], ids=["empty", "all states"])
@pytest.mark.parametrize("name", FRAME_NAMES)
def test_csv_reads_back_as_the_frame(dataset, name):
    compare_csv(tables_export.export_frames(dataset)[name])


@pytest.mark.parametrize("name", FRAME_NAMES)
def test_the_demos_csv_reads_back_as_the_frame(demo, name):
    compare_csv(tables_export.export_frames(demo)[name])


def compare_csv(frame):
    texts = [name for name, dtype in frame.dtypes.items() if dtype == "str"]
    read = csv_read(tables_export.csv_text(frame), dtype=dict.fromkeys(texts, "str"))
    assert [*read.columns] == [*frame.columns]
    assert len(read) == len(frame)
    for name, dtype in frame.dtypes.items():
        column = frame[name]
        assert read[name].isna().tolist() == column.isin(["", pd.NA, pd.NaT, np.nan]).tolist()
        expected = column[read[name].notna().to_numpy()]
        values = read[name].dropna()
        if isinstance(dtype, pd.DatetimeTZDtype):
            assert values.str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
            assert pd.to_datetime(values).tolist() == expected.dt.floor("s").tolist()
        elif pd.api.types.is_object_dtype(dtype):
            assert values.map(json.loads).tolist() == expected.map(list).tolist()
        elif pd.api.types.is_numeric_dtype(dtype):
            assert values.tolist() == pytest.approx(expected.astype("float64").tolist())
        else:
            assert [str(value).removeprefix("'") for value in values] == [
                str(value).removeprefix("'") for value in expected
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
    assert str(frame["at"].dtype) == "datetime64[us, Asia/Ho_Chi_Minh]", "the argument is unchanged"


def test_lists_of_every_kind_are_json_in_csv_and_lists_in_parquet():
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


def test_a_frame_with_any_index_is_written():
    frame = ALL_STATES.jobs[ALL_STATES.jobs["state"] == "failed"].sort_values("id")
    assert len(csv_read(tables_export.csv_text(frame))) == len(frame)
    assert [*parquet_read(tables_export.parquet_bytes(frame)).index] == [*range(len(frame))]


def test_the_dictionary_explains_every_column(demo):
    files = tables_export.export_frames(demo)
    dictionary = tables_export.data_dictionary(files)
    assert (dictionary.dtypes == "str").all()
    for name, frame in files.items():
        rows = dictionary[(dictionary["file"] == name) & (dictionary["value"] == "")]
        assert rows["column"].tolist() == [*frame.columns]
        assert rows["meaning"].str.len().gt(10).all(), rows[rows["meaning"].str.len() <= 10]
        assert (rows["dtype"] != "").all()
    flags = dictionary[(dictionary["file"] == "jobs") & (dictionary["column"] == "flags") & (dictionary["value"] != "")]
    assert flags["value"].tolist() == [flag.label for flag in Flag]
    assert flags["meaning"].tolist() == [flag.sentence for flag in Flag]
    states = dictionary[
        (dictionary["file"] == "evaluations") & (dictionary["column"] == "state") & (dictionary["value"] != "")
    ]
    assert states["value"].tolist() == [*State]
    by_column = dictionary[dictionary["value"] == ""].set_index(["file", "column"])
    assert by_column.loc[("students", "writing_bands"), "dtype"] == "list"
    assert by_column.loc[("evaluations", "model_used"), "meaning"] == "The model that graded the attempt."
    assert by_column.loc[("flashcard_sets", "model_used"), "meaning"] == "The model that made the cards."
    assert by_column.loc[("jobs", "flags"), "dtype"] == "str"


def test_a_page_adds_meanings_of_its_own_columns():
    dictionary = tables_export.data_dictionary(
        {"page": pd.DataFrame({"why": ["x"], "other": [1]})}, {"why": "In words."}
    )
    assert dictionary["meaning"].tolist() == ["In words.", ""]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_zip_has_the_files_and_the_dictionary_and_is_reproducible(file_format):
    frames = {"jobs": ALL_STATES.jobs, "students-2": ALL_STATES.students}
    content = tables_export.zip_frames(frames, file_format)
    assert content == tables_export.zip_frames(frames, file_format)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"jobs.{file_format}", f"students-2.{file_format}", DICTIONARY_FILE]
        read = (csv_read if file_format == "csv" else parquet_read)(archive.read(f"jobs.{file_format}"))
        assert len(read) == len(ALL_STATES.jobs)
        assert set(" ".join(read["flags"].dropna()).split()) <= {flag.label for flag in Flag}
        assert "band_not_a_number" in " ".join(read["flags"].dropna())
        dictionary = csv_read(archive.read(DICTIONARY_FILE))
        assert set(dictionary["file"]) == {"jobs", "students-2"}


@pytest.mark.parametrize("name", ["", "../jobs", "a/b", "Jobs", "con.", "dictionary", "x" * 81, "-rf", "jobs\n"])
def test_a_zip_accepts_only_safe_names(name):
    with pytest.raises(ValueError, match="is not a valid name for an exported file"):
        tables_export.zip_frames({name: ALL_STATES.jobs}, "csv")


# The command.


@pytest.fixture
def tables(aws):
    documented.fill(aws, "provisioned", [*documented.ITEMS, *all_states.items()])
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
    assert names_in(folder) == sorted([DICTIONARY_FILE, *(f"{name}.{file_format}" for name in FRAME_NAMES)])
    read = csv_read if file_format == "csv" else parquet_read
    frames = {name: read((folder / f"{name}.{file_format}").read_bytes()) for name in FRAME_NAMES}
    assert {name: len(frame) for name, frame in frames.items()} == {
        "evaluations": 15,
        "flashcard_sets": 3,
        "students": 5,
        "jobs": 18,
    }
    assert frames["jobs"]["state"].value_counts()["failed"] == all_states.COUNTS["failed"]
    dictionary = csv_read((folder / DICTIONARY_FILE).read_bytes())
    assert result.stderr.splitlines() == [
        f"{folder}/evaluations.{file_format}: 15 rows written",
        f"{folder}/flashcard_sets.{file_format}: 3 rows written",
        f"{folder}/students.{file_format}: 5 rows written",
        f"{folder}/jobs.{file_format}: 18 rows written",
        f"{folder}/{DICTIONARY_FILE}: {len(dictionary)} rows written",
    ]


def test_export_writes_only_the_tables_that_are_asked_for(tables, tmp_path):
    assert export("--out", tmp_path / "out", "--table", "jobs", "--table", "students").exit_code == 0
    assert names_in(tmp_path / "out") == [DICTIONARY_FILE, "jobs.csv", "students.csv"]
    assert set(csv_read((tmp_path / "out" / DICTIONARY_FILE).read_bytes())["file"]) == {"jobs", "students"}


def test_export_overwrites_files_only_with_force(tables, tmp_path):
    (tmp_path / "jobs.csv").write_text("mine")
    result = export("--out", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"{tmp_path}/jobs.csv exists already, so nothing was written: name another folder, or overwrite it with "
        "--force.\n"
    )
    assert (tmp_path / "jobs.csv").read_text() == "mine"
    assert names_in(tmp_path) == ["jobs.csv"]
    assert export("--out", tmp_path, "--table", "students").exit_code == 0
    again = export("--out", tmp_path)
    assert again.exit_code == 2
    assert "students.csv" in again.stderr
    assert "overwrite them" in again.stderr
    assert export("--out", tmp_path, "--force").exit_code == 0
    assert len(csv_read((tmp_path / "jobs.csv").read_bytes())) == 18
    assert names_in(tmp_path) == sorted([DICTIONARY_FILE, *(f"{name}.csv" for name in FRAME_NAMES)])


def test_export_does_not_read_the_tables_if_it_can_not_write(aws, tmp_path):
    """There is no table, so reading one would end in another error."""
    (tmp_path / "file").write_text("")
    result = export("--out", tmp_path / "file" / "folder")
    assert result.exit_code == 2
    assert result.stderr == (
        f"{tmp_path}/file/folder can't be written into (Not a directory): name another folder with --out.\n"
    )
    assert export("--out", tmp_path / "file").exit_code == 2
    (tmp_path / "jobs.csv").write_text("mine")
    assert "exists already" in export("--out", tmp_path).stderr


def test_export_leaves_nothing_behind_if_a_read_fails(aws, tmp_path):
    result = export("--out", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("There is no table bandup-evaluations")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_export_leaves_no_partial_file_if_the_disk_is_full(tables, tmp_path, monkeypatch, failing):
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


def test_export_raises_other_errors_unchanged(aws, tmp_path):
    with (
        pytest.raises(ConnectionResetError),
        tables_export.open_folder(tmp_path, ["jobs"], "csv", force=False),
    ):
        raise ConnectionResetError("the tables' own")
    assert names_in(tmp_path) == []


def test_export_notices_a_file_created_while_it_reads(tables, tmp_path):
    with tables_export.open_folder(tmp_path, ["jobs"], "csv", force=False) as write:
        (tmp_path / "jobs.csv").write_text("another's")
        with pytest.raises(tables_export.FilesExist):
            write({"jobs": ALL_STATES.jobs})
    assert names_in(tmp_path) == ["jobs.csv"]
    assert (tmp_path / "jobs.csv").read_text() == "another's"

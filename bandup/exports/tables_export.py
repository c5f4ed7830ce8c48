"""Frames as files to take away: CSV or Parquet of exactly the rows given, and a data dictionary that says what they are.

Pure but for `writing_into`, which puts files into a folder: whole ones only, and never over another file unasked.
"""

import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bandup.analysis.states import State
from bandup.exports.safe_csv import formula_safe_csv
from bandup.queries.dataset import Dataset
from data.errors import DataError
from data.flags import Flag, labels
from data.schema import EVALUATIONS, FLASHCARD_SETS, Table

Format = Literal["csv", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)

FILES = ("evaluations", "flashcard_sets", "students", "jobs")
"""The names of the frames that `as_files` gives."""

DICTIONARY = "dictionary"
DICTIONARY_FILE = f"{DICTIONARY}.csv"

_SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}", re.ASCII)

_MEANINGS = {
    "table": "The table the item is stored in.",
    "id": "The item's partition key: evaluation_id or set_id.",
    "user_id": "The student.",
    "type": "What the job makes: writing, speaking or flashcard, or whatever else was stored.",
    "status": "The job's status as the function wrote it: processing, completed or failed.",
    "model_used": "The model that graded the attempt or made the cards.",
    "error_message": "Why the job failed.",
    "writing_attempts": "Number of graded essays.",
    "writing_band": "Overall band of the latest essay whose time is known.",
    "writing_best": "Best overall band of the graded essays.",
    "writing_bands": "Overall bands of the latest essays whose time is known, at most 20, oldest first.",
    "speaking_attempts": "Number of graded recordings.",
    "speaking_band": "Overall band of the latest recording whose time is known.",
    "speaking_best": "Best overall band of the graded recordings.",
    "speaking_bands": "Overall bands of the latest recordings whose time is known, at most 20, oldest first.",
    "suspect": "Number of the grader's default answers; they count in no other column.",
    "troubled": "Number of jobs that failed, are stuck or came back empty, of both tables.",
    "sets": "Number of flashcard sets, of both tables.",
    "last_activity": "Time of the student's newest item, UTC; missing where no item tells.",
    "readable_cards": "Number of cards that could be read.",
}
"""What columns mean that are made of the tables' attributes, or stand for those of both tables."""

_SHARED_MEANINGS = {
    "flags": "What was odd about the item: names joined by spaces.",
    "state": "What the dashboard makes of the status.",
}


class FilesAreThere(DataError):
    """Files of these names are in the folder already."""

    def __init__(self, paths: list[Path]) -> None:
        named = ", ".join(map(str, paths))
        one = len(paths) == 1
        super().__init__(
            f"{named} {'is' if one else 'are'} there already, and nothing was written: name another folder, or write "
            f"over {'it' if one else 'them'} with --force."
        )


class FolderUnwritable(DataError):
    """The folder can't be made or written into."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} can't be written into ({reason}): name another folder with --out.")


def as_files(cohort: Dataset) -> dict[str, pd.DataFrame]:
    """The frames of a cohort as they are taken away, by the name of their file (`FILES`).

    `evaluations` and `flashcard_sets`: every item with the columns of `data.schema` and `state`; `students`: one row
    each, as of `bandup.analysis.student_list`; `jobs`: every item of both tables, as of `bandup.analysis.job_list`. `flags` (str) holds the
    names of flags joined by spaces in place of their sum. Rows and their order are the cohort's.
    """
    frames = (cohort.evaluations, cohort.flashcard_sets, cohort.students, cohort.jobs)
    return {name: with_flag_names(frame) for name, frame in zip(FILES, frames, strict=True)}


def with_flag_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the names of flags joined by spaces (str) in place of their sum; as it is where it has none."""
    if "flags" not in frame or not pd.api.types.is_integer_dtype(frame["flags"]):
        return frame
    names = {mask: " ".join(labels(int(mask))) for mask in frame["flags"].unique()}
    return frame.assign(flags=frame["flags"].map(names).astype("str"))


def csv_text(frame: pd.DataFrame) -> str:
    """The frame as CSV whose texts no spreadsheet runs (`bandup.exports.safe_csv`); to be encoded as UTF-8.

    Times are ISO 8601, UTC, to the second; lists (sparklines) are JSON in their cell; what is missing is an empty cell.
    """
    plain = frame.copy(deep=False)
    for name in plain.columns:
        column = plain[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            plain[name] = column.dt.tz_convert("UTC")
        elif pd.api.types.is_object_dtype(column):
            plain[name] = column.map(_as_cell)
    return formula_safe_csv(plain)


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as Parquet, without its index.

    Dtypes stay: times are timestamps in UTC, bands floats, counts nullable integers, lists of numbers lists. Categories
    are the texts they stand for, so that a column has the same type whether or not it holds any. A column of mixed
    objects, which Parquet has no type for, is text (JSON).
    """
    prepared = frame.copy(deep=False)
    for name in prepared.columns:
        column = prepared[name]
        if isinstance(column.dtype, pd.CategoricalDtype) and _is_text(column.cat.categories):
            prepared[name] = column.astype("str")
        elif isinstance(column.dtype, pd.DatetimeTZDtype):
            prepared[name] = column.dt.tz_convert("UTC")
        elif pd.api.types.is_object_dtype(column) and not _has_arrow_type(column):
            prepared[name] = column.map(_as_json).astype("str")
    table = pa.Table.from_pandas(prepared, preserve_index=False)
    for position, field in enumerate(table.schema):
        if field.type == pa.list_(pa.null()):
            # lists that are empty throughout are lists of numbers, as they are where one is not
            numbers = pa.list_(pa.float64())
            table = table.set_column(position, pa.field(field.name, numbers), table.column(position).cast(numbers))
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def file_bytes(frame: pd.DataFrame, file_format: Format) -> bytes:
    """The frame as a file of this format."""
    return csv_text(frame).encode() if file_format == "csv" else parquet_bytes(frame)


def dictionary(frames: Mapping[str, pd.DataFrame], meanings: Mapping[str, str] | None = None) -> pd.DataFrame:
    """What every column of the frames means, in their order.

    Columns, all str: `file` (the frame's name), `column`, `value` (empty in the column's own row; one row more for
    each state and each flag), `dtype`, `meaning`. Meanings come from the declared schema; `meanings` adds those of
    columns that a page has made, and comes first. Of a column that none of them knows the meaning is empty.
    """
    rows: list[tuple[str, str, str, str, str]] = []
    for name, frame in frames.items():
        known = _meanings_of(frame) | dict(meanings or {})
        for column in frame.columns:
            rows.append((name, str(column), "", _kind(frame[column]), known.get(str(column), "")))
            if column == "state":
                rows += [(name, "state", str(state), "", state.sentence) for state in State]
            elif column == "flags":
                rows += [(name, "flags", flag.label, "", flag.sentence) for flag in Flag]
    return pd.DataFrame(rows, columns=["file", "column", "value", "dtype", "meaning"], dtype="str")


def bundle(frames: Mapping[str, pd.DataFrame], file_format: Format, meanings: Mapping[str, str] | None = None) -> bytes:
    """The frames as one ZIP file: `<name>.csv` or `<name>.parquet` each, and `dictionary.csv`.

    `frames`: by name, of `a-z`, `0-9`, `_` and `-`; whatever rows and columns a page shows. `meanings` as of
    `dictionary`. The same frames give the same bytes. Raises ValueError for any other name.
    """
    named = {name: with_flag_names(frame) for name, frame in frames.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_name, content in _contents(named, file_format, meanings):
            # bears 1980 as its time, and not the clock's: the same rows make the same bytes
            entry = zipfile.ZipInfo(file_name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


@contextmanager
def writing_into(folder: Path, names: list[str], file_format: Format, *, force: bool) -> Iterator["Writer"]:
    """A writer of these frames' files and their dictionary into a folder, which is made where it is missing.

    Whether they can be written is found out at once, before anything is read for them. Raises FilesAreThere where one
    of them exists (unless `force`), FolderUnwritable.
    """
    paths = [folder / file_name for file_name in (*_file_names(names, file_format), DICTIONARY_FILE)]
    with _naming_folder(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_to_overwrite(paths, force)
        temporary = tempfile.TemporaryDirectory(prefix=".export-", dir=folder)
    with temporary as path:
        yield Writer(folder, Path(path), file_format, force)


class Writer:
    """Writes frames into a folder by way of a temporary one in it. Made by `writing_into`."""

    def __init__(self, folder: Path, temporary: Path, file_format: Format, force: bool) -> None:
        self._folder = folder
        self._temporary = temporary
        self._format: Format = file_format
        self._force = force

    def write(self, frames: Mapping[str, pd.DataFrame]) -> dict[Path, int]:
        """Writes the frames and their dictionary; each file's path and its rows.

        Every file is written whole before the first is put in its place, so that nobody ever reads half a file.
        """
        contents = dict(_contents(frames, self._format, None))
        rows = [*map(len, frames.values()), len(dictionary(frames))]
        with _naming_folder(self._folder):
            for file_name, content in contents.items():
                (self._temporary / file_name).write_bytes(content)
            paths = [self._folder / file_name for file_name in contents]
            _refuse_to_overwrite(paths, self._force)
            for path in paths:
                (self._temporary / path.name).replace(path)
        return dict(zip(paths, rows, strict=True))


def _contents(
    frames: Mapping[str, pd.DataFrame], file_format: Format, meanings: Mapping[str, str] | None
) -> Iterator[tuple[str, bytes]]:
    """Every file's name and content: the frames', then the dictionary's."""
    for file_name, frame in zip(_file_names([*frames], file_format), frames.values(), strict=True):
        yield file_name, file_bytes(frame, file_format)
    yield DICTIONARY_FILE, file_bytes(dictionary(frames, meanings), "csv")


def _file_names(names: list[str], file_format: Format) -> list[str]:
    for name in names:
        if not _SAFE_NAME.fullmatch(name) or name == DICTIONARY:
            raise ValueError(f"{name!r} is no name for an exported file: it should be of a-z, 0-9, _ and -")
    return [f"{name}.{file_format}" for name in names]


def _refuse_to_overwrite(paths: list[Path], force: bool) -> None:
    there = [path for path in paths if os.path.lexists(path)]
    if there and not force:
        raise FilesAreThere(there)


@contextmanager
def _naming_folder(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderUnwritable(folder, error.strerror or type(error).__name__) from error


def _meanings_of(frame: pd.DataFrame) -> dict[str, str]:
    """Meanings by column, for a frame of either table (known by its partition key) or one made of both."""
    tables: tuple[Table, ...] = (EVALUATIONS, FLASHCARD_SETS)
    own = [table for table in tables if table.partition_key in frame]
    declared: dict[str, str] = {}
    for table in own or tables:
        rows = table.dictionary()
        declared = dict(zip(rows["column"], rows["meaning"], strict=True)) | declared
    return (_MEANINGS | declared if own else declared | _MEANINGS) | _SHARED_MEANINGS


def _as_cell(value: object) -> object:
    """A value of a cell: JSON where it is a list or the like, else itself."""
    return _as_json(value) if isinstance(value, list | tuple | dict | set) or hasattr(value, "tolist") else value


def _as_json(value: Any) -> str | None:  # noqa: ANN401 - whatever a frame holds
    """A value as text: JSON unless it is text already; None where it is missing."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str):
        return value
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    return json.dumps(value, ensure_ascii=False, default=_jsonable)


def _jsonable(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, set | frozenset) else str(value)


def _kind(column: pd.Series) -> str:
    """The dtype of an exported column, for a reader who need not know pandas."""
    if column.name == "flags" or isinstance(column.dtype, pd.CategoricalDtype):
        return "str"
    return "list" if pd.api.types.is_object_dtype(column) else str(column.dtype)


def _is_text(categories: pd.Index) -> bool:
    return all(isinstance(category, str) for category in categories)


def _has_arrow_type(column: pd.Series) -> bool:
    try:
        pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return False
    return True

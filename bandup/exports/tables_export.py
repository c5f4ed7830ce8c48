"""Frames as CSV or Parquet files, with a data dictionary of their columns.

Everything here is pure except `open_folder`, which writes whole files only and overwrites none unless forced.
"""

import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bandup.analysis import job_columns
from bandup.analysis.attention import DEFAULT_TARGET, students_needing_attention
from bandup.analysis.bands import BAND_COLUMNS, Skill, criterion_name
from bandup.analysis.certainty import Certainty
from bandup.analysis.data_quality import flag_names
from bandup.analysis.second_marks import GRADER
from bandup.analysis.states import State
from bandup.exports.safe_csv import CSV_ENCODING, formula_safe_csv
from bandup.memo import memoized
from bandup.queries.dataset import Dataset
from data.errors import DataError
from data.flags import Flag
from data.schema import TABLES

Format = Literal["csv", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)

FRAME_NAMES = ("evaluations", "flashcard_sets", "students", "jobs")
"""The names of the exported frames, as attributes of `Dataset` and as files."""

DICTIONARY = "dictionary"
DICTIONARY_FILE = f"{DICTIONARY}.csv"

_EMPTY_LISTS, _NUMBERS = pa.list_(pa.null()), pa.list_(pa.float64())
_SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}", re.ASCII)

_STUDENT_MEANINGS = {
    "writing_attempts": "Number of graded essays.",
    "writing_band": "Overall band of the latest essay whose time is known.",
    "writing_best": "Best overall band of the graded essays.",
    "writing_bands": "Overall bands of the latest essays whose time is known, at most 20, oldest first.",
    "speaking_attempts": "Number of graded recordings.",
    "speaking_band": "Overall band of the latest recording whose time is known.",
    "speaking_best": "Best overall band of the graded recordings.",
    "speaking_bands": "Overall bands of the latest recordings whose time is known, at most 20, oldest first.",
    "suspect": "Number of the grader's default answers; they count in no other column.",
    "unsuccessful": "Number of jobs that failed, are stuck or came back empty, of both tables.",
    "sets": "Number of flashcard sets, of both tables.",
    **{
        f"{skill}_{name}": meaning
        for skill in Skill
        for name, meaning in {
            "change": "Likely size of the change of the overall band from the first to the last day, bands; without what a "
            "new grading model or another task explains.",
            "lower": "Lower end of the change's 95 % interval, bands; without a claim, of what the attempts allow.",
            "upper": "Upper end of the same interval, bands.",
            "certainty": "likely, perhaps, no_clear_change, or too_few (days of practice for a trend).",
            "weakest": "Column of the criterion that stands out as the weakest over all attempts; empty if none does.",
        }.items()
    },
    "longest_break": "Days between two items of the student that follow each other, the most.",
    "attention": "Why the student needs attention, spaces between: waiting, falling, silent, not_rising; empty if not.",
    "last_activity": "Time of the student's newest item, UTC; missing where no item has a known time.",
    "readable_cards": "Number of cards that could be read.",
}
"""The meanings of the columns that `bandup.analysis.student_list` and opened sets add."""


MARK_MEANINGS = {
    "at": "When the mark was stored, UTC.",
    "by": "Who marked.",
    "skill": "The skill that was marked: writing or speaking.",
    "is_blind": "Whether the AI's bands were hidden until the mark was stored.",
    "drawn": "How the attempt was chosen: by the queue, as a pair (another teacher had marked it), or by hand.",
    "probability": "The probability with which the queue draws the attempt; the mark weighs its inverse. Empty: by hand.",
    "comment": "The teacher's comment.",
    **{name: f"The teacher's band: {criterion_name(name)}." for name in BAND_COLUMNS},
    **{f"{GRADER}{name}": f"The AI's band at that time: {criterion_name(name)}." for name in BAND_COLUMNS},
}
"""The meanings of the columns of `bandup.analysis.second_marks.marks_table` that the tables' own columns lack or mean otherwise."""


class FilesExist(DataError):
    """Files of these names are already in the folder."""

    sentence = "{paths} {exist} already, so nothing was written: name another folder, or overwrite {them} with --force."


class FolderNotWritable(DataError):
    """The folder can't be created or written into."""

    sentence = "{folder} can't be written into ({reason}): name another folder with --out."


def export_frames(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """The frames of a dataset as they are exported, by name (`FRAME_NAMES`).

    Rows and columns are those of the dataset, except that `flags` (str) holds the names of flags joined by spaces, and
    that the students have their changes and reasons for attention at the default target (`with_progress`).
    """
    frames = {name: with_flag_names(getattr(dataset, name)) for name in FRAME_NAMES}
    attention = students_needing_attention(
        dataset.students, dataset.changes, dataset.means, dataset.waiting, DEFAULT_TARGET, dataset.as_of
    )
    return frames | {"students": with_progress(dataset.students, dataset.changes, attention)}


@memoized
def with_progress(
    students: pd.DataFrame, changes: Mapping[Skill, pd.DataFrame], attention: pd.DataFrame
) -> pd.DataFrame:
    """The students with what the pages say of their progress, in columns for other programs.

    `students`, `changes` and `attention`: of `bandup.analysis.student_list`, `progress.trends_by_student` and
    `attention`. Adds per skill `<skill>_change`, `<skill>_lower`, `<skill>_upper` (float64, bands), `<skill>_certainty`
    (str, of `Certainty`), `<skill>_weakest` (str, the criterion's column; several with a space between them; empty
    where none stands out), and `attention` (str, of `Reason`, with a space between; empty without).
    """
    added: dict[str, pd.Series] = {}
    for skill, change in changes.items():
        own = change.set_index("user_id").reindex(students["user_id"]).set_index(students.index)
        for name in ("change", "lower", "upper"):
            added[f"{skill}_{name}"] = own[name].round(3)
        added[f"{skill}_certainty"] = own["certainty"].astype("str").fillna(str(Certainty.TOO_FEW))
        added[f"{skill}_weakest"] = own["weakest"].astype("str").fillna("")
    reasons = students["user_id"].map(attention.set_index("user_id")["reasons"])
    return students.assign(**added, attention=reasons.astype("str").fillna(""))


def with_flag_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `flags` as names joined by spaces (str); the frame itself if it has no sums of flags."""
    if "flags" not in frame or not pd.api.types.is_integer_dtype(frame["flags"]):
        return frame
    return frame.assign(flags=flag_names(frame["flags"]))


def csv_text(frame: pd.DataFrame) -> str:
    """The frame as CSV that no spreadsheet runs as formulas (`bandup.exports.safe_csv`), to be encoded in CSV_ENCODING.

    Times are ISO 8601, UTC, to the second; lists (sparklines) are JSON in their cell; a missing value is an empty cell.
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
    """The frame as a Parquet file without its index.

    Dtypes are kept: times are timestamps in UTC, bands floats, counts nullable integers, lists of numbers lists.
    Categories are written as text, so that a column has the same type with and without values. A column of mixed
    objects, for which Parquet has no type, is written as JSON text.
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
    # a column of empty lists only has the same type as one that holds numbers
    fields = [field.with_type(_NUMBERS) if field.type == _EMPTY_LISTS else field for field in table.schema]
    table = table.cast(pa.schema(fields, metadata=table.schema.metadata))
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def file_bytes(frame: pd.DataFrame, file_format: Format) -> bytes:
    """The content of a file of this format."""
    return csv_text(frame).encode(CSV_ENCODING) if file_format == "csv" else parquet_bytes(frame)


def data_dictionary(frames: Mapping[str, pd.DataFrame], meanings: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The meaning of every column of the frames, in their order.

    Columns, all str: `file` (the frame's name), `column`, `value` (each state and each flag has a row of its own),
    `dtype`, `meaning`: from `meanings` (for columns that a page adds), else as declared, else empty.
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


def zip_frames(
    frames: Mapping[str, pd.DataFrame], file_format: Format, meanings: Mapping[str, str] | None = None
) -> bytes:
    """The frames as one ZIP file that holds `<name>.csv` or `<name>.parquet` for each, and `dictionary.csv`.

    The same frames give the same bytes. Raises ValueError for a name with other characters than `a-z`, `0-9`, `_`, `-`.
    """
    named = {name: with_flag_names(frame) for name, frame in frames.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_name, content in _contents(named, file_format, meanings):
            # ZipInfo dates the file to 1980, not to the current time: the same rows give the same bytes
            entry = zipfile.ZipInfo(file_name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return file.getvalue()


@contextmanager
def open_folder(
    folder: Path, names: list[str], file_format: Format, *, force: bool
) -> Iterator[Callable[[Mapping[str, pd.DataFrame]], dict[Path, int]]]:
    """Yield a function that writes frames of these names and their dictionary into a folder, created if necessary.

    It returns each file's path and number of rows. All files are complete before the first is moved into place, so no
    reader ever sees half a file. Whether they can be written is checked at once, before the tables are read for them.
    Raises FilesExist if one of the files exists (unless `force`), and FolderNotWritable.
    """
    paths = [folder / file_name for file_name in (*_file_names(names, file_format), DICTIONARY_FILE)]

    def write(frames: Mapping[str, pd.DataFrame]) -> dict[Path, int]:
        contents = dict(_contents(frames, file_format, None))
        rows = [*map(len, frames.values()), len(data_dictionary(frames))]
        with _folder_errors(folder):
            for file_name, content in contents.items():
                Path(temporary.name, file_name).write_bytes(content)
            _check_overwrite(paths, force)
            for path in paths:
                Path(temporary.name, path.name).replace(path)
        return dict(zip(paths, rows, strict=True))

    with _folder_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_overwrite(paths, force)
        temporary = tempfile.TemporaryDirectory(prefix=".export-", dir=folder)
    with temporary:
        yield write


def _contents(
    frames: Mapping[str, pd.DataFrame], file_format: Format, meanings: Mapping[str, str] | None
) -> Iterator[tuple[str, bytes]]:
    """Every file's name and content: the frames', then the dictionary's."""
    for file_name, frame in zip(_file_names([*frames], file_format), frames.values(), strict=True):
        yield file_name, file_bytes(frame, file_format)
    yield DICTIONARY_FILE, file_bytes(data_dictionary(frames, meanings), "csv")


def _file_names(names: list[str], file_format: Format) -> list[str]:
    for name in names:
        if not _SAFE_NAME.fullmatch(name) or name == DICTIONARY:
            raise ValueError(f"{name!r} is not a valid name for an exported file: use a-z, 0-9, _ and -")
    return [f"{name}.{file_format}" for name in names]


def _check_overwrite(paths: list[Path], force: bool) -> None:
    existing = [path for path in paths if os.path.lexists(path)]
    if existing and not force:
        exist, them = ("exists", "it") if len(existing) == 1 else ("exist", "them")
        raise FilesExist(paths=", ".join(map(str, existing)), exist=exist, them=them)


@contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    """Raise FolderNotWritable for an OSError."""
    try:
        yield
    except OSError as error:
        raise FolderNotWritable(folder=folder, reason=error.strerror or type(error).__name__) from error


def _meanings_of(frame: pd.DataFrame) -> dict[str, str]:
    """Meanings by column, for a frame of one table (known by its partition key) or one made of both."""
    computed = job_columns.meanings() | _STUDENT_MEANINGS
    of_one_table = [table for table in TABLES.values() if table.partition_key in frame]
    declared: dict[str, str] = {}
    for table in of_one_table or TABLES.values():
        rows = table.dictionary()
        declared = dict(zip(rows["column"], rows["meaning"], strict=True)) | declared
    exported = {name: computed[name] for name in ("flags", "state")}
    return (computed | declared if of_one_table else declared | computed) | exported


def _as_cell(value: object) -> object:
    """The value of a CSV cell: JSON for a collection, else the value itself."""
    return _as_json(value) if isinstance(value, list | tuple | dict | set) or hasattr(value, "tolist") else value


def _as_json(value: Any) -> str | None:  # noqa: ANN401 - any value of a frame
    """A value as text: JSON unless it is text already; None for a missing value."""
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
    """The dtype of an exported column, for readers without knowledge of pandas."""
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

"""The roster: which students each teacher may see, from a CSV or TOML file that is read again when it changes."""

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Annotated

import msgspec

from bandup.auth.refusals import RosterUnusable

Roster = Mapping[str, frozenset[str]]
"""The ids of each teacher's students, by the teacher's e-mail or value of the claim."""
TomlRoster = dict[str, list[Annotated[str, msgspec.Meta(min_length=1)]]]


def is_email(text: str) -> bool:
    """Whether a text looks like one e-mail address."""
    return "*" not in text and re.fullmatch(r"[^@\s]+@[^@\s]+", text.strip()) is not None


def normalized_email(text: str) -> str:
    """An e-mail as it is compared: lower case, unless it isn't ASCII (the Kelvin sign would become a plain k)."""
    text = text.strip()
    return text.lower() if text.isascii() else text


def parse_roster(text: str, *, toml: bool, claim: str = "") -> Roster:
    """Each teacher's students out of a roster's text. Raises ValueError with what to correct.

    CSV has the columns `email` (or the claim that the roles use) and `user_id`, and a row for each student of a teacher.
    TOML has a list of user ids for each teacher.
    """
    students: dict[str, set[str]] = {}
    for teacher, user_id in _toml_rows(text) if toml else _csv_rows(text, claim):
        name = normalized_email(teacher) if is_email(teacher) else teacher.strip()
        students.setdefault(name, set()).add(user_id)
    return {teacher: frozenset(user_ids) for teacher, user_ids in students.items()}


def _toml_rows(text: str) -> Iterable[tuple[str, str]]:
    try:
        roster = msgspec.convert(tomllib.loads(text), TomlRoster)
    except msgspec.ValidationError as error:
        raise ValueError("each teacher should have a list of user ids in quotes") from error
    return [(teacher, user_id) for teacher, user_ids in roster.items() for user_id in user_ids]


def _csv_rows(text: str, claim: str) -> Iterable[tuple[str, str]]:
    rows = csv.reader(text.splitlines(), strict=True)
    header = [name.strip() for name in next(rows, [])]
    teacher_column = next((name for name in ("email", claim) if name and name in header), "")
    if not teacher_column or "user_id" not in header:
        raise ValueError("its first line should be email,user_id")
    teacher_index, user_id_index = header.index(teacher_column), header.index("user_id")
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header) or not row[teacher_index].strip() or not row[user_id_index].strip():
            raise ValueError(f"line {rows.line_num} should hold a teacher and a user id")
        yield row[teacher_index], row[user_id_index].strip()


class RosterFile:
    """A roster file that is read again when it changes, and that gives no one access while it can't be read."""

    def __init__(self, path: Path, claim: str = "") -> None:
        self._path = path
        self._claim = claim
        self._lock = Lock()
        self._version: tuple[int, ...] = ()
        self._roster: Roster = {}

    def read(self) -> Roster:
        """The roster as the file has it now. Raises RosterUnusable."""
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            with self._lock:
                if version != self._version:
                    text = self._path.read_text("utf-8-sig")
                    self._roster = parse_roster(text, toml=self._path.suffix.lower() == ".toml", claim=self._claim)
                    # set last: an unreadable file is tried again at every call until it is corrected
                    self._version = version
                return self._roster
        except (OSError, ValueError, csv.Error) as error:
            what = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
            raise RosterUnusable(name=self._path.name, what=what) from error

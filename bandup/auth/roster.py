"""The roster: which students each teacher may see, from a CSV or TOML file that is read again when it changes."""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Annotated

import msgspec

from bandup.auth.refusals import RosterUnusable
from bandup.text_search import normal_form

Roster = Mapping[str, frozenset[str]]
"""The ids of each teacher's students, by the normalized name of the teacher: an e-mail or a value of the claim."""
TomlRoster = dict[str, list[Annotated[str, msgspec.Meta(min_length=1)]]]


def is_email(text: str) -> bool:
    """Whether a text looks like one e-mail address."""
    return "*" not in text and re.fullmatch(r"[^@\s]+@[^@\s]+", text.strip()) is not None


def normalized_name(text: str) -> str:
    """An e-mail or a value of a claim as rules, roster and sign-in are compared: composed Unicode (NFC), lower case, no space around.

    A text with a sign that would become an ASCII letter (the Kelvin sign a `k`) is left as it is: a person with such a
    name is nobody else.
    """
    text = text.strip()
    if any(not sign.isascii() and normal_form(sign).lower().isascii() for sign in text):
        return text
    return normal_form(normal_form(text).lower())


def parse_roster(text: str, *, toml: bool, claim: str = "") -> Roster:
    """Each teacher's students out of a roster's text. Raises ValueError with what to correct.

    CSV has the columns `email` (or the claim that the roles use) and `user_id`, and a row for each student of a teacher.
    TOML has a list of user ids for each teacher.
    """
    students: dict[str, set[str]] = {}
    for teacher, user_id in _toml_rows(text) if toml else _csv_rows(text, claim):
        students.setdefault(normalized_name(teacher), set()).add(user_id)
    return {teacher: frozenset(user_ids) for teacher, user_ids in students.items()}


def _toml_rows(text: str) -> Iterable[tuple[str, str]]:
    try:
        roster = msgspec.convert(tomllib.loads(text), TomlRoster)
    except msgspec.ValidationError as error:
        raise ValueError("each teacher should have a list of user ids in quotes") from error
    return [(teacher, user_id) for teacher, user_ids in roster.items() for user_id in user_ids]


def _csv_rows(text: str, claim: str) -> Iterable[tuple[str, str]]:
    # not splitlines(), which also splits at U+2028, U+0085 and others within an id
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [normalized_name(name) for name in next(rows, [])]
    teacher_column = next((name for name in ("email", normalized_name(claim)) if name and name in header), "")
    if not teacher_column or "user_id" not in header:
        raise ValueError("its first line should be email,user_id")
    for column in (teacher_column, "user_id"):
        if header.count(column) > 1:
            raise ValueError(f"its first line names the column {column} twice")
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

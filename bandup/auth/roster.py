"""The roster: which students each teacher may see, from a CSV or TOML file that is read again when it changes."""

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

from bandup.auth.refusals import RosterUnusable

Roster = Mapping[str, frozenset[str]]
"""The ids of each teacher's students, by the teacher's e-mail or value of the claim."""


def is_email(text: str) -> bool:
    """Whether a text looks like one e-mail address."""
    return "*" not in text and re.fullmatch(r"[^@\s]+@[^@\s]+", text.strip()) is not None


def as_compared(text: str) -> str:
    """An e-mail as it is compared. Other alphabets keep their case: some of their letters become ours in lower case."""
    text = text.strip()
    return text.lower() if text.isascii() else text


def roster_in(text: str, *, toml: bool, claim: str = "") -> Roster:
    """Each teacher's students out of a roster's text. Raises ValueError with what to correct.

    CSV has the columns `email` and `user_id` (the first may be called as the claim that the roles go by), a row for each
    student of a teacher; TOML has a list of ids for each teacher.
    """
    found: dict[str, set[str]] = {}
    for teacher, user_id in _toml_rows(text) if toml else _csv_rows(text, claim):
        found.setdefault(as_compared(teacher) if is_email(teacher) else teacher.strip(), set()).add(user_id)
    return {teacher: frozenset(ids) for teacher, ids in found.items()}


def _toml_rows(text: str) -> Iterable[tuple[str, str]]:
    for teacher, ids in tomllib.loads(text).items():
        if not isinstance(ids, list) or not all(isinstance(one, str) and one for one in ids):
            raise ValueError("each teacher should have a list of user ids in quotes")
        yield from ((teacher, one) for one in ids)


def _csv_rows(text: str, claim: str) -> Iterable[tuple[str, str]]:
    rows = csv.reader(text.splitlines(), strict=True)
    heading = [name.strip() for name in next(rows, [])]
    teacher = next((name for name in ("email", claim) if name and name in heading), "")
    if not teacher or "user_id" not in heading:
        raise ValueError("its first line should be email,user_id")
    at, user_at = heading.index(teacher), heading.index("user_id")
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(heading) or not row[at].strip() or not row[user_at].strip():
            raise ValueError(f"line {rows.line_num} should hold a teacher and a user id")
        yield row[at], row[user_at].strip()


class RosterFile:
    """A roster that is read again when its file changes, and believed only as long as it can be read."""

    def __init__(self, path: Path, claim: str = "") -> None:
        self._path = path
        self._claim = claim
        self._lock = Lock()
        self._read_as_of: tuple[int, ...] = ()
        self._roster: Roster = {}

    def now(self) -> Roster:
        """The roster as the file has it now. Raises RosterUnusable."""
        try:
            stat = self._path.stat()
            as_of = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            with self._lock:
                if as_of != self._read_as_of:
                    text = self._path.read_text("utf-8-sig")
                    self._roster = roster_in(text, toml=self._path.suffix.lower() == ".toml", claim=self._claim)
                    # after all went well: an unreadable roster stays unreadable until it is mended
                    self._read_as_of = as_of
                return self._roster
        except (OSError, ValueError, csv.Error) as error:
            what = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
            raise RosterUnusable(self._path.name, what) from error

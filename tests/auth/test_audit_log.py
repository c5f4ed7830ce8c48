"""The access log: one line per access, no forged line, no access twice within some minutes, no access without a line."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandup.auth.audit_log import REPEAT_AFTER, AccessLog
from bandup.auth.refusals import AccessLogUnusable

ANNA = {"iss": "https://provider.example", "sub": "17", "who": "anna@school.example", "verified": True}
OMAR = ANNA | {"sub": "18", "who": "omar@school.example"}


class Clock:
    now = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def lines(path):
    """`lines()`: the lines of the log."""
    return lambda: path.read_text().splitlines()


def test_a_line_says_who_asked_for_what_and_when(path, lines):
    AccessLog(str(path), Clock()).record("s", ANNA, "student", {"user_id": "user-456", "id": ""})
    assert [json.loads(line) for line in lines()] == [
        {"at": "2026-11-22T12:30:00Z", **ANNA, "what": "student", "user_id": "user-456"}
    ]


@pytest.mark.parametrize(
    "text", ['x\n{"who": "forged"}', "x\r", "x\u2028y", "x\x85y", 'x", "who": "y', "\x1b[2J", "\ud800"]
)
def test_an_id_starts_no_line_and_stays_in_its_field(path, lines, text):
    person = dict.fromkeys(ANNA, text)
    AccessLog(str(path), Clock()).record("s", person, "evaluation", {"user_id": text, "id": text})
    (line,) = lines()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) | {"at": ""} == {"at": "", **person, "what": "evaluation", "user_id": text, "id": text}


def test_the_same_again_is_written_after_some_minutes_for_each_session_person_and_subject(path, lines):
    clock = Clock()
    log = AccessLog(str(path), clock)
    for session, person, what, user_id in [
        ("s", ANNA, "student", "u"),
        ("s", ANNA, "student", "u"),
        ("t", ANNA, "student", "u"),
        ("s", OMAR, "student", "u"),
        ("s", ANNA | {"sub": "19"}, "student", "u"),
        ("s", ANNA, "feedbacks", "u"),
        ("s", ANNA, "student", "v"),
        ("s", ANNA, "student", "v"),
    ]:
        log.record(session, person, what, {"user_id": user_id})
    assert len(lines()) == 6
    clock.now += REPEAT_AFTER - timedelta(seconds=1)
    log.record("s", ANNA, "student", {"user_id": "u"})
    assert len(lines()) == 6
    clock.now += timedelta(seconds=1)
    log.record("s", ANNA, "student", {"user_id": "u"})
    log.record("s", ANNA, "student", {"user_id": "u"}, timedelta.max)
    assert len(lines()) == 7


def test_the_memory_of_recent_accesses_is_bounded(path, lines):
    log = AccessLog(str(path), Clock(), max_recent=2)
    for user_id in ("u", "v", "w", "w", "u"):
        log.record("s", ANNA, "student", {"user_id": user_id})
    assert len(lines()) == 4


def test_a_moved_or_removed_file_is_made_again(path, lines):
    log = AccessLog(str(path), Clock())
    log.record("s", ANNA, "student", {"user_id": "u"})
    path.rename(path.with_name("rotated.log"))
    log.record("s", ANNA, "student", {"user_id": "v"})
    assert len(lines()) == 1
    path.unlink()
    log.record("s", ANNA, "student", {"user_id": "w"})
    assert [json.loads(line)["user_id"] for line in lines()] == ["w"]


def block(path: Path) -> None:
    """Make the log unwritable, for root too."""
    path.unlink()
    path.mkdir()


def test_an_access_that_can_not_be_logged_is_an_error_until_it_can(path, lines):
    log = AccessLog(str(path), Clock())
    log.check()
    log.record("s", ANNA, "student", {"user_id": "u"})
    block(path)
    for user_id in ("u", "v", "v", "u"):
        with pytest.raises(AccessLogUnusable, match=r"DASHBOARD_ACCESS_LOG can't be written \(Is a directory\)"):
            log.record("s", ANNA, "student", {"user_id": user_id})
    with pytest.raises(AccessLogUnusable):
        log.check()
    path.rmdir()
    log.record("s", ANNA, "student", {"user_id": "v"})
    log.check()
    assert [json.loads(line)["user_id"] for line in lines()] == ["v"]
    log.record("s", ANNA, "student", {"user_id": "v"})
    assert len(lines()) == 1


def test_the_check_finds_an_unwritable_file_and_recovers_without_an_access(path, lines):
    log = AccessLog(str(path), Clock())
    path.mkdir()
    for _ in range(2):
        with pytest.raises(AccessLogUnusable):
            log.check()
    path.rmdir()
    log.check()
    log.check()
    assert [json.loads(line) for line in lines()] == [{"at": "2026-11-22T12:30:00Z", "what": "log_writable_again"}]


def test_a_full_disk_is_noticed_by_the_check_after_the_first_access():
    log = AccessLog("/dev/full", Clock())
    log.check()
    with pytest.raises(AccessLogUnusable, match="No space left on device"):
        log.record("s", ANNA, "student", {"user_id": "u"})
    with pytest.raises(AccessLogUnusable, match="No space left on device"):
        log.check()


def test_a_line_that_was_written_in_part_spoils_no_other(path, lines, monkeypatch):
    log = AccessLog(str(path), Clock())
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:10]))
    with pytest.raises(AccessLogUnusable, match="No space left on device"):
        log.record("s", ANNA, "student", {"user_id": "u"})
    monkeypatch.undo()
    log.record("s", ANNA, "student", {"user_id": "u"})
    log.record("s", ANNA, "student", {"user_id": "v"})
    (part, *whole) = lines()
    assert len(part) == 10
    assert [json.loads(line)["user_id"] for line in whole] == ["u", "v"]


def test_a_file_that_can_not_be_written_is_a_sentence(tmp_path):
    with pytest.raises(AccessLogUnusable, match=r"DASHBOARD_ACCESS_LOG can't be written \(No such file"):
        AccessLog(str(tmp_path / "no" / "access.log"), Clock()).check()


def test_without_a_file_it_goes_to_stderr(capfd):
    log = AccessLog("", Clock())
    log.check()
    log.record("s", ANNA, "student", {})
    assert json.loads(capfd.readouterr().err)["sub"] == "17"

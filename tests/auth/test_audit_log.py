"""The access log: one line per access, no forged line, no access twice within some minutes."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from bandup.auth import audit_log
from bandup.auth.audit_log import REPEAT_AFTER, AccessLog
from bandup.auth.refusals import AccessLogUnusable


class Clock:
    now = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def lines(tmp_path):
    """`lines()`: the lines of the log."""
    path = tmp_path / "access.log"
    before = audit_log.logger.handlers[:]
    audit_log.open_log(str(path))
    yield lambda: path.read_text().splitlines()
    audit_log.logger.handlers[0].close()
    audit_log.logger.handlers = before


def test_a_line_says_who_asked_for_what_and_when(lines):
    AccessLog(Clock()).record("s", "anna@school.example", "student", {"user_id": "user-456", "id": ""})
    assert [json.loads(line) for line in lines()] == [
        {"at": "2026-11-22T12:30:00Z", "who": "anna@school.example", "what": "student", "user_id": "user-456"}
    ]


@pytest.mark.parametrize(
    "text", ['x\n{"who": "forged"}', "x\r", "x\u2028y", "x\x85y", 'x", "who": "y', "\x1b[2J", "\ud800"]
)
def test_an_id_starts_no_line_and_stays_in_its_field(lines, text):
    AccessLog(Clock()).record("s", text, "evaluation", {"user_id": text, "id": text})
    (line,) = lines()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) | {"at": ""} == {"at": "", "who": text, "what": "evaluation", "user_id": text, "id": text}


def test_the_same_again_is_written_after_some_minutes_for_each_session_person_and_subject(lines):
    clock = Clock()
    log = AccessLog(clock)
    for session, who, what, user_id in [
        ("s", "anna", "student", "u"),
        ("s", "anna", "student", "u"),
        ("t", "anna", "student", "u"),
        ("s", "omar", "student", "u"),
        ("s", "anna", "feedbacks", "u"),
        ("s", "anna", "student", "v"),
        ("s", "anna", "student", "v"),
    ]:
        log.record(session, who, what, {"user_id": user_id})
    assert len(lines()) == 5
    clock.now += REPEAT_AFTER - timedelta(seconds=1)
    log.record("s", "anna", "student", {"user_id": "u"})
    assert len(lines()) == 5
    clock.now += timedelta(seconds=1)
    log.record("s", "anna", "student", {"user_id": "u"})
    log.record("s", "anna", "student", {"user_id": "u"}, timedelta.max)
    assert len(lines()) == 6


def test_the_memory_of_recent_accesses_is_bounded(lines):
    log = AccessLog(Clock(), max_recent=2)
    for user_id in ("u", "v", "w", "w", "u"):
        log.record("s", "anna", "student", {"user_id": user_id})
    assert len(lines()) == 4


def test_a_file_that_can_not_be_written_is_a_sentence(tmp_path):
    with pytest.raises(AccessLogUnusable, match=r"DASHBOARD_ACCESS_LOG can't be written \(No such file"):
        audit_log.open_log(str(tmp_path / "no" / "access.log"))


def test_without_a_file_it_goes_to_stderr(lines, capsys):
    audit_log.open_log("")
    assert isinstance(audit_log.logger.handlers[0], logging.StreamHandler)
    AccessLog(Clock()).record("s", "anna", "student", {})
    assert json.loads(capsys.readouterr().err)["who"] == "anna"

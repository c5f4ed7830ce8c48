"""Who may read and write what is in the table of reviews: teachers of their own students, ops of causes, nobody else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bandup import clock
from bandup.auth import guard, roles
from bandup.auth.refusals import NoRole, NotSignedIn, NotYours, WrongRole
from bandup.queries import cached_reads, reviews
from data.errors import Throttled
from data.results import Cost
from data.review_entries import CauseAction, Note, ReviewEntry, Skip, TargetBand, moment_of, subject_of
from data.reviews import ReviewsRead
from data.settings import Settings
from tests.analysis.test_second_marks import mark

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHER = "student-of-mine", "student-of-another"
SCHOOL = "{}@school.example"


class Table:
    """A table of reviews in memory."""

    def __init__(self, *_: object) -> None:
        self.entries: list[ReviewEntry] = []

    def read(self) -> ReviewsRead:
        return ReviewsRead(tuple(self.entries), 0, Cost())

    def add(self, entry: ReviewEntry) -> None:
        self.entries.append(entry)


class Visit:
    """Who is signed in, and what is stored."""

    def __init__(self, log: Any) -> None:
        self.claims: dict[str, object] = {}
        self.table = Table()
        self._log = log

    def sign_in(self, name: str) -> None:
        self.claims = {
            "is_logged_in": True,
            "iat": NOW.timestamp(),
            "sub": name,
            "email": SCHOOL.format(name),
            "email_verified": True,
        }

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Visit]:
    (tmp_path / "roster.csv").write_text(f"email,user_id\n{SCHOOL.format('anna')},{MINE}\n")
    now = Visit(tmp_path / "access.log")
    rules = {"teacher": [SCHOOL.format(name) for name in ("anna", "bo")], "ops": [SCHOOL.format("omar")]}
    rules["roster"] = str(tmp_path / "roster.csv")  # type: ignore[assignment]
    cached_reads.reset_caches()
    monkeypatch.setenv("DASHBOARD_ACCESS_LOG", str(tmp_path / "access.log"))
    monkeypatch.setattr(roles, "is_set_up", lambda *_: True)
    monkeypatch.setattr(guard, "_visitor", lambda: guard._Visitor("s", now.claims))
    monkeypatch.setattr(guard, "_roles_table", lambda: rules)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(cached_reads, "settings", lambda: Settings(demo=False, reviews="marks"))
    monkeypatch.setattr(cached_reads, "cached_students", lambda: None)
    log = reviews.ReviewLog(now.table, timedelta(minutes=5), lambda: NOW)  # type: ignore[arg-type]
    monkeypatch.setattr(reviews, "_review_log", lambda _: log)
    yield now
    cached_reads.reset_caches()


def note(user_id: str, by: str) -> Note:
    return Note(subject=subject_of("student", user_id), at=moment_of(NOW), by=by, user_id=user_id, text="reads well")


def cause(by: str) -> CauseAction:
    subject = subject_of("cause", "failed", "quota")
    return CauseAction(subject=subject, at=moment_of(NOW), by=by, state="failed", cause="quota", action="mute")


READS = {
    "for_teacher": reviews.for_teacher,
    "for_ops": reviews.for_ops,
    "marks_for_verdict": reviews.marks_for_verdict,
    "are_on": reviews.are_on,
    "signed_in_as": reviews.signed_in_as,
    "next_to_mark": lambda: reviews.next_to_mark("anna"),
    "add_about_student": lambda: reviews.add_about_student(note(MINE, SCHOOL.format("nobody"))),
    "add_about_cause": lambda: reviews.add_about_cause([cause(SCHOOL.format("nobody"))]),
}


@pytest.mark.parametrize("ask", READS.values(), ids=READS)
def test_nobody_without_a_role_reads_or_writes_anything(visit, ask):
    with pytest.raises(NotSignedIn):
        ask()
    visit.sign_in("nobody")
    with pytest.raises(NoRole):
        ask()
    assert visit.table.entries == []


def test_every_public_function_is_checked():
    public = {
        name
        for name, function in vars(reviews).items()
        if getattr(function, "__module__", "") == reviews.__name__ and name[0].islower() and not name.startswith("_")
    }
    assert public == {*READS}


def test_a_teacher_writes_and_reads_of_their_own_students_only(visit):
    visit.sign_in("anna")
    anna = SCHOOL.format("anna")
    own: list[Any] = [
        note(MINE, anna),
        mark(user_id=MINE, by=anna),
        Skip(subject="s", at=moment_of(NOW), by=anna, evaluation_id="e1", user_id=MINE, reason="cut off"),
        TargetBand(subject="s", at=moment_of(NOW), by=anna, user_id=MINE, band=7.0),
    ]
    for entry in own:
        reviews.add_about_student(entry)
    for entry in (note(OTHER, anna), mark(user_id=OTHER, by=anna)):
        with pytest.raises(NotYours):
            reviews.add_about_student(entry)
    visit.table.entries.append(mark(user_id=OTHER, by="somebody"))
    assert {entry.at for entry in reviews.for_teacher().entries} == {entry.at for entry in own}
    assert len(reviews.marks_for_verdict().marks) == 1
    with pytest.raises(WrongRole):
        reviews.for_ops()
    with pytest.raises(WrongRole):
        reviews.add_about_cause([cause(anna)])


def test_ops_write_and_read_causes_only(visit):
    visit.table.entries += [mark(user_id=MINE, by="somebody")]
    visit.sign_in("omar")
    omar = SCHOOL.format("omar")
    reviews.add_about_cause([cause(omar)])
    assert [type(entry) for entry in reviews.for_ops().entries] == [CauseAction]
    assert len(reviews.marks_for_verdict().marks) == 1
    with pytest.raises(WrongRole):
        reviews.for_teacher()
    with pytest.raises(WrongRole):
        reviews.add_about_student(note(MINE, omar))


def test_nobody_writes_in_another_persons_name(visit):
    visit.sign_in("anna")
    with pytest.raises(ValueError, match="was written by"):
        reviews.add_about_student(note(MINE, "Bo"))
    assert visit.table.entries == []


def test_every_write_is_in_the_access_log_and_none_of_its_text(visit):
    visit.sign_in("anna")
    for _ in range(2):
        reviews.add_about_student(mark(user_id=MINE, by=SCHOOL.format("anna"), comment="a secret comment"))
    with pytest.raises(NotYours):
        reviews.add_about_student(note(OTHER, SCHOOL.format("anna")))
    visit.sign_in("omar")
    reviews.add_about_cause([cause(SCHOOL.format("omar"))])
    lines = [(line["what"], line.get("user_id"), line.get("id")) for line in visit.logged()]
    assert lines.count(("wrote_mark", MINE, "e1")) == 2
    assert ("refused", OTHER, None) in lines
    assert ("wrote_cause", None, "quota") in lines
    assert "a secret comment" not in (json.dumps(visit.logged()))


def test_what_was_stored_is_there_at_once_and_once(visit):
    visit.sign_in("anna")
    before = reviews.for_teacher().marks
    assert reviews.for_teacher().marks is before  # shared while nothing was added
    reviews.add_about_student(mark(user_id=MINE, by=SCHOOL.format("anna")))
    assert len(reviews.for_teacher().marks) == 1
    log = reviews._review_log(cached_reads.settings())
    log.read_again()
    log._refresh.wait(5)
    assert len(reviews.for_teacher().marks) == 1


def test_a_table_that_can_not_be_read_is_a_sentence(visit, monkeypatch):
    def fail() -> ReviewsRead:
        raise Throttled(table="marks")

    visit.sign_in("anna")
    monkeypatch.setattr(visit.table, "read", fail)
    current = reviews.for_teacher()
    assert current.problem == (
        "Second marks and notes can’t be read: DynamoDB is throttling requests to marks: wait a minute, then try again."
    )
    assert current.marks.empty


def test_an_unforeseen_error_is_not_swallowed(visit, monkeypatch):
    def fail() -> ReviewsRead:
        raise ZeroDivisionError

    visit.sign_in("anna")
    monkeypatch.setattr(visit.table, "read", fail)
    with pytest.raises(ZeroDivisionError):
        reviews.for_teacher()

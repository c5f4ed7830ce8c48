"""Every data function checks who asks, at every call and before anything is read."""

import inspect
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from bandup import clock
from bandup.auth import audit_log, guard, roles, streamlit_session
from bandup.auth.refusals import NoRole, NoStudents, NotSignedIn, NotYours, RolesUnusable, SignInExpired, WrongRole
from bandup.demo import items
from bandup.queries import cached, dataset
from bandup.queries.background_refresh import BackgroundRefresh
from data.columns import frame_of_items
from data.results import AllItems, Cost
from data.schema import TABLES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHER = "student-of-mine", "student-of-another"
OF_A_STUDENT: dict[str, Callable[[str], Any]] = {
    "student": lambda user_id: cached.student(user_id),
    "evaluation": lambda user_id: cached.evaluation("e", user_id),
    "feedbacks": lambda user_id: cached.feedbacks(user_id, ["e"]),
    "flashcard_set": lambda user_id: cached.flashcard_set("s", user_id),
    "flashcard_sets_of": lambda user_id: cached.flashcard_sets_of(user_id),
}
FOR_TEACHERS: dict[str, Callable[[], Any]] = {
    "snapshots": lambda: cached.snapshots(),
    "before_reading_a_student": lambda: cached.before_reading_a_student(),
    "cached_students": lambda: cached.cached_students(),
    **{name: (lambda ask=ask: ask(MINE)) for name, ask in OF_A_STUDENT.items()},  # type: ignore[misc]
}
FOR_OPS: dict[str, Callable[[], Any]] = {
    "job_snapshots": lambda: cached.job_snapshots(),
    "job": lambda: cached.job("evaluations", "e", OTHER),
    "job of a set": lambda: cached.job("flashcard_sets", "s", OTHER),
    "address": lambda: cached.address("evaluations"),
    "table_facts": lambda: cached.table_facts("evaluations"),
}
EVERY = FOR_TEACHERS | FOR_OPS
TELL_NOTHING_OF_STUDENTS = {
    *("settings", "price", "reset_cost", "cost_of_this_run", "reset_caches", "read_ahead"),
}


class Read(Exception):
    """The tables were about to be read."""


class Asking:
    """Who asks, and what the rules are: changed at will."""

    def __init__(self) -> None:
        self.claims: dict[str, object] = {}
        self.roles: object = {
            "teacher": ["anna@school.example", "both@school.example"],
            "ops": ["omar@school.example", "both@school.example"],
        }
        self.now = NOW

    def sign_in(self, name: str, **claims: object) -> None:
        self.claims = {
            "is_logged_in": True,
            "iat": NOW.timestamp(),
            "sub": name,
            "email": f"{name}@school.example",
            "email_verified": True,
            **claims,
        }


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Asking]:
    now = Asking()

    def read(*_: object) -> None:
        raise Read

    cached.reset_caches()
    monkeypatch.setenv("DASHBOARD_ACCESS_LOG", str(tmp_path / "access.log"))
    monkeypatch.setattr(roles, "is_set_up", lambda *_: True)
    monkeypatch.setattr(guard, "_visitor", lambda: guard._on_behalf.get() or guard._Visitor("s", now.claims))
    monkeypatch.setattr(guard, "_roles_table", lambda: now.roles)
    monkeypatch.setattr(clock, "now", lambda: now.now)
    monkeypatch.setattr(guard, "_accesses", audit_log.AccessLog(lambda: now.now))
    monkeypatch.setattr(cached, "_repository", read)
    monkeypatch.setattr(cached, "_snapshots", read)
    yield now
    cached.reset_caches()


@pytest.fixture
def roster(asking: Asking, tmp_path) -> Callable[[str], None]:
    """`roster("user_id\\n…")`: anna's and both's students, and nobody else's."""
    path = tmp_path / "roster.csv"
    assert isinstance(asking.roles, dict)
    asking.roles["roster"] = str(path)

    def write(*user_ids: str) -> None:
        rows = [f"{name}@school.example,{user_id}\n" for name in ("anna", "both") for user_id in user_ids]
        path.write_text("".join(["email,user_id\n", *rows]))

    write(MINE)
    return write


def test_each_function_is_in_these_tables():
    public = {
        name
        for name, function in inspect.getmembers(cached, inspect.isfunction)
        if function.__module__ == "bandup.queries.cached" and not name.startswith("_")
    }
    assert public == {name.split()[0] for name in EVERY} | TELL_NOTHING_OF_STUDENTS


@pytest.mark.parametrize("ask", EVERY.values(), ids=EVERY)
def test_nobody_gets_nothing(asking, ask):
    with pytest.raises(NotSignedIn):
        ask()
    asking.claims = {"is_logged_in": False}
    with pytest.raises(NotSignedIn):
        ask()
    asking.sign_in("nobody")
    with pytest.raises(NoRole):
        ask()
    asking.sign_in("both", email_verified=False)
    with pytest.raises(NoRole):
        ask()
    asking.sign_in("both", iat=(NOW - timedelta(hours=13)).timestamp())
    with pytest.raises(SignInExpired):
        ask()
    asking.sign_in("both")
    asking.roles = {"teacher": "both@school.example"}
    with pytest.raises(RolesUnusable):
        ask()


@pytest.mark.parametrize(
    ("name", "ask", "may"),
    [(name, ask, True) for name in ("anna", "both") for ask in FOR_TEACHERS.values()]
    + [(name, ask, True) for name in ("omar", "both") for ask in FOR_OPS.values()]
    + [("anna", ask, False) for ask in FOR_OPS.values()]
    + [("omar", ask, False) for ask in FOR_TEACHERS.values()],
)
def test_a_role_gets_its_own(asking, name, ask, may):
    asking.sign_in(name)
    with pytest.raises(Read if may else WrongRole):
        ask()


@pytest.mark.parametrize("ask", OF_A_STUDENT.values(), ids=OF_A_STUDENT)
def test_a_teacher_gets_the_students_of_the_roster_as_it_is_now(asking, roster, ask):
    asking.sign_in("anna")
    for user_id in (OTHER, "no-such-student", ""):
        with pytest.raises(NotYours) as refused:
            ask(user_id)
        # the same words whether there is such a student or not: nothing was read
        assert str(refused.value) == str(NotYours())
    with pytest.raises(Read):
        ask(MINE)
    roster(OTHER)
    with pytest.raises(NotYours):
        ask(MINE)
    with pytest.raises(Read):
        ask(OTHER)
    roster()
    with pytest.raises(NoStudents):
        ask(MINE)


@pytest.mark.parametrize("ask", EVERY.values(), ids=EVERY)
def test_a_sign_in_ends_while_the_page_is_open(asking, ask):
    asking.sign_in("both")
    with pytest.raises(Read):
        ask()
    asking.now += timedelta(hours=12)
    with pytest.raises(SignInExpired):
        ask()


def test_a_download_is_made_on_behalf_of_who_was_shown_its_button_and_checked_again(asking):
    asking.sign_in("anna")
    made = guard.as_current_user(lambda user_id: cached.student(user_id))
    asking.claims = {}
    with ThreadPoolExecutor(1) as elsewhere, pytest.raises(Read):
        elsewhere.submit(made, MINE).result()
    with pytest.raises(NotSignedIn):
        cached.student(MINE)
    asking.now += timedelta(hours=12)
    with pytest.raises(SignInExpired):
        made(MINE)


def test_a_sign_in_that_was_signed_out_counts_no_longer(asking, monkeypatch):
    asking.sign_in("anna")
    monkeypatch.setattr(streamlit_session, "claims_in", lambda _: asking.claims)
    assert guard.admits({})
    guard.sign_out({})
    assert not guard.admits({})
    with pytest.raises(NotSignedIn):
        cached.student(MINE)
    asking.sign_in("anna", iat=NOW.timestamp() + 1)
    with pytest.raises(Read):
        cached.student(MINE)


def test_accesses_and_refusals_are_logged(asking, roster, tmp_path):
    asking.sign_in("anna")
    for ask in (*OF_A_STUDENT.values(), *OF_A_STUDENT.values()):
        for user_id in (MINE, OTHER):
            with pytest.raises((Read, NotYours)):
                ask(user_id)
    with pytest.raises(WrongRole):
        cached.job("evaluations", "e", MINE)
    asking.sign_in("nobody")
    with pytest.raises(NoRole):
        guard.current_person()
    asking.claims = {}
    with pytest.raises(NotSignedIn):
        guard.current_person()
    logged = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
    assert {line.pop("at") for line in logged} == {"2026-11-22T12:00:00Z"}
    anna = {"who": "anna@school.example"}
    refused = anna | {"what": "refused", "why": "NotYours", "user_id": OTHER}
    assert logged == [
        anna | {"what": "student", "user_id": MINE},
        refused | {"asked_for": "student"},
        anna | {"what": "evaluation", "user_id": MINE, "id": "e"},
        refused | {"asked_for": "evaluation", "id": "e"},
        anna | {"what": "feedbacks", "user_id": MINE},
        refused | {"asked_for": "feedbacks"},
        anna | {"what": "flashcard_set", "user_id": MINE, "id": "s"},
        refused | {"asked_for": "flashcard_set", "id": "s"},
        anna | {"what": "refused", "asked_for": "job", "why": "WrongRole", "user_id": MINE, "id": "e"},
        {"who": "nobody@school.example", "what": "refused", "asked_for": "signed_in", "why": "NoRole"},
    ]


def test_without_sign_in_nobody_is_asked_and_nothing_is_logged(asking, monkeypatch, tmp_path):
    monkeypatch.setattr(roles, "is_set_up", lambda *_: False)
    for ask in EVERY.values():
        with pytest.raises(Read):
            ask()
    assert guard.current_person() == roles.AT_THE_MACHINE
    function = lambda: None  # noqa: E731
    assert guard.as_current_user(function) is function
    assert not (tmp_path / "access.log").exists()


def test_once_sign_in_was_asked_for_it_stays_asked_for(asking, monkeypatch):
    with pytest.raises(NotSignedIn):
        guard.current_person()
    monkeypatch.setattr(roles, "is_set_up", lambda *_: False)
    with pytest.raises(NotSignedIn):
        guard.current_person()


def test_twins_of_others_do_not_reach_a_teacher_of_some(asking, roster, monkeypatch):
    found = cached.EvaluationRead(pd.Series(), None, (OTHER, MINE, "third"), Cost())  # type: ignore[arg-type]
    monkeypatch.setattr(cached, "_evaluation", lambda *_: found)
    asking.sign_in("anna")
    assert cached.evaluation("e", MINE).same_job_users == (MINE,)
    del asking.roles["roster"]
    assert cached.evaluation("e", MINE).same_job_users == (OTHER, MINE, "third")


@pytest.fixture(scope="module")
def everyone() -> dataset.Dataset:
    made = [*items.generate(NOW, evaluations=200)]
    frames = (frame_of_items(table, [item for key, item in made if key == table.key], NOW) for table in TABLES.values())
    return dataset.build(AllItems(*frames, NOW, Cost(), {}), timedelta(minutes=15))


def test_part_of_the_cohort_tells_of_these_students_only(everyone):
    mine = frozenset(everyone.students["user_id"].iloc[:3]) | {"no-such-student"}
    part = dataset.restricted(everyone, mine)
    assert {*part.students["user_id"]} == mine - {"no-such-student"}
    others = {*everyone.jobs["user_id"]} - mine - {"unknown"}  # the source of a time, too
    assert others
    for field in fields(part):
        value = getattr(part, field.name)
        for table in value.values() if isinstance(value, dict) else [value]:
            if isinstance(table, pd.DataFrame | pd.Series):
                told = table.reset_index().astype("str").to_numpy().tolist()
                assert not others & {cell for row in told for cell in row}, field.name
    of_mine = everyone.students[everyone.students["user_id"].isin(mine)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.students.reset_index(drop=True), of_mine)
    states = everyone.evaluations.loc[everyone.evaluations["user_id"].isin(mine), "state"]
    assert [*part.evaluations["state"]] == [*states]


def test_part_of_the_cohort_is_made_once(everyone):
    assert dataset.restricted(everyone, frozenset({"a", "b"})) is dataset.restricted(everyone, frozenset({"b", "a"}))
    assert dataset.restricted(everyone, frozenset({"a"})).students.empty


def test_a_teacher_of_some_sees_part_of_the_snapshot_and_ops_all_of_it(asking, roster, everyone, monkeypatch):
    store = BackgroundRefresh(lambda _: everyone, lambda: 0, timedelta(minutes=5), lambda: NOW)
    monkeypatch.setattr(cached, "_snapshots", lambda _: store)
    someone = str(everyone.students["user_id"].iloc[0])
    roster(someone)
    asking.sign_in("both")
    seen = cached.snapshots()
    assert seen.wait(30)
    assert {*seen.view().value.students["user_id"]} == {someone}
    assert cached.cached_students() == [someone]
    assert cached.job_snapshots().view().value is everyone
    del asking.roles["roster"]
    assert cached.snapshots().view().value is everyone


def test_no_message_of_a_browser_clears_what_a_read_of_everyone_gave(monkeypatch):
    cached.reset_caches()
    for name in ("DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cached, "_demo_client", lambda: None)
    held = cached._snapshots(cached.settings()), cached._repository(cached.settings())
    st.cache_resource.clear()
    st.cache_data.clear()
    assert (cached._snapshots(cached.settings()), cached._repository(cached.settings())) == held
    cached.reset_caches()
    assert cached._snapshots(cached.settings()) is not held[0]
    cached.reset_caches()

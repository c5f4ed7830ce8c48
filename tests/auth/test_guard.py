"""Every function that pages call checks the current person, at every call and before anything is read."""

import inspect
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from bandup import clock
from bandup.auth import guard, roles, streamlit_session
from bandup.auth.refusals import (
    AccessLogUnusable,
    NoRole,
    NoStudents,
    NotSignedIn,
    NotYours,
    RolesUnusable,
    SignInExpired,
    WrongRole,
)
from bandup.demo import items
from bandup.queries import cached_reads, dataset
from bandup.queries.background_refresh import BackgroundRefresh
from data.columns import frame_of_items
from data.results import AllItems, Cost, RefreshView, StudentItems
from data.schema import TABLES
from tests.items import writing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINE, OTHER = "student-of-mine", "student-of-another"
OF_A_STUDENT: dict[str, Callable[[str], Any]] = {
    "student": lambda user_id: cached_reads.student(user_id),
    "evaluation": lambda user_id: cached_reads.evaluation("e", user_id),
    "feedbacks": lambda user_id: cached_reads.feedbacks(user_id, ["e"]),
    "flashcard_set": lambda user_id: cached_reads.flashcard_set("s", user_id),
    "flashcard_sets_of": lambda user_id: cached_reads.flashcard_sets_of(user_id),
}
FOR_TEACHERS: dict[str, Callable[[], Any]] = {
    "dataset_refresh": lambda: cached_reads.dataset_refresh(),
    "units_of_all_items": lambda: cached_reads.units_of_all_items(),
    "class_estimates": lambda: cached_reads.class_estimates(),
    "read_all_items": lambda: cached_reads.read_all_items(),
    "student_read_notice": lambda: cached_reads.student_read_notice(),
    "cached_student_ids": lambda: cached_reads.cached_student_ids(),
    "ids_in_other_forms": lambda: cached_reads.ids_in_other_forms(OTHER),
    "stored_form": lambda: cached_reads.stored_form(OTHER),
    "stored_ids": lambda: cached_reads.stored_ids(OTHER, evaluation_id="e"),
    **{name: (lambda ask=ask: ask(MINE)) for name, ask in OF_A_STUDENT.items()},  # type: ignore[misc]
}
FOR_OPS: dict[str, Callable[[], Any]] = {
    "dataset_refresh_for_ops": lambda: cached_reads.dataset_refresh_for_ops(),
    "stored_form for ops": lambda: cached_reads.stored_form(OTHER, roles.Role.OPS),
    "stored_ids for ops": lambda: cached_reads.stored_ids(OTHER, roles.Role.OPS, evaluation_id="e"),
    "job": lambda: cached_reads.job("evaluations", "e", OTHER),
    "job of a set": lambda: cached_reads.job("flashcard_sets", "s", OTHER),
    "table_address": lambda: cached_reads.table_address("evaluations"),
    "table_facts": lambda: cached_reads.table_facts("evaluations"),
}
ALL_FUNCTIONS = FOR_TEACHERS | FOR_OPS
WITHOUT_STUDENT_DATA = {
    *("whole_read", "is_only_form_of", "cached_students"),  # for `bandup.queries` only
    *("settings", "reset_caches", "start_first_read"),
}


class TablesRead(Exception):
    """The tables were about to be read."""


class Visit:
    """The claims of the visitor and the rules, which a test may change."""

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
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Visit]:
    now = Visit()

    def read(*_: object) -> None:
        raise TablesRead

    cached_reads.reset_caches()
    monkeypatch.setenv("DASHBOARD_ACCESS_LOG", str(tmp_path / "access.log"))
    monkeypatch.setattr(roles, "is_set_up", lambda *_: True)
    monkeypatch.setattr(guard, "_visitor", lambda: guard._bound_visitor.get() or guard._Visitor("s", now.claims))
    monkeypatch.setattr(guard, "_roles_table", lambda: now.roles)
    monkeypatch.setattr(clock, "now", lambda: now.now)
    monkeypatch.setattr(cached_reads, "_repository", read)
    monkeypatch.setattr(cached_reads, "_dataset_refresh", read)
    yield now
    cached_reads.reset_caches()


@pytest.fixture
def roster(visit: Visit, tmp_path) -> Callable[[str], None]:
    """`roster("user_id\\n…")`: the students of anna and both; nobody else has any."""
    path = tmp_path / "roster.csv"
    assert isinstance(visit.roles, dict)
    visit.roles["roster"] = str(path)

    def write(*user_ids: str) -> None:
        rows = [f"{name}@school.example,{user_id}\n" for name in ("anna", "both") for user_id in user_ids]
        path.write_text("".join(["email,user_id\n", *rows]))

    write(MINE)
    return write


def test_every_public_function_is_listed_here():
    public = {
        name
        for name, function in inspect.getmembers(cached_reads, inspect.isfunction)
        if function.__module__ == "bandup.queries.cached_reads" and not name.startswith("_")
    }
    assert public == {name.split()[0] for name in ALL_FUNCTIONS} | WITHOUT_STUDENT_DATA


@pytest.mark.parametrize("ask", ALL_FUNCTIONS.values(), ids=ALL_FUNCTIONS)
def test_without_a_valid_sign_in_and_role_nothing_is_read(visit, ask):
    with pytest.raises(NotSignedIn):
        ask()
    visit.claims = {"is_logged_in": False}
    with pytest.raises(NotSignedIn):
        ask()
    visit.sign_in("nobody")
    with pytest.raises(NoRole):
        ask()
    visit.sign_in("both", email_verified=False)
    with pytest.raises(NoRole):
        ask()
    visit.sign_in("both", iat=(NOW - timedelta(hours=13)).timestamp())
    with pytest.raises(SignInExpired):
        ask()
    visit.sign_in("both")
    visit.roles = {"teacher": "both@school.example"}
    with pytest.raises(RolesUnusable):
        ask()


@pytest.mark.parametrize(
    ("name", "ask", "may"),
    [(name, ask, True) for name in ("anna", "both") for ask in FOR_TEACHERS.values()]
    + [(name, ask, True) for name in ("omar", "both") for ask in FOR_OPS.values()]
    + [("anna", ask, False) for ask in FOR_OPS.values()]
    + [("omar", ask, False) for ask in FOR_TEACHERS.values()],
)
def test_a_role_may_call_its_own_functions_only(visit, name, ask, may):
    visit.sign_in(name)
    with pytest.raises(TablesRead if may else WrongRole):
        ask()


@pytest.mark.parametrize("ask", OF_A_STUDENT.values(), ids=OF_A_STUDENT)
def test_a_teacher_gets_the_students_of_the_current_roster(visit, roster, ask):
    visit.sign_in("anna")
    for user_id in (OTHER, "no-such-student", ""):
        with pytest.raises(NotYours) as refused:
            ask(user_id)
        # the same words whether there is such a student or not: nothing was read
        assert str(refused.value) == str(NotYours())
    with pytest.raises(TablesRead):
        ask(MINE)
    roster(OTHER)
    with pytest.raises(NotYours):
        ask(MINE)
    with pytest.raises(TablesRead):
        ask(OTHER)
    roster()
    with pytest.raises(NoStudents):
        ask(MINE)


@pytest.mark.parametrize("ask", ALL_FUNCTIONS.values(), ids=ALL_FUNCTIONS)
def test_a_sign_in_ends_while_the_page_is_open(visit, ask):
    visit.sign_in("both")
    with pytest.raises(TablesRead):
        ask()
    visit.now += timedelta(hours=12)
    with pytest.raises(SignInExpired):
        ask()


def test_outside_of_a_script_a_session_acts_as_its_person_who_is_checked_first(visit):
    visit.sign_in("anna")
    claims, visit.claims = visit.claims, {}

    def ask() -> None:
        with guard.acting_as("s", claims):
            cached_reads.student(MINE)

    with ThreadPoolExecutor(1) as elsewhere, pytest.raises(TablesRead):
        elsewhere.submit(ask).result()
    with pytest.raises(NotSignedIn):
        cached_reads.student(MINE)
    visit.now += timedelta(hours=12)
    with pytest.raises(SignInExpired), guard.acting_as("s", claims):
        pytest.fail("the person was not checked")


def test_a_sign_in_ends_with_the_sign_out(visit, monkeypatch):
    visit.sign_in("anna")
    monkeypatch.setattr(streamlit_session, "claims_in", lambda _: visit.claims)
    assert guard.admits({})
    guard.sign_out({})
    assert not guard.admits({})
    with pytest.raises(NotSignedIn):
        cached_reads.student(MINE)
    visit.sign_in("anna", iat=NOW.timestamp() + 1)
    with pytest.raises(TablesRead):
        cached_reads.student(MINE)


def test_accesses_and_refusals_are_logged(visit, roster, tmp_path):
    visit.sign_in("anna")
    for ask in (*OF_A_STUDENT.values(), *OF_A_STUDENT.values()):
        for user_id in (MINE, OTHER):
            with pytest.raises((TablesRead, NotYours)):
                ask(user_id)
    with pytest.raises(WrongRole):
        cached_reads.job("evaluations", "e", MINE)
    visit.sign_in("nobody")
    with pytest.raises(NoRole):
        guard.current_person()
    visit.claims = {}
    with pytest.raises(NotSignedIn):
        guard.current_person()
    logged = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
    assert {line.pop("at") for line in logged} == {"2026-11-22T12:00:00Z"}
    anna = {"sub": "anna", "who": "anna@school.example"}
    refused = anna | {"what": "refused", "why": "NotYours", "user_id": OTHER}
    omitted = {"iss": "", "verified": True}
    assert [line for line in logged if not omitted.items() <= line.items()] == []
    logged = [{name: value for name, value in line.items() if name not in omitted} for line in logged]
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
        {"sub": "nobody", "who": "nobody@school.example", "what": "refused", "asked_for": "signed_in", "why": "NoRole"},
    ]


def test_what_can_not_be_logged_is_refused_until_it_can(visit, tmp_path):
    log = tmp_path / "access.log"
    visit.sign_in("both")
    with pytest.raises(TablesRead):
        cached_reads.student(MINE)
    log.unlink()
    log.mkdir()
    for ask in (
        *ALL_FUNCTIONS.values(),
        guard.current_person,
        lambda: guard.require_page(frozenset({roles.Role.OPS}), "Tables"),
    ):
        with pytest.raises(AccessLogUnusable):
            ask()
    assert "can't be written (Is a directory)" in guard.access_log_error()
    visit.claims = {}
    with pytest.raises(NotSignedIn):
        guard.current_person()
    visit.sign_in("both")
    log.rmdir()
    for ask in ALL_FUNCTIONS.values():
        with pytest.raises(TablesRead):
            ask()
    assert guard.access_log_error() == ""
    assert {"everyone", "job", "tables"} <= {json.loads(line)["what"] for line in log.read_text().splitlines()}


def test_a_sign_out_works_while_the_log_can_not_be_written(visit, tmp_path, monkeypatch):
    (tmp_path / "access.log").mkdir()
    visit.sign_in("anna")
    monkeypatch.setattr(streamlit_session, "claims_in", lambda _: visit.claims)
    guard.sign_out({})
    assert not guard.admits({})


def test_the_log_says_that_a_name_is_not_verified(visit, tmp_path):
    visit.sign_in(
        "mallory", email="anna@school.example", email_verified=False, iss="https://provider.example", groups="T"
    )
    visit.roles = {"claim": "groups", "teacher": ["T"]}
    with pytest.raises(TablesRead):
        cached_reads.student(MINE)
    (line,) = (tmp_path / "access.log").read_text().splitlines()
    assert json.loads(line) == {
        "at": "2026-11-22T12:00:00Z",
        "iss": "https://provider.example",
        "sub": "mallory",
        "who": "anna@school.example",
        "verified": False,
        "what": "student",
        "user_id": MINE,
    }


def test_without_sign_in_everything_may_be_read_and_nothing_is_logged(visit, monkeypatch, tmp_path):
    monkeypatch.setattr(roles, "is_set_up", lambda *_: False)
    for ask in ALL_FUNCTIONS.values():
        with pytest.raises(TablesRead):
            ask()
    assert guard.current_person() == roles.AT_THE_MACHINE
    assert not (tmp_path / "access.log").exists()


def test_a_removed_auth_table_opens_nothing(visit, monkeypatch):
    with pytest.raises(NotSignedIn):
        guard.current_person()
    monkeypatch.setattr(roles, "is_set_up", lambda *_: False)
    with pytest.raises(NotSignedIn):
        guard.current_person()


def test_a_teacher_with_a_roster_sees_only_their_own_students_among_users_of_the_same_job(visit, roster, monkeypatch):
    read = cached_reads.EvaluationRead(pd.Series(), None, (OTHER, MINE, "third"), Cost())  # type: ignore[arg-type]
    monkeypatch.setattr(cached_reads, "_evaluation", lambda *_: read)
    no_dataset = SimpleNamespace(view=lambda: RefreshView(None, None, None, None))
    monkeypatch.setattr(cached_reads, "_dataset_refresh", lambda _: no_dataset)
    visit.sign_in("anna")
    assert cached_reads.evaluation("e", MINE).same_job_users == (MINE,)
    del visit.roles["roster"]
    assert cached_reads.evaluation("e", MINE).same_job_users == (OTHER, MINE, "third")


@pytest.fixture(scope="module")
def everyone() -> dataset.Dataset:
    made = [*items.generate(NOW, evaluations=200)]
    frames = (frame_of_items(table, [item for key, item in made if key == table.key], NOW) for table in TABLES.values())
    return dataset.build(AllItems(*frames, NOW, Cost(), {}), timedelta(minutes=15))


def test_a_restricted_dataset_holds_these_students_only(everyone):
    mine = frozenset(everyone.students["user_id"].iloc[:3]) | {"no-such-student"}
    part = dataset.restricted(everyone, mine)
    assert {*part.students["user_id"]} == mine - {"no-such-student"}
    others = {*everyone.jobs["user_id"]} - mine - {"unknown"}  # the source of a time, too
    assert others
    for field in fields(part):
        value = getattr(part, field.name)
        for table in value.values() if isinstance(value, dict) else [value]:
            if isinstance(table, pd.DataFrame | pd.Series):
                cells = table.reset_index().astype("str").to_numpy().tolist()
                assert not others & {cell for row in cells for cell in row}, field.name
    of_mine = everyone.students[everyone.students["user_id"].isin(mine)].reset_index(drop=True)
    pd.testing.assert_frame_equal(part.students.reset_index(drop=True), of_mine)
    states = everyone.evaluations.loc[everyone.evaluations["user_id"].isin(mine), "state"]
    assert [*part.evaluations["state"]] == [*states]


def test_a_restricted_dataset_is_built_once(everyone):
    assert dataset.restricted(everyone, frozenset({"a", "b"})) is dataset.restricted(everyone, frozenset({"b", "a"}))
    assert dataset.restricted(everyone, frozenset({"a"})).students.empty


def test_a_teacher_with_a_roster_sees_a_restricted_dataset_and_ops_all_of_it(visit, roster, everyone, monkeypatch):
    store = BackgroundRefresh(lambda _: everyone, lambda: 0, timedelta(minutes=5), lambda: NOW)
    monkeypatch.setattr(cached_reads, "_dataset_refresh", lambda _: store)
    someone = str(everyone.students["user_id"].iloc[0])
    roster(someone)
    visit.sign_in("both")
    seen = cached_reads.dataset_refresh()
    assert seen.wait(30)
    assert {*seen.view().value.students["user_id"]} == {someone}
    assert cached_reads.cached_student_ids() == [someone]
    assert cached_reads.dataset_refresh_for_ops().view().value.evaluations.shape == everyone.evaluations.shape
    del visit.roles["roster"]
    assert len(cached_reads.dataset_refresh().view().value.students) == len(everyone.students)


COMPOSED, DECOMPOSED, MIXED = "h\u1ea3i-\u00e9", "ha\u0309i-e\u0301", "h\u1ea3i-e\u0301"


@pytest.mark.parametrize(
    ("stored", "listed", "seen"),
    [
        ([COMPOSED], [DECOMPOSED], [COMPOSED]),
        ([DECOMPOSED], [COMPOSED], [DECOMPOSED]),
        ([MIXED, "ann"], [COMPOSED, "ben"], [MIXED]),
        ([COMPOSED, DECOMPOSED], [DECOMPOSED], [DECOMPOSED]),
        ([COMPOSED, DECOMPOSED], [COMPOSED, DECOMPOSED], [COMPOSED, DECOMPOSED]),
        ([COMPOSED, DECOMPOSED], [MIXED], []),
        ([COMPOSED, MIXED], [DECOMPOSED, MIXED], [MIXED]),
        ([COMPOSED], ["ann"], []),
    ],
)
@pytest.mark.parametrize("is_cached", [True, False], ids=["with the dataset", "without the dataset"])
def test_a_roster_in_another_unicode_form_admits_to_its_students_only(
    visit, roster, monkeypatch, stored, listed, seen, is_cached
):
    made = [item for user_id in stored for item in [("evaluations", writing(user_id=user_id))]]
    frames = [frame_of_items(table, [item for key, item in made if key == table.key], NOW) for table in TABLES.values()]
    everything = dataset.build(AllItems(*frames, NOW, Cost(), {}), timedelta(minutes=15))
    store = BackgroundRefresh(lambda _: everything, lambda: 0, timedelta(minutes=5), lambda: NOW)
    if is_cached:
        store.request()
        assert store.wait(30)
    monkeypatch.setattr(cached_reads, "_dataset_refresh", lambda _: store)

    def read_student(_: object, user_id: str) -> StudentItems:
        own = [frame[frame["user_id"] == user_id] for frame in (everything.evaluations, everything.flashcard_sets)]
        return StudentItems(user_id, *own, NOW, Cost(), {})

    monkeypatch.setattr(cached_reads, "_student", read_student)
    monkeypatch.setattr(cached_reads, "_scans_for_a_student", lambda: False)
    roster(*listed)
    visit.sign_in("anna")
    for user_id in stored:
        if user_id in seen:
            assert {*cached_reads.student(user_id).evaluations["user_id"]} == {user_id}
        else:
            with pytest.raises(NotYours):
                cached_reads.student(user_id)
    if is_cached:
        assert {*cached_reads.dataset_refresh().view().value.students["user_id"]} == {*seen}
        assert {*cached_reads.cached_student_ids()} == {*seen}
        assert {*cached_reads.ids_in_other_forms(COMPOSED)} == {*seen} - {COMPOSED} - {"ann"}


def test_a_teacher_learns_no_other_form_of_an_id_that_is_not_theirs(visit, roster, monkeypatch):
    composed, decomposed = "h\u1ea3i", "ha\u0309i"
    students = pd.DataFrame({"user_id": pd.Series([composed], dtype="str")})
    view = RefreshView(SimpleNamespace(students=students), NOW, None, None)
    monkeypatch.setattr(cached_reads, "_dataset_refresh", lambda _: SimpleNamespace(view=lambda: view))
    visit.sign_in("both")
    assert cached_reads.stored_form(decomposed) is None
    assert cached_reads.stored_form(decomposed, roles.Role.OPS) == composed
    roster(composed)
    assert cached_reads.stored_form(decomposed) == composed


def test_clearing_the_caches_of_streamlit_keeps_the_dataset(monkeypatch):
    cached_reads.reset_caches()
    for name in ("DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cached_reads, "_demo_client", lambda: None)
    held = cached_reads._dataset_refresh(cached_reads.settings()), cached_reads._repository(cached_reads.settings())
    st.cache_resource.clear()
    st.cache_data.clear()
    assert (
        cached_reads._dataset_refresh(cached_reads.settings()),
        cached_reads._repository(cached_reads.settings()),
    ) == held
    cached_reads.reset_caches()
    assert cached_reads._dataset_refresh(cached_reads.settings()) is not held[0]
    cached_reads.reset_caches()

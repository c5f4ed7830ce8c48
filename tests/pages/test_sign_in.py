"""Pages for the signed-in person, through the frame: the menu, what opens, and what a refusal shows."""

import re
from collections.abc import Callable
from typing import Any
from unicodedata import normalize

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from bandup import clock
from bandup.auth import guard, roles, streamlit_session
from bandup.auth.roles import Role
from bandup.pages_list import PAGES
from bandup.ui import jobs_view
from bandup.ui.plain_text import plain
from tests import documented
from tests.items import writing
from tests.navigation import destination, titles

ALL = "user-456"
TWIN = "Another student"
JOB = {"evaluation_id": "left", "user_id": ALL}
ADDRESSES: dict[str, dict[str, str]] = {
    "students": {},
    "student": {"user_id": ALL},
    "evaluation": {"evaluation_id": "eval-abc123", "user_id": ALL},
    "compare": {"user_id": ALL},
    "flashcards": {"user_id": ALL},
    "jobs": {},
    "tables": {},
}
TEACHERS, OPS = ([page.name for page in PAGES if role in page.roles] for role in (Role.TEACHER, Role.OPS))
HOSTILE = "**![x](https://evil.example/x.png)** <b>hurt</b> :material/home: $x$"


@pytest.fixture
def items(cloud: Any) -> Any:
    """The documented items, and a job that two students have under one id."""
    left = {name: documented.WRITING[name] for name in ("evaluation_type", "created_at")} | {
        "evaluation_id": {"S": "left"},
        "status": {"S": "failed"},
    }
    twins = [("evaluations", left | {"user_id": {"S": user_id}}) for user_id in (ALL, TWIN)]
    documented.fill(cloud, "documented", [*documented.ITEMS, *twins])
    return cloud


@pytest.fixture
def signed_in(items: Any, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[..., None]:
    """`signed_in("anna", roster="user-456", **claims)`: sign this person in; without a name, nobody is signed in."""
    monkeypatch.setenv("DASHBOARD_ACCESS_LOG", str(tmp_path / "access.log"))
    monkeypatch.setattr(roles, "is_set_up", lambda *_: True)

    def sign_in(name: str = "", roster: str = "", **claims: object) -> None:
        table: dict[str, object] = {
            "teacher": ["anna@school.example", "both@school.example"],
            "ops": ["omar@school.example", "both@school.example"],
        }
        if roster:
            path = tmp_path / "roster.csv"
            path.write_text(f"email,user_id\nanna@school.example,{roster}\n")
            table["roster"] = str(path)
        defaults = {"is_logged_in": True, "iat": clock.now().timestamp(), "sub": name, "email_verified": True}
        own = defaults | {"email": f"{name}@school.example"} | claims if name else {}
        monkeypatch.setattr(
            streamlit_session, "current_session", lambda: (getattr(get_script_run_ctx(), "session_id", ""), own)
        )
        monkeypatch.setattr(guard, "_roles_table", lambda: table)

    return sign_in


def title(app: AppTest) -> str:
    assert not app.exception
    return titles(app)[0]


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_nobody_sees_the_way_in_and_nothing_else(signed_in, open_page, text_of, page):
    signed_in()
    app = open_page(page, **ADDRESSES.get(page, {}))
    assert title(app) == "Sign in"
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.dataframe
    assert ALL not in text_of(app)


@pytest.mark.parametrize("name", ["anna", "omar", "both"])
@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_each_role_has_its_pages(signed_in, open_page, text_of, name, page):
    signed_in(name)
    app = open_page(page, **ADDRESSES.get(page, {}))
    assert f"{name}@school.example" in text_of(app)
    assert "Sign out" in [button.label for button in app.button]
    if name == "omar" and page == "students":
        assert destination(app) == ("jobs", {}), "the front page of ops"
    elif name == "both" or page in (TEACHERS if name == "anna" else OPS):
        assert title(app) != "Not for you"
        assert not app.error
    else:
        assert title(app) == "Not for you"
        assert f"This page is for {'teachers' if name == 'omar' else 'ops'}:" in text_of(app)
        assert not app.dataframe


@pytest.mark.parametrize(
    ("claims", "heading", "sentence"),
    [
        ({"email": "x@school.example"}, "No access yet", "signed in as x@school.example, and this name has no role"),
        ({"email_verified": False}, "No access yet", "has not verified this e-mail"),
        ({"iat": 0}, "Your sign-in has expired", "Sign in again to go on where you were."),
    ],
)
def test_a_plain_page_says_why(signed_in, open_page, text_of, claims, heading, sentence):
    signed_in("anna", **claims)
    app = open_page("student", user_id=ALL)
    assert title(app) == heading
    assert sentence in text_of(app)
    assert [button.label for button in app.button] == ["Sign in" if "iat" in claims else "Sign out"]


def test_rules_that_can_not_be_used_let_nobody_in(signed_in, open_page, monkeypatch):
    signed_in("anna")
    monkeypatch.setattr(guard, "_roles_table", lambda: {"teachers": []})
    app = open_page("students")
    assert "Nobody gets in, because \\[roles\\] in the secrets can't be used" in app.error[0].value
    assert not titles(app)
    signed_in("anna", roster="x")
    monkeypatch.setattr(
        guard, "_roles_table", lambda: {"teacher": ["*@school.example"], "roster": "/no/such/roster.csv"}
    )
    app = open_page("students")
    assert "the roster roster.csv can't be used: there is no such file" in app.error[0].value


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_while_accesses_can_not_be_logged_every_page_says_so_and_shows_no_data(
    signed_in, open_page, text_of, tmp_path, page
):
    signed_in("both")
    app = open_page(page, **ADDRESSES.get(page, {}))
    assert not app.error
    log = tmp_path / "access.log"
    log.unlink()
    log.mkdir()
    app.run()
    assert "can't be written (Is a directory)" in app.error[0].value
    assert [button.label for button in app.button] == ["Try again"]
    assert not app.dataframe
    assert ALL not in text_of(app)
    log.rmdir()
    app.button[0].click().run()
    assert title(app)
    assert not app.error


@pytest.mark.parametrize(
    ("listed", "is_shown"),
    [("NFC", {"NFC"}), ("NFD", {"NFD"}), ("NFKD", set())],
    ids=["composed", "decomposed", "neither"],
)
@pytest.mark.parametrize("stored", [{"NFC"}, {"NFD"}, {"NFC", "NFD"}], ids=lambda stored: " and ".join(sorted(stored)))
def test_a_roster_in_another_unicode_form_admits_to_the_only_student_of_that_name(
    signed_in, open_page, cloud, stored, listed, is_shown
):
    forms = {form: normalize(form, "h\u1ea3i-\ufb01n") for form in ("NFC", "NFD", "NFKD")}
    for form in stored:
        item = writing(evaluation_id=f"of {form}", user_id=forms[form])
        cloud.put_item(TableName=documented.NAMES["evaluations"], Item=item)
    signed_in("anna", roster=forms[listed])
    for form in stored:
        app = open_page("student", user_id=forms[form])
        own = form in is_shown or (listed != "NFKD" and len(stored) == 1)
        assert title(app) == (forms[form] if own else "Not among your students")


@pytest.mark.parametrize("page", ["student", "evaluation", "flashcards", "set", "compare", "two", "two attempts"])
def test_a_teacher_of_some_can_not_tell_another_student_from_none(signed_in, open_page, text_of, page):
    signed_in("anna", roster=TWIN)

    def address(user_id: str) -> tuple[str, dict[str, Any]]:
        return {
            "evaluation": ("evaluation", {"evaluation_id": "eval-abc123", "user_id": user_id}),
            "set": ("flashcards", {"set_id": "flashcard-set-123", "user_id": user_id}),
            "compare": ("compare", {"user_id": user_id}),
            "two": ("compare", {"user_id": [TWIN, user_id]}),
            "two attempts": ("compare", {"evaluation_id": ["left", "eval-abc123"], "user_id": [TWIN, user_id]}),
        }.get(page, (page, {"user_id": user_id}))

    def shown(user_id: str) -> str:
        name, parameters = address(user_id)
        text = text_of(open_page(name, **parameters)).replace(user_id, "…")
        return re.sub(r"The data on this page took.*", "", text)

    assert shown(ALL) == shown("no-such-student")
    assert "287" not in shown(ALL)


def test_a_teacher_of_some_sees_theirs(signed_in, open_page, text_of):
    signed_in("anna", roster=ALL)
    text = text_of(open_page("students"))
    assert "1 student with" in text
    assert TWIN not in text
    for roster, shown in ((ALL, False), ("", True)):
        signed_in("anna", roster=roster)
        app = open_page("evaluation", **JOB)
        assert "failed" in text_of(app).lower()
        labels = [link.proto.label for link in app.get("page_link")]
        assert (f"The same job under {TWIN}" in labels) == shown
    signed_in("anna", roster="nobody-yet")
    assert "None of your students" in text_of(open_page("students"))


def test_a_teacher_whom_the_roster_does_not_name_is_told_so(signed_in, open_page, text_of):
    signed_in("both", roster=ALL)
    app = open_page("students")
    assert title(app) == "No students yet"
    assert "The roster of this dashboard names no student for both@school.example" in text_of(app)
    assert not open_page("jobs").error


def menu(app: AppTest) -> list[str]:
    """The titles of the pages in the menu; the current one is bold."""
    titles = {page.title for page in PAGES}
    labels = [link.proto.label.strip("*") for link in app.get("page_link")]
    return [label for label in labels if label in titles]


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("", []),
        ("x", []),
        ("anna", [page.title for page in PAGES if page.in_menu and Role.TEACHER in page.roles]),
        ("omar", [page.title for page in PAGES if page.in_menu and Role.OPS in page.roles]),
        ("both", [page.title for page in PAGES if page.in_menu]),
    ],
)
def test_the_menu_names_the_pages_of_the_roles(signed_in, open_page, name, titles):
    signed_in(name)
    assert menu(open_page("tables")) == titles


def test_a_page_of_another_role_leads_to_the_same_item_on_one_of_ones_own(signed_in, open_page):
    signed_in("omar")
    app = open_page("evaluation", **JOB)
    links = {link.proto.label: (link.proto.page, link.proto.query_string) for link in app.get("page_link")}
    assert {label: link for label, link in links.items() if label not in menu(app)} == {
        "Open this item on one of your pages": ("jobs", "evaluation_id=left&user_id=user-456"),
        "← All jobs": ("jobs", ""),
    }


@pytest.mark.parametrize("roster", ["", "nobody"])
def test_a_name_is_a_strangers_text(signed_in, open_page, monkeypatch, roster):
    signed_in("anna", email=HOSTILE, groups=["Teachers"], roster=roster)
    rules = {"claim": "groups", "teacher": ["Teachers"]} | (
        {"roster": guard._roles_table()["roster"]} if roster else {}
    )
    monkeypatch.setattr(guard, "_roles_table", lambda: rules)
    app = open_page("students")
    (shown,) = [
        element.proto.body
        for element in app.get("html")
        if "school" in element.proto.body or "hurt" in element.proto.body
    ]
    assert "&lt;b&gt;hurt&lt;/b&gt;" in shown
    if roster:
        assert plain(HOSTILE) in app.markdown[0].value


def test_a_fragment_that_runs_by_itself_is_checked(signed_in, open_page, text_of):
    signed_in("omar")
    app = open_page("jobs")
    assert app.dataframe
    signed_in("omar", iat=0)
    app.run()
    assert title(app) == "Your sign-in has expired"
    assert not app.dataframe


@pytest.mark.parametrize(("name", "links"), [("omar", []), ("both", ["This student’s page"])])
def test_an_opened_job_leads_to_its_student_where_that_may_be_seen(signed_in, open_page, name, links):
    signed_in(name)
    app = open_page("jobs", **JOB)
    assert title(app) == "left"
    assert [link.proto.label for link in app.get("page_link") if link.proto.label.startswith("This student")] == links


@pytest.mark.parametrize("name", ["omar", "both"])
def test_who_waits_is_opened_by_teachers_and_looked_up_by_ops(items, signed_in, open_page, monkeypatch, name):
    stuck = documented.WRITING | {
        "evaluation_id": {"S": "stuck"},
        "user_id": {"S": TWIN},
        "status": {"S": "processing"},
        "started_at": {"N": str(int(clock.now().timestamp()) - 86_400)},
    }
    items.put_item(TableName=documented.NAMES["evaluations"], Item=stuck)
    clicked = iter([TWIN])
    monkeypatch.setattr(jobs_view, "choose_waiting_student", lambda _: next(clicked, None))
    signed_in(name)
    app = open_page("jobs")
    assert not app.exception
    if name == "both":
        assert destination(app) == ("student", {"user_id": [TWIN]})
    else:
        assert title(app) == "Jobs"
        assert app.text_input(key="find").value == TWIN
        assert set(app.dataframe[1].value["user_id"]) == {TWIN}

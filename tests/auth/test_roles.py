"""Roles and rosters as tables: rules, claims and rosters on the left, the person or the error on the right."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

import pytest

from bandup.auth import roles
from bandup.auth.refusals import (
    NoRole,
    NoStudents,
    NotSignedIn,
    NotYours,
    RolesUnusable,
    RosterUnusable,
    SecretsUnreadable,
    SignInExpired,
    WrongRole,
)
from bandup.auth.roles import Person, Role, parse_rules, person_from
from bandup.auth.roster import RosterFile, parse_roster

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEACHER, OPS = Role.TEACHER, Role.OPS
ANNA = {
    "is_logged_in": True,
    "iat": NOW.timestamp() - 60,
    "email": "anna@school.example",
    "email_verified": True,
    "sub": "1",
}
BY_EMAIL = {"teacher": ["anna@school.example", "*@staff.school.example"], "ops": ["Omar@School.example"]}
BY_GROUP = {"claim": "groups", "teacher": ["Teachers"], "ops": ["Ops", "Everything"]}


def person(claims: dict[str, Any], table: dict[str, Any] | None = None, roster: roles.Roster | None = None) -> Person:
    return person_from(ANNA | claims, parse_rules(table or BY_EMAIL), None if roster is None else lambda: roster, NOW)


@pytest.mark.parametrize(
    ("table", "claims", "roles"),
    [
        (BY_EMAIL, {}, {TEACHER}),
        (BY_EMAIL, {"email": "ANNA@school.EXAMPLE"}, {TEACHER}),
        (BY_EMAIL, {"email": "omar@school.example"}, {OPS}),
        (BY_EMAIL, {"email": "new@staff.school.example"}, {TEACHER}),
        (BY_EMAIL | {"ops": ["*@school.example"]}, {}, {TEACHER, OPS}),
        (BY_EMAIL, {"email": "new@evil-staff.school.example"}, None),
        (BY_EMAIL, {"email": "new@staff.school.example.evil.example"}, None),
        (BY_EMAIL, {"email": "x@evil.example@staff.school.example"}, None),
        (BY_EMAIL, {"email": "*@staff.school.example"}, None),
        (BY_EMAIL, {"email": "anna@school.example", "email_verified": False}, None),
        (BY_EMAIL, {"email": "anna@school.example", "email_verified": "true"}, None),
        (BY_EMAIL, {"email": "anna@school.example", "email_verified": 1}, None),
        (BY_EMAIL, {"email": "anna@school.example", "email_verified": None}, None),
        (BY_EMAIL, {"email": ["anna@school.example"]}, None),
        (BY_EMAIL, {"email": ""}, None),
        # the Kelvin sign is a k in lower case
        (BY_EMAIL | {"ops": ["kim@school.example"]}, {"email": "\u212aim@school.example"}, None),
        (BY_EMAIL, {"email": "x@school.example", "groups": ["anna@school.example"]}, None),
        (BY_GROUP, {"groups": ["Teachers"]}, {TEACHER}),
        (BY_GROUP, {"groups": "Ops"}, {OPS}),
        (BY_GROUP, {"groups": ["Other", "Teachers", "Everything"]}, {TEACHER, OPS}),
        (BY_GROUP, {"groups": ["Teachers"], "email_verified": False}, {TEACHER}),
        (BY_GROUP, {"groups": ["teachers"]}, {TEACHER}),
        (BY_GROUP, {"groups": [" TEACHERS "]}, {TEACHER}),
        (
            BY_GROUP | {"teacher": ["Gi\u00e1o vi\u00ean"]},
            {"groups": [normalize("NFD", "GI\u00c1O VI\u00caN")]},
            {TEACHER},
        ),
        (BY_GROUP | {"teacher": ["kim"]}, {"groups": ["\u212aim"]}, None),
        (BY_GROUP | {"teacher": ["h\u00e9-kim"]}, {"groups": ["h\u00e9-\u212aim"]}, None),
        (
            BY_EMAIL | {"ops": ["j\u00f6rg@school.example"]},
            {"email": normalize("NFD", "J\u00f6rg@school.example")},
            {OPS},
        ),
        (BY_GROUP, {"groups": [["Teachers"], {"name": "Teachers"}, 7, None]}, None),
        (BY_GROUP, {"groups": {"Teachers": True}}, None),
        (BY_GROUP, {}, None),
        ({"teacher": []}, {}, None),
        ({"ops": ["anna@school.example"]}, {}, {OPS}),
    ],
)
def test_roles(table, claims, roles):
    if roles is None:
        with pytest.raises(NoRole):
            person(claims, table)
    else:
        assert person(claims, table).roles == roles
        assert person(claims, table).students is None


@pytest.mark.parametrize(
    ("hours", "age", "gets_in"),
    [
        (12, timedelta(0), True),
        (12, timedelta(hours=12) - timedelta(seconds=1), True),
        (12, timedelta(hours=12), False),
        (0.5, timedelta(minutes=29), True),
        (0.5, timedelta(minutes=30), False),
        (12, timedelta(minutes=-1), True),
        (12, timedelta(minutes=-3), False),
        (12, timedelta(days=-3000), False),
    ],
)
def test_the_age_of_a_sign_in(hours, age, gets_in):
    claims = {"iat": (NOW - age).timestamp()}
    if gets_in:
        assert person(claims, BY_EMAIL | {"hours": hours}).roles
    else:
        with pytest.raises(SignInExpired):
            person(claims, BY_EMAIL | {"hours": hours})


@pytest.mark.parametrize("iat", [None, "", "1795348740", True, float("nan"), float("inf"), [], -1])
def test_a_sign_in_without_a_valid_time_is_too_old(iat):
    with pytest.raises(SignInExpired):
        person({"iat": iat})


def test_without_iat_a_sign_in_is_too_old():
    with pytest.raises(SignInExpired):
        person_from({name: value for name, value in ANNA.items() if name != "iat"}, parse_rules(BY_EMAIL), None, NOW)


@pytest.mark.parametrize("logged_in", [False, None, "true", 1])
def test_without_is_logged_in_no_other_claim_counts(logged_in):
    with pytest.raises(NotSignedIn):
        person({"is_logged_in": logged_in})


def test_an_unverified_e_mail_and_one_without_a_role_have_different_sentences():
    with pytest.raises(NoRole, match="has not verified this e-mail"):
        person({"email_verified": False})
    with pytest.raises(NoRole, match=r"nobody@school\.example, and this name has no role"):
        person({"email": "nobody@school.example"})


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (None, "there is no [roles] table"),
        ([], "there is no [roles] table"),
        ("teacher", "there is no [roles] table"),
        ({}, "names neither teacher nor ops"),
        ({"claim": "groups"}, "names neither teacher nor ops"),
        ({"teachers": ["a@b.example"]}, "no setting 'teachers' (there are teacher, ops, claim, roster, hours)"),
        ({"teacher": "anna@school.example"}, "teacher should be a list of texts"),
        ({"teacher": [1]}, "teacher should be a list of texts"),
        ({"ops": [""]}, "ops should be a list of texts"),
        ({"ops": ["a@b.example", "omar"]}, "entry 2 is neither"),
        ({"ops": ["*"]}, "entry 1 is neither"),
        ({"ops": ["*@*.example"]}, "entry 1 is neither"),
        ({"ops": ["o*@school.example"]}, "entry 1 is neither"),
        ({"ops": ["*@"]}, "entry 1 is neither"),
        ({"ops": [], "claim": ""}, "claim should be a text"),
        ({"ops": [], "claim": 3}, "claim should be a text"),
        ({"ops": [], "claim": "email"}, "leave claim out"),
        ({"ops": [], "claim": "email_verified"}, "leave claim out"),
        ({"ops": [], "roster": ""}, "roster should be a text"),
        ({"ops": [], "roster": ["r.csv"]}, "roster should be a text"),
        ({"ops": [], "hours": 0}, "hours should be a number above 0"),
        ({"ops": [], "hours": -1}, "hours should be a number above 0"),
        ({"ops": [], "hours": "12"}, "hours should be a number above 0"),
        ({"ops": [], "hours": True}, "hours should be a number above 0"),
        ({"ops": [], "hours": 721}, "720 at most"),
        ({"ops": [], "hours": float("nan")}, "hours should be a number above 0"),
        ({"ops": [], "hours": float("inf")}, "720 at most"),
    ],
)
def test_rules_that_can_not_be_used_are_a_sentence(table, what):
    with pytest.raises(RolesUnusable) as caught:
        parse_rules(table)
    assert what in str(caught.value)
    assert str(caught.value).startswith("Nobody gets in")


@pytest.mark.parametrize(
    ("claims", "table", "students"),
    [
        ({}, BY_EMAIL, {"ann", "ben"}),
        ({"email": "Anna@School.example"}, BY_EMAIL, {"ann", "ben"}),
        ({"email": "new@staff.school.example"}, BY_EMAIL, set()),
        ({"groups": ["Teachers", "3b"]}, BY_GROUP, {"ann", "ben", "chi"}),
        ({"groups": ["Teachers", "3b"], "email_verified": False}, BY_GROUP, {"chi"}),
        ({"groups": ["Teachers"], "email": "x@school.example"}, BY_GROUP, set()),
        ({"groups": ["teachers", "3B"], "email_verified": False}, BY_GROUP, {"chi"}),
        ({"groups": ["Teachers", "L\u1edbp 3"], "email_verified": False}, BY_GROUP, {"dan"}),
        ({"groups": ["Teachers", normalize("NFD", "l\u1edbP 3 ")], "email_verified": False}, BY_GROUP, {"dan"}),
    ],
)
@pytest.mark.parametrize("toml", [False, True])
def test_a_teacher_has_the_students_that_the_roster_gives(claims, table, students, toml):
    rows = [("ANNA@school.example", "ann"), ("anna@school.example", "ben"), ("3b", "chi"), ("L\u1edbp 3", "dan")]
    lines = [f'"{teacher}" = ["{user_id}"]' if toml else f"{teacher},{user_id}" for teacher, user_id in rows]
    roster = parse_roster("\n".join(lines if toml else ["email,user_id", *lines]), toml=toml)
    assert person(claims, table, roster).students == students


def test_the_roster_is_not_read_for_a_person_without_a_role():
    def unreadable() -> roles.Roster:
        raise RosterUnusable(name="roster.csv", what="anna@school.example is listed twice")

    with pytest.raises(NoRole):
        person_from(ANNA | {"email": "x@y.example"}, parse_rules(BY_EMAIL), unreadable, NOW)


@pytest.mark.parametrize(
    ("person", "role", "user_id", "raises"),
    [
        (roles.AT_THE_MACHINE, TEACHER, "ann", None),
        (roles.AT_THE_MACHINE, OPS, "", None),
        (Person("a", frozenset({TEACHER})), TEACHER, "ann", None),
        (Person("a", frozenset({TEACHER})), OPS, "", WrongRole),
        (Person("a", frozenset({OPS})), TEACHER, "ann", WrongRole),
        (Person("a", frozenset({TEACHER}), frozenset({"ann"})), TEACHER, "ann", None),
        (Person("a", frozenset({TEACHER}), frozenset({"ann"})), TEACHER, "ben", NotYours),
        (Person("a", frozenset({TEACHER}), frozenset({"ann"})), TEACHER, "Ann", NotYours),
        (Person("a", frozenset({TEACHER}), frozenset({"ann"})), TEACHER, "", NotYours),
        (Person("a", frozenset({TEACHER}), frozenset()), TEACHER, "ann", NoStudents),
        (Person("a", frozenset({OPS}), frozenset()), OPS, "", None),
    ],
)
def test_what_a_person_may(person, role, user_id, raises):
    def asks() -> None:
        person.must_teach(user_id, lambda *_: True) if role == TEACHER else person.must_be(role)

    if raises is None:
        asks()
    else:
        with pytest.raises(raises):
            asks()


@pytest.mark.parametrize(
    ("text", "toml", "roster"),
    [
        ("email,user_id\na@b.example,1\na@b.example,2\nc@d.example,1\n", False, {"a@b.example": {"1", "2"}, "c@d.example": {"1"}}),
        (" email , user_id \r\nA@B.example , 1 \r\n\r\n,\r\n", False, {"a@b.example": {"1"}}),
        ('name,user_id,email\n"Ann, B.","x,1",a@b.example\n', False, {"a@b.example": {"x,1"}}),
        ("email,user_id\n", False, {}),
        ('"A@b.example" = ["1", "2"]\n"c@d.example" = []\n', True, {"a@b.example": {"1", "2"}}),
        ("", True, {}),
        ("Email,User_ID\na@b.example,1\n", False, {"a@b.example": {"1"}}),
        ("email,user_id,note,note\na@b.example,1,,\n", False, {"a@b.example": {"1"}}),
        *(
            (f"email,user_id\na@b.example,x{sign}y\nc@d.example,2\n", False, {"a@b.example": {f"x{sign}y"}, "c@d.example": {"2"}})
            for sign in ("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e")
        ),
        ('email,user_id\na@b.example,"x\ny"\n', False, {"a@b.example": {"x\ny"}}),
        ("email,user_id\ra@b.example,1\r", False, {"a@b.example": {"1"}}),
    ],
)  # fmt: skip
def test_rosters(text, toml, roster):
    assert parse_roster(text, toml=toml) == roster


@pytest.mark.parametrize("claim", ["groups", "Groups"])
def test_the_first_column_may_be_called_as_the_claim(claim):
    assert parse_roster("groups,user_id\n3b,ann\n", toml=False, claim=claim) == {"3b": {"ann"}}


@pytest.mark.parametrize(
    ("header", "claim", "column"),
    [
        ("email,user_id,user_id", "", "user_id"),
        ("email,user_id,EMAIL", "", "email"),
        ("groups,user_id, groups ", "groups", "groups"),
    ],
)
def test_a_doubled_column_is_named(tmp_path, header, claim, column):
    path = tmp_path / "roster.csv"
    path.write_text(f"{header}\na@b.example,1,2\n")
    with pytest.raises(RosterUnusable, match=f"its first line names the column {column} twice"):
        RosterFile(path, claim).read()


COMPOSED, DECOMPOSED = (normalize(form, "h\u1ea3i") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("listed", "user_id", "is_only_form", "gets_in"),
    [
        ({COMPOSED}, COMPOSED, False, True),
        ({DECOMPOSED}, COMPOSED, True, True),
        ({COMPOSED}, DECOMPOSED, True, True),
        ({DECOMPOSED}, COMPOSED, False, False),
        ({"hai"}, COMPOSED, True, False),
    ],
)
def test_a_roster_may_hold_an_id_in_another_unicode_form(listed, user_id, is_only_form, gets_in):
    asked = []
    teacher = Person("a", frozenset({TEACHER}), frozenset(listed))
    ask = lambda *arguments: asked.append(arguments) or is_only_form  # noqa: E731
    if gets_in:
        teacher.must_teach(user_id, ask)
    else:
        with pytest.raises(NotYours):
            teacher.must_teach(user_id, ask)
    assert asked == ([(user_id,)] if {*listed} - {user_id, "hai"} else [])


@pytest.mark.parametrize(
    ("claims", "identity"),
    [
        ({}, {"iss": "", "sub": "1", "who": "anna@school.example", "verified": True}),
        ({"email_verified": False}, {"iss": "", "sub": "1", "who": "anna@school.example", "verified": False}),
        ({"email": None, "name": "Anna"}, {"iss": "", "sub": "1", "who": "Anna", "verified": False}),
        ({"email": " ", "iss": "https://a"}, {"iss": "https://a", "sub": "1", "who": "1", "verified": False}),
        ({"sub": 7, "iss": None}, {"iss": "", "sub": "7", "who": "anna@school.example", "verified": True}),
    ],
)
def test_the_identity_in_the_access_log(claims, identity):
    assert roles.identity(ANNA | claims) == identity


@pytest.mark.parametrize(
    ("text", "toml"),
    [
        ("", False),
        ("a@b.example,1\n", False),
        ("groups,user_id\n3b,ann\n", False),
        ("email;user_id\na@b.example;1\n", False),
        ("email,user_id\na@b.example\n", False),
        ("email,user_id\na@b.example,\n", False),
        ("email,user_id\n,1\n", False),
        ("email,user_id\na@b.example,1,2\n", False),
        ('email,user_id\n"a@b.example,1\n', False),
        ('"a@b.example" = "1"', True),
        ('"a@b.example" = [1]', True),
        ('"a@b.example" = [""]', True),
        ("a@b.example = [", True),
    ],
)
def test_a_roster_that_can_not_be_read_gives_nothing(tmp_path, text, toml):
    path = tmp_path / ("roster.toml" if toml else "roster.csv")
    path.write_text(text)
    roster = RosterFile(path)
    for _ in range(2):
        with pytest.raises(RosterUnusable, match=f"the roster {path.name} can't be used"):
            roster.read()


def test_a_roster_is_read_again_when_it_changes_and_used_only_while_it_can_be_read(tmp_path):
    path = tmp_path / "roster.csv"
    roster = RosterFile(path)
    with pytest.raises(RosterUnusable, match="there is no such file"):
        roster.read()
    path.write_text("\ufeffemail,user_id\na@b.example,1\n", "utf-8")
    first = roster.read()
    assert first == {"a@b.example": {"1"}}
    assert roster.read() is first
    # as long as before: the time of the change tells
    path.write_text("\ufeffemail,user_id\na@b.example,2\n", "utf-8")
    os.utime(path, ns=(1, 1))
    assert roster.read() == {"a@b.example": {"2"}}
    path.write_bytes(b"email,user_id\na@b.example,\xff\xfe\n")
    for _ in range(2):
        with pytest.raises(RosterUnusable):
            roster.read()
    path.unlink()
    with pytest.raises(RosterUnusable, match="there is no such file"):
        roster.read()
    path.write_text("email,user_id\na@b.example,3\n")
    assert roster.read() == {"a@b.example": {"3"}}


class Damaged(dict[str, object]):
    def __contains__(self, _: object) -> bool:
        raise FileNotFoundError("Error parsing secrets file")


def test_sign_in_is_off_only_where_there_are_no_secrets_or_they_do_not_ask_for_it(tmp_path):
    file = tmp_path / "secrets.toml"
    assert not roles.is_set_up({"auth": {}}, [str(file)])
    file.touch()
    assert roles.is_set_up({"auth": {}}, ["elsewhere", str(file)])
    assert not roles.is_set_up({"other": {}}, [str(file)])
    with pytest.raises(SecretsUnreadable):
        roles.is_set_up(Damaged(), [str(file)])

"""Roles: the rules of the `[roles]` table beside `[auth]`, and which person they make of a signed-in visitor.

Nobody gets in by default: a setting that can't be understood, a sign-in without a time and an e-mail that the provider has
not verified give no access.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from bandup.auth.refusals import (
    NoRole,
    NoStudents,
    NotSignedIn,
    NotYours,
    RolesUnusable,
    SecretsUnreadable,
    SignInExpired,
    WrongRole,
)
from bandup.auth.roster import Roster, is_email, normalized_name
from bandup.text_search import normal_form

DEFAULT_HOURS = 12
MAX_HOURS = 30 * 24
"""Streamlit's cookie lasts thirty days."""
MAX_CLOCK_SKEW = timedelta(minutes=2)
"""How far in the future a sign-in may lie: the provider's clock may be ahead of ours."""
_WHOLE_DOMAIN = re.compile(r"\*@[^@*\s]+")

_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


IsOnlyForm = Callable[[str], bool]
"""Whether no other student's id equals this one in composed Unicode."""


class Role(StrEnum):
    """What a person may do: a teacher sees students and their work, ops see jobs and tables."""

    TEACHER = "teacher"
    OPS = "ops"


@dataclass(frozen=True)
class Person:
    """A person with their roles. `name`: the e-mail, or another name from the provider; empty without sign-in.

    `students`: the ids of the students whom a teacher may see, as the roster has them; None means all.
    """

    name: str
    roles: frozenset[Role]
    students: frozenset[str] | None = None

    def must_be(self, role: Role) -> None:
        """Raises WrongRole where the person does not have the role, NoStudents for a teacher without students."""
        if role not in self.roles:
            raise WrongRole(audience="teachers" if role == Role.TEACHER else role)
        if role == Role.TEACHER and self.students is not None and not self.students:
            raise NoStudents(name=self.name)

    def must_teach(self, user_id: str, is_only_form: IsOnlyForm) -> None:
        """As `must_be`; raises NotYours for other teachers' students, whether or not such a student exists.

        The roster may list the student in another Unicode form, if that means nobody else: `is_only_form`.
        """
        self.must_be(Role.TEACHER)
        if self.students is None or user_id in self.students:
            return
        form = normal_form(user_id)
        if not (any(normal_form(other) == form for other in self.students) and is_only_form(user_id)):
            raise NotYours


AT_THE_MACHINE = Person("", frozenset(Role))
"""The person in front of a dashboard without sign-in, which only this machine can reach."""


class Rules(msgspec.Struct, frozen=True):
    """The `[roles]` table. `teacher`, `ops`: who has the role, by e-mail, or by value of `claim` where it is not empty.

    `roster`: the path of the list of each teacher's students; empty means all students. `hours`: how long a sign-in lasts.
    """

    teacher: list[_Text] = []
    ops: list[_Text] = []
    claim: _Text = ""
    roster: _Text = ""
    hours: Annotated[float, msgspec.Meta(gt=0, le=MAX_HOURS)] = DEFAULT_HOURS


_EXPECTED = {
    "teacher": 'a list of texts, such as ["anna@school.example"]',
    "ops": 'a list of texts, such as ["omar@school.example"]',
    "claim": "a text in quotes",
    "roster": "a text in quotes",
    "hours": f"a number above 0, {MAX_HOURS} at most",
}


def is_set_up(secrets: Mapping[str, object], files: Iterable[str]) -> bool:
    """Whether the secrets ask for sign-in: they hold an `[auth]` table. Raises SecretsUnreadable.

    `files`: the paths of the secrets files. A file that exists and can't be read is an error, as it may hold `[auth]`.
    """
    if not any(Path(file).exists() for file in files):
        return False
    try:
        return "auth" in secrets
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsUnreadable from error


def parse_rules(table: object) -> Rules:
    """The rules in a `[roles]` table. Raises RolesUnusable with what to correct."""
    if not isinstance(table, Mapping):
        raise RolesUnusable(what="there is no [roles] table beside [auth]")
    if unknown := [str(name) for name in table if name not in _EXPECTED]:
        raise RolesUnusable(what=f"there is no setting {unknown[0]!r} (there are {', '.join(_EXPECTED)})")
    if not any(role in table for role in Role):
        raise RolesUnusable(what="it names neither teacher nor ops")
    try:
        rules = msgspec.convert(table, Rules)
    except msgspec.ValidationError as error:
        name = next(name for name in _EXPECTED if re.search(rf"\$\.{name}\b", str(error)))
        raise RolesUnusable(what=f"{name} should be {_EXPECTED[name]}") from error
    claim = rules.claim.strip()
    if claim.startswith("email"):
        raise RolesUnusable(what="leave claim out to go by e-mail: only a verified one counts then")
    teacher = _names(Role.TEACHER, rules.teacher, by_email=not claim)
    ops = _names(Role.OPS, rules.ops, by_email=not claim)
    return msgspec.structs.replace(rules, teacher=teacher, ops=ops, claim=claim, roster=rules.roster.strip())


def _names(role: Role, listed: list[str], *, by_email: bool) -> list[str]:
    for number, name in enumerate(listed if by_email else (), 1):
        if not (_WHOLE_DOMAIN.fullmatch(name.strip()) or is_email(name)):
            raise RolesUnusable(
                what=f"{role} should list e-mails, or *@ and a domain for all of it; entry {number} is neither"
            )
    return [normalized_name(name) for name in listed]


def person_from(
    claims: Mapping[str, object], rules: Rules, read_roster: Callable[[], Roster] | None, now: datetime
) -> Person:
    """The person that the claims of an OpenID Connect ID token describe. `read_roster`: None where the rules name no roster.

    Raises NotSignedIn without claims, SignInExpired where `iat` is too old, in the future or missing, NoRole, and what
    `read_roster` raises, which is called only for a person with a role.
    """
    if claims.get("is_logged_in") is not True:
        raise NotSignedIn
    if not _is_recent(claims.get("iat"), timedelta(hours=rules.hours), now):
        raise SignInExpired
    identities = _identities(claims, rules.claim)
    roles = frozenset(role for role in Role if _is_listed(identities, rules, role))
    if not roles:
        raise NoRole(name_of(claims), unverified=not rules.claim and bool(claims.get("email")) and not identities)
    if read_roster is None:
        return Person(name_of(claims), roles)
    roster = read_roster()
    students = [roster[name] for name in identities if name in roster]
    return Person(name_of(claims), roles, students[0] if len(students) == 1 else frozenset().union(*students))


def name_of(claims: Mapping[str, object]) -> str:
    """What to call a person, verified or not: the e-mail, else the user name or name, else the provider's id of them."""
    names = (claims.get(claim) for claim in ("email", "preferred_username", "name", "sub"))
    return next((name for name in names if isinstance(name, str) and name.strip()), "somebody without a name")


def identity(claims: Mapping[str, object]) -> dict[str, str | bool]:
    """Who a person is, for the access log: `iss`, `sub`, `who` (the name), and whether the name is a verified e-mail."""
    ids = {name: str(claims.get(name) or "") for name in ("iss", "sub")}
    name = name_of(claims)
    return {**ids, "who": name, "verified": _email_is_verified(claims) and name == claims["email"]}


def _is_recent(issued: object, max_age: timedelta, now: datetime) -> bool:
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return False
    return -MAX_CLOCK_SKEW.total_seconds() <= now.timestamp() - issued < max_age.total_seconds()


def _identities(claims: Mapping[str, object], claim: str) -> list[str]:
    """What the rules and the roster may list a person by: the verified e-mail, and the values of the claim."""
    values = claims.get(claim) if claim else None
    identities = [claims["email"]] if _email_is_verified(claims) else []
    identities += values if isinstance(values, list) else [values]
    names = (normalized_name(value) for value in identities if isinstance(value, str))
    return [*dict.fromkeys(name for name in names if name)]


def _email_is_verified(claims: Mapping[str, object]) -> bool:
    email = claims.get("email")
    return claims.get("email_verified") is True and isinstance(email, str) and is_email(email)


def _is_listed(identities: Iterable[str], rules: Rules, role: Role) -> bool:
    names = rules.teacher if role == Role.TEACHER else rules.ops
    if rules.claim:
        return any(identity in names for identity in identities)
    return any(email in names or f"*@{email.rpartition('@')[2]}" in names for email in identities)

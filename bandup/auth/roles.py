"""Who may see what: the rules of the `[roles]` table beside `[auth]`, and what a signed-in person is by them.

Nobody gets in by default: a setting that can't be understood, a sign-in without a time, an e-mail that the provider has
not verified are as good as none.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

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
from bandup.auth.roster import Roster, as_compared, is_email

HOURS = 12
MOST_HOURS = 30 * 24
"""Streamlit's cookie lasts thirty days."""
CLOCKS_DIFFER = timedelta(minutes=2)
"""A sign-in may come from so far in the future: the provider's clock is not ours."""
SETTINGS = ("teacher", "ops", "claim", "roster", "hours")
_EVERYONE_AT = re.compile(r"\*@[^@*\s]+")


class Role(StrEnum):
    """What a person may do: a teacher sees students and their work, ops see jobs and tables."""

    TEACHER = "teacher"
    OPS = "ops"


@dataclass(frozen=True)
class Person:
    """Who looks. `name`: the e-mail, or what else the provider calls them; empty for the person at the machine.

    `students`: the ids of those whom a teacher may see, None without a limit.
    """

    name: str
    roles: frozenset[Role]
    students: frozenset[str] | None = None

    def must_be(self, role: Role) -> None:
        """Raises WrongRole where the person does not have the role, NoStudents for a teacher of nobody."""
        if role not in self.roles:
            raise WrongRole(role)
        if role == Role.TEACHER and self.students is not None and not self.students:
            raise NoStudents(self.name)

    def must_teach(self, user_id: str) -> None:
        """As `must_be`; raises NotYours where the student is not among theirs, whether there is such a student or not."""
        self.must_be(Role.TEACHER)
        if self.students is not None and user_id not in self.students:
            raise NotYours


AT_THE_MACHINE = Person("", frozenset(Role))
"""Whoever opens a dashboard without sign-in: it listens to their own machine alone."""


@dataclass(frozen=True)
class Rules:
    """The `[roles]` table. `names`: what each role is given to, e-mails or values of `claim` where that is not empty.

    `lasts`: how old a sign-in may be. `roster`: the path of the list of each teacher's students, empty without a limit.
    """

    names: Mapping[Role, frozenset[str]]
    claim: str = ""
    lasts: timedelta = timedelta(hours=HOURS)
    roster: str = ""


def is_set_up(secrets: Mapping[str, object], files: Iterable[str]) -> bool:
    """Whether the secrets ask for sign-in: they hold an `[auth]` table. Raises SecretsUnreadable.

    `files`: where secrets are looked for. Only where there is none of them there are no secrets; one that can't be read
    may be the one with `[auth]` in it.
    """
    if not any(Path(file).exists() for file in files):
        return False
    try:
        return "auth" in secrets
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsUnreadable from error


def rules_of(table: object) -> Rules:
    """The rules that a `[roles]` table states. Raises RolesUnusable, and says what to correct."""
    if not isinstance(table, Mapping):
        raise RolesUnusable("there is no [roles] table beside [auth]")
    if unknown := [str(name) for name in table if name not in SETTINGS]:
        raise RolesUnusable(f"there is no setting {unknown[0]!r} (there are {', '.join(SETTINGS)})")
    if not any(role in table for role in Role):
        raise RolesUnusable("it names neither teacher nor ops")
    claim = _text(table, "claim")
    if claim.startswith("email"):
        raise RolesUnusable("leave claim out to go by e-mail: only a verified one counts then")
    names = {role: frozenset(_names(table.get(role, []), role, by_email=not claim)) for role in Role}
    return Rules(names, claim, timedelta(hours=_hours(table.get("hours", HOURS))), _text(table, "roster"))


def _text(table: Mapping[str, object], name: str) -> str:
    text = table.get(name, "")
    if not isinstance(text, str) or (name in table and not text.strip()):
        raise RolesUnusable(f"{name} should be a text in quotes")
    return text.strip()


def _names(listed: object, role: Role, *, by_email: bool) -> list[str]:
    if not isinstance(listed, list) or not all(isinstance(name, str) and name.strip() for name in listed):
        raise RolesUnusable(f'{role} should be a list of texts, such as ["anna@school.example"]')
    if not by_email:
        return [name.strip() for name in listed]
    for number, name in enumerate(listed, 1):
        if not (_EVERYONE_AT.fullmatch(name.strip()) or is_email(name)):
            raise RolesUnusable(
                f"{role} should list e-mails, or *@ and a domain for all of it; entry {number} is neither"
            )
    return [as_compared(name) for name in listed]


def _hours(hours: object) -> float:
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= MOST_HOURS:
        raise RolesUnusable(f"hours should be a number above 0, {MOST_HOURS} at most")
    return hours


def person_of(claims: Mapping[str, object], rules: Rules, roster: Callable[[], Roster] | None, now: datetime) -> Person:
    """The person whom an OpenID Connect ID token's claims tell of. `roster`: None where the rules name none.

    Raises NotSignedIn without claims, SignInExpired where `iat` is too long ago, is to come or is missing, and NoRole;
    and what `roster` raises, which is asked only for somebody who has a role.
    """
    if claims.get("is_logged_in") is not True:
        raise NotSignedIn
    if not _is_recent(claims.get("iat"), rules.lasts, now):
        raise SignInExpired
    known_as = _known_as(claims, rules.claim)
    roles = frozenset(role for role in Role if _is_among(known_as, rules, role))
    if not roles:
        raise NoRole(name_of(claims), unverified=not rules.claim and bool(claims.get("email")) and not known_as)
    if roster is None:
        return Person(name_of(claims), roles)
    listed = roster()
    students = [listed[name] for name in known_as if name in listed]
    return Person(name_of(claims), roles, students[0] if len(students) == 1 else frozenset().union(*students))


def name_of(claims: Mapping[str, object]) -> str:
    """What to call a person, verified or not: the e-mail, else the user name or name, else the provider's id of them."""
    told = (claims.get(claim) for claim in ("email", "preferred_username", "name", "sub"))
    return next((one for one in told if isinstance(one, str) and one.strip()), "somebody without a name")


def _is_recent(issued: object, lasts: timedelta, now: datetime) -> bool:
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return False
    return -CLOCKS_DIFFER.total_seconds() <= now.timestamp() - issued < lasts.total_seconds()


def _known_as(claims: Mapping[str, object], claim: str) -> list[str]:
    """By what a person is found in the rules and the roster: the verified e-mail, and the values of the claim."""
    known = []
    email = claims.get("email")
    if claims.get("email_verified") is True and isinstance(email, str) and is_email(email):
        known.append(as_compared(email))
    values = claims.get(claim) if claim else None
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, str) and value.strip() and value not in known:
            known.append(value)
    return known


def _is_among(known_as: Iterable[str], rules: Rules, role: Role) -> bool:
    names = rules.names[role]
    if rules.claim:
        return not names.isdisjoint(known_as)
    return any(email in names or f"*@{email.rpartition('@')[2]}" in names for email in known_as)

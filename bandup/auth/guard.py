"""The guard in front of every read: who is signed in, and whether they may see what they asked for.

Every function of `bandup.queries` calls the guard, at every call: the frame checks each page, but fragments and downloads
run without the frame. The audit log records what was granted or refused; what it can't record is refused.
Without `[auth]` in the secrets, everybody is the person at the machine, and no private name of Streamlit is imported.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import streamlit as st

from bandup import clock
from bandup.auth import roles
from bandup.auth.audit_log import REPEAT_AFTER, AccessLog
from bandup.auth.refusals import AccessLogUnusable, NotSignedIn, SecretsUnreadable, SignInUnusable
from bandup.auth.roles import AT_THE_MACHINE, IsOnlyForm, Person, Role
from bandup.auth.roster import Roster, RosterFile
from data.errors import DataError
from data.settings import ACCESS_LOG

SIGNED_OUT_COOKIE = "dashboard_signed_out"
"""The cookie that the server sets after a sign-out, so that the sign-in page can say so."""
MAX_SIGN_OUTS = 10_000
"""Sign-outs remembered; the oldest is forgotten first."""


class _Visitor(NamedTuple):
    """A session, and the claims of its sign-in."""

    session: str
    claims: Mapping[str, object]


_bound_visitor: ContextVar[_Visitor | None] = ContextVar("bound_visitor", default=None)
_signed_out: OrderedDict[tuple[str, ...], None] = OrderedDict()


@cache
def sign_in_is_on() -> bool:
    """Whether everybody has to sign in: `[auth]` is in the secrets. Raises SecretsUnreadable.

    Decided once per process: removing or damaging the secrets file later opens nothing.
    """
    return roles.is_set_up(st.secrets, st.get_option("secrets.files"))


def current_person() -> Person:
    """The current person. Raises Refused, or RolesUnusable or RosterUnusable where the roles can't be decided."""
    return _checked("signed_in", lambda _: None, {}, repeat_after=timedelta.max)


def require_page(roles: frozenset[Role], page: str) -> None:
    """Raises Refused unless the current person has one of the roles of this page."""

    def check(person: Person) -> None:
        # ops first: only for teachers can there be more to check
        person.must_be(next((role for role in (Role.OPS, Role.TEACHER) if role in roles & person.roles), min(roles)))

    _checked("page", check, {"id": page})


def require_role(role: Role, what: str, *, repeat_after: timedelta = REPEAT_AFTER, **ids: str) -> Person:
    """The current person, who asks for `what` (a word for the audit log). Raises Refused without the role."""
    return _checked(what, lambda person: person.must_be(role), ids, repeat_after)


def require_student(
    what: str,
    user_id: str,
    is_only_form: IsOnlyForm = lambda *_: False,
    *,
    repeat_after: timedelta = REPEAT_AFTER,
    **ids: str,
) -> Person:
    """The current person, who asks for `what` of a student. Raises Refused unless they teach the student.

    `is_only_form`: asked where the roster has the id in another Unicode form (`Person.must_teach`). `repeat_after`: the same
    access is logged again after it; at once for a write.
    """
    named = {"user_id": user_id, **ids}
    return _checked(what, lambda person: person.must_teach(user_id, is_only_form), named, repeat_after)


def admits(cookies: Mapping[str, str]) -> bool:
    """Whether a request with these cookies comes from a person with a role."""
    try:
        return bool(_person(_streamlit_session().claims_in(cookies)))
    except DataError:
        return False


def may_download(cookies: Mapping[str, str], file_name: str) -> bool:
    """Whether a request with these cookies may have this file of `/media/`: only the person for whom it was made may."""
    return admits(cookies) and _streamlit_session().is_owner(_streamlit_session().claims_in(cookies), file_name)


def access_log_error() -> str:
    """The sentence that says why the access log can't be written; empty where it can be."""
    try:
        _access_log().check()
    except AccessLogUnusable as error:
        return str(error)
    return ""


def sign_out(cookies: Mapping[str, str]) -> None:
    """End the sign-in of these cookies in every tab; copies of the cookie are refused too."""
    if claims := _streamlit_session().claims_in(cookies):
        _signed_out[_sign_in_id(claims)] = None
        while len(_signed_out) > MAX_SIGN_OUTS:
            _signed_out.popitem(last=False)
        with suppress(AccessLogUnusable):  # a sign-out always works
            _access_log().record("", roles.identity(claims), "signed_out", {})


@contextmanager
def acting_as(session: str, claims: Mapping[str, object]) -> Iterator[None]:
    """Let a session's person be the current person in the block, where no script runs, as for the rows of a table.

    Raises what `current_person` raises.
    """
    token = _bound_visitor.set(_Visitor(session, claims))
    try:
        current_person()
        yield
    finally:
        _bound_visitor.reset(token)


def current_claims() -> Mapping[str, object]:
    """The claims of the current person's sign-in; empty without one."""
    return _visitor().claims


def check_sign_in() -> None:
    """Raises SignInUnusable, RolesUnusable, RosterUnusable or AccessLogUnusable, at the start of the server."""
    _streamlit_session().check_credentials()
    if st.get_option("server.trustedUserHeaders"):
        raise SignInUnusable(what="server.trustedUserHeaders lets a header say who is signed in. Unset it.")
    _access_log().check()
    _streamlit_session().check_operations()
    if read_roster := _roster_reader(roles.parse_rules(_roles_table())):
        read_roster()


def reset_caches() -> None:
    """Clear what was read of secrets, rosters and sign-outs. For tests only."""
    for clear in (sign_in_is_on.cache_clear, _roster_file.cache_clear, _access_log.cache_clear, _signed_out.clear):
        clear()


def _checked(
    what: str, check: Callable[[Person], None], ids: Mapping[str, str], repeat_after: timedelta = REPEAT_AFTER
) -> Person:
    """The current person, if `check` does not raise. Logs the access or the refusal. Raises AccessLogUnusable."""
    if not sign_in_is_on():
        return AT_THE_MACHINE
    visitor = _visitor()
    try:
        person = _person(visitor.claims)
        check(person)
    except NotSignedIn:
        raise
    except DataError as error:
        refusal = {"asked_for": what, "why": type(error).__name__, **ids}
        _access_log().record(visitor.session, roles.identity(visitor.claims), "refused", refusal)
        raise
    _access_log().record(visitor.session, roles.identity(visitor.claims), what, ids, repeat_after)
    return person


def _streamlit_session() -> ModuleType:
    """`bandup.auth.streamlit_session`, imported only with sign-in: it needs private names of Streamlit."""
    return import_module("bandup.auth.streamlit_session")


def _visitor() -> _Visitor:
    return _bound_visitor.get() or _Visitor(*_streamlit_session().current_session())


def _person(claims: Mapping[str, object]) -> Person:
    if not claims.get("is_logged_in") or _sign_in_id(claims) in _signed_out:
        raise NotSignedIn
    rules = roles.parse_rules(_roles_table())
    return roles.person_from(claims, rules, _roster_reader(rules), clock.now())


def _sign_in_id(claims: Mapping[str, object]) -> tuple[str, ...]:
    """What distinguishes one sign-in from another of the same person."""
    return tuple(str(claims.get(name)) for name in ("iss", "sub", "iat", "nonce"))


def _roles_table() -> object:
    try:
        return st.secrets.get("roles")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsUnreadable from error


def _roster_reader(rules: roles.Rules) -> Callable[[], Roster] | None:
    """What reads the roster that the rules name. A relative path starts at the folder of the secrets file."""
    if not rules.roster:
        return None
    files = [Path(file) for file in st.get_option("secrets.files")]
    folder = next((file.parent for file in reversed(files) if file.exists()), Path())
    return _roster_file(folder / rules.roster, rules.claim).read


_roster_file = lru_cache(maxsize=4)(RosterFile)


@cache
def _access_log() -> AccessLog:
    return AccessLog(os.environ.get(ACCESS_LOG, "").strip(), lambda: clock.now())

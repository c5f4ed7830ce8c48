"""Who asks for data, and whether they may: the person of a session's sign-in, asked for anew at every call.

A page's frame has a gate of its own, but a fragment runs without it, and so does what a download makes when it is
clicked. What anybody was given, or refused, is logged. Without `[auth]` in the secrets everybody is the person at the
machine.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks, validate_auth_credentials
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from data import access_log, people
from data.errors import DataError, NotSignedIn, SecretsUnreadable, SignInUnusable
from data.people import AT_THE_MACHINE, Person, Role, RosterFile
from data.settings import ACCESS_LOG

MOST_SIGN_OUTS = 10_000
SHORTEST_SECRET = 32

P = ParamSpec("P")
T = TypeVar("T")


def now() -> datetime:
    """The time, aware, UTC: the one clock of the dashboard."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Asker:
    """Who asks: a session, and what the sign-in says of the person."""

    session: str
    claims: Mapping[str, object]


_on_behalf: ContextVar[_Asker | None] = ContextVar("on_behalf", default=None)
_accesses = access_log.AccessLog(now)
_signed_out: OrderedDict[tuple[str, ...], None] = OrderedDict()


@cache
def sign_in_is_on() -> bool:
    """Whether everybody has to sign in: `[auth]` is in the secrets. Raises SecretsUnreadable.

    Found out once: a secrets file that is taken away or damaged later opens nothing.
    """
    return people.is_set_up(st.secrets, st.get_option("secrets.files"))


def person() -> Person:
    """Who looks. Raises Refused where nobody may, RolesUnusable and RosterUnusable where that can't be told."""
    return _asks("signed_in", lambda _: None, {}, again_after=timedelta.max)


def must_be(role: Role, page: str) -> None:
    """Raises Refused where a page is not for whoever looks."""
    _asks("page", lambda found: found.must_be(role), {"id": page})


def claims_in(cookies: Mapping[str, str]) -> dict[str, object]:
    """What the signed cookie of Streamlit's sign-in says; nothing where there is none, or it was tampered with."""

    def signed(name: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), name, cookies.get(name, ""))

    try:
        claims = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def admits(cookies: Mapping[str, str]) -> bool:
    """Whether a request with these cookies comes from somebody who may see anything at all."""
    try:
        return bool(_person_of(claims_in(cookies)))
    except DataError:
        return False


def sign_out(cookies: Mapping[str, str]) -> None:
    """Ends the sign-in of these cookies: from now on it counts in no tab, and no copy of the cookie does."""
    if claims := claims_in(cookies):
        _signed_out[_sign_in_of(claims)] = None
        while len(_signed_out) > MOST_SIGN_OUTS:
            _signed_out.popitem(last=False)
        _accesses.note("", people.name_of(claims), "signed_out", {})


def later(function: Callable[P, T]) -> Callable[P, T]:
    """The function, to be called when the script has ended, as a download is: on behalf of whoever looks now."""
    if not sign_in_is_on():
        return function
    asker = _asker()

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        before = _on_behalf.set(asker)
        try:
            return function(*args, **kwargs)
        finally:
            _on_behalf.reset(before)

    return called


def check_sign_in() -> None:
    """Raises SignInUnusable, RolesUnusable, RosterUnusable or AccessLogUnusable: better at the start than at a sign-in."""
    if not sign_in_is_on():  # and from here on it is, whatever becomes of the secrets
        raise SecretsUnreadable
    try:
        validate_auth_credentials("default")
    except StreamlitAuthError as error:
        raise SignInUnusable(" ".join(str(error).split())) from error
    if len(get_cookie_secret()) < SHORTEST_SECRET:
        raise SignInUnusable(
            f"cookie_secret in [auth] has fewer than {SHORTEST_SECRET} characters, and whoever guesses it is anybody they "
            "like. `python -c 'import secrets; print(secrets.token_hex(32))'` makes one."
        )
    if st.get_option("server.trustedUserHeaders"):
        raise SignInUnusable("server.trustedUserHeaders lets a header say who is signed in. Unset it.")
    _open_access_log()
    roster = _roster(people.rules_of(_roles()))
    if roster is not None:
        roster.now()


def _asks(
    what: str,
    check: Callable[[Person], None],
    of: Mapping[str, str],
    again_after: timedelta = access_log.LOGGED_AGAIN_AFTER,
) -> Person:
    """The person who asks for something, which is logged, or refused."""
    if not sign_in_is_on():
        return AT_THE_MACHINE
    _open_access_log()
    asker = _asker()
    try:
        found = _person_of(asker.claims)
        check(found)
    except NotSignedIn:
        raise
    except DataError as error:
        refused = {"asked_for": what, "why": type(error).__name__, **of}
        _accesses.note(asker.session, people.name_of(asker.claims), "refused", refused)
        raise
    _accesses.note(asker.session, found.name, what, of, again_after)
    return found


def teaches(what: str, user_id: str, **of: str) -> Person:
    """A teacher who asks for what is of a student. Raises Refused where the student is not theirs."""
    return _asks(what, lambda found: found.must_teach(user_id), {"user_id": user_id, **of})


def has(role: Role, what: str, **of: str) -> Person:
    """Somebody who asks for what is for a role. Raises Refused where they do not have it."""
    return _asks(what, lambda found: found.must_be(role), of)


def _asker() -> _Asker:
    given = _on_behalf.get()
    if given is not None:
        return given
    context = get_script_run_ctx(suppress_warning=True)
    # without a script that runs for somebody, nobody asks
    return _Asker("", {}) if context is None else _Asker(context.session_id, _claims())


def _claims() -> Mapping[str, object]:
    return st.user.to_dict()


def _person_of(claims: Mapping[str, object]) -> Person:
    if not claims.get("is_logged_in") or _sign_in_of(claims) in _signed_out:
        raise NotSignedIn
    rules = people.rules_of(_roles())
    roster = _roster(rules)
    return people.person_of(claims, rules, None if roster is None else roster.now, now())


def _sign_in_of(claims: Mapping[str, object]) -> tuple[str, ...]:
    """What tells one sign-in from another of the same person."""
    return tuple(str(claims.get(name)) for name in ("iss", "sub", "iat", "nonce"))


def _roles() -> object:
    try:
        return st.secrets.get("roles")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsUnreadable from error


def _roster(rules: people.Rules) -> RosterFile | None:
    """The roster that the rules name: beside the secrets file, unless its path is absolute."""
    if not rules.roster:
        return None
    files = [Path(file) for file in st.get_option("secrets.files")]
    beside = next((file.parent for file in reversed(files) if file.exists()), Path())
    return _roster_file(beside / rules.roster, rules.claim)


@lru_cache(maxsize=4)
def _roster_file(path: Path, claim: str) -> RosterFile:
    return RosterFile(path, claim)


@cache
def _open_access_log() -> None:
    access_log.open_log(os.environ.get(ACCESS_LOG, "").strip())


def forget() -> None:
    """Forgets what was found out of secrets, rosters and sign-outs: for tests."""
    for kept in (sign_in_is_on, _roster_file, _open_access_log):
        kept.cache_clear()
    _signed_out.clear()

"""Everything private that sign-in needs of Streamlit, in this one file: it is imported only where `[auth]` is set.

Streamlit offers no public way to read its sign-in cookie outside of a script, to know the session of a running script, or
to check `[auth]` at the start. The names below are pinned by `streamlit~=1.67.0`; `tests/auth/test_streamlit_session.py`
says which one is missing after an upgrade.
"""

import json
from collections.abc import Mapping

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks, validate_auth_credentials
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from bandup.auth.refusals import SignInUnusable

MIN_COOKIE_SECRET = 32
"""Characters: a shorter cookie secret can be guessed."""


def claims_in(cookies: Mapping[str, str]) -> dict[str, object]:
    """The claims in the signed cookie of Streamlit's sign-in; empty where there is no cookie or it was tampered with."""

    def signed(name: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), name, cookies.get(name, ""))

    try:
        claims = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def current_session() -> tuple[str, Mapping[str, object]]:
    """The id of the session whose script runs in this thread, and the claims of its sign-in; both empty without a script."""
    context = get_script_run_ctx(suppress_warning=True)
    return ("", {}) if context is None else (context.session_id, st.user.to_dict())


def check_credentials() -> None:
    """Check `[auth]` at the start rather than at the first sign-in. Raises SignInUnusable."""
    try:
        validate_auth_credentials("default")
    except StreamlitAuthError as error:
        raise SignInUnusable(what=" ".join(str(error).split())) from error
    if len(get_cookie_secret()) < MIN_COOKIE_SECRET:
        raise SignInUnusable(
            what=f"cookie_secret in [auth] has fewer than {MIN_COOKIE_SECRET} characters, and anyone who guesses it can sign in as "
            "anybody. `python -c 'import secrets; print(secrets.token_hex(32))'` makes one."
        )

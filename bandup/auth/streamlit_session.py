"""Everything private that sign-in needs of Streamlit, in this one file: it is imported only where `[auth]` is set.

Streamlit offers no public way to read its sign-in cookie outside of a script, to know the session of a running script, to
check `[auth]` at the start, or to check who asks for the rows of a table and for a download. The names below are pinned by
`streamlit~=1.67.0`; `tests/auth/test_streamlit_session.py` says which one is missing after an upgrade.
"""

import json
from collections.abc import Mapping
from functools import cache, wraps
from os.path import splitext

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks, validate_auth_credentials
from streamlit.errors import StreamlitAuthError
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime import get_instance
from streamlit.runtime.backend_operation_handler import BackendOperationDispatcher
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from bandup.auth import guard
from bandup.auth.refusals import NotYourDownload, SignInUnusable
from data.errors import DataError

MIN_COOKIE_SECRET = 32
"""Characters: a shorter cookie secret can be guessed."""

_owners: dict[str, set[tuple[str, ...]]] = {}
"""For whom each file below `/media/` was made, by its id. Streamlit gives equal files one id."""


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


@cache
def check_operations() -> None:
    """From now on check who asks for the rows of a table or for a download, and remember for whom each file is made.

    Streamlit answers both without running the script, so without the guard, and a download for any session that knows its
    id. The person is the current one while a file is built, too. Called once, before the server starts.
    """
    dispatch = BackendOperationDispatcher.dispatch
    load, delete = MemoryMediaFileStorage.load_and_get_id, MemoryMediaFileStorage.delete_file

    @wraps(dispatch)
    async def dispatch_checked(
        self: BackendOperationDispatcher, request: BackendOperationRequest, session_id: str
    ) -> BackendOperationResponse:
        try:
            with guard.acting_as(session_id, _claims_of_session(session_id)):
                if request.WhichOneof("payload") == "deferred_file":
                    _check_session_of_download(request.deferred_file.file_id, session_id)
                return await dispatch(self, request, session_id)
        except DataError as error:
            return BackendOperationResponse(request_id=request.request_id, error_msg=str(error))

    @wraps(load)
    def load_for_owner(
        self: MemoryMediaFileStorage,
        path_or_data: str | bytes,
        mimetype: str,
        kind: MediaFileKind,
        filename: str | None = None,
    ) -> str:
        file_id = load(self, path_or_data, mimetype, kind, filename)
        _owners.setdefault(file_id, set()).add(_person_id(guard.current_claims()))
        return file_id

    @wraps(delete)
    def delete_with_owners(self: MemoryMediaFileStorage, file_id: str) -> None:
        _owners.pop(file_id, None)
        delete(self, file_id)

    for owner, method in (
        (BackendOperationDispatcher, dispatch_checked),
        (MemoryMediaFileStorage, load_for_owner),
        (MemoryMediaFileStorage, delete_with_owners),
    ):
        setattr(owner, method.__name__, method)


def is_owner(claims: Mapping[str, object], file_name: str) -> bool:
    """Whether a file below `/media/` was made for the person with these claims."""
    person = _person_id(claims)
    return all(person) and person in _owners.get(splitext(file_name)[0], ())


def _person_id(claims: Mapping[str, object]) -> tuple[str, ...]:
    """What distinguishes a person from any other, by OpenID Connect Core, section 5.7; empty texts where it is missing."""
    return tuple(str(claims.get(name) or "") for name in ("iss", "sub"))


def _claims_of_session(session_id: str) -> Mapping[str, object]:
    session = get_instance().get_app_session(session_id)
    return {} if session is None else dict(session._user_info)


def _check_session_of_download(file_id: str, session_id: str) -> None:
    """Raises NotYourDownload for the download button of another session."""
    download = get_instance().media_file_mgr._deferred_callables.get(file_id)
    if download is None or download["session_id"] != session_id:
        raise NotYourDownload

"""Streamlit's private names are used in one file, which is imported only with sign-in; a missing one is named."""

import ast
import asyncio
import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.backend_operation_handler import BackendOperationDispatcher, DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from bandup.auth import guard, streamlit_session
from bandup.auth.refusals import NotSignedIn
from bandup.pages_list import PAGES
from tests.browser.serving import ROOT

PRIVATE_NAMES_IN = ROOT / "bandup/auth/streamlit_session.py"
PUBLIC_MODULES = {"column_config", "components"}
"""The modules below `streamlit` that its documentation names."""
PRODUCT = sorted(
    [*ROOT.glob("bandup/**/*.py"), *ROOT.glob("data/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"]
)


def names_from_streamlit(source: str) -> list[tuple[str, str]]:
    """What a file imports from modules below `streamlit`: (module, name)."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return [
        (node.module, alias.name)
        for node in imports
        if node.module and node.module.startswith("streamlit.")
        for alias in node.names
    ]


def missing(module: str, name: str) -> str:
    """The sentence that says that a name is missing in the installed Streamlit; empty where it is there."""
    try:
        if hasattr(importlib.import_module(module), name):
            return ""
    except ImportError:
        pass
    file = PRIVATE_NAMES_IN.relative_to(ROOT)
    return f"Streamlit {st.__version__} has no {module}.{name}, which {file} needs: find what replaces it."


def test_the_file_is_where_the_names_are():
    assert len(names_from_streamlit(PRIVATE_NAMES_IN.read_text())) >= 5


@pytest.mark.parametrize(("module", "name"), names_from_streamlit(PRIVATE_NAMES_IN.read_text()))
def test_the_installed_streamlit_has_every_private_name(module, name):
    sentence = missing(module, name)
    assert not sentence, sentence


@pytest.mark.parametrize(
    ("owner", "attribute"),
    [
        (AppSession.__init__, "self._user_info"),
        (MediaFileManager.__init__, "self._deferred_callables"),
        (MediaFileManager.add_deferred, '"session_id"'),
        (MediaFileManager.add, "self._storage.load_and_get_id("),
        (MediaFileManager.execute_deferred, "self._storage.load_and_get_id("),
        (MediaFileManager._delete_file, "self._storage.delete_file("),
        (MemoryMediaFileStorage.get_file, "os.path.splitext(filename)[0]"),
        (DeferredFileHandler.handle, "asyncio.to_thread("),
        (AppSession._create_backend_operation_dispatcher, '"deferred_file"'),
        (AppSession._create_backend_operation_dispatcher, '"dataframe_chunk"'),
        (AppSession._handle_backend_operation_request, "self._backend_operation_dispatcher.dispatch("),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__qualname__,
)
def test_the_installed_streamlit_has_every_private_attribute(owner, attribute):
    assert attribute in inspect.getsource(owner), (
        f"Streamlit {st.__version__} has no {attribute} in {owner.__qualname__}, which "
        f"{PRIVATE_NAMES_IN.relative_to(ROOT)} relies on: find what replaces it."
    )


@pytest.mark.parametrize(
    ("module", "name"), [("streamlit.auth_util", "no_such_function"), ("streamlit.no_such_module", "name")]
)
def test_a_missing_name_is_named(module, name):
    assert f"has no {module}.{name}, which bandup/auth/streamlit_session.py needs" in missing(module, name)


def private_uses(source: str) -> Iterator[str]:
    """Where a file uses Streamlit other than by `import streamlit as st` and documented names below `st`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("streamlit."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "streamlit":
            yield f"from {node.module} import {', '.join(alias.name for alias in node.names)}"
        elif isinstance(node, ast.Constant) and str(node.value).startswith("streamlit."):
            yield str(node.value)
        elif isinstance(node, ast.Attribute):
            root, *parts = ast.unparse(node).split(".")
            if root not in {"st", "streamlit"}:
                continue
            is_module = inspect.ismodule(getattr(st, parts[0], None)) and parts[0] not in PUBLIC_MODULES
            if is_module or any(part.startswith("_") for part in parts):
                yield ast.unparse(node)


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_file_uses_private_names(path: Path):
    if path != PRIVATE_NAMES_IN:
        assert [*private_uses(path.read_text())] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import streamlit as st\nst.button('a')\nst.column_config.TextColumn('b')\nst.context.cookies.get('c')", []),
        ("import streamlit.runtime", ["streamlit.runtime"]),
        ("from streamlit.runtime import exists", ["from streamlit.runtime import exists"]),
        ("from streamlit import config", ["from streamlit import config"]),
        ("import streamlit as st\nst.runtime.exists()", ["st.runtime.exists", "st.runtime"]),
        ("import streamlit as st\nst._config.get_option('a')", ["st._config.get_option", "st._config"]),
        ("import streamlit as st\nst.session_state._state", ["st.session_state._state"]),
        ("importlib.import_module('streamlit.runtime')", ["streamlit.runtime"]),
    ],
)
def test_private_uses(source, found):
    assert [*private_uses(source)] == found


ANNA, BEN = ({"iss": "provider", "sub": name, "is_logged_in": True} for name in ("anna", "ben"))


@pytest.fixture
def operate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, BackendOperationRequest], str]]:
    """`operate("a", request)`: the error that session a is answered with, or the file's name; of the sessions a and b, anna's.

    The session c is ben's, and d has ended its sign-in. The media files and downloads are Streamlit's own.
    """
    storage = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(storage)
    sessions = {"a": ANNA, "b": ANNA, "c": BEN, "d": {"is_logged_in": False}}
    runtime = SimpleNamespace(
        media_file_mgr=manager,
        get_app_session=lambda session_id: (
            SimpleNamespace(_user_info=sessions[session_id]) if session_id in sessions else None
        ),
    )

    def current_person() -> None:
        if not guard.current_claims().get("is_logged_in"):
            raise NotSignedIn

    for owner, name in (
        (BackendOperationDispatcher, "dispatch"),
        (MemoryMediaFileStorage, "load_and_get_id"),
        (MemoryMediaFileStorage, "delete_file"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # restored after the test
    monkeypatch.setattr(streamlit_session, "_owners", {})
    monkeypatch.setattr(streamlit_session, "get_instance", lambda: runtime)
    monkeypatch.setattr(guard, "current_person", current_person)
    streamlit_session.check_operations.cache_clear()
    streamlit_session.check_operations()
    streamlit_session.check_operations()

    class Rows:
        async def handle(self, request: BackendOperationRequest, _: str) -> BackendOperationResponse:
            claims = await asyncio.to_thread(guard.current_claims)
            return BackendOperationResponse(request_id=request.request_id, error_msg=f"rows for {claims['sub']}")

    dispatcher = BackendOperationDispatcher()
    dispatcher.register("deferred_file", DeferredFileHandler(lambda: manager))
    dispatcher.register("dataframe_chunk", Rows())

    def run(session: str, request: BackendOperationRequest) -> str:
        response = asyncio.run(dispatcher.dispatch(request, session))
        return response.deferred_file.url.removeprefix("/media/") or response.error_msg

    run.manager = manager  # type: ignore[attr-defined]
    run.sessions = sessions  # type: ignore[attr-defined]
    yield run
    streamlit_session.check_operations.cache_clear()


def download_of(operate: Callable[..., str], monkeypatch: pytest.MonkeyPatch, session: str) -> BackendOperationRequest:
    """A request for the download that this session's page offers: a text with the name of the person it is made for."""
    request = BackendOperationRequest(request_id="r")
    with monkeypatch.context() as patch:
        patch.setattr("streamlit.runtime.media_file_manager._get_session_id", lambda: session)
        make = lambda: f"for {guard.current_claims()['sub']}"  # noqa: E731
        request.deferred_file.file_id = operate.manager.add_deferred(make, "text/html", "1.2", "report.html")  # type: ignore[attr-defined]
    return request


def test_a_download_is_built_for_the_session_that_offers_it_and_belongs_to_its_person(operate, monkeypatch):
    request = download_of(operate, monkeypatch, "a")
    for other in ("b", "c"):
        assert operate(other, request).startswith("This page does not offer this download any more")
    assert operate("d", request) == operate("gone", request) == str(NotSignedIn())
    file = operate("a", request)
    assert operate.manager._storage.get_file(file).content == b"for anna"
    assert streamlit_session.is_owner(ANNA, file)
    for claims in (BEN, {}, {"iss": "provider"}, {"sub": "anna"}, {"iss": "elsewhere", "sub": "anna"}):
        assert not streamlit_session.is_owner(claims, file)
    operate.manager.remove_orphaned_files()
    operate.manager.remove_orphaned_files()
    assert not streamlit_session.is_owner(ANNA, file)
    assert streamlit_session._owners == {}


def test_equal_files_belong_to_everyone_for_whom_they_were_made(operate):
    storage = operate.manager._storage
    with guard.acting_as("a", ANNA):
        file = storage.load_and_get_id(b"the same", "text/plain", MediaFileKind.DOWNLOADABLE)
    assert not streamlit_session.is_owner(BEN, file)
    with guard.acting_as("c", BEN):
        assert storage.load_and_get_id(b"the same", "text/plain", MediaFileKind.DOWNLOADABLE) == file
    assert streamlit_session.is_owner(ANNA, file)
    assert streamlit_session.is_owner(BEN, file)


def test_a_file_of_a_page_without_a_person_belongs_to_nobody(operate):
    file = operate.manager._storage.load_and_get_id(b"anybody", "text/plain", MediaFileKind.MEDIA)
    assert not streamlit_session.is_owner({}, file)


def test_the_rows_of_a_table_are_sent_as_long_as_the_person_is_signed_in(operate):
    request = BackendOperationRequest(request_id="r")
    request.dataframe_chunk.source_id = "s"
    assert operate("a", request) == "rows for anna"
    assert operate("c", request) == "rows for ben"
    assert operate("d", request) == str(NotSignedIn())
    operate.sessions["a"] = {}
    assert operate("a", request) == str(NotSignedIn())


def imports_of(path: Path) -> str:
    """The import statements of a script, which itself runs only under Streamlit."""
    tree = ast.parse(path.read_text())
    return "\n".join(ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


@pytest.mark.server
def test_without_sign_in_the_whole_dashboard_is_imported_without_private_names(tmp_path):
    scripts = [ROOT / "bandup/frame.py", *(Path(page.script) for page in PAGES)]
    program = "\n".join(
        [
            "from streamlit.web import bootstrap",
            f"bootstrap.load_config_options({{'secrets_files': [{str(tmp_path / 'secrets.toml')!r}]}})",
            "import dashboard",
            *map(imports_of, scripts),
            "from bandup.auth import guard",
            "guard.current_person(), guard.require_student('student', 'user-456')",
            "import sys",
            "print('bandup.auth.streamlit_session' in sys.modules)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr

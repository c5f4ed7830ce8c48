"""Streamlit's private names are used in one file, which is imported only with sign-in; a missing one is named."""

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

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

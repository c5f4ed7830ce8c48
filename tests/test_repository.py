"""The repository stays as ARCHITECTURE.md says: where each library may be imported, what is where, what no file may hold."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".streamlit",
    "ARCHITECTURE.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "bandup",
    "benchmarks",
    "dashboard.py",
    "data",
    "docs",
    "bandup/frame.py",
    "pages",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "tests",
}
NAMES_THAT_SAY_NOTHING = {"common", "helper", "helpers", "misc", "util", "utils"}

# Where a library may be imported, as the beginnings of paths. Who imports whom of ours is import-linter's to check (pyproject.toml).
ELSEWHERE = ("tests/", "benchmarks/")
ONLY_IN = {
    "boto3": ("data/", "bandup/demo/engine.py", "bandup/demo/wire_items.py", *ELSEWHERE),
    "botocore": ("data/", "bandup/demo/loading.py", *ELSEWHERE),
    "moto": ("bandup/demo/engine.py", *ELSEWHERE),
    "plotly": ("bandup/charts/", "bandup/exports/offline_page.py", "bandup/ui/", *ELSEWHERE),
    "genanki": ("bandup/exports/anki.py", *ELSEWHERE),
    "click": ("bandup/cli/", ".ci/", *ELSEWHERE),
    "streamlit": (
        "bandup/auth/guard.py",
        "bandup/auth/streamlit_session.py",
        "bandup/queries/cached_reads.py",
        "bandup/ui/",
        "bandup/frame.py",
        "bandup/server.py",
        "dashboard.py",
        "pages/",
        *ELSEWHERE,
    ),
}
PAGES_MAY_IMPORT = (
    "streamlit",
    "bandup.analysis",
    "bandup.auth",
    "bandup.charts",
    "bandup.clock",
    "bandup.exports",
    "bandup.formatting",
    "bandup.queries",
    "bandup.ui",
    "data.results",
)

# What a colleague's machine must not leave behind: paths of homes and build machines, and addresses of package registers.
PRIVATE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users)/")
REGISTER = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs)\.(?:org|com)\b|\bdeb\.debian\.org\b|--(?:extra-)?index-url|--find[-]links"
)


@cache
def tracked() -> tuple[PurePosixPath, ...]:
    """The files that git tracks and that are there, relative to the root."""
    # safe.directory: a clone may belong to another user than the one who tests it.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert listed.returncode == 0, f"These checks need git and a clone of the repository: {listed.stderr}"
    return tuple(PurePosixPath(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def python_files() -> list[PurePosixPath]:
    return [path for path in tracked() if path.suffix == ".py"]


def imports(source: str, path: PurePosixPath) -> Iterator[str]:
    """Every module that a file imports, as `package.module` or, of `from x import y`, as `x.y`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.parts[: -node.level] if node.level else ()
            yield from (".".join([*above, *([node.module] if node.module else []), alias.name]) for alias in node.names)


def may_import(path: PurePosixPath, name: str) -> bool:
    """Whether the place of a file allows it to import `name`."""
    package = name.split(".")[0]
    if not str(path).startswith(ONLY_IN.get(package, "")):
        return False
    if path.parts[0] != "pages" or package in sys.stdlib_module_names:
        return True
    return f"{name}.".startswith(tuple(f"{allowed}." for allowed in PAGES_MAY_IMPORT))


def strays(source: str, path: PurePosixPath) -> list[str]:
    """The imports of a file that its place does not allow."""
    return [name for name in imports(source, path) if not may_import(path, name)]


def webgl(source: str) -> list[str]:
    """What in a module makes plotly draw with WebGL, which the Content-Security-Policy does not allow (see dashboard.py)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {
            "Scattergl",
            "Scatterpolargl",
            "Scatter3d",
            "Mesh3d",
            "Surface",
        }:
            found.append(node.attr)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("px.", "plotly.express.")):
            drawn = ast.unparse(node.func).split(".")[-1]
            svg = any(
                keyword.arg == "render_mode" and ast.unparse(keyword.value) == "'svg'" for keyword in node.keywords
            )
            if drawn in {"ecdf", "line", "line_polar", "scatter", "scatter_polar"} and not svg:
                found.append(f"px.{drawn} without render_mode='svg'")
    return found


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """`path:line: text` of every line of a tracked text file that holds the pattern."""
    found = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}:{n}: {line.strip()}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return found


def test_imports_run_one_way():
    files = {path: strays((ROOT / path).read_text(encoding="utf-8"), path) for path in python_files()}
    assert files
    assert {str(path): names for path, names in files.items() if names} == {}


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("bandup/analysis/bands.py", "import re\nimport pandas as pd\nfrom data import flags", []),
        ("bandup/analysis/bands.py", "import streamlit as st", ["streamlit"]),
        ("bandup/analysis/bands.py", "def f():\n    import plotly.express as px", ["plotly.express"]),
        ("bandup/charts/theme.py", "import plotly.graph_objects as go", []),
        ("bandup/charts/theme.py", "import streamlit.components.v1", ["streamlit.components.v1"]),
        ("bandup/ui/badges.py", "import streamlit\nfrom botocore import errors", ["botocore.errors"]),
        ("bandup/demo/engine.py", "from moto import mock_aws\nimport boto3", []),
        ("bandup/demo/items.py", "from moto import mock_aws", ["moto.mock_aws"]),
        ("data/paging.py", "import streamlit as st\nimport boto3", ["streamlit"]),
        ("data/paging.py", "from moto import mock_aws", ["moto.mock_aws"]),
        ("pages/jobs.py", "import re\nimport streamlit as st\nfrom bandup.queries import cached_reads", []),
        ("pages/jobs.py", "from bandup import ui, demo", ["bandup.demo"]),
        ("pages/jobs.py", "from data import paging", ["data.paging"]),
        ("pages/jobs.py", "import boto3", ["boto3"]),
        ("tests/data/test_paging.py", "import boto3, moto, streamlit", []),
    ],
)
def test_strays(path: str, source: str, expected: list[str]):
    assert strays(source, PurePosixPath(path)) == expected


def test_charts_draw_without_webgl():
    files = [path for path in python_files() if path.parts[0] in {"bandup", "pages"}]
    found = {str(path): webgl((ROOT / path).read_text(encoding="utf-8")) for path in files}
    assert {path: calls for path, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("go.Scatter(x=[1])\npx.bar(f)\npx.line(f, render_mode='svg')", []),
        ("go.Scattergl(x=[1])", ["Scattergl"]),
        ("px.scatter(f)", ["px.scatter without render_mode='svg'"]),
        ("plotly.express.line(f, render_mode='auto')", ["px.line without render_mode='svg'"]),
    ],
)
def test_webgl(source: str, found: list[str]):
    assert webgl(source) == found


def test_the_top_level_holds_what_is_expected():
    assert {path.parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_every_name_says_what_lives_there():
    assert [str(path) for path in tracked() if NAMES_THAT_SAY_NOTHING & {path.stem.lower(), *path.parts[:-1]}] == []


def test_no_private_paths():
    found = lines_with(PRIVATE_PATH)
    assert not found, "\n".join(found)


def test_no_addresses_of_package_registers():
    found = lines_with(REGISTER)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("see /{}/notes.md".format("home"), PRIVATE_PATH),
        ("ROOT = '/{}/main'".format("work"), PRIVATE_PATH),
        ("https://{}.org/simple".format("pypi"), REGISTER),
        ("registry.{}.org".format("npmjs"), REGISTER),
        ("--extra-{} x".format("index-url"), REGISTER),
    ],
)
def test_patterns_find(line: str, pattern: re.Pattern[str]):
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line", ["https://example.com/home/index.html", "homework/root/x", "npm and PyPI", "~/.streamlit/home/"]
)
def test_patterns_leave_alone(line: str):
    assert not PRIVATE_PATH.search(line)
    assert not REGISTER.search(line)

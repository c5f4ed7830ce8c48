"""The repository follows ARCHITECTURE.md: which file may import which library, what the top level has, forbidden texts."""

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
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "bandup",
    "benchmarks",
    "dashboard.py",
    "data",
    "docs",
    "pages",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.lock",
    "requirements.txt",
    "tests",
}
MEANINGLESS_NAMES = {"common", "helper", "helpers", "misc", "util", "utils"}

# The paths below which a library may be imported. import-linter checks the imports between our own modules (pyproject.toml).
ELSEWHERE = ("tests/", "benchmarks/")
ONLY_IN = {
    "boto3": ("data/", "bandup/demo/engine.py", "bandup/demo/items.py", *ELSEWHERE),
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

# Traces of one machine: paths of home directories and build machines, and addresses of package indexes.
PRIVATE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home|Users)/")
PACKAGE_INDEX = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs)\.(?:org|com)\b|\bdeb\.debian\.org\b|--(?:extra-)?index-url|--find[-]links"
)


@cache
def tracked() -> tuple[PurePosixPath, ...]:
    """The existing files that git tracks, relative to the root."""
    # safe.directory: the clone may belong to another user than the one who runs the tests
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert listed.returncode == 0, f"These tests need git and a clone of the repository: {listed.stderr}"
    return tuple(PurePosixPath(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def python_files() -> list[PurePosixPath]:
    return [path for path in tracked() if path.suffix == ".py"]


def imports(source: str, path: PurePosixPath) -> Iterator[str]:
    """Every module that a file imports, as `package.module`; `from x import y` as `x.y`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.parts[: -node.level] if node.level else ()
            yield from (".".join([*above, *([node.module] if node.module else []), alias.name]) for alias in node.names)


def may_import(path: PurePosixPath, name: str) -> bool:
    """Whether the file at this path may import `name`."""
    package = name.split(".")[0]
    if not str(path).startswith(ONLY_IN.get(package, "")):
        return False
    if path.parts[0] != "pages" or package in sys.stdlib_module_names:
        return True
    return f"{name}.".startswith(tuple(f"{allowed}." for allowed in PAGES_MAY_IMPORT))


def forbidden_imports(source: str, path: PurePosixPath) -> list[str]:
    """The imports that the file at this path may not have."""
    return [name for name in imports(source, path) if not may_import(path, name)]


def webgl(source: str) -> list[str]:
    """The calls in a module that make plotly draw with WebGL, which the Content-Security-Policy forbids."""
    calls = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {
            "Scattergl",
            "Scatterpolargl",
            "Scatter3d",
            "Mesh3d",
            "Surface",
        }:
            calls.append(node.attr)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("px.", "plotly.express.")):
            function = ast.unparse(node.func).split(".")[-1]
            svg = any(
                keyword.arg == "render_mode" and ast.unparse(keyword.value) == "'svg'" for keyword in node.keywords
            )
            if function in {"ecdf", "line", "line_polar", "scatter", "scatter_polar"} and not svg:
                calls.append(f"px.{function} without render_mode='svg'")
    return calls


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """`path:line: text` of every line of a tracked text file that matches the pattern."""
    lines = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines += [f"{path}:{n}: {line.strip()}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return lines


def test_libraries_are_imported_where_they_may_be():
    files = {path: forbidden_imports((ROOT / path).read_text(encoding="utf-8"), path) for path in python_files()}
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
        ("bandup/ui/page.py", "import streamlit\nfrom botocore import errors", ["botocore.errors"]),
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
def test_forbidden_imports(path: str, source: str, expected: list[str]):
    assert forbidden_imports(source, PurePosixPath(path)) == expected


def test_charts_draw_without_webgl():
    files = [path for path in python_files() if path.parts[0] in {"bandup", "pages"}]
    calls_by_path = {str(path): webgl((ROOT / path).read_text(encoding="utf-8")) for path in files}
    assert {path: calls for path, calls in calls_by_path.items() if calls} == {}


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("go.Scatter(x=[1])\npx.bar(f)\npx.line(f, render_mode='svg')", []),
        ("go.Scattergl(x=[1])", ["Scattergl"]),
        ("px.scatter(f)", ["px.scatter without render_mode='svg'"]),
        ("plotly.express.line(f, render_mode='auto')", ["px.line without render_mode='svg'"]),
    ],
)
def test_webgl(source: str, calls: list[str]):
    assert webgl(source) == calls


def test_the_top_level_has_only_expected_names():
    assert {path.parts[0] for path in tracked()} - TOP_LEVEL == set()


def test_no_file_has_a_meaningless_name():
    assert [str(path) for path in tracked() if MEANINGLESS_NAMES & {path.stem.lower(), *path.parts[:-1]}] == []


def test_no_private_paths():
    lines = lines_with(PRIVATE_PATH)
    assert not lines, "\n".join(lines)


def test_no_addresses_of_package_indexes():
    lines = lines_with(PACKAGE_INDEX)
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("see /{}/notes.md".format("home"), PRIVATE_PATH),
        ("ROOT = '/{}/main'".format("work"), PRIVATE_PATH),
        ("https://{}.org/simple".format("pypi"), PACKAGE_INDEX),
        ("registry.{}.org".format("npmjs"), PACKAGE_INDEX),
        ("--extra-{} x".format("index-url"), PACKAGE_INDEX),
    ],
)
def test_patterns_match(line: str, pattern: re.Pattern[str]):
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line", ["https://example.com/home/index.html", "homework/root/x", "npm and PyPI", "~/.streamlit/home/"]
)
def test_patterns_do_not_match(line: str):
    assert not PRIVATE_PATH.search(line)
    assert not PACKAGE_INDEX.search(line)

"""`pip install .` installs every file that the packages read, and a command that runs."""

import tomllib
from importlib import import_module
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
NOT_INSTALLED = {".py", ".pyc", ".md"}


def test_every_file_that_a_package_reads_is_installed():
    suffixes = {PurePosixPath(pattern).suffix for pattern in SETUPTOOLS["package-data"]["*"]}
    files = [path for package in ("bandup", "data") for path in (ROOT / package).rglob("*") if path.is_file()]
    assert {path.suffix for path in files} - NOT_INSTALLED == suffixes


def test_bandup_and_data_are_the_installed_packages():
    assert SETUPTOOLS["packages"]["find"]["include"] == ["bandup*", "data*"]
    for package in ("bandup", "data"):
        modules = {path.parent for path in (ROOT / package).rglob("*.py")}
        assert [folder for folder in modules if not (folder / "__init__.py").exists()] == []


def test_the_command_exists():
    module, _, name = PROJECT["project"]["scripts"]["bandup"].partition(":")
    assert callable(getattr(import_module(module), name))


def test_an_installation_needs_what_requirements_txt_lists():
    assert PROJECT["project"]["dynamic"] == ["dependencies"]
    assert SETUPTOOLS["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}


@pytest.mark.parametrize(("version", "allowed"), [("1.67.0", True), ("1.67.9", True), ("1.68.0", False)])
def test_only_patch_releases_of_streamlit_are_allowed(version: str, allowed: bool):
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    (streamlit,) = [Requirement(line) for line in lines if line.startswith("streamlit")]
    assert streamlit.specifier.contains(version) == allowed
    assert streamlit.extras == {"auth"}

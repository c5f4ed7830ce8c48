"""ARCHITECTURE.md lists every library of the requirements files with its reason, and no other; requirements.lock follows them."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-dev.txt", "benchmarks/requirements.txt")
NAME = re.compile(r"[a-z0-9][\w.-]*", re.IGNORECASE)
DEPENDENCIES = (ROOT / "ARCHITECTURE.md").read_text().partition("## Dependencies\n")[2].partition("\n## ")[0]


def required(text: str) -> set[str]:
    """The names in a requirements file, without extras, versions, comments and options."""
    return {match[0].lower() for line in text.splitlines() if (match := NAME.match(line.strip()))}


def reasons(text: str) -> dict[str, str]:
    """What each library is for, from a table with the columns names and reason."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    named = [(name, reason) for names, reason in rows[2:] for name in names.split(",")]
    return {match[0].lower(): reason for name, reason in named if (match := NAME.match(name.strip()))}


@pytest.mark.parametrize("file", FILES)
def test_every_library_has_a_reason(file):
    reason_of = reasons(DEPENDENCIES)
    assert {name for name in required((ROOT / file).read_text()) if not reason_of.get(name)} == set()


def test_every_library_with_a_reason_is_required():
    everything = set().union(*(required((ROOT / file).read_text()) for file in FILES))
    assert reasons(DEPENDENCIES).keys() - everything == set()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("streamlit>=1.67,<2", {"streamlit"}),
        ("moto[dynamodb]>=5.1.22,<5.2  # slow", {"moto"}),
        ("PyYAML", {"pyyaml"}),
        ("axe-playwright-python @ https://example.org/axe.whl", {"axe-playwright-python"}),
        ("-r requirements.txt", set()),
        ("# pandas", set()),
        ("", set()),
    ],
)
def test_required(line, names):
    assert required(line) == names


def test_reasons():
    table = "| package | for |\n|---|---|\n| one, two[extra] | both |\n| three | |\n"
    assert reasons(table) == {"one": "both", "two": "both", "three": ""}


LOCK = (ROOT / "requirements.lock").read_text()
PIN = re.compile(r"^(?P<requirement>[A-Za-z0-9].*?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
PYTHONS = ("3.11", "3.12", "3.13")


def pinned(python: str, system: str) -> dict[str, str]:
    """The version of each package that the lock file installs for a Python version on a system (`linux`, `win32`)."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system}
    pins = [Requirement(match["requirement"]) for match in PIN.finditer(LOCK)]
    applicable = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(environment)]
    versions = {pin.name: str(pin.specifier).removeprefix("==") for pin in applicable}
    assert len(versions) == len(applicable), "a package is pinned twice for one environment"
    return versions


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_lock_file_pins_what_requirements_txt_allows(python, system):
    versions = pinned(python, system)
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    for requirement in map(Requirement, filter(None, lines)):
        version = versions.get(requirement.name.lower())
        assert version is not None, f"make lock: {requirement.name} is not in requirements.lock"
        assert requirement.specifier.contains(version), f"make lock: {requirement} does not allow {version}"


def test_every_line_of_the_lock_file_is_a_pin_with_hashes_or_a_comment():
    rest = PIN.sub("", LOCK)
    assert [line for line in rest.splitlines() if line.strip() and not line.lstrip().startswith("#")] == []
    assert all("==" in match["requirement"] for match in PIN.finditer(LOCK))


def test_the_lock_file_names_no_index():
    assert not re.search(r"://|index-url|find-links|trusted-host", LOCK)

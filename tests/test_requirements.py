"""ARCHITECTURE.md lists every library of the requirements files with its reason, and no other."""

import re
from pathlib import Path

import pytest

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

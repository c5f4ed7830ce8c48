"""The documents say what the product has: its errors, commands, variables, addresses, pictures, colours and signs."""

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

import click
import pytest

import bandup
import data
from bandup.charts import theme
from bandup.cli.main import main
from bandup.pages_list import PAGES
from data.errors import DataError
from data.schema import TABLES

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
WRITTEN = [ROOT / "README.md", *DOCS]
FEWEST_WORDS = 3
"""An error is known by so many of its own words at least."""

VARIABLE = re.compile(r"(?:DASHBOARD|DYNAMODB)_[A-Z]+(?:_[A-Z]+)*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEX = re.compile(r"#[0-9a-f]{6}\b")


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a document, code marks and escapes of the bar taken away."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not re.match(r"\|[\s|:-]+\|$", line)]
    parted = (re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines)
    return [[cell.strip().replace("`", "").replace("\\|", "|") for cell in cells] for cells in parted]


def row_of(text: str, first: str) -> list[str]:
    """What stands beside the first cell, in the only row that begins so."""
    found = [rest for cell, *rest in rows(text) if cell == first]
    assert len(found) == 1, f"{first}: in {len(found)} rows"
    return found[0]


# Errors


def errors() -> list[type[DataError]]:
    """Every named error of the product, wherever it is declared."""
    for package in (data, bandup):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "bandup.frame":  # a script that Streamlit runs
                importlib.import_module(module.name)

    def below(kind: type[DataError]) -> Iterator[type[DataError]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return sorted(
        {one for one in below(DataError) if one.__module__.startswith(("data.", "bandup."))},
        key=lambda one: one.__name__,
    )


def sentence(error: type[DataError]) -> str:
    """The sentence that an error is made with, `…` for what differs from case to case; empty where it has none of its own."""
    if "__init__" not in vars(error):
        return ""
    for node in ast.walk(ast.parse(inspect.getsource(error))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
            return _template(node.args[0])
    return ""


def _template(said: ast.expr) -> str:
    if isinstance(said, ast.Constant):
        return str(said.value)
    assert isinstance(said, ast.JoinedStr), f"a sentence should be written where it is raised: {ast.unparse(said)}"
    parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in said.values]
    return re.sub(r"…(?: ?…)+", "…", "".join(parts))


def opening(said: str) -> str:
    """The beginning of a sentence up to its first colon, semicolon or full stop, but with `FEWEST_WORDS` words at least."""
    for end in re.finditer(r"[:;.](?=\s|$)", said):
        if len(re.findall(r"[\w'-]+", said[: end.start()])) >= FEWEST_WORDS:
            return said[: end.start()]
    return said


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("No AWS region is set: set AWS_REGION, then try again.", "No AWS region is set"),
        ("… is …: nothing can be added to it; see to that first.", "… is …: nothing can be added to it"),
        ("… is set but … is not: set both.", "… is set but … is not"),
        ("Sign in again to go on where you were.", "Sign in again to go on where you were"),
        ("Version 1.5 of … is too old: take another.", "Version 1.5 of … is too old"),
    ],
)
def test_an_error_is_known_by_how_its_sentence_begins(said, begins):
    assert opening(said) == begins


def test_a_sentence_is_read_from_its_class():
    names = {error.__name__: sentence(error) for error in errors()}
    assert names["HalfConfigured"].startswith("… is set but … is not: set both")
    assert names["TableMissing"].startswith("There is no table … in this region and account: correct")


def test_every_error_has_a_sentence_or_is_a_kind_of_others():
    for error in errors():
        own_or_inherited = any(sentence(kind) for kind in error.__mro__ if kind in errors())
        assert own_or_inherited or error.__subclasses__(), error.__name__


def test_every_error_is_documented_by_how_its_sentence_begins():
    documented = {cells[0] for cells in rows(text_of("troubleshooting.md"))}
    missing = {error.__name__: opening(sentence(error)) for error in errors() if sentence(error)}
    assert {name: begins for name, begins in missing.items() if begins not in documented} == {}


def test_no_document_tells_of_an_error_that_is_gone():
    heading = "the sentence begins"
    by_sentence = text_of("troubleshooting.md").partition("## By the sentence")[2].partition("## Sentences that")[0]
    documented = {cells[0] for cells in rows(by_sentence)} - {heading}
    assert documented
    assert documented - {opening(sentence(error)) for error in errors()} == set()


# Commands and variables


def commands() -> list[tuple[str, str]]:
    """Every command with every option of its own and every value an argument or an option chooses from."""
    assert isinstance(main, click.Group)
    found = []
    for name, command in main.commands.items():
        found.append((name, f"python -m bandup {name}"))
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                found += [(name, option) for option in parameter.opts]
            if isinstance(parameter.type, click.Choice):
                found += [(name, f"`{choice}`") for choice in parameter.type.choices]
    return found


@pytest.mark.parametrize(("command", "wanted"), commands())
def test_every_command_and_option_is_documented_in_its_section(command, wanted):
    sections = re.split(r"^## ", text_of("commands.md"), flags=re.MULTILINE)
    own = [section for section in sections if section.startswith(f"`python -m bandup {command}`")]
    assert len(own) == 1
    assert re.search(rf"{re.escape(wanted)}(?![\w-])", own[0])


def test_no_document_names_a_command_or_option_that_is_not_there():
    assert isinstance(main, click.Group)
    known = {name: {opt for one in command.params for opt in one.opts} for name, command in main.commands.items()}
    for path in WRITTEN:
        for line in path.read_text(encoding="utf-8").splitlines():
            for name, rest in re.findall(r"python -m bandup ([a-z]+)([^`#&|]*)", line):
                assert name in known, f"{path.name}: {line}"
                assert set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest)) <= known[name], f"{path.name}: {line}"


def variables() -> set[str]:
    """The environment variables that `data/settings.py` reads, and those that name the tables."""
    tree = ast.parse((ROOT / "data/settings.py").read_text(encoding="utf-8"))
    constants = (str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in constants if VARIABLE.fullmatch(text)} | {table.variable for table in TABLES.values()}


def test_the_documents_name_exactly_the_variables_there_are():
    assert {"DASHBOARD_SCAN_LIMIT", "DYNAMODB_EVALUATIONS"} <= variables()
    named = {cell for cells in rows(text_of("commands.md")) for cell in VARIABLE.findall(cells[0])}
    assert named == variables()
    for path in WRITTEN:
        assert set(VARIABLE.findall(path.read_text(encoding="utf-8"))) <= variables(), path.name


# Links, pictures, addresses


def links(path: Path) -> list[str]:
    return [link for link in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in link]


@pytest.mark.parametrize(
    ("path", "link"),
    [pytest.param(path, link, id=f"{path.name}-{link}") for path in WRITTEN for link in dict.fromkeys(links(path))],
)
def test_every_link_and_picture_is_there(path, link):
    target, _, anchor = link.partition("#")
    linked = (path.parent / target).resolve() if target else path
    assert linked.exists()
    assert linked.is_relative_to(ROOT)
    if anchor:
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def addresses(text: str) -> list[tuple[str, list[str]]]:
    """Every address of a page that a document names in code: its path, and the names of its parameters."""
    found = []
    for code in CODE.findall(text):
        for one in code.split(", "):
            address = re.fullmatch(r"(?:http://127\.0\.0\.1:8501)?(/[a-z-]*)(?:\?(\S*))?", one)
            if address:
                found.append((address[1], [name for name, _ in parse_qsl(address[2] or "", keep_blank_values=True)]))
    return found


@cache
def parameters() -> str:
    """The source of whatever gives an address its parameters."""
    files = [*(ROOT / "pages").glob("*.py"), *(ROOT / "bandup/ui").glob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_address_is_one_of_the_products(path):
    pages = {page.address for page in PAGES}
    for address, names in addresses(path.read_text(encoding="utf-8")):
        assert address in pages
        for name in names:
            assert f'"{name}"' in parameters(), f"{address}?{name}"


def test_addresses():
    assert addresses("see `/jobs?state=…&cause=…`, `/compare?user_id=a, /tables` and `/aws/lambda/x`, not /x") == [
        ("/jobs", ["state", "cause"]),
        ("/compare", ["user_id"]),
        ("/tables", []),
    ]


def test_the_tours_name_every_page():
    named = {address for path in WRITTEN for address, _ in addresses(path.read_text(encoding="utf-8"))}
    assert named == {page.address for page in PAGES}


# The visual language

LOOK = text_of("visual-language.md")
SURFACES = {
    "background": "background",
    "surface": "surface",
    "ink": "ink",
    "muted": "muted",
    "grid, whole bands": "grid",
    "grid, halves": "grid_half",
    "border": "border",
}


@pytest.mark.parametrize(("named", "attribute"), SURFACES.items())
def test_the_surfaces_are_the_themes(named, attribute):
    assert row_of(LOOK, named) == [getattr(theme.LIGHT, attribute), getattr(theme.DARK, attribute)]


@pytest.mark.parametrize("skill", theme.SKILL_GLYPHS)
def test_the_skills_have_the_themes_glyphs_and_accents(skill):
    drawn = row_of(LOOK, f"{theme.SKILL_GLYPHS[skill]} {skill}")
    assert drawn == [theme.LIGHT.accents[skill], theme.DARK.accents[skill]]


def test_the_band_scale_is_the_themes():
    for band, colors in enumerate(zip(theme.LIGHT.band_scale, theme.DARK.band_scale, strict=True)):
        assert row_of(LOOK, str(band)) == [*colors]


def test_the_states_are_the_themes_in_its_order():
    for style in theme.STATE_STYLES.values():
        assert row_of(LOOK, style.label) == [style.glyph, style.light, style.dark, style.pattern or "none"]
    labels = [style.label for style in theme.STATE_STYLES.values()]
    assert [cells[0] for cells in rows(LOOK) if cells[0] in labels] == labels


def test_no_other_colour_is_named():
    known = repr((theme.LIGHT, theme.DARK, theme.STATE_STYLES))
    assert set(HEX.findall(LOOK)) <= set(HEX.findall(known))


def test_the_sizes_of_type_are_the_themes():
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    for size in config["headingFontSizes"][:3]:
        assert size.replace("rem", " rem") in LOOK
    assert f"{theme.FONT_SIZE} px text" in LOOK
    assert f"{theme.SMALL_FONT_SIZE} px axes" in LOOK
    assert f"{theme.template().layout.title.font.size} px title" in LOOK


def test_every_module_that_is_named_is_there():
    for path in DOCS:
        for module in re.findall(r"`((?:bandup|data|pages|tests)/[\w/]+\.\w+)`", path.read_text("utf-8")):
            assert (ROOT / module).is_file(), f"{path.name}: {module}"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_states_named_in_the_documents_bear_their_glyph(path):
    for glyph, state in re.findall(r"^\| (\S) (\w+) \|", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if state in theme.STATE_STYLES:
            assert theme.STATE_STYLES[state].glyph == glyph

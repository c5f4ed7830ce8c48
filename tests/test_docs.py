"""The documents match the product: its errors, commands, variables, addresses, pictures, colours and glyphs."""

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from urllib.parse import parse_qsl

import click
import pytest

import bandup
import data
from bandup.charts import theme
from bandup.cli.main import main
from bandup.pages_list import PAGES
from data.errors import DataError
from data.schema import REVIEWS, TABLES

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", *DOCS]
MIN_WORDS = 3
"""The least number of its own words that identify an error."""

VARIABLE = re.compile(r"(?:DASHBOARD|DYNAMODB)_[A-Z]+(?:_[A-Z]+)*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEX = re.compile(r"#[0-9a-f]{6}\b")


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table in a document, without backticks and escaped bars."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not re.match(r"\|[\s|:-]+\|$", line)]
    split_lines = (re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines)
    return [[cell.strip().replace("`", "").replace("\\|", "|") for cell in cells] for cells in split_lines]


def row_of(text: str, first: str) -> list[str]:
    """The other cells of the only row that begins with the cell `first`."""
    matching = [rest for cell, *rest in rows(text) if cell == first]
    assert len(matching) == 1, f"{first}: in {len(matching)} rows"
    return matching[0]


# Errors


def errors() -> list[type[DataError]]:
    """Every named error of the product, wherever it is declared."""
    for package in (data, bandup):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "bandup.frame":  # a script that Streamlit runs
                importlib.import_module(module.name)

    def below(kind: type[DataError]) -> Iterator[type[DataError]]:
        for subclass in kind.__subclasses__():
            yield subclass
            yield from below(subclass)

    return sorted(
        {error for error in below(DataError) if error.__module__.startswith(("data.", "bandup."))},
        key=lambda error: error.__name__,
    )


def sentence_of(error: type[DataError]) -> str:
    """The sentence that an error declares, `…` for its values; empty where it declares none of its own."""
    template = re.sub(r"\{[^}]*\}", "…", vars(error).get("sentence", ""))
    return re.sub(r"…(?: ?…)+", "…", template)


def opening(sentence: str) -> str:
    """The beginning of a sentence up to its first colon, semicolon or full stop, but with `MIN_WORDS` words at least."""
    for end in re.finditer(r"[:;.](?=\s|$)", sentence):
        if len(re.findall(r"[\w'-]+", sentence[: end.start()])) >= MIN_WORDS:
            return sentence[: end.start()]
    return sentence


@pytest.mark.parametrize(
    ("sentence", "begins"),
    [
        ("No AWS region is set: set AWS_REGION, then try again.", "No AWS region is set"),
        ("… is …: nothing can be added to it; see to that first.", "… is …: nothing can be added to it"),
        ("… is set but … is not: set both.", "… is set but … is not"),
        ("Sign in again to go on where you were.", "Sign in again to go on where you were"),
        ("Version 1.5 of … is too old: take another.", "Version 1.5 of … is too old"),
    ],
)
def test_opening(sentence, begins):
    assert opening(sentence) == begins


def test_a_sentence_is_read_from_its_class():
    names = {error.__name__: sentence_of(error) for error in errors()}
    assert names["HalfConfigured"].startswith("… is set but … is not: set both")
    assert names["TableMissing"].startswith("There is no table … in this region and account: correct")


def test_every_error_has_a_sentence_or_subclasses():
    for error in errors():
        own_or_inherited = any(sentence_of(kind) for kind in error.__mro__ if kind in errors())
        assert own_or_inherited or error.__subclasses__(), error.__name__


def test_every_error_is_raised_with_the_values_of_its_sentence():
    names = {kind.__name__: {name for _, name, _, _ in Formatter().parse(kind.sentence) if name} for kind in errors()}
    computed = {kind.__name__ for kind in errors() if "__init__" in vars(kind)}
    calls = 0
    for path in [*ROOT.glob("data/**/*.py"), *ROOT.glob("bandup/**/*.py"), *ROOT.glob("pages/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                assert not names.get(node.exc.id), f"{path.name}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                calls += 1
                keywords = {keyword.arg for keyword in node.keywords}
                known = node.func.id in computed or keywords >= names[node.func.id]
                assert known, f"{path.name}:{node.lineno}: {ast.unparse(node)}"
    assert calls > 20


def test_every_error_is_documented_by_its_opening():
    documented = {cells[0] for cells in rows(text_of("troubleshooting.md"))}
    missing = {error.__name__: opening(sentence_of(error)) for error in errors() if sentence_of(error)}
    assert {name: begins for name, begins in missing.items() if begins not in documented} == {}


def test_no_document_names_an_error_that_does_not_exist():
    heading = "the sentence begins"
    by_sentence = text_of("troubleshooting.md").partition("## By the sentence")[2].partition("## Sentences that")[0]
    documented = {cells[0] for cells in rows(by_sentence)} - {heading}
    assert documented
    assert documented - {opening(sentence_of(error)) for error in errors()} == set()


# Commands and variables


def commands() -> list[tuple[str, str]]:
    """Every command with its options and with the choices of its arguments and options, each as `(command, text)`."""
    assert isinstance(main, click.Group)
    texts = []
    for name, command in main.commands.items():
        texts.append((name, f"python -m bandup {name}"))
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                texts += [(name, option) for option in parameter.opts]
            if isinstance(parameter.type, click.Choice):
                texts += [(name, f"`{choice}`") for choice in parameter.type.choices]
    return texts


@pytest.mark.parametrize(("command", "wanted"), commands())
def test_every_command_and_option_is_documented_in_its_section(command, wanted):
    sections = re.split(r"^## ", text_of("commands.md"), flags=re.MULTILINE)
    own = [section for section in sections if section.startswith(f"`python -m bandup {command}`")]
    assert len(own) == 1
    assert re.search(rf"{re.escape(wanted)}(?![\w-])", own[0])


def test_no_document_names_a_command_or_option_that_does_not_exist():
    assert isinstance(main, click.Group)
    known = {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in main.commands.items()
    }
    for path in DOCUMENTS:
        for line in path.read_text(encoding="utf-8").splitlines():
            for name, rest in re.findall(r"python -m bandup ([a-z]+)([^`#&|]*)", line):
                assert name in known, f"{path.name}: {line}"
                assert set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest)) <= known[name], f"{path.name}: {line}"


def variables() -> set[str]:
    """The environment variables that `data/settings.py` reads, and those that name the tables."""
    tree = ast.parse((ROOT / "data/settings.py").read_text(encoding="utf-8"))
    constants = (str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in constants if VARIABLE.fullmatch(text)} | {
        table.variable for table in (*TABLES.values(), REVIEWS)
    }


def test_the_documents_name_exactly_the_existing_variables():
    assert {"DASHBOARD_SCAN_LIMIT", "DYNAMODB_EVALUATIONS"} <= variables()
    named = {cell for cells in rows(text_of("commands.md")) for cell in VARIABLE.findall(cells[0])}
    assert named == variables()
    for path in DOCUMENTS:
        assert set(VARIABLE.findall(path.read_text(encoding="utf-8"))) <= variables(), path.name


# Links, pictures, addresses


def links(path: Path) -> list[str]:
    return [link for link in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in link]


@pytest.mark.parametrize(
    ("path", "link"),
    [pytest.param(path, link, id=f"{path.name}-{link}") for path in DOCUMENTS for link in dict.fromkeys(links(path))],
)
def test_every_linked_file_and_heading_exists(path, link):
    target, _, anchor = link.partition("#")
    linked = (path.parent / target).resolve() if target else path
    assert linked.exists()
    assert linked.is_relative_to(ROOT)
    if anchor:
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def addresses(text: str) -> list[tuple[str, list[str]]]:
    """Every address in the code of a document: its path and the names of its parameters."""
    named = []
    for code in CODE.findall(text):
        for text in code.split(", "):
            address = re.fullmatch(r"(?:http://127\.0\.0\.1:8501)?(/[a-z-]*)(?:\?(\S*))?", text)
            if address:
                named.append((address[1], [name for name, _ in parse_qsl(address[2] or "", keep_blank_values=True)]))
    return named


@cache
def parameters() -> str:
    """The source code of the pages and of `bandup/ui`, which declares all parameters."""
    files = [*(ROOT / "pages").glob("*.py"), *(ROOT / "bandup/ui").glob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_documented_address_exists(path):
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


def test_the_documents_name_every_page():
    named = {address for path in DOCUMENTS for address, _ in addresses(path.read_text(encoding="utf-8"))}
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
def test_surfaces_have_the_colours_of_the_theme(named, attribute):
    assert row_of(LOOK, named) == [getattr(theme.LIGHT, attribute), getattr(theme.DARK, attribute)]


@pytest.mark.parametrize("skill", theme.SKILL_GLYPHS)
def test_skills_have_the_glyphs_and_accents_of_the_theme(skill):
    colours = row_of(LOOK, f"{theme.SKILL_GLYPHS[skill]} {skill}")
    assert colours == [theme.LIGHT.accents[skill], theme.DARK.accents[skill]]


def test_bands_have_the_colours_of_the_theme():
    for band, colors in enumerate(zip(theme.LIGHT.band_scale, theme.DARK.band_scale, strict=True)):
        assert row_of(LOOK, str(band)) == [*colors]


def test_states_have_the_styles_and_the_order_of_the_theme():
    for style in theme.STATE_STYLES.values():
        assert row_of(LOOK, style.label) == [style.glyph, style.light, style.dark, style.pattern or "none"]
    labels = [style.label for style in theme.STATE_STYLES.values()]
    assert [cells[0] for cells in rows(LOOK) if cells[0] in labels] == labels


def test_every_documented_colour_is_in_the_theme():
    known = repr((theme.LIGHT, theme.DARK, theme.STATE_STYLES))
    assert set(HEX.findall(LOOK)) <= set(HEX.findall(known))


def test_font_sizes_are_those_of_the_theme():
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    for size in config["headingFontSizes"][:3]:
        assert size.replace("rem", " rem") in LOOK
    assert f"{theme.FONT_SIZE} px text" in LOOK
    assert f"{theme.SMALL_FONT_SIZE} px axes" in LOOK
    assert f"{theme.template().layout.title.font.size} px title" in LOOK


def test_every_documented_module_exists():
    for path in DOCS:
        for module in re.findall(r"`((?:bandup|data|pages|tests)/[\w/]+\.\w+)`", path.read_text("utf-8")):
            assert (ROOT / module).is_file(), f"{path.name}: {module}"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_documented_states_have_their_glyph(path):
    for glyph, state in re.findall(r"^\| (\S) (\w+) \|", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if state in theme.STATE_STYLES:
            assert theme.STATE_STYLES[state].glyph == glyph

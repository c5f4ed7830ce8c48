"""Every page and command while the two variables are swapped or name one table: a sentence and no item."""

from typing import Any

import pytest
from click.testing import CliRunner

from bandup.cli.main import main
from bandup.queries import cached_reads
from tests import all_states, documented
from tests.pages.test_least_privilege import VIEWS

VARIABLES = ("DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS")
every_page = pytest.mark.parametrize(("page", "parameters"), VIEWS.values(), ids=VIEWS.keys())


@pytest.fixture
def swapped(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    documented.fill(cloud, "provisioned", [*documented.ITEMS, *all_states.items()])
    for variable, name in zip(VARIABLES, reversed(documented.NAMES.values()), strict=True):
        monkeypatch.setenv(variable, name)
    monkeypatch.setenv("DYNAMODB_REVIEWS", "bandup-reviews")
    cached_reads.reset_caches()


@pytest.mark.usefixtures("swapped")
@every_page
def test_swapped_tables_are_one_sentence_on_every_page(open_page, text_of, page, parameters):
    app = open_page(page, **parameters)
    assert not app.exception
    assert app.error
    assert "DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS look swapped" in text_of(app)
    assert not app.dataframe


@pytest.mark.usefixtures("cloud")
@every_page
def test_one_name_for_both_tables_is_one_sentence_on_every_page(open_page, text_of, monkeypatch, page, parameters):
    monkeypatch.setenv("DYNAMODB_FLASHCARD_SETS", documented.NAMES["evaluations"])
    app = open_page(page, **parameters)
    assert not app.exception
    assert "both name bandup-evaluations" in text_of(app)
    assert not app.dataframe


@pytest.mark.usefixtures("swapped")
@pytest.mark.parametrize("command", ["jobs", "export"])
def test_commands_refuse_swapped_tables_with_status_2(command, tmp_path):
    arguments = {"jobs": ["--json"], "export": ["--out", str(tmp_path)]}[command]
    result = CliRunner().invoke(main, [command, *arguments], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "look swapped, so exchange their values.\n" in result.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("command", ["jobs", "provision"])
def test_commands_refuse_one_name_for_both_tables(command, monkeypatch):
    monkeypatch.setenv("DYNAMODB_FLASHCARD_SETS", documented.NAMES["evaluations"])
    result = CliRunner().invoke(main, [command], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("DYNAMODB_EVALUATIONS and DYNAMODB_FLASHCARD_SETS both name bandup-evaluations: ")

"""The counts of a student, of their sets and of a window are the same on every page and in `bandup jobs --json`.

On each set-up of indexes, in a process that has read nothing and in one that has read everything. Where an index leaves
items out, the page must say so, and show the same counts once its button has completed them.
"""

import json
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from bandup.cli.main import main
from bandup.queries import cached_reads
from data.schema import TableKey
from tests import documented
from tests.items import flashcard_set, item, job, speaking, writing
from tests.navigation import titles

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]
Rows = list[tuple[TableKey, dict[str, Any]]]

HOUR = 3600
STUDENT = "an"
EVALUATIONS, SETS, GRADED, WITHOUT_RESULT = 7, 4, 2, 4
"""Of the student, in any state: items of the evaluations table, sets of both tables, graded attempts, unsuccessful jobs."""
IN_WINDOW = {
    "24h": {"failed": 1, "stuck": 1, "running": 1, "succeeded": 2, "superseded": 1, "empty": 0},
    "7d": {"failed": 1, "stuck": 1, "running": 1, "succeeded": 4, "superseded": 1, "empty": 0},
    "all": {"failed": 1, "stuck": 2, "running": 1, "succeeded": 6, "superseded": 1, "empty": 1},
}
"""All items by state; states without any are left out."""


def odd_items() -> Rows:
    """Jobs without `created_at`, sets in both tables and without a time, and a job under `unknown` and its student."""
    now = int(time.time())

    def at(hours: float) -> int:
        return now - int(hours * HOUR)

    own = partial(dict, user_id=STUDENT)
    return [
        ("evaluations", writing(**own(evaluation_id="essay", created_at=at(8)))),
        ("evaluations", speaking(**own(evaluation_id="recording", created_at=41_000, audio_url="s3://b/nothing.webm"))),
        ("evaluations", job("failed", **own(evaluation_id="failed", started_at=at(3)))),
        ("evaluations", job("processing", **own(evaluation_id="stuck", started_at=at(5)))),
        ("evaluations", job("processing", **own(evaluation_id="stuck undated", started_at=...))),
        ("evaluations", job("processing", **own(evaluation_id="runs", started_at=at(0.05)))),
        ("evaluations", job("completed", **own(evaluation_id="cards", evaluation_type="flashcard", started_at=at(48)))),
        ("flashcard_sets", flashcard_set(**own(set_id="documented", total_cards=4, created_at=at(50)))),
        ("flashcard_sets", item(**own(set_id="native", status="completed", num_cards=3))),
        ("flashcard_sets", item(**own(set_id="no cards", status="completed", num_cards=0))),
        ("evaluations", job("processing", evaluation_id="both", user_id="unknown", started_at=at(6))),
        ("evaluations", writing(evaluation_id="both", user_id="binh", created_at=at(6))),
    ]


@pytest.fixture(params=["none", "documented", "terraform"])
def tables(cloud: Any, request: pytest.FixtureRequest) -> Any:
    documented.fill(cloud, request.param, odd_items())
    return cloud


@pytest.fixture(params=["cold", "warm"])
def opened(tables: Any, request: pytest.FixtureRequest, open_page: Open) -> Callable[..., AppTest]:
    """Opens a page cold, or with the dataset in memory; completes what an index left out, where the page says so."""

    def opened(page: str, **parameters: Any) -> AppTest:
        app = open_page(page, **parameters)
        if request.param == "warm":
            assert cached_reads.read_all_items().wait(20)
            app.run()
        incomplete = [button for button in app.button if button.key == "complete"]
        if incomplete:
            assert request.param == "cold"
            app = incomplete[0].click().run()
        assert not app.exception
        assert not app.error
        return app

    return opened


def table(app: AppTest, column: str) -> Any:
    """The page's table that has this column."""
    return next(element.value for element in app.dataframe if column in element.value)


def printed(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["jobs", "--json", *arguments], catch_exceptions=False)
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {state: count for state, count in counts.items() if count}


def test_of_a_student(opened: Callable[..., AppTest], text_of: TextOf) -> None:
    students = table(opened("students"), "writing_attempts").set_index("user_id").loc[STUDENT]
    assert students[["writing_attempts", "speaking_attempts"]].sum() == GRADED
    assert (students["sets"], students["unsuccessful"]) == (SETS, WITHOUT_RESULT)

    student = text_of(opened("student", user_id=STUDENT))
    assert f"All {EVALUATIONS} evaluations" in student
    assert f"{SETS} flashcard sets" in student
    assert "Writing: 1 graded essay" in student
    assert "Speaking: 1 graded recording" in student

    compared = text_of(opened("compare", user_id=[STUDENT, "binh"]))
    facts = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", compared)
    assert [value for name, value in facts if name == "Flashcard sets"] == [f"{SETS}", "0"]
    assert [value for name, value in facts if name == "Jobs without a result"] == [f"{WITHOUT_RESULT}", "0"]

    listed = [row for row in printed()["jobs"] if row["user_id"] == STUDENT]
    assert sum(row["state"] in {"failed", "stuck", "empty"} for row in listed) == WITHOUT_RESULT
    on_page = table(opened("jobs", state="failed,stuck,empty"), "age")
    assert {*on_page.loc[on_page["user_id"] == STUDENT, "id"]} == {
        row["id"] for row in listed if row["state"] in {"failed", "stuck", "empty"}
    }


def test_of_sets(opened: Callable[..., AppTest], text_of: TextOf) -> None:
    everyone = table(opened("flashcards"), "set_id")
    assert everyone["user_id"].to_list() == [STUDENT] * SETS
    own = opened("flashcards", user_id=STUDENT)
    assert f"{SETS} sets of {STUDENT}." in text_of(own)
    assert {*table(own, "set_id")["set_id"]} == {*everyone["set_id"]}
    assert {*table(opened("student", user_id=STUDENT), "set_id")["set_id"]} == {*everyone["set_id"]}
    for row in everyone.itertuples():
        (title,) = titles(opened("flashcards", set_id=row.set_id, user_id=row.user_id))
        assert not title.startswith("No such")


@pytest.mark.parametrize("window", IN_WINDOW)
def test_of_a_window(opened: Callable[..., AppTest], text_of: TextOf, window: str) -> None:
    expected = nonzero(IN_WINDOW[window])
    arguments = [] if window == "all" else ["--since", window]
    assert nonzero(printed(*arguments)["counts"]) == expected
    app = opened("jobs", window=window)
    labels = [button.label for button in app.button if str(button.key).startswith("state_")]
    on_page = {label.split()[1]: int(label.split("**")[1]) for label in labels}
    assert nonzero(on_page) == expected
    total = sum(expected.values())
    assert f"of {total} jobs left a student without a result" in text_of(app)
    assert f" of {total} jobs in this window" in text_of(app)
    waiting = table(app, "waited")
    assert waiting["user_id"].to_list() == [STUDENT]
    assert waiting["stuck"].to_list() == [expected["stuck"]]


def test_of_all_items(opened: Callable[..., AppTest], text_of: TextOf) -> None:
    total = len(odd_items())
    assert sum(printed()["counts"].values()) == total
    assert f" of {total} items have at least one data issue" in text_of(opened("tables"))

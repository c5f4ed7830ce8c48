"""Each page with data, empty, and with the table missing; addresses that name nothing."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup.pages_list import PAGES
from data.read_budget import ScanLimits
from data.repository import Repository
from tests import documented
from tests.items import writing
from tests.navigation import titles

NAMES = [page.name for page in PAGES]
INDEX_SETS = ("none", "documented", "terraform", "provisioned")
PARAMETERS = {
    "student": {"user_id": "user-456"},
    "evaluation": {"evaluation_id": "eval-abc123", "user_id": "user-456"},
}

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]


@pytest.fixture(params=INDEX_SETS)
def documented_tables(cloud: Any, request: pytest.FixtureRequest) -> str:
    documented.fill(cloud, request.param, documented.ITEMS)
    return str(request.param)


@pytest.fixture
def empty_tables(cloud: Any) -> None:
    documented.fill(cloud, "none", [])


@pytest.mark.usefixtures("documented_tables")
class TestTheDocumentedExamples:
    def test_a_student_shows_both_bands(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("student", user_id="user-456")
        assert not app.exception
        assert "Writing: 1 graded essay, the latest at band 7.0" in text_of(app)
        assert "Speaking: 1 graded recording, the latest at band 7.0" in text_of(app)
        evaluations = app.dataframe[0].value
        assert sorted(evaluations["overall_band"]) == [7.0, 7.0]
        assert evaluations["evaluation_id"].tolist() == ["speak-xyz789", "eval-abc123"]

    def test_a_speaking_evaluation_shows_transcript_and_feedback(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("evaluation", evaluation_id="speak-xyz789", user_id="user-456")
        assert not app.exception
        shown = text_of(app)
        for line in documented.TRANSCRIPT.splitlines():
            assert line in shown
        assert "Speaks at length without noticeable effort." in shown
        assert "Easy to understand throughout." in shown
        assert "2:01" in shown  # 120.5 seconds
        assert "22" in shown  # 44 words in 120.5 seconds are 22 a minute

    def test_a_writing_evaluation_shows_essay_and_feedback(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("evaluation", evaluation_id="eval-abc123", user_id="user-456")
        assert not app.exception
        shown = text_of(app)
        assert documented.ESSAY in shown
        assert "Clear position" in shown
        assert "Limited range of linkers" in shown
        assert "gemini-writing_task2" in shown

    def test_a_flashcard_set_shows_its_cards(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("flashcards", set_id="flashcard-set-123", user_id="user-456")
        assert not app.exception
        shown = text_of(app)
        assert "vocab-guide.pdf" in shown
        assert "2 cards · user-456" in shown
        for card in documented.CARDS:
            assert card["question"] in shown
            assert card["answer"] in shown

    def test_the_other_pages_show_them_too(self, open_page: Open, text_of: TextOf) -> None:
        students = open_page("students")
        assert "1 student with 2 graded attempts" in text_of(students)
        assert students.dataframe[0].value[["writing_band", "speaking_band"]].iloc[0].tolist() == [7.0, 7.0]
        assert "0 of 3 jobs left a student without a result" in text_of(open_page("jobs"))
        sets = open_page("flashcards", user_id="user-456").dataframe[0].value
        assert sets["set_id"].tolist() == ["flashcard-set-123"]
        assert "bandup-evaluations" in text_of(open_page("tables"))

    @pytest.mark.parametrize(
        ("page", "parameters", "what"),
        [
            ("student", {"user_id": "nobody"}, "No such student"),
            ("evaluation", {"evaluation_id": "nope", "user_id": "user-456"}, "No such evaluation"),
            ("evaluation", {"evaluation_id": "eval-abc123", "user_id": "nobody"}, "No such evaluation"),
            ("flashcards", {"set_id": "nope", "user_id": "user-456"}, "No such flashcard set"),
            ("flashcards", {"set_id": "flashcard-set-123"}, "No such flashcard set"),
        ],
    )
    def test_an_unknown_id_gets_a_friendly_page(
        self, open_page: Open, page: str, parameters: dict[str, str], what: str
    ) -> None:
        app = open_page(page, **parameters)
        assert not app.exception
        # an index without the unfinished jobs does not say that there is no such student
        if incomplete := [button for button in app.button if button.key == "complete"]:
            assert titles(app) == ["nobody"]
            app = incomplete[0].click().run()
        assert titles(app) == [what]
        assert app.get("page_link"), "there is no way back"


@pytest.mark.usefixtures("empty_tables")
class TestEmptyTables:
    @pytest.mark.parametrize("page", NAMES)
    def test_every_page_says_what_is_empty_and_what_to_do(self, open_page: Open, text_of: TextOf, page: str) -> None:
        app = open_page(page)
        assert not app.exception
        assert not app.error
        assert titles(app)


class TestTroubleWithTheTables:
    @pytest.mark.usefixtures("cloud")
    @pytest.mark.parametrize("page", NAMES)
    def test_a_missing_table_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, open_page: Open, text_of: TextOf, page: str
    ) -> None:
        monkeypatch.setenv("DYNAMODB_REVIEWS", "bandup-reviews")
        app = open_page(page, **PARAMETERS.get(page, {}))
        assert not app.exception
        assert "There is no table bandup-evaluations (named by DYNAMODB_EVALUATIONS)" in text_of(app)
        assert "python -m bandup provision" in text_of(app)

    def test_the_page_recovers_when_the_table_is_there(self, cloud: Any, open_page: Open, text_of: TextOf) -> None:
        app = open_page("students")
        assert app.error
        documented.fill(cloud, "none", documented.ITEMS)
        app.button[0].click().run()
        assert not app.error
        assert "1 student" in text_of(app)

    @pytest.mark.parametrize("unset", ["DYNAMODB_EVALUATIONS", "DYNAMODB_FLASHCARD_SETS"])
    @pytest.mark.usefixtures("cloud")
    def test_half_a_configuration_says_which_half_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, open_page: Open, unset: str
    ) -> None:
        monkeypatch.delenv(unset)
        app = open_page("students")
        assert not app.exception
        assert f"but {unset} is not".replace("_", r"\_") in app.error[0].value


class TestProgress:
    def test_the_feedback_that_keeps_coming_back_is_counted_with_links(
        self, cloud: Any, open_page: Open, text_of: TextOf
    ) -> None:
        again = documented.WRITING | {"evaluation_id": {"S": "eval-again"}, "created_at": {"N": "1763900000"}}
        documented.fill(cloud, "provisioned", [*documented.ITEMS, ("evaluations", again)])
        app = open_page("student", user_id="user-456")
        assert not app.exception
        shown = text_of(app)
        assert "Writing: 2 graded attempts on 2 days: a trend needs 3 days." in shown
        assert "Limited range of linkers" in shown
        assert "2 of 3" in shown
        assert "evaluation?evaluation_id=eval-again" in shown

    def test_a_student_under_the_target_is_named_with_the_reason(
        self, cloud: Any, open_page: Open, text_of: TextOf
    ) -> None:
        now = int(time.time())
        flat = [
            writing(*["7.0"] * 5, evaluation_id=f"e{day}", user_id="an", created_at=now - day * 86_400)
            for day in range(1, 37, 3)
        ]
        documented.fill(cloud, "provisioned", [("evaluations", item) for item in flat])
        app = open_page("students", target="8.5")
        assert not app.exception
        assert "Writing up 0.4 at most, 12 graded attempts, 1.5 under target" in text_of(app)
        assert "No one needs attention." in text_of(open_page("students", target="7.0"))
        # a student's own target overrides the class's
        assert "No one needs attention." in text_of(open_page("students", target="8.5", target_of="an:7.0"))
        assert "1.5 under target" in text_of(open_page("students", target="7.0", target_of="an:8.5"))
        assert {button.proto.label for button in app.get("download_button")} == {
            "These rows as CSV",
            "These rows as Parquet",
        }

    def test_a_quote_is_found_in_the_essay(self, cloud: Any, open_page: Open, text_of: TextOf) -> None:
        quoted = [
            {"quote": "technology has made our LIVES more complex", "issue": "cliché", "suggestion": "be precise"},
            {"quote": "never written here", "issue": "invented", "suggestion": "none"},
        ]
        item = documented.WRITING | {"feedback": {"S": json.dumps({"overall": "Fine.", "quoted_examples": quoted})}}
        documented.fill(cloud, "none", [("evaluations", item)])
        shown = text_of(open_page("evaluation", evaluation_id="eval-abc123", user_id="user-456"))
        assert '<mark class="b-mark">technology has made our lives more complex' in shown
        assert "Not found in the essay" in shown
        assert "never written here" in shown


@pytest.mark.usefixtures("documented_tables")
class TestCost:
    def test_a_view_says_what_was_read_for_it_and_what_was_at_hand(self, open_page: Open, text_of: TextOf) -> None:
        app = open_page("student", user_id="user-456")
        assert "; all of it was read for this view." in text_of(app)
        assert "all of it was cached, nothing was read for this view." in text_of(app.run())

    def test_a_dear_read_asks_first(self, open_page: Open, text_of: TextOf, monkeypatch: pytest.MonkeyPatch) -> None:
        # moto's tables weigh nothing
        monkeypatch.setattr(ScanLimits, "units", lambda *_: 2_000_000)
        app = open_page("students")
        assert not app.exception
        assert "Reading all items would take about" in text_of(app)
        assert "1 student with" not in text_of(app)
        app.button(key="try_again_agreed").click().run()
        assert "1 student with 2 graded attempts" in text_of(app)

    def test_tables_estimates_a_month(self, open_page: Open, text_of: TextOf) -> None:
        shown = text_of(open_page("tables"))
        assert "refreshed every 5 minutes while someone is looking, at most 8,640 times a month" in shown
        assert "The Jobs page: refreshed every 30 seconds" in shown


@pytest.mark.parametrize("name", ["student", "evaluation", "flashcards"])
def test_a_page_opened_by_its_address_reads_only_what_it_shows(
    cloud: Any, open_page: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    documented.fill(cloud, "provisioned", documented.ITEMS)
    reads = []
    all_items = Repository.all_items
    monkeypatch.setattr(Repository, "all_items", lambda *args: reads.append(args) or all_items(*args))
    parameters = PARAMETERS.get(name, {"user_id": "user-456"})
    app = open_page(name, **parameters)
    assert not app.exception
    assert app.query_params["user_id"] == "user-456"
    assert reads == []

"""How old the data of a page are, what may be missing from them, and that a page can read them again."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bandup import clock
from bandup.queries import cached_reads
from bandup.queries.background_refresh import BackgroundRefresh
from data.repository import Repository
from tests import documented
from tests.items import flashcard_set, item, job, writing
from tests.navigation import titles

Open = Callable[..., AppTest]
TextOf = Callable[[AppTest], str]

NAMES = documented.NAMES
SNAPSHOT_PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "Students": ("students", {}),
    "Jobs": ("jobs", {}),
    "Tables": ("tables", {}),
    "all flashcard sets": ("flashcards", {}),
    "the chooser of Student": ("student", {}),
    "the chooser of Compare": ("compare", {}),
}
OF_A_STUDENT: dict[str, tuple[str, dict[str, Any]]] = {
    "Student": ("student", {"user_id": "an"}),
    "a student’s sets": ("flashcards", {"user_id": "an"}),
    "two students": ("compare", {"user_id": ["an", "binh"]}),
}


class Clock:
    def __init__(self) -> None:
        self.offset = timedelta()
        self._real = clock.now

    def __call__(self) -> datetime:
        return self._real() + self.offset


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the product, which a test can set forward."""
    moved = Clock()
    monkeypatch.setattr(clock, "now", moved)
    return moved


def ago(time: Callable[[], datetime], **length: float) -> int:
    return int((time() - timedelta(**length)).timestamp())


@pytest.fixture
def tables(cloud: Any, time: Clock) -> Any:
    """Tables without an index: an essay each of two students, and a job of one of them that started two minutes ago."""
    documented.fill(
        cloud,
        "none",
        [
            ("evaluations", writing(evaluation_id="essay", user_id="an", created_at=ago(time, hours=2))),
            ("evaluations", writing(evaluation_id="other", user_id="binh", created_at=ago(time, hours=3))),
            ("evaluations", job("processing", evaluation_id="runs", user_id="an", started_at=ago(time, minutes=2))),
        ],
    )
    return cloud


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function after whose call no read of all items succeeds."""

    def fail(*_: object) -> None:
        raise KeyError("Items")

    return lambda: monkeypatch.setattr(Repository, "all_items", fail)


def read_again(app: AppTest) -> AppTest:
    """The page after a read that it started in the background has ended."""
    assert cached_reads._dataset_refresh(cached_reads.settings()).wait(20)
    return app.run()


def warnings(app: AppTest) -> str:
    return "\n".join(re.sub(r"[\u2060\\]", "", element.value) for element in app.warning)


@pytest.mark.parametrize(("page", "parameters"), SNAPSHOT_PAGES.values(), ids=SNAPSHOT_PAGES)
def test_a_page_shows_the_age_of_the_data_and_reads_them_again(
    tables: Any, time: Clock, open_page: Open, text_of: TextOf, page: str, parameters: dict[str, str]
) -> None:
    app = open_page(page, **parameters)
    assert "Read under a minute ago" in text_of(app)
    assert not app.warning
    tables.put_item(TableName=NAMES["evaluations"], Item=writing(evaluation_id="new", user_id="new student"))
    app.button(key="refresh_now").click().run()
    app = read_again(app)
    assert not app.exception
    value = cached_reads.dataset_refresh().view().value
    assert value is not None
    assert "new student" in {*value.students["user_id"]}


@pytest.mark.parametrize(("page", "parameters"), [*SNAPSHOT_PAGES.values(), *OF_A_STUDENT.values()])
def test_old_data_are_warned_of_and_requested_again(
    tables: Any, time: Clock, open_page: Open, text_of: TextOf, failing: Any, page: str, parameters: dict[str, Any]
) -> None:
    app = open_page("students")
    app = open_page(page, **parameters)
    if parameters:
        assert cached_reads.read_all_items().wait(20)
    failing()
    time.offset = timedelta(minutes=19)
    app = read_again(app.run())
    assert not app.exception
    assert not app.error
    assert "Read 19 minutes ago" in text_of(app)
    assert "These data are 19 minutes old: refreshing them has failed since" in warnings(app)
    assert "An unexpected error ended the read (KeyError)" in warnings(app)


def test_jobs_opened_on_old_data_says_so_at_once_and_draws_them_again_when_the_read_ends(
    tables: Any, time: Clock, open_page: Open, text_of: TextOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("jobs")
    go_on, all_items = Event(), Repository.all_items

    def slow(self: Repository, on_page: Any = None) -> Any:
        assert go_on.wait(20)
        return all_items(self, on_page)

    monkeypatch.setattr(Repository, "all_items", slow)
    tables.put_item(TableName=NAMES["evaluations"], Item=job("failed", evaluation_id="new", user_id="binh"))
    time.offset = timedelta(minutes=19)
    app.run()
    assert "Read 19 minutes ago; a refresh is in progress" in text_of(app)
    assert "These data are 19 minutes old. A refresh is in progress; the page is drawn again" in warnings(app).replace(
        "*", ""
    )
    assert "1 of 3 jobs left a student without a result: 0 failed, 1 stuck, 0 empty." in text_of(app)
    go_on.set()
    app = read_again(app)
    assert "2 of 4 jobs left a student without a result: 1 failed, 1 stuck, 0 empty." in text_of(app)
    assert not app.warning


def test_ages_and_states_are_of_now_while_no_read_succeeds(
    tables: Any, time: Clock, open_page: Open, text_of: TextOf, failing: Any
) -> None:
    app = open_page("jobs")
    assert "0 of 3 jobs left a student without a result: 0 failed, 0 stuck, 0 empty." in text_of(app)
    failing()
    time.offset = timedelta(minutes=20)
    app.run()
    assert "1 of 3 jobs left a student without a result: 0 failed, 1 stuck, 0 empty." in text_of(app)
    (jobs,) = [element.value for element in app.dataframe if "age" in element.value]
    assert jobs.set_index("id").loc["runs", ["state", "age"]].to_list() == ["◷ stuck", "22 minutes"]
    (waiting,) = [element.value for element in app.dataframe if "waited" in element.value]
    assert waiting["waited"].to_list() == ["22 minutes"]


def test_a_student_without_an_index_does_not_stay_at_the_first_read(
    tables: Any, time: Clock, open_page: Open, text_of: TextOf
) -> None:
    app = open_page("student", user_id="an")
    assert cached_reads.read_all_items().wait(20)
    assert "All 2 evaluations" in text_of(app.run())
    tables.put_item(TableName=NAMES["evaluations"], Item=writing(evaluation_id="new", user_id="an"))
    time.offset = timedelta(minutes=6)
    app.run()
    assert "All 3 evaluations" in text_of(read_again(app))


def test_an_item_that_was_absent_or_unfinished_is_shown_as_soon_as_it_is_there(
    tables: Any, open_page: Open, text_of: TextOf
) -> None:
    app = open_page("evaluation", evaluation_id="new", user_id="an")
    assert titles(app)[0] == "No such evaluation"
    running = open_page("evaluation", evaluation_id="runs", user_id="an")
    assert "Running." in warnings(running)
    for key in ("new", "runs"):
        tables.put_item(TableName=NAMES["evaluations"], Item=writing(evaluation_id=key, user_id="an"))
    assert titles(app.run())[0] == "Writing"
    assert not running.run().warning


MISSING = [
    ("terraform", "bandup-evaluations and bandup-flashcard-sets"),
    ("documented", "bandup-evaluations"),
]
ODD = [
    ("flashcard_sets", flashcard_set(set_id="native", user_id="an", created_at=..., num_cards=3)),
    ("evaluations", job("failed", evaluation_id="failed", user_id="an")),
]


@pytest.mark.parametrize(("indexes", "named"), MISSING)
@pytest.mark.parametrize(("page", "parameters"), OF_A_STUDENT.values(), ids=OF_A_STUDENT)
def test_what_an_index_leaves_out_is_said_once_and_completed_by_a_button(
    cloud: Any, open_page: Open, text_of: TextOf, indexes: str, named: str, page: str, parameters: dict[str, Any]
) -> None:
    essays = [("evaluations", writing(evaluation_id=f"of {user}", user_id=user)) for user in ("an", "binh")]
    documented.fill(cloud, indexes, [*ODD, *essays])
    app = open_page(page, **parameters)
    assert not app.exception
    assert warnings(app).replace("*", "") == (
        f"Some items of {named} may be missing here: the index that was read leaves out items without a numeric "
        "created_at (such as processing and failed jobs)."
    )
    (button,) = [button for button in app.button if button.key == "complete"]
    assert button.label.startswith("Read both tables whole (")
    app = button.click().run()
    assert not app.exception
    assert "may be missing" not in text_of(app)
    assert "Read under a minute ago" in text_of(app)
    shown = cached_reads.student("an")
    assert ({*shown.evaluations["evaluation_id"]}, {*shown.flashcard_sets["set_id"]}) == (
        {"of an", "failed"},
        {"native"},
    )


def test_no_set_found_by_an_incomplete_index_is_not_said_to_be_none(
    cloud: Any, open_page: Open, text_of: TextOf
) -> None:
    documented.fill(cloud, "terraform", [("flashcard_sets", item(set_id="native", user_id="an", status="completed"))])
    app = open_page("flashcards", user_id="an")
    assert "0 sets of an found so far." in text_of(app)
    assert "No flashcard sets yet" not in text_of(app)
    app.button(key="complete").click().run()
    assert "1 set of an." in text_of(app)


@pytest.mark.parametrize("page", ["student", "compare"])
def test_a_student_with_unfinished_jobs_only_is_not_said_to_be_absent(
    cloud: Any, open_page: Open, text_of: TextOf, page: str
) -> None:
    documented.fill(
        cloud,
        "terraform",
        [
            ("evaluations", job("processing", user_id="an")),
            ("evaluations", writing(evaluation_id="e2", user_id="binh")),
        ],
    )
    app = open_page(page, user_id=["an", "binh"] if page == "compare" else "an")
    assert "may be missing here" in warnings(app)
    app.button(key="complete").click().run()
    assert not app.exception
    assert "No such student" not in text_of(app)
    assert "may be missing here" not in warnings(app)


@pytest.mark.parametrize("page", ["students", "jobs"])
def test_a_cancelled_first_read_is_a_sentence_and_can_be_started_again(
    tables: Any, open_page: Open, text_of: TextOf, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    wait, expected, drawn = BackgroundRefresh.wait, Repository.expected_items, Event()

    def cancel_and_wait(self: BackgroundRefresh[Any], seconds: float) -> bool:
        self.cancel()  # what a click during the wait does
        return wait(self, seconds)

    def expected_items(self: Repository) -> int:
        assert drawn.wait(20)
        return expected(self)

    with monkeypatch.context() as cancelling:
        cancelling.setattr(BackgroundRefresh, "wait", cancel_and_wait)
        cancelling.setattr(Repository, "expected_items", expected_items)
        cancelling.setattr("streamlit.progress", lambda *_, **__: drawn.set())
        app = open_page(page)
    for _ in range(2):  # drawing the page again does not start the read again
        assert not app.error
        assert not app.exception
        (notice,) = [re.sub(r"[\u2060\\]", "", element.value) for element in app.info]
        assert notice.startswith("The read of the tables was cancelled, for everyone who looks at the dashboard")
        app.run()
    (button,) = [button for button in app.button if button.label == "Read the tables again"]
    app = button.click().run()
    assert not app.exception
    assert not app.info or "cancelled" not in app.info[0].value
    assert "Read under a minute ago" in text_of(app)


@pytest.mark.parametrize("search", ["an", "nowhere"])
def test_nobody_is_said_to_need_no_attention_by_a_search(
    tables: Any, open_page: Open, text_of: TextOf, search: str
) -> None:
    app = open_page("students", search=search, target="5.0")
    assert f"“{search}” is in no id of a student listed here." in text_of(app)
    assert "No one needs attention" not in text_of(app)
    app = open_page("students", target="5.0")
    assert "No one needs attention." in text_of(app)


def test_waiting_students_are_those_of_the_window(cloud: Any, time: Clock, open_page: Open, text_of: TextOf) -> None:
    stuck = {"an": ago(time, hours=2), "binh": ago(time, days=3), "chi": ...}
    jobs = [job("processing", evaluation_id=f"of {user}", user_id=user, started_at=at) for user, at in stuck.items()]
    documented.fill(cloud, "none", [("evaluations", each) for each in jobs])
    for window, users in {"24h": ["an"], "7d": ["binh", "an"], "all": ["binh", "an", "chi"]}.items():
        app = open_page("jobs", window=window)
        (waiting,) = [element.value for element in app.dataframe if "waited" in element.value]
        assert waiting["user_id"].to_list() == users
        others = {1: "1 more student waiting", 2: "2 more students waiting"}.get(3 - len(users))
        assert (others in text_of(app)) if others else ("more student" not in text_of(app))


def test_a_window_without_jobs_is_not_called_empty_tables(
    cloud: Any, time: Clock, open_page: Open, text_of: TextOf
) -> None:
    old = [
        ("evaluations", job("processing", evaluation_id="old", user_id="an", started_at=ago(time, days=40))),
        ("evaluations", job("failed", evaluation_id="older", user_id="an", started_at=ago(time, days=41))),
    ]
    documented.fill(cloud, "none", old)
    shown = text_of(open_page("jobs", window="7d"))
    assert "There are no jobs in this window." in shown
    assert "Both tables are empty" not in shown
    assert "No one is waiting for a job of this window." in shown
    assert "No failures." not in shown


def test_what_describe_table_has_not_counted_is_not_known_yet(cloud: Any, open_page: Open, text_of: TextOf) -> None:
    documented.fill(cloud, "provisioned", documented.ITEMS)
    app = open_page("tables")
    indexes = [element for element in app.dataframe if "holds_every_item" in element.value]
    assert indexes
    for element in indexes:
        assert element.value["holds_every_item"].any()
        assert element.value["items"].isna().all()
        assert element.proto.placeholder == "not known yet"


@pytest.mark.parametrize("page", ["tables", "students"])
def test_refresh_now_describes_the_tables_again(tables: Any, open_page: Open, text_of: TextOf, page: str) -> None:
    app = open_page("tables")
    assert "No secondary indexes." in text_of(app)
    if page != "tables":
        app = open_page(page)
        cached_reads.table_facts("evaluations")
    keys = [{"AttributeName": "user_id", "KeyType": "HASH"}, {"AttributeName": "evaluation_id", "KeyType": "RANGE"}]
    index = {"IndexName": "by-user", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    attributes = [{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in keys]
    update = {"AttributeDefinitions": attributes, "GlobalSecondaryIndexUpdates": [{"Create": index}]}
    tables.update_table(TableName=NAMES["evaluations"], **update)
    assert cached_reads.table_facts("evaluations").indexes.empty
    app.button(key="refresh_now").click().run()
    app = read_again(app)
    assert not app.exception
    assert [*cached_reads.table_facts("evaluations").indexes["index"]] == ["by-user"]
    path = cached_reads._repository(cached_reads.settings()).student_paths()["evaluations"]
    assert path.index is not None
    if page == "tables":
        assert "by-user" in text_of(app)


def test_refresh_now_draws_the_renewed_tables_without_another_click(
    tables: Any, open_page: Open, text_of: TextOf
) -> None:
    app = open_page("tables")
    tables.update_continuous_backups(
        TableName=NAMES["evaluations"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    before = text_of(app).count("<dd>on</dd>")
    assert text_of(app.run()).count("<dd>on</dd>") == before
    app.button(key="refresh_now").click().run()
    assert text_of(app).count("<dd>on</dd>") == before + 1


def test_refresh_now_reads_a_student_again_whose_index_leaves_items_out(
    cloud: Any, time: Clock, open_page: Open, text_of: TextOf
) -> None:
    essay = writing(evaluation_id="essay", user_id="an", created_at=ago(time, hours=2))
    documented.fill(cloud, "terraform", [("evaluations", essay)])
    app = open_page("student", user_id="an")
    app.button(key="complete").click().run()
    assert "Read under a minute ago" in text_of(app)
    failed = job("failed", evaluation_id="essay", user_id="an", created_at=ago(time, hours=2))
    cloud.put_item(TableName=NAMES["evaluations"], Item=failed)
    assert {*cached_reads.student("an").evaluations["state"]} == {"succeeded"}
    app.button(key="refresh_now").click().run()
    read_again(app)
    assert {*cached_reads.student("an").evaluations["state"]} == {"failed"}

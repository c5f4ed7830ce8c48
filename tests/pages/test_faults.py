"""What a person sees while something is wrong, and that the page is there again when it is over. Through the frame."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff

from bandup.queries import cached_reads
from benchmarks import server
from data import connection, decoder, errors
from tests.data import faulty
from tests.data.faulty import Faulty
from tests.data.wrong_answers import CASES

pytestmark = pytest.mark.server

FEW = 120


@pytest.fixture(scope="module")
def served() -> Iterator[Faulty]:
    with faulty.endpoint(FEW) as started:
        yield started


@pytest.fixture
def wrong(served: Faulty, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """The endpoint, without faults until a test adds one; every run of a page describes the tables again."""
    short = Config(retries={"mode": "standard", "total_max_attempts": 2}, read_timeout=2)
    monkeypatch.setattr(connection, "CLIENT_CONFIG", connection.CLIENT_CONFIG.merge(short))
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.001)
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: True)
    monkeypatch.setattr(decoder, "FIRST_PAUSE", 0.001)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.EndpointProcess(served.address).environment().items():
        monkeypatch.setenv(name, value)
    served.recover()
    cached_reads.reset_caches()
    yield served
    served.recover()
    cached_reads.reset_caches()


@pytest.fixture
def opened_evaluation(served: Faulty) -> dict[str, str]:
    """The address of an essay with its text."""
    stored = served.endpoint.tables["evaluations"].base
    for at, (evaluation_id, user_id) in enumerate(stored.keys):
        item = stored.rendering(None).joined(range(at, at + 1))
        if b'"essay_text"' in item and b'"completed"' in item and user_id.startswith("learner-0"):
            return {"evaluation_id": evaluation_id, "user_id": user_id}
    raise AssertionError("no essay among the items")


SENTENCES = {
    "throttled": (faulty.refused("ThrottlingException"), "DynamoDB is throttling requests to"),
    "malformed": (faulty.malformed, "arrived damaged, even after retries: nothing is shown, as it might be"),
    "web page": (faulty.web_page(200), "arrived damaged, even after retries: nothing is shown, as it might be"),
    "expired": (faulty.refused("ExpiredTokenException"), "The AWS credentials have expired or are not valid: sign in"),
}


def sentence_of(app: Any) -> str:
    """The error shown, which must be the only one and not a traceback."""
    assert not app.exception
    (error,) = app.error
    return plain_text(error.value)


def plain_text(markdown: str) -> str:
    """A text without the word joiners and backslashes that keep it from being Markdown."""
    return re.sub(r"[\u2060\\]", "", markdown)


@pytest.mark.parametrize("name", ["throttled", "malformed", "expired"])
def test_students_says_what_is_wrong_and_is_there_again_at_the_next_try(wrong, open_page, text_of, name):
    fault, sentence = SENTENCES[name]
    wrong.inject(fault)
    app = open_page("students")
    assert sentence in sentence_of(app)
    wrong.recover()
    app.button("try_again").click().run()
    assert not app.error
    assert not app.exception
    assert "Needs attention" in text_of(app)


@pytest.mark.parametrize("page", ["students", "jobs"])
def test_the_last_good_read_stays_with_its_age(wrong, open_page, text_of, monkeypatch, page):
    monkeypatch.setenv("DASHBOARD_REFRESH_SECONDS", "0.001")
    monkeypatch.setenv("DASHBOARD_JOBS_REFRESH_SECONDS", "0.001")
    app = open_page(page)
    before = [table.value.to_string() for table in app.dataframe]
    wrong.inject(faulty.refused("ExpiredTokenException"))
    for _ in range(40):
        app.run()
        if "refreshing them has failed" in text_of(app):
            break
    assert not app.error
    assert not app.exception
    (warning,) = [element.value for element in app.warning if "refreshing them has failed since" in element.value]
    assert re.search(
        r"These data are .* old: .* since .*\d\d:\d\d UTC.* The AWS credentials have expired", plain_text(warning)
    )
    assert [table.value.to_string() for table in app.dataframe] == before
    wrong.recover()
    for _ in range(40):
        app.run()
        if "refreshing them has failed" not in text_of(app):
            break
    assert "refreshing them has failed" not in text_of(app)


@pytest.mark.parametrize("name", ["malformed", "web page"])
def test_an_evaluation_that_arrives_damaged_is_not_one_that_does_not_exist(
    wrong, open_page, text_of, opened_evaluation, name
):
    fault, sentence = SENTENCES[name]
    wrong.inject(fault, "GetItem")
    app = open_page("evaluation", **opened_evaluation)
    assert sentence in sentence_of(app)
    assert "No such" not in text_of(app)
    assert "There is no evaluation" not in text_of(app)
    wrong.recover()
    app.button("try_again").click().run()
    assert not app.error
    assert not app.exception
    assert "Essay" in text_of(app)


def test_a_student_is_read_around_an_index_that_was_removed(wrong, open_page, text_of, opened_evaluation):
    user_id = opened_evaluation["user_id"]
    app = open_page("student", user_id=user_id)
    counted = re.findall(r"All \d+ evaluations?", text_of(app))
    assert counted
    gone = "The table does not have the specified index"
    wrong.inject(
        faulty.refused("ValidationException", gone), "Query", "Scan", when=lambda r: "IndexName" in r.arguments
    )
    wrong.inject(faulty.without_indexes, "DescribeTable")
    cached_reads._student.clear()
    app.run()
    assert not app.error
    assert not app.exception
    assert re.findall(r"All \d+ evaluations?", text_of(app)) == counted
    assert wrong.counts["Scan"]
    assert wrong.fault_count


def test_a_network_that_does_not_answer_is_one_sentence(wrong, open_page, monkeypatch):
    short = Config(read_timeout=0.3)
    monkeypatch.setattr(connection, "CLIENT_CONFIG", connection.CLIENT_CONFIG.merge(short))
    wrong.inject(faulty.silent)
    app = open_page("students")
    assert "DynamoDB can't be reached (ReadTimeoutError): check the network" in sentence_of(app)


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_REGION", "Frankfurt am Main"), ("AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000")]
)
def test_a_configuration_that_can_not_be_used_is_one_sentence(wrong, open_page, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert "The AWS configuration can't be used" in sentence_of(open_page("students"))


ON_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "students": (
        "Scan",
        (
            "body []",
            "status 204",
            "KMSDisabledException",
            "Count too high",
            "LastEvaluatedKey [1]",
            "no keys in Items.0",
            "every item twice, in pages",
        ),
    ),
    "evaluation": (
        "GetItem",
        (
            "checksum ''",
            "a body within 5,000 lists",
            "status 400, body [[[[[[[[[[[[",
            "ValidationException",
            "SerializationException",
            "MissingAuthenticationTokenException",
            "IncompleteSignatureException",
            "NewException",
            "another item",
            "a number as text in Item",
            "100 levels in Item",
            "null for Item",
            "ConsumedCapacity 'x'",
        ),
    ),
    "student": ("Query", ("another item in a query", "two types in Items.0")),
    "tables": (
        "DescribeTable",
        (
            "Table None",
            "Table.KeySchema 'x'",
            "Table.GlobalSecondaryIndexes [{}]",
            "InaccessibleEncryptionDateTimeException",
        ),
    ),
}
"""The operation of a page whose answers are wrong, and the wrong answers, by the page."""
RIGHT = {"students": "Needs attention", "evaluation": "Essay", "student": "Practice", "tables": "Data quality"}
"""What a page shows once the answers are right."""


def is_sentence_of(error: type[errors.DataError], text: str) -> bool:
    """Whether a text is the sentence of this error, whatever the values in it."""
    parts = re.split(r"\{[^}]*\}", error.sentence)
    return re.fullmatch(".*".join(map(re.escape, parts)), text) is not None


@pytest.mark.parametrize("page", ON_PAGES)
def test_a_page_says_what_is_wrong_with_an_answer_and_is_there_again_at_the_next_try(
    wrong, open_page, text_of, opened_evaluation, page
):
    operation, names = ON_PAGES[page]
    parameters = {"evaluation": opened_evaluation, "student": {"user_id": opened_evaluation["user_id"]}}
    app = open_page(page, **parameters.get(page, {}))
    before = text_of(app)
    assert RIGHT[page] in before
    for name in names:
        case = CASES[name]
        wrong.inject(case.fault() if isinstance(case.fault, type) else case.fault, operation)
        cached_reads.reset_caches()
        app.run()
        assert wrong.fault_count, name
        assert "No such" not in text_of(app), name
        if case.error is None:
            assert not app.error
            assert not app.exception
            assert [table.value.to_string() for table in app.dataframe]
        else:
            assert is_sentence_of(case.error, sentence_of(app)), (name, sentence_of(app))
            assert RIGHT[page] not in text_of(app), name
        wrong.recover()
        if case.error is not None:
            app.button("try_again").click().run()
        assert not app.error, name
        assert not app.exception, name
        assert RIGHT[page] in text_of(app), name

"""Everything that can go wrong between DynamoDB and a frame, over HTTP: retried where that helps, else one sentence.

Never a wrong or a shorter table; and the same objects read again as soon as the fault is over.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any

import pandas as pd
import pytest
from botocore.config import Config
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff

from bandup.queries.background_refresh import BackgroundRefresh
from benchmarks import generated_tables, server
from data import connection, decoder, errors, paging, provision
from data.connection import Connection
from data.errors import DataError
from data.paging import Client
from data.repository import Repository
from data.results import AllItems
from data.schema import EVALUATIONS, FLASHCARD_SETS
from data.settings import from_environment
from tests.data import faulty, wrong_answers
from tests.data.faulty import Fault, Faulty

pytestmark = pytest.mark.server

ITEMS = 300
PAGE_BYTES = 176 * 1024
"""A page is smaller here than DynamoDB's, so that few items lie on eight pages of a table without an index."""

PAGE_7 = 6
"""Pages that go well before the one that does not."""

ATTEMPTS = 3
READ_TIMEOUT = 0.3
DEADLINE = 0.8
SLOWEST = 9.0
"""Seconds that a read may take beside its deadline, on a machine that is busy with other work."""

REFRESH_AFTER = timedelta(minutes=5)
SOON = 30.0


@dataclass(frozen=True)
class Case:
    """A fault, whether a retry helps, and the error and advice if the fault lasts."""

    fault: Fault
    helps: bool
    error: type[DataError]
    advice: str


def lasting(code: str, error: type[DataError], advice: str, message: str = "…", status: int = 400) -> Case:
    return Case(faulty.refused(code, message, status), helps=False, error=error, advice=advice)


EARLIER = "Signature expired: 20250601T120000Z is now earlier than 20250601T121500Z (20250601T123000Z - 15 min.)"
LATER = "Signature not yet current: 20250601T123000Z is still later than 20250601T122000Z (20250601T121500Z + 5 min.)"
CASES = {
    "throttled": Case(
        faulty.refused("ProvisionedThroughputExceededException"),
        True,
        errors.Throttled,
        "wait a minute, then try again",
    ),
    "throttled account": Case(faulty.refused("ThrottlingException"), True, errors.Throttled, "wait a minute"),
    "failing": Case(faulty.refused("InternalServerError", "…", 500), True, errors.ServiceFailed, "wait a minute"),
    "gateway": Case(faulty.web_page(502), True, errors.ServiceFailed, "wait a minute"),
    "silent": Case(faulty.silent, True, errors.Unreachable, "(ReadTimeoutError): check the network"),
    "reset": Case(faulty.reset, True, errors.Unreachable, "check the network"),
    "cut": Case(faulty.cut, True, errors.ResponseDamaged, "check the network"),
    "cut, no checksum": Case(faulty.cut_without_checksum, True, errors.ResponseDamaged, "check the network"),
    "damaged": Case(faulty.damaged, True, errors.ResponseDamaged, "check the network"),
    "not UTF-8": Case(faulty.not_utf_8, True, errors.ResponseDamaged, "check the network"),
    "wrong checksum": Case(faulty.wrong_checksum, True, errors.ResponseDamaged, "does a proxy rewrite responses?"),
    "malformed": Case(faulty.malformed, True, errors.ResponseDamaged, "check the network"),
    "empty": Case(faulty.empty, True, errors.ResponseDamaged, "check the network"),
    "web page": Case(faulty.web_page(200), True, errors.ResponseDamaged, "check the network"),
    "sign-in page": Case(
        faulty.web_page(403), False, errors.Unreachable, "answered with status 403): check the network"
    ),
    "expired token": lasting("ExpiredTokenException", errors.CredentialsExpired, "`aws sso login`"),
    "unknown key": lasting("UnrecognizedClientException", errors.CredentialsExpired, "sign in again"),
    "clock late": lasting("InvalidSignatureException", errors.ClockWrong, "correct the clock and", EARLIER),
    "clock early": lasting("InvalidSignatureException", errors.ClockWrong, "correct the clock and", LATER),
    "clock": lasting("RequestTimeTooSkewed", errors.ClockWrong, "correct the clock and"),
    "denied": lasting("AccessDeniedException", errors.AccessDenied, "`python -m bandup policy reader`"),
    "table deleted": lasting("ResourceNotFoundException", errors.TableMissing, "`python -m bandup provision`"),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
every_case_that_passes = pytest.mark.parametrize(
    "case", [case for case in CASES.values() if case.helps], ids=[name for name, case in CASES.items() if case.helps]
)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def served() -> Iterator[Faulty]:
    with faulty.endpoint(ITEMS) as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Three attempts, short time-outs, hardly a pause; many failures don't use up what botocore may retry."""
    short = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, read_timeout=READ_TIMEOUT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "CLIENT_CONFIG", connection.CLIENT_CONFIG.merge(short))
        patch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.001)
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr(decoder, "FIRST_PAUSE", 0.001)
        patch.setattr(generated_tables, "PAGE_BYTES", PAGE_BYTES)
        patch.setenv("DASHBOARD_RESPONSE_SECONDS", str(DEADLINE))
        yield
    connected.cache_clear()


@pytest.fixture
def wrong(served: Faulty, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """The endpoint, right until told otherwise, as the environment names it: tables with the covering index."""
    served.recover()
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.EndpointProcess(served.address).environment().items():
        monkeypatch.setenv(name, value)
    yield served
    served.recover()


@pytest.fixture
def plain(wrong: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tables without an index."""
    for name, value in server.EndpointProcess(wrong.address).environment(indexed=False).items():
        monkeypatch.setenv(name, value)


@cache
def connected(_address: str) -> Client:
    """One for all tests: making a client takes longer than most of them."""
    return Connection()


def opened(clock: Clock | None = None) -> Repository:
    client = connected(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    return Repository(client, from_environment(os.environ), clock or Clock())


def of_evaluations(request: faulty.Request) -> bool:
    return "evaluations" in str(request.arguments.get("TableName", "evaluations"))


def assert_same(found: Any, expected: Any) -> None:
    for name in ("evaluations", "flashcard_sets"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def assert_said(error: DataError, case: Case) -> None:
    """The named error, its one sentence with what to do, and what caused it."""
    assert type(error) is case.error
    assert case.advice in str(error)
    assert_sentence(error)
    assert error.__cause__ is not None


def assert_sentence(error: DataError) -> None:
    what, colon, _ = str(error).partition(": ")
    assert what
    assert colon
    assert str(error).endswith(".")
    assert "\n" not in str(error)


class TestAllItems:
    @pytest.fixture(scope="class")
    @classmethod
    def clock(cls) -> Clock:
        return Clock()

    @every_case_that_passes
    def test_a_fault_that_passes_on_page_7_is_not_seen(self, wrong, plain, whole, clock, case):
        times = 1 if case.fault is faulty.silent else 2
        wrong.inject(case.fault, "Scan", after=PAGE_7, times=times, when=of_evaluations)
        repository = opened(clock)
        assert_same(repository.all_items(), whole)
        assert wrong.fault_count == times
        assert wrong.counts["Scan"] == whole.cost.requests + times

    @every_case
    def test_one_that_lasts_is_one_sentence_and_no_shorter_table(self, wrong, plain, whole, clock, case):
        wrong.inject(case.fault, "Scan", after=PAGE_7, when=of_evaluations)
        repository = opened(clock)
        pages: list[paging.ResponsePage] = []
        with pytest.raises(DataError) as raised:
            repository.all_items(pages.append)
        assert_said(raised.value, case)
        assert wrong.fault_count == (ATTEMPTS if case.helps else 1)
        wrong.recover()
        assert_same(repository.all_items(), whole)

    @pytest.mark.parametrize("name", ["damaged", "malformed", "cut", "expired token"])
    def test_one_segment_of_several_that_fails_is_all_that_fail(self, wrong, plain, whole, clock, monkeypatch, name):
        monkeypatch.setattr(paging, "BYTES_PER_SEGMENT", 2 * PAGE_BYTES)
        wrong.inject(CASES[name].fault, "Scan", when=lambda request: request.arguments.get("Segment") == 2)
        repository = opened(clock)
        with pytest.raises(CASES[name].error):
            repository.all_items()
        wrong.recover()
        assert_same(repository.all_items(), whole)
        assert wrong.counts["Scan"] > whole.cost.requests

    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, served: Faulty, clock: Clock) -> AllItems:
        """What is read where nothing is wrong."""
        served.recover()
        with pytest.MonkeyPatch.context() as environment:
            for name, value in server.EndpointProcess(served.address).environment(indexed=False).items():
                environment.setenv(name, value)
            read = opened(clock).all_items()
        assert len(read.evaluations) == ITEMS
        assert served.counts["Scan"] == 9  # eight pages of evaluations, one of flashcard sets
        return read


KEYS: dict[str, list[tuple[str, str]]] = {}
"""The keys of all items, by table."""


def a_student(repository: Repository) -> Any:
    read = repository.student(KEYS[EVALUATIONS.key][0][1])
    return read.evaluations.to_dict("records"), read.flashcard_sets.to_dict("records")


def an_evaluation(repository: Repository) -> Any:
    found, _ = repository.evaluation(*KEYS[EVALUATIONS.key][0])
    assert found is not None
    return found.raw


def some_feedback(repository: Repository) -> Any:
    return repository.feedbacks(KEYS[EVALUATIONS.key][:20])[0]


def a_flashcard_set(repository: Repository) -> Any:
    found, _ = repository.flashcard_set(*KEYS[FLASHCARD_SETS.key][0])
    assert found is not None
    return found.raw


def a_description(repository: Repository) -> Any:
    return astuple(repository.description(EVALUATIONS))


@pytest.fixture
def known_keys(served: Faulty) -> None:
    KEYS.update({key: stored.base.keys for key, stored in served.endpoint.tables.items()})


READS: dict[str, tuple[str, Callable[[Repository], Any]]] = {
    "a student": ("Query", a_student),
    "an evaluation": ("GetItem", an_evaluation),
    "some feedback": ("BatchGetItem", some_feedback),
    "a flashcard set": ("GetItem", a_flashcard_set),
    "a description": ("DescribeTable", a_description),
}
READS_UNDER = {
    f"{what}-{name}": (*READS[what], case)
    for what in READS
    for name, case in CASES.items()
    # works without: tests/data/test_least_privilege.py
    if (what, name) != ("a description", "denied")
    # takes its time, and is the same for every read
    and (name != "silent" or what == "an evaluation")
}
UNDER_WHAT_PASSES = {name: each for name, each in READS_UNDER.items() if each[2].helps}


def every_read_under(chosen: dict[str, Any]) -> Any:
    return pytest.mark.parametrize(("operation", "read", "case"), chosen.values(), ids=chosen.keys())


@pytest.mark.usefixtures("known_keys")
class TestEveryOtherRead:
    @pytest.fixture(scope="class")
    @classmethod
    def clock(cls) -> Clock:
        return Clock()

    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, clock: Clock) -> Callable[..., str]:
        """What a read gives where nothing is wrong."""
        return cache(lambda read: repr(read(opened(clock))))

    @every_read_under(UNDER_WHAT_PASSES)
    def test_a_fault_that_passes_is_not_seen(self, wrong, clock, whole, operation, read, case):
        expected = whole(read)
        wrong.inject(case.fault, operation, times=1)
        assert repr(read(opened(clock))) == expected
        assert wrong.fault_count == 1

    @every_read_under(READS_UNDER)
    def test_one_that_lasts_is_one_sentence(self, wrong, clock, whole, operation, read, case):
        expected = whole(read)
        wrong.inject(case.fault, operation)
        repository = opened(clock)
        with pytest.raises(DataError) as raised:
            read(repository)
        assert_said(raised.value, case)
        assert wrong.fault_count == (ATTEMPTS if case.helps else 1)
        wrong.recover()
        assert repr(read(repository)) == expected


def everyone(repository: Repository) -> Any:
    read = repository.all_items()
    # in the order of the keys, as segments and indexes have their own
    return [sorted(frame.to_dict("records"), key=repr) for frame in (read.evaluations, read.flashcard_sets)]


def one_job(repository: Repository) -> Any:
    return repository.same_job(KEYS[EVALUATIONS.key][0][0])[0].to_dict("records")


def facts(repository: Repository) -> Any:
    read = repository.facts(EVALUATIONS)
    return astuple(read.description), read.recovery, read.time_to_live


def provisioned(repository: Repository) -> Any:
    return provision.read_state(commands_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"]), repository.settings.names)


@cache
def commands_client(address: str) -> Any:
    return connection.client_for(address)


ANSWERED: dict[str, tuple[Callable[[Repository], Any], bool, tuple[str, ...]]] = {
    "everyone": (everyone, False, ("Scan",)),
    "everyone by an index": (everyone, True, ("Scan",)),
    "a student": (a_student, False, ("Scan",)),
    "a student by an index": (a_student, True, ("Query",)),
    "one job": (one_job, True, ("Query",)),
    "an evaluation": (an_evaluation, True, ("GetItem",)),
    "a flashcard set": (a_flashcard_set, True, ("GetItem",)),
    "some feedback": (some_feedback, True, ("BatchGetItem",)),
    "a description": (a_description, True, ("DescribeTable",)),
    "facts": (facts, True, ("DescribeTable", "DescribeContinuousBackups", "DescribeTimeToLive")),
    "provision": (provisioned, True, ("DescribeTable", "DescribeContinuousBackups")),
}
"""Reads: whether the table has the covering index, and the operations that they need."""

ANSWERS = {
    f"{what}-{operation}-{name}": (read, indexed, operation, answer)
    for what, (read, indexed, operations) in ANSWERED.items()
    for operation in operations
    for name, answer in wrong_answers.CASES.items()
    if operation in answer.operations
}


@pytest.mark.usefixtures("known_keys")
class TestEveryReadOfEveryAnswer:
    """A read gives the error that is expected, within its deadline, or exactly what it gives where nothing is wrong."""

    @pytest.fixture(scope="class")
    @classmethod
    def clock(cls) -> Clock:
        return Clock()

    @pytest.mark.parametrize(("read", "indexed", "operation", "answer"), ANSWERS.values(), ids=ANSWERS.keys())
    def test_a_wrong_answer(self, wrong, clock, read, indexed, operation, answer):
        names = from_environment(server.EndpointProcess(wrong.address).environment(indexed=indexed))
        repository = Repository(connected(wrong.address), names, clock)
        expected = WHOLE.get((read, indexed)) or WHOLE.setdefault((read, indexed), repr(read(repository)))
        repository = Repository(connected(wrong.address), names, clock)
        fault = answer.fault() if isinstance(answer.fault, type) else answer.fault
        wrong.inject(fault, operation, when=of_evaluations if operation in wrong_answers.PAGES else lambda _: True)
        start = monotonic()
        if answer.error is None:
            assert repr(read(repository)) == expected
        else:
            with pytest.raises(DataError) as raised:
                read(repository)
            refused = (provision.StepRefused,) if answer.error is errors.RequestRefused else ()
            assert type(raised.value) in (answer.error, *refused)
            assert_sentence(raised.value)
        assert wrong.fault_count
        assert monotonic() - start < DEADLINE + SLOWEST
        wrong.recover()
        assert repr(read(repository)) == expected


UNKNOWN_SIZE = {
    "may not be described": faulty.refused("AccessDeniedException"),
    "described as empty": faulty.replaced("Table.TableSizeBytes", 0),
}


@pytest.mark.usefixtures("known_keys", "plain")
@pytest.mark.parametrize("unknown", UNKNOWN_SIZE.values(), ids=UNKNOWN_SIZE.keys())
@pytest.mark.parametrize(("read", "what"), [(everyone, "Reading all items"), (a_student, "Finding this student")])
def test_a_read_of_unknown_size_stops_at_the_limit_and_asks(wrong, monkeypatch, unknown, read, what):
    whole, all_scans = repr(read(opened())), wrong.counts["Scan"]
    monkeypatch.setenv("DASHBOARD_SCAN_LIMIT", "50")  # of some 180
    wrong.inject(unknown, "DescribeTable")
    repository = opened()
    wrong.counts.clear()
    with pytest.raises(errors.ScanLimitExceeded, match=f"^{what}.* would take at least .* the limit of 50:") as raised:
        read(repository)
    assert 50 < raised.value.units < 100
    stopped_after = wrong.counts["Scan"]
    assert stopped_after < all_scans
    # that is known from now on
    with pytest.raises(errors.ScanLimitExceeded, match="would take at least"):
        read(repository)
    assert wrong.counts["Scan"] == stopped_after
    raised.value.agree()
    assert repr(read(repository)) == whole
    # for once, and what it took is known
    with pytest.raises(errors.ScanLimitExceeded, match="would take about 1") as raised:
        read(repository)
    assert wrong.counts["Scan"] == stopped_after + all_scans


def test_an_endpoint_that_names_no_capacity_is_counted_by_its_bytes(wrong, plain, monkeypatch):
    monkeypatch.setenv("DASHBOARD_SCAN_LIMIT", "5")
    wrong.inject(UNKNOWN_SIZE["described as empty"], "DescribeTable")
    wrong.inject(faulty.without("ConsumedCapacity"), "Scan")
    with pytest.raises(errors.ScanLimitExceeded, match="at least"):
        opened().all_items()


WHOLE: dict[Any, str] = {}
"""What each read gives where nothing is wrong."""


class TestSnapshot:
    @every_case
    def test_the_last_good_one_is_kept_with_its_age_and_the_next_comes_without_a_restart(self, wrong, case):
        clock = Clock()
        repository = opened(clock)
        store = BackgroundRefresh(repository.all_items, repository.expected_items, REFRESH_AFTER, clock)

        def read() -> None:
            store.request()
            assert store.wait(SOON)

        read()
        first = store.view()
        assert first.value is not None
        assert first.error is None
        wrong.inject(case.fault)
        clock.now += REFRESH_AFTER
        read()
        failed = store.view()
        assert failed.value is first.value
        assert failed.read_at == first.read_at
        assert isinstance(failed.error, DataError)
        if case.error is not errors.AccessDenied or "Scan" in str(failed.error):
            assert_said(failed.error, case)
        wrong.recover()
        clock.now += REFRESH_AFTER
        read()
        healed = store.view()
        assert healed.error is None
        assert healed.read_at == clock.now
        assert healed.value is not None
        assert healed.value is not first.value
        pd.testing.assert_frame_equal(
            healed.value.evaluations[["evaluation_id", "user_id"]],
            first.value.evaluations[["evaluation_id", "user_id"]],
        )

    @pytest.mark.parametrize("name", ["throttled", "malformed", "expired token", "table deleted"])
    def test_a_first_read_that_failed_is_tried_again_by_whoever_looks_next(self, wrong, name):
        case = CASES[name]
        clock = Clock()
        repository = opened(clock)
        store = BackgroundRefresh(repository.all_items, repository.expected_items, REFRESH_AFTER, clock)
        wrong.inject(case.fault)
        store.request()
        assert store.wait(SOON)
        assert store.view().value is None
        assert isinstance(store.view().error, case.error)
        wrong.recover()
        store.request()
        assert store.wait(SOON)
        view = store.view()
        assert view.error is None
        assert view.value is not None
        assert len(view.value.evaluations) == ITEMS


GONE = "The table does not have the specified index: user_id-evaluation_id-index"
BACKFILLING = "Cannot read from backfilling global secondary index: user_id-evaluation_id-index"
NARROWER = "One or more parameter values were invalid: Global secondary index does not project [status]"
OTHER_KEYS = "Query condition missed key schema element: created_at"


def by_index(request: faulty.Request) -> bool:
    return "IndexName" in request.arguments


def keys_of(evaluations: pd.DataFrame) -> set[tuple[str, str]]:
    return {*zip(evaluations["evaluation_id"], evaluations["user_id"], strict=True)}


def keys_of_all_items(repository: Repository) -> set[tuple[str, str]]:
    return keys_of(repository.all_items().evaluations)


def keys_of_a_student(repository: Repository) -> set[tuple[str, str]]:
    return keys_of(repository.student(KEYS[EVALUATIONS.key][0][1]).evaluations)


@pytest.mark.usefixtures("known_keys")
class TestIndex:
    @pytest.mark.parametrize(
        ("message", "described"),
        [
            (GONE, faulty.without_indexes),
            (BACKFILLING, faulty.with_indexes_creating),
            (NARROWER, faulty.without_indexes),
            (OTHER_KEYS, faulty.without_indexes),
        ],
    )
    @pytest.mark.parametrize("read", [keys_of_a_student, keys_of_all_items])
    def test_one_that_is_not_what_was_described_is_read_around(self, wrong, message, described, read):
        repository = opened()
        expected = read(repository)
        wrong.inject(faulty.refused("ValidationException", message), "Scan", "Query", when=by_index)
        wrong.inject(described, "DescribeTable")
        assert read(repository) == expected
        # and from then on at once
        before = wrong.fault_count
        assert read(repository) == expected
        assert wrong.fault_count == before

    def test_one_that_is_still_being_filled_is_not_read(self, wrong):
        wrong.inject(faulty.with_indexes_creating, "DescribeTable")
        repository = opened()
        assert len(keys_of_all_items(repository)) == ITEMS
        assert len(keys_of_a_student(repository)) > 1
        assert {path.index for path in repository.student_paths().values()} == {None}

    def test_one_that_is_described_and_can_not_be_read_is_one_sentence(self, wrong):
        wrong.inject(faulty.refused("ValidationException", GONE), "Scan", "Query", when=by_index)
        repository = opened()
        for read in (a_student, lambda repository: repository.all_items()):
            with pytest.raises(
                errors.IndexMissing, match=r"^Index user_id-.* of evaluations .*: wait a minute"
            ) as raised:
                read(repository)
            assert raised.value.__cause__ is not None
        wrong.recover()
        assert len(repository.all_items().evaluations) == ITEMS

    def test_the_dearer_way_round_is_asked_for_first(self, wrong, monkeypatch):
        monkeypatch.setenv("DASHBOARD_SCAN_LIMIT", "15")
        repository = opened()
        assert len(repository.all_items().evaluations) == ITEMS
        wrong.inject(faulty.refused("ValidationException", GONE), "Scan", "Query", when=by_index)
        wrong.inject(faulty.without_indexes, "DescribeTable")
        with pytest.raises(errors.ScanLimitExceeded):
            repository.all_items()


class TestTable:
    @pytest.mark.parametrize("read", [lambda r: r.all_items(), lambda r: r.student("a"), lambda r: r.expected_items()])
    def test_missing_at_the_start_and_made_later(self, wrong, read):
        wrong.inject(faulty.refused("ResourceNotFoundException"))
        repository = opened()
        with pytest.raises(errors.TableMissing, match=r"table evaluations \(named by DYNAMODB_EVALUATIONS\)"):
            read(repository)
        wrong.recover()
        read(repository)
        assert len(repository.all_items().evaluations) == ITEMS


class TestCredentials:
    @pytest.fixture
    def file(self, wrong, tmp_path, monkeypatch) -> Any:
        """The credentials file, empty, and no other place where boto3 would find any."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        path = tmp_path / "credentials"
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
        return path

    @staticmethod
    def write(path: Any, key: str) -> None:
        path.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = s\naws_session_token = t\n")

    def test_new_ones_are_taken_up_without_a_restart(self, wrong, file):
        self.write(file, "old")
        wrong.inject(
            faulty.refused("ExpiredTokenException"), "Scan", after=1, when=lambda request: request.access_key == "old"
        )
        repository = Repository(Connection(), from_environment(os.environ), Clock())
        for _ in range(2):
            with pytest.raises(errors.CredentialsExpired):
                repository.all_items()
        self.write(file, "new")
        assert len(repository.all_items().evaluations) == ITEMS
        assert wrong.access_keys == {"old", "new"}

    def test_none_at_first_and_some_later(self, wrong, file):
        repository = Repository(Connection(), from_environment(os.environ), Clock())
        with pytest.raises(errors.CredentialsMissing, match="aws sso login"):
            repository.all_items()
        self.write(file, "new")
        assert len(repository.all_items().evaluations) == ITEMS


@pytest.mark.parametrize(
    ("variable", "value", "detail"),
    [
        ("AWS_REGION", "Frankfurt am Main", "region_name 'Frankfurt am Main' doesn't match"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000", "Invalid endpoint: localhost:8000"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://", "Invalid endpoint: http://"),
        ("AWS_CONFIG_FILE", "[profile", "Unable to parse config file"),
        ("AWS_DEFAULTS_MODE", "silly", "silly"),
    ],
)
def test_a_configuration_that_boto3_can_not_use_is_one_sentence(wrong, tmp_path, monkeypatch, variable, value, detail):
    if variable == "AWS_CONFIG_FILE":
        (tmp_path / "config").write_text(value)
        value = str(tmp_path / "config")
    monkeypatch.setenv(variable, value)
    with pytest.raises(errors.ConfigurationUnusable, match=detail) as raised:
        Connection()
    assert raised.value.__cause__ is not None
    assert str(raised.value).endswith("correct ~/.aws/config or the AWS_… variables, then start again.")

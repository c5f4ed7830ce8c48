"""How often and how long is waited for an endpoint that does not answer, and settings of which no client can be made."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.config import Config
from botocore.retries.standard import ExponentialBackoff
from click.testing import CliRunner

from bandup.cli.main import main
from bandup.demo import engine
from benchmarks import server
from data import connection, errors, paging
from data.connection import CLIENT_CONFIG, Connection
from data.repository import Repository
from data.schema import EVALUATIONS
from data.settings import from_environment
from tests.data import faulty
from tests.data.faulty import Faulty

pytestmark = pytest.mark.server

FEW = 20
SOON = 0.2
ATTEMPTS = 4
"""As often as the AWS SDKs ask DynamoDB."""

SILENCES = 2
MAX_SECONDS = 20


@pytest.fixture(scope="module")
def served() -> Iterator[Faulty]:
    with faulty.endpoint(FEW) as started:
        yield started


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`environment(address)` names tables at an endpoint."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"):
        monkeypatch.delenv(name, raising=False)

    def name(address: str) -> None:
        for variable, value in server.EndpointProcess(address).environment().items():
            monkeypatch.setenv(variable, value)

    return name


@pytest.fixture
def wrong(served: Faulty, environment: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """An endpoint that is given up soon, with hardly a pause before it is asked again."""
    short = CLIENT_CONFIG.merge(Config(read_timeout=SOON))
    monkeypatch.setattr(connection, "CLIENT_CONFIG", short)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.001)
    environment(served.address)
    served.recover()
    yield served
    served.recover()


def opened() -> Repository:
    return Repository(Connection(), from_environment(os.environ), lambda: datetime.now(UTC))


class TestPatience:
    def test_what_fails_is_asked_as_often_as_the_sdks_do(self, wrong):
        wrong.inject(faulty.refused("InternalServerError", "…", 500))
        with pytest.raises(errors.ServiceFailed):
            opened().description(EVALUATIONS)
        assert wrong.fault_count == ATTEMPTS

    def test_what_gets_no_answer_is_asked_once_more(self, wrong):
        wrong.inject(faulty.silent)
        with pytest.raises(errors.Unreachable, match="ReadTimeoutError"):
            opened().description(EVALUATIONS)
        assert wrong.fault_count == SILENCES

    def test_and_the_second_answer_is_taken(self, wrong):
        wrong.inject(faulty.silent, times=1)
        assert opened().description(EVALUATIONS).item_count == FEW
        assert wrong.fault_count == 1

    def test_the_sentence_comes_within_20_seconds(self):
        assert CLIENT_CONFIG.connect_timeout * ATTEMPTS <= MAX_SECONDS
        assert CLIENT_CONFIG.read_timeout * SILENCES <= MAX_SECONDS

    def test_commands_wait_no_longer(self, wrong):
        wrong.inject(faulty.silent)
        ended = CliRunner().invoke(main, ["jobs"])
        assert ended.exit_code != 0
        assert "DynamoDB can't be reached (ReadTimeoutError)" in ended.output
        assert wrong.fault_count == SILENCES

    @pytest.mark.parametrize("attempts", [1, 3])
    def test_the_environment_says_how_often(self, wrong, monkeypatch, attempts):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(attempts))
        self.assert_asked(wrong, attempts)

    def test_the_profile_says_how_often(self, wrong, monkeypatch, tmp_path):
        (tmp_path / "config").write_text("[default]\nmax_attempts = 3\nretry_mode = adaptive\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        self.assert_asked(wrong, 3)
        assert Connection().meta.config.retries["mode"] == "adaptive"

    @staticmethod
    def assert_asked(wrong: Faulty, attempts: int) -> None:
        for fault in (faulty.silent, faulty.refused("InternalServerError", "…", 500)):
            wrong.recover()
            wrong.inject(fault)
            with pytest.raises(errors.DataError):
                opened().description(EVALUATIONS)
            assert wrong.fault_count == attempts

    @pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
    def test_the_environment_says_in_which_mode(self, wrong, monkeypatch, mode):
        assert Connection().meta.config.retries["mode"] == "standard"
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        assert Connection().meta.config.retries["mode"] == mode
        wrong.inject(faulty.silent)
        with pytest.raises(errors.Unreachable):
            opened().description(EVALUATIONS)
        assert wrong.fault_count == SILENCES

    def test_an_answer_in_pieces_may_take_longer_than_a_silence(self, wrong, environment):
        with trickling(b'{"Item": {"evaluation_id": {"S": "' + b"x" * 600 + b'"}, "user_id": {"S": "u"}}}') as address:
            environment(address)
            found, cost = paging.get(Connection(), "evaluations", {"evaluation_id": "x" * 600, "user_id": "u"})
        assert found is not None
        assert cost.seconds > 2 * SOON

    @pytest.mark.parametrize("headers_too", [True, False])
    @pytest.mark.parametrize("client", [Connection, lambda: connection.client_for(None)])
    def test_an_answer_that_is_not_complete_at_its_deadline_is_one_sentence(
        self, wrong, environment, monkeypatch, headers_too, client
    ):
        monkeypatch.setenv("DASHBOARD_RESPONSE_SECONDS", "0.5")
        start = time.monotonic()
        with trickling(b"{" + b" " * 9_000, headers_too=headers_too) as address:
            environment(address)
            repository = Repository(client(), from_environment(os.environ), lambda: datetime.now(UTC))
            with pytest.raises(
                errors.ResponseTooSlow, match=r"^A response of .* not complete after 0\.5 seconds: "
            ) as raised:
                repository.description(EVALUATIONS)
        assert raised.value.__cause__ is not None
        assert 0.5 <= time.monotonic() - start < 3

    def test_a_silence_before_the_deadline_is_a_silence(self, wrong, monkeypatch):
        monkeypatch.setenv("DASHBOARD_RESPONSE_SECONDS", str(2 * SOON))
        wrong.inject(faulty.silent)
        with pytest.raises(errors.Unreachable, match="ReadTimeoutError"):
            opened().description(EVALUATIONS)

    def test_a_kept_connection_has_a_new_deadline_for_each_answer(self, wrong, monkeypatch):
        monkeypatch.setenv("DASHBOARD_RESPONSE_SECONDS", "0.4")
        client = Connection()
        for _ in range(4):
            client.describe_table(TableName="evaluations")
            time.sleep(0.15)

    def test_a_deadline_that_is_no_number_is_one_sentence(self, wrong, monkeypatch):
        monkeypatch.setenv("DASHBOARD_RESPONSE_SECONDS", "soon")
        with pytest.raises(errors.SettingUnreadable, match="DASHBOARD_RESPONSE_SECONDS"):
            Connection()


@contextmanager
def trickling(body: bytes, *, headers_too: bool = False) -> Iterator[str]:
    """The address of an endpoint that answers one request with `body`, slower than anyone would wait for its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                headers = b"HTTP/1.1 200 OK\r\nX-Long: %s\r\nContent-Length: %d\r\n\r\n" % (b"x" * 9_000, len(body))
                if not headers_too:
                    connection.sendall(headers)
                pieces = headers + body if headers_too else body
                with suppress(ConnectionError):
                    for start in range(0, len(pieces), 100):
                        time.sleep(SOON / 2)
                        connection.sendall(pieces[start : start + 100])

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


NO_NUMBER = r"^The AWS configuration can't be used \('five' should be a whole number\): correct ~/\.aws/config"


class TestSettings:
    @pytest.mark.parametrize("variable", ["AWS_MAX_ATTEMPTS", "AWS_METADATA_SERVICE_NUM_ATTEMPTS"])
    def test_a_number_that_is_none_is_one_sentence(self, wrong, monkeypatch, variable):
        monkeypatch.setenv(variable, "five")
        if variable != "AWS_MAX_ATTEMPTS":
            monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(errors.ConfigurationUnusable, match=NO_NUMBER) as raised:
            Connection()
        assert isinstance(raised.value.__cause__, ValueError)

    def test_also_of_a_profile(self, wrong, monkeypatch, tmp_path: Path):
        (tmp_path / "config").write_text("[default]\nmax_attempts = five\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        with pytest.raises(errors.ConfigurationUnusable, match=NO_NUMBER):
            Connection()

    def test_also_on_the_command_line(self, wrong, monkeypatch):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "five")
        ended = CliRunner().invoke(main, ["jobs"])
        assert ended.exit_code != 0
        assert "'five' should be a whole number" in ended.output

    def test_also_on_the_demo(self, monkeypatch):
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "five")
        monkeypatch.setattr(engine, "_client", None)
        with pytest.raises(errors.ConfigurationUnusable, match=NO_NUMBER):
            engine.client(datetime.now(UTC))

    def test_a_mode_that_is_none_is_one_sentence(self, wrong, monkeypatch):
        monkeypatch.setenv("AWS_RETRY_MODE", "often")
        with pytest.raises(errors.ConfigurationUnusable, match="often"):
            Connection()

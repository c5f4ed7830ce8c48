"""botocore's credential chain with profiles, programs and files that don't work: one sentence, no prompt, no traceback."""

import getpass
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as boto
from click.testing import CliRunner

from bandup.cli.main import main
from bandup.queries import cached_reads
from data import errors
from data.connection import Connection
from data.errors import CredentialsError, DataError, named_error
from data.repository import Repository
from data.settings import Settings

ROLE = "role_arn = arn:aws:iam::123456789012:role/reader"
KEYS = "aws_access_key_id = a\naws_secret_access_key = s"


def program(text: str) -> str:
    """A profile whose credential_process is this Python program."""
    return f'[profile p]\ncredential_process = "{sys.executable}" -c "{text}"'


EXPIRED_SSO = "[profile p]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start"
CASES: dict[str, tuple[str, dict[str, str], str]] = {
    "MFA": (
        f"[profile p]\n{ROLE}\nsource_profile = q\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n[profile q]\n{KEYS}",
        {},
        "The AWS profile p asks for an MFA code, which can't be entered here: run `aws configure export-credentials "
        "--profile p --format env`",
    ),
    "MFA of the source profile": (
        f"[profile p]\n{ROLE}\nsource_profile = q\n[profile q]\n{ROLE}\nmfa_serial = m\nsource_profile = r\n[profile r]\n{KEYS}",
        {},
        "asks for an MFA code",
    ),
    "missing program": (
        "[profile p]\ncredential_process = /no/such/program",
        {},
        "AWS credentials can't be obtained (No such file or directory: /no/such/program): correct credential_process in "
        "~/.aws/config, then try again.",
    ),
    "failing program": (
        program("import sys; sys.exit('signed\\nout, password=hunter2')"),
        {},
        "AWS credentials can't be obtained (Error when retrieving credentials from custom-process: signed out, "
        "password=***): correct credential_process",
    ),
    "rubbish": (program("print('hunter2')"), {}, "(credential_process did not print credentials as JSON): correct"),
    "nothing": (program("pass"), {}, "(credential_process did not print credentials as JSON): correct"),
    "a list": (program("print([])"), {}, "(credential_process did not print credentials as JSON): correct"),
    "no text": (
        program("import sys; sys.stdout.buffer.write(bytes([255]))"),
        {},
        "(credential_process did not print credentials as JSON): correct",
    ),
    "another version": (program("print({}.__class__() or '{}')"), {}, "Unsupported version"),
    "an unfinished quote": ("[profile p]\ncredential_process = program 'x", {}, "correct credential_process"),
    "missing token file": (
        "[profile p]",
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/reader"},
        "(No such file or directory: /no/such/token): correct AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, then",
    ),
    "token file without role": (
        "[profile p]",
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such/token"},
        "The AWS configuration can't be used (The provided profile or the current environment is configured to assume role",
    ),
    "no SSO login": (EXPIRED_SSO, {}, "have expired or are not valid: sign in again (for instance `aws sso login`)"),
    "half a profile": (
        "[profile p]\naws_access_key_id = a",
        {},
        "Partial credentials found in config-file, missing: aws_secret_access_key): set",
    ),
    "half a role": (f"[profile p]\n{ROLE}", {}, "Partial credentials found in assume-role, missing: source_profile or"),
    "half an SSO login": (
        "[profile p]\nsso_start_url = https://x\nsso_account_id = 1",
        {},
        'can\'t be used (The profile "p" is configured to use SSO but is missing required configuration',
    ),
    "unknown source profile": (f"[profile p]\n{ROLE}\nsource_profile = nobody", {}, "nobody"),
    "endless profiles": (
        f"[profile p]\n{ROLE}\nsource_profile = q\n[profile q]\n{ROLE}\nsource_profile = p",
        {},
        "Infinite loop in credential configuration",
    ),
    "unknown profile": (
        "",
        {},
        "No usable AWS credentials were found (The config profile (p) could not be found): set",
    ),
    "damaged file": ("[profile p\n", {}, "The AWS configuration can't be used (Unable to parse config file"),
    "token of a container": (
        "[profile p]",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nb"},
        "correct the AWS_CONTAINER_… variables",
    ),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[tuple[str, dict[str, str], str]], None]:
    """`configured(case)` makes the profile `p` and the environment of a case; a prompt on the terminal fails the test."""

    def configure(case: tuple[str, dict[str, str], str]) -> None:
        content, variables, _ = case
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        (tmp_path / "config").write_text(content)
        for name, value in {
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
            "AWS_PROFILE": "p",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "HOME": str(tmp_path),
            "DYNAMODB_EVALUATIONS": "evaluations",
            "DYNAMODB_FLASHCARD_SETS": "sets",
            **variables,
        }.items():
            monkeypatch.setenv(name, value)
        cached_reads.reset_caches()

    def prompted(*_: Any) -> str:
        pytest.fail("botocore asked for a code on the terminal")

    monkeypatch.setattr(getpass, "getpass", prompted)
    return configure


@every_case
def test_the_repository_raises_one_sentence(configured, case):
    configured(case)
    with pytest.raises(DataError) as raised:
        Repository(Connection(), Settings(demo=False), lambda: datetime(2026, 3, 1, tzinfo=UTC)).all_items()
    sentence = str(raised.value)
    assert case[2] in sentence
    assert "\n" not in sentence
    assert "hunter2" not in sentence


@every_case
@pytest.mark.parametrize("command", ["jobs", "provision"])
def test_a_command_prints_it_and_exits_with_2(configured, case, command):
    configured(case)
    result = CliRunner().invoke(main, [command], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, "")
    assert case[2] in result.stderr
    assert result.stderr.count("\n") == 1


def test_credentials_that_work_again_are_used_at_the_next_try(configured, tmp_path):
    configured(CASES["MFA"])
    repository = Repository(Connection(), Settings(demo=False), lambda: datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(errors.MfaRequired):
        repository.expected_items()
    (tmp_path / "config").write_text(f"[profile p]\n{KEYS}")
    with pytest.raises(errors.Unreachable):
        repository.expected_items()


def test_a_program_that_works_is_used(configured, tmp_path):
    printed = {"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s"}
    (tmp_path / "printed.json").write_text(json.dumps(printed))
    configured((program(f"print(open('{tmp_path}/printed.json').read())"), {}, ""))
    with pytest.raises(errors.Unreachable):
        Repository(Connection(), Settings(demo=False), lambda: datetime(2026, 3, 1, tzinfo=UTC)).expected_items()


NOT_OF_A_READ = {
    # programming errors, and features that reads of DynamoDB don't use
    *(
        "AliasConflictParameterError",
        "ApiVersionNotFoundError",
        "AwsChunkedWrapperError",
        "BotoCoreError",
        "ClientError",
    ),
    *(
        "BaseEndpointResolverError",
        "DataNotFoundError",
        "EventStreamError",
        "FlexibleChecksumError",
        "InvalidDNSNameError",
    ),
    *("InvalidExpressionError", "InvalidHostLabelError", "InvalidS3AddressingStyleError", "MD5UnavailableError"),
    *("InvalidS3UsEast1RegionalEndpointConfigError", "MissingParametersError", "MissingServiceIdError"),
    *("OperationNotPageableError", "PaginationError", "ParamValidationError", "RangeError", "StubAssertionError"),
    *("StubResponseError", "UnStubbedResponseError", "UndefinedModelAttributeError", "UnknownClientMethodError"),
    *(
        "UnknownKeyError",
        "UnknownParameterError",
        "UnknownServiceError",
        "UnknownServiceStyle",
        "UnseekableStreamError",
    ),
    *("UnsupportedOutpostResourceError", "UnsupportedS3AccesspointConfigurationError", "UnsupportedS3ArnError"),
    *("UnsupportedS3ConfigurationError", "UnsupportedS3ControlArnError", "UnsupportedS3ControlConfigurationError"),
    *("UnsupportedServiceProtocolsError", "ValidationError", "WaiterConfigError", "WaiterError"),
    *("ImminentRemovalWarning", "UnsupportedTLSVersionWarning"),
    # raised within the credential chain only, which names it
    "RefreshWithMFAUnsupportedError",
}


@pytest.mark.parametrize(
    "kind",
    [
        c
        for c in vars(boto).values()
        if isinstance(c, type) and issubclass(c, Exception) and c.__name__ not in NOT_OF_A_READ
    ],
)
def test_every_error_of_botocore_that_a_read_can_meet_has_a_sentence(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "the text")
    assert isinstance(named_error(error, "t"), DataError)


def test_errors_of_credentials_are_told_apart_from_others():
    assert issubclass(errors.MfaRequired, CredentialsError)
    assert not issubclass(errors.RegionMissing, CredentialsError)

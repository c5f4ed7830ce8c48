"""What can go wrong with a read, by name. Each error's text is one sentence that says what to do.

An error code of DynamoDB becomes a named error; whatever is not known here is raised again as it is.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    CredentialRetrievalError,
    EndpointProviderError,
    HTTPClientError,
    IncompleteReadError,
    InvalidConfigError,
    InvalidDefaultsMode,
    InvalidEndpointConfigurationError,
    InvalidProxiesConfigError,
    InvalidRegionError,
    InvalidRetryConfigurationError,
    LoginError,
    MissingDependencyException,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ResponseStreamingError,
    SSOError,
    TokenRetrievalError,
    UnknownCredentialError,
    UnknownEndpointError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError


class DataError(Exception):
    """Something a person can mend. `str(error)` is the sentence they read."""


class HalfConfigured(DataError):
    """One table is named in the environment, the other is not."""

    def __init__(self, named: str, missing: str) -> None:
        super().__init__(
            f"{named} is set but {missing} is not: set both to read your tables, or neither to see the demo."
        )


class SettingUnreadable(DataError):
    """An environment variable should hold a positive number and does not."""

    def __init__(self, variable: str, text: str) -> None:
        super().__init__(f"{variable} should be a positive number and is {text!r}: correct it or unset it.")


class RegionMissing(DataError):
    """boto3 found no region."""

    def __init__(self) -> None:
        super().__init__("No AWS region is set: set AWS_REGION to the region your tables are in, then try again.")


class ConfigurationUnusable(DataError):
    """boto3 can't work with what the environment or the files in `~/.aws` say. `detail` are its own words."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The AWS configuration can't be used ({' '.join(detail.split()).rstrip('.')}): correct ~/.aws/config or the "
            "AWS_… variables, then start this again."
        )


class EndpointUnreadable(DataError):
    """The endpoint is not an address that boto3 can call."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"{endpoint!r} is not an endpoint: it should be like http://127.0.0.1:8000.")


class CredentialsMissing(DataError):
    """boto3's chain found no credentials, or only half of them."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(
            f"No usable AWS credentials were found{f' ({detail})' if detail else ''}: set AWS_PROFILE, or run "
            "`aws configure` or `aws sso login`, then try again."
        )


class CredentialsExpired(DataError):
    """The credentials were understood but are no longer, or not, valid."""

    def __init__(self) -> None:
        super().__init__(
            "The AWS credentials have expired or are not valid: sign in again (for instance `aws sso login`), then try again."
        )


class ClockWrong(DataError):
    """AWS refused a request that was signed at a time too far from its own."""

    def __init__(self) -> None:
        super().__init__(
            "AWS refuses requests signed with the time of this computer's clock: set the clock right (time zone too), "
            "then try again."
        )


class AccessDenied(DataError):
    """The credentials lack a permission. `action` is the IAM action, e.g. `dynamodb:Scan`."""

    def __init__(self, action: str, table: str) -> None:
        self.action = action
        super().__init__(
            f"These AWS credentials may not {action} on {table}: allow it, for instance with the policy that "
            "`python -m bandup policy reader` prints."
        )


class TableMissing(DataError):
    """There is no table of this name in this region and account."""

    def __init__(self, table: str, variable: str = "") -> None:
        source = f" (named by {variable})" if variable else ""
        super().__init__(
            f"There is no table {table}{source} in this region and account: correct the name or AWS_REGION, or make "
            "it with `python -m bandup provision`."
        )


class IndexMissing(DataError):
    """An index that the table was described with can't be read: removed, made anew, or not filled yet."""

    def __init__(self, index: str, table: str) -> None:
        super().__init__(
            f"Index {index} of {table} can't be read as it was described (removed, changed or still being filled?): "
            "wait a minute, then try again."
        )


class Throttled(DataError):
    """DynamoDB refused because too much was asked at once, also after botocore's retries."""

    def __init__(self, table: str) -> None:
        super().__init__(f"DynamoDB is throttling reads of {table}: wait a minute, then try again.")


class Unreachable(DataError):
    """No answer: network, endpoint or time-out."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"DynamoDB can't be reached ({detail}): check the network and AWS_ENDPOINT_URL_DYNAMODB, then try again."
        )


class ServiceFailed(DataError):
    """DynamoDB answered with an error of its own, also after botocore's retries."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"DynamoDB failed while reading {table}, also when asked again: wait a minute, then try again."
        )


class IncompleteRead(DataError):
    """A page held another number of items than it said it did."""

    def __init__(self, table: str, counted: int, found: int) -> None:
        super().__init__(
            f"A page of {table} arrived with {found} items where DynamoDB counted {counted}: nothing is shown "
            "rather than a part; try again."
        )


class AskFirst(DataError):
    """A read is about to take more capacity units than the limit. `agree` lets the next such read through, once."""

    def __init__(self, what: str, units: float, dollars: float, limit: float, agree: Callable[[], None]) -> None:
        self.agree = agree
        super().__init__(
            f"{what} would take about {units:,.0f} read capacity units (about ${dollars:,.2f} on demand), more than the "
            f"limit of {limit:,.0f}: make the index that spares most of it with `python -m bandup provision`, raise "
            "DASHBOARD_SCAN_LIMIT, or agree to it this once (on the command line with --yes)."
        )


class ResponseDamaged(DataError):
    """A response did not match its checksum or was none of DynamoDB's, also when it was asked for again."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"A response about {table} arrived damaged, also when asked for again: nothing is shown rather than "
            "something wrong; check the network (a proxy that rewrites responses?), then try again."
        )


_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
}
_THROTTLED = {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "Throttling"}
_FAILED = {"InternalServerError", "InternalFailure", "ServiceUnavailable"}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
_DENIED_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_OF_INDEX = re.compile(r"\bindex\b|key schema", re.IGNORECASE)
"""Is in what DynamoDB says of an index that is not there, not filled, or made anew with other keys or attributes."""

_NOT_WHOLE = re.compile(r"invalid literal for int\(\) with base 10: (.*)", re.DOTALL)
"""What Python says of a setting that is not the number it should be."""

_DAMAGED = (ChecksumError, ResponseParserError, IncompleteReadError, ResponseStreamingError)
_UNUSABLE = (
    ConfigNotFound,
    ConfigParseError,
    EndpointProviderError,
    InvalidConfigError,
    InvalidDefaultsMode,
    InvalidEndpointConfigurationError,
    InvalidProxiesConfigError,
    InvalidRegionError,
    InvalidRetryConfigurationError,
    MissingDependencyException,
    UnknownCredentialError,
    UnknownEndpointError,
)


def named_error(error: Exception, table: str, variable: str = "", index: str = "") -> DataError | None:
    """The named error for what botocore raised while `table`, or its `index`, was read; None where it is not known."""
    if isinstance(error, ClientError):
        return _named_answer(error, table, variable, index)
    if isinstance(error, NoRegionError):
        return RegionMissing()
    if isinstance(error, NoCredentialsError | PartialCredentialsError | ProfileNotFound | CredentialRetrievalError):
        return CredentialsMissing("" if isinstance(error, NoCredentialsError) else str(error))
    if isinstance(error, SSOError | TokenRetrievalError | LoginError):
        return CredentialsExpired()
    if isinstance(error, _DAMAGED):
        return ResponseDamaged(table)
    if isinstance(error, BotoConnectionError | HTTPClientError):
        return Unreachable(type(error).__name__)
    if isinstance(error, _UNUSABLE):
        return ConfigurationUnusable(str(error))
    return None


def _named_answer(error: ClientError, table: str, variable: str, index: str) -> DataError | None:
    """The named error for an answer that is an error."""
    said = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "ResourceNotFoundException":
        return TableMissing(table, variable)
    if code == "ValidationException" and index and _OF_INDEX.search(message):
        return IndexMissing(index, table)
    if code in {"AccessDeniedException", "AccessDenied"}:
        # another action than the one that was asked for may be what is missing, such as kms:Decrypt
        action = _DENIED_ACTION.search(message)
        return AccessDenied(action[1] if action else f"dynamodb:{error.operation_name}", table)
    if code in _SKEWED or (code in _EXPIRED and "Signature" in message and re.search("expired|not yet", message)):
        return ClockWrong()
    if code in _EXPIRED:
        return CredentialsExpired()
    if code in _THROTTLED:
        return Throttled(table)
    if code in _FAILED or status >= 500:
        return ServiceFailed(table)
    if str(code).isdecimal():
        # an answer without a code of DynamoDB's: a proxy, a gateway or a sign-in page of a network gave it
        return Unreachable(f"something answered with status {code}")
    return None


@contextmanager
def naming_errors(table: str, variable: str = "", index: str = "") -> Iterator[None]:
    """Turns what botocore raises into named errors, chained to their cause; anything else passes unchanged."""
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        named = named_error(error, table, variable, index)
        if named is None:
            raise
        raise named from error


@contextmanager
def naming_errors_of_configuration() -> Iterator[None]:
    """As `naming_errors`, for where a session or a client is made: botocore has no error of its own for some settings.

    An endpoint without http://, or a word where AWS_MAX_ATTEMPTS should be a number, ends in a bare ValueError there.
    """
    with naming_errors("the tables"):
        try:
            yield
        except ValueError as error:
            if isinstance(error, BotoCoreError):
                raise
            not_whole = _NOT_WHOLE.fullmatch(str(error))
            detail = f"{not_whole[1]} stands where a whole number should" if not_whole else str(error)
            raise ConfigurationUnusable(detail) from error
